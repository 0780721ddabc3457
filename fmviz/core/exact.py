"""Fields that are known without learning: towards one data point, and where Gaussians or points are paired.

What a trained network should come to; `scripts/bench/quality.py` compares the two. Only numpy, float64.

Towards one point z every path ends there, with all positions counted from the source's mean:

    xt = alpha z + beta x0        u(x, t | z) = alpha' z + (beta' / beta) (x - alpha z)

At x = xt the second is alpha' z + beta' x0; on the straight path it is (z - x) / (1 - t).

A pair i of Gaussians N(a_i, s0^2 I) and N(b_i, s1^2 I), joined by the path xt = alpha x1 + beta x0 + sigma eps with x0
and x1 independent and counted from the source's mean, makes a Gaussian at time t:

    xt ~ N(m_i, v I)    m_i = alpha b_i + beta a_i    v = alpha^2 s1^2 + beta^2 s0^2 + sigma^2
    E[ut | xt = x] = alpha' b_i + beta' a_i + (alpha' alpha s1^2 + beta' beta s0^2) / v (x - m_i)

and the marginal field is the mean of these over i, weighted by w_i N(x; m_i, v I).
Source: Lipman et al., ICLR 2023, arXiv 2210.02747, theorems 1 and 3; Tong et al., TMLR 2024, arXiv 2302.00482; Albergo,
Boffi, Vanden-Eijnden, arXiv 2303.08797, for any alpha and beta.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fmviz.core.cloud import FloatArray
from fmviz.core.extent import WIDE, extent_of
from fmviz.core.frames import UNLEARNED, Curves, FlowSnapshot
from fmviz.core.paths import Path
from fmviz.core.quantities import Metrics

# So many weights are held at once: 32 MB.
_BLOCK = 4_000_000
# Towards one point every coupling is the same.
_COUPLING = "random"
_TIMES, _GRID, _LATTICE = 51, 29, 41


def paired_velocity(x: ArrayLike, t: float, a: ArrayLike, b: ArrayLike, path: Path, source_sigma: float = 0.0,
                    target_sigma: float = 0.0, path_sigma: float = 0.0, weights: ArrayLike | None = None,
                    mean0: ArrayLike | None = None) -> NDArray[np.float64]:
    """Return the exact marginal velocity of paired Gaussians, (Q, 2), units per unit of t.

    With all of a coupling's sample pairs as a and b and path noise alone it is the field of those pairs.

    Args:
        x: (Q, 2) where.
        t: in [0, 1].
        a, b: (P, 2) centres of the pairs.
        source_sigma, target_sigma, path_sigma: s0, s1 and sigma of the module's formula.
        weights: (P,) masses of the pairs; None for equal ones.
        mean0: (2,) the source's mean; None is that of a.
    Raises:
        ValueError: the path has no width at this time (v = 0), so there is no field.
    """
    place = np.asarray(x, dtype=np.float64)
    start, end = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    alpha, beta, d_alpha, d_beta = (float(share(t)) for share in (path.alpha, path.beta, path.d_alpha, path.d_beta))
    variance = (beta * source_sigma) ** 2 + (alpha * target_sigma) ** 2 + path_sigma**2
    if variance <= 0:
        raise ValueError(f"The path has no width at t = {t:g}; give it noise, or ask at another time.")
    slope = (d_alpha * alpha * target_sigma**2 + d_beta * beta * source_sigma**2) / variance
    # Of differences: products with coordinates far from the origin would lose what sets the points apart.
    middle = start[0] + np.average(start - start[0], axis=0, weights=None if weights is None else np.asarray(
        weights)) if mean0 is None else np.asarray(mean0, dtype=np.float64)
    start, end = start - middle, end - middle
    centre = alpha * end + beta * start
    # In terms of x: sum_i p_i (alpha' b_i + beta' a_i - slope m_i) + slope x, one product per block.
    drift = d_alpha * end + d_beta * start - slope * centre
    log_mass = np.zeros(len(centre)) if weights is None else _log(np.asarray(weights, dtype=np.float64))
    velocity = np.empty_like(place)
    rows = max(1, _BLOCK // len(centre))
    for first in range(0, len(place), rows):
        here = place[first : first + rows] - middle
        log_p = log_mass - _squared_distances(here, centre) / (2 * variance)
        p = np.exp(log_p - log_p.max(axis=1, keepdims=True))
        velocity[first : first + rows] = (p @ drift) / p.sum(axis=1, keepdims=True) + slope * here
    return velocity


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


def _squared_distances(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (Q, P). Differences first: the expanded square loses the small distances that decide near t = 1."""
    dx = x[:, :1] - y[:, 0]
    dy = x[:, 1:] - y[:, 1]
    return np.asarray(dx * dx + dy * dy)


def _log(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(weights))


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
    wide = extent.wide(path.reach)
    grid, lattice = (np.stack(np.meshgrid(*nodes), axis=-1) for nodes in
                     (wide.axes(WIDE * (_GRID - 1) + 1), extent.axes(_LATTICE)))
    # Of differences: the sum of large numbers would round away what sets them apart.
    mean0 = x0[0] + (x0 - x0[0]).mean(axis=0, dtype=np.float64)
    u = np.stack([conditional_velocity(grid, float(min(time, t[-2])), z, path, mean0) for time in t])
    x, carried = (path.points(starts, z, t.reshape(-1, *(1,) * starts.ndim), mean0) for starts in (x0, lattice))
    return FlowSnapshot(0, _COUPLING, UNLEARNED, t.astype(np.float32), x, extent, u.astype(np.float32), x0,
                        np.array(z[None]), None, Curves(), Metrics(), is_final=True, lattice=carried,
                        path=path.key, path_settings=path.settings, u_extent=wide)
