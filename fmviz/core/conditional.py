"""The path to one target point: where points may be at time t whose partner is z, and how fast they go there.

    xt = m0 + alpha (z - m0) + beta (x0 - m0) + sigma eps
    mean m0 + alpha (z - m0)        variance of each coordinate beta^2 s0^2 + sigma^2
    u(x, t | z) = alpha' (z - m0) + (beta' / beta) (x - m0 - alpha (z - m0))

On the straight path u is (z - x) / (1 - t). m0 and s0 are the mean and the deviation of the source. If that is
Gaussian, so is p_t(x | z), and within one deviation of the middle are 39 %, within two 86 % of the points. The middle
moves to z while the rest shrinks onto it.
Source: Lipman et al., ICLR 2023, arXiv 2210.02747, equation 10 and theorem 3; Albergo, Boffi,
Vanden-Eijnden, arXiv 2303.08797, for any alpha and beta.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fmviz.core.cloud import mean_of
from fmviz.core.extent import outlying
from fmviz.core.paths import Path

Place = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Conditional:
    """Where the points are, world units: start (2,) is m0, end (2,) is z, middle (2,) and deviation are those at t."""

    start: Place
    end: Place
    middle: Place
    deviation: float


def conditional_at(t: float, source: np.ndarray, target: np.ndarray, path: Path, sigma: float) -> Conditional:
    """Return the path at time t to the target point that is farthest from the source: the longest way to look at.

    Args:
        source, target: (N, 2) and (M, 2) dots, world units; outliers among them do not count.
        sigma: path noise, world units.
    """
    start, spread, end = _ends(*(np.asarray(dots, dtype=np.float64).tobytes() for dots in (source, target)))
    alpha, beta = float(path.alpha(t)), float(path.beta(t))
    return Conditional(start, end, start + alpha * (end - start), math.hypot(beta * spread, sigma))


def conditional_velocity(x: ArrayLike, t: float, z: ArrayLike, path: Path, mean0: ArrayLike) -> NDArray[np.float64]:
    """Return u(x, t | z) at x (..., 2), units per unit of t, for a source of mean mean0 (2,).

    Raises:
        ValueError: t is 1 or more, where the field has no bounds.
    """
    if t >= 1:
        raise ValueError(f"The field towards one point has no bounds at t = {t:g}; ask before t = 1.")
    place, end = (np.subtract(points, mean0, dtype=np.float64) for points in (x, z))
    return np.asarray(path.d_alpha(t) * end + path.d_beta(t) / path.beta(t) * (place - path.alpha(t) * end))


# Keyed by content: every picture of a run brings the same dots.
@lru_cache(maxsize=8)
def _ends(source: bytes, target: bytes) -> tuple[Place, float, Place]:
    x0, x1 = (points[~outlying(points)] for points in
              (np.frombuffer(dots).reshape(-1, 2) for dots in (source, target)))
    start = mean_of(x0)
    spread = float(np.sqrt(((x0 - start) ** 2).mean()))
    return start, spread, x1[np.hypot(*(x1 - start).T).argmax()]
