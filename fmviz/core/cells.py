"""Laguerre cells: which of finitely many target points each place goes to.

    j(x) = argmin over j of |x - y_j|^2 - g_j

Each cell is a convex polygon, and so are the regions that a picture shows. Source: arXiv 2509.25519.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fmviz.core.cloud import FloatArray
from fmviz.core.extent import Box

# Within a tile of so many raster cells few points can win: the others are not looked at.
_TILE = 32


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of N target points.

    Args:
        points: (N, 2) the target points, world units.
        sites: (N, 2) y_j of the formula: the same points, all moved by the way from the target's mean to the source's,
            which changes no plan and keeps the digits of clouds that lie far from each other.
        potentials: (N,) g_j, squared world units.
    """

    points: FloatArray
    sites: FloatArray
    potentials: NDArray[np.float64]

    def at(self, x: FloatArray) -> NDArray[np.int64]:
        """Return the number of the point that each place x (..., 2) goes to, (...)."""
        places = np.asarray(x, dtype=np.float64)
        away = ((places[..., None, :] - self.sites) ** 2).sum(axis=-1) - self.potentials
        return np.asarray(away.argmin(axis=-1))


def cell_raster(cells: Cells, box: Box, width: int, height: int) -> NDArray[np.int32]:
    """Return the number of the point that the centre of each of width x height equal parts of a box goes to.

    Its shape is (height, width), and rows ascend in y.

    A point can win somewhere in a tile of half diagonal r around c only if it is behind the best one at c by no more
    than 2 r times the distance between the two: the difference of two cells' values is linear.
    """
    x, y = (half * (2 * np.arange(n) + 1 - n) / n for half, n in ((box.half_x, width), (box.half_y, height)))
    sites = cells.sites - (box.cx, box.cy)
    raster = np.empty((height, width), dtype=np.int32)
    for row in range(0, height, _TILE):
        for column in range(0, width, _TILE):
            ys, xs = y[row:row + _TILE], x[column:column + _TILE]
            middle = np.array([(xs[0] + xs[-1]) / 2, (ys[0] + ys[-1]) / 2])
            away = ((middle - sites) ** 2).sum(axis=1) - cells.potentials
            best = int(away.argmin())
            reach = 2 * np.hypot(xs[-1] - middle[0], ys[-1] - middle[1])
            near = np.flatnonzero(away - away[best] <= reach * np.hypot(*(sites - sites[best]).T) * (1 + 1e-9))
            # Of |x - y|^2 the part |x|^2 is the same for all.
            value = (sites[near] ** 2).sum(axis=1) - cells.potentials[near]
            value = value - 2 * (xs[None, :, None] * sites[near, 0] + ys[:, None, None] * sites[near, 1])
            raster[row:row + _TILE, column:column + _TILE] = near[value.argmin(axis=2)]
    return raster


def cell_tones(raster: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """Return a small number for each of `count` cells, (count,), that neighbours in the raster never share.

    Cells are coloured one after the other with the first number that none of their neighbours has.
    """
    touching = np.concatenate([np.minimum(a, b)[a != b] * np.int64(count) + np.maximum(a, b)[a != b] for a, b in
                               ((raster[:, 1:], raster[:, :-1]), (raster[1:], raster[:-1]))])
    neighbours: list[list[int]] = [[] for _ in range(count)]
    for a, b in zip(*divmod(np.unique(touching), count), strict=True):
        neighbours[int(a)].append(int(b))
        neighbours[int(b)].append(int(a))
    tones = np.full(count, -1, dtype=np.int64)
    for cell in np.argsort([-len(each) for each in neighbours], kind="stable").tolist():
        taken = {int(tones[other]) for other in neighbours[cell]}
        tones[cell] = next(tone for tone in range(count + 1) if tone not in taken)
    return tones
