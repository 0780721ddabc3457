"""One batch of pairs: a line each, and its two ends; points without a partner are crosses.

Where a batch has many pairs, each line is strong at both ends only: there it has a contrast of 3 to 1 wherever no other
one lies over it, and between them so many lines are no blob.

The cells of a semidiscrete coupling show every place in the colour of the target point that it goes to. The hue is the
direction in which the point lies from the middle of all points, as where particles start is told; the shade sets each
cell apart from its neighbours, which often lie in the same direction.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from fmviz.canvas.colours import colour, opacity_for, origin_bins, origin_table, premultiplied, rgb
from fmviz.canvas.fields import MapLayer
from fmviz.canvas.geometry import Mapping
from fmviz.canvas.layer import CLOUD_LAYERS, Layer, Picture
from fmviz.canvas.legend import CROSS, Legend, Swatch, is_ring, ring_px, role_swatch
from fmviz.canvas.primitives import Discs, Lines
from fmviz.core.cells import Cells, cell_raster
from fmviz.core.cloud import FloatArray
from fmviz.core.follow import spread_of
from fmviz.core.frames import Pairs
from fmviz.core.style import Style
from fmviz.core.theme import Theme

# The line and the dots of a batch of so many pairs have their plain size; fewer are drawn larger.
_USUAL_PAIRS = 256
_FEW_ALPHA = 0.9
_CONTRAST = 3.4
# How far along a line its strong part and the one that leads over reach, from either end.
_STRONG_SHARE, _FADING_SHARE = 0.06, 0.14
# Where some pairs are strong, the middles of the others are so much fainter; the strong ones are so much larger.
_QUIET, _EMPHASIS, _STRONG_DOT = 0.3, 3.0, 1.8
# Half of a cross, and the width of its lines, in radii of an end.
_CROSS_SIZE, _CROSS_LINE = 2.0, 0.5
# Parts of the cells' raster along a pixel, which soften the edges, and how many there are at most: 800 x 800 take 5 ms.
_PARTS = 2
_MOST_PARTS, _MOST_FINE_PARTS = 800 * 800, 1600 * 1600
# Opacities of the six shades: the first four, which most cells have, are the farthest apart.
_SHADES = {"dark": (0.62, 0.30, 0.46, 0.18, 0.78, 0.54), "light": (0.60, 0.24, 0.42, 0.12, 0.78, 0.51)}


class PairLayer(Layer):
    """Lines from source points to target points."""

    name: ClassVar[str] = "pairs"

    def __init__(self) -> None:
        self._lines, self._strong = Lines(), Lines()
        self._pens: list[tuple[QPen, int, int]] = []
        self._strong_pen = QPen()
        self._crosses, self._cross_pens = (Lines(), Lines()), [QPen(), QPen()]
        self._ends = tuple(Discs() for _ in range(2 * len(CLOUD_LAYERS)))
        self._is_vector = False

    def update(self, picture: Picture) -> bool:
        pairs = picture.frame.pairs
        if pairs is None or pairs.size == 0:
            return False
        is_strong = strong_pairs(pairs, picture.style)
        ends = [picture.mapping.to_pixels(points) for points in (pairs.x0, pairs.x1)]
        quiet, strong = ([points[chosen] for points in ends] for chosen in (~is_strong, is_strong))
        emphasis = _USUAL_PAIRS / pairs.size
        ink = picture.theme.lanes[picture.frame.mark.hue]
        alpha = opacity_for(ink, picture.theme.pane, _CONTRAST)
        # Up to 1 px Qt has a fast pen: 4,096 lines take 0.2 s, wider ones 0.4 s.
        width = max(1.0, picture.side / 620) * min(3.0, emphasis ** 0.25) if emphasis >= 1.0 else 1.0
        middle = alpha * min(1.0, emphasis) ** 0.6 * (_QUIET if is_strong.any() else 1.0)
        if middle < alpha:
            shares = (alpha, (alpha + middle) / 2, middle)
            self._fill_parts(quiet[0], quiet[1], [colour(ink, share) for share in shares], width)
        else:
            alpha = min(max(_FEW_ALPHA, alpha), alpha * max(1.0, emphasis) ** 0.2)
            self._fill_parts(quiet[0], quiet[1], [colour(ink, alpha)], width)
        block = self._strong.resize(len(strong[0]))
        block[:, :2], block[:, 2:] = strong
        self._strong_pen = QPen(colour(ink), _EMPHASIS * max(1.0, picture.side / 620))
        radius = 1.15 * max(1.0, picture.side / 300) * min(3.2, max(0.7, emphasis ** 0.3))
        rim_px = 0.8 * min(1.0, emphasis) ** 0.5  # many rims would bleach what they part
        sizes = (radius, radius, _STRONG_DOT * radius, _STRONG_DOT * radius)
        for discs, xy, role, size in zip(self._ends, (*quiet, *strong), 2 * CLOUD_LAYERS, sizes, strict=True):
            inner, line = ring_px(size) if is_ring(role) else (size, rim_px)
            discs.place(xy, 0, rgb(getattr(picture.theme, role))[None, :], inner, rim=rgb(picture.theme.pane),
                        rim_px=line, dpr=picture.dpr, is_vector=picture.is_vector, is_hollow=is_ring(role))
        alone = (pairs.alone0, pairs.alone1)
        for which, (points, role) in enumerate(zip(alone, CLOUD_LAYERS, strict=True)):
            middle, reach = picture.mapping.to_pixels(points), _CROSS_SIZE * radius
            block = self._crosses[which].resize(2 * len(middle)).reshape(2, len(middle), 4)
            for line, slope in zip(block, (1, -1), strict=True):
                line[:, :2], line[:, 2:] = middle - (reach, slope * reach), middle + (reach, slope * reach)
            self._cross_pens[which] = QPen(colour(getattr(picture.theme, role)), max(1.0, _CROSS_LINE * radius))
        self._is_vector = picture.is_vector
        return True

    def _fill_parts(self, start: np.ndarray, end: np.ndarray, inks: list[QColor], width: float) -> None:
        """Take lines (N, 2) to (N, 2), px: whole in one ink, or the ends, what leads over, and the middle in three."""
        way = end - start
        parts: tuple[tuple[float, float], ...] = ((0.0, 1.0),)
        if len(inks) > 1:
            near, far = _STRONG_SHARE, _FADING_SHARE
            parts = ((0.0, near), (1 - near, 1.0), (near, far), (1 - far, 1 - near), (far, 1 - far))
        block = self._lines.resize(len(parts) * len(start)).reshape(len(parts), len(start), 4)
        for part, (low, high) in zip(block, parts, strict=True):
            part[:, :2], part[:, 2:] = start + low * way, start + high * way
        places = (0, 1) if len(inks) == 1 else (0, 2, 4, 5)
        self._pens = [(QPen(ink, width), low * len(start), high * len(start))
                      for ink, low, high in zip(inks, places, places[1:], strict=False)]

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw = Lines.draw_path if self._is_vector else Lines.draw
        self._lines.draw_groups(painter, self._pens, self._is_vector)
        for discs in self._ends[:2]:
            discs.paint(painter)
        painter.setPen(self._strong_pen)
        draw(self._strong, painter)
        for discs in self._ends[2:]:
            discs.paint(painter)
        for crosses, pen in zip(self._crosses, self._cross_pens, strict=True):
            painter.setPen(pen)
            draw(crosses, painter)

    @staticmethod
    def legend(picture: Picture) -> Legend:
        ends = tuple(role_swatch(role, picture.theme) for role in CLOUD_LAYERS)
        pairs = picture.frame.pairs
        alone = () if pairs is None else (pairs.alone0, pairs.alone1)
        crossed = [role for role, points in zip(CLOUD_LAYERS, alone, strict=False) if len(points)]
        # One for both: what they are is told by their colour, as of the ends.
        cross = (Swatch("no partner", getattr(picture.theme, crossed[-1]), CROSS),) if crossed else ()
        return Legend(marks=(*ends, *cross))


def strong_pairs(pairs: Pairs, style: Style) -> np.ndarray:
    """Return which pairs are drawn strong, (B,) bool: as many as particles are followed, or none."""
    chosen = np.zeros(len(pairs.x0), dtype=bool)
    if not len(chosen):
        return chosen
    if style.strong == "longest":
        length: FloatArray = np.hypot(*(np.asarray(pairs.x1, np.float64) - pairs.x0).T)
        chosen[np.argsort(-length, kind="stable")[:style.follow]] = True
    elif style.strong == "followed":
        starts = np.ascontiguousarray(pairs.x0, dtype=np.float64)
        chosen[list(spread_of(starts.tobytes(), style.follow))] = True
    return chosen


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
