"""Kernel density estimates of particles on a raster, fast enough for every frame.

Owns the estimate and the choice of its bandwidth. Which particles and which colours is `frames`' and `canvas`'s. Its
products stay on one thread: OpenBLAS shares a larger one between its threads and lets them spin for each other. On two
cores that a training process keeps busy, two products of 128 x 154 x 154 took 0.11 ms in the median but 32 ms in every
tenth call, two lost frames; cut into pieces they take 0.27 ms and never more than one thread.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from fmviz.core.cloud import FloatArray
from fmviz.core.extent import Box, Extent
from fmviz.core.numbers import within

# OpenBLAS gives each thread 4 x 65,536 multiplications at least, so it keeps less than twice that on one.
_PIECE = 500_000
_NARROWEST = 8
_BLOCK_ROWS = 64
# A Gaussian narrower than this many cells is no longer a smooth bump on the raster; it also stands in for the
# bandwidth 0 of a cloud whose points coincide.
_NARROWEST_CELLS = 0.8
# A wider one is flat all over the raster.
_WIDEST_CELLS = 1e4
# Beyond so many bandwidths a particle outside the raster does not change it (exp(-8) = 3e-4 of its peak).
_REACH = 4.0
# A kernel ends here: exp(-18) of its peak cannot be seen, and the denormal numbers beyond make the products
# ten times slower (1.4 ms against 0.1).
_CUT = 6.0
# Linear binning spreads each point like a triangle of this variance, in cells squared; it is taken off the
# kernel's, so that the estimate has the bandwidth that was asked for.
_BINNING_VARIANCE = 1 / 6

# Cells for one bandwidth; finer ones make a bump no smoother.
_FINEST = 8
# A part of so few cells is summed up one by one: around a much smaller one a raster would need gigabytes of room.
_FEW_CELLS = 32
# One particle in so many may be left outside; one that flies off must not make a dot of all others.
_FEW, _MOST = 200, 2.0
# A bump nearer to the raster's edge than so many bandwidths would be seen to be cut there.
_EDGE = 3.0
# Scott's rule suits one Gaussian bump and smears separate ones; these shares of it are tried.
_SHARES = (1.0, 0.75, 0.56, 0.42, 0.32, 0.24, 0.18, 0.13)
_SELECTION_CELLS = 128


def product(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return a @ b for a (M, K) and b (K, N), computed in pieces of columns on one thread."""
    rows, inner = a.shape
    columns = b.shape[1]
    width = max(_NARROWEST, _PIECE // max(1, rows * inner))
    out = np.empty((rows, columns), dtype=np.result_type(a, b))
    for first in range(0, columns, width):
        np.matmul(a, b[:, first : first + width], out=out[:, first : first + width])
    return out


def scott_bandwidth(points: NDArray[np.floating]) -> float:
    """Return Scott's bandwidth n^(-1/6) sigma, world units; 0 if all points coincide or there are none.

    sigma^2 is the mean of the variances along x and y. Source: Scott, Multivariate Density Estimation, 1992.
    """
    if len(points) == 0:
        return 0.0
    variance = float(np.var(points, axis=0, dtype=np.float64).mean())
    return math.pow(len(points), -1 / 6) * math.sqrt(variance)


def density_at(points: NDArray[np.floating], places: NDArray[np.floating], h: float) -> FloatArray:
    """Return the density estimate (Q,) of points (N, 2) at a few places (Q, 2), one by one; infinite for h = 0 on a
    point.

        p(x) = 1 / (n 2 pi h^2) sum_i exp(-|x - x_i|^2 / (2 h^2))
    """
    squares = ((places[:, None] - points[None]) ** 2).sum(axis=2)
    if h == 0:
        return np.where((squares == 0).any(axis=1), np.inf, 0.0)
    return np.asarray(np.exp(-squares / (2 * h * h)).mean(axis=1) / (2 * np.pi * h * h))


def kde_of_part(points: NDArray[np.floating], extent: Extent, seen: Box | None, n: int,
                h: float) -> tuple[FloatArray, Box]:
    """Return the density where an extent is seen, rows ascending in y, and the box that it covers.

    All of the extent has n x n cells, as `kde` makes them; of a part the shorter edge has as many, as far as a bump of
    bandwidth h is smoother for it. Where more than a few points lie outside, the extent grows by whole cells.

    Args:
        seen: what is seen of the world; None is everything.
    """
    extent, n = _grown(points, extent, n, h)
    whole = extent.box
    part = whole if seen is None else whole.common(seen) or whole
    if part == whole:
        return kde(points, extent, n, h), whole
    short = 2 * min(part.half_x, part.half_y)
    cell = short / within(math.ceil(_FINEST * short / h) if h > 0 else n, 2, n)
    columns, rows = (math.ceil(2 * half / cell - 1e-9) for half in (part.half_x, part.half_y))
    box = Box(part.cx, part.cy, columns * cell / 2, rows * cell / 2)
    if columns * rows <= _FEW_CELLS:
        x, y = (low + cell * (np.arange(count) + 0.5) for low, count in ((box.left, columns), (box.bottom, rows)))
        return density_at(points, np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2), h).reshape(rows, columns), box
    h_cells = _kernel_cells(h / cell)
    pad = 1 + math.ceil(_REACH * h_cells)
    counts = binned(points, (box.left, box.bottom), cell, (columns, rows), pad)
    smooth = _smoothed(counts, pad, h_cells)
    return smooth * np.float64(1.0 / (len(points) * cell) / cell), box


def _grown(points: NDArray[np.floating], extent: Extent, n: int, h: float) -> tuple[Extent, int]:
    """Return the extent with room for nearly all bumps, at most twice as large, and its cells, as large as before."""
    # Not the maximum along an axis of two: for 20,000 points that takes 4 ms, this a tenth of one.
    reach = np.maximum(np.abs(points[:, 0] - extent.cx), np.abs(points[:, 1] - extent.cy))
    if np.count_nonzero(reach > extent.half - _EDGE * h) * _FEW <= len(points):
        return extent, n
    kept = len(points) - 1 - len(points) // _FEW
    needed = (float(np.partition(reach, kept)[kept]) + _REACH * h) / extent.half
    more = math.ceil((within(needed, 1.0, _MOST) - 1) * n / 2)
    return Extent(extent.cx, extent.cy, extent.half * (n + 2 * more) / n), n + 2 * more


def best_bandwidth(points: NDArray[np.floating], extent: Extent, n_used: int | None = None) -> float:
    """Return the share of Scott's bandwidth that least-squares cross-validation prefers, world units.

        LSCV(h) = int f_h^2 - 2 / (n - 1) (sum_i f_h(x_i) - K_h(0))

    Args:
        points: (N, 2) a sample of the distribution.
        extent: the raster it is judged on.
        n_used: size of the sample that the bandwidth is for, if it is another one; h falls as n^(-1/6).
    Source: Bowman, Biometrika 71, 1984, on binned data.
    """
    n = len(points)
    scott = scott_bandwidth(points)
    if scott == 0.0:
        return 0.0
    cell = 2 * extent.half / _SELECTION_CELLS
    counts = binned(points, (extent.left, extent.bottom), cell, (_SELECTION_CELLS, _SELECTION_CELLS), 0)
    best, best_score = scott, math.inf
    for share in _SHARES:
        h = _kernel_cells(share * scott / cell)
        smooth = _smoothed(counts, 0, h)
        at_points = float((counts * smooth).sum())
        score = float((smooth * smooth).sum()) / n**2 - 2 * (at_points - n / (2 * math.pi * h**2)) / (n * (n - 1))
        if score < best_score:
            best, best_score = share * scott, score
    return best * math.pow(n / (n_used or n), 1 / 6)


def kde(points: NDArray[np.floating], extent: Extent, n: int, h: float) -> FloatArray:
    """Return the density of `points` at the centres of n x n cells, (n, n) float64, 1 / unit^2.

        f(y) = 1 / N sum_i K_h(y - x_i),  K_h an isotropic Gaussian of deviation h

    The points are shared out linearly to the four nearest cell centres, then two products with a 1-D Gaussian
    band smooth rows and columns: 0.3 ms for 2,000 points where the plain sum takes 300 ms. The largest error, as a
    share of the peak, is below 1 % from 2 cells of bandwidth on (a single place: 2 %), below 2 % from 1.5 cells on
    (4 %), and up to 8 % at 1 cell.

    Args:
        points: (N, 2), N >= 1, world units; those outside the extent count in N, and their tails reach in.
        extent: what the raster covers; rows ascend in y, columns in x.
        n: cells along each edge.
        h: bandwidth, world units; below 0.8 cells it is taken as 0.8 cells.
    """
    cell = 2 * extent.half / n
    h_cells = _kernel_cells(h / cell)
    pad = min(n, 1 + math.ceil(_REACH * h_cells))
    counts = binned(points, (extent.left, extent.bottom), cell, (n, n), pad)
    # In float64: an area of clouds of nanometres or light years may be beyond float32.
    return _smoothed(counts, pad, h_cells) * np.float64(1.0 / (len(points) * cell) / cell)


def kde_of_line(values: NDArray[np.floating], low: float, length: float, n: int, h: float) -> FloatArray:
    """Return the density of numbers (N,) at the middles of n equal cells of a line, (n,) float64, 1 / unit.

    As `kde` of one axis; numbers outside of the line count in N, and their tails reach in.
    """
    cell = length / n
    h_cells = _kernel_cells(h / cell)
    pad = min(n, 1 + math.ceil(_REACH * h_cells))
    size = n + 2 * pad
    place = (np.asarray(values) - low) * (1 / cell) + (pad - 0.5)
    place = place[(place >= 0) & (place < size - 1)]
    first = place.astype(np.int64)
    share = place - first
    counts = np.bincount(first, 1 - share, size) + np.bincount(first + 1, share, size)
    smooth = _smoothed_rows(counts.astype(np.float32)[:, None], pad, h_cells)[:, 0]
    return smooth * np.float64(1.0 / (len(values) * cell))


def _kernel_cells(h_cells: float) -> float:
    """Return the deviation of the kernel, in cells, that together with the binning makes bandwidth h."""
    h_cells = within(h_cells, _NARROWEST_CELLS, _WIDEST_CELLS)
    return math.sqrt(h_cells * h_cells - _BINNING_VARIANCE)


def binned(points: NDArray[np.floating], corner: tuple[float, float], cell: float, count: tuple[int, int],
            pad: int) -> FloatArray:
    """Return the points shared out to the centres of cells, rows first; those further outside are dropped.

    Args:
        corner: the lower left one, world units.
        cell: edge of a cell, world units.
        count: cells along x and y, to which `pad` more are added on each side.
    """
    size, rows = count[0] + 2 * pad, count[1] + 2 * pad
    place = (np.asarray(points) - np.array(corner)) * (1 / cell) + (pad - 0.5)
    x, y = place[:, 0], place[:, 1]
    is_inside = (x >= 0) & (x < size - 1) & (y >= 0) & (y < rows - 1)
    if not is_inside.all():
        place = place[is_inside]
    low = place.astype(np.int64)
    share = place - low
    first = low[:, 1] * size + low[:, 0]
    sx, sy = share[:, 0], share[:, 1]
    upper = sx * sy
    counts = np.bincount(
        np.concatenate([first, first + 1, first + size, first + (size + 1)]),
        np.concatenate([1 - sx - sy + upper, sx - upper, sy - upper, upper]),
        size * rows,
    )
    return counts.reshape(rows, size).astype(np.float32)


def _smoothed(counts: FloatArray, pad: int, h_cells: float) -> FloatArray:
    """Return cells (R + 2 pad, C + 2 pad) smoothed, without the padding, (R, C)."""
    return _smoothed_rows(_smoothed_rows(counts, pad, h_cells).T, pad, h_cells).T


def _smoothed_rows(counts: FloatArray, pad: int, h_cells: float) -> FloatArray:
    """Return rows (R + 2 pad, C) smoothed across the rows with a Gaussian of sum 1, without the padding, (R, C).

    Blocks of rows meet only those rows that their kernels reach: with 256 rows and narrow kernels a quarter of all.
    """
    size, columns = counts.shape
    n = size - 2 * pad
    reach = min(math.ceil(_CUT * h_cells), size)
    band = _band(h_cells, reach)
    out = np.empty((n, columns), dtype=np.float32)
    for start in range(0, n, _BLOCK_ROWS):
        stop, low = min(start + _BLOCK_ROWS, n), start + pad - reach
        first, last = max(low, 0), min(stop + pad + reach, size)
        out[start:stop] = product(band[: stop - start, first - low : last - low], counts[first:last])
    return out


@lru_cache(maxsize=8)
def _band(h_cells: float, reach: int) -> FloatArray:
    """Return the 1-D Gaussian as a band (_BLOCK_ROWS, _BLOCK_ROWS + 2 reach), its middle at row + reach."""
    offset = np.arange(-(reach + _BLOCK_ROWS - 1), reach + _BLOCK_ROWS, dtype=np.float64) / h_cells
    profile = np.exp(-0.5 * offset**2) / (math.sqrt(2 * math.pi) * h_cells)
    profile[np.abs(offset) > _CUT] = 0.0
    windows = sliding_window_view(profile.astype(np.float32), _BLOCK_ROWS + 2 * reach)
    band = np.ascontiguousarray(windows[::-1])
    band.setflags(write=False)
    return band
