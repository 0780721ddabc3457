"""A side known by finitely many points, each of which stands for all that lies nearest to it.

    q_j = P(x is nearer to y_j than to any other)        x | j: a draw of the side that is

Plans and cells are solved for the points and their shares q; a pair then takes any fresh draw that lies nearest to its
point. So what is solved once serves as many different points as one likes, and both marginals are kept.

A finite side of no more points than asked for is known by all of them, each with its weight.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from fmviz.core.cloud import FloatArray, Side

# Draws for each point by which its share is counted, and how many at most: of an eighth of the side they miss .0007.
_DRAWS, _MOST_DRAWS = 128, 2**18


@dataclass(frozen=True, eq=False)
class Quantized:
    """A side as N different points.

    Args:
        side, to_unit: what was quantized, and how its world points become those of the frame.
        world, points: (N, 2) the same points in the world and in unit coordinates.
        shares: (N,) q_j, of sum 1.
        is_whole: whether there is nothing around the points.
    """

    side: Side
    to_unit: Callable[[np.ndarray], FloatArray]
    world: FloatArray
    points: NDArray[np.float64]
    shares: NDArray[np.float64]
    is_whole: bool

    def __len__(self) -> int:
        return len(self.points)

    def near(self, rows: NDArray[np.int64], rng: np.random.Generator) -> FloatArray:
        """Return for each of the points `rows` (n,) a draw that it stands for, (n, 2), world units."""
        if self.is_whole:
            return self.world[rows]
        # The points themselves are draws too, and leave none without any.
        x = np.concatenate([self.world, self.side.sample(len(rows), rng)])
        place = np.concatenate([np.arange(len(self)), nearest(self._tree, self.to_unit(x[len(self):]))])
        count = np.bincount(place)
        first = np.cumsum(count) - count
        drawn: FloatArray = x[np.argsort(place, kind="stable")[first[rows] + rng.integers(0, count[rows])]]
        return drawn

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(self.points)


def is_whole(side: Side, most: int) -> bool:
    """Whether a side is finite and has no more points than `most`."""
    return side.cloud is not None and side.jitter == 0 and len(side.cloud) <= most


def quantized(side: Side, to_unit: Callable[[np.ndarray], FloatArray], size: int,
              rng: np.random.Generator) -> Quantized:
    """Return a side as `size` of its points; equal ones become one."""
    whole = is_whole(side, size)
    xy, weights = (side.cloud.xy, side.cloud.weights) if whole and side.cloud is not None else (
        side.sample(size, rng), None)
    points, first, place = np.unique(np.asarray(to_unit(xy), np.float64), axis=0, return_index=True,
                                     return_inverse=True)
    if whole:
        shares = np.bincount(place.ravel(), weights, len(points)) / (len(xy) if weights is None else weights.sum())
    else:
        shares = counted_shares(points, to_unit(side.sample(draws_for(size), rng)))
    has_mass = shares > 0
    return Quantized(side, to_unit, xy[first[has_mass]], points[has_mass], shares[has_mass], whole)


def draws_for(size: int) -> int:
    """Return how many draws the shares of so many points are counted from."""
    return min(_DRAWS * size, _MOST_DRAWS)


def counted_shares(points: NDArray[np.float64], draws: np.ndarray) -> NDArray[np.float64]:
    """Return the shares (N,) of different points (N, 2) of a side, from further draws (M, 2) of it."""
    counts = 1 + np.bincount(nearest(cKDTree(points), draws), minlength=len(points))
    return np.asarray(counts / counts.sum())


def nearest(tree: cKDTree, x: np.ndarray) -> NDArray[np.int64]:
    """Return the number of the point of a tree that is nearest to each of x (n, 2), (n,)."""
    rows: NDArray[np.int64] = tree.query(x)[1]
    return rows
