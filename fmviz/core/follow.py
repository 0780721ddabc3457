"""Which particles the eye can follow: a few that stand for the whole cloud, and the whole paths of some hundred."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fmviz.core.cloud import FloatArray

# Lloyd's iterations; the middles of separate clumps are found in two or three.
_ROUNDS = 12


def spread(points: NDArray[np.floating], count: int) -> NDArray[np.intp]:
    """Return the indices (K,) of at most `count` points that stand for the whole cloud (N, 2), by angle around its
    mean.

    Each is the one nearest to the middle of its part of the cloud (k-means from the points farthest from each other),
    so that every clump has one and none is an outlier.
    """
    xy = np.asarray(points, dtype=np.float64)
    if len(xy) == 0 or count < 1:
        return np.zeros(0, dtype=np.intp)
    middles = xy[_farthest(xy, min(count, len(xy)))]
    for _ in range(_ROUNDS):
        nearest = _squares(xy, middles).argmin(axis=1)
        sizes = np.bincount(nearest, minlength=len(middles))
        sums = np.stack([np.bincount(nearest, xy[:, axis], len(middles)) for axis in range(2)], axis=1)
        moved = np.where(sizes[:, None] > 0, sums / np.maximum(sizes, 1)[:, None], middles)
        if np.array_equal(moved, middles):
            break
        middles = moved
    chosen = np.unique(_squares(xy, middles).argmin(axis=0))
    offset = xy[chosen] - xy.mean(axis=0)
    return chosen[np.argsort(np.arctan2(offset[:, 1], offset[:, 0]), kind="stable")]


def _farthest(xy: FloatArray, count: int) -> list[int]:
    """Return the point nearest to the mean, then always the one farthest from all before."""
    chosen = [int(_squares(xy, xy.mean(axis=0, keepdims=True))[:, 0].argmin())]
    distance = _squares(xy, xy[chosen])[:, 0]
    while len(chosen) < count:
        chosen.append(int(distance.argmax()))
        distance = np.minimum(distance, _squares(xy, xy[chosen[-1:]])[:, 0])
    return chosen


def _squares(xy: FloatArray, others: FloatArray) -> FloatArray:
    return np.asarray(((xy[:, None] - others[None]) ** 2).sum(axis=2))


@lru_cache(maxsize=16)
def spread_of(points: bytes, count: int) -> tuple[int, ...]:
    """Return `spread` of float64 points; keyed by content, because every picture of a run brings the same starts."""
    return tuple(spread(np.frombuffer(points).reshape(-1, 2), count).tolist())
