"""Numbers of trajectories: length, energy, straightness, which paths cross, and what the best transport would cost."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fmviz.core.cloud import FloatArray
from fmviz.flow.distances import Measured, transport_costs

# Of the energy: so little is a rounding of zero.
_NEGLIGIBLE = 1e-9
CROSSING_PATHS = 200
# Pieces of paths whose boxes may meet are compared in blocks of so many, which fit into the cache.
_BLOCK = 200_000


class PathNumbers(NamedTuple):
    """Means over particles, world units.

    path_length and straight_length are the length of the path and the distance from its start to its end, ratio_error
    is the standard error of the one over the other.
    """

    path_length: float
    straight_length: float
    ratio_error: float


def path_numbers(x: np.ndarray) -> PathNumbers:
    """Return the numbers of trajectories x (K, N, 2), world units."""
    ends = np.asarray(x[-1], dtype=np.float64) - x[0]
    lengths, straight = np.sqrt(_squares(x)).sum(axis=0), np.sqrt((ends**2).sum(axis=1))
    ratio = lengths.mean() / max(straight.mean(), 1e-300)
    error = np.std(lengths - ratio * straight) / max(straight.mean(), 1e-300) / np.sqrt(len(lengths))
    return PathNumbers(float(lengths.mean()), float(straight.mean()), float(error))


def path_energies(t: np.ndarray, x: np.ndarray) -> FloatArray:
    """Return the integral of |v|^2 dt along each of the trajectories x (K, N, 2) stored at t (K,): (N,).

    Of 8 even pieces it is .2 % too small for random pairs of 8 Gaussians and moons, of 50 pieces nothing.
    """
    return np.asarray((_squares(x) / np.diff(np.asarray(t, dtype=np.float64))[:, None]).sum(axis=0))


def path_energy_error(energy: float, w2_squared: float) -> float | None:
    """Return the normalised path energy, or None if the clouds are the same.

        NPE = |E int |v|^2 dt - W2^2(q0, q1)| / W2^2(q0, q1)

    Source: Tong et al., TMLR 2024, arXiv 2302.00482, section 5.
    """
    if w2_squared <= _NEGLIGIBLE * energy or w2_squared == 0:
        return None
    return abs(energy - w2_squared) / w2_squared


def own_energy_excess(energies: FloatArray, x0: np.ndarray, x1: np.ndarray) -> Measured | None:
    """Return by which share paths cost more than the best transport of their starts to their own ends.

        E int |v|^2 dt / W2^2(x0, x1) - 1

    Args:
        energies: (N,) of the paths from x0 (N, 2) to x1 (N, 2).
    Returns:
        the share and its standard error, or None if nothing moves.
    """
    costs = transport_costs(x0, x1)
    cost, energy = float(costs.mean()), float(energies.mean())
    if cost <= _NEGLIGIBLE * energy or cost == 0:
        return None
    ratio = energy / cost
    return Measured(ratio - 1, float(np.std(energies - ratio * costs) / cost / np.sqrt(len(costs))))


def crossings(x: np.ndarray) -> Measured:
    """Return the share of the pairs of trajectories x (K, N, 2) whose paths cross in the plane, and its error.

    The first CROSSING_PATHS are taken, each as its straight pieces. Paths that only touch, as at a common start, do not
    cross. The expectation depends neither on the number of paths nor on the unit of length.
    """
    x = np.asarray(x[:, :CROSSING_PATHS], dtype=np.float64)
    n = x.shape[1]
    if n < 2:
        return Measured(0.0, 0.0)
    is_crossing = np.zeros((n, n), dtype=bool)
    start = np.concatenate(x[:-1])
    end = np.concatenate(x[1:])
    owner = np.tile(np.arange(n), len(x) - 1)
    order = np.argsort(np.minimum(start[:, 0], end[:, 0]), kind="stable")
    start, end, owner = start[order], end[order], owner[order]
    low, high = np.minimum(start, end), np.maximum(start, end)
    # Sorted by their left ends: a piece can meet those after it up to its own right end.
    last = np.searchsorted(low[:, 0], high[:, 0], side="right")
    counts = np.maximum(last - np.arange(1, len(low) + 1), 0)
    bounds = np.concatenate([[0], np.cumsum(counts)])
    first = 0
    while first < len(low):
        stop = max(first + 1, int(np.searchsorted(bounds, bounds[first] + _BLOCK, side="right")) - 1)
        one = np.repeat(np.arange(first, stop), counts[first:stop])
        other = one + 1 + np.arange(len(one)) - np.repeat(bounds[first:stop] - bounds[first], counts[first:stop])
        near = ((owner[one] != owner[other]) & (low[one, 1] <= high[other, 1]) & (low[other, 1] <= high[one, 1]))
        one, other = one[near], other[near]
        meets = _meet(start[one], end[one], start[other], end[other])
        is_crossing[owner[one[meets]], owner[other[meets]]] = True
        first = stop
    share = (is_crossing | is_crossing.T).sum(axis=1) / (n - 1)
    return Measured(float(share.mean()), float(2 * share.std() / np.sqrt(n)))


def _meet(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> NDArray[np.bool_]:
    """Return whether the inner points of the pieces from a to b and from c to d, (M, 2) each, meet in one point."""
    return (_turn(a, b, c) * _turn(a, b, d) < 0) & (_turn(c, d, a) * _turn(c, d, b) < 0)


def _turn(a: FloatArray, b: FloatArray, c: FloatArray) -> FloatArray:
    """Return on which side of the line from a to b the point c lies."""
    return np.asarray((b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0]))


def _squares(x: np.ndarray) -> FloatArray:
    """Return the squared lengths (K - 1, N) of the pieces of trajectories x (K, N, 2)."""
    return np.asarray((np.diff(np.asarray(x, dtype=np.float64), axis=0) ** 2).sum(axis=2))
