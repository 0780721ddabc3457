"""Matrix products that stay on the calling thread, for the process that draws.

OpenBLAS shares a larger product between its threads and lets them spin for each other. On two cores that a
training process keeps busy, two products of 128 x 154 x 154 took 0.11 ms in the median but 32 ms in every tenth
call, two lost frames; cut into pieces they take 0.27 ms and never more than one thread.
"""

from __future__ import annotations

import numpy as np

from fmviz.core.cloud import FloatArray

# OpenBLAS gives each thread 4 x 65,536 multiplications at least, so it keeps less than twice that on one.
_PIECE = 500_000
_NARROWEST = 8


def product(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return a @ b for a (M, K) and b (K, N), computed in pieces of columns on one thread."""
    rows, inner = a.shape
    columns = b.shape[1]
    width = max(_NARROWEST, _PIECE // max(1, rows * inner))
    out = np.empty((rows, columns), dtype=np.result_type(a, b))
    for first in range(0, columns, width):
        np.matmul(a, b[:, first : first + width], out=out[:, first : first + width])
    return out
