"""Laguerre cells: which of finitely many target points each place goes to.

    j(x) = argmin over j of |x - y_j|^2 - g_j

Each cell is a convex polygon, so a picture of them is known by their straight borders; `flow.semidiscrete` finds these.
Source: arXiv 2509.25519.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from fmviz.core.cloud import FloatArray
from fmviz.core.extent import Box

_Value = TypeVar("_Value", bound=np.generic)


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of N target points, and their E borders.

    Args:
        points: (N, 2) the target points, world units.
        sites: (N, 2) y_j of the formula: the same points, all moved by the way from the target's mean to the source's,
            which changes no plan and keeps the digits of clouds that lie far from each other.
        potentials: (N,) g_j, squared world units.
        borders: (E, 2, 2) the ends of each border, world units; one that has no end stops far outside.
        beside: (E, 2) the two cells that each border lies between.
        tones: (N,) a small number for each cell, which cells with a common border never share.
    """

    points: FloatArray
    sites: FloatArray
    potentials: NDArray[np.float64]
    borders: NDArray[np.float64]
    beside: NDArray[np.int64]
    tones: NDArray[np.int64]

    def at(self, x: FloatArray) -> NDArray[np.int64]:
        """Return the number of the point that each place x (..., 2) goes to, (...)."""
        places = np.asarray(x, dtype=np.float64)
        away = ((places[..., None, :] - self.sites) ** 2).sum(axis=-1) - self.potentials
        return np.asarray(away.argmin(axis=-1))


def cell_raster(cells: Cells, values: NDArray[_Value], box: Box, width: int, height: int) -> NDArray[_Value]:
    """Return the value of the cell, of `values` (N,), at the centre of each of width x height equal parts of a box.

    Its shape is (height, width), and rows ascend in y.

    A row goes on in the same cell up to its next border. So one place is looked up, the left column begins there, and
    each row begins in the column: 640,000 parts of 2,048 cells take 5 ms, thirty times less than looking at each.
    """
    step = np.array([2 * box.half_x / width, 2 * box.half_y / height])
    corner = np.array([box.left, box.bottom]) + step / 2
    # In parts, so that centres are whole numbers.
    ends = (cells.borders - corner) / step
    first = _changes(ends[:, :, ::-1], _beyond(cells, axis=1), 1, height)
    first[0, 0] = cells.at(corner)
    column = first[first >= 0]
    lengths = np.diff(np.flatnonzero(first >= 0), append=height)
    rows = _changes(ends, _beyond(cells, axis=0), height, width)
    rows[:, 0] = np.repeat(column, lengths)
    begins = np.flatnonzero(rows >= 0)
    return np.repeat(values[rows.ravel()[begins]], np.diff(begins, append=rows.size)).reshape(height, width)


def _beyond(cells: Cells, axis: int) -> NDArray[np.int64]:
    """Return which cell lies behind each border, (E,), as seen by who goes along an axis."""
    along = cells.sites[cells.beside, axis]
    return np.where(along[:, 1] > along[:, 0], cells.beside[:, 1], cells.beside[:, 0])


def _changes(ends: NDArray[np.float64], beyond: NDArray[np.int64], rows: int, columns: int) -> NDArray[np.int64]:
    """Return which cell begins at each centre of a raster, (rows, columns), or -1 where none does.

    Args:
        ends: (E, 2, 2) ends of the borders: column and row.
        beyond: (E,) the cell behind each.
    """
    # Rows r with bottom <= r < top: where borders meet, each row crosses one on either side.
    bottom, top = ends[:, :, 1].min(axis=1), ends[:, :, 1].max(axis=1)
    start, stop = (np.clip(np.ceil(end), 0, rows).astype(np.int64) for end in (bottom, top))
    count = stop - start
    border = np.repeat(np.arange(len(ends)), count)
    row = np.arange(len(border)) + np.repeat(start - (np.cumsum(count) - count), count)
    one, other = ends[border, 0], ends[border, 1]
    place = one[:, 0] + (row - one[:, 1]) / (other[:, 1] - one[:, 1]) * (other[:, 0] - one[:, 0])
    is_seen = (place > 0) & (place <= columns - 1)
    border, row, place = border[is_seen], row[is_seen], place[is_seen]
    column = np.ceil(place)
    # Of several borders within one part the last one counts: the nearer to the centre, the greater the number.
    nearness = ((1 - (column - place)) * 2**30).astype(np.int64) << 32
    changes = np.full(rows * columns, -1, dtype=np.int64)
    np.maximum.at(changes, row * columns + column.astype(np.int64), nearness | beyond[border])
    return np.where(changes < 0, -1, changes & 0xFFFFFFFF).reshape(rows, columns)
