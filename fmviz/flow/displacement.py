"""The field of a coupling that gives each source point one partner: known where its pairs are, and only there.

At time t the pairs (x0, x1) stand at xt and move with ut (`core.paths`); between them the velocity at a place is the
constant of a linear fit to the nearest pairs, the nearer the more. Against an affine truth and 2,048 even pairs it errs
by 1.5 %. More neighbours err less there (64 alike .9 %), but at the end they blur a target: from 8gaussians to moons W2
is then 1.06 times its floor, of 32 1.04.
Source: Cleveland, JASA 74, 1979 (local regression); Benamou, Brenier, Numer. Math. 84, 2000 (the field of OT).
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from fmviz.core.cloud import DoubleArray
from fmviz.core.paths import Path
from fmviz.core.pulls import Acting, Pulls

NEAREST = 32
# A place is among the pairs if its so-manieth nearest one is as near as that of nearly all pairs, or a little farther.
_OF_NEAREST, _NEARLY_ALL, _FARTHER = 8, 0.98, 1.5
# Of squared distances: where all of the nearest lie in one place or on a line, there is a slope all the same.
_RIDGE = 1e-9
# Of the farthest one's distance: there the weights end.
_WITHIN = 1.05
# As many times as a usual sampling has.
_KEPT = 112
_BLOCK = 2_000


class _Moment(NamedTuple):
    """The pairs at one time: the tree of their places, their velocities, how near a place must be to them."""

    tree: cKDTree
    velocities: DoubleArray
    reach: float


class DisplacementField:
    """The field of pairs.

    Args:
        x0, x1: (N, 2) the pairs, world units.
        path: between the two points of a pair.
        mean0: (2,) from where the path counts positions.
    """

    smoothing = 0.0, 0.0
    rows = _BLOCK

    def __init__(self, x0: ArrayLike, x1: ArrayLike, path: Path, mean0: ArrayLike) -> None:
        self.mean0: DoubleArray = np.asarray(mean0, dtype=np.float64)
        self._x0, self._x1 = (np.asarray(x, dtype=np.float64) - self.mean0 for x in (x0, x1))
        self._path = path
        self._moments: OrderedDict[float, _Moment] = OrderedDict()

    @property
    def words(self) -> str:
        return f"from {len(self._x0):,} pairs"

    def velocity(self, x: ArrayLike, t: float) -> DoubleArray:
        """Return the velocity (Q, 2) at places (Q, 2), units per unit of t; far from all pairs that of some of them."""
        place, moment = np.asarray(x, dtype=np.float64) - self.mean0, self._at(t)
        return np.concatenate([_fitted(moment, place[start:start + _BLOCK])
                               for start in range(0, max(1, len(place)), _BLOCK)])

    def divergence(self, x: ArrayLike, t: float) -> DoubleArray:
        """Return its divergence (Q,) there: that of the fits, 1 per unit of t."""
        place, moment = np.asarray(x, dtype=np.float64) - self.mean0, self._at(t)
        return np.concatenate([_divergence(moment, place[start:start + _BLOCK])
                               for start in range(0, max(1, len(place)), _BLOCK)])

    def is_known(self, x: ArrayLike, t: float) -> NDArray[np.bool_]:
        """Return which places (Q, 2) lie among the pairs, (Q,)."""
        moment = self._at(t)
        distance, _ = moment.tree.query(np.asarray(x, dtype=np.float64) - self.mean0, [min(_OF_NEAREST, moment.tree.n)])
        return np.asarray(distance[:, 0] <= moment.reach)

    def places(self, t: float, n: int, rng: np.random.Generator) -> DoubleArray:
        return np.asarray(self._at(t).tree.data[rng.integers(0, len(self._x0), n)] + self.mean0)

    def pulls(self, x: ArrayLike, t: float) -> Pulls:
        """Return the pairs from which the velocity at a place (2,) comes: those near it, by their part in the fit.

        Parts have a sum of 1, and at the edge of all pairs some are below 0; all others of the pairs have none.
        """
        place, moment = np.asarray(x, dtype=np.float64), self._at(t)
        rows, parts = _parts(moment, (place - self.mean0)[None])
        weights = np.zeros(len(self._x0))
        weights[rows[0]] = parts[0]
        source, target = (Acting(side + self.mean0, weights) for side in (self._x0, self._x1))
        return Pulls(source, target, moment.velocities, weights @ moment.velocities,
                     bool(self.is_known(place[None], t)[0]))

    def ways(self, x: ArrayLike, times: NDArray[np.floating]) -> DoubleArray:
        """Return the ways (S, S, 2) of the pairs that are at a place (2,) at each of S times, at these times.

        No two pairs are in one place at once, so place and velocity there say which pair it is: xt = alpha x1 + beta x0
        and ut = alpha' x1 + beta' x0 are solved for both of its points.
        """
        place, path = np.asarray(x, dtype=np.float64), self._path
        ut = np.concatenate([self.velocity(place[None], t) for t in times.tolist()])
        xt = place - self.mean0
        alpha, beta, d_alpha, d_beta = (np.asarray(of(times), dtype=np.float64) * np.ones(len(times)) for of in (
            path.alpha, path.beta, path.d_alpha, path.d_beta))
        turn = (alpha * d_beta - d_alpha * beta)[:, None]
        x1 = (d_beta[:, None] * xt - beta[:, None] * ut) / turn
        x0 = (alpha[:, None] * ut - d_alpha[:, None] * xt) / turn
        return np.asarray(path.points(x0[:, None], x1[:, None], times[None, :, None]) + self.mean0)

    def _at(self, t: float) -> _Moment:
        # Another thread may drop it at any moment.
        moment = self._moments.get(t)
        if moment is None:
            places = self._path.points(self._x0, self._x1, t).astype(np.float64)
            tree = cKDTree(places)
            # One more: each is its own nearest.
            distance, _ = tree.query(places, [min(_OF_NEAREST + 1, tree.n)])
            velocities = self._path.velocities(self._x0, self._x1, t).astype(np.float64)
            moment = _Moment(tree, velocities, _FARTHER * float(np.quantile(distance, _NEARLY_ALL)))
            self._moments[t] = moment
            if len(self._moments) > _KEPT:
                self._moments.popitem(last=False)
        return moment


def _fitted(moment: _Moment, place: DoubleArray) -> DoubleArray:
    rows, parts = _parts(moment, place)
    return np.asarray((parts[:, None] @ moment.velocities[rows])[:, 0])


def _divergence(moment: _Moment, place: DoubleArray) -> DoubleArray:
    rows, solved, reach = _solved(moment, place)
    slopes = solved[:, 1:] @ moment.velocities[rows]
    return np.asarray((slopes[:, 0, 0] + slopes[:, 1, 1]) / reach)


def _parts(moment: _Moment, place: DoubleArray) -> tuple[NDArray[np.intp], DoubleArray]:
    """Return which pairs the fit at places (Q, 2) is of, (Q, P), and the part of each in its constant, (Q, P)."""
    rows, solved, _ = _solved(moment, place)
    return rows, solved[:, 0]


def _solved(moment: _Moment, place: DoubleArray) -> tuple[NDArray[np.intp], DoubleArray, DoubleArray]:
    """Return which pairs the fit at places (Q, 2) is of, (Q, P), the part of each in its constant and in its slopes
    along x and y, (Q, 3, P), and the unit of length of the slopes, (Q,).
    """
    distance, rows = moment.tree.query(place, min(NEAREST, moment.tree.n))
    # In units of a little more than the farthest of them, so that the ridge is of no unit and each has a weight.
    reach = np.maximum(_WITHIN * distance[:, -1:, None], np.finfo(np.float64).tiny)
    beside = (moment.tree.data[rows] - place[:, None]) / reach
    design = np.concatenate([np.ones((*rows.shape, 1)), beside], axis=2)
    weighted = np.swapaxes(design * (1 - (distance[..., None] / reach) ** 3) ** 3, 1, 2)
    squares = weighted @ design + _RIDGE * rows.shape[1] * np.diag([0.0, 1.0, 1.0])
    return rows, np.asarray(np.linalg.solve(squares, weighted)), reach[:, 0, 0]
