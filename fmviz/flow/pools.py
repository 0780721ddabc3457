"""Endless pairs for training: independent draws, or draws from exact plans that a thread solves meanwhile.

Optimal transport inside every batch is biased (256 points do not know the whole cloud) and slow (5 ms a step).
So plans of whole pools of points are solved beside the training loop, and batches draw from them:

- The first pool is small and solved at once. Each next one is twice as large, up to the chosen size; from
  there on every new pool joins those before it, so that the network meets ever more points.
- Two finite clouds without jitter end with their own plan instead, solved once and drawn from for ever, unless
  they are so large that a plan of all their points would take too long.
- A pool is taken up at a step that depends on the settings alone, and each draws its points from its own seed:
  how fast the thread is changes nothing in the result.
"""

from __future__ import annotations

from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from fmviz.core.cloud import FloatArray, Side
from fmviz.flow.coupling import PairTable, joined, solve_plan, table_of
from fmviz.flow.units import Units
from fmviz.flow.worker import Worker

_FIRST_POOL = 512
_LARGEST_PLAN = 2_500
_MOST_POOLS = 48
# `ot.emd` on one thread: 0.8 s for 2,048 points, growing a little slower than the cube; half as much again keeps
# the loop from waiting. Training passes about 1e11 operations a second and 0.25 ms of overhead for each step.
_PLAN_SECONDS, _PLAN_POINTS, _PLAN_POWER = 1.25, 2048, 2.6
_FLOPS, _OVERHEAD_SECONDS = 1e11, 2.5e-4
_GPU_SPEED_UP = 8.0


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
    """Independent draws from both sides; another first step draws other points."""

    def __init__(self, source: Side, target: Side, units: Units, seed: int, first_step: int) -> None:
        self._source, self._target, self._units = source, target, units
        self._rng = np.random.default_rng([seed, 1, first_step])

    def is_ready(self, step: int) -> bool:
        return True

    def wait(self, seconds: float) -> None:
        pass

    def draw(self, step: int, n: int) -> tuple[FloatArray, FloatArray]:
        x0, x1 = self._source.sample(n, self._rng), self._target.sample(n, self._rng)
        return self._units.to_unit(x0, 0.0), self._units.to_unit(x1, 1.0)

    def close(self) -> None:
        pass


@dataclass(frozen=True, eq=False)
class Pool:
    """One solved plan in unit coordinates; size is its number of points, is_whole that it holds both clouds."""

    table: PairTable
    size: int
    is_whole: bool


def exchange_steps(size: int, parameters: int, batch: int, device_type: str) -> int:
    """Return after how many steps a pool of `size` points that was begun now is surely solved.

    An estimate from the settings alone, never a measurement, so that a seed repeats a run.
    """
    plan_seconds = _PLAN_SECONDS * float(size / _PLAN_POINTS) ** _PLAN_POWER
    step_seconds = 6.0 * parameters * batch / _FLOPS + _OVERHEAD_SECONDS
    speed_up = 1.0 if device_type == "cpu" else _GPU_SPEED_UP
    return max(50, int(speed_up * plan_seconds / step_seconds))


class PlannedPairs:
    """Draws from exact plans, exchanged at fixed steps; see the module.

    Args:
        size: points of a full pool.
        first_step: step at which training begins; the ladder of pools starts anew there.
        parameters, batch, device_type: what `exchange_steps` needs.
    """

    def __init__(self, source: Side, target: Side, units: Units, seed: int, size: int, first_step: int,
                 parameters: int, batch: int, device_type: str) -> None:
        self._sides, self._units, self._seed = (source, target), units, seed
        self._settings = (parameters, batch, device_type)
        self._rng = np.random.default_rng([seed, 2, first_step])
        self._first_step, self._made = first_step, 0
        clouds = [side.cloud for side in self._sides if side.cloud is not None and side.jitter == 0]
        points = max((len(cloud) for cloud in clouds), default=0)
        self._ends_whole = len(clouds) == 2 and points <= _LARGEST_PLAN
        self._full = points if self._ends_whole else size
        self._pools: list[Pool] = []
        self._take_up(self._make(min(_FIRST_POOL, self._full)))
        self._next: Future[Pool] | None = None
        self._next_step = 0
        self._worker: Worker | None = None
        self._begin_next(first_step)

    def is_ready(self, step: int) -> bool:
        return self._next is None or step < self._next_step or self._next.done()

    def wait(self, seconds: float) -> None:
        if self._next is not None:
            wait([self._next], seconds)

    def draw(self, step: int, n: int) -> tuple[FloatArray, FloatArray]:
        if self._next is not None and step >= self._next_step:
            self._take_up(self._next.result())
            self._begin_next(step)
        return self._table.draw(n, self._rng)

    def close(self) -> None:
        if self._worker is not None:
            self._worker.close()

    def _make(self, size: int) -> Pool:
        """Draw and solve one pool; runs in the worker too, so it touches nothing that changes."""
        source, target = self._sides
        x0: FloatArray
        x1: FloatArray
        is_whole = self._ends_whole and size >= self._full
        if is_whole:
            assert source.cloud is not None
            assert target.cloud is not None
            x0, x1 = source.cloud.xy, target.cloud.xy
            weights = (source.cloud.weights, target.cloud.weights)
        else:
            rng = np.random.default_rng([self._seed, 3, self._first_step, self._made])
            x0, x1 = source.sample(size, rng), target.sample(size, rng)
            weights = (None, None)
        x0, x1 = self._units.to_unit(x0, 0.0), self._units.to_unit(x1, 1.0)
        return Pool(table_of(solve_plan(x0, x1, *weights), x0, x1), size, is_whole)

    def _take_up(self, pool: Pool) -> None:
        """Replace smaller pools; join pools of the full size, the oldest leaving when there are many."""
        kept = [other for other in self._pools if other.size == pool.size]
        self._pools = [*kept, pool][-_MOST_POOLS:]
        self._table = joined([entry.table for entry in self._pools])

    def _begin_next(self, step: int) -> None:
        self._next = None
        newest = self._pools[-1]
        if newest.is_whole:
            self.close()
            return
        size = min(self._full, 2 * newest.size)
        self._made += 1
        if self._worker is None:
            self._worker = Worker("optimal transport")
        self._next = self._worker.submit(lambda: self._make(size))
        self._next_step = step + exchange_steps(size, *self._settings)
