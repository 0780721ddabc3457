"""The particles that an eye can follow stand for the whole cloud, or are those that somebody has chosen."""

from __future__ import annotations

import numpy as np
import pytest

from fmviz.core.errors import ConfigError
from fmviz.core.follow import MOST_FOLLOWED, nearest, nearest_path, read_starts, spread, with_start
from fmviz.core.style import Style
from fmviz.views import words

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


def test_starts_are_read_as_they_are_written() -> None:
    for text, expected in (("1,2", ((1.0, 2.0),)), (" 0.5 , -1 ; 2,0 ", ((0.5, -1.0), (2.0, 0.0))), ("", ())):
        assert read_starts(text) == expected
    assert read_starts(words.places(((1.25, -3.0), (1e-6, 2e6)))) == ((1.25, -3.0), (1e-6, 2e6))
    for text in ("1", "1,2,3", "1,2;", "a,b", "nan,0", "inf,0", "1e999,0", "1;2"):
        assert read_starts(text) is None


def test_starts_that_cannot_be_followed_are_refused() -> None:
    many = tuple((float(k), 0.0) for k in range(MOST_FOLLOWED + 1))
    assert Style(starts=many[:-1]).starts == many[:-1]
    for starts, said in ((many, f"{MOST_FOLLOWED + 1} starts"), (((0.0, np.nan),), "nan"), (((1e31, 0.0),), "1e[+]31"),
                         (((1.0, 2.0, 3.0),), "two numbers")):
        with pytest.raises(ConfigError, match=said):
            Style(starts=starts)
    assert Style().own_starts == Style(starts=()).own_starts == ()
    assert Style(starts=((1.0, 2.0),)).with_layer("followed", False).own_starts == ()


def test_a_start_that_is_chosen_twice_is_let_go() -> None:
    starts = ((0.0, 0.0), (1.0, 0.0))
    assert with_start(starts, (2.0, 0.0)) == (*starts, (2.0, 0.0))
    for start in starts:
        assert with_start(with_start(starts, start), start) == tuple(sorted(starts, key=lambda each: each == start))


def test_the_nearest_within_reach_is_hit() -> None:
    rng = np.random.default_rng(0)
    points, paths = rng.normal(size=(50, 2)), rng.normal(size=(6, 9, 2)).cumsum(axis=0)
    fine = np.concatenate([(1 - share) * paths[:-1] + share * paths[1:] for share in np.linspace(0, 1, 200)])
    for place in rng.normal(size=(20, 2)):
        distance = np.hypot(*(points - place).T)
        assert nearest(points, tuple(place), 10.0) == distance.argmin()
        assert nearest(points, tuple(place), 0.9 * distance.min()) is None
        along = np.hypot(*np.moveaxis(fine - place, 2, 0)).min(axis=0)
        assert along[nearest_path(paths, tuple(place), 10.0)] == pytest.approx(along.min(), abs=0.02)
        assert nearest_path(paths, tuple(place), 0.9 * along.min() - 0.02) is None
    assert nearest(points[:0], (0.0, 0.0), 1.0) is nearest_path(paths[:, :0], (0.0, 0.0), 1.0) is None
