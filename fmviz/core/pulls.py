"""Which points of two sides act on one place at one time, where they are paired at random.

Source centres a_i of deviation s0 and target centres b_j of deviation s1, masses w_i and w_j, make a Gaussian for each
pair, as `core.marginal` says, of mean m_ij = alpha b_j + beta a_i and variance v. At a place x

    p_ij ~ w_i w_j N(x; m_ij, v I)        r_j = sum_i p_ij        q_i = sum_j p_ij
    E[x1 | x, ij] = b_j + alpha s1^2 / v (x - m_ij)        E[x0 | x, ij] = a_i + beta s0^2 / v (x - m_ij)
    u(x | j) = alpha' E[x1 | x, j] + beta' E[x0 | x, j]        u(x) = sum_j r_j u(x | j)

so a target point pulls by r_j, a source point pushes by q_i, and the mean of what each target point asks for is the
exact velocity. The sum of all p_ij is the density. Only numpy, float64; positions are counted from the source's mean.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fmviz.core.cloud import DoubleArray, FloatArray
from fmviz.core.convolution import Points, Shares

# So many pairs fit into a core's cache.
_BLOCK = 32_768
# Farther than six deviations from all pairs nothing ever comes: exp(-18).
_LOWEST = -18.0


@dataclass(frozen=True, eq=False)
class Acting:
    """Points of one side: where each of them acts from, (N, 2), and by how much, (N,) of sum 1."""

    places: FloatArray
    weights: FloatArray


@dataclass(frozen=True, eq=False)
class Pulls:
    """What acts on a place: source and target points, the velocity (M, 2) that each target point asks for, and their
    mean, (2,), which is the exact velocity. is_reached says whether anything ever comes there at that time.
    log_density is that of all points together, in nats per square world unit, NaN where it is not known.
    """

    source: Acting
    target: Acting
    conditional: DoubleArray
    velocity: DoubleArray
    is_reached: bool = True
    log_density: float = math.nan


@dataclass(frozen=True, eq=False)
class Centres:
    """The centres of one side; where they are blobs it is where in a blob a point is expected that acts, else they
    themselves are the points.
    """

    points: Points
    sigma: float
    are_blobs: bool


def pulls_between(x: DoubleArray, source: Centres, target: Centres, shares: Shares) -> Pulls:
    """Return what acts on a place (2,) at the time of the shares, whose variance is not 0."""
    a, b, v = source.points.places, target.points.places, shares.variance
    with np.errstate(divide="ignore"):
        log0, log1 = np.log(source.points.masses), np.log(target.points.masses)
    way = x - shares.alpha * b
    from_source = shares.beta * a
    sums0, means0 = np.zeros(len(a)), np.zeros((len(a), 2))
    sums1, means1 = np.zeros(len(b)), np.zeros((len(b), 2))
    highest, rows = -np.inf, max(1, _BLOCK // len(a))
    for first in range(0, len(b), rows):
        some = slice(first, first + rows)
        dx, dy = (np.subtract.outer(way[some, axis], from_source[:, axis]) for axis in range(2))
        dx *= dx
        dy *= dy
        dx += dy
        dx *= -0.5 / v
        dx += log0
        dx += log1[some, None]
        here = max(highest, float(dx.max()))
        if here > highest:  # what was summed before counts from the new maximum
            for known in (sums0, means0, sums1, means1):
                known *= np.exp(highest - here)
            highest = here
        dx -= highest
        p = np.exp(dx, out=dx)
        sums0 += p.sum(axis=0)
        means0 += p.T @ b[some]
        sums1[some] = p.sum(axis=1)
        means1[some] = p @ a
    partners0 = means0 / np.maximum(sums0, np.finfo(float).tiny)[:, None]
    partners1 = means1 / np.maximum(sums1, np.finfo(float).tiny)[:, None]
    total = sums1.sum()
    beyond0 = x - from_source - shares.alpha * partners0
    beyond1 = way - shares.beta * partners1
    drawn0, drawn1 = shares.beta * source.sigma**2 / v, shares.alpha * target.sigma**2 / v
    ends = b + drawn1 * beyond1
    conditional = shares.d_alpha * ends + shares.d_beta * (partners1 + drawn0 * beyond1)
    weights1 = sums1 / total
    return Pulls(Acting(a + drawn0 * beyond0 if source.are_blobs else a, sums0 / total),
                 Acting(ends if target.are_blobs else b, weights1), conditional, weights1 @ conditional,
                 bool(highest - log0.max() - log1.max() > _LOWEST),
                 highest + float(np.log(total)) - math.log(2 * math.pi * v))
