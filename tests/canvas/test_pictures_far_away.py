"""Where the clouds lie and in which unit they are measured changes no picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pictures import lanes

from fmviz.canvas.geometry import mapping_of
from fmviz.commandline.gallery_laws import conditional_snapshot
from fmviz.core.extent import Extent, extent_of
from fmviz.core.frames import FlowSnapshot, Grid, frame_at
from fmviz.core.limits import limits_of
from fmviz.core.marginal import paired_velocity
from fmviz.core.paths import PATHS, Path
from fmviz.core.style import Style
from fmviz.files.snapshot_codec import decode_snapshot, encode_snapshot

EVERYTHING = Style(layers=("magnitude", "density", "source", "target", "pairs", "trails", "particles", "warp"))
MOVE = np.array([1.0, -0.3])
CASES = [(1.0, 1e9), (1e-9, 0.0), (1e9, 0.0), (1e-6, 0.25), (1e-15, 0.0), (1e9, 1e12)]


def moved(snapshot: FlowSnapshot, unit: float, away: float) -> FlowSnapshot:
    """Return the same flow measured in another unit and from another place."""
    def at(places: np.ndarray) -> np.ndarray:
        return np.asarray(places, dtype=np.float64) * unit + away * MOVE

    extent = snapshot.extent
    cx, cy = at(np.array([extent.cx, extent.cy])).tolist()
    pairs = replace(snapshot.pairs, x0=at(snapshot.pairs.x0), x1=at(snapshot.pairs.x1))
    extent, field = Extent(cx, cy, extent.half * unit), snapshot.velocity
    return replace(snapshot, x=at(snapshot.x), source=at(snapshot.source), target=at(snapshot.target), pairs=pairs,
                   extent=extent, velocity=Grid(extent, field.t, field.values * np.float32(unit)),
                   lattice=None if snapshot.lattice is None else at(snapshot.lattice))


@pytest.mark.parametrize(("unit", "away"), CASES)
def test_the_picture_is_the_same(unit: float, away: float) -> None:
    one = lanes()[0]
    other = moved(one, unit, away)
    side = 900
    frame, same = frame_at(one, 0.37, EVERYTHING), frame_at(other, 0.37, EVERYTHING)
    for name in ("x", "trail", "warp", "source", "target", "origin"):
        here = mapping_of(frame.extent.box, 2 * side, side).to_pixels(getattr(frame, name))
        there = mapping_of(same.extent.box, 2 * side, side).to_pixels(getattr(same, name))
        assert np.abs(here - there).max() < 0.05, name
    limits, other_limits = limits_of([one], EVERYTHING), limits_of([other], EVERYTHING)
    assert other_limits.speed / unit == pytest.approx(limits.speed, rel=1e-5)
    assert np.abs(same.density / other_limits.density - frame.density / limits.density).max() < 2e-3
    assert np.abs(same.u / other_limits.speed - frame.u / limits.speed).max() < 1e-5


@pytest.mark.parametrize(("unit", "away"), CASES)
def test_the_square_is_the_same(unit: float, away: float) -> None:
    points = np.random.default_rng(0).normal(size=(100, 2))
    here, there = extent_of([points]), extent_of([points * unit + away * MOVE])
    assert there.half / unit == pytest.approx(here.half, rel=2e-4)
    assert (there.cx - away) / unit == pytest.approx(here.cx, abs=2e-4)


def test_a_saved_picture_keeps_its_place() -> None:
    snapshot = moved(lanes()[0], 1.0, 1e9)
    loaded = decode_snapshot(*encode_snapshot(snapshot), 0)
    assert np.abs(loaded.x - snapshot.x).max() < 1e-3 * snapshot.extent.half
    for name in ("source", "target"):
        assert np.array_equal(getattr(loaded, name), getattr(snapshot, name))
    assert np.array_equal(loaded.pairs.x1, snapshot.pairs.x1)


@pytest.mark.parametrize("path", PATHS.values())
def test_exact_fields_are_the_same_far_away(path: Path) -> None:
    rng = np.random.default_rng(0)
    x, a, b = rng.normal(size=(3, 40, 2))
    move = np.array([1e9, -3e8])
    here = paired_velocity(x, 0.6, a, b, path, 0.3, 0.2)
    assert paired_velocity(x + move, 0.6, a + move, b + move, path, 0.3, 0.2) == pytest.approx(here, abs=1e-4)


@pytest.mark.parametrize("path", PATHS.values())
def test_the_flow_to_one_point_is_the_same_far_away(path: Path) -> None:
    x0, move = np.random.default_rng(0).normal(size=(50, 2)), np.array([1e9, -3e8])
    here, there = (conditional_snapshot(x0 + by, x0[3] + by, path) for by in (0, move))
    assert there.x - move == pytest.approx(here.x, abs=1e-5)
    u = here.velocity.values
    assert there.velocity.values == pytest.approx(u, abs=1e-4 * float(np.abs(u).max()))
