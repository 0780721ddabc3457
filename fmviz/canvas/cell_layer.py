"""The cells of a semidiscrete coupling: every place in the colour of the target point that it goes to.

The hue is the direction in which the point lies from the middle of all points, as where particles start is told; the
shade sets each cell apart from its neighbours, which often lie in the same direction.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from fmviz.canvas.colours import origin_bins, origin_table, premultiplied
from fmviz.canvas.geometry import Mapping
from fmviz.canvas.layer import Picture
from fmviz.core.cells import Cells, cell_raster, cell_tones
from fmviz.core.extent import Extent
from fmviz.core.theme import Theme

# Parts of the raster along a pixel, which soften the edges, and how many there are at most: for 2,048 cells, 800 x 800
# take 0.13 s, once.
_PARTS = 2
_MOST_PARTS, _MOST_FINE_PARTS = 800 * 800, 1600 * 1600
# Shades are given by who touches whom in a raster of so many parts over all that there is to see, wherever a camera
# looks; a cell too small for it has the first one.
_TONE_PARTS = 800
# Opacities of the shades: the first four, which most cells have, are the farthest apart.
_SHADES = {"dark": (0.62, 0.30, 0.46, 0.18, 0.78, 0.54, 0.38), "light": (0.60, 0.24, 0.42, 0.12, 0.78, 0.51, 0.33)}


class CellLayer:
    """The cells, over the whole pane."""

    name: ClassVar[str] = "cells"
    is_still: ClassVar[bool] = False  # it lies under the images, which move

    def __init__(self) -> None:
        self._drawn: tuple[Cells, Mapping, Theme, float] | None = None
        self._tones: tuple[Cells, Extent, NDArray[np.int64]] | None = None
        self._pixels: NDArray[np.uint32] = np.zeros((0, 0), np.uint32)
        self._rect = QRectF()

    def update(self, picture: Picture) -> bool:
        cells = None if picture.frame.pairs is None else picture.frame.pairs.cells
        if cells is None:
            return False
        mapping, dpr = picture.mapping, picture.dpr if picture.is_fine else 1.0
        old = self._drawn
        if old is None or old[0] is not cells or old[1:] != (mapping, picture.theme, dpr):
            most = _MOST_FINE_PARTS if picture.is_fine else _MOST_PARTS
            share = min(_PARTS * dpr, math.sqrt(most / (mapping.width * mapping.height)))
            width, height = (max(8, round(edge * share)) for edge in (mapping.width, mapping.height))
            raster = cell_raster(cells, mapping.box, width, height)
            # Rows ascend in y, images descend.
            tones = self._tones_of(cells, picture.frame.extent)
            self._pixels = np.ascontiguousarray(cell_pixels(cells, tones, picture.theme)[raster[::-1]])
            self._rect = QRectF(0, 0, mapping.width, mapping.height)
            self._drawn = (cells, mapping, picture.theme, dpr)
        return True

    def _tones_of(self, cells: Cells, extent: Extent) -> NDArray[np.int64]:
        if self._tones is None or self._tones[0] is not cells or self._tones[1] != extent:
            raster = cell_raster(cells, extent.box, _TONE_PARTS, _TONE_PARTS)
            self._tones = cells, extent, cell_tones(raster, len(cells.points))
        return self._tones[2]

    def paint(self, painter: QPainter) -> None:
        height, width = self._pixels.shape
        painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering)  # a PDF would keep a JPEG
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(self._rect, QImage(self._pixels.data, width, height, 4 * width,
                                             QImage.Format.Format_ARGB32_Premultiplied))


def cell_pixels(cells: Cells, tones: NDArray[np.int64], theme: Theme) -> NDArray[np.uint32]:
    """Return the premultiplied colour of each cell, (N,); cells of different tones (N,) never have the same."""
    shades = np.array(_SHADES[theme.name])
    colours = origin_table(theme)[origin_bins(cells.points)]
    return premultiplied(colours, shades[np.maximum(tones, 0) % len(shades)])
