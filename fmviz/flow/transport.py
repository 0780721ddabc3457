"""Exact transport plans between two sets of points, and tables of pairs to draw from.

Costs are squared distances. Points come in the moving frame of `units`, where plans are the same as in the
world and nothing overflows. `pools` owns the plans that training draws from.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import ot
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from fmviz.core.cloud import FloatArray

# Up to here SciPy's assignment is the faster one: 0.25 ms against 0.6 ms for 64; at 1,024 it takes three times as
# long as `ot.emd`, at 4,096 seven times (and holds the GIL).
_SMALL = 128
MAX_ITERATIONS = 50_000_000
# `ot.emd` on one thread: 0.8 s for 2,048 points, growing a little slower than the cube; half as much again keeps
# who waits for it from waiting. Points of unequal mass take twice as long.
_PLAN_SECONDS, _PLAN_POINTS, _PLAN_POWER, _UNEQUAL = 1.25, 2048, 2.6, 2.0


def squared_distances(x0: np.ndarray, x1: np.ndarray) -> NDArray[np.float64]:
    """Return |x0_i - x1_j|^2, (n, m) float64, without the cancellation of the expanded square."""
    a, b = np.asarray(x0, dtype=np.float64), np.asarray(x1, dtype=np.float64)
    cost: NDArray[np.float64] = np.subtract.outer(a[:, 0], b[:, 0])
    np.square(cost, out=cost)
    other = np.subtract.outer(a[:, 1], b[:, 1])
    np.square(other, out=other)
    cost += other
    return cost


def solve_plan(x0: np.ndarray, x1: np.ndarray, weights0: np.ndarray | None = None,
               weights1: np.ndarray | None = None) -> NDArray[np.float64]:
    """Return the exact optimal-transport plan (n, m) for squared distances; None means equal weights."""
    masses = [
        np.full(len(x), 1.0 / len(x)) if w is None else np.asarray(w, np.float64) / np.sum(w, dtype=np.float64)
        for x, w in ((x0, weights0), (x1, weights1))
    ]
    plan: NDArray[np.float64] = ot.emd(masses[0], masses[1], squared_distances(x0, x1), numItermax=MAX_ITERATIONS)
    return plan


def best_partners(x0: np.ndarray, x1: np.ndarray) -> NDArray[np.int64]:
    """Return for each of x0 (n, 2) its partner among x1 (n, 2), by number, with the least sum of squared distances."""
    rows: NDArray[np.int64]
    if len(x0) > _SMALL:
        rows = solve_plan(x0, x1).argmax(axis=1)
    else:
        _, rows = linear_sum_assignment(squared_distances(x0, x1))
    return rows


def solve_potentials(x0: np.ndarray, x1: np.ndarray, weights0: np.ndarray,
                     weights1: np.ndarray) -> NDArray[np.float64]:
    """Return the dual potentials (m,) of the points x1 of the exact plan between weights of sum 1.

        |x0_i - x1_j|^2 >= u_i + g_j, with equality where the plan has mass
    """
    _, log = ot.emd(weights0, weights1, squared_distances(x0, x1), numItermax=MAX_ITERATIONS, log=True)
    potentials: NDArray[np.float64] = log["v"]
    return potentials


def plan_seconds(size: int, is_equal: bool = True) -> float:
    """Return in how many seconds a plan between `size` points and as many, of equal mass or not, is surely solved."""
    return (1.0 if is_equal else _UNEQUAL) * _PLAN_SECONDS * math.pow(size / _PLAN_POINTS, _PLAN_POWER)


@dataclass(frozen=True, eq=False)
class PairTable:
    """The pairs that a plan allows, and how often each is drawn.

    Only cells with mass are kept: a plan between n and m points has at most n + m - 1 of them, and one search in
    the running sum of their masses draws a row by its mass and its column by the row's weights.

    Args:
        x0, x1: (P, 2) paired points.
        mass: (P,) how often, in any unit; None means equally often.
    """

    x0: FloatArray
    x1: FloatArray
    mass: NDArray[np.float64] | None = None

    @cached_property
    def _cumulative(self) -> NDArray[np.float64] | None:
        return None if self.mass is None else np.cumsum(self.mass) / self.mass.sum()

    def draw(self, n: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """Return n pairs, x0 (n, 2) and x1 (n, 2), drawn independently."""
        if self._cumulative is None:
            cells = rng.integers(0, len(self.x0), n)
        else:
            cells = np.searchsorted(self._cumulative, rng.random(n), side="right")
            cells = np.minimum(cells, len(self.x0) - 1)
        return self.x0[cells], self.x1[cells]


def table_of(plan: NDArray[np.float64], x0: FloatArray, x1: FloatArray) -> PairTable:
    """Return the pairs of a plan (n, m) between x0 (n, 2) and x1 (m, 2)."""
    rows, columns = np.nonzero(plan)
    mass = plan[rows, columns]
    return PairTable(x0[rows], x1[columns], None if np.ptp(mass) < 1e-9 * mass.max() else mass)

