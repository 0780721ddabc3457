"""Semidiscrete optimal transport: a source with a density to finitely many target points, by their potentials.

    j(x) = argmin over j of |x - y_j|^2 - g_j         the mass of {x : j(x) = j} is the weight of y_j

The potentials g begin as those of an exact plan to fresh source points and go on by averaged stochastic ascent: a point
that gets too little mass gets a larger potential. A fresh source point then goes to the point whose cell it lies in or,
if the target has more points, to any draw that this one stands for (`quantized`).
Source: arXiv 2509.25519.

The borders of the cells come from the convex hull of their points on a bowl: a facet from below is a place where three
cells meet, its slope twice that place.

    (y_j, |y_j|^2 - g_j)

Everything is in the coordinates of `units`, in float64.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, cKDTree

from fmviz.core.cells import Cells
from fmviz.core.cloud import FloatArray, Side
from fmviz.core.streams import Stream, stream
from fmviz.flow.pools import FIRST_PAIRS, FIRST_POOL, PAIRS, Lesson, Pool
from fmviz.flow.quantized import Quantized, counted_shares, draws_for, is_whole, quantized
from fmviz.flow.transport import PairTable, plan_seconds, solve_potentials
from fmviz.flow.units import Units

# A source of a few points has no density that cells could divide: each is looked up beside itself, at a distance of
# this deviation in unit coordinates, so that its mass spreads over the cells around. It costs less than .1 %.
_BLUR = 0.01
# Source points of one step of the ascent; it takes some 8 ms for 2,048 target points.
_BATCH, _STEP_SECONDS = 2048, 1e-2
# The first steps, in medians of the change of a potential that moves a point to another cell, and when they are less.
_RATE, _FALL_STEPS = 0.5, 60
# Steps for each 2,048 target points: chi^2 of their masses above noise is 1 after the plan, and .01 after so many.
_STEPS, _FEWEST_STEPS = 200, 60
# The average leaves out what the ascent came from.
_BURN_IN = 0.25
# A search in leaves of so many points takes half the time that it takes in usual ones.
_LEAF = 32
# Four more cells, so many times as far away as the points lie from each other, close all others: no picture reaches
# there, and the hull keeps eleven digits.
_FAR = 1e4
_AROUND = 4 * np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])


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


def risen(draws: SourceDraws, targets: Quantized, start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the potentials (N,) after averaged stochastic ascent from `start`."""
    n, steps = len(targets), _steps(len(targets))
    if n == 1:
        return np.zeros(1)
    g, mean, first = start - start.mean(), np.zeros(n), round(_BURN_IN * steps)
    values, _ = assigned(targets.points, g, draws(_BATCH)[1], 2)
    scale = float(np.median(values[:, 1] - values[:, 0])) / np.maximum(targets.shares, 1.0 / n)
    for step in range(steps):
        _, rows = assigned(targets.points, g, draws(_BATCH)[1])
        masses = np.bincount(rows, minlength=n) / _BATCH
        g = g + _RATE / (1 + step / _FALL_STEPS) ** 0.5 * scale * (targets.shares - masses)
        if step >= first:
            mean += (g - mean) / (step - first + 1)
    return mean


def _steps(size: int) -> int:
    return max(_FEWEST_STEPS, _STEPS * size // _BATCH)


def solved(draws: SourceDraws, targets: Quantized) -> NDArray[np.float64]:
    """Return the potentials (N,) of target points: an exact plan to as many source points, then the ascent.

    The ascent moves mass between cells beside each other; what the plan gets wrong between far ones would stay. So the
    source points have their shares: with equal ones those of eight modes are off by .008 to .013, with these by .001.
    """
    size = max(len(targets), _BATCH // 2)
    _, points = draws(size)
    shares = counted_shares(points, draws(draws_for(size))[1])
    return risen(draws, targets, solve_potentials(points, targets.points, shares, targets.shares))


def solved_seconds(size: int) -> float:
    """Return in how many seconds the potentials of so many points are surely known."""
    ascent = _steps(size) * _STEP_SECONDS * max(0.25, size / _BATCH)
    return plan_seconds(max(size, _BATCH // 2), is_equal=False) + ascent


def solved_cells(source: Side, target: Side, units: Units, seed: int,
                 size: int) -> tuple[Quantized, NDArray[np.float64]]:
    """Return the target as so many points, and their potentials; the same arguments give the same cells."""
    rng = stream(seed, Stream.CELLS, size)
    targets = quantized(target, units.target_to_unit, size, rng)
    return targets, solved(SourceDraws(source, units, rng), targets)


def cells_of(targets: Quantized, potentials: NDArray[np.float64], units: Units) -> Cells:
    """Return the cells in the world."""
    return with_borders(targets.world, units.mean0 + units.scale * targets.points, potentials * units.scale**2)


class CellMaker:
    """Pools of fresh source points, each with the target point whose cell it lies in or with what that stands for."""

    notice, first = "", FIRST_POOL

    def __init__(self, lesson: Lesson) -> None:
        self._lesson = lesson
        cloud, most = lesson.target.cloud, lesson.config.pool
        self.full = len(cloud) if cloud is not None and is_whole(lesson.target, most) else most
        self._solved: tuple[int, tuple[Quantized, NDArray[np.float64]]] | None = None

    def make(self, size: int, number: int) -> Pool:
        lesson, rng = self._lesson, self._lesson.rng(Stream.CELLS, number + 1)
        if self._solved is None or self._solved[0] != size:
            self._solved = size, solved_cells(lesson.source, lesson.target, lesson.units, lesson.config.seed, size)
        targets, potentials = self._solved[1]
        x0, places = SourceDraws(lesson.source, lesson.units, rng)(PAIRS if number else FIRST_PAIRS)
        _, rows = assigned(targets.points, potentials, places)
        return Pool(PairTable(x0, lesson.units.target_to_unit(targets.near(rows, rng))), size)

    def seconds(self, size: int) -> float:
        return solved_seconds(size)


def with_borders(points: FloatArray, sites: FloatArray, potentials: NDArray[np.float64]) -> Cells:
    """Return the cells of different target points (N, 2); see `Cells`."""
    middle = (sites.max(axis=0) + sites.min(axis=0)) / 2
    scale = max(float(np.ptp(sites, axis=0).max()), float(np.sqrt(np.ptp(potentials)))) or 1.0
    y, g = (sites - middle) / scale, (potentials - potentials.max()) / scale**2
    far = np.full(len(_AROUND), 2 * _FAR * 4.0)
    bowl = np.column_stack([np.concatenate([y, _AROUND]), np.concatenate([(y**2).sum(axis=1) - g, far])])
    hull = ConvexHull(bowl)
    normals = hull.equations[:, :3]
    is_lower = normals[:, 2] < 0
    meeting = np.full((len(normals), 2), np.nan)
    meeting[is_lower] = -normals[is_lower, :2] / (2 * normals[is_lower, 2:])
    facet, side = np.nonzero(is_lower[:, None] & (hull.neighbors > np.arange(len(normals))[:, None]))
    other = hull.neighbors[facet, side]
    beside = hull.simplices[facet[:, None], (side[:, None] + [1, 2]) % 3].astype(np.int64)
    is_border = is_lower[other] & (beside < len(sites)).all(axis=1)
    borders = np.stack([meeting[facet], meeting[other]], axis=1)[is_border]
    beside = beside[is_border]
    return Cells(points, sites, potentials, middle + scale * borders, beside, tones_of(beside, len(sites)))


def tones_of(beside: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return a small number for each of `count` cells that cells beside each other (E, 2) never share.

    The cell with the fewest neighbours is left for last, again and again; then each takes the first number that none of
    its neighbours has. Of cells in a plane one always has at most five neighbours, so six numbers are enough.
    """
    neighbours: list[set[int]] = [set() for _ in range(count)]
    for a, b in beside.tolist():
        neighbours[a].add(b)
        neighbours[b].add(a)
    left = [len(each) for each in neighbours]
    heap = [(number, cell) for cell, number in enumerate(left)]
    heapify(heap)
    last: dict[int, None] = {}
    while heap:
        number, cell = heappop(heap)
        if number != left[cell] or cell in last:
            continue
        last[cell] = None
        for other in neighbours[cell] - last.keys():
            left[other] -= 1
            heappush(heap, (left[other], other))
    tones = np.full(count, -1, dtype=np.int64)
    for cell in reversed(last):
        taken = {int(tones[other]) for other in neighbours[cell]}
        tones[cell] = next(tone for tone in range(count + 1) if tone not in taken)
    return tones
