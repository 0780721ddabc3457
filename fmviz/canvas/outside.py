"""Marks at the edge of a pane: that points of a cloud lie far outside of what it shows, how many, and where to."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPolygonF

from fmviz.canvas.colours import colour
from fmviz.canvas.fonts import Lettering
from fmviz.canvas.layer import Picture
from fmviz.core.numbers import within

# The picture holds all points but outliers; draws of a shape may fall a little outside.
_FAR_HALVES = 2.0
# Points in one of so many directions share a mark.
_DIRECTIONS = 8
# The words can be read on a map of colours.
_GROUND_OPACITY = 0.75
_TEXT_SHARE, _LEAST_TEXT_PX, _MOST_TEXT_PX = 1 / 42, 9, 22


class OutsideMarks:
    """A triangle and a number for each direction, in the colour of the cloud."""

    def __init__(self) -> None:
        self._marks: list[tuple[str, float, int]] = []
        self._picture: Picture | None = None

    def update(self, picture: Picture) -> None:
        """Find what lies outside."""
        self._picture = picture
        extent, theme, self._marks = picture.frame.extent, picture.theme, []
        for xy, ink in ((picture.frame.source, theme.source), (picture.frame.target, theme.target)):
            offset = (xy - (extent.cx, extent.cy)) / extent.half
            far = offset[np.abs(offset).max(axis=1, initial=0.0) > _FAR_HALVES]
            turns = np.round(np.arctan2(far[:, 1], far[:, 0]) / (2 * np.pi) * _DIRECTIONS) % _DIRECTIONS
            self._marks += [(ink, 2 * math.pi * turn / _DIRECTIONS, int((turns == turn).sum()))
                            for turn in np.unique(turns).tolist()]

    def paint(self, painter: QPainter) -> None:
        """Draw the marks, from the pane's top left corner."""
        picture = self._picture
        if picture is None or not self._marks:
            return
        mapping, lettering = picture.mapping, Lettering(picture.is_vector)
        middle = QPointF(mapping.width / 2, mapping.height / 2)
        text = int(within(mapping.side * _TEXT_SHARE, _LEAST_TEXT_PX, _MOST_TEXT_PX))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for ink, angle, count in self._marks:
            along, aside = (math.cos(angle), -math.sin(angle)), (math.sin(angle), math.cos(angle))
            reach = min((half - 0.6 * text) / max(abs(part), 1e-9)
                        for half, part in zip((middle.x(), middle.y()), along, strict=True))
            tip = middle + QPointF(reach * along[0], reach * along[1])
            back = QPointF(0.9 * text * along[0], 0.9 * text * along[1])
            wing = QPointF(0.45 * text * aside[0], 0.45 * text * aside[1])
            label = f"{count:,} outside"
            width = lettering.width(label, text)
            inwards = 1.2 * text + abs(along[0]) * width / 2 + abs(along[1]) * 0.5 * text
            ground = QRectF(0, 0, width + 0.8 * text, 1.5 * text)
            ground.moveCenter(tip - QPointF(inwards * along[0], inwards * along[1]))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour(picture.theme.pane, _GROUND_OPACITY))
            painter.drawRoundedRect(ground, 0.3 * text, 0.3 * text)
            painter.setBrush(colour(ink))
            painter.drawPolygon(QPolygonF([tip, tip - back + wing, tip - back - wing]))
            lettering.write(painter, label, ground.x() + 0.4 * text, ground.center().y() + 0.36 * text, text,
                            colour(ink))
        painter.restore()
