"""The continuity equation at the weights of a flow: both of its sides as maps, by central differences.

    dp/dt ~ (p(x, t + k) - p(x, t - k)) / 2k        div (p u) ~ sum_i (p u_i(x + h e_i) - p u_i(x - h e_i)) / 2h

Both are of second order: half the steps, a quarter of the error. The step is small against the deviation of the path,
wherever the nodes of the maps lie, so the maps can be coarse.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fmviz.core.cloud import FloatArray
from fmviz.core.frames import Grid
from fmviz.core.marginal import MarginalField
from fmviz.core.models import EXACT
from fmviz.core.panels import Continuity
from fmviz.core.project import LearnedFlow
from fmviz.flow.bake import FieldVelocity, given_by, nodes_of
from fmviz.flow.models import field_of

# Of the path's deviation: the error is some 1e-4 of the change, and single precision adds as much. On rasters, whose
# nodes are ten times as far apart, a longer one finds less of their own error, some percent.
STEP, RASTER_STEP = 0.01, 0.1
# At the ends of t the deviation can be 0.
TIMES = np.linspace(0.02, 0.98, 41)
# Times that come first: every fourth one.
_FIRST = 4
_NODES = 81
# Places at which all that is asked of an exact field takes some 30 ms.
_ROWS = 500
# In t, of the step. The same at all places of a time: rasters are made for each.
_TICK = 0.02


class Velocity(Protocol):
    """A field in world units."""

    def __call__(self, x: FloatArray, t: float) -> NDArray[np.floating]:
        """Return the velocity (Q, 2) at places (Q, 2)."""


def continuity_test(flow: LearnedFlow, exact: MarginalField, times: NDArray[np.float64] = TIMES,
                    count: int = _NODES) -> Generator[Continuity | None, None, Continuity]:
    """Work out both sides at some times, at count x count nodes; those that are known are yielded now and then.

    Raises:
        ConfigError: the weights do not fit the settings.
    """
    field, frame = field_of(flow)
    extent, learned = given_by(flow.project).extent, FieldVelocity(field, frame)
    exact, step = exact.for_derivatives(), STEP if exact.is_closed else RASTER_STEP
    nodes, rows = nodes_of(extent, count), min(_ROWS, field.rows)
    found: dict[int, NDArray[np.float64]] = {}

    def answer() -> Continuity:
        known = sorted(found)
        values = np.stack([found[k] for k in known]) if known else np.zeros((0, count**2, 3))
        change = np.abs(values[..., 0]).sum(axis=1)
        exact_rest, rest = (np.abs(values[..., 0] - values[..., field]).sum(axis=1) / np.where(change > 0, change, 1.0)
                            for field in (1, 2))
        maps = Grid(extent, times[known].astype(np.float32),
                    values.reshape(len(known), count, count, 3).astype(np.float32))
        return Continuity(maps, exact_rest, rest, step, exact.is_closed, exact.words, len(known) / len(times),
                          flow.project.lanes[0].model == EXACT)

    yield answer()
    for k in (*range(0, len(times), _FIRST), *(k for k in range(len(times)) if k % _FIRST)):
        parts = []
        for start in range(0, len(nodes), rows):
            parts.append((yield from sides_at(nodes[start:start + rows], float(times[k]), exact, learned, step)))
        found[k] = np.concatenate(parts)
        if len(found) % _FIRST == 0 and len(found) < len(times):
            yield answer()
    return answer()


def sides_at(x: FloatArray, t: float, exact: MarginalField, learned: Velocity,
             step: float = STEP) -> Generator[None, None, NDArray[np.float64]]:
    """Return dp/dt, -div (p u) and -div (p v) at places x (Q, 2), (Q, 3).

    Args:
        step: of the differences, as a share of the path's deviation.
    """
    h = step * exact.width(t)
    fluxes = np.zeros((len(x), 2))
    for axis in (0, 1):
        for side in (1.0, -1.0):
            there = x + side * h * np.eye(2)[axis]
            p, u = exact.density(there, t), exact.velocity(there, t)
            yield
            v = learned(there, t)
            fluxes[:, 0] -= side * p * u[:, axis] / (2 * h)
            fluxes[:, 1] -= side * p * v[:, axis] / (2 * h)
            yield
    k = _TICK * step
    change = (exact.density(x, t + k) - exact.density(x, t - k)) / (2 * k)
    yield
    return np.column_stack([change, fluxes])
