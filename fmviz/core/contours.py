"""Contours: the lines along which values on a raster have a level."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fmviz.core.cloud import FloatArray

# The corners of a cell count 1, 2, 4, 8 from its lower left one on, against the clock; its edges are 0 below, 1 to the
# right, 2 above, 3 to the left. Of each sum of the corners above the level: from which edge to which the line goes,
# with the higher values to its left. The second line of the two cells that have one stands apart.
_FROM = np.array([0, 0, 1, 1, 2, 0, 2, 2, 3, 0, 1, 1, 3, 0, 3, 0])
_TO = np.array([0, 3, 0, 3, 1, 3, 0, 3, 2, 2, 0, 2, 1, 1, 0, 0])
_SECOND = {5: (2, 1), 10: (3, 2)}


def contour_pieces(values: FloatArray, level: float) -> FloatArray:
    """Return the pieces (M, 4) of the lines on which values (H, W) are at a level, in no order.

    Each is x0, y0, x1, y1 in columns and rows.

    Marching squares, linear between neighbours. Source: Maple, Geometric design and space planning using the marching
    squares and marching cube algorithms, 2003.
    """
    return _pieces(values, level)[1]


def contour_lines(values: FloatArray, level: float) -> list[FloatArray]:
    """Return the lines that the pieces make, (P, 2) each, as column and row; a closed one ends where it begins."""
    edges, pieces = _pieces(values, level)
    return [np.concatenate([pieces[chain, :2], pieces[chain[-1:], 2:]]) for chain in _chains(*edges)]


def _pieces(values: FloatArray, level: float) -> tuple[NDArray[np.intp], FloatArray]:
    """Return the edges that pieces go from and to, (2, M), and where they are there, (M, 4)."""
    high = (values >= level).view(np.uint8)
    kinds = high[:-1, :-1] + 2 * high[:-1, 1:] + 4 * high[1:, 1:] + 8 * high[1:, :-1]
    rows, columns = np.divmod(np.flatnonzero((kinds > 0) & (kinds < 15)), kinds.shape[1])
    kind = kinds[rows, columns]
    first, last = _FROM[kind], _TO[kind]
    for crossing, (edge_from, edge_to) in _SECOND.items():
        there = np.flatnonzero(kind == crossing)
        if len(there):
            rows, columns = np.concatenate([rows, rows[there]]), np.concatenate([columns, columns[there]])
            kind = np.concatenate([kind, kind[there]])
            first = np.concatenate([first, np.full(len(there), edge_from)])
            last = np.concatenate([last, np.full(len(there), edge_to)])
    edges = np.stack([_edges(rows, columns, edge, values.shape) for edge in (first, last)])
    return edges, np.hstack([_crossings(values, level, ends) for ends in edges])


def _edges(rows: NDArray[np.intp], columns: NDArray[np.intp], edge: NDArray[np.intp],
           shape: tuple[int, ...]) -> NDArray[np.intp]:
    """Return a number for each edge of a cell, which its neighbour has for it too: level ones first, then upright ones.
    """
    place: NDArray[np.intp] = (rows + (edge == 2)) * shape[1] + columns + (edge == 1)
    return place + (edge % 2) * (shape[0] * shape[1])


def _crossings(values: FloatArray, level: float, edges: NDArray[np.intp]) -> FloatArray:
    """Return where the level lies on edges, (E, 2) column and row."""
    height, width = values.shape
    is_upright, place = np.divmod(edges, height * width)
    flat = values.ravel()
    low, high = flat[place], flat[np.where(is_upright == 1, place + width, place + 1)]
    share = (level - low) / (high - low)
    row, column = np.divmod(place, width)
    along = np.where(is_upright == 1, 0.0, share)
    return np.stack([column + along, row + share - along], axis=1)


def _chains(starts: NDArray[np.intp], ends: NDArray[np.intp]) -> list[list[int]]:
    """Return the pieces of each line in order: every edge begins one piece and ends one, but at the border."""
    if len(starts) == 0:
        return []
    order = np.argsort(starts)
    place = np.searchsorted(starts, ends, sorter=order).clip(max=len(starts) - 1)
    following = np.where(starts[order[place]] == ends, order[place], -1)
    is_first = np.ones(len(starts), dtype=bool)
    is_first[following[following >= 0]] = False
    after, chains = following.tolist(), []
    is_left = [True] * len(after)
    for head in (*np.flatnonzero(is_first).tolist(), *range(len(after))):
        chain, piece = [], head
        while piece >= 0 and is_left[piece]:
            is_left[piece] = False
            chain.append(piece)
            piece = after[piece]
        if chain:
            chains.append(chain)
    return chains
