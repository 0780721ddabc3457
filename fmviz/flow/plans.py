"""Plans between both sides of a lane, each known by a number of points, and the pools of pairs that are drawn by them.

Points stand for all that lies nearest to them (`quantized`), so that a pair can be any of fresh draws around its two
points. The kind of plan is the coupling's, see `plan_kinds`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from fmviz.core.cloud import FloatArray, PointCloud, Side
from fmviz.core.couplings import CONVERGED
from fmviz.core.streams import Stream
from fmviz.flow.plan_kinds import ExactPlan, PlanKind
from fmviz.flow.pools import FIRST_PAIRS, FIRST_POOL, PAIRS, Lesson, Pool
from fmviz.flow.quantized import Quantized, nearest, quantized
from fmviz.flow.transport import PairTable
from fmviz.flow.units import Units

_LARGEST_PLAN = 2_500
# A whole cloud's plan has at most so many points of a side: it takes 10 s.
MOST_WHOLE = 4_096


@dataclass(frozen=True, eq=False)
class PlanOfSides:
    """The entries of a plan: point rows[i] of the source with point columns[i] of the target, with mass[i].

    Rows ascend. column_error is that of `plan_kinds.Solved`.
    """

    source: Quantized
    target: Quantized
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    mass: NDArray[np.float64]
    column_error: float | None = None

    def table(self) -> PairTable:
        """Return the pairs of the points themselves."""
        return self._table(self.source.world[self.rows], self.target.world[self.columns], self.mass)

    def pairs(self, n: int, rng: np.random.Generator) -> PairTable:
        """Return n pairs of fresh draws; each entry has as many as its mass says, off by less than one."""
        entries = np.searchsorted(self._shares, (np.arange(n) + rng.random()) / n)
        entries = np.minimum(entries, len(self._shares) - 1)
        return self._table(self.source.near(self.rows[entries], rng), self.target.near(self.columns[entries], rng))

    def partners(self, x: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Return for each source point x (n, 2), unit coordinates, the partner of the point it is nearest to, world.

        Where that has several, each is drawn as often as its mass says.
        """
        rows = nearest(self._tree, x)
        ends = np.searchsorted(self.rows, np.arange(len(self.source)), side="right")
        after = np.concatenate([[0.0], self._shares])
        low, high = after[np.concatenate([[0], ends[:-1]])[rows]], after[ends[rows]]
        entries = np.searchsorted(self._shares, low + (high - low) * rng.random(len(x)), side="right")
        partners: FloatArray = self.target.world[self.columns[np.minimum(entries, ends[rows] - 1)]]
        return partners

    @cached_property
    def _shares(self) -> NDArray[np.float64]:
        return np.asarray(np.cumsum(self.mass) / self.mass.sum())

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(self.source.points)

    def _table(self, x0: FloatArray, x1: FloatArray, mass: NDArray[np.float64] | None = None) -> PairTable:
        return PairTable(self.source.to_unit(x0), self.target.to_unit(x1), mass)


def plan_of_sides(source: Side, target: Side, units: Units, size: int, rng: np.random.Generator,
                  kind: PlanKind | None = None) -> PlanOfSides:
    """Return the plan between two sides known by so many points each; None is an exact one."""
    known = (quantized(source, units.source_to_unit, size, rng), quantized(target, units.target_to_unit, size, rng))
    solved = (kind or ExactPlan()).solve(known[0].points, known[1].points, known[0].shares, known[1].shares)
    rows, columns = np.nonzero(solved.plan)
    return PlanOfSides(*known, rows, columns, solved.plan[rows, columns], solved.column_error)


class PlanMaker:
    """Pools by plans of one kind.

    Two finite clouds without jitter end with their own plan, drawn from for ever, unless they are so large that a plan
    of all their points would take too long, or their plan is dense.
    """

    notice, first = "", FIRST_POOL

    def __init__(self, lesson: Lesson, kind: PlanKind | None = None) -> None:
        self._lesson, self._kind = lesson, kind or ExactPlan()
        points = [len(cloud) for cloud in map(finite_cloud, (lesson.source, lesson.target)) if cloud is not None]
        self._ends_whole = len(points) == 2 and max(points) <= _LARGEST_PLAN and not self._kind.is_dense
        self.full = max(points) if self._ends_whole else min(lesson.config.pool, self._kind.most)
        self._solved: tuple[int, PlanOfSides] | None = None

    def make(self, size: int, number: int) -> Pool:
        rng = self._lesson.rng(Stream.OT_PLANS, number)
        if self._solved is None or self._solved[0] != size:
            lesson = self._lesson
            plan = plan_of_sides(lesson.source, lesson.target, lesson.units, size, rng, self._kind)
            self._solved = size, plan
            if plan.column_error is not None:
                self.notice = not_converged(plan.column_error) or self.notice
        plan = self._solved[1]
        if self._ends_whole and size >= self.full:
            return Pool(plan.table(), size, is_last=True)
        return Pool(plan.pairs(PAIRS if number else FIRST_PAIRS, rng), size)

    def seconds(self, size: int) -> float:
        return self._kind.seconds(size)


class WholePlanMaker(PlanMaker):
    """The exact plan of the whole clouds, whose entries are drawn from for ever; a shape is as many of its points.

    A cloud of more points than `MOST_WHOLE` is so many draws of it. Training waits for the plan: pools of few points
    with fresh draws around them would show it what is not in the plan.
    """

    def __init__(self, lesson: Lesson) -> None:
        super().__init__(lesson)
        clouds = [finite_cloud(side) for side in (lesson.source, lesson.target)]
        points = max(lesson.config.pool if cloud is None else len(cloud) for cloud in clouds)
        self._ends_whole = True
        self.full = self.first = min(points, MOST_WHOLE)
        largest = max((len(cloud) for cloud in clouds if cloud is not None), default=0)
        if largest > MOST_WHOLE:
            self.notice = (f"A cloud has {largest:,} points; OT of whole clouds knows {MOST_WHOLE:,} of them, drawn "
                           "once: OT coupling, from pools, knows all.")


def finite_cloud(side: Side) -> PointCloud | None:
    """Return a side's cloud if it is all that the side has: without jitter; else None."""
    return side.cloud if side.jitter == 0 else None


def not_converged(column_error: float) -> str:
    """Return the sentence about an iteration whose columns are so far from their masses, "" if it is near enough."""
    if column_error <= CONVERGED:
        return ""
    return (f"The plan has not converged: {column_error:.2g} of its mass is in wrong columns and was put right without "
            "regard to cost; a larger epsilon converges.")
