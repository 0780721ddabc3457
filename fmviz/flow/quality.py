"""Quality of the lanes while they learn, computed by a thread: W2 beside its floor, and the clouds' own distance.

W2 between two samples of a few hundred points is a noisy number: for moons and 1,000 points a single one varies by
a quarter, since a point more in one moon has far to go. So every number is a mean over several parts, and the
floor meets the very target points that generated ones meet. A floor belongs to a number of points: live and final
numbers use the same one, so that curve, table and file agree; the final ones only take more parts.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from fmviz.core.cloud import FloatArray, Side
from fmviz.core.project import Project
from fmviz.core.streams import Stream, stream
from fmviz.flow.device import Result, Worker
from fmviz.flow.transport import solve_plan, squared_distances

# Of the energy: so little is a rounding of zero.
_NEGLIGIBLE = 1e-9
_FLOOR_DRAWS = 2
# For path energies W2 must be near its limit of many points, not near that of POINTS.
_TRANSPORT_POINTS = 1_000


POINTS = 512
LIVE_PARTS, FINAL_PARTS = 5, 10
LIVE_TOTAL, FINAL_TOTAL = POINTS * LIVE_PARTS, POINTS * FINAL_PARTS


def wasserstein2(a: np.ndarray, b: np.ndarray) -> float:
    """Return the 2-Wasserstein distance of two samples (n, 2) and (m, 2), by exact optimal transport.

        W2 = (min over plans of the mean of |a - b|^2)^(1/2)
    """
    centre = np.asarray(a[0], dtype=np.float64)
    a, b = np.asarray(a, dtype=np.float64) - centre, np.asarray(b, dtype=np.float64) - centre
    scale = max(float(np.abs(a).max()), float(np.abs(b).max()))
    if scale == 0:
        return 0.0
    a, b = a / scale, b / scale
    if len(a) == len(b):
        partner = solve_plan(a, b).argmax(axis=1)
        return scale * float(np.sqrt(((a - b[partner]) ** 2).sum(axis=1).mean()))
    return scale * float(np.sqrt(max(0.0, (solve_plan(a, b) * squared_distances(a, b)).sum())))


@dataclass(frozen=True)
class PathNumbers:
    """Means over particles: length of the path, distance from its start to its end, integral of |v|^2 dt.

    ratio_error and energy_error are the standard errors of path over straight length and of the energy.
    """

    path_length: float
    straight_length: float
    energy: float
    ratio_error: float
    energy_error: float


def path_numbers(t: np.ndarray, x: np.ndarray) -> PathNumbers:
    """Return the numbers of trajectories x (K, N, 2), world units, stored at times t (K,) from 0 to 1."""
    legs = np.diff(np.asarray(x, dtype=np.float64), axis=0)
    squares = (legs**2).sum(axis=2)
    ends = np.asarray(x[-1], dtype=np.float64) - x[0]
    lengths, straight = np.sqrt(squares).sum(axis=0), np.sqrt((ends**2).sum(axis=1))
    energies = (squares / np.diff(np.asarray(t, dtype=np.float64))[:, None]).sum(axis=0)
    ratio = lengths.mean() / max(straight.mean(), 1e-300)
    root = np.sqrt(len(lengths))
    return PathNumbers(
        path_length=float(lengths.mean()), straight_length=float(straight.mean()), energy=float(energies.mean()),
        ratio_error=float(np.std(lengths - ratio * straight) / max(straight.mean(), 1e-300) / root),
        energy_error=float(np.std(energies) / root),
    )


def path_energy_error(energy: float, w2_squared: float) -> float | None:
    """Return the normalised path energy, or None if the clouds are the same.

        NPE = |E int |v|^2 dt - W2^2(q0, q1)| / W2^2(q0, q1)

    Source: Tong et al., TMLR 2024, arXiv 2302.00482, section 5.
    """
    if w2_squared <= _NEGLIGIBLE * energy or w2_squared == 0:
        return None
    return abs(energy - w2_squared) / w2_squared


# A few: it is the same for every lane and every sampling of a problem.
@lru_cache(maxsize=4)
def floor(target: Side, seed: int) -> float:
    """Return what fresh target points measure: no generator can be told from the truth below it."""
    rng = stream(seed, Stream.QUALITY_FLOOR)
    return float(np.mean([
        wasserstein2(target.sample(POINTS, rng), other) for other in _targets(target, seed) for _ in range(_FLOOR_DRAWS)
    ]))


def distance(generated: FloatArray, target: Side, seed: int, first: int = 0) -> float:
    """Return the mean W2 of parts of POINTS generated points (n, 2) against target points of their own.

    Args:
        first: which of the FINAL_PARTS target samples the first part meets; the same seed has the same ones. Live
            numbers go round, so that no one lucky sample colours the whole curve.
    """
    return measured(generated, target, seed, first).w2


class Measured(NamedTuple):
    """W2, world units, and the standard error of it: how far the mean of other points would be from it."""

    w2: float
    error: float


def measured(generated: FloatArray, target: Side, seed: int, first: int = 0) -> Measured:
    """Return what `distance` does, with its error."""
    targets = _targets(target, seed)
    parts = np.split(generated, len(generated) // POINTS)
    values = [wasserstein2(part, targets[(first + index) % FINAL_PARTS]) for index, part in enumerate(parts)]
    return Measured(float(np.mean(values)), float(np.std(values, ddof=1 if len(values) > 1 else 0)
                                                  / np.sqrt(len(values))))


def _targets(target: Side, seed: int) -> list[FloatArray]:
    rng = stream(seed, Stream.QUALITY_TARGETS)
    return [target.sample(POINTS, rng) for _ in range(FINAL_PARTS)]


def same_law(source: Side, target: Side) -> bool:
    """Whether both sides draw from the same distribution: the same shape, or the same points, with the same noise."""
    one, other = source.cloud, target.cloud
    if one is None or other is None:
        return source == target
    return source.jitter == target.jitter and np.array_equal(one.xy, other.xy) and (
        one.weights is other.weights or (one.weights is not None and other.weights is not None
                                         and np.array_equal(one.weights, other.weights)))


@lru_cache(maxsize=4)
def transport_cost(source: Side, target: Side, seed: int) -> float:
    """Return squared W2 between fresh source and target points; 0 if they are drawn from one distribution."""
    if same_law(source, target):
        return 0.0  # which samples, being different ones, would not measure
    rng = stream(seed, Stream.DISTANCE_OF_CLOUDS)
    return float(np.mean([
        wasserstein2(source.sample(_TRANSPORT_POINTS, rng), target.sample(_TRANSPORT_POINTS, rng)) ** 2
        for _ in range(_FLOOR_DRAWS)
    ]))


@dataclass(frozen=True)
class FinalQuality:
    """w2 with its error and floor, world units; transport: squared W2 between fresh source and target points."""

    w2: Measured
    w2_floor: float
    transport: float


class QualityWatch:
    """Shared by the lanes of one training: both are measured against the same target points and floor."""

    def __init__(self, project: Project) -> None:
        self.project, self._seed = project, project.lanes[0].seed
        self._worker = Worker("quality")
        self._floor = self._worker.submit(lambda: floor(self.project.target, self._seed))
        self._asked = 0
        self._transport_cost: Future[float] | None = None

    @property
    def floor(self) -> float | None:
        """The floor of all numbers, or None while it is being computed."""
        return self._floor.result() if self._floor.done() else None

    def ask_live(self, generated: FloatArray) -> Future[Measured]:
        """Measure LIVE_TOTAL generated points."""
        points, first = generated.copy(), self._asked
        self._asked += LIVE_PARTS
        return self._worker.submit(lambda: measured(points, self.project.target, self._seed, first))

    def ask(self, job: Callable[[], Result]) -> Future[Result]:
        """Do something else beside the training, in turn."""
        return self._worker.submit(job)

    def prepare_final(self) -> None:
        """Begin what the final numbers of all lanes share, so that nobody waits for it at the end."""
        if self._transport_cost is None:
            self._transport_cost = self._worker.submit(
                lambda: transport_cost(self.project.source, self.project.target, self._seed))

    def ask_final(self, generated: FloatArray) -> Future[FinalQuality]:
        """Measure FINAL_TOTAL generated points."""
        self.prepare_final()
        transport = self._transport_cost
        assert transport is not None

        def job() -> FinalQuality:
            return FinalQuality(measured(generated, self.project.target, self._seed), self._floor.result(),
                                transport.result())

        return self._worker.submit(job)

    def close(self) -> None:
        """Drop what has not begun."""
        self._worker.close()
