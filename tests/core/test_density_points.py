"""Laws of the many points of a density: where they are, their levels, their marginals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fmviz.core.density import kde, kde_of_line
from fmviz.core.extent import Extent
from fmviz.core.many import (
    ManyPoints,
    bandwidth_of,
    marginals_of,
    mass_levels,
    packed,
    peak_of,
)
from fmviz.core.paths import path_of

EXTENT = Extent(2.0, -1.0, 6.0)
STRAIGHT = path_of("straight")


def gaussian(n: int, seed: int = 0, sigma: float = 1.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, sigma, (n, 2)) + (EXTENT.cx, EXTENT.cy)


def turning(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return times and points that turn by a quarter, (K, n, 2)."""
    t, angle = np.linspace(0, 1, 26), np.random.default_rng(0).uniform(0, 2 * np.pi, n)
    turned = angle + np.pi / 2 * t[:, None]
    return t, 4 * np.stack([np.cos(turned), np.sin(turned)], axis=2) + (EXTENT.cx, EXTENT.cy)


@pytest.mark.parametrize("shift", [0.0, 1e7])
def test_packed_points_are_where_they_were_to_a_thousandth_of_the_picture(shift: float) -> None:
    t, x = turning(500)
    extent = replace(EXTENT, cx=EXTENT.cx + shift)
    points = packed(t, x + (shift, 0.0), extent, 500, is_straight=False)
    assert points.x.dtype == np.float16
    for k in (0, 7, 25):
        assert np.abs(points.at(t[k : k + 1])[0] - x[k] - (shift, 0.0)).max() < 5e-4 * extent.half
    between = points.at(np.array([0.31]), 3)
    exact = ManyPoints(t, x + (shift, 0.0)).at(np.array([0.31]), 3)
    assert between.shape == (1, 3, 2)
    assert np.abs(between - exact).max() < 1e-3 * extent.half


def test_a_stray_point_does_not_end_the_numbers() -> None:
    x = np.full((2, 1, 2), 1e30)
    points = packed(np.array([0.0, 1.0]), x, EXTENT, 1, is_straight=True)
    assert np.isfinite(points.at(np.array([0.5]))).all()


def test_a_level_holds_its_share_of_the_mass() -> None:
    """Of a Gaussian in the plane the density falls to 1 - p of its peak around the share p."""
    points = gaussian(200_000)
    density = kde(points, EXTENT, 256, 0.1)
    peak = 1 / (2 * np.pi * (1 + 0.1**2))
    for share, level in zip((0.3, 0.6, 0.9), mass_levels(density), strict=True):
        assert level == pytest.approx((1 - share) * peak, rel=0.04)
    assert mass_levels(np.zeros((8, 8))) == ()


def test_the_bandwidth_falls_with_the_sixth_root_of_the_number() -> None:
    dots = gaussian(1_500)
    few, many = (ManyPoints(np.zeros(1), gaussian(n)[None]) for n in (6_000, 48_000))
    at = [bandwidth_of(points, dots, dots, STRAIGHT, EXTENT, 0.0) for points in (few, many)]
    assert at[1] / at[0] == pytest.approx(8 ** (-1 / 6))
    repeated = ManyPoints(np.zeros(1), gaussian(48_000)[None], distinct=6_000)
    assert bandwidth_of(repeated, dots, dots, STRAIGHT, EXTENT, 0.0) == at[0]


def test_marginals_are_what_is_left_of_the_density() -> None:
    points = gaussian(5_000)
    marginals = marginals_of(points, gaussian(900, 1), gaussian(900, 2), STRAIGHT, EXTENT, 1.0)
    cell = (marginals.high[0] - marginals.low[0]) / marginals.points.shape[1]
    for curves in (marginals.points, marginals.target):
        assert curves.sum(axis=1) * cell == pytest.approx([1.0, 1.0], abs=1e-3)
    h, wide = 0.3, EXTENT.wide()
    density, edge = kde(points, wide, 256, h), 2 * wide.half / 256
    for axis, low in enumerate((wide.left, wide.bottom)):
        line = kde_of_line(points[:, axis], low, 2 * wide.half, 256, h)
        assert np.abs(density.sum(axis=axis) * edge - line).max() < 2e-3 * line.max()


def test_points_that_have_arrived_have_the_curves_of_the_target() -> None:
    target = gaussian(700, 3)
    marginals = marginals_of(target, gaussian(900, 1, 2.0), target, STRAIGHT, EXTENT, 1.5)
    assert marginals.points == pytest.approx(marginals.target)
    assert marginals.limit >= marginals.target.max()
    assert marginals.at(0, EXTENT.cx) == pytest.approx((marginals.points[0].max(),) * 2, rel=0.1)
    assert marginals.at(1, EXTENT.cy + 100.0) is None


@pytest.mark.parametrize("sigma", [0.3, 2.0])
def test_a_line_of_numbers_is_smoothed_as_the_plain_sum(sigma: float) -> None:
    numbers, h = np.random.default_rng(1).normal(0, sigma, 400), 0.2
    middles = -5 + 10 * (np.arange(200) + 0.5) / 200
    plain = np.exp(-0.5 * ((middles[:, None] - numbers) / h) ** 2).sum(axis=1) / (400 * h * np.sqrt(2 * np.pi))
    assert np.abs(kde_of_line(numbers, -5.0, 10.0, 200, h) - plain).max() < 0.01 * plain.max()


def test_what_does_not_differ_has_no_difference() -> None:
    t, x = turning(2_000)
    points, hs = ManyPoints(t, x), [0.3] * 5
    assert peak_of(points, EXTENT, hs, points) == 0
    moved = ManyPoints(t, x + 3.0)
    highest = peak_of(points, EXTENT, hs)
    assert 0.5 * highest < peak_of(moved, EXTENT, hs, points) <= 1.2 * highest
