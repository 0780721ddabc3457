"""Endless pairs for training: independent draws, or draws from pools of pairs that a thread makes meanwhile.

What is optimal within each batch is biased (256 points do not know the whole cloud) and slow (5 ms a step).
So both sides are known by a number of points, what is optimal for these is solved beside the training loop, and pools
of fresh draws around them (`quantized`) are paired by it:

- The first pool knows few points, and training waits for it. Each next one knows twice as many, up to the full number;
  from there on what was solved stays, and every new pool is made of other draws.
- A pool is taken up at a step that depends on the settings alone, and each draws its points from its own seed:
  how fast the thread is changes nothing in the result.

How points are paired is the maker's: `PlanMaker` here solves exact plans, `semidiscrete.CellMaker` potentials.
"""

from __future__ import annotations

from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fmviz.core.cloud import FloatArray, Side
from fmviz.core.config import FlowConfig
from fmviz.core.streams import Stream, stream
from fmviz.flow.device import Worker
from fmviz.flow.quantized import Quantized, quantized
from fmviz.flow.transport import PairTable, plan_seconds, solve_plan
from fmviz.flow.units import Units

FIRST_POOL = 512
_LARGEST_PLAN = 2_500
# Pairs of the first pool and of each later one. They take a fifth of a second; it is counted a second, so that the
# thread rests most of the time.
FIRST_PAIRS, PAIRS, _PAIRS_SECONDS = 16_384, 65_536, 1.0
# Training passes about 1e11 operations a second and 0.25 ms of overhead for each step.
_FLOPS, _OVERHEAD_SECONDS = 1e11, 2.5e-4
_GPU_SPEED_UP = 8.0


@dataclass(frozen=True, eq=False)
class Lesson:
    """What a lane learns and with what: all that decides its training pairs.

    Args:
        source, target, units: the sides, and the frame that pairs are wanted in.
        config: the lane's settings.
        first_step: step at which training begins; pairs are drawn anew from there.
        parameters, device_type: of the network, which say how long a step takes.
    """

    source: Side
    target: Side
    units: Units
    config: FlowConfig
    first_step: int
    parameters: int
    device_type: str

    def rng(self, purpose: Stream, *more: int) -> np.random.Generator:
        """Return the random numbers of one purpose; another first step draws others."""
        return stream(self.config.seed, purpose, self.first_step, *more)


class PairSource(Protocol):
    """Where a lane's training pairs come from, in unit coordinates."""

    def is_ready(self, step: int) -> bool:
        """Whether `draw` for this step can go on without waiting."""

    def wait(self, seconds: float) -> None:
        """Wait until ready, at most so long."""

    def draw(self, step: int, n: int) -> tuple[FloatArray, FloatArray]:
        """Return x0, x1 (n, 2) for training from this step on."""

    def close(self) -> None:
        """Release threads."""


class RandomPairs:
    """Independent draws from both sides."""

    def __init__(self, lesson: Lesson) -> None:
        self._lesson, self._rng = lesson, lesson.rng(Stream.RANDOM_PAIRS)

    def is_ready(self, step: int) -> bool:
        return True

    def wait(self, seconds: float) -> None:
        pass

    def draw(self, step: int, n: int) -> tuple[FloatArray, FloatArray]:
        lesson = self._lesson
        x0, x1 = lesson.source.sample(n, self._rng), lesson.target.sample(n, self._rng)
        return lesson.units.source_to_unit(x0), lesson.units.target_to_unit(x1)

    def close(self) -> None:
        pass


@dataclass(frozen=True, eq=False)
class Pool:
    """Pairs in unit coordinates; size is how many points each side is known by, is_last that no other can be better."""

    table: PairTable
    size: int
    is_last: bool = False


class PoolMaker(Protocol):
    """Makes pools one after the other, in whichever thread asks."""

    full: int
    """How many points the sides are known by in the end."""

    def make(self, size: int, number: int) -> Pool:
        """Return the pool of that number, from 0, of sides known by so many points."""

    def seconds(self, size: int) -> float:
        """Return in how many seconds it is surely solved how so many points are paired."""


def exchange_steps(seconds: float, parameters: int, batch: int, device_type: str) -> int:
    """Return after how many steps a pool that takes so many seconds, and was begun now, is surely made.

    An estimate from the settings alone, never a measurement, so that a seed repeats a run.
    """
    step_seconds = 6.0 * parameters * batch / _FLOPS + _OVERHEAD_SECONDS
    speed_up = 1.0 if device_type == "cpu" else _GPU_SPEED_UP
    return max(50, int(speed_up * seconds / step_seconds))


class PooledPairs:
    """Draws from pools, exchanged at fixed steps; see the module."""

    def __init__(self, lesson: Lesson, maker: PoolMaker) -> None:
        self._lesson, self._maker = lesson, maker
        self._rng = lesson.rng(Stream.OT_PAIRS)
        self._made = 0
        self._pool: Pool | None = None
        self._worker = Worker("pairs for training")
        self._next: Future[Pool] | None = self._made_beside(min(FIRST_POOL, maker.full))
        self._next_step = lesson.first_step

    def is_ready(self, step: int) -> bool:
        return self._next is None or step < self._next_step or self._next.done()

    def wait(self, seconds: float) -> None:
        if self._next is not None:
            wait([self._next], seconds)

    def draw(self, step: int, n: int) -> tuple[FloatArray, FloatArray]:
        while self._next is not None and step >= self._next_step:
            since = step if self._pool is not None else self._lesson.first_step
            self._pool = self._next.result()
            self._begin_next(since, self._pool)
        assert self._pool is not None
        return self._pool.table.draw(n, self._rng)

    def close(self) -> None:
        self._worker.close()

    def _begin_next(self, step: int, pool: Pool) -> None:
        self._next = None
        if pool.is_last:
            self.close()
            return
        size = min(self._maker.full, 2 * pool.size)
        self._next = self._made_beside(size)
        seconds = _PAIRS_SECONDS + (self._maker.seconds(size) if size > pool.size else 0.0)
        config = self._lesson.config
        self._next_step = step + exchange_steps(seconds, self._lesson.parameters, config.batch,
                                                self._lesson.device_type)

    def _made_beside(self, size: int) -> Future[Pool]:
        """Let the thread make the next pool: the first one of cells takes a quarter of a second."""
        number = self._made
        self._made += 1
        return self._worker.submit(lambda: self._maker.make(size, number))


class PlanMaker:
    """Exact optimal-transport plans between points of both sides.

    Two finite clouds without jitter end with their own plan, drawn from for ever, unless they are so large that a plan
    of all their points would take too long.
    """

    def __init__(self, lesson: Lesson) -> None:
        self._lesson = lesson
        clouds = [side.cloud for side in (lesson.source, lesson.target) if side.cloud is not None and side.jitter == 0]
        points = max((len(cloud) for cloud in clouds), default=0)
        self._ends_whole = len(clouds) == 2 and points <= _LARGEST_PLAN
        self.full = points if self._ends_whole else lesson.config.pool
        self._solved: tuple[int, _PlanOfSides] | None = None

    def make(self, size: int, number: int) -> Pool:
        rng = self._lesson.rng(Stream.OT_PLANS, number)
        if self._solved is None or self._solved[0] != size:
            self._solved = size, _plan_of_sides(self._lesson, size, rng)
        plan = self._solved[1]
        if self._ends_whole and size >= self.full:
            return Pool(plan.table(), size, is_last=True)
        return Pool(plan.pairs(PAIRS if number else FIRST_PAIRS, rng), size)

    def seconds(self, size: int) -> float:
        return plan_seconds(size, is_equal=False)


@dataclass(frozen=True, eq=False)
class _PlanOfSides:
    """The entries of a plan: point rows[i] of the source with point columns[i] of the target, with mass[i]."""

    source: Quantized
    target: Quantized
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    mass: NDArray[np.float64]

    def table(self) -> PairTable:
        """Return the pairs of the points themselves."""
        return self._table(self.source.world[self.rows], self.target.world[self.columns], self.mass)

    def pairs(self, n: int, rng: np.random.Generator) -> PairTable:
        """Return n pairs of fresh draws; each entry has as many as its mass says, off by less than one."""
        entries = np.searchsorted(np.cumsum(self.mass) / self.mass.sum(), (np.arange(n) + rng.random()) / n)
        return self._table(self.source.near(self.rows[entries], rng), self.target.near(self.columns[entries], rng))

    def _table(self, x0: FloatArray, x1: FloatArray, mass: NDArray[np.float64] | None = None) -> PairTable:
        return PairTable(self.source.to_unit(x0), self.target.to_unit(x1), mass)


def _plan_of_sides(lesson: Lesson, size: int, rng: np.random.Generator) -> _PlanOfSides:
    source = quantized(lesson.source, lesson.units.source_to_unit, size, rng)
    target = quantized(lesson.target, lesson.units.target_to_unit, size, rng)
    plan = solve_plan(source.points, target.points, source.shares, target.shares)
    rows, columns = np.nonzero(plan)
    return _PlanOfSides(source, target, rows, columns, plan[rows, columns])
