"""Distances between two samples: 2-Wasserstein by exact transport, and the energy distance, with its error."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fmviz.core.cloud import DoubleArray, FloatArray
from fmviz.flow.transport import solve_plan, squared_distances

# Rows of distances at a time: they stay in the cache.
_BLOCK = 64


class Measured(NamedTuple):
    """A number and its standard error: how far the mean of other points would be from it."""

    value: float
    error: float


def wasserstein2(a: np.ndarray, b: np.ndarray) -> float:
    """Return the 2-Wasserstein distance of two samples (n, 2) and (m, 2), by exact optimal transport.

        W2 = (min over plans of the mean of |a - b|^2)^(1/2)
    """
    a, b, scale = _scaled(a, b)
    if len(a) == len(b):
        return scale * float(np.sqrt(_costs(a, b).mean()))
    return scale * float(np.sqrt(max(0.0, (solve_plan(a, b) * squared_distances(a, b)).sum())))


def transport_costs(a: np.ndarray, b: np.ndarray) -> FloatArray:
    """Return what each point of a (n, 2) costs in the best plan to b (n, 2): its squared distance to its partner."""
    a, b, scale = _scaled(a, b)
    return np.asarray(scale**2 * _costs(a, b))


def energy_distance(a: np.ndarray, b: np.ndarray, within_b: FloatArray | None = None) -> Measured:
    """Return the energy distance of the laws of two samples (n, 2) and (m, 2), world units, without bias.

        D = 2 E|a - b| - E|a - a'| - E|b - b'|

    It is 0 if both are of one law; then chance makes it negative as often as positive. The error is the jackknife's.

    Args:
        within_b: what `mean_distances(b)` returns, if it is known.
    Source: Szekely, Rizzo, J. Stat. Plan. Inference 143 (2013).
    """
    n, m = len(a), len(b)
    to_b, from_a = _between(a, b)
    within_a = mean_distances(a)
    within_b = mean_distances(b) if within_b is None else within_b
    by_a, by_b = 2 * (to_b - within_a), 2 * (from_a - within_b)
    return Measured(float((by_a.mean() + by_b.mean()) / 2), float(np.sqrt(by_a.var() / n + by_b.var() / m)))


def mean_distances(a: np.ndarray) -> FloatArray:
    """Return the mean distance (n,) of each point of a sample (n, 2) to the others."""
    return np.asarray(_between(a, a)[0] * (len(a) / max(len(a) - 1, 1)))


def _between(a: np.ndarray, b: np.ndarray) -> tuple[FloatArray, FloatArray]:
    """Return the mean distances from each point of a (n, 2) to those of b (m, 2), (n,), and the other way, (m,)."""
    centre = np.asarray(a[0], dtype=np.float64)
    # A thousandth of single precision is far below the error of a mean over samples.
    left, right = ((np.asarray(x, dtype=np.float64) - centre).astype(np.float32) for x in (a, b))
    x, y = np.ascontiguousarray(right[:, 0]), np.ascontiguousarray(right[:, 1])
    rows, columns = np.empty(len(left)), np.zeros(len(right))
    for start in range(0, len(left), _BLOCK):
        block = left[start:start + _BLOCK]
        distances = np.hypot(block[:, :1] - x, block[:, 1:] - y)
        rows[start:start + _BLOCK] = distances.mean(axis=1, dtype=np.float64)
        columns += distances.sum(axis=0, dtype=np.float64)
    return rows, columns / len(left)


def _scaled(a: np.ndarray, b: np.ndarray) -> tuple[DoubleArray, DoubleArray, float]:
    """Return two samples around the origin, none of them farther than 1, and the unit that they are in."""
    moved = [np.asarray(x, dtype=np.float64) - np.asarray(a[0], dtype=np.float64) for x in (a, b)]
    scale = max(float(np.abs(x).max()) for x in moved) or 1.0
    return moved[0] / scale, moved[1] / scale, scale


def _costs(a: FloatArray, b: FloatArray) -> FloatArray:
    partner = solve_plan(a, b).argmax(axis=1)
    return np.asarray(((a - b[partner]) ** 2).sum(axis=1))
