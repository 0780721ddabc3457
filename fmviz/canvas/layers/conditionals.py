"""The velocities of pairs that cross at the probe: thin arrows, as strong as the pairs are likely there.

The mean of all by these weights is the exact velocity, the broad arrow of `probe`.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from fmviz.canvas.colours import colour
from fmviz.canvas.layer import Layer, Picture
from fmviz.canvas.layers.arrows import arrow_outlines
from fmviz.canvas.legend import ARROW, Legend, Swatch

# How stout they are, as a share of the pane's shorter edge.
_STOUT_SHARE = 1 / 16
_STRONGEST, _WEAKEST = 1.0, 0.15


class ConditionalsLayer(Layer):
    """An arrow for each of the strongest pairs, the weakest first."""

    name: ClassVar[str] = "conditionals"

    def __init__(self) -> None:
        self._arrows: list[tuple[QPolygonF, QColor]] = []

    def update(self, picture: Picture) -> bool:
        probe = picture.frame.probe
        if probe is None or not len(probe.conditional):
            return False
        place = np.array(probe.place, dtype=np.float64)
        start = picture.mapping.to_pixels(place[None])
        ends = picture.mapping.to_pixels(place + probe.conditional * picture.style.arrow_dt)
        along = ends - start
        outlines = arrow_outlines((start + ends) / 2, along, np.hypot(along[:, 0], along[:, 1]),
                                  picture.side * _STOUT_SHARE)
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
