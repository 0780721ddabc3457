"""Random draws that are paired optimally within each batch of training, and only there, by a thread beside it.

That is what most code does. A batch of 256 points does not know the rest of the clouds: its best pairs are not those of
the clouds, and the fewer points it has, the more its paths cross. And each step waits for a plan of its own, 5 ms for
256 pairs, as long as four steps.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, wait

import numpy as np

from fmviz.core.cloud import FloatArray
from fmviz.flow.device import Worker
from fmviz.flow.pools import Lesson, RandomPairs, batches_in_chunk
from fmviz.flow.transport import best_partners

# A plan of more points takes seconds: larger batches are paired in parts.
MOST_PAIRED = 2048
_Batch = tuple[FloatArray, FloatArray]


class BatchPlanPairs:
    """Batches one after the other, some of them ahead; how fast the thread is changes none of them."""

    def __init__(self, lesson: Lesson) -> None:
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

    def take_notes(self) -> list[str]:
        return []

    def close(self) -> None:
        self._worker.close()

    def _ask(self, count: int) -> None:
        """Let at least so many batches be on their way."""
        while len(self._ahead) < count:
            self._ahead.append(self._worker.submit(self._paired))

    def _paired(self) -> _Batch:
        x0, x1 = self._random.draw(0, self._batch)
        parts = [slice(start, start + MOST_PAIRED) for start in range(0, self._batch, MOST_PAIRED)]
        return x0, np.concatenate([x1[part][best_partners(x0[part], x1[part])] for part in parts])
