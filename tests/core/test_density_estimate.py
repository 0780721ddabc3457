"""Laws of the kernel density estimate and its bandwidth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import gaussian_kde

from fmviz.core.density import best_bandwidth, kde, kde_of_part, product, scott_bandwidth
from fmviz.core.extent import Box, Extent, extent_of
from fmviz.core.shapes import SHAPES, sample_shape

CELLS = 128


def plain_kde(points: np.ndarray, extent: Extent, n: int, h: float) -> np.ndarray:
    """The definition, one Gaussian per point and axis."""
    x, y = (axis[1::2] for axis in extent.axes(2 * n + 1))
    gx, gy = (np.exp(-((axis[:, None] - points[:, i]) ** 2) / (2 * h * h)) for i, axis in enumerate((x, y)))
    return gy @ gx.T / (2 * np.pi * h * h * len(points))


@pytest.mark.parametrize("name", SHAPES)
def test_the_density_integrates_to_one(name: str) -> None:
    points = sample_shape(name, 3000, np.random.default_rng(0))
    extent = Extent(0.0, 0.0, 9.0)
    for h in (0.0, 0.02, 0.15, 0.5):
        density = kde(points, extent, CELLS, h)
        assert density.shape == (CELLS, CELLS)
        assert density.dtype == np.float64
        assert (density >= 0).all()
        assert density.sum() * (18 / CELLS) ** 2 == pytest.approx(1, abs=2e-3)


@pytest.mark.parametrize("name", ["gaussian", "8gaussians", "moons", "spirals", "checkerboard"])
@pytest.mark.parametrize("cells_per_h", [2.0, 3.0, 8.0])
def test_it_is_the_plain_sum_within_one_percent(name: str, cells_per_h: float) -> None:
    points = sample_shape(name, 2000, np.random.default_rng(0))
    extent = extent_of([points])
    h = cells_per_h * 2 * extent.half / CELLS
    exact = plain_kde(points, extent, CELLS, h)
    assert np.abs(kde(points, extent, CELLS, h) - exact).max() <= 0.01 * exact.max()


@pytest.mark.parametrize(("cells_per_h", "cloud", "place"), [(1.0, 0.08, 0.08), (1.5, 0.02, 0.04), (2.0, 0.01, 0.022)])
def test_narrow_bandwidths_are_as_exact_as_is_said(cells_per_h: float, cloud: float, place: float) -> None:
    for name, share in (("moons", cloud), ("checkerboard", cloud), ("point", place)):
        points = sample_shape(name, 2000, np.random.default_rng(0))
        extent = extent_of([points])
        h = cells_per_h * 2 * extent.half / CELLS
        exact = plain_kde(points, extent, CELLS, h)
        assert np.abs(kde(points, extent, CELLS, h) - exact).max() <= share * exact.max()


def test_it_agrees_with_scipy_for_a_whitened_cloud() -> None:
    points = sample_shape("gaussian", 2000, np.random.default_rng(0)).astype(np.float64)
    points -= points.mean(axis=0)
    points = points @ np.linalg.cholesky(np.linalg.inv(np.cov(points.T)))
    extent = extent_of([points])
    x, y = np.meshgrid(*(axis[1::2] for axis in extent.axes(129)))
    theirs = gaussian_kde(points.T)(np.stack([x.ravel(), y.ravel()])).reshape(64, 64)
    ours = kde(points, extent, 64, len(points) ** (-1 / 6))
    assert np.abs(ours - theirs).max() <= 0.005 * theirs.max()


def test_particles_outside_reach_in_and_are_counted() -> None:
    extent = Extent(0.0, 0.0, 1.0)
    points = np.array([[0.0, 0.0], [1.1, 0.0], [50.0, 0.0], [-1e9, 1e9]], dtype=np.float32)
    density = kde(points, extent, 64, 0.2)
    assert np.abs(density - plain_kde(points, extent, 64, 0.2)).max() <= 0.01 * density.max()
    assert kde(points[2:], extent, 64, 0.2).max() == 0


def test_rows_ascend_in_y_and_columns_in_x() -> None:
    density = kde(np.full((2, 2), [0.5, -0.75], dtype=np.float32), Extent(0.0, 0.0, 1.0), 64, 0.05)
    row, column = np.unravel_index(density.argmax(), density.shape)
    assert row < 16 < 32 < column


def test_it_does_not_depend_on_where_the_cloud_lies() -> None:
    points = sample_shape("moons", 1000, np.random.default_rng(0)).astype(np.float64)
    near = kde(points, Extent(0, 0, 6), CELLS, 0.3)
    far = kde(points + np.array([4e5, -3e5]), Extent(4e5, -3e5, 6), CELLS, 0.3)
    assert far == pytest.approx(near, abs=1e-5)


def test_a_single_place_makes_a_finite_bump_without_bandwidth() -> None:
    points = np.zeros((100, 2), dtype=np.float32)
    assert scott_bandwidth(points) == 0
    assert best_bandwidth(points, Extent(0, 0, 1)) == 0
    assert np.isfinite(kde(points, Extent(0, 0, 1), CELLS, 0.0)).all()


def test_scotts_rule_on_a_gaussian() -> None:
    points = np.random.default_rng(0).normal(0, 2, (5000, 2))
    assert scott_bandwidth(points) == pytest.approx(2 * 5000 ** (-1 / 6), rel=0.03)
    assert scott_bandwidth(points * 10) == pytest.approx(10 * scott_bandwidth(points))


def test_cross_validation_keeps_scott_for_one_bump_and_narrows_it_for_eight() -> None:
    rng = np.random.default_rng(0)
    one, eight = (sample_shape(name, 2000, rng) for name in ("gaussian", "8gaussians"))
    extent = extent_of([one, eight])
    assert best_bandwidth(one, extent) == pytest.approx(scott_bandwidth(one), rel=0.3)
    # Each bump has 250 points and deviation sqrt(.1): Scott's rule for it alone.
    assert best_bandwidth(eight, extent) == pytest.approx(0.1**0.5 * 250 ** (-1 / 6), rel=0.5)
    assert best_bandwidth(one, extent, 2000 * 64) == pytest.approx(best_bandwidth(one, extent) / 2)


def test_a_product_in_pieces_is_the_product() -> None:
    rng = np.random.default_rng(0)
    for rows, inner, columns in ((1, 1, 1), (12, 20, 40_000), (128, 200, 200), (3, 400_000, 5), (7, 3, 0)):
        a, b = (rng.normal(size=size).astype(np.float32) for size in ((rows, inner), (inner, columns)))
        assert np.allclose(product(a, b), a @ b, rtol=1e-3, atol=1e-2)


def test_points_outside_get_room_in_cells_of_the_same_size() -> None:
    points, extent = np.random.default_rng(0).normal(size=(2_000, 2)), Extent(0.3, -0.2, 5.0)
    same, box = kde_of_part(points, extent, None, CELLS, 0.3)
    assert box == extent.box
    assert np.array_equal(same, kde(points, extent, CELLS, 0.3))
    wide, box = kde_of_part(2 * points, extent, None, CELLS, 0.3)
    cell = 2 * extent.half / CELLS
    assert box.half_x == box.half_y == pytest.approx(cell * len(wide) / 2)
    assert box.half_x > extent.half
    assert wide.sum() * cell**2 == pytest.approx(1, abs=0.01)
    inner = (len(wide) - CELLS) // 2
    assert wide[inner:-inner, inner:-inner] == pytest.approx(kde(2 * points, extent, CELLS, 0.3), abs=1e-4)
    far, box = kde_of_part(np.where(np.arange(2_000)[:, None] < 1_000, points, 1e6), extent, None, CELLS, 0.3)
    assert box.half_x == 2 * extent.half
    assert far.sum() * cell**2 == pytest.approx(0.5, abs=0.01)
    _, box = kde_of_part(np.where(np.arange(2_000)[:, None] < 1_995, points, 1e6), extent, None, CELLS, 0.3)
    assert box == extent.box


@pytest.mark.parametrize("half", [1e-1, 1e-3, 1e-9])
def test_a_part_of_any_size_has_the_density_of_the_whole_there(half: float) -> None:
    points = np.random.default_rng(0).normal(size=(2_000, 2))
    found, box = kde_of_part(points, Extent(0.0, 0.0, 6.0), Box(0.3, 0.2, half, 2 * half), CELLS, 0.3)
    assert (box.cx, box.cy, box.half_x, box.half_y) == pytest.approx((0.3, 0.2, half, 2 * half))
    assert found.shape[0] == 2 * found.shape[1]
    middle = plain_kde(points, Extent(0.3, 0.2, half), 1, 0.3)[0, 0]
    assert found.mean() == pytest.approx(middle, rel=0.01)


@pytest.mark.parametrize("h", [0.05, 0.5, 1.5])
def test_no_bump_is_seen_to_be_cut_at_the_edge(h: float) -> None:
    angle = np.linspace(0, 2 * np.pi, 500)
    ring, extent = 4.5 * np.stack([np.cos(angle), np.sin(angle)], axis=1), Extent(0.0, 0.0, 5.0)
    for seen in (None, Box(0.0, 0.0, 12.0, 12.0)):
        found, _ = kde_of_part(ring, extent, seen, CELLS, h)
        edge = max(found[[0, -1]].max(), found[:, [0, -1]].max())
        assert edge < 0.02 * found.max()
