"""How a lane's line looks wherever there are several: its colour and dashes, as a pen and as a picture in a text."""

from __future__ import annotations

import base64
from functools import lru_cache

from PySide6.QtCore import QBuffer, QIODevice, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from fmviz.core.lanes import DASHES, LaneMark
from fmviz.core.theme import Theme

# Of the picture in a text; it is painted at so many times its size, for fine screens.
_WIDTH_PX, _HEIGHT_PX, _SCALE = 26, 9, 3
_LINE_PX = 2.0


def lane_pen(mark: LaneMark, theme: Theme, width_px: float) -> QPen:
    """Return the pen of a lane's curves."""
    pen = QPen(QColor(theme.lanes[mark.hue]), width_px)
    pen.setCosmetic(True)
    if dashes := DASHES[mark.hue]:
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        pen.setDashPattern(dashes)
    return pen


def lane_swatch(mark: LaneMark, theme: Theme) -> str:
    """Return a lane's line as a picture for a label of rich text."""
    return f'<img src="data:image/png;base64,{_png(mark, theme)}" width="{_WIDTH_PX}" height="{_HEIGHT_PX}">'


@lru_cache(maxsize=32)
def _png(mark: LaneMark, theme: Theme) -> str:
    image = QImage(_SCALE * _WIDTH_PX, _SCALE * _HEIGHT_PX, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(lane_pen(mark, theme, _SCALE * _LINE_PX))
    middle = _SCALE * _HEIGHT_PX / 2
    painter.drawLine(QPointF(0, middle), QPointF(_SCALE * _WIDTH_PX, middle))
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return base64.b64encode(bytes(buffer.data().data())).decode()
