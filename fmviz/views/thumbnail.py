"""Small pictures of clouds: a widget for a card, a pixmap for a list. Nothing here moves or knows a document."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from fmviz.canvas.colours import class_table, key_of
from fmviz.core.cloud import FloatArray, Labels
from fmviz.core.extent import extent_of
from fmviz.core.theme import Theme

_DOT_PX = 2.2
# A picture with a longer edge has larger dots.
_USUAL_PX = 200
_OPACITY = 0.7
_PADDING_PX = 6
_RADIUS_PX = 8


def cloud_pixmap(points: FloatArray, colour: str, size: QSize, ratio: float = 1.0, dot_px: float = _DOT_PX,
                 colours: NDArray[np.uint8] | None = None) -> QPixmap:
    """Return a transparent picture of `points` (N, 2), filled to the edge with equal aspect.

    Args:
        colour: #rrggbb of the dots.
        colours: of each dot instead, (N, 3).
        size: device-independent pixels.
        ratio: device pixels per device-independent pixel.
        dot_px: diameter of a dot, device-independent pixels.
    """
    pixmap = QPixmap(size * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    if len(points) == 0:
        return pixmap
    extent = extent_of([points])
    room = min(size.width(), size.height()) - 2 * _PADDING_PX
    pen = QPen(QColor(colour), dot_px, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setOpacity(_OPACITY)
    painter.translate(size.width() / 2, size.height() / 2)
    places = (points - (extent.cx, extent.cy)) * np.array((1, -1)) * (room / (2 * extent.half))
    is_near = np.abs(places).max(axis=1) <= max(size.toTuple())
    groups = ([(QColor(colour), is_near)] if colours is None else
              [(QColor(*rgb), is_near & (colours == rgb).all(axis=1)) for rgb in np.unique(colours, axis=0).tolist()])
    for ink, chosen in groups:
        pen.setColor(ink)
        painter.setPen(pen)
        painter.drawPoints([QPointF(x, y) for x, y in places[chosen].tolist()])
    painter.end()
    return pixmap


class CloudThumbnail(QWidget):
    """A rounded picture of one cloud in its role's colour; the dots are painted once per cloud, size and theme."""

    def __init__(self, which: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._which = which
        self._theme = theme
        self._points: FloatArray | None = None
        self._labels: Labels | None = None
        self._picture: QPixmap | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(84)

    def sizeHint(self) -> QSize:
        return QSize(216, 132)

    def show_points(self, points: FloatArray | None, labels: Labels | None = None) -> None:
        """Show (N, 2) points, or none; with labels, each in the colour of its class."""
        self._points, self._labels = points, labels
        self._forget()

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme."""
        self._theme = theme
        self._forget()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS_PX, _RADIUS_PX)
        painter.setPen(QColor(self._theme.pane_border))
        painter.fillPath(outline, QColor(self._theme.pane))
        painter.drawPath(outline)
        if self._points is not None:
            painter.drawPixmap(0, 0, self._current())

    def _current(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = self._picture
        if picture is None or picture.size() != self.size() * ratio:
            assert self._points is not None
            dot_px = _DOT_PX * max(1.0, min(self.width(), self.height()) / _USUAL_PX)
            colours = None
            if self._labels is not None:
                colours = class_table(self._theme)[key_of(self._labels).bins(self._labels)]
            picture = cloud_pixmap(self._points, getattr(self._theme, self._which), self.size(), ratio, dot_px, colours)
            self._picture = picture
        return picture

    def _forget(self) -> None:
        self._picture = None
        self.update()
