"""How each coupling makes its pairs: by the rule of its row in `core.couplings`, or by what stands here under its key.

A coupling is asked for two things: endless pairs for training, and the batches that the Pairs view shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fmviz.core.cells import Cells
from fmviz.core.cloud import FloatArray, Side
from fmviz.core.couplings import Rule, coupling_of
from fmviz.core.streams import Stream, stream
from fmviz.flow.plan_kinds import EntropicPlan, ExactPlan, PartialPlan, PlanKind, UnbalancedPlan
from fmviz.flow.plans import MOST_WHOLE, PlanMaker, WholePlanMaker, finite_cloud, plan_of_sides
from fmviz.flow.pools import Lesson, PairSource, PooledPairs, RandomPairs, RuledPairs
from fmviz.flow.semidiscrete import CellMaker, assigned, cells_of, places_of, solved_cells, solved_seconds
from fmviz.flow.transport import best_partners, plan_seconds
from fmviz.flow.units import Units

# Iterations take milliseconds, and hold the interpreter, however small a batch is.
_MOST_ITERATED = 64
# A point that keeps less of its mass has no partner in a batch.
_LEAST_KEPT = 0.5
# By so many points of each side a kind of plan is fitted to the clouds.
_FITTED_BY = 256
_NO_PLACES: FloatArray = np.zeros((0, 2))


@dataclass(frozen=True, eq=False)
class Drawn:
    """Points of both sides in an order of chance: a batch of n is made of the first n of each.

    Args:
        source, target, units: where they come from.
        x0, x1: (N, 2) each, world units; unit0, unit1: the same in the frame.
        seed: what they were drawn with.
    """

    source: Side
    target: Side
    units: Units
    x0: FloatArray
    x1: FloatArray
    unit0: FloatArray
    unit1: FloatArray
    seed: int


@dataclass(frozen=True, eq=False)
class Partners:
    """How a batch of source points is paired.

    Args:
        rows: (P,) numbers in the batch of the source points that have a partner, ascending.
        x1: (P, 2) the partners.
        alone: (Q, 2) target points of the batch that have none.
        column_error: as in `frames.Pairs`.
    """

    rows: NDArray[np.int64]
    x1: FloatArray
    alone: FloatArray = field(default_factory=lambda: _NO_PLACES)
    column_error: float | None = None

    @classmethod
    def of_all(cls, x1: FloatArray) -> Partners:
        """Return the pairs of all points of a batch."""
        return cls(np.arange(len(x1)), x1)


class Batches(Protocol):
    """The batches that one coupling makes of drawn points; threads may share it."""

    def seconds(self, size: int) -> float:
        """Return about how long a batch of that size takes."""

    def count(self, most: int) -> int:
        """Return of how many batches, of so many that there are, it is found out what they cost on average."""

    def partners(self, start: int, end: int) -> Partners:
        """Return the partners of the source points x0[start:end], paired as one batch."""

    def cells(self) -> Cells | None:
        """Return the cells that pairs are made by, if there are any, once a batch is known."""
        return None


class Pairing(Protocol):
    """How one coupling makes pairs."""

    def training(self, lesson: Lesson) -> PairSource:
        """Return endless pairs, in unit coordinates."""

    def batches(self, drawn: Drawn, settings: Mapping[str, Any]) -> Batches:
        """Return the batches of drawn points; the settings are the lane's `batch_settings`."""


@dataclass(frozen=True, eq=False)
class _RuledBatches(Batches):
    """Batches that a rule pairs, each for itself."""

    drawn: Drawn
    rule: Rule
    cost: Callable[[int], float] = lambda _size: 0.0

    def seconds(self, size: int) -> float:
        return self.cost(size)

    def count(self, most: int) -> int:
        return most

    def partners(self, start: int, end: int) -> Partners:
        return Partners.of_all(self.drawn.x1[start:end][self.rule(self.drawn.unit0[start:end],
                                                                  self.drawn.unit1[start:end])])


class IndependentPairing:
    """The i-th source point with the i-th target point, each drawn by itself."""

    def training(self, lesson: Lesson) -> PairSource:
        return RandomPairs(lesson)

    def batches(self, drawn: Drawn, settings: Mapping[str, Any]) -> Batches:
        return _RuledBatches(drawn, lambda x0, _x1: np.arange(len(x0)))


class RulePairing:
    """A rule within each batch, for the view and while training."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule

    def training(self, lesson: Lesson) -> PairSource:
        return RuledPairs(lesson, self._rule)

    def batches(self, drawn: Drawn, settings: Mapping[str, Any]) -> Batches:
        return _RuledBatches(drawn, self._rule)


class BatchOptimalPairing:
    """The exact optimal assignment within the batch and only there.

    That is what a small batch gets wrong: its points do not know the rest of the clouds. Split into batches of n, the
    same points cost the less the larger n is.
    """

    def training(self, lesson: Lesson) -> PairSource:
        return RuledPairs(lesson, best_partners)

    def batches(self, drawn: Drawn, settings: Mapping[str, Any]) -> Batches:
        return _RuledBatches(drawn, best_partners, plan_seconds)


class OptimalPairing(BatchOptimalPairing):
    """The same for the view; while training, of whole pools."""

    def training(self, lesson: Lesson) -> PairSource:
        return PooledPairs(lesson, PlanMaker(lesson, ExactPlan()))


class _WholeBatches(Batches):
    """Each source point by the plan of the whole clouds, so that a batch of any size is paired alike."""

    def __init__(self, drawn: Drawn, points: int) -> None:
        self._drawn = drawn
        clouds = [finite_cloud(side) for side in (drawn.source, drawn.target)]
        self._points = min(MOST_WHOLE, max(points if cloud is None else len(cloud) for cloud in clouds))
        self._x1: FloatArray | None = None

    def seconds(self, size: int) -> float:
        return 0.0 if self._x1 is not None else plan_seconds(self._points, is_equal=False)

    def count(self, most: int) -> int:
        return most

    def partners(self, start: int, end: int) -> Partners:
        if self._x1 is None:
            drawn = self._drawn
            plan = plan_of_sides(drawn.source, drawn.target, drawn.units, self._points,
                                 stream(drawn.seed, Stream.OT_PLANS))
            self._x1 = plan.partners(drawn.unit0, stream(drawn.seed, Stream.OT_PAIRS))
        return Partners.of_all(self._x1[start:end])


class WholePairing:
    """The entries of the plan of whole clouds, for ever the same."""

    def training(self, lesson: Lesson) -> PairSource:
        return PooledPairs(lesson, WholePlanMaker(lesson))

    def batches(self, drawn: Drawn, settings: Mapping[str, Any]) -> Batches:
        return _WholeBatches(drawn, settings["pool"])


class _PlannedBatches(Batches):
    """Batches by a plan within each: a point's partner is drawn as often as the plan says, if it keeps enough mass."""

    def __init__(self, drawn: Drawn, kind: PlanKind) -> None:
        self._drawn, self._kind = drawn, kind

    def seconds(self, size: int) -> float:
        return self._kind.seconds(size, is_equal=True)

    def count(self, most: int) -> int:
        return min(most, _MOST_ITERATED) if self._kind.is_dense else most

    def partners(self, start: int, end: int) -> Partners:
        drawn, n = self._drawn, end - start
        equal = np.full(n, 1.0 / n)
        solved = self._fitted.solve(drawn.unit0[start:end], drawn.unit1[start:end], equal, equal)
        kept0, kept1 = (n * solved.plan.sum(axis=axis) for axis in (1, 0))
        rows = np.flatnonzero(kept0 >= _LEAST_KEPT)
        within = np.cumsum(solved.plan[rows], axis=1)
        level = stream(drawn.seed, Stream.OT_PAIRS, start + 1).random((len(rows), 1)) * within[:, -1:]
        columns = (within <= level).sum(axis=1).clip(0, n - 1)
        is_alone = kept1 < _LEAST_KEPT
        is_alone[columns] = False
        x1 = drawn.x1[start:end]
        return Partners(rows, x1[columns], x1[is_alone], solved.column_error)

    @cached_property
    def _fitted(self) -> PlanKind:
        return self._kind.fitted(self._drawn.unit0[:_FITTED_BY], self._drawn.unit1[:_FITTED_BY])


class PlannedPairing:
    """A kind of plan: between pools while training, within the batch for the view.

    Args:
        setting: the name of its own setting.
        kind: makes the kind of a value of that.
    """

    def __init__(self, setting: str, kind: Callable[[float], PlanKind]) -> None:
        self._setting, self._kind = setting, kind

    def training(self, lesson: Lesson) -> PairSource:
        return PooledPairs(lesson, PlanMaker(lesson, self._kind(getattr(lesson.config, self._setting))))

    def batches(self, drawn: Drawn, settings: Mapping[str, Any]) -> Batches:
        return _PlannedBatches(drawn, self._kind(settings[self._setting]))


class _CellBatches(Batches):
    """Each source point as while training, so that a batch of any size is paired alike."""

    def __init__(self, drawn: Drawn, points: int) -> None:
        self._drawn, self._points = drawn, points
        self._cells: Cells | None = None
        self._x1: FloatArray | None = None

    def seconds(self, size: int) -> float:
        return 0.0 if self._x1 is not None else solved_seconds(self._points)

    def count(self, most: int) -> int:
        return most

    def partners(self, start: int, end: int) -> Partners:
        if self._x1 is None:
            drawn, rng = self._drawn, stream(self._drawn.seed, Stream.CELLS)
            targets, potentials = solved_cells(drawn.source, drawn.target, drawn.units, drawn.seed, self._points)
            _, rows = assigned(targets.points, potentials, places_of(drawn.unit0, rng))
            self._cells, self._x1 = cells_of(targets, potentials, drawn.units), targets.near(rows, rng)
        return Partners.of_all(self._x1[start:end])

    def cells(self) -> Cells | None:
        return self._cells


class CellPairing:
    """Each source point with the target point whose cell it lies in, or with what that point stands for."""

    def training(self, lesson: Lesson) -> PairSource:
        return PooledPairs(lesson, CellMaker(lesson))

    def batches(self, drawn: Drawn, settings: Mapping[str, Any]) -> Batches:
        return _CellBatches(drawn, settings["pool"])


PAIRINGS: dict[str, Pairing] = {
    "random": IndependentPairing(), "ot": OptimalPairing(), "semidiscrete": CellPairing(),
    "batch-ot": BatchOptimalPairing(), "whole-ot": WholePairing(), "entropic": PlannedPairing("epsilon", EntropicPlan),
    "partial": PlannedPairing("mass", PartialPlan), "unbalanced": PlannedPairing("mass", UnbalancedPlan),
}


def pairing_of(key: str) -> Pairing:
    """Return how a coupling makes its pairs.

    Raises:
        ConfigError: there is no coupling of that key.
    """
    row = coupling_of(key)
    return PAIRINGS[row.key] if row.rule is None else RulePairing(row.rule)
