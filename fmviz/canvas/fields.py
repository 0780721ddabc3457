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

from fmviz.canvas.colours import diverging_pixels, premultiplied, speed_table
from fmviz.canvas.geometry import Mapping
from fmviz.canvas.layer import Layer, Picture
from fmviz.canvas.legend import ColourBar, Legend
from fmviz.core.density import product
from fmviz.core.extent import Box
from fmviz.core.frames import BEYOND, UNLEARNED
from fmviz.core.theme import Theme

_LARGEST_RASTER = 480
# For exports, where time is not short: on paper or at 4 times its size a coarser one would show.
_LARGEST_FINE_RASTER = 1200
_VECTOR_RASTER = 800
# Finer than 256, because some scales stretch their start.
LEVELS = 1024
# Of a map that fades; with them 16 bits number all pixels that it can have.
OPACITIES = 64
# A colour's place from the middle of a diverging scale is share^0.7 of the limit: most values are far below it.
DIVERGING_POWER = 0.7
# So much of what a vector is interpolated from is known.
WHOLE = 0.99
_BLOCK_ROWS = 64
_MAP_OPACITY = 0.92


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
    return _banded(columns, _banded(rows, values).T).T


def _banded(matrix: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return matrix (h, H) @ values (H, W), where rows of the matrix that are near each other use few of the values."""
    out = np.zeros((len(matrix), values.shape[1]), dtype=np.result_type(matrix, values))
    for start in range(0, len(matrix), _BLOCK_ROWS):
        block = matrix[start:start + _BLOCK_ROWS]
        used = np.flatnonzero(block.any(axis=0))
        if len(used):
            first, stop = used[0], used[-1] + 1
            out[start:start + _BLOCK_ROWS] = product(block[:, first:stop], values[first:stop])
    return out


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


def opacity_over(picture: Picture, part: Part) -> np.ndarray | None:
    """Return how opaque a map of the field is over a part of the pane, (H, W); None for everywhere in full."""
    known = picture.frame.known
    if known is None:
        return None
    values = known.values[::2, ::2]  # smooth enough, and half the time
    return resampled(values, *part.over(known.extent.box, picture.mapping).matrices(picture, values, True))


def unknown_at(picture: Picture, x: float, y: float) -> str:
    """Return what words about the field at a place end with: "" where it is known."""
    known = picture.frame.known
    is_unknown = known is not None and known.at(np.array([[x, y]]))[0] == 0
    where = "no particle comes" if picture.frame.step == UNLEARNED else "nothing was learned"
    return f", where {where}" if is_unknown else ""


def known_grid(picture: Picture, name: str) -> np.ndarray | None:
    """Return the values (G, G, ...) of a layer at the picture's time, None where there are none that are known."""
    grid, t = picture.frame.grids.get(name), picture.frame.t
    values = None if grid is None or t is None else grid.at(t)
    return values if values is not None and np.isfinite(values).any() else None


def vector_words(picture: Picture, name: str, what: str, x: float, y: float) -> str:
    """Return what a layer's grid of vectors holds at a place, in words; "" where it is not known."""
    values = known_grid(picture, name)
    if values is None:
        return ""
    is_known, grid = np.isfinite(values).all(axis=2), picture.frame.grids[name]
    value = value_on(np.where(is_known[..., None], values, 0), grid.extent.box, x, y, has_edges=True)
    share = value_on(is_known.astype(np.float32), grid.extent.box, x, y, has_edges=True)
    if value is None or share is None or share < WHOLE:
        return ""
    return f"{what} {math.hypot(*value):.3g}, ({value[0]:.3g}, {value[1]:.3g}){f' ({grid.note})' if grid.note else ''}"


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
        return "" if value is None else (
            f"speed {math.hypot(*value):.3g}, velocity ({value[0]:.3g}, {value[1]:.3g}){unknown_at(picture, x, y)}")


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


def whole_pane(picture: Picture) -> Part:
    """Return all of a pane as a part of what it shows."""
    rect = QRectF(0, 0, picture.mapping.width, picture.mapping.height)
    return Part(rect, (0.0, 1.0), (0.0, 1.0))


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


def replaces(picture: Picture, layer: str) -> bool:
    """Whether a map of differences is drawn instead of what it is the difference of, as in all panes but the first."""
    return picture.shows(layer) and picture.frame.base is not None


@lru_cache(maxsize=2)
def fading_speeds(theme: Theme) -> NDArray[np.uint32]:
    """Return the pixels of all speeds at all opacities, (OPACITIES, LEVELS)."""
    table = speed_table(theme, LEVELS)
    return np.stack([premultiplied(table, _MAP_OPACITY * share) for share in np.linspace(0, 1, OPACITIES)])


@lru_cache(maxsize=2)
def diverging_fading(theme: Theme) -> NDArray[np.uint32]:
    """Return the pixels of a diverging scale at all opacities, (OPACITIES, LEVELS)."""
    return np.stack([diverging_pixels(theme, LEVELS, DIVERGING_POWER, share) for share in np.linspace(0, 1, OPACITIES)])


class DivergingLayer(MapLayer):
    """What maps of values on both sides of 0 share: less in one colour, more in the other, and the pane at 0."""

    def fill_signed(self, picture: Picture, shares: np.ndarray, part: Part, is_of_field: bool) -> None:
        """Take values as shares of the limit, (H, W) from -1 to 1, rows ascending in y, and which part they are of.

        is_of_field: whether they fade where the field is not known.
        """
        opacity = opacity_over(picture, part) if is_of_field else None
        pixels = diverging_fading(picture.theme)
        self.fill((shares + 1) / 2, pixels[-1] if opacity is None else pixels, part.rect, opacity)

    @staticmethod
    def scale(picture: Picture, label: str, short_label: str, limit: float) -> Legend:
        """Return the legend of such a map."""
        pixels = diverging_pixels(picture.theme, 256)
        return Legend(bars=(ColourBar(label, short_label, limit, pixels, DIVERGING_POWER, is_signed=True),))


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
