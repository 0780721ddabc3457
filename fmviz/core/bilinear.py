"""Values of a grid at any places: linear between its nodes, constant outside."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fmviz.core.cloud import FloatArray
from fmviz.core.extent import Extent


def bilinear_over(values: FloatArray, extent: Extent, x: NDArray[np.floating]) -> FloatArray:
    """Return the values (S, C) of a grid (G, G, C) over an extent at places x (S, 2), world units."""
    return bilinear(values, (x - (extent.left, extent.bottom)) / (2 * extent.half))


def bilinear(values: FloatArray, place: NDArray[np.floating]) -> FloatArray:
    """Return the values (S, C) of a grid (G, G, C) at places (S, 2): x and y, 0 at the first node and 1 at the last."""
    last = values.shape[0] - 1
    scaled = np.clip(place, 0.0, 1.0) * last
    low = np.minimum(scaled.astype(np.intp), last - 1)
    share = scaled - low
    flat = values.reshape(-1, values.shape[2])
    corner = low[:, 1] * (last + 1) + low[:, 0]
    across, up = share[:, :1], share[:, 1:]
    lower = flat[corner] * (1 - across) + flat[corner + 1] * across
    upper = flat[corner + last + 1] * (1 - across) + flat[corner + last + 2] * across
    result: FloatArray = lower * (1 - up) + upper * up
    return result
