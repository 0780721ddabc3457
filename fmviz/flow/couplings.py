"""How each coupling makes its pairs: one object per row of `core.couplings.COUPLINGS`, under the same key.

A coupling is asked for two things: endless pairs for training, and the batches that the Pairs view shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from fmviz.core.cloud import FloatArray, Side
from fmviz.core.couplings import coupling_of
from fmviz.flow.pools import Lesson, PairSource, PlanMaker, PooledPairs, RandomPairs
from fmviz.flow.transport import plan_seconds, solve_plan, squared_distances
from fmviz.flow.units import Units

# Up to here SciPy's assignment is the faster one: 0.25 ms against 0.6 ms for 64; at 1,024 it takes three times as
# long as `ot.emd`, at 4,096 seven times (and holds the GIL).
_SMALL = 128


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


class Batches(Protocol):
    """The batches that one coupling makes of drawn points; threads may share it."""

    def seconds(self, size: int) -> float:
        """Return about how long a batch of that size takes."""

    def partners(self, start: int, end: int) -> FloatArray:
        """Return the target points (end - start, 2) of the source points x0[start:end], paired as one batch."""


class Pairing(Protocol):
    """How one coupling makes pairs."""

    def training(self, lesson: Lesson) -> PairSource:
        """Return endless pairs, in unit coordinates."""

    def batches(self, drawn: Drawn) -> Batches:
        """Return the batches of drawn points."""


@dataclass(frozen=True, eq=False)
class _IndependentBatches:
    drawn: Drawn

    def seconds(self, size: int) -> float:
        return 0.0

    def partners(self, start: int, end: int) -> FloatArray:
        return self.drawn.x1[start:end]


class IndependentPairing:
    """The i-th source point with the i-th target point, each drawn by itself."""

    def training(self, lesson: Lesson) -> PairSource:
        return RandomPairs(lesson)

    def batches(self, drawn: Drawn) -> Batches:
        return _IndependentBatches(drawn)


@dataclass(frozen=True, eq=False)
class _OptimalBatches:
    drawn: Drawn

    def seconds(self, size: int) -> float:
        return plan_seconds(size)

    def partners(self, start: int, end: int) -> FloatArray:
        unit0, unit1 = self.drawn.unit0[start:end], self.drawn.unit1[start:end]
        rows: NDArray[np.int64]
        if end - start > _SMALL:
            rows = solve_plan(unit0, unit1).argmax(axis=1)
        else:
            _, rows = linear_sum_assignment(squared_distances(unit0, unit1))
        return self.drawn.x1[start:end][rows]


class OptimalPairing:
    """The exact optimal assignment: of whole pools while training, within the batch and only there for the view.

    That is what a small batch gets wrong: its points do not know the rest of the clouds. Split into batches of n, the
    same points cost the less the larger n is.
    """

    def training(self, lesson: Lesson) -> PairSource:
        return PooledPairs(lesson, PlanMaker(lesson))

    def batches(self, drawn: Drawn) -> Batches:
        return _OptimalBatches(drawn)


PAIRINGS: dict[str, Pairing] = {"random": IndependentPairing(), "ot": OptimalPairing()}


def pairing_of(key: str) -> Pairing:
    """Return how a coupling makes its pairs.

    Raises:
        ConfigError: there is no coupling of that key.
    """
    return PAIRINGS[coupling_of(key).key]
