"""Cubic and straight pieces in time, as the weights that turn stored values into values at any time.

Owns the weights; what is stored, and the products with it, are `frames`'s.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def intervals(stored: NDArray[np.floating], times: NDArray[np.floating]) -> NDArray[np.int64]:
    """Return for each time the index of the stored time at or before it, at most the last but one.

    Args:
        stored: (K,) ascending, K >= 1.
        times: (M,) from stored[0] to stored[-1].
    """
    low = np.searchsorted(stored.astype(np.float64), times, side="right") - 1
    return np.clip(low, 0, max(0, len(stored) - 2)).astype(np.int64)


def straight_weights(stored: NDArray[np.floating], times: NDArray[np.floating]) -> tuple[slice, NDArray[np.float64]]:
    """Return what `spline_weights` does, for straight pieces between the stored values."""
    low = intervals(stored, times)
    used = slice(int(low[0]), min(len(stored), int(low[-1]) + 2))
    near = stored[used].astype(np.float64)
    if len(near) == 1:
        return used, np.ones((len(times), 1))
    low, rows = low - used.start, np.arange(len(times))
    share = np.clip((times - near[low]) / (near[low + 1] - near[low]), 0.0, 1.0)
    weights = np.zeros((len(times), len(near)))
    weights[rows, low], weights[rows, low + 1] = 1.0 - share, share
    return used, weights


def spline_weights(stored: NDArray[np.floating], times: NDArray[np.floating]) -> tuple[slice, NDArray[np.float64]]:
    """Return which L of the stored values matter, and their weights (M, L) at M ascending times.

    Cubic Hermite pieces whose tangent at each stored time is that of the parabola through it and its two
    neighbours; exact for parabolas inside, and equal to the stored value at a stored time. Times outside the
    stored ones get the value at the end.

    Args:
        stored: (K,) ascending, K >= 1.
        times: (M,) ascending.
    """
    low = intervals(stored, times)
    used = slice(max(0, int(low[0]) - 1), min(len(stored), int(low[-1]) + 3))
    near = stored[used].astype(np.float64)
    if len(near) == 1:
        return used, np.ones((len(times), 1))
    low = low - used.start
    rows = np.arange(len(times))
    step = near[low + 1] - near[low]
    s = np.clip((times - near[low]) / step, 0.0, 1.0)
    s2, s3 = s * s, s * s * s
    tangents = _tangents(near)
    weights = ((s3 - 2 * s2 + s) * step)[:, None] * tangents[low] + ((s3 - s2) * step)[:, None] * tangents[low + 1]
    weights[rows, low] += 2 * s3 - 3 * s2 + 1
    weights[rows, low + 1] += 3 * s2 - 2 * s3
    return used, weights


def _tangents(stored: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the matrix (L, L) that makes dx/dt at the stored times out of the values there."""
    size = len(stored)
    step = np.diff(stored)
    chord = np.zeros((size - 1, size))
    chord[np.arange(size - 1), np.arange(size - 1)] = -1 / step
    chord[np.arange(size - 1), np.arange(1, size)] = 1 / step
    share = (step[:-1] / (step[:-1] + step[1:]))[:, None]
    tangents = np.empty((size, size))
    tangents[0], tangents[-1] = chord[0], chord[-1]
    tangents[1:-1] = (1 - share) * chord[:-1] + share * chord[1:]
    return tangents
