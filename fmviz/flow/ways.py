"""Where a flow comes from and where it goes, through one place at each of many times: all of these ways together.

Each way begins at its own time; steps lead forth from there to t = 1 and back to t = 0, from one of the times to the
next, and a row joins when they come to its time. Steps are of Runge-Kutta 4, whatever the sampling: this is about the
field. Those at either end, where the field of points has no bounds, are by midpoint, which asks for nothing at the
end itself when it comes there.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable

import numpy as np
from numpy.typing import NDArray

from fmviz.core.cloud import FloatArray
from fmviz.core.follow import Place
from fmviz.core.probe import Ways
from fmviz.core.solvers import SOLVERS, Solver

Velocity = Callable[[FloatArray, float], FloatArray]
"""Returns the velocity (N, 2) at places (N, 2) and a time, world units per unit of t."""

# Farther than any cloud, and its squares are numbers.
_FARTHEST = 1e30


def ways_through(velocity: Velocity, place: Place, steps: int) -> Generator[None, None, Ways]:
    """Return the ways of a field through a place, at times k / steps, k = 0 to steps; yields between evaluations.

    The field is asked for at these times and half-way between them.
    """
    times = np.arange(steps + 1) / steps
    x = np.full((steps + 1, steps + 1, 2), np.nan)
    x[np.arange(steps + 1), np.arange(steps + 1)] = place
    forth: Iterable[tuple[int, int]] = ((k, k + 1) for k in range(steps))
    back: Iterable[tuple[int, int]] = ((k, k - 1) for k in range(steps, 0, -1))
    for turns in (forth, back):
        for here, there in turns:
            rows = slice(0, here + 1) if there > here else slice(here, None)
            is_at_end = min(here, there) == 0 or max(here, there) == steps
            x[rows, there] = yield from _stepped(velocity, x[rows, here], here / steps, (there - here) / steps,
                                                 SOLVERS["midpoint" if is_at_end else "rk4"])
    return Ways(times, x)


def _stepped(velocity: Velocity, x: NDArray[np.float64], t: float, dt: float,
             solver: Solver) -> Generator[None, None, NDArray[np.float64]]:
    """Return places (N, 2) after one step."""
    slopes: list[FloatArray] = []
    for c, weights in zip(solver.c, solver.a, strict=True):
        y = x + dt * sum((weight * slope for weight, slope in zip(weights, slopes, strict=True)), np.zeros_like(x))
        # The same time, however it is come to: what is kept of a field is kept by it.
        slopes.append(np.asarray(velocity(y, round(t + c * dt, 12)), dtype=np.float64))
        yield
    moved = x + dt * sum((weight * slope for weight, slope in zip(solver.b, slopes, strict=True)), np.zeros_like(x))
    return np.clip(np.nan_to_num(moved, nan=_FARTHEST), -_FARTHEST, _FARTHEST)
