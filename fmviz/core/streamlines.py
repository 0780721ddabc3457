"""Strokes along a velocity field, as one draws it by hand: evenly spread seeds, and the curves through them.

Everything is a function of the field alone, so that any process draws the same strokes, and seeds stay where they
are while t moves, so that no stroke pops up.
"""

from __future__ import annotations

import numpy as np

from fmviz.core.cloud import FloatArray
from fmviz.core.extent import bilinear

# Positions on a stroke: odd, so that the seed is one of them.
POINTS = 13
# The inverse of the plastic number and its square: the two-dimensional golden ratio, whose multiples fill a square
# evenly however many are taken. Source: M. Roberts, "The unreasonable effectiveness of quasirandom sequences", 2018.
_PLASTIC = 1.32471795724474602596
_SHARES = np.array([1 / _PLASTIC, 1 / _PLASTIC**2])
# Below this share of the limit a stroke shrinks instead of turning about a point where the field is zero.
_SLOW = 0.02
# Length of a stroke in distances between neighbours: of the slowest, and of one at the limit of speed.
_SHORTEST, _LONGEST = 0.75, 3.0
# An arrow runs along its stroke so often while t runs once; whole, so that a loop has no jump.
_TURNS = 3
# An arrow covers this share of its stroke and moves along the rest. It is as thin as nothing where it begins again, and
# has its full width after this share of a turn.
_COVERED, _FADE = 0.78, 0.06
# Places along an arrow, 0 at its tail and 1 at its tip, and how wide it is there: a line that grows, then a head. With
# the widest place in front of a fading line a still picture is read against the flow.
_ALONG = np.array([0.0, 0.16, 0.32, 0.47, 0.62, 0.66, 0.78, 0.89, 1.0])
_WIDTHS = np.interp(_ALONG, (0.0, 0.62, 0.66, 1.0), (0.10, 0.34, 1.0, 0.0))


def seeds(n: int) -> FloatArray:
    """Return n places (n, 2) spread evenly over the unit square; the first m of them are those of `seeds(m)`."""
    return np.asarray((0.5 + np.arange(1, n + 1)[:, None] * _SHARES) % 1.0, dtype=np.float32)


def strokes(u: FloatArray, starts: FloatArray, limit: float, gap: float) -> tuple[FloatArray, FloatArray]:
    """Return curves along the field through the starts, and the speed at each start.

    Curves follow u / |u| by arc length (midpoint rule), as far backwards as forwards, longer where u is faster.

    Args:
        u: (G, G, 2) velocity on the square's nodes, y then x ascending, world units per unit of t.
        starts: (S, 2) places in the unit square.
        limit: the speed whose strokes are the longest; 0 where all is still.
        gap: how far neighbours are apart, in units of the square's edge.
    Returns:
        (S, POINTS, 2) places in units of the square's edge, in the direction of the flow, and (S,) speeds.
    """
    limit = limit if limit > 0 else 1.0
    field = np.ascontiguousarray(u, dtype=np.float32)
    speed_grid = np.hypot(field[..., 0], field[..., 1])
    # Strokes of unit speed, but for the slow places.
    unit = field / np.maximum(speed_grid, _SLOW * limit)[..., None]
    speed = np.hypot(*bilinear(field, starts).T)
    length = gap * (_SHORTEST + (_LONGEST - _SHORTEST) * np.clip(speed / limit, 0.0, 1.0))
    step = (length / (POINTS - 1)).astype(np.float32)[:, None]
    curve = np.empty((len(starts), POINTS, 2), dtype=np.float32)
    middle = POINTS // 2
    curve[:, middle] = starts
    for direction in (1, -1):
        place = starts
        for k in range(1, middle + 1):
            half_way = place + (0.5 * direction) * step * bilinear(unit, place)
            place = place + direction * step * bilinear(unit, half_way)
            curve[:, middle + direction * k] = place
    return curve, speed.astype(np.float32)


def arrows(curves: FloatArray, numbers: np.ndarray, phase: float) -> tuple[FloatArray, FloatArray]:
    """Return an arrow on each stroke: places along it (S, Q, 2), tail first, and how wide it is there (S, Q), 0 to 1.

    Args:
        curves: (S, POINTS, 2) strokes.
        numbers: (S,) which seed each goes through, so that an arrow is where it is whichever others there are.
        phase: how far all have moved, in turns: whole numbers give the same arrows.
    """
    # By the square, since multiples of any number begin as waves across the seeds: whole bands would fade at once.
    turn = (numbers.astype(np.float64) ** 2 * _SHARES[0] + _TURNS * phase) % 1.0
    place = ((1.0 - _COVERED) * turn[:, None] + _COVERED * _ALONG) * (POINTS - 1)
    low = np.minimum(place.astype(np.intp), POINTS - 2)
    share = (place - low)[..., None]
    stroke = np.arange(len(curves))[:, None]
    points = curves[stroke, low] * (1.0 - share) + curves[stroke, low + 1] * share
    fade = np.clip(np.minimum(turn, 1.0 - turn) / _FADE, 0.0, 1.0)
    return np.asarray(points, dtype=np.float32), np.asarray(fade[:, None] * _WIDTHS, dtype=np.float32)
