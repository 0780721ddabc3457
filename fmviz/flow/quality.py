"""Quality of the lanes while they learn, computed by a thread: distances to the target and numbers of the paths.

W2 between two samples of a few hundred points is a noisy number: for moons and 1,000 points a single one varies by
a quarter, since a point more in one moon has far to go. So every number is a mean over several parts, and the
floor meets the very target points that generated ones meet. A floor belongs to a number of points: live and final
numbers use the same one, so that curve, table and file agree; the final ones only take more parts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from fmviz.core.cloud import FloatArray, Side
from fmviz.core.project import Project
from fmviz.core.quantities import MEASURED
from fmviz.core.streams import Stream, stream
from fmviz.flow.device import Result, Worker, has_ended
from fmviz.flow.distances import Measured, energy_distance, mean_distances, wasserstein2
from fmviz.flow.path_numbers import crossings, own_energy_excess, path_energies, path_energy_error
from fmviz.flow.strata import even_mean, even_sample

_FLOOR_DRAWS = 2
# In .5 s: from N to 8gaussians it varies by .1 % then, from N to moons by .5 %.
_TRANSPORT_POINTS, _TRANSPORT_DRAWS = 256, 12
POINTS = 512
LIVE_PARTS, FINAL_PARTS = 5, 10
LIVE_TOTAL, FINAL_TOTAL = POINTS * LIVE_PARTS, POINTS * FINAL_PARTS
# Target points of an energy distance: all pairs are compared.
_ENERGY_TARGETS = 2_048

class _Counts(NamedTuple):
    """How many trajectories are compared with each other.

    energy: for the energy distance; own: with the best transport to their own ends.
    """

    energy: int
    own: int


_LIVE, _FINAL = _Counts(1_024, 256), _Counts(2_048, 1_024)
# A straight path's energy is that of its ends but for so much of it.
_ROUNDING = 1e-6
# Numbers or None, under the names of `Metrics`.
Numbers = Mapping[str, Any]


# A few: it is the same for every lane and every sampling of a problem.
@lru_cache(maxsize=4)
def floor(target: Side, seed: int) -> Measured:
    """Return what fresh target points measure, and how that varies from one final measurement to another.

    No generator can be told from the truth below it.
    """
    rng = stream(seed, Stream.QUALITY_FLOOR)
    values = [wasserstein2(target.sample(POINTS, rng), other) for other in _targets(target, seed)
              for _ in range(_FLOOR_DRAWS)]
    return Measured(float(np.mean(values)), float(np.std(values, ddof=1) / np.sqrt(FINAL_PARTS)))


def distance(generated: FloatArray, target: Side, seed: int, first: int = 0) -> Measured:
    """Return the mean W2 of parts of POINTS generated points (n, 2) against target points of their own.

    Args:
        first: which of the FINAL_PARTS target samples the first part meets; the same seed has the same ones. Live
            numbers go round, so that no one lucky sample colours the whole curve.
    """
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
def transport_cost(source: Side, target: Side, seed: int) -> Measured:
    """Return squared W2 between source and target; 0 if they are drawn from one distribution.

        mean of W2^2(X, Y) - (W2^2(X, X') + W2^2(Y, Y')) / 2    over even samples X, X' of source, Y, Y' of target

    The first alone is too large by what chance adds: from N to moons 1 %, of two Gaussians 4 %; less the others it is
    within a hundredth of the limit of many points.
    """
    if same_law(source, target):
        return Measured(0.0, 0.0)  # which samples, being different ones, would not measure
    rng = stream(seed, Stream.DISTANCE_OF_CLOUDS)
    values = []
    for _ in range(_TRANSPORT_DRAWS):
        x0, other0, x1, other1 = (even_sample(side, _TRANSPORT_POINTS, rng)
                                  for side in (source, source, target, target))
        chance = (wasserstein2(x0, other0) ** 2 + wasserstein2(x1, other1) ** 2) / 2
        values.append(wasserstein2(x0, x1) ** 2 - chance)
    return Measured(max(0.0, float(np.mean(values))), float(np.std(values, ddof=1) / np.sqrt(_TRANSPORT_DRAWS)))


def path_energy(source: Side, seed: int, x0: FloatArray, energies: FloatArray, transport: Measured) -> Numbers:
    """Return the normalised path energy of paths with those energies (n,) from x0 (n, 2), and its error.

    Args:
        transport: squared W2 between source and target.
    """
    energy = even_mean(source, x0, energies, seed)
    npe = path_energy_error(energy.value, transport.value)
    if npe is None:
        return {"npe": None, "npe_error": None}
    error = np.hypot(energy.error, energy.value / transport.value * transport.error) / transport.value
    return {"npe": npe, "npe_error": float(error)}


def numbers_of_paths(x: FloatArray, energies: FloatArray, most: int) -> Numbers:
    """Return the numbers of trajectories x (K, N, 2) that need no target.

    Args:
        energies: (N,) of the paths.
        most: how many of them are compared with the best transport to their own ends.
    """
    bends = energies - ((np.asarray(x[-1]) - x[0]) ** 2).sum(axis=1)
    bends = np.where(bends > _ROUNDING * energies, bends, 0.0)
    crossed, own = crossings(x), own_energy_excess(energies[:most], x[0, :most], x[-1, :most])
    return {"straightness": float(bends.mean()),
            "straightness_error": float(bends.std() / np.sqrt(len(bends))),
            "crossings": crossed.value, "crossings_error": crossed.error,
            "npe_own": None if own is None else own.value, "npe_own_error": None if own is None else own.error}


@lru_cache(maxsize=4)
def _energy_targets(target: Side, seed: int) -> tuple[FloatArray, FloatArray]:
    """Return target points, and the mean distance of each from the others."""
    points = np.concatenate(_targets(target, seed))[:_ENERGY_TARGETS]
    return points, mean_distances(points)


class QualityWatch:
    """Shared by the lanes of one training: all are measured against the same target points and floor."""

    def __init__(self, project: Project) -> None:
        self.project, self._seed = project, project.lanes[0].seed
        self._worker = Worker("quality")
        self._floor = self._worker.submit(lambda: floor(self.project.target, self._seed))
        self._asked = 0
        self._transport: Future[Measured] | None = None

    @property
    def floor(self) -> Measured | None:
        """The floor of all numbers, or None while it is being computed."""
        return self._floor.result() if has_ended(self._floor) else None

    def ask_live(self, t: FloatArray, x: FloatArray, are_paths: bool = True) -> Future[Numbers]:
        """Measure LIVE_TOTAL trajectories x (K, N, 2), stored at times t (K,).

        Args:
            are_paths: whether they have a length and an energy, as those with noise have not.
        """
        first = self._asked
        self._asked += LIVE_PARTS
        return self._worker.submit(lambda: self._measure(t, x, x[-1], are_paths, first, _LIVE))

    def ask(self, job: Callable[[], Result]) -> Future[Result]:
        """Do something else beside the training, in turn."""
        return self._worker.submit(job)

    def prepare_final(self) -> None:
        """Begin what path energies of all lanes share, so that nobody waits for it at the end."""
        if self._transport is None:
            self._transport = self._worker.submit(
                lambda: transport_cost(self.project.source, self.project.target, self._seed))

    def ask_final(self, t: FloatArray, x: FloatArray, ends: FloatArray, are_paths: bool = True) -> Future[Numbers]:
        """Measure trajectories x (K, N, 2), stored at times t (K,), and FINAL_TOTAL generated points; as `ask_live`."""
        self.prepare_final()

        def job() -> Numbers:
            measured, least = self._measure(t, x, ends, are_paths, 0, _FINAL), self._floor.result()
            return {**measured, "w2_floor": least.value, "w2_floor_error": least.error}

        return self._worker.submit(job)

    def close(self) -> None:
        self._worker.close()

    def _measure(self, t: FloatArray, x: FloatArray, ends: FloatArray, are_paths: bool, first: int,
                 count: _Counts) -> Numbers:
        target = self.project.target
        w2 = distance(ends, target, self._seed, first)
        energy = energy_distance(ends[:count.energy], *_energy_targets(target, self._seed))
        return {**dict.fromkeys(MEASURED), "w2": w2.value, "w2_error": w2.error, "energy_distance": energy.value,
                "energy_distance_error": energy.error, **(self._of_paths(t, x, count) if are_paths else {})}

    def _of_paths(self, t: FloatArray, x: FloatArray, count: _Counts) -> Numbers:
        energies, transport = path_energies(t, x), self._transport
        npe = (path_energy(self.project.source, self._seed, x[0], energies, transport.result())
               if has_ended(transport) else {})
        return {**npe, **numbers_of_paths(x, energies, count.own)}
