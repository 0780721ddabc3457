"""The exact field of a Gaussian and a mixture, as the formula of all pairs has it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fmviz.core.marginal import paired_velocity
from fmviz.core.paths import Path


def gaussian_mixture_velocity(x: ArrayLike, t: float, means: ArrayLike, sigma: float, path: Path,
                              source_sigma: float = 1.0, path_sigma: float = 0.0,
                              weights: ArrayLike | None = None) -> NDArray[np.float64]:
    """Return the exact velocity (Q, 2) from N(0, source_sigma^2 I) to a mixture of Gaussians, coupled at random.

    sigma = 0 makes the target a finite cloud of points; then t must be below 1.

    Args:
        x: (Q, 2) where.
        t: in [0, 1].
        means: (M, 2) centres of the target; `sigma` their common deviation; `weights` (M,) or None for equal ones.
    """
    return paired_velocity(x, t, np.zeros_like(np.asarray(means, dtype=np.float64)), means, path, source_sigma,
                           sigma, path_sigma, weights)
