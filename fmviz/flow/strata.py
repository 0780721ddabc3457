"""Even samples: means over a distribution with much less chance than independent points have.

The plane is cut into cells of equal mass by the median of many points, along the longer side of each cell in turn. One
point of each cell makes an even sample; and in the mean over independent points each cell can have its true mass.
What is left of chance is that within a cell, and that of the many points.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fmviz.core.cloud import FloatArray, Side
from fmviz.core.streams import Stream, stream
from fmviz.flow.distances import Measured

# W2^2 of N to 8gaussians, of 256 cells, varies by .3 % then; of 1,000 independent points by 1.2 %.
_PER_CELL = 64
# Cells of a mean, some 40 of 5,120 points in each; one without any is not counted.
_CELLS, _LEAST_IN_CELL = 128, 16
_CELL_POINTS = 65_536


def even_sample(side: Side, count: int, rng: np.random.Generator) -> FloatArray:
    """Return points (count, 2) of a side, one of each of so many cells of equal mass; count is a power of two."""
    x = side.sample(count * _PER_CELL, rng)
    cells = np.arange(len(x))[None]
    while len(cells) < count:
        cells = _halved(x, cells)
    return np.asarray(x[cells[np.arange(count), rng.integers(cells.shape[1], size=count)]])


def even_mean(side: Side, x: FloatArray, values: FloatArray, seed: int) -> Measured:
    """Return the mean of values (n,) that belong to points x (n, 2) of a side, each cell with its true mass.

    The error is that within the cells, and that of the points which the masses are known from.
    """
    cells, masses = np.zeros(len(x), dtype=np.int64), [1.0]
    if len(x) >= 2 * _LEAST_IN_CELL:
        masses = []
        count = min(_CELLS, 1 << int(np.log2(len(x) / _LEAST_IN_CELL)))
        _divide(_many(side, seed), np.asarray(x, dtype=np.float64), np.arange(len(x)), count, 1.0, cells, masses)
    counts = np.bincount(cells, minlength=len(masses))
    seen = counts > 0
    mass = np.array(masses)[seen] / np.array(masses)[seen].sum()
    means = np.bincount(cells, values)[seen] / counts[seen]
    rest = values - means[np.cumsum(seen)[cells] - 1]
    spread = np.bincount(cells, rest**2)[seen] / counts[seen]
    mean = float(mass @ means)
    error = float(mass**2 @ (spread / counts[seen]) + mass @ (means - mean) ** 2 / _CELL_POINTS)
    return Measured(mean, float(np.sqrt(error)))


def _halved(x: FloatArray, cells: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return cells (2 C, m / 2) of rows of x for cells (C, m), each cut at its median along its longer side."""
    places = x[cells]
    axis = np.ptp(places, axis=1).argmax(axis=1)
    along = np.take_along_axis(places, axis[:, None, None], axis=2)[..., 0]
    order = along.argpartition(cells.shape[1] // 2, axis=1)
    return np.take_along_axis(cells, order, axis=1).reshape(2 * len(cells), -1)


def _divide(many: FloatArray, x: FloatArray, rows: NDArray[np.int64], count: int, mass: float,
            cells: NDArray[np.int64], masses: list[float]) -> None:
    """Number the cells of rows of x, `count` of which are made of one cell of that mass, and append their masses."""
    if count == 1 or len(many) < 2:
        cells[rows] = len(masses)
        masses.append(mass)
        return
    axis = int(np.ptp(many, axis=0).argmax())
    middle = np.median(many[:, axis])
    is_low, is_low_row = many[:, axis] < middle, x[rows, axis] < middle
    for is_in, is_in_row in ((is_low, is_low_row), (~is_low, ~is_low_row)):
        _divide(many[is_in], x, rows[is_in_row], count // 2, mass * float(is_in.mean()), cells, masses)


@lru_cache(maxsize=2)
def _many(side: Side, seed: int) -> FloatArray:
    return np.asarray(side.sample(_CELL_POINTS, stream(seed, Stream.EVEN_SAMPLE)), dtype=np.float64)
