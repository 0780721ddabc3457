"""Endless pairs for training: independent draws, draws from pools of pairs that a thread makes meanwhile, batches that
it pairs, or pairs of a flow's own.

What is optimal within each batch is biased (256 points do not know the whole cloud) and slow (5 ms a step).
So both sides are known by a number of points, what is optimal for these is solved beside the training loop, and pools
of fresh draws around them (`quantized`) are paired by it:

- The first pool knows few points, and training waits for it. Each next one knows twice as many, up to the full number;
  from there on what was solved stays, and every new pool is made of other draws.
- A pool is taken up at a step that depends on the settings alone, and each draws its points from its own seed:
  how fast the thread is changes nothing in the result.

How points are paired is the maker's: `plans.PlanMaker` solves plans, `semidiscrete.CellMaker` potentials.

`RuledPairs` pairs within each batch alone, by a rule. With the optimal one that is what most code does. A batch of 256
points does not know the rest of the clouds: the fewer points it has, the more its paths cross; and each step waits for
a plan of its own, as long as four steps.

`OwnPairs`, from which the next round of reflow learns, are each start with where the flow carries it. Learning from
them makes paths straighter and no pair dearer; it does not make them optimal.

    (x0, x1) = (x0, x0 + int_0^1 v(x_t, t) dt)        x0 ~ p0

Source: Liu, Gong, Liu, Flow Straight and Fast, ICLR 2023, arXiv 2209.03003.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from fmviz.core.cloud import FloatArray, Side
from fmviz.core.config import FlowConfig, Sampling
from fmviz.core.couplings import Rule
from fmviz.core.streams import Stream, stream
from fmviz.flow.carry import ENDS, carry
from fmviz.flow.device import Worker
from fmviz.flow.model import UnitVelocity
from fmviz.flow.transport import PairTable
from fmviz.flow.units import MovingFrame, Units

FIRST_POOL = 512
# Pairs of the first pool and of each later one. They take a fifth of a second; it is counted a second, so that the
# thread rests most of the time.
FIRST_PAIRS, PAIRS, _PAIRS_SECONDS = 16_384, 65_536, 1.0
# Training passes about 1e11 operations a second and 0.25 ms of overhead for each step.
_FLOPS, _OVERHEAD_SECONDS = 1e11, 2.5e-4
_GPU_SPEED_UP = 8.0
# Training takes its pairs for so many points at once, and for so many steps at most: NumPy's and torch's overhead for
# each call is some 10 us, a good part of a step if paid for every batch.
_CHUNK_POINTS, _MOST_STEPS_IN_CHUNK = 8192, 32
N_PAIRS = 20_000
# 25 steps: with a half of them Runge-Kutta lands where a fine sampling with any solver does.
_SOLVER = Sampling("rk4", 100)
# A plan of more points takes seconds: larger batches are paired in parts.
MOST_PAIRED = 2048
_Batch = tuple[FloatArray, FloatArray]


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
        return True

    def wait(self, seconds: float) -> None:
        """Wait until ready, at most so long."""
        return None

    def draw(self, step: int, n: int) -> tuple[FloatArray, FloatArray]:
        """Return x0, x1 (n, 2) for training from this step on."""

    def take_notes(self) -> list[str]:
        """Return the sentences about the pairs that a person should read, each once."""
        return []

    def close(self) -> None:
        """Release threads."""
        return None


def batches_in_chunk(batch: int) -> int:
    """Return of how many batches training asks for the pairs at once."""
    return max(1, min(_MOST_STEPS_IN_CHUNK, _CHUNK_POINTS // batch))


class RandomPairs(PairSource):
    """Independent draws from both sides."""

    def __init__(self, lesson: Lesson) -> None:
        self._lesson, self._rng = lesson, lesson.rng(Stream.RANDOM_PAIRS)

    def draw(self, step: int, n: int) -> tuple[FloatArray, FloatArray]:
        lesson = self._lesson
        x0, x1 = lesson.source.sample(n, self._rng), lesson.target.sample(n, self._rng)
        return lesson.units.source_to_unit(x0), lesson.units.target_to_unit(x1)


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
    first: int
    """By how many they are known in the first pool, if these are not more."""
    notice: str
    """What a person should know of the pools so far, or ""."""

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


class PooledPairs(PairSource):
    """Draws from pools, exchanged at fixed steps; see the module."""

    def __init__(self, lesson: Lesson, maker: PoolMaker) -> None:
        self._lesson, self._maker = lesson, maker
        self._rng = lesson.rng(Stream.OT_PAIRS)
        self._made = 0
        self._pool: Pool | None = None
        self._worker = Worker("pairs for training")
        self._next: Future[Pool] | None = self._made_beside(min(maker.first, maker.full))
        self._next_step = lesson.first_step
        self._has_told = False

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

    def take_notes(self) -> list[str]:
        if self._has_told or not self._maker.notice:
            return []
        self._has_told = True
        return [self._maker.notice]

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


class OwnPairs(PairSource):
    """Draws from a table of pairs, which stays as it is."""

    def __init__(self, table: PairTable, rng: np.random.Generator) -> None:
        self.table, self._rng = table, rng

    def draw(self, step: int, n: int) -> tuple[FloatArray, FloatArray]:
        return self.table.draw(n, self._rng)


def own_pairs(lesson: Lesson, field: UnitVelocity, frame: MovingFrame) -> Generator[None, None, OwnPairs]:
    """Make the pairs of a field, block by block, pausing after every step of the solver."""
    rng = lesson.rng(Stream.OWN_PAIRS)
    x0, ends = lesson.source.sample(N_PAIRS, rng), []
    for first in range(0, N_PAIRS, field.rows):
        motion = yield from carry(field, frame, x0[first:first + field.rows], _SOLVER, ENDS)
        ends.append(motion.x[-1])
    x1 = np.concatenate(ends)
    return OwnPairs(PairTable(lesson.units.source_to_unit(x0), lesson.units.target_to_unit(x1)), rng)


class RuledPairs(PairSource):
    """Batches one after the other, some of them ahead; how fast the thread is changes none of them."""

    def __init__(self, lesson: Lesson, rule: Rule) -> None:
        self._rule = rule
        self._batch, self._chunk = lesson.config.batch, batches_in_chunk(lesson.config.batch)
        self._random = RandomPairs(lesson)
        self._worker = Worker("pairs of batches")
        self._ahead: deque[Future[_Batch]] = deque()
        self._ask(2 * self._chunk)

    def is_ready(self, step: int) -> bool:
        return self._ahead[self._chunk - 1].done()

    def wait(self, seconds: float) -> None:
        wait([self._ahead[self._chunk - 1]], seconds)

    def draw(self, step: int, n: int) -> _Batch:
        count = -(-n // self._batch)
        self._ask(count)
        batches = [self._ahead.popleft().result() for _ in range(count)]
        self._ask(2 * self._chunk)
        x0, x1 = (np.concatenate(parts)[:n] for parts in zip(*batches, strict=True))
        return x0, x1

    def close(self) -> None:
        self._worker.close()

    def _ask(self, count: int) -> None:
        """Let at least so many batches be on their way."""
        while len(self._ahead) < count:
            self._ahead.append(self._worker.submit(self._paired))

    def _paired(self) -> _Batch:
        x0, x1 = self._random.draw(0, self._batch)
        parts = [slice(start, start + MOST_PAIRED) for start in range(0, self._batch, MOST_PAIRED)]
        return x0, np.concatenate([x1[part][self._rule(x0[part], x1[part])] for part in parts])
