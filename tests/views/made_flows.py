"""Flows with known numbers, made without learning: straight lines from a ring to two points."""

from __future__ import annotations

import numpy as np

from fmviz.core.extent import Extent
from fmviz.core.frames import Curves, FlowSnapshot, Grid, LaneProgress, Pairs
from fmviz.core.project import LearnedLane, Project
from fmviz.core.quantities import Metrics

N_TIMES, N_PARTICLES, GRID = 9, 60, 8


def curves(last_step: int = 4_000, n: int = 50) -> Curves:
    """Falling curves that end at `last_step`."""
    steps = np.linspace(10, last_step, n, dtype=np.float32)
    fall = np.exp(-steps / last_step * 4)
    npe = fall[::5].astype(np.float32)
    npe[:2] = np.nan  # not known at first
    return Curves(steps, (8 * fall + 1).astype(np.float32), steps[::5], (3 * fall + 0.25)[::5].astype(np.float32), 0.24,
                  w2_floor_error=0.01, numbers={"npe": npe})


def metrics(w2: float = 0.25) -> Metrics:
    """Numbers of a lane that has learned."""
    return Metrics(loss=1.1, w2=w2, w2_floor=0.24, path_length=6.12, straight_length=5.98, npe=0.02,
                   steps_per_second=620.0, seconds=6.5)


def snapshot(lane: int = 0, coupling: str = "random", w2: float = 0.25, step: int = 4_000) -> FlowSnapshot:
    """A finished picture of one lane."""
    angle = np.linspace(0, 2 * np.pi, N_PARTICLES, endpoint=False)
    x0 = np.stack([4 * np.cos(angle), 4 * np.sin(angle)], axis=1)
    x1 = np.stack([np.where(x0[:, 0] > 0, 3.0, -3.0), np.zeros(N_PARTICLES)], axis=1)
    t = np.linspace(0, 1, N_TIMES, dtype=np.float32)
    x = ((1 - t[:, None, None]) * x0 + t[:, None, None] * x1).astype(np.float32)
    extent, u = Extent(0.0, 0.0, 6.0), np.ones((N_TIMES, GRID, GRID, 2), dtype=np.float32)
    pairs = Pairs(x0.astype(np.float32), x1.astype(np.float32), float(((x1 - x0) ** 2).sum(axis=1).mean()))
    return FlowSnapshot(lane, coupling, step, t, x, extent, Grid(extent, t, u), x[0], x[-1], pairs, curves(step),
                        metrics(w2), is_final=True)


def progress(lane: int = 0, step: int = 4_200, total: int = 12_000) -> LaneProgress:
    """News of a lane that is being trained."""
    return LaneProgress(lane, step, total, step / total, curves(step), metrics())


def learned(project: Project, w2: tuple[float, ...] = (0.25, 0.25)) -> tuple[LearnedLane, ...]:
    """What a file would hold for every lane of a project."""
    return tuple(
        LearnedLane({"net.weight": np.zeros((2, 2), dtype=np.float32)}, snapshot(lane, config.coupling, w2[lane]))
        for lane, config in enumerate(project.lanes)
    )
