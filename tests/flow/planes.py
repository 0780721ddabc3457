"""A lattice over the plane, on which smooth densities are summed up."""

import numpy as np


def plane_of(points: np.ndarray, count: int) -> tuple[np.ndarray, float]:
    """Return the nodes (count^2, 2) of a lattice well around points (N, 2), and the area of a cell."""
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.25 * (high - low).max()
    axes = [np.linspace(low[k] - margin, high[k] + margin, count) for k in (0, 1)]
    return np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2), float(np.prod([axis[1] - axis[0] for axis in axes]))
