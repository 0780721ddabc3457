"""Values on a grid: drawn as a smooth image, read at one place; and what the layers of the velocity share.

A pane may show a part of what they cover, or more; where the field's box ends inside of a pane, its colours fade.

Values are interpolated before they get their colour, so a coarse grid shows neither squares nor the
creases of a bilinear stretch: two products with a cubic interpolation matrix, a table of colours, and a
last stretch by at most two. Measured for a 128x128 density in a 900 px pane: 3 ms.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from fmviz.canvas.colours import premultiplied, speed_table
from fmviz.canvas.geometry import Mapping
from fmviz.canvas.layer import Layer, Picture
from fmviz.canvas.legend import ColourBar, Legend
from fmviz.core.density import product
from fmviz.core.extent import Box
from fmviz.core.frames import BEYOND

_LARGEST_RASTER = 480
# For exports, where time is not short: on paper or at 4 times its size a coarser one would show.
_LARGEST_FINE_RASTER = 1200
_VECTOR_RASTER = 800
# Finer than 256, because some scales stretch their start.
LEVELS = 1024
# Of a map that fades; with them 16 bits number all pixels that it can have.
OPACITIES = 64


@lru_cache(maxsize=16)
def interpolation_matrix(n_in: int, n_out: int, has_edges: bool, start: float = 0.0, stop: float = 1.0) -> np.ndarray:
    """Return (n_out, n_in) float32 that resamples n_in values to the centres of n_out cells (Catmull-Rom).

    Args:
        has_edges: whether the first and last value lie on the edges (a grid of nodes) or half a cell inside.
        start, stop: the part of the way from edge to edge that the cells fill; beyond the edges nothing changes.
    """
    centre = np.clip(start + (stop - start) * (np.arange(n_out) + 0.5) / n_out, 0.0, 1.0)
    place = centre * (n_in - 1) if has_edges else centre * n_in - 0.5
    return _cubic(n_in, place)


def interpolation_at(n_in: int, place: np.ndarray) -> np.ndarray:
    """Return (n, n_in) that interpolates a grid of nodes at places (n,), 0 at the first node and 1 at the last."""
    return _cubic(n_in, np.clip(place, 0.0, 1.0) * (n_in - 1))


def _cubic(n_in: int, place: np.ndarray) -> np.ndarray:
    """Return (n, n_in) float32 of Catmull-Rom weights of the values around each place (n,), counted in values."""
    base = np.floor(place).astype(int)
    f = place - base
    weights = np.stack([
        ((-0.5 * f + 1.0) * f - 0.5) * f,
        (1.5 * f - 2.5) * f * f + 1.0,
        ((-1.5 * f + 2.0) * f + 0.5) * f,
        (0.5 * f - 0.5) * f * f,
    ], axis=1)
    matrix = np.zeros((len(place), n_in), dtype=np.float32)
    for k in range(4):
        np.add.at(matrix, (np.arange(len(place)), np.clip(base + k - 1, 0, n_in - 1)),
                  weights[:, k].astype(np.float32))
    matrix.setflags(write=False)
    return matrix


def resampled(values: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return values (H, W) on another grid: `rows` (h, H) and `columns` (w, W) from `interpolation_matrix`."""
    return product(product(rows, values), columns.T)


def value_on(values: np.ndarray, box: Box, x: float, y: float, has_edges: bool) -> np.ndarray | None:
    """Return the value (...) of a grid (H, W, ...) over a box at a place; None outside of it."""
    if not (box.left <= x <= box.right and box.bottom <= y <= box.top):
        return None
    shares = ((y - box.bottom) / (2 * box.half_y), (x - box.left) / (2 * box.half_x))
    row, column = (interpolation_matrix(n, 1, has_edges, share, share)[0]
                   for n, share in zip(values.shape[:2], shares, strict=True))
    return np.asarray(np.einsum("r,rc...,c->...", row, values, column))


def opacity_at(picture: Picture, pixels: np.ndarray) -> np.ndarray | float:
    """Return how opaque marks of the field are at places (N, 2) of the pane, px: (N,), or 1 everywhere."""
    known = picture.frame.known
    return 1.0 if known is None else known.at(picture.mapping.to_places(pixels))


class FieldLayer(Layer):
    """What layers of the velocity share: their colours are those of speed."""

    @staticmethod
    def legend(picture: Picture) -> Legend:
        return Legend(bars=(ColourBar("speed, units per t", "speed", picture.limits.speed,
                                      premultiplied(speed_table(picture.theme), 1.0),
                                      is_open=picture.limits.clips_speed),))

    @staticmethod
    def value_at(picture: Picture, x: float, y: float) -> str:
        u = picture.frame.u
        value = None if u is None else value_on(u, picture.frame.field_extent.box, x, y, has_edges=True)
        known = picture.frame.known
        is_unknown = known is not None and known.at(np.array([[x, y]]))[0] == 0
        return "" if value is None else (
            f"speed {math.hypot(*value):.3g}, velocity ({value[0]:.3g}, {value[1]:.3g})"
            + (", where nothing was learned" if is_unknown else ""))


@dataclass(frozen=True)
class Part:
    """The part of a covered box that a pane shows: where in the pane, px, and which shares of the box's edges."""

    rect: QRectF
    columns: tuple[float, float]
    rows: tuple[float, float]

    def over(self, box: Box, mapping: Mapping) -> Part:
        """Return the same part of the pane with the shares of another box's edges."""
        (left, top), (right, bottom) = (mapping.to_world(corner.x(), corner.y())
                                        for corner in (self.rect.topLeft(), self.rect.bottomRight()))
        return Part(self.rect, *_shares(box, left, right, bottom, top))

    def matrices(self, picture: Picture, values: np.ndarray, has_edges: bool) -> tuple[np.ndarray, np.ndarray]:
        """Return what resamples rows and columns of values (H, W) to the image of this part."""
        most = _VECTOR_RASTER if picture.is_vector else _LARGEST_FINE_RASTER if picture.is_fine else _LARGEST_RASTER
        dpr = picture.dpr if picture.is_fine else 1.0
        width, height = self.rect.width() * dpr, self.rect.height() * dpr
        scale = most / math.sqrt(width * height)
        if not picture.is_vector:
            scale = min(1.0, scale)
        return (interpolation_matrix(values.shape[0], max(8, round(scale * height)), has_edges, *self.rows),
                interpolation_matrix(values.shape[1], max(8, round(scale * width)), has_edges, *self.columns))


def part_of(box: Box, mapping: Mapping, beyond: float = 0.0) -> Part | None:
    """Return the part of a box that a pane shows; None where it shows nothing of it.

    `beyond` is a share of its edges by which the part may reach out of the box.
    """
    seen, scale = mapping.box, mapping.pixels_per_unit
    more_x, more_y = 2 * beyond * box.half_x, 2 * beyond * box.half_y
    left, right = max(box.left - more_x, seen.left), min(box.right + more_x, seen.right)
    bottom, top = max(box.bottom - more_y, seen.bottom), min(box.top + more_y, seen.top)
    if right <= left or top <= bottom:
        return None
    rect = QRectF((left - seen.left) * scale, (seen.top - top) * scale, (right - left) * scale, (top - bottom) * scale)
    return Part(rect, *_shares(box, left, right, bottom, top))


def _shares(box: Box, left: float, right: float, bottom: float, top: float) -> list[tuple[float, float]]:
    """Return where a rectangle lies in a box: in shares of its edges along x and y."""
    return [((low - start) / length, (high - start) / length) for low, high, start, length in
            ((left, right, box.left, 2 * box.half_x), (bottom, top, box.bottom, 2 * box.half_y))]


class MapLayer(Layer):
    """What layers that fill the pane share: an image of pixels (H, W), the first row on top."""

    def __init__(self) -> None:
        self._pixels: NDArray[np.uint32] = np.zeros((0, 0), np.uint32)
        self._rect = QRectF()

    def fill(self, values: np.ndarray, table: NDArray[np.uint32], rect: QRectF,
             opacity: np.ndarray | None = None) -> None:
        """Take values (H, W) in [0, 1], rows ascending in y, the pixels of `LEVELS` of them, and where they lie.

        With an `opacity` (H, W) in [0, 1] the table has the pixels of `OPACITIES` of each level, (OPACITIES, LEVELS).
        """
        index = np.clip(values * (LEVELS - 1) + 0.5, 0, LEVELS - 1).astype(np.uint16)
        if opacity is not None:
            index += np.clip(opacity * (OPACITIES - 1) + 0.5, 0, OPACITIES - 1).astype(np.uint16) * np.uint16(LEVELS)
        self._pixels, self._rect = np.take(table, index[::-1]), rect

    def fade(self, part: Part, mapping: Mapping) -> None:
        """Let the colours end softly where the box ends inside the pane."""
        height, width = self._pixels.shape
        room_x, room_y = mapping.width - 1, mapping.height - 1
        across = _fading(width, part.columns, part.rect.left() > 1, part.rect.right() < room_x)
        upwards = _fading(height, part.rows, part.rect.bottom() < room_y, part.rect.top() > 1)
        if across is not None or upwards is not None:
            share = (np.ones(height) if upwards is None else upwards[::-1])[:, None] * (
                np.ones(width) if across is None else across)
            parts = self._pixels.view(np.uint8).reshape(height, width, 4)
            self._pixels = (parts * share[..., None]).astype(np.uint8).view(np.uint32).reshape(height, width)

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering)  # a PDF would keep a JPEG
        height, width = self._pixels.shape
        image = QImage(self._pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(self._rect, image)


def _fading(count: int, shares: tuple[float, float], fades_first: bool, fades_last: bool) -> np.ndarray | None:
    """Return the opacity of cells along one edge, less and less beyond the box, or None where all are opaque."""
    if not (fades_first or fades_last):
        return None
    place = shares[0] + (shares[1] - shares[0]) * (np.arange(count) + 0.5) / count
    opacity = np.ones(count)
    if fades_first:
        opacity = np.minimum(opacity, 1 + place / BEYOND)
    if fades_last:
        opacity = np.minimum(opacity, 1 + (1 - place) / BEYOND)
    return np.clip(opacity, 0.0, 1.0)
