"""The particles that an eye can follow stand for the whole cloud."""

from __future__ import annotations

import numpy as np
import pytest

from fmviz.core.follow import spread

ANGLES = np.arange(8) * np.pi / 4
MIDDLES = 5 * np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)


def clumps(seed: int, n: int = 800) -> tuple[np.ndarray, np.ndarray]:
    """Return points around eight middles, and the middle of each."""
    rng = np.random.default_rng(seed)
    which = rng.integers(0, 8, n)
    return MIDDLES[which] + 0.3 * rng.normal(size=(n, 2)), which


@pytest.mark.parametrize("seed", range(5))
def test_every_clump_has_one_near_its_middle_in_order_of_the_angle(seed: int) -> None:
    points, which = clumps(seed)
    chosen = spread(points, 8)
    assert sorted(which[chosen].tolist()) == list(range(8))
    assert np.hypot(*(points[chosen] - MIDDLES[which[chosen]]).T).max() < 0.3
    turns = np.arctan2(*(points[chosen] - points.mean(axis=0)).T[::-1])
    assert (np.diff(turns) > 0).all()


def test_an_outlier_stands_for_nobody_but_itself() -> None:
    points, _ = clumps(0)
    far = np.concatenate([points, [[60.0, 0.0]]])
    chosen = spread(far, 9)
    assert len(points) in chosen
    assert len(set(chosen.tolist()) - {len(points)}) == 8


@pytest.mark.parametrize("count", [0, 1, 3, 50])
def test_there_are_never_more_than_asked_for_nor_than_there_are(count: int) -> None:
    points, _ = clumps(1, 20)
    chosen = spread(points, count)
    assert len(chosen) <= min(count, 20)
    assert len(set(chosen.tolist())) == len(chosen)
    assert (count == 0) is (len(chosen) == 0)


@pytest.mark.parametrize("points", [np.zeros((0, 2)), np.zeros((5, 2)), np.full((4, 2), 1e9)])
def test_points_in_one_place_are_one(points: np.ndarray) -> None:
    assert len(spread(points, 8)) == min(1, len(points))


def test_place_and_unit_change_nothing() -> None:
    points, _ = clumps(2)
    assert np.array_equal(spread(points, 6), spread(1e-6 * points, 6))
    assert np.array_equal(spread(points, 6), spread(points + 1e6, 6))
