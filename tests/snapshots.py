"""A snapshot such as training makes, without training: particles on bent paths, a smooth field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from fmviz.core.cloud import Side, frozen_array
from fmviz.core.extent import extent_of_sides
from fmviz.core.frames import Curves, FlowSnapshot, Grid, Pairs
from fmviz.core.quantities import Metrics

SnapshotMaker = Callable[..., FlowSnapshot]


def _snapshot(source: Side | str = "8gaussians", target: Side | str = "moons", k: int = 33, n: int = 600, g: int = 15,
              lane: int = 0, seed: int = 0, shift: tuple[float, float] = (0.0, 0.0)) -> FlowSnapshot:
    rng = np.random.default_rng(seed)
    sides = [side if isinstance(side, Side) else Side(shape=side) for side in (source, target)]
    extent = extent_of_sides(*sides)
    x0, x1 = (side.sample(n, rng) for side in sides)
    t = np.linspace(0, 1, k, dtype=np.float32)
    bend = np.sin(np.pi * t)[:, None, None] * rng.normal(0, 0.5, (1, n, 2))
    x = (1 - t)[:, None, None] * x0 + t[:, None, None] * x1 + bend
    u = rng.normal(0, 3, (k, g, g, 2)) * np.linspace(1, 2, k)[:, None, None, None]
    move = np.asarray(shift)
    extent = type(extent)(extent.cx + shift[0], extent.cy + shift[1], extent.half)
    steps = frozen_array(np.arange(1, 51) * 20)
    return FlowSnapshot(
        lane=lane, coupling="random", step=1000, t=frozen_array(t), x=frozen_array(x + move, np.float64), extent=extent,
        velocity=Grid(extent, frozen_array(t), frozen_array(u)),
        source=frozen_array(x0 + move, np.float64), target=frozen_array(x1 + move, np.float64),
        pairs=Pairs(frozen_array(x0[:64] + move, np.float64), frozen_array(x1[:64] + move, np.float64), 21.5),
        curves=Curves(steps, frozen_array(rng.random(50)), steps[::10], frozen_array(rng.random(5)), 0.24,
                      w2_floor_error=0.02, numbers={"npe": frozen_array([np.nan, 0.3, 0.2, 0.1, 0.1])}),
        metrics=Metrics(loss=0.98, w2=0.3, w2_floor=0.24, seconds=12.5, nfe=100), is_final=True,
    )


def with_field(snapshot: FlowSnapshot, values: np.ndarray) -> FlowSnapshot:
    """Return a flow with other values of its velocity at the same nodes."""
    return replace(snapshot, velocity=replace(snapshot.velocity, values=values))


@pytest.fixture
def make_snapshot() -> SnapshotMaker:
    return _snapshot
