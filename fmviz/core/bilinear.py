"""Values of a grid at any places: linear between its nodes, constant outside."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fmviz.core.cloud import FloatArray


def bilinear(values: FloatArray, place: NDArray[np.floating]) -> FloatArray:
    """Return the values (S, C) of a grid (H, W, C) at places (S, 2): x and y, 0 at the first node and 1 at the last."""
    rows, columns, parts = values.shape
    last = np.array([columns - 1, rows - 1], dtype=place.dtype)
    scaled = np.clip(place, 0.0, 1.0) * last
    low = np.minimum(scaled.astype(np.intp), (columns - 2, rows - 2))
    share = scaled - low
    flat = values.reshape(-1, parts)
    corner = low[:, 1] * columns + low[:, 0]
    across, up = share[:, :1], share[:, 1:]
    lower = flat[corner] * (1 - across) + flat[corner + 1] * across
    upper = flat[corner + columns] * (1 - across) + flat[corner + columns + 1] * across
    result: FloatArray = lower * (1 - up) + upper * up
    return result
