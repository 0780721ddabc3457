"""How each coupling makes its pairs: one object per row of `core.couplings.COUPLINGS`, under the same key.

A coupling is asked for two things: endless pairs for training, and the batches that the Pairs view shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from fmviz.core.cells import Cells
from fmviz.core.cloud import FloatArray, Side
from fmviz.core.couplings import coupling_of
from fmviz.core.streams import Stream, stream
from fmviz.flow.pools import Lesson, PairSource, PlanMaker, PooledPairs, RandomPairs
from fmviz.flow.semidiscrete import CellMaker, assigned, cells_of, places_of, solved_cells, solved_seconds
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

    def cells(self) -> Cells | None:
        """Return the cells that pairs are made by, if there are any, once a batch is known."""


class Pairing(Protocol):
    """How one coupling makes pairs."""

    def training(self, lesson: Lesson) -> PairSource:
        """Return endless pairs, in unit coordinates."""

    def batches(self, drawn: Drawn, points: int) -> Batches:
        """Return the batches of drawn points; `points` is the lane's `cell_points`."""


@dataclass(frozen=True, eq=False)
class _IndependentBatches:
    drawn: Drawn

    def seconds(self, size: int) -> float:
        return 0.0

    def partners(self, start: int, end: int) -> FloatArray:
        return self.drawn.x1[start:end]

    def cells(self) -> None:
        return None


class IndependentPairing:
    """The i-th source point with the i-th target point, each drawn by itself."""

    def training(self, lesson: Lesson) -> PairSource:
        return RandomPairs(lesson)

    def batches(self, drawn: Drawn, points: int) -> Batches:
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

    def cells(self) -> None:
        return None


class OptimalPairing:
    """The exact optimal assignment: of whole pools while training, within the batch and only there for the view.

    That is what a small batch gets wrong: its points do not know the rest of the clouds. Split into batches of n, the
    same points cost the less the larger n is.
    """

    def training(self, lesson: Lesson) -> PairSource:
        return PooledPairs(lesson, PlanMaker(lesson))

    def batches(self, drawn: Drawn, points: int) -> Batches:
        return _OptimalBatches(drawn)


class _CellBatches:
    """Each source point as while training, so that a batch of any size is paired alike."""

    def __init__(self, drawn: Drawn, points: int) -> None:
        self._drawn, self._points = drawn, points
        self._cells: Cells | None = None
        self._x1: FloatArray | None = None

    def seconds(self, size: int) -> float:
        return 0.0 if self._x1 is not None else solved_seconds(self._points)

    def partners(self, start: int, end: int) -> FloatArray:
        if self._x1 is None:
            drawn, rng = self._drawn, stream(self._drawn.seed, Stream.CELLS)
            targets, potentials = solved_cells(drawn.source, drawn.target, drawn.units, drawn.seed, self._points)
            _, rows = assigned(targets.points, potentials, places_of(drawn.unit0, rng))
            self._cells, self._x1 = cells_of(targets, potentials, drawn.units), targets.near(rows, rng)
        return self._x1[start:end]

    def cells(self) -> Cells | None:
        return self._cells


class CellPairing:
    """Each source point with the target point whose cell it lies in, or with what that point stands for."""

    def training(self, lesson: Lesson) -> PairSource:
        return PooledPairs(lesson, CellMaker(lesson))

    def batches(self, drawn: Drawn, points: int) -> Batches:
        return _CellBatches(drawn, points)


PAIRINGS: dict[str, Pairing] = {"random": IndependentPairing(), "ot": OptimalPairing(), "semidiscrete": CellPairing()}


def pairing_of(key: str) -> Pairing:
    """Return how a coupling makes its pairs.

    Raises:
        ConfigError: there is no coupling of that key.
    """
    return PAIRINGS[coupling_of(key).key]
