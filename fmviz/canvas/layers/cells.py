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

from fmviz.canvas.colours import origin_bins, origin_table, premultiplied
from fmviz.canvas.fields import MapLayer
from fmviz.canvas.geometry import Mapping
from fmviz.canvas.layer import Picture
from fmviz.core.cells import Cells, cell_raster
from fmviz.core.theme import Theme

# Parts of the raster along a pixel, which soften the edges, and how many there are at most: 800 x 800 take 5 ms.
_PARTS = 2
_MOST_PARTS, _MOST_FINE_PARTS = 800 * 800, 1600 * 1600
# Opacities of the six shades: the first four, which most cells have, are the farthest apart.
_SHADES = {"dark": (0.62, 0.30, 0.46, 0.18, 0.78, 0.54), "light": (0.60, 0.24, 0.42, 0.12, 0.78, 0.51)}


class CellLayer(MapLayer):
    """The cells, over the whole pane."""

    name: ClassVar[str] = "cells"

    def __init__(self) -> None:
        super().__init__()
        self._drawn: tuple[Cells, Mapping, Theme, float] | None = None

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
            pixels = cell_raster(cells, cell_pixels(cells, picture.theme), mapping.box, width, height)
            self._pixels = np.ascontiguousarray(pixels[::-1])  # rows ascend in y, images descend
            self._rect = QRectF(0, 0, mapping.width, mapping.height)
            self._drawn = (cells, mapping, picture.theme, dpr)
        return True

    @staticmethod
    def value_at(picture: Picture, x: float, y: float) -> str:
        cells = None if picture.frame.pairs is None else picture.frame.pairs.cells
        if cells is None:
            return ""
        to_x, to_y = cells.points[cells.at(np.array([x, y]))]
        return f"goes to ({to_x:.3g}, {to_y:.3g})"


def cell_pixels(cells: Cells, theme: Theme) -> NDArray[np.uint32]:
    """Return the premultiplied colour of each cell, (N,); cells with a common border never have the same."""
    shades = np.array(_SHADES[theme.name])
    return premultiplied(origin_table(theme)[origin_bins(cells.points)], shades[cells.tones])
