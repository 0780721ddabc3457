"""The flow towards one data point z, known without learning: every path ends there.

    xt = alpha z + beta x0        u(x, t | z) = alpha' z + (beta' / beta) (x - alpha z)

with all positions counted from the source's mean. At x = xt the second is alpha' z + beta' x0; on the straight path it
is (z - x) / (1 - t). Source: Lipman et al., ICLR 2023, arXiv 2210.02747, theorem 3.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fmviz.core.cloud import FloatArray
from fmviz.core.extent import WIDE, extent_of
from fmviz.core.frames import UNLEARNED, Curves, FlowSnapshot, Metrics
from fmviz.core.paths import Path

# Towards one point every coupling is the same.
_COUPLING = "random"
_TIMES, _GRID, _LATTICE = 51, 29, 41


def conditional_velocity(x: ArrayLike, t: float, z: ArrayLike, path: Path, mean0: ArrayLike) -> NDArray[np.float64]:
    """Return u(x, t | z) at x (..., 2), units per unit of t, for a source of mean mean0 (2,).

    Raises:
        ValueError: t is 1 or more, where the field has no bounds.
    """
    if t >= 1:
        raise ValueError(f"The field towards one point has no bounds at t = {t:g}; ask before t = 1.")
    place, end = (np.subtract(points, mean0, dtype=np.float64) for points in (x, z))
    return np.asarray(path.d_alpha(t) * end + path.d_beta(t) / path.beta(t) * (place - path.alpha(t) * end))


def conditional_snapshot(x0: FloatArray, z: FloatArray, path: Path) -> FlowSnapshot:
    """Return the flow of x0 (N, 2) to z (2,) as a picture's values; its step is UNLEARNED.

    The source's mean is that of x0. The last stored field repeats the one before it, since there is none at t = 1.
    """
    t = np.linspace(0.0, 1.0, _TIMES)
    extent = extent_of((x0, z[None]))
    grid, lattice = (np.stack(np.meshgrid(*nodes), axis=-1) for nodes in
                     (extent.wide.axes(WIDE * (_GRID - 1) + 1), extent.axes(_LATTICE)))
    # Of differences: the sum of large numbers would round away what sets them apart.
    mean0 = x0[0] + (x0 - x0[0]).mean(axis=0, dtype=np.float64)
    u = np.stack([conditional_velocity(grid, float(min(time, t[-2])), z, path, mean0) for time in t])
    x, carried = (path.points(starts, z, t.reshape(-1, *(1,) * starts.ndim), mean0) for starts in (x0, lattice))
    return FlowSnapshot(0, _COUPLING, UNLEARNED, t.astype(np.float32), x, extent, u.astype(np.float32), x0,
                        np.array(z[None]), None, Curves(), Metrics(), is_final=True, lattice=carried,
                        path=path.key, u_extent=extent.wide)
