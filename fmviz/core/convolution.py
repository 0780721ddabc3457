"""The marginal field of two mixtures of many points that are paired at random, by convolution on a raster.

The sum over all pairs of a source point a and a target point b is a convolution of the two sides. With S0, T0 the
masses of source (at beta a) and target (at alpha b) on one raster, S1, T1 the same times a and b, K the Gaussian of
variance V:

    p = S0 * T0 * K      P0 = S1 * T0 * K      P1 = S0 * T1 * K
    u = alpha' P1 / p + beta' P0 / p + slope (x - alpha P1 / p - beta P0 / p)
    slope = (alpha' alpha s1^2 + beta' beta s0^2) / V

Masses are shared out linearly to the four nearest nodes, which multiplies each side's transform by sinc^2 along each
axis; K's is divided by both. What is not slope x is interpolated between nodes: beside it the rest is flat.
Source: the formula of `core.marginal`, with Silverman, Applied Statistics 31, 1982, for the convolution of binned data.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fmviz.core.cloud import DoubleArray

# Nodes along one deviation of the kernel, and deviations of room around the raster. With 2.75 the field differs by
# up to 2e-3 from the sum over all pairs, with 1.5 by 7e-3.
_FINENESS, _ROOM = 2.75, 6.0
# A raster of more nodes along an edge is coarser instead.
_MOST_NODES = 500
# Likewise where derivatives are taken: binning errs by the square of a node's width, and they have its slope.
_FINER, _MOST_FINER = 5.5, 640
# Where the density is a smaller share of its peak there is nothing but rounding.
_LEAST_SHARE = 1e-7


@dataclass(frozen=True, eq=False)
class Points:
    """Weighted points: places (N, 2), counted from the source's mean, and masses (N,) of sum 1.

    `spread` is the variance of what lies around each of them and has been merged into it.
    """

    places: DoubleArray
    masses: DoubleArray
    spread: float = 0.0


@dataclass(frozen=True)
class Shares:
    """The path at one time: alpha, beta, their derivatives, the variance V and the slope."""

    alpha: float
    beta: float
    d_alpha: float
    d_beta: float
    variance: float
    slope: float


class RasterField:
    """The field at one time.

    Args:
        source, target: the points.
        shares: the path at that time; V is above 0.
        is_fine: whether derivatives of it are taken.
    """

    def __init__(self, source: Points, target: Points, shares: Shares, is_fine: bool = False) -> None:
        fineness, most = (_FINER, _MOST_FINER) if is_fine else (_FINENESS, _MOST_NODES)
        self._slope = shares.slope
        places0, places1 = shares.beta * source.places, shares.alpha * target.places
        low0, low1 = places0.min(axis=0), places1.min(axis=0)
        reach0, reach1 = float(np.ptp(places0, axis=0).max()), float(np.ptp(places1, axis=0).max())
        sigma = np.sqrt(shares.variance)
        wanted = (reach0 + reach1 + 2 * _ROOM * sigma) / sigma * fineness
        cell = sigma / fineness * max(1.0, wanted / most)
        room = int(np.ceil(_ROOM * sigma / cell))
        count = fast_length(int(np.ceil(reach0 / cell) + np.ceil(reach1 / cell)) + 2 + 2 * room)
        # The sum of two nodes is a node: a raster of the one side from its corner, and one of the other.
        corner0 = low0 - room * cell
        self._corner, self._cell = corner0 + low1, cell
        (s0, s1), (t0, t1) = ((transforms[0], transforms[1:]) for transforms in (
            np.fft.rfft2(_binned(points, places, low, cell), s=(count, count)) for points, places, low in
            ((source, places0, corner0), (target, places1, low1))))
        lost = shares.beta**2 * source.spread + shares.alpha**2 * target.spread
        kernel = _kernel(count, (shares.variance + lost) / cell**2)
        mix0 = shares.d_beta - shares.slope * shares.beta
        mix1 = shares.d_alpha - shares.slope * shares.alpha
        parts = np.stack([s0 * t0, *(mix0 * s1 * t0 + mix1 * s0 * t1)]) * kernel
        density, *numerators = np.fft.irfft2(parts, s=(count, count))
        self._density = density[..., None] / (density.sum() * cell**2)
        self._is_known = density > _LEAST_SHARE * density.max()
        # Far outside: as one Gaussian of the same mean, which points the right way.
        centre = [side.masses @ side.places for side in (source, target)]
        far = mix0 * centre[0] + mix1 * centre[1]
        self._rest = np.stack([np.where(self._is_known, numerator / np.where(self._is_known, density, 1.0), value)
                               for numerator, value in zip(numerators, far, strict=True)], axis=-1,
                              dtype=np.float32)
        self._far = far

    def velocity(self, x: DoubleArray) -> DoubleArray:
        """Return the velocity (Q, 2) at places (Q, 2) counted from the source's mean."""
        return np.asarray(self._at(self._rest, x, self._far) + self._slope * x)

    def density(self, x: DoubleArray) -> DoubleArray:
        """Return the density (Q,) at places (Q, 2), likewise; 0 beyond the raster."""
        return self._at(self._density, x, 0.0)[:, 0]

    def _at(self, values: NDArray[np.floating], x: DoubleArray, beyond: DoubleArray | float) -> DoubleArray:
        """Return values of the nodes (H, W, C) at places, (Q, C), and what is beyond the raster."""
        place = (x - self._corner) / self._cell
        last = len(values) - 1
        is_inside = ((place >= 0) & (place <= last)).all(axis=1, keepdims=True)
        return np.where(is_inside, _interpolated(values, np.clip(place, 0, last)), beyond)

    def is_known(self, x: DoubleArray) -> NDArray[np.bool_]:
        """Return where the density is not nearly nothing, (Q,)."""
        count = len(self._is_known)
        # Clipped first: a place may be farther away than a whole number says.
        place = np.rint(np.clip((x - self._corner) / self._cell, -1, count)).astype(np.int64)
        is_inside = ((place >= 0) & (place < count)).all(axis=1)
        place = np.where(is_inside[:, None], place, 0)
        return np.asarray(is_inside & self._is_known[place[:, 1], place[:, 0]])


def merged(points: Points, cell: float) -> Points:
    """Return one point for each cell of an edge in which there are some: their mass, at their mean."""
    place = np.floor((points.places - points.places.min(axis=0)) / cell).astype(np.int64)
    _, rows = np.unique(place[:, 1] * (int(place[:, 0].max()) + 1) + place[:, 0], return_inverse=True)
    masses = np.bincount(rows, points.masses).astype(np.float64)
    kept = masses > 0
    sums = [np.bincount(rows, points.masses * points.places[:, axis])[kept] for axis in (0, 1)]
    places, masses = np.stack(sums, axis=1) / masses[kept, None], masses[kept]
    centre = points.masses @ points.places
    # Half of it along each axis.
    inside, left = (float(weights @ ((of - centre) ** 2).sum(axis=1)) / 2 for weights, of in
                    ((points.masses, points.places), (masses, places)))
    return Points(places, masses, max(0.0, inside - left))


def fast_length(least: int) -> int:
    """Return the smallest even number from `least` on that has no prime factors above 5."""
    length = least + least % 2
    while True:
        rest = length
        for factor in (2, 3, 5):
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return length
        length += 2


def _binned(points: Points, places: DoubleArray, corner: DoubleArray, cell: float) -> DoubleArray:
    """Return the masses, and those times the coordinates, at as many nodes as there are up to the last one that has
    some, (3, H, W), y first.
    """
    place = (places - corner) / cell
    low = place.astype(np.int64)
    x, y = (place - low).T
    width, height = (low.max(axis=0) + 2).tolist()
    first = low[:, 1] * width + low[:, 0]
    nodes = np.concatenate([first, first + 1, first + width, first + (width + 1)])
    weights = points.masses * np.stack([(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y])
    sums = [np.bincount(nodes, (weights * value).ravel(), width * height) for value in
            (1.0, points.places[:, 0], points.places[:, 1])]
    return np.asarray(sums, dtype=np.float64).reshape(3, height, width)


def _kernel(count: int, variance: float) -> DoubleArray:
    """Return the transform (count, count // 2 + 1) of a Gaussian of so many cells squared, without what binning did."""
    along = [np.exp(-2 * np.pi**2 * variance * frequency**2) / np.sinc(frequency) ** 4 for frequency in
             (np.fft.fftfreq(count), np.fft.rfftfreq(count))]
    return np.asarray(along[0][:, None] * along[1])


def _interpolated(values: NDArray[np.floating], place: DoubleArray) -> DoubleArray:
    """Return values (H, W, C) at places (Q, 2), x first and counted in nodes; a cubic through four nodes each way."""
    count = len(values)
    base = np.minimum(place.astype(np.int64), count - 2)
    f = place - base
    weights = (f * (f - 1) * (2 - f) / 6, (f + 1) * (f - 1) * (f - 2) / 2, (f + 1) * f * (2 - f) / 2,
               (f + 1) * f * (f - 1) / 6)
    flat = values.reshape(count * count, -1)
    out = np.zeros((len(place), flat.shape[1]))
    nodes = [np.clip(base + k - 1, 0, count - 1) for k in range(4)]
    for row, of_row in zip(nodes, weights, strict=True):
        for column, of_column in zip(nodes, weights, strict=True):
            out += (of_row[:, 1] * of_column[:, 0])[:, None] * flat[row[:, 1] * count + column[:, 0]]
    return out
