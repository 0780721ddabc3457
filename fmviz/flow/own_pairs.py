"""Pairs of a flow's own, from which the next round of reflow learns: each start with where the flow carries it.

    (x0, x1) = (x0, x0 + int_0^1 v(x_t, t) dt)        x0 ~ p0

Learning from them makes paths straighter and no pair dearer; it does not make them optimal.
Source: Liu, Gong, Liu, Flow Straight and Fast, ICLR 2023, arXiv 2209.03003.
"""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from fmviz.core.cloud import FloatArray
from fmviz.core.config import Sampling
from fmviz.core.streams import Stream
from fmviz.flow.carry import ENDS, carry
from fmviz.flow.model import UnitVelocity
from fmviz.flow.pools import Lesson
from fmviz.flow.transport import PairTable
from fmviz.flow.units import MovingFrame

N_PAIRS = 20_000
# 25 steps: with a half of them Runge-Kutta lands where a fine sampling with any solver does.
_SOLVER = Sampling("rk4", 100)


class OwnPairs:
    """Draws from a table of pairs, which stays as it is."""

    def __init__(self, table: PairTable, rng: np.random.Generator) -> None:
        self.table, self._rng = table, rng

    def is_ready(self, step: int) -> bool:
        return True

    def wait(self, seconds: float) -> None:
        pass

    def draw(self, step: int, n: int) -> tuple[FloatArray, FloatArray]:
        return self.table.draw(n, self._rng)

    def take_notes(self) -> list[str]:
        return []

    def close(self) -> None:
        pass


def own_pairs(lesson: Lesson, field: UnitVelocity, frame: MovingFrame) -> Generator[None, None, OwnPairs]:
    """Make the pairs of a field, block by block, pausing after every step of the solver."""
    rng = lesson.rng(Stream.OWN_PAIRS)
    x0, ends = lesson.source.sample(N_PAIRS, rng), []
    for first in range(0, N_PAIRS, field.rows):
        motion = yield from carry(field, frame, x0[first:first + field.rows], _SOLVER, ENDS)
        ends.append(motion.x[-1])
    x1 = np.concatenate(ends)
    return OwnPairs(PairTable(lesson.units.source_to_unit(x0), lesson.units.target_to_unit(x1)), rng)
