"""Editing points by hand: what a rectangle selects, what moving and resizing it does, what strokes add and remove.

Results are new values; points are (N, 2), world units, float64, and their order is kept. Nothing is clamped to the
picture: a point that falls outside stays where it fell, so nothing piles up at an edge. A rectangle is (x0, y0, x1, y1)
with x0 <= x1 and y0 <= y1. A handle is (i, j) with -1, 0, 1 for its left, middle, right and its bottom, middle, top;
(0, 0) is the inside. Undo is the document's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fmviz.core.cloud import MAX_POINTS, FloatArray
from fmviz.core.extent import from_line
from fmviz.core.follow import Place

Rect = tuple[float, float, float, float]
Handle = tuple[int, int]

INSIDE: Handle = (0, 0)
# A rectangle never gets thinner than this share of its edge: points squeezed to a line could not be pulled apart.
_THINNEST = 0.02
# The brush's outline is the stamp's 2-sigma circle: 86 % of the points fall inside.
_STAMP_SIGMAS = 2.0


@dataclass(frozen=True, eq=False)
class Selection:
    """The rectangle that the user sees, and the points in it: `chosen` (N,) bool."""

    rect: Rect
    chosen: NDArray[np.bool_]


def rect_between(a: Place, b: Place) -> Rect:
    """Return the rectangle with two opposite corners."""
    return min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])


def select(points: FloatArray, rect: Rect) -> Selection | None:
    """Select the points in a rectangle, edges included; None if there are none."""
    x, y = points[:, 0], points[:, 1]
    chosen = (x >= rect[0]) & (x <= rect[2]) & (y >= rect[1]) & (y <= rect[3])
    return Selection(rect, chosen) if chosen.any() else None


def select_all(points: FloatArray) -> Selection | None:
    """Select every point, in the rectangle around them; None if there are none."""
    if len(points) == 0:
        return None
    (x0, y0), (x1, y1) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return Selection((x0, y0, x1, y1), np.ones(len(points), dtype=bool))


def handle_at(rect: Rect, place: Place, reach: float) -> Handle | None:
    """Return what a press at `place` takes hold of, None outside.

    Args:
        reach: how near to an edge counts as on it, world units.
    """
    x, y = place
    x0, y0, x1, y1 = rect
    if not (x0 - reach <= x <= x1 + reach and y0 - reach <= y <= y1 + reach):
        return None
    # A small rectangle keeps an inside that can be taken to move it.
    near_x, near_y = min(reach, (x1 - x0) / 4), min(reach, (y1 - y0) / 4)
    i = -1 if x <= x0 + near_x else 1 if x >= x1 - near_x else 0
    j = -1 if y <= y0 + near_y else 1 if y >= y1 - near_y else 0
    return i, j


def move(points: FloatArray, selection: Selection, offset: Place) -> tuple[FloatArray, Selection]:
    """Return the points with the selected ones moved, and the moved selection."""
    dx, dy = offset
    x0, y0, x1, y1 = selection.rect
    moved = points.copy()
    moved[selection.chosen] += np.asarray(offset)
    return moved, Selection((x0 + dx, y0 + dy, x1 + dx, y1 + dy), selection.chosen)


def resize(points: FloatArray, selection: Selection, handle: Handle, offset: Place,
           keeps_aspect: bool = False) -> tuple[FloatArray, Selection]:
    """Return the points with the selected ones scaled by pulling a handle, and the resized selection.

    The opposite edge or corner stays. Pulling past it mirrors the points.

    Args:
        handle: which edge or corner is pulled; (0, 0) changes nothing.
        offset: how far, world units.
        keeps_aspect: a corner scales both directions alike, by the one that was pulled further.
    """
    low, high = np.array(selection.rect[:2]), np.array(selection.rect[2:])
    grip, edge = np.array(handle), np.maximum(high - low, np.finfo(np.float64).tiny)
    factor = 1 + grip * np.asarray(offset) / edge
    if keeps_aspect and grip.all():
        factor[:] = factor[np.abs(factor - 1).argmax()]
    factor = np.where(np.abs(factor) < _THINNEST, np.where(factor < 0, -_THINNEST, _THINNEST), factor)
    anchor = np.where(grip < 0, high, low)
    scaled = points.copy()
    scaled[selection.chosen] = anchor + (points[selection.chosen] - anchor) * factor
    a, b = (anchor + (corner - anchor) * factor for corner in (low, high))
    return scaled, Selection(rect_between((a[0], a[1]), (b[0], b[1])), selection.chosen)


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
        is_left &= from_line(points, start, end) > radius
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
