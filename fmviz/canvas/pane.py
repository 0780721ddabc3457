"""One pane: its background, its layers from low to high, its rounded frame.

The layers that do not move with t are kept as an image while their values stay the same arrays.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPen

from fmviz.canvas.colours import colour
from fmviz.canvas.layer import Layer, Picture
from fmviz.canvas.layers import make_layers
from fmviz.core.theme import Theme

_CORNER_PX = 10


class Pane:
    """Draws one picture into a square."""

    def __init__(self) -> None:
        self._layers = make_layers()
        self._moving: list[Layer] = []
        self._still: list[Layer] = []
        self._still_image: QImage | None = None
        self._still_key: tuple[object, ...] = ()

    def update(self, picture: Picture) -> None:
        """Prepare all visible layers."""
        visible = [layer for layer in self._layers if picture.shows(layer.name)]
        key = _still_key(picture)
        if not _same(key, self._still_key):
            self._still = [layer for layer in visible if layer.is_still and layer.update(picture)]
            self._still_image = _image_of(self._still, picture) if self._still else None
            self._still_key = key
        self._moving = [layer for layer in visible if not layer.is_still and layer.update(picture)]

    def paint(self, painter: QPainter) -> None:
        """Draw the layers, from the pane's top left corner; the still ones lie above the images and below the rest."""
        below = [layer for layer in self._moving if layer.name in ("magnitude", "density")]
        for layer in below:
            painter.save()
            layer.paint(painter)
            painter.restore()
        if self._still_image is not None:
            painter.drawImage(0, 0, self._still_image)
        for layer in self._moving:
            if layer not in below:
                painter.save()
                layer.paint(painter)
                painter.restore()


def paint_ground(painter: QPainter, side: int, theme: Theme) -> None:
    """Fill the pane."""
    painter.fillRect(0, 0, side, side, colour(theme.pane))


def paint_frame(painter: QPainter, side: int, theme: Theme, edge: str | None = None) -> None:
    """Round the corners by painting the stage over them, and draw the border.

    A rounded clip would be neither antialiased nor fast.
    """
    radius = min(_CORNER_PX, side / 16)
    corners = QPainterPath()
    corners.addRect(QRectF(0, 0, side, side))
    corners.addRoundedRect(QRectF(0, 0, side, side), radius, radius)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillPath(corners, colour(theme.stage))
    painter.setPen(QPen(colour(edge or theme.pane_border), 1.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(0.5, 0.5, side - 1, side - 1), radius - 0.5, radius - 0.5)


def _still_key(picture: Picture) -> tuple[object, ...]:
    frame = picture.frame
    return (frame.source, frame.target, frame.pairs, picture.style.layers, picture.theme, picture.mapping, picture.lane,
            picture.dpr, picture.is_clouds_only)


def _same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Whether the same objects (the arrays) and equal values (the rest) are in both."""
    if len(one) != len(other):
        return False
    arrays = 3
    return all(a is b for a, b in zip(one[:arrays], other[:arrays], strict=True)) and one[arrays:] == other[arrays:]


def _image_of(layers: list[Layer], picture: Picture) -> QImage:
    size = round(picture.side * picture.dpr)
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(picture.dpr)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    for layer in layers:
        painter.save()
        layer.paint(painter)
        painter.restore()
    painter.end()
    return image
