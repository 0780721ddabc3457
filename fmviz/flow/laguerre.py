"""The borders of Laguerre cells, by the convex hull of their points on a bowl.

    (y_j, |y_j|^2 - g_j)        a facet from below is a place where three cells meet, its slope twice that place
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from fmviz.core.cells import Cells
from fmviz.core.cloud import FloatArray

# Four more cells, so many times as far away as the points lie from each other, close all others: no picture reaches
# there, and the hull keeps eleven digits.
_FAR = 1e4
_AROUND = 4 * np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])


def with_borders(points: FloatArray, sites: FloatArray, potentials: NDArray[np.float64]) -> Cells:
    """Return the cells of different target points (N, 2); see `Cells`."""
    middle = (sites.max(axis=0) + sites.min(axis=0)) / 2
    scale = max(float(np.ptp(sites, axis=0).max()), float(np.sqrt(np.ptp(potentials)))) or 1.0
    y, g = (sites - middle) / scale, (potentials - potentials.max()) / scale**2
    far = np.full(len(_AROUND), 2 * _FAR * 4.0)
    bowl = np.column_stack([np.concatenate([y, _AROUND]), np.concatenate([(y**2).sum(axis=1) - g, far])])
    hull = ConvexHull(bowl)
    normals = hull.equations[:, :3]
    is_lower = normals[:, 2] < 0
    meeting = np.full((len(normals), 2), np.nan)
    meeting[is_lower] = -normals[is_lower, :2] / (2 * normals[is_lower, 2:])
    facet, side = np.nonzero(is_lower[:, None] & (hull.neighbors > np.arange(len(normals))[:, None]))
    other = hull.neighbors[facet, side]
    beside = hull.simplices[facet[:, None], (side[:, None] + [1, 2]) % 3].astype(np.int64)
    is_border = is_lower[other] & (beside < len(sites)).all(axis=1)
    borders = np.stack([meeting[facet], meeting[other]], axis=1)[is_border]
    beside = beside[is_border]
    return Cells(points, sites, potentials, middle + scale * borders, beside, tones_of(beside, len(sites)))


def tones_of(beside: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return a small number for each of `count` cells that cells beside each other (E, 2) never share.

    The cell with the fewest neighbours is left for last, again and again; then each takes the first number that none of
    its neighbours has. Of cells in a plane one always has at most five neighbours, so six numbers are enough.
    """
    neighbours: list[set[int]] = [set() for _ in range(count)]
    for a, b in beside.tolist():
        neighbours[a].add(b)
        neighbours[b].add(a)
    left = [len(each) for each in neighbours]
    heap = [(number, cell) for cell, number in enumerate(left)]
    heapify(heap)
    last: dict[int, None] = {}
    while heap:
        number, cell = heappop(heap)
        if number != left[cell] or cell in last:
            continue
        last[cell] = None
        for other in neighbours[cell] - last.keys():
            left[other] -= 1
            heappush(heap, (left[other], other))
    tones = np.full(count, -1, dtype=np.int64)
    for cell in reversed(last):
        taken = {int(tones[other]) for other in neighbours[cell]}
        tones[cell] = next(tone for tone in range(count + 1) if tone not in taken)
    return tones
