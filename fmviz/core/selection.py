"""A rectangle of selected points: which they are, and what moving and resizing does. No Qt.

Results are new values; points are (N, 2), world units, and their order is kept. A rectangle is
(x0, y0, x1, y1) with x0 <= x1 and y0 <= y1. A handle is (i, j) with -1, 0, 1 for its left, middle, right
and its bottom, middle, top; (0, 0) is the inside.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fmviz.core.cloud import FloatArray

Rect = tuple[float, float, float, float]
Place = tuple[float, float]
Handle = tuple[int, int]

INSIDE: Handle = (0, 0)
# A rectangle never gets thinner than this share of its edge: points squeezed to a line could not be pulled apart.
_THINNEST = 0.02


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
