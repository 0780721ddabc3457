"""Semidiscrete optimal transport: a source with a density to finitely many target points, by their potentials.

    j(x) = argmin over j of |x - y_j|^2 - g_j         the mass of {x : j(x) = j} is the weight of y_j

The potentials g begin as those of an exact plan to fresh source points and go on by averaged stochastic ascent: a point
that gets too little mass gets a larger potential. A fresh source point then goes to the point whose cell it lies in.
Source: arXiv 2509.25519.

Everything is in the coordinates of `units`, in float64.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from fmviz.core.cells import Cells
from fmviz.core.cloud import FloatArray, Side
from fmviz.core.streams import Stream
from fmviz.flow.laguerre import with_borders
from fmviz.flow.pools import Lesson, Pool
from fmviz.flow.transport import PairTable, plan_seconds, solve_potentials
from fmviz.flow.units import Units

# A source of a few points has no density that cells could divide: each is looked up beside itself, at a distance of
# this deviation in unit coordinates, so that its mass spreads over the cells around. It costs less than .1 %.
_BLUR = 0.01
# Source points of one step of the ascent; it takes some 5 ms for 2,048 target points.
_BATCH, _STEP_SECONDS = 2048, 6e-3
# The first steps, in medians of the change of a potential that moves a point to another cell, and when they are less.
_RATE, _FALL_STEPS = 0.5, 60
# Of 2,048 points' masses, 8 Gaussians to moons, chi^2 above noise: 1 after the plan, .02 after so many steps.
_STEPS, _FIRST_STEPS = 200, 60
# The average leaves out what the ascent came from.
_BURN_IN = 0.25
# Pairs of a pool: each of 2,048 points is met eight times.
_PAIRS = 16_384
# A search in leaves of so many points takes half the time that it takes in usual ones.
_LEAF = 32


@dataclass(frozen=True, eq=False)
class TargetPoints:
    """Finitely many different target points, (N, 2): in the world and in unit coordinates; weights (N,) of sum 1."""

    world: FloatArray
    points: NDArray[np.float64]
    weights: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.points)


def is_whole(target: Side, most: int) -> bool:
    """Whether a target is finite and has no more points than `most`, so that all of them are taken."""
    return target.cloud is not None and target.jitter == 0 and len(target.cloud) <= most


def target_points(target: Side, units: Units, draws: FloatArray) -> TargetPoints:
    """Return all points of a finite target of no more points than there are draws (M, 2), else the draws; equal points
    become one."""
    xy, weights = draws, np.ones(len(draws))
    if is_whole(target, len(draws)):
        assert target.cloud is not None
        xy = target.cloud.xy
        weights = np.ones(len(xy)) if target.cloud.weights is None else np.asarray(target.cloud.weights, np.float64)
    points, first, place = np.unique(np.asarray(units.target_to_unit(xy), np.float64), axis=0, return_index=True,
                                     return_inverse=True)
    mass = np.bincount(place.ravel(), weights, len(points))
    has_mass = mass > 0
    return TargetPoints(xy[first[has_mass]], points[has_mass], mass[has_mass] / mass.sum())


class SourceDraws:
    """Fresh source points, and where each is looked up."""

    def __init__(self, source: Side, units: Units, rng: np.random.Generator) -> None:
        self._source, self._units, self._rng = source, units, rng

    def __call__(self, n: int) -> tuple[FloatArray, NDArray[np.float64]]:
        """Return x (n, 2), float32, and the places (n, 2) at which their cells are asked for."""
        x = self._units.source_to_unit(self._source.sample(n, self._rng))
        return x, places_of(x, self._rng)


def places_of(x: FloatArray, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the places at which source points (n, 2), unit coordinates, are looked up."""
    return x + rng.normal(0.0, _BLUR, x.shape)


def assigned(points: NDArray[np.float64], potentials: NDArray[np.float64],
             x: NDArray[np.float64], k: int = 1) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return for each place x (n, 2) the k least values of |x - y_j|^2 - g_j and their j, as `cKDTree.query` does.

    With a third coordinate (g_max - g_j)^(1/2) the least value is that of the nearest neighbour, which a tree finds.
    """
    top = potentials.max()
    tree = cKDTree(np.column_stack([points, np.sqrt(top - potentials)]), _LEAF, compact_nodes=False,
                   balanced_tree=False)
    distances, rows = tree.query(np.column_stack([x, np.zeros(len(x))]), k)
    return distances**2 - top, rows


def risen(draws: SourceDraws, targets: TargetPoints, start: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    """Return the potentials (N,) after averaged stochastic ascent from `start`."""
    n = len(targets)
    if n == 1:
        return np.zeros(1)
    g, mean, first = start - start.mean(), np.zeros(n), round(_BURN_IN * steps)
    values, _ = assigned(targets.points, g, draws(_BATCH)[1], 2)
    scale = float(np.median(values[:, 1] - values[:, 0])) / np.maximum(targets.weights, 1.0 / n)
    for step in range(steps):
        _, rows = assigned(targets.points, g, draws(_BATCH)[1])
        masses = np.bincount(rows, minlength=n) / _BATCH
        g = g + _RATE / (1 + step / _FALL_STEPS) ** 0.5 * scale * (targets.weights - masses)
        if step >= first:
            mean += (g - mean) / (step - first + 1)
    return mean


def solved(draws: SourceDraws, targets: TargetPoints, steps: int = _STEPS) -> NDArray[np.float64]:
    """Return the potentials (N,) of target points: an exact plan to as many source points, then the ascent."""
    _, places = draws(max(len(targets), _BATCH // 2))
    return risen(draws, targets, solve_potentials(places, targets.points, targets.weights), steps)


def solved_seconds(size: int, steps: int = _STEPS) -> float:
    """Return in how many seconds the potentials of so many points are surely known."""
    return plan_seconds(max(size, _BATCH // 2)) + steps * _STEP_SECONDS * max(0.25, size / _BATCH)


def cells_of(targets: TargetPoints, potentials: NDArray[np.float64], units: Units) -> Cells:
    """Return the cells in the world."""
    return with_borders(targets.world, units.mean0 + units.scale * targets.points, potentials * units.scale**2)


class CellMaker:
    """Pools of fresh source points, each with the target point whose cell it lies in.

    A target of endlessly many points, or of more than a pool has, is known by so many fresh ones in each pool. The
    potentials of a target that is wholly known go on from pool to pool.
    """

    def __init__(self, lesson: Lesson) -> None:
        self._lesson = lesson
        cloud, most = lesson.target.cloud, lesson.config.pool
        self.full = len(cloud) if cloud is not None and is_whole(lesson.target, most) else most
        self._known: tuple[TargetPoints, NDArray[np.float64]] | None = None

    def make(self, size: int, number: int) -> Pool:
        lesson, rng = self._lesson, self._lesson.rng(Stream.CELLS, number + 1)
        draws = SourceDraws(lesson.source, lesson.units, rng)
        steps = _STEPS if number else _FIRST_STEPS
        if self._known is not None and is_whole(lesson.target, size):
            targets, start = self._known
            potentials = risen(draws, targets, start, steps)
        else:
            targets = target_points(lesson.target, lesson.units, lesson.target.sample(size, rng))
            potentials = solved(draws, targets, steps)
        self._known = (targets, potentials) if is_whole(lesson.target, size) else None
        x0, places = draws(_PAIRS)
        _, rows = assigned(targets.points, potentials, places)
        return Pool(PairTable(x0, targets.points[rows].astype(np.float32)), size)

    def seconds(self, size: int) -> float:
        return solved_seconds(size)
