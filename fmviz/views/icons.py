"""The project's own icons: SVG files drawn in the colour that a theme asks for."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from fmviz.core.resources import resource_path
from fmviz.core.theme import Theme

_DISABLED_OPACITY = 0.35
# Pixmaps for ordinary and for high-density screens.
_SCALES = (1, 2, 3)


@lru_cache(maxsize=512)
def icon(name: str, colour: str, size_px: int = 20, on_colour: str | None = None) -> QIcon:
    """Return an icon in one colour, with a faded version for disabled controls.

    Args:
        name: file name under `resources/icons` without its ending.
        colour: #rrggbb of the strokes.
        size_px: edge, device-independent pixels.
        on_colour: colour when checked; None keeps `colour`.
    """
    result = QIcon()
    # Each is drawn once: to draw an SVG takes half a millisecond, and a theme has seventy icons.
    for scale in _SCALES:
        drawn = {ink: _pixmap(name, ink, size_px, scale) for ink in (colour, on_colour or colour)}
        faded = {ink: _faded(pixmap) for ink, pixmap in drawn.items()}
        for mode, pixmaps in ((QIcon.Mode.Normal, drawn), (QIcon.Mode.Disabled, faded)):
            result.addPixmap(pixmaps[colour], mode, QIcon.State.Off)
            result.addPixmap(pixmaps[on_colour or colour], mode, QIcon.State.On)
    return result


def themed_icon(name: str, theme: Theme, size_px: int = 20) -> QIcon:
    """Return an icon for a button on a panel: text colour, accent colour when checked."""
    return icon(name, theme.text, size_px, theme.accent)


def application_icon() -> QIcon:
    """Return the icon of the window and the task bar."""
    result = QIcon()
    for edge in (16, 24, 32, 48, 64, 128, 256):
        result.addPixmap(_pixmap("fmviz", "#000000", edge, 1))
    return result


def _pixmap(name: str, colour: str, size_px: int, scale: int) -> QPixmap:
    text = _source(name)
    renderer = QSvgRenderer(QByteArray(text.replace("currentColor", QColor(colour).name()).encode()))
    pixmap = QPixmap(QSize(size_px, size_px) * scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, size_px * scale, size_px * scale))
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap


@lru_cache(maxsize=128)
def _source(name: str) -> str:
    return resource_path(f"icons/{name}.svg").read_text(encoding="utf-8")


def _faded(pixmap: QPixmap) -> QPixmap:
    result = QPixmap(pixmap.size())
    result.setDevicePixelRatio(pixmap.devicePixelRatio())
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    painter.setOpacity(_DISABLED_OPACITY)
    painter.drawPixmap(0, 0, pixmap)
    painter.end()
    return result
