"""Fields drawn as smooth images: the particles' density and the speed of the field.

Values are interpolated before they get their colour, so a coarse grid shows neither squares nor the
creases of a bilinear stretch: two products with a cubic interpolation matrix, a table of colours, and a
last stretch by at most two. Measured for a 128x128 density in a 900 px pane: 3 ms.
"""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from fmviz.canvas.colours import density_table, premultiplied, speed_table
from fmviz.canvas.layer import Picture
from fmviz.core.products import product

_LARGEST_RASTER = 480
# For exports, where time is not short: on paper or at 4 times its size a coarser one would show.
_LARGEST_FINE_RASTER = 1200
_VECTOR_RASTER = 800
# A colour's place on the density scale is share^0.65 of the limit: between two piles the density falls to a fifth of
# its peak, which a linear scale hardly shows. The colour bar's numbers stand where they belong.
DENSITY_POWER = 0.65
# The start of the density scale fades into the pane.
_DENSITY_FADE = 0.16
# Finer than 256, because the power stretches the start of the scale.
_LEVELS = 1024
_SPEED_OPACITY = 0.92


@lru_cache(maxsize=16)
def interpolation_matrix(n_in: int, n_out: int, has_edges: bool) -> np.ndarray:
    """Return (n_out, n_in) float32 that resamples n_in values to the centres of n_out cells (Catmull-Rom).

    Args:
        has_edges: whether the first and last value lie on the edges (a grid of nodes) or half a cell inside.
    """
    centre = (np.arange(n_out) + 0.5) / n_out
    place = centre * (n_in - 1) if has_edges else centre * n_in - 0.5
    base = np.floor(place).astype(int)
    f = place - base
    weights = np.stack([
        ((-0.5 * f + 1.0) * f - 0.5) * f,
        (1.5 * f - 2.5) * f * f + 1.0,
        ((-1.5 * f + 2.0) * f + 0.5) * f,
        (0.5 * f - 0.5) * f * f,
    ], axis=1)
    matrix = np.zeros((n_out, n_in), dtype=np.float32)
    for k in range(4):
        np.add.at(matrix, (np.arange(n_out), np.clip(base + k - 1, 0, n_in - 1)), weights[:, k].astype(np.float32))
    matrix.setflags(write=False)
    return matrix


def resampled(values: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return values (H, W) on another grid: `rows` (h, H) and `columns` (w, W) from `interpolation_matrix`."""
    return product(product(rows, values), columns.T)


class _FieldImage:
    """A value in [0, 1] per raster cell, painted over the whole pane through a table of pixels."""

    def __init__(self) -> None:
        self._pixels: np.ndarray | None = None
        self._side = 0

    def fill(self, values: np.ndarray, table: np.ndarray, side: int) -> None:
        index = np.clip(values * (_LEVELS - 1) + 0.5, 0, _LEVELS - 1).astype(np.uint16)
        # Rows ascend in y, images descend.
        self._pixels = np.take(table, index[::-1])
        self._side = side

    def paint(self, painter: QPainter) -> None:
        if self._pixels is None:
            return
        painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering)  # a PDF would keep a JPEG
        height, width = self._pixels.shape
        image = QImage(self._pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(0, 0, self._side, self._side), image)


def _raster(picture: Picture) -> int:
    """Return how many cells the image of a pane gets."""
    if picture.is_vector:
        return _VECTOR_RASTER
    if picture.is_fine:
        return max(8, min(_LARGEST_FINE_RASTER, round(picture.side * picture.dpr)))
    return max(8, min(_LARGEST_RASTER, picture.side))


class DensityLayer:
    """The kernel density estimate; low density lets the pane through."""

    name: ClassVar[str] = "density"
    is_still: ClassVar[bool] = False

    def __init__(self) -> None:
        self._image = _FieldImage()

    def update(self, picture: Picture) -> bool:
        density = picture.frame.density
        if density is None:
            return False
        n = _raster(picture)
        rows = interpolation_matrix(density.shape[0], n, False)
        columns = interpolation_matrix(density.shape[1], n, False)
        # The limit may be beyond float32, the share of it is not.
        share = (density / picture.limits.density).astype(np.float32)
        self._image.fill(resampled(share, rows, columns), _density_pixels(picture), picture.side)
        return True

    def paint(self, painter: QPainter) -> None:
        self._image.paint(painter)


class MagnitudeLayer:
    """The speed |u|; the velocity is interpolated, so that its zeros stay zeros."""

    name: ClassVar[str] = "magnitude"
    is_still: ClassVar[bool] = False

    def __init__(self) -> None:
        self._image = _FieldImage()

    def update(self, picture: Picture) -> bool:
        u = picture.frame.u
        if u is None:
            return False
        n = _raster(picture)
        rows = interpolation_matrix(u.shape[0], n, True)
        columns = interpolation_matrix(u.shape[1], n, True)
        ux, uy = (resampled(np.divide(u[..., k], picture.limits.speed, dtype=np.float32), rows, columns)
                  for k in (0, 1))
        self._image.fill(np.sqrt(ux * ux + uy * uy), _speed_pixels(picture), picture.side)
        return True

    def paint(self, painter: QPainter) -> None:
        self._image.paint(painter)


def density_opacity(place: np.ndarray) -> np.ndarray:
    """Return the opacity at places (n,) of the density scale, 0 to 1: nothing at 0, full from `_DENSITY_FADE` on."""
    share = np.clip(place / _DENSITY_FADE, 0, 1)
    return share * share * (3 - 2 * share)


def _density_pixels(picture: Picture) -> np.ndarray:
    place = np.linspace(0, 1, _LEVELS) ** DENSITY_POWER
    table = density_table(picture.theme, _LEVELS)[np.round(place * (_LEVELS - 1)).astype(int)]
    return premultiplied(table, density_opacity(place))


def _speed_pixels(picture: Picture) -> np.ndarray:
    return premultiplied(speed_table(picture.theme, _LEVELS), _SPEED_OPACITY)
