"""Laws of the shape table: scale, repeatability, documented constants."""

from __future__ import annotations

import numpy as np
import pytest

from fmviz.core.errors import CloudError
from fmviz.core.shapes import EIGHT_CENTRES, EIGHT_SIGMA, RING_RADII, SHAPES, sample_shape

N = 40_000


def draw(name: str, n: int = N, seed: int = 0) -> np.ndarray:
    return sample_shape(name, n, np.random.default_rng(seed))


def test_there_are_at_least_seventeen_shapes_with_words() -> None:
    assert len(SHAPES) >= 17
    for name, shape in SHAPES.items():
        assert shape.name == name
        assert name == name.lower()
        assert " " not in name
        assert shape.label
        assert shape.help.endswith(".")


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("n", [0, 1, 2, 257])
def test_a_sample_has_the_asked_number_of_finite_points(name: str, n: int) -> None:
    points = draw(name, n)
    assert points.shape == (n, 2)
    assert points.dtype == np.float32
    assert np.isfinite(points).all()


@pytest.mark.parametrize("name", SHAPES)
def test_a_seed_repeats_a_sample_and_another_seed_does_not(name: str) -> None:
    assert np.array_equal(draw(name, 500, 7), draw(name, 500, 7))
    assert name == "point" or not np.array_equal(draw(name, 500, 7), draw(name, 500, 8))


@pytest.mark.parametrize("name", SHAPES)
def test_all_shapes_share_one_scale(name: str) -> None:
    reach = np.abs(draw(name)).max(axis=1)
    assert np.quantile(reach, 0.999) <= 6.2
    assert name == "point" or np.quantile(reach, 0.99) >= 2.4


@pytest.mark.parametrize("name", SHAPES)
def test_the_points_of_a_sample_are_exchangeable(name: str) -> None:
    points = draw(name)
    first, second = points[: N // 2].mean(axis=0), points[N // 2 :].mean(axis=0)
    assert np.abs(first - second).max() < 6 * points.std() / np.sqrt(N / 2) + 1e-6


def test_the_gaussian_is_standard() -> None:
    assert np.cov(draw("gaussian").T) == pytest.approx(np.eye(2), abs=0.03)


def test_eight_gaussians_have_radius_5_and_variance_one_tenth() -> None:
    points = draw("8gaussians")
    nearest = np.linalg.norm(points[:, None] - EIGHT_CENTRES, axis=2).argmin(axis=1)
    assert np.bincount(nearest) / N == pytest.approx(np.full(8, 1 / 8), abs=0.01)
    assert np.linalg.norm(EIGHT_CENTRES, axis=1) == pytest.approx(np.full(8, 5.0), abs=1e-5)
    assert (points - EIGHT_CENTRES[nearest]).var() == pytest.approx(0.1, rel=0.03)
    assert pytest.approx(0.1) == EIGHT_SIGMA**2


def test_moons_are_torchdyns_times_3_minus_1() -> None:
    points = draw("moons")
    # x is cos a or 1 - cos a, y is sin a or .5 - sin a, each plus the same U(0, .2).
    assert points.mean(axis=0) == pytest.approx([3 * 0.6 - 1, 3 * (0.25 + 0.1) - 1], abs=0.05)
    assert points.min(axis=0) == pytest.approx([-4.0, -2.5], abs=0.02)
    assert points.max(axis=0) == pytest.approx([5.6, 2.6], abs=0.02)


def test_two_piles_lie_above_each_other_on_their_side() -> None:
    for name, x in (("two-piles-left", -4.0), ("two-piles-right", 4.0)):
        points = draw(name)
        assert points.mean(axis=0) == pytest.approx([x, 0.0], abs=0.05)
        assert (points[:, 1] > 0).mean() == pytest.approx(0.5, abs=0.01)
        assert (np.sign(points[:, 0]) == np.sign(x)).all()
        assert np.abs(points[:, 1]).mean() == pytest.approx(2.5, abs=0.02)


def test_the_checkerboard_fills_eight_squares_evenly() -> None:
    cells = np.floor(draw("checkerboard") * 0.45).astype(int)
    colour = (cells[:, 0] + cells[:, 1]) % 2
    assert (colour == colour[0]).all()
    counts = np.unique(cells, axis=0, return_counts=True)[1] / N
    assert counts == pytest.approx(np.full(8, 1 / 8), abs=0.01)


def test_rings_are_equally_dense_along_their_length() -> None:
    radius = np.linalg.norm(draw("rings"), axis=1)
    nearest = np.abs(radius[:, None] - np.array(RING_RADII)).argmin(axis=1)
    assert np.bincount(nearest) / N == pytest.approx(np.array(RING_RADII) / sum(RING_RADII), abs=0.01)


def test_the_heart_is_filled_evenly() -> None:
    points = draw("heart", 200_000)
    boxes = [((points > corner) & (points < np.add(corner, 1))).all(axis=1).sum()
             for corner in ([-2, 0], [0, 0], [1, 1], [-0.5, -2.5], [-3, 0])]
    assert boxes == pytest.approx(np.full(5, np.mean(boxes)), rel=0.05)


def test_the_square_is_filled_evenly() -> None:
    points = draw("square")
    counts = np.histogram2d(points[:, 0], points[:, 1], bins=4, range=[[-4, 4], [-4, 4]])[0]
    assert counts.sum() == N
    assert counts / N == pytest.approx(np.full((4, 4), 1 / 16), abs=0.01)


def test_an_unknown_shape_is_refused_with_the_choice() -> None:
    with pytest.raises(CloudError, match=r"no shape 'mooons'.*moons"):
        sample_shape("mooons", 3, np.random.default_rng(0))


def test_spirals_turn_clockwise_outwards_as_in_their_source() -> None:
    """There an arm is (-n cos n, n sin n) at the turn n, and the other one its negative."""
    points = draw("spirals").astype(np.float64)
    radius, angle = np.hypot(*points.T), np.arctan2(points[:, 1], points[:, 0])
    far = radius > 2
    assert np.cos(2 * (angle + radius / 0.38))[far].mean() > 0.8
    assert abs(np.cos(2 * (angle - radius / 0.38))[far].mean()) < 0.1


def test_pinwheel_arms_bend_clockwise_as_in_their_source() -> None:
    """There a point at the distance r of an arm is turned by -(2 pi k / 5 + exp(r) / 4)."""
    points = draw("pinwheel").astype(np.float64) / 2.5
    radius, angle = np.hypot(*points.T), np.arctan2(points[:, 1], points[:, 0])
    assert np.cos(5 * (angle + 0.25 * np.exp(radius))).mean() > 0.8
    assert np.cos(5 * (angle - 0.25 * np.exp(radius))).mean() < 0.4
