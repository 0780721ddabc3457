"""Points that a flow carries, many enough for its density, and what they say of a time: peaks, levels, marginals.

Owns how smooth a density is and how finely it is drawn; the estimate itself is `density`'s. A snapshot's own particles
stand in for the many until those are there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fmviz.core.carried import weights_at
from fmviz.core.cloud import FloatArray, mean_of
from fmviz.core.density import best_bandwidth, kde, kde_of_line, product
from fmviz.core.extent import Extent, outlying
from fmviz.core.paths import Path

# Cells along the edge of the extent, for a few thousand points and for more: the bandwidth of 20,000 points of eight
# Gaussians is one cell of the first, two of the second.
DENSITY_CELLS, FINE_CELLS = 128, 256
_MANY = 5_000
# Times at which the highest density is looked for; it changes slowly between them.
PEAK_TIMES = tuple(np.linspace(0.0, 1.0, 13).tolist())
_SPIKE = 4.0
# OT pairs stay sharper half-way than the random ones that the bandwidth is judged on.
_WIDEST_MIDDLE = 2.0
# Contours are drawn around these shares of the mass.
MASSES = (0.3, 0.6, 0.9)
# Every so many cells are enough to find their levels.
_LEVEL_STRIDE = 2
# Of the curves of x and of y, over twice the extent.
_LINE_CELLS = 512


@dataclass(frozen=True, eq=False)
class ManyPoints:
    """N points at K times; a place is middle + unit x.

    Args:
        t: (K,) ascending from 0 to 1.
        x: (K, N, 2) offsets from the middle; float16 where a hundredth of a bandwidth does not matter.
        middle: (2,) world units.
        unit: world units of an offset of 1.
        distinct: how many of them start at places of their own: those of a cloud of few points repeat.
        is_straight: whether they go straight between these times.
    """

    t: FloatArray
    x: NDArray[np.floating]
    middle: tuple[float, float] = (0.0, 0.0)
    unit: float = 1.0
    distinct: int = 0
    is_straight: bool = False

    @property
    def count(self) -> int:
        """How many points count for the bandwidth."""
        return self.distinct or self.x.shape[1]

    @property
    def cells(self) -> int:
        """How many cells the raster of their density has along the extent's edge."""
        return FINE_CELLS if self.count >= _MANY else DENSITY_CELLS

    def at(self, times: np.ndarray, count: int | None = None) -> FloatArray:
        """Return the first `count` points at M ascending times, (M, count, 2), world units; all if count is None."""
        k, n, _ = self.x.shape
        count = n if count is None else count
        used, weights = weights_at(self, times)
        block = self.x.reshape(k, 2 * n)[used, : 2 * count]
        if self.x.dtype == np.float16:
            # float32 holds a share of the extent to a ten-millionth, and the product is twice as fast.
            block, weights = block.astype(np.float32), weights.astype(np.float32)
        places = product(weights, block).reshape(len(times), count, 2)
        return places if self.unit == 1.0 and self.middle == (0.0, 0.0) else (
            places.astype(np.float64) * self.unit + self.middle)


def packed(t: FloatArray, x: FloatArray, extent: Extent, distinct: int, is_straight: bool) -> ManyPoints:
    """Return points x (K, N, 2), world units, as float16 shares of the extent: a ten-thousandth of its edge at most.

    What lies beyond 100 times the extent is drawn there.
    """
    middle = (extent.cx, extent.cy)
    shares = np.clip((np.asarray(x, dtype=np.float64) - middle) / extent.half, -100.0, 100.0).astype(np.float16)
    return ManyPoints(np.asarray(t, dtype=np.float32), shares, middle, extent.half, distinct, is_straight)


def bandwidth_of(points: ManyPoints, source: FloatArray, target: FloatArray, path: Path, extent: Extent,
                 t: float) -> float:
    """Return the bandwidth of the density of carried points at time t, world units.

    It slides from what suits the source, through what suits their mixture half-way along the path, to what suits the
    target (a parabola of its logarithm). All are judged on the clouds' dots (M, 2), not on the points, so that lanes of
    one path and training steps are drawn alike; and for as many as the points are, as n^(-1/6).
    """
    start, middle, end = _bandwidths(_key(source), _key(target), path, extent, points.count, points.cells)
    shares = (1 - t) * (1 - 2 * t), 4 * t * (1 - t), t * (2 * t - 1)
    return math.prod(math.pow(h, share) for h, share in zip((start, middle, end), shares, strict=True))


def peak_of(points: ManyPoints, extent: Extent, bandwidths: Sequence[float], first: ManyPoints | None = None) -> float:
    """Return the highest density over t, bounded: a cloud that collapses for a moment must not darken the rest.

    Args:
        bandwidths: world units, at evenly spaced times from 0 to 1.
        first: other points, smoothed alike; then it is the largest difference from their density.
    """
    cells, peaks = (first or points).cells, []
    for t, h in zip(np.linspace(0.0, 1.0, len(bandwidths)), bandwidths, strict=True):
        density = kde(points.at(t[None])[0], extent, cells, h)
        if first is not None:
            density = np.abs(density - kde(first.at(t[None])[0], extent, cells, h))
        peaks.append(float(density.max()))
    return bounded_peak(peaks)


def bounded_peak(peaks: Sequence[float]) -> float:
    """Return the highest of the peaks at some times, but no more than `_SPIKE` times the median one."""
    return min(max(peaks), _SPIKE * float(np.median(peaks)))


def mass_levels(density: FloatArray, shares: Sequence[float] = MASSES) -> tuple[float, ...]:
    """Return for each share of the mass the density at the edge of the smallest region that holds it, ascending mass.

    Source: Hyndman, Computing and graphing highest density regions, The American Statistician 50, 1996.
    """
    values = np.sort(density[::_LEVEL_STRIDE, ::_LEVEL_STRIDE], axis=None)[::-1]
    mass = np.cumsum(values, dtype=np.float64)
    if mass[-1] <= 0:
        return ()
    return tuple(float(values[np.searchsorted(mass, share * mass[-1])]) for share in shares)


@dataclass(frozen=True, eq=False)
class Marginals:
    """Densities of x alone and of y alone, 1 / unit, at the middles of equal cells from `low` to `high` (2,) each.

    Args:
        points: (2, M) of the carried points; of x, then of y.
        target: (2, M) of the target's dots, as smooth.
        limit: the highest of the source's and of the target's: what the curves are drawn to.
    """

    low: tuple[float, float]
    high: tuple[float, float]
    points: FloatArray
    target: FloatArray
    limit: float

    def at(self, axis: int, place: float) -> tuple[float, float] | None:
        """Return both densities of x (axis 0) or y at a place; None outside."""
        share = (place - self.low[axis]) / (self.high[axis] - self.low[axis])
        if not 0 <= share < 1:
            return None
        cell = int(share * self.points.shape[1])
        return float(self.points[axis, cell]), float(self.target[axis, cell])


def marginals_of(x: FloatArray, source: FloatArray, target: FloatArray, path: Path, extent: Extent,
                 factor: float) -> Marginals:
    """Return the marginals of points x (N, 2) beside the target's.

    All have the bandwidth, times `factor`, that suits the target's dots, so that points that have arrived have the
    target's curves.
    """
    wide = extent.wide()
    dots = ManyPoints(np.zeros(1, dtype=np.float32), target[None])
    h = factor * _bandwidths(_key(source), _key(target), path, extent, dots.count, DENSITY_CELLS)[2]
    start, end = (_lines(_key(cloud), wide, h) for cloud in (source, target))
    limit = max(float(start.max()), float(end.max()))
    return Marginals((wide.left, wide.bottom), (wide.right, wide.top), _lines_of(x, wide, h), end, limit or 1.0)


@lru_cache(maxsize=16)
def _lines(points: bytes, extent: Extent, h: float) -> FloatArray:
    return _lines_of(np.frombuffer(points).reshape(-1, 2), extent, h)


def _lines_of(points: FloatArray, extent: Extent, h: float) -> FloatArray:
    """Return the densities of x and y (2, _LINE_CELLS) along an extent."""
    return np.stack([kde_of_line(points[:, axis], low, 2 * extent.half, _LINE_CELLS, h)
                     for axis, low in enumerate((extent.left, extent.bottom))])


def _key(points: FloatArray) -> bytes:
    return np.asarray(points, dtype=np.float64).tobytes()


# Keyed by content: every snapshot of a run brings the same dots.
@lru_cache(maxsize=32)
def _bandwidths(source: bytes, target: bytes, path: Path, extent: Extent, n: int,
                cells: int) -> tuple[float, float, float]:
    """Return the bandwidths for n points at t = 0, 1/2 and 1 from the dots of the two clouds, a cell at least."""
    x0, x1 = (_usual(np.frombuffer(dots).reshape(-1, 2)) for dots in (source, target))
    cell = 2 * extent.half / cells
    count = min(len(x0), len(x1))
    # Shifted, because equal shapes have equal dots, which would meet themselves.
    partners = np.roll(x1[:count], count // 2, axis=0)
    half_way = path.points(x0[:count], partners, 0.5, mean_of(x0))
    start, middle, end = (max(best_bandwidth(x, extent, n), cell) for x in (x0, half_way, x1))
    return start, min(middle, _WIDEST_MIDDLE * math.sqrt(start * end)), end


def _usual(dots: FloatArray) -> FloatArray:
    """Return the dots but outliers, each of which would smear the rest."""
    return dots[~outlying(dots)]
