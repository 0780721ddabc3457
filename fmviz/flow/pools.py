"""Endless pairs for training: independent draws, or draws from pools of pairs that a thread makes meanwhile.

What is optimal within each batch is biased (256 points do not know the whole cloud) and slow (5 ms a step).
So whole pools are made beside the training loop, and batches draw from them:

- The first pool is small, and training waits for it. Each next one is twice as large, up to the full size; from
  there on every new pool joins those before it, so that the network meets ever more points.
- A pool is taken up at a step that depends on the settings alone, and each draws its points from its own seed:
  how fast the thread is changes nothing in the result.

What a pool holds is its maker's: `PlanMaker` here solves exact plans, `semidiscrete.CellMaker` potentials.
"""

from __future__ import annotations

from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from fmviz.core.cloud import FloatArray, Side
from fmviz.core.config import FlowConfig
from fmviz.core.streams import Stream, stream
from fmviz.flow.device import Worker
from fmviz.flow.transport import PairTable, joined, plan_seconds, solve_plan, table_of
from fmviz.flow.units import Units

FIRST_POOL = 512
_LARGEST_PLAN = 2_500
_MOST_POOLS = 48
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
    """Pairs in unit coordinates; size is its number of points, is_last that no other can be better."""

    table: PairTable
    size: int
    is_last: bool = False


class PoolMaker(Protocol):
    """Makes pools one after the other, in whichever thread asks."""

    full: int
    """Points of the largest pool."""

    def make(self, size: int, number: int) -> Pool:
        """Return the pool of that number, from 0, with so many points."""

    def seconds(self, size: int) -> float:
        """Return in how many seconds a pool of so many points is surely made."""


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
        self._pools: list[Pool] = []
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
            since = step if self._pools else self._lesson.first_step
            self._take_up(self._next.result())
            self._begin_next(since)
        return self._table.draw(n, self._rng)

    def close(self) -> None:
        self._worker.close()

    def _take_up(self, pool: Pool) -> None:
        """Replace smaller pools; join pools of the full size, the oldest leaving when there are many."""
        kept = [other for other in self._pools if other.size == pool.size]
        self._pools = [*kept, pool][-_MOST_POOLS:]
        self._table = joined([entry.table for entry in self._pools])

    def _begin_next(self, step: int) -> None:
        self._next = None
        newest = self._pools[-1]
        if newest.is_last:
            self.close()
            return
        size = min(self._maker.full, 2 * newest.size)
        self._next = self._made_beside(size)
        config = self._lesson.config
        self._next_step = step + exchange_steps(self._maker.seconds(size), self._lesson.parameters, config.batch,
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

    def make(self, size: int, number: int) -> Pool:
        source, target, units = self._lesson.source, self._lesson.target, self._lesson.units
        x0: FloatArray
        x1: FloatArray
        is_whole = self._ends_whole and size >= self.full
        if is_whole:
            assert source.cloud is not None
            assert target.cloud is not None
            x0, x1 = source.cloud.xy, target.cloud.xy
            weights = (source.cloud.weights, target.cloud.weights)
        else:
            rng = self._lesson.rng(Stream.OT_PLANS, number)
            x0, x1 = source.sample(size, rng), target.sample(size, rng)
            weights = (None, None)
        x0, x1 = units.source_to_unit(x0), units.target_to_unit(x1)
        return Pool(table_of(solve_plan(x0, x1, *weights), x0, x1), size, is_whole)

    def seconds(self, size: int) -> float:
        return plan_seconds(size)
