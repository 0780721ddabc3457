"""Quality of the lanes while they learn, computed by a thread: W2 beside its floor, and what paths are measured by.

Live numbers use few points, so that one takes some 20 ms; the final ones use more. A floor belongs to a number
of points: the two are never mixed.
"""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass

import numpy as np

from fmviz.core.cloud import FloatArray
from fmviz.core.project import Project
from fmviz.flow.metrics import wasserstein2, wasserstein2_floor
from fmviz.flow.worker import Worker

LIVE_POINTS, FINAL_POINTS = 512, 1_500
_LIVE_FLOOR_DRAWS, _FINAL_FLOOR_DRAWS = 4, 3


@dataclass(frozen=True)
class FinalQuality:
    """w2 and its floor, world units; transport: squared W2 between fresh source and target points."""

    w2: float
    w2_floor: float
    transport: float


class QualityWatch:
    """Shared by the lanes of one training: both are measured against the same floor.

    Live W2 compares against other target points each time; the final one against one fixed draw.
    """

    def __init__(self, project: Project) -> None:
        self._source, self._target = project.source, project.target
        self._seed = project.lanes[0].seed
        self._worker = Worker("quality")
        self._live_floor: Future[float] = self._worker.submit(
            lambda: wasserstein2_floor(self._target, LIVE_POINTS, _LIVE_FLOOR_DRAWS, self._rng(0))
        )
        self._shared: tuple[Future[float], Future[float]] | None = None
        self._asked = 0

    @property
    def live_floor(self) -> float | None:
        """The floor of live numbers, or None while it is being computed."""
        return self._live_floor.result() if self._live_floor.done() else None

    def ask_live(self, generated: FloatArray) -> Future[float]:
        """Compare generated points (n, 2) with as many fresh target points, n at most LIVE_POINTS."""
        self._asked += 1
        rng = self._rng(1, self._asked)
        points = generated[:LIVE_POINTS].copy()
        return self._worker.submit(lambda: wasserstein2(points, self._target.sample(len(points), rng)))

    def prepare_final(self) -> None:
        """Begin what final numbers of all lanes share, so that nobody waits for it at the end."""
        if self._shared is None:
            self._shared = (
                self._worker.submit(
                    lambda: wasserstein2_floor(self._target, FINAL_POINTS, _FINAL_FLOOR_DRAWS, self._rng(2))
                ),
                self._worker.submit(lambda: wasserstein2(self._source.sample(FINAL_POINTS, self._rng(3)),
                                                         self._target.sample(FINAL_POINTS, self._rng(4))) ** 2),
            )

    def ask_final(self, generated: FloatArray) -> Future[FinalQuality]:
        """Compare generated points with FINAL_POINTS fresh target points; all lanes meet the same ones."""
        self.prepare_final()
        assert self._shared is not None
        floor, transport = self._shared
        points = generated[:FINAL_POINTS].copy()

        def job() -> FinalQuality:
            w2 = wasserstein2(points, self._target.sample(len(points), self._rng(5)))
            return FinalQuality(w2, floor.result(), transport.result())

        return self._worker.submit(job)

    def close(self) -> None:
        """Drop what has not begun."""
        self._worker.close()

    def _rng(self, *purpose: int) -> np.random.Generator:
        return np.random.default_rng([self._seed, 7, *purpose])
