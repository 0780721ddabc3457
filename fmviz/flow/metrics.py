"""Numbers that say how good and how straight a flow is. NumPy and POT only, so a thread can compute them.

Everything is in world units and in float64, relative to the clouds' own place and size, so that neither a shift nor a
change of the unit changes a ratio.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fmviz.flow.transport import solve_plan, squared_distances

# Of the energy: so little is a rounding of zero.
_NEGLIGIBLE = 1e-9


def wasserstein2(a: np.ndarray, b: np.ndarray) -> float:
    """Return the 2-Wasserstein distance of two samples (n, 2) and (m, 2), by exact optimal transport.

        W2 = (min over plans of the mean of |a - b|^2)^(1/2)
    """
    centre = np.asarray(a[0], dtype=np.float64)
    a, b = np.asarray(a, dtype=np.float64) - centre, np.asarray(b, dtype=np.float64) - centre
    scale = max(float(np.abs(a).max()), float(np.abs(b).max()))
    if scale == 0:
        return 0.0
    a, b = a / scale, b / scale
    if len(a) == len(b):
        partner = solve_plan(a, b).argmax(axis=1)
        return scale * float(np.sqrt(((a - b[partner]) ** 2).sum(axis=1).mean()))
    return scale * float(np.sqrt(max(0.0, (solve_plan(a, b) * squared_distances(a, b)).sum())))


@dataclass(frozen=True)
class PathNumbers:
    """Means over particles: length of the path, distance from its start to its end, integral of |v|^2 dt.

    ratio_error and energy_error are the standard errors of path over straight length and of the energy.
    """

    path_length: float
    straight_length: float
    energy: float
    ratio_error: float
    energy_error: float


def path_numbers(t: np.ndarray, x: np.ndarray) -> PathNumbers:
    """Return the numbers of trajectories x (K, N, 2), world units, stored at times t (K,) from 0 to 1."""
    legs = np.diff(np.asarray(x, dtype=np.float64), axis=0)
    squares = (legs**2).sum(axis=2)
    ends = np.asarray(x[-1], dtype=np.float64) - x[0]
    lengths, straight = np.sqrt(squares).sum(axis=0), np.sqrt((ends**2).sum(axis=1))
    energies = (squares / np.diff(np.asarray(t, dtype=np.float64))[:, None]).sum(axis=0)
    ratio = lengths.mean() / max(straight.mean(), 1e-300)
    root = np.sqrt(len(lengths))
    return PathNumbers(
        path_length=float(lengths.mean()), straight_length=float(straight.mean()), energy=float(energies.mean()),
        ratio_error=float(np.std(lengths - ratio * straight) / max(straight.mean(), 1e-300) / root),
        energy_error=float(np.std(energies) / root),
    )


def path_energy_error(energy: float, w2_squared: float) -> float | None:
    """Return the normalised path energy, or None if the clouds are the same.

        NPE = |E int |v|^2 dt - W2^2(q0, q1)| / W2^2(q0, q1)

    Source: Tong et al., TMLR 2024, arXiv 2302.00482, section 5.
    """
    if w2_squared <= _NEGLIGIBLE * energy or w2_squared == 0:
        return None
    return abs(energy - w2_squared) / w2_squared
