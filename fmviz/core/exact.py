"""The exact marginal velocity field where a closed form exists: Gaussians, or points, that are paired.

What a trained network should come to; `scripts/bench/quality.py` compares the two. Only numpy, float64.

A pair i of Gaussians N(a_i, s0^2 I) and N(b_i, s1^2 I), joined by the straight path
xt = (1 - t) x0 + t x1 + sigma eps with x0 and x1 independent, makes a Gaussian at time t:

    xt ~ N(m_i, v I)    m_i = (1 - t) a_i + t b_i    v = (1 - t)^2 s0^2 + t^2 s1^2 + sigma^2
    E[x1 - x0 | xt = x] = b_i - a_i + (t s1^2 - (1 - t) s0^2) / v (x - m_i)

and the marginal field is the mean of these over i, weighted by w_i N(x; m_i, v I).
Source: Lipman et al., ICLR 2023, arXiv 2210.02747, theorem 1; Tong et al., TMLR 2024, arXiv 2302.00482.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

# So many weights are held at once: 32 MB.
_BLOCK = 4_000_000


def paired_velocity(x: ArrayLike, t: float, a: ArrayLike, b: ArrayLike, source_sigma: float = 0.0,
                    target_sigma: float = 0.0, path_sigma: float = 0.0,
                    weights: ArrayLike | None = None) -> NDArray[np.float64]:
    """Return the exact marginal velocity of paired Gaussians, (Q, 2), units per unit of t.

    With all of a coupling's sample pairs as a and b and path noise alone it is the field of those pairs.

    Args:
        x: (Q, 2) where.
        t: in [0, 1].
        a, b: (P, 2) centres of the pairs.
        source_sigma, target_sigma, path_sigma: s0, s1 and sigma of the module's formula.
        weights: (P,) masses of the pairs; None for equal ones.
    Raises:
        ValueError: the path has no width at this time (v = 0), so there is no field.
    """
    place = np.asarray(x, dtype=np.float64)
    start, end = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    variance = ((1 - t) * source_sigma) ** 2 + (t * target_sigma) ** 2 + path_sigma**2
    if variance <= 0:
        raise ValueError(f"The path has no width at t = {t:g}; give it noise, or ask at another time.")
    slope = (t * target_sigma**2 - (1 - t) * source_sigma**2) / variance
    # From the middle: products with coordinates far from the origin would lose what sets the points apart.
    middle = start[0]
    centre = (1 - t) * (start - middle) + t * (end - middle)
    # In terms of x: sum_i p_i (b_i - a_i - slope m_i) + slope x, one product per block.
    drift = end - start - slope * centre
    log_mass = np.zeros(len(centre)) if weights is None else _log(np.asarray(weights, dtype=np.float64))
    velocity = np.empty_like(place)
    rows = max(1, _BLOCK // len(centre))
    for first in range(0, len(place), rows):
        here = place[first : first + rows] - middle
        log_p = log_mass - _squared_distances(here, centre) / (2 * variance)
        p = np.exp(log_p - log_p.max(axis=1, keepdims=True))
        velocity[first : first + rows] = (p @ drift) / p.sum(axis=1, keepdims=True) + slope * here
    return velocity


def gaussian_mixture_velocity(x: ArrayLike, t: float, means: ArrayLike, sigma: float, source_sigma: float = 1.0,
                              path_sigma: float = 0.0, weights: ArrayLike | None = None) -> NDArray[np.float64]:
    """Return the exact velocity (Q, 2) from N(0, source_sigma^2 I) to a mixture of Gaussians, coupled at random.

    sigma = 0 makes the target a finite cloud of points; then t must be below 1.

    Args:
        x: (Q, 2) where.
        t: in [0, 1].
        means: (M, 2) centres of the target; `sigma` their common deviation; `weights` (M,) or None for equal ones.
    """
    return paired_velocity(x, t, np.zeros_like(np.asarray(means, dtype=np.float64)), means, source_sigma, sigma,
                           path_sigma, weights)


def independent_pairs(a: ArrayLike, b: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return every centre of a (P, 2) beside every centre of b (Q, 2), (P Q, 2) each: the random coupling."""
    start, end = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    return np.repeat(start, len(end), axis=0), np.tile(end, (len(start), 1))


def _squared_distances(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (Q, P). Differences first: the expanded square loses the small distances that decide near t = 1."""
    dx = x[:, :1] - y[:, 0]
    dy = x[:, 1:] - y[:, 1]
    return np.asarray(dx * dx + dy * dy)


def _log(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(weights))
