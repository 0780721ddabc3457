"""The path to one target point: its middle and its deviation are those of points that travel there."""

from __future__ import annotations

import numpy as np
import pytest

from fmviz.core.conditional import conditional_at
from fmviz.core.frames import frame_at
from fmviz.core.paths import PATHS, Path
from fmviz.core.style import Style

RNG = np.random.default_rng(0)
SOURCE, TARGET = 2 + 0.7 * RNG.normal(size=(4_000, 2)), RNG.normal(size=(200, 2))
ROWS = pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)


@ROWS
@pytest.mark.parametrize("sigma", [0.0, 0.4])
@pytest.mark.parametrize("t", [0.0, 0.3, 0.8, 1.0])
def test_points_that_travel_there_have_its_mean_and_deviation(path: Path, sigma: float, t: float) -> None:
    one = conditional_at(t, SOURCE, TARGET, path, sigma)
    x = path.points(SOURCE, one.end, t, SOURCE.mean(axis=0)) + sigma * RNG.normal(size=SOURCE.shape)
    assert x.mean(axis=0) == pytest.approx(one.middle, abs=0.03)
    assert np.sqrt(((x - one.middle) ** 2).mean()) == pytest.approx(one.deviation, rel=0.03, abs=1e-9)
    within = [(np.hypot(*(x - one.middle).T) <= k * one.deviation).mean() for k in (1, 2)]
    if one.deviation > 0:
        assert within == pytest.approx([0.39, 0.86], abs=0.03)


@ROWS
def test_it_shrinks_while_its_middle_moves_to_the_farthest_point(path: Path) -> None:
    ways = [conditional_at(t, SOURCE, TARGET, path, 0.0) for t in np.linspace(0, 1, 21).tolist()]
    deviations = [one.deviation for one in ways]
    left = [float(np.hypot(*(one.end - one.middle))) for one in ways]
    assert deviations == sorted(deviations, reverse=True)
    assert left == sorted(left, reverse=True)
    assert (deviations[-1], left[-1]) == (0, pytest.approx(0, abs=1e-12))
    assert np.hypot(*(ways[0].end - SOURCE.mean(axis=0))) == np.hypot(*(TARGET - SOURCE.mean(axis=0)).T).max()


def test_it_is_the_same_far_away_and_single_points_have_it() -> None:
    move, path = np.array([1e9, -3e8]), PATHS["trigonometric"]
    here, there = (conditional_at(0.4, SOURCE + by, TARGET + by, path, 0.1) for by in (0, move))
    assert there.middle - move == pytest.approx(here.middle, abs=1e-5)
    assert there.deviation == pytest.approx(here.deviation, rel=1e-6)
    alone = conditional_at(0.5, np.ones((1, 2)), np.zeros((1, 2)), PATHS["straight"], 0.0)
    assert (alone.middle.tolist(), alone.deviation) == ([0.5, 0.5], 0)


def test_a_frame_has_it_only_if_it_is_drawn(make_snapshot) -> None:
    snapshot = make_snapshot()
    assert frame_at(snapshot, 0.5, Style(layers=("particles",))).conditional is None
    found = frame_at(snapshot, 0.5, Style(layers=("conditional",))).conditional
    assert found is not None
    assert found.deviation == conditional_at(0.5, snapshot.source, snapshot.target, snapshot.full_path, 0.0).deviation
