"""The flow towards one data point z, known without learning: every path is a straight line that ends there.

    xt = (1 - t) x0 + t z        u(x, t | z) = (z - x) / (1 - t)

The second holds at x = xt, where it is z - x0. Source: Lipman et al., ICLR 2023, arXiv 2210.02747, section 4.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fmviz.core.cloud import FloatArray
from fmviz.core.extent import extent_of
from fmviz.core.frames import UNLEARNED, Curves, FlowSnapshot, Metrics

# Towards one point every coupling is the same.
_COUPLING, _TITLE = "random", "One data point"
_TIMES, _GRID, _LATTICE = 51, 29, 41


def conditional_velocity(x: ArrayLike, t: float, z: ArrayLike) -> NDArray[np.float64]:
    """Return u(x, t | z) at x (..., 2), units per unit of t.

    Raises:
        ValueError: t is 1 or more, where the field has no bounds.
    """
    if t >= 1:
        raise ValueError(f"The field towards one point has no bounds at t = {t:g}; ask before t = 1.")
    return (np.asarray(z, dtype=np.float64) - np.asarray(x, dtype=np.float64)) / (1 - t)


def conditional_snapshot(x0: FloatArray, z: FloatArray) -> FlowSnapshot:
    """Return the flow of x0 (N, 2) to z (2,) as a picture's values; its step is UNLEARNED.

    The last stored field repeats the one before it, since there is none at t = 1.
    """
    t = np.linspace(0.0, 1.0, _TIMES)
    extent = extent_of((x0, z[None]))
    grid, lattice = (np.stack(np.meshgrid(*extent.axes(n)), axis=-1) for n in (_GRID, _LATTICE))
    u = np.stack([conditional_velocity(grid, float(min(time, t[-2])), z) for time in t])
    return FlowSnapshot(0, _COUPLING, UNLEARNED, t.astype(np.float32), _carried(x0, z, t), extent, u.astype(np.float32),
                        x0, np.array(z[None]), None, Curves(), Metrics(), is_final=True,
                        lattice=_carried(lattice, z, t), title=_TITLE)


def _carried(x0: NDArray[np.floating], z: FloatArray, t: NDArray[np.float64]) -> FloatArray:
    """Return x0 (..., 2) at the times t (K,), (K, ..., 2)."""
    share = t.reshape(-1, *(1,) * x0.ndim)
    return (1 - share) * x0 + share * z
