"""By how much a flow's map spreads a cell of its lattice, or presses it together: log |det dT/dx|, nats.

    log |det| of a cell = log (area at t / area at t = 0)        so the density there has changed by exp(-log |det|)
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fmviz.core.extent import Extent
from fmviz.core.frames import FlowSnapshot

# A cell that is pressed to nothing needs some number.
_LEAST = 1e-6
_HIGH_QUANTILE = 0.985


def log_volumes(lattice: NDArray[np.floating], extent: Extent) -> NDArray[np.float64]:
    """Return log |det| of each cell (..., R - 1, R - 1) of a lattice (..., R, R, 2) that began over an extent."""
    x = np.asarray(lattice, dtype=np.float64)
    one, other = x[..., 1:, 1:, :] - x[..., :-1, :-1, :], x[..., 1:, :-1, :] - x[..., :-1, 1:, :]
    area = np.abs(one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0]) / 2
    share = area / (2 * extent.half / (x.shape[-2] - 1)) ** 2
    return np.asarray(np.log(np.maximum(share, _LEAST)))


@lru_cache(maxsize=8)
def most_volume(snapshot: FlowSnapshot) -> float:
    """Return what |log |det|| of few of the cells in which particles start exceeds at any time; 0 without a lattice."""
    if snapshot.lattice is None:
        return 0.0
    extent, cells = snapshot.extent, snapshot.lattice.shape[1] - 1
    corner = np.array([extent.left, extent.bottom])
    column, row = np.clip((snapshot.x[0] - corner) / (2 * extent.half) * cells, 0, cells - 1).astype(int).T
    return float(np.quantile(np.abs(log_volumes(snapshot.lattice, extent)[:, row, column]), _HIGH_QUANTILE))
