"""The velocities of pairs that cross at the probe, and the path to one target point.

Thin arrows are as strong as the pairs are likely there; their mean by these weights is the exact velocity, the broad
arrow of `probe`. Circles of one and two deviations shrink onto the one point while they move.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from fmviz.canvas.colours import colour
from fmviz.canvas.layer import Layer, Picture
from fmviz.canvas.layers.arrows import arrows_carrying
from fmviz.canvas.legend import ARROW, RING, Legend, Swatch

# How stout they are, as a share of the pane's shorter edge.
_STOUT_SHARE = 1 / 16
_STRONGEST, _WEAKEST = 1.0, 0.15
# Of the pane's shorter edge: the lines, and the dots of the middle and of the target point.
_WIDTH_SHARE, _DOT_SHARE, _LEAST_DOT_PX = 1 / 380, 1 / 130, 2.5
_OUTER_ALPHA, _WAY_ALPHA = 0.7, 0.55


class ConditionalsLayer(Layer):
    """An arrow for each of the strongest pairs, the weakest first."""

    name: ClassVar[str] = "conditionals"

    def __init__(self) -> None:
        self._arrows: list[tuple[QPolygonF, QColor]] = []

    def update(self, picture: Picture) -> bool:
        probe = picture.frame.probe
        if probe is None or not len(probe.conditional):
            return False
        outlines = arrows_carrying(picture, np.array([probe.place]), probe.conditional, picture.side * _STOUT_SHARE)
        shares = np.sqrt(probe.target.weights / probe.target.weights[0])
        inks = [colour(picture.theme.pointer, alpha) for alpha in
                (_WEAKEST + (_STRONGEST - _WEAKEST) * shares).tolist()]
        self._arrows = [(QPolygonF([QPointF(x, y) for x, y in outline.tolist()]), ink)
                        for outline, ink in zip(outlines, inks, strict=True)][::-1]
        return True

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for outline, ink in self._arrows:
            painter.setBrush(ink)
            painter.drawPolygon(outline)

    @staticmethod
    def legend(picture: Picture) -> Legend:
        probe = picture.frame.probe
        if probe is None or not len(probe.conditional):
            return Legend()
        return Legend(marks=(Swatch("velocity of one pair", picture.theme.pointer, ARROW),))


class ConditionalLayer(Layer):
    """Two circles around the middle, the way from the source's mean to the target point, and a dot on either."""

    name: ClassVar[str] = "conditional"

    def __init__(self) -> None:
        self._way: tuple[QPointF, QPointF] = (QPointF(), QPointF())
        self._middle = QPointF()
        self._radius = self._width = self._dot = 0.0
        self._ink = ""

    def update(self, picture: Picture) -> bool:
        path = picture.frame.conditional
        if path is None:
            return False
        start, end, middle = (QPointF(*picture.mapping.to_pixels(place[None])[0].tolist())
                              for place in (path.start, path.end, path.middle))
        self._way, self._middle = (start, end), middle
        self._radius = path.deviation * picture.mapping.pixels_per_unit
        self._width = max(1.2, picture.side * _WIDTH_SHARE)
        self._dot = max(_LEAST_DOT_PX, picture.side * _DOT_SHARE)
        self._ink = picture.theme.pointer
        return True

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour(self._ink, _WAY_ALPHA), self._width))
        painter.drawLine(*self._way)
        for deviations, alpha in ((1, 1.0), (2, _OUTER_ALPHA)):
            painter.setPen(QPen(colour(self._ink, alpha), self._width))
            painter.drawEllipse(self._middle, deviations * self._radius, deviations * self._radius)
        painter.setPen(QPen(colour(self._ink), self._width))
        painter.drawEllipse(self._way[1], self._dot, self._dot)
        painter.setBrush(colour(self._ink))
        painter.drawEllipse(self._middle, 0.6 * self._dot, 0.6 * self._dot)

    @staticmethod
    def value_at(picture: Picture, x: float, y: float) -> str:
        path = picture.frame.conditional
        if path is None or path.deviation == 0:
            return ""
        away = float(np.hypot(*(np.array([x, y]) - path.middle))) / path.deviation
        return f"{away:.2g} deviations from the path to one point"

    @staticmethod
    def legend(picture: Picture) -> Legend:
        return Legend(marks=(Swatch("path to one point", picture.theme.pointer, RING),))
