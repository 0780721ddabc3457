"""The arithmetic of drawing: which points a spray, a line and a stamp make, and which an eraser leaves. No Qt.

All in world units on (N, 2) float64 arrays. Nothing is clamped to the picture: a point that falls outside stays
where it fell, so nothing piles up at an edge. Selecting and moving is `selection`'s, undo is the document's.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fmviz.core.cloud import MAX_POINTS, FloatArray

# The brush's outline is the stamp's 2-sigma circle: 86 % of the points fall inside.
_STAMP_SIGMAS = 2.0


def spray(way: ArrayLike, radius: float, rate: float, dt: float, rng: np.random.Generator) -> FloatArray:
    """Return the points that fall into the brush during `dt`, (n, 2), evenly over the disc.

    Their number follows the time and not the mouse's speed: rate x dt, rounded at random so that a low rate is
    kept on average over many short calls.

    Args:
        way: (M, 2) where the brush's centre went during dt, M >= 1; points are spread along its length.
        radius: of the brush, world units.
        rate: points per second.
        dt: seconds.
        rng: advanced by 1 + 3 n numbers.
    """
    n = int(min(rate * dt + rng.random(), MAX_POINTS))
    return along(way, rng.random(n)) + _in_disc(n, radius, rng)


def line(start: ArrayLike, end: ArrayLike, radius: float, count: int, rng: np.random.Generator) -> FloatArray:
    """Return `count` points of a straight stroke, (count, 2): even along it, and as wide as the brush.

    It is what a spray leaves that goes from `start` to `end` at a steady pace.

    Args:
        start, end: (2,) where the brush's centre begins and ends.
        radius: of the brush, world units.
        rng: advanced by 3 x count numbers.
    """
    ends = np.stack([np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)])
    return along(ends, rng.random(count)) + _in_disc(count, radius, rng)


def stamp_gaussian(centre: ArrayLike, radius: float, count: int, rng: np.random.Generator) -> FloatArray:
    """Return `count` points of a Gaussian whose 2-sigma circle is the brush, (count, 2)."""
    return np.asarray(centre, dtype=np.float64) + rng.normal(0.0, radius / _STAMP_SIGMAS, (count, 2))


def missed(points: FloatArray, way: ArrayLike, radius: float) -> NDArray[np.bool_]:
    """Return which points lie further than `radius` from the way of the eraser's centre, (M, 2) or (2,)."""
    stops = np.asarray(way, dtype=np.float64).reshape(-1, 2)
    is_left = np.ones(len(points), dtype=bool)
    for start, end in zip(stops[: max(1, len(stops) - 1)], stops[min(1, len(stops) - 1) :], strict=True):
        is_left &= _squared_distance(points, start, end) > radius * radius
    return is_left


def along(way: ArrayLike, share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the places at the given shares (n,) of a broken line's length, (n, 2)."""
    stops = np.asarray(way, dtype=np.float64).reshape(-1, 2)
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(stops, axis=0).T))])
    if lengths[-1] == 0.0:
        return np.repeat(stops[:1], len(share), axis=0)
    return np.stack([np.interp(share * lengths[-1], lengths, stops[:, axis]) for axis in (0, 1)], axis=1)


def _in_disc(n: int, radius: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return n places evenly distributed over the disc around the origin, (n, 2)."""
    distance = radius * np.sqrt(rng.random(n))
    angle = 2 * np.pi * rng.random(n)
    return np.stack([distance * np.cos(angle), distance * np.sin(angle)], axis=1)


def _squared_distance(points: FloatArray, start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the squared distances of points (N, 2) from the line between two places."""
    way = end - start
    offset = points - start
    squared = float(way @ way)
    if squared > 0:
        offset = offset - np.clip(offset @ way / squared, 0.0, 1.0)[:, None] * way
    return np.asarray(np.einsum("ni,ni->n", offset, offset), dtype=np.float64)
