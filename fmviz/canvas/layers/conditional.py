"""The path to one target point: circles of one and two deviations that shrink onto it while they move."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter, QPen

from fmviz.canvas.colours import colour
from fmviz.canvas.layer import Layer, Picture
from fmviz.canvas.legend import RING, Legend, Swatch

# Of the pane's shorter edge: the lines, and the dots of the middle and of the target point.
_WIDTH_SHARE, _DOT_SHARE, _LEAST_DOT_PX = 1 / 380, 1 / 130, 2.5
_OUTER_ALPHA, _WAY_ALPHA = 0.7, 0.55


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
