"""Quality of the lanes while they learn, computed by a thread: W2 beside its floor, and the clouds' own distance.

W2 between two samples of a few hundred points is a noisy number: for moons and 1,000 points a single one varies by
a quarter, since a point more in one moon has far to go. So every number is a mean over several parts, and the
floor meets the very target points that generated ones meet. Live numbers use few points; the final ones more. A
floor belongs to a number of points: the two kinds are never mixed.
"""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass

import numpy as np

from fmviz.core.cloud import FloatArray, Side
from fmviz.core.project import Project
from fmviz.flow.metrics import wasserstein2
from fmviz.flow.worker import Worker

_FLOOR_DRAWS = 2


@dataclass(frozen=True)
class Ruler:
    """How W2 is measured: the mean over `parts` parts of `points` points, each against its own target points."""

    points: int
    parts: int

    @property
    def total(self) -> int:
        """Generated points that one measurement takes."""
        return self.points * self.parts

    def floor(self, target: Side, seed: int) -> float:
        """Return what fresh target points measure: no generator can be told from the truth below it."""
        rng = np.random.default_rng([seed, 8])
        return float(np.mean([
            wasserstein2(target.sample(self.points, rng), other)
            for other in self._targets(target, seed) for _ in range(_FLOOR_DRAWS)
        ]))

    def w2(self, generated: FloatArray, target: Side, seed: int) -> float:
        """Return what generated points (total, 2) measure; the same seed meets the same target points."""
        parts = np.split(generated[:self.total], self.parts)
        return float(np.mean([wasserstein2(a, b) for a, b in zip(parts, self._targets(target, seed), strict=True)]))

    def _targets(self, target: Side, seed: int) -> list[FloatArray]:
        rng = np.random.default_rng([seed, 9, self.points])
        return [target.sample(self.points, rng) for _ in range(self.parts)]


LIVE = Ruler(points=512, parts=3)
FINAL = Ruler(points=1_000, parts=5)


@dataclass(frozen=True)
class FinalQuality:
    """w2 and its floor, world units; transport: squared W2 between fresh source and target points."""

    w2: float
    w2_floor: float
    transport: float


class QualityWatch:
    """Shared by the lanes of one training: both are measured against the same target points and floor."""

    def __init__(self, project: Project) -> None:
        self._source, self._target = project.source, project.target
        self._seed = project.lanes[0].seed
        self._worker = Worker("quality")
        self._live_floor: Future[float] = self._worker.submit(lambda: LIVE.floor(self._target, self._seed))
        self._shared: tuple[Future[float], Future[float]] | None = None

    @property
    def live_floor(self) -> float | None:
        """The floor of live numbers, or None while it is being computed."""
        return self._live_floor.result() if self._live_floor.done() else None

    def ask_live(self, generated: FloatArray) -> Future[float]:
        """Measure at least LIVE.total generated points."""
        points = generated[:LIVE.total].copy()
        return self._worker.submit(lambda: LIVE.w2(points, self._target, self._seed))

    def prepare_final(self) -> None:
        """Begin what the final numbers of all lanes share, so that nobody waits for it at the end."""
        if self._shared is None:
            self._shared = (self._worker.submit(lambda: FINAL.floor(self._target, self._seed)),
                            self._worker.submit(self._transport))

    def ask_final(self, generated: FloatArray) -> Future[FinalQuality]:
        """Measure FINAL.total generated points."""
        self.prepare_final()
        assert self._shared is not None
        floor, transport = self._shared

        def job() -> FinalQuality:
            return FinalQuality(FINAL.w2(generated, self._target, self._seed), floor.result(), transport.result())

        return self._worker.submit(job)

    def close(self) -> None:
        """Drop what has not begun."""
        self._worker.close()

    def _transport(self) -> float:
        rng = np.random.default_rng([self._seed, 10])
        return float(np.mean([
            wasserstein2(self._source.sample(FINAL.points, rng), self._target.sample(FINAL.points, rng)) ** 2
            for _ in range(_FLOOR_DRAWS)
        ]))
