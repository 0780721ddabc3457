"""Laws of drawing: rate by time, even discs, nothing clamped, an eraser that leaves no gap."""

from __future__ import annotations

import numpy as np
import pytest

from fmviz.core.cloud import MAX_POINTS
from fmviz.core.editing import along, line, missed, spray, stamp_gaussian


def test_a_spray_keeps_its_rate_whatever_the_calls_and_the_speed() -> None:
    rng = np.random.default_rng(0)
    for calls, far in ((30, 0.0), (250, 5.0), (4000, 100.0)):
        n = sum(len(spray([(0, 0), (far, 0)], 0.5, 100, 3 / calls, rng)) for _ in range(calls))
        assert n == pytest.approx(300, abs=4 * np.sqrt(300))


def test_a_spray_is_even_over_the_disc_of_the_brush() -> None:
    points = spray([(2.0, -1.0)], 0.7, 40_000, 1.0, np.random.default_rng(0)) - [2.0, -1.0]
    radius = np.linalg.norm(points, axis=1)
    assert radius.max() <= 0.7 + 1e-6
    # Evenly over the disc: the squared radius is uniform.
    assert np.histogram((radius / 0.7) ** 2, bins=10, range=(0, 1))[0] / len(points) == pytest.approx(
        np.full(10, 0.1), abs=0.01)
    assert points.mean(axis=0) == pytest.approx([0, 0], abs=0.01)


def test_a_spray_is_even_along_the_way() -> None:
    points = spray([(0, 0), (1, 0), (1, 0), (4, 0)], 0.01, 40_000, 1.0, np.random.default_rng(0))
    assert np.histogram(points[:, 0], bins=4, range=(0, 4))[0] / len(points) == pytest.approx(
        np.full(4, 0.25), abs=0.01)


def test_nothing_is_squashed_anywhere() -> None:
    points = spray([(1e4, -1e4)], 3.0, 5000, 1.0, np.random.default_rng(0))
    assert len(np.unique(points, axis=0)) > 4900
    assert np.abs(points - [1e4, -1e4]).max() <= 3.01


def test_no_time_and_no_rate_give_no_points_and_a_stall_gives_a_bounded_number() -> None:
    rng = np.random.default_rng(0)
    assert spray([(0, 0)], 1.0, 0, 10.0, rng).shape == (0, 2)
    assert spray([(0, 0)], 1.0, 500, 0.0, rng).shape == (0, 2)
    assert len(spray([(0, 0)], 1.0, 1e9, 10.0, rng)) == MAX_POINTS


def test_a_line_has_the_asked_points_near_its_way() -> None:
    points = line((-2, -1), (4, 7), 0.3, 5000, np.random.default_rng(0))
    assert points.shape == (5000, 2)
    assert points.dtype == np.float64
    assert not missed(points, [(-2, -1), (4, 7)], 0.3 + 1e-4).any()
    share = (points - [-2, -1]) @ np.array([6, 8]) / 100
    assert np.histogram(share, bins=5, range=(0, 1))[0] / 5000 == pytest.approx(np.full(5, 0.2), abs=0.02)
    assert line((1, 1), (1, 1), 0.5, 100, np.random.default_rng(0)).std() > 0.1


def test_a_stamp_has_its_two_sigma_circle_at_the_brush() -> None:
    points = stamp_gaussian((1, 2), 3.0, 20_000, np.random.default_rng(0)) - [1, 2]
    assert points.std(axis=0) == pytest.approx([1.5, 1.5], rel=0.03)
    assert (np.linalg.norm(points, axis=1) < 3).mean() == pytest.approx(1 - np.exp(-2), abs=0.01)


def test_an_eraser_takes_exactly_what_its_way_touches() -> None:
    points = np.random.default_rng(0).uniform(-3, 3, (3000, 2)).astype(np.float32)
    way = np.array([(-2.0, -2.0), (1.0, 0.5), (1.0, 0.5), (2.0, 2.5)])
    dense = along(way, np.linspace(0, 1, 2000))
    distance = np.sqrt(((points[:, None] - dense) ** 2).sum(axis=2)).min(axis=1)
    assert np.array_equal(missed(points, way, 0.4), distance > 0.4)
    assert missed(points, (50.0, 50.0), 0.4).all()
    assert not missed(points, (0.0, 0.0), 10.0).any()
    assert missed(points[:0], way, 0.4).shape == (0,)
