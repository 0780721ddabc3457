"""What a path does over t, small: on the left alpha and beta, on the right their derivatives."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from fmviz.core.paths import PATHS, Path
from fmviz.core.theme import Theme
from fmviz.views.controls import describe

_HEIGHT_PX, _GAP_PX, _PAD_PX, _LINE_PX = 74, 10, 3, 1.5
_FONT_PX = 11
_TIMES = np.linspace(0.0, 1.0, 97)
# A steep end would flatten the rest: what counts is the derivative between these times.
_CALM = (_TIMES >= 0.04) & (_TIMES <= 0.96)
_TIP = ("alpha(t), the share of the target point, in the target's colour, and beta(t), that of the source point, in "
        "the source's; on the right their derivatives.")


class PathCurves(QWidget):
    """The four functions of a path; the line in the middle of the right part is a derivative of 0."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._path: Path = next(iter(PATHS.values()))
        self.setFixedHeight(_HEIGHT_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        describe(self, "Curves of the path", _TIP)

    @property
    def steepest(self) -> float:
        """The derivative at the upper edge of the right part."""
        slopes = self._path.d_alpha, self._path.d_beta
        return max(1.0, *(float(np.abs(slope(_TIMES)[_CALM]).max()) for slope in slopes))

    def show_path(self, path: Path) -> None:
        if path is not self._path:
            self._path = path
            describe(self, "Curves of the path", f"{_TIP} These are {path.label.lower()}'s: they reach "
                                                 f"±{self.steepest:.3g}.")
            self.update()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPixelSize(_FONT_PX)
        painter.setFont(font)
        above = QFontMetricsF(font).height()
        width = (self.width() - _GAP_PX) / 2
        path, theme, steepest = self._path, self._theme, self.steepest
        for column, (title, curves, low, high) in enumerate((
            ("alpha, beta", (path.alpha, path.beta), 0.0, 1.0),
            (f"slopes ±{steepest:.2g}", (path.d_alpha, path.d_beta), -steepest, steepest),
        )):
            left = column * (width + _GAP_PX)
            painter.setPen(QColor(theme.muted))
            painter.drawText(QRectF(left, 0, width, above), Qt.AlignmentFlag.AlignLeft, title)
            frame = QRectF(left + 0.5, above + 0.5, width - 1, self.height() - above - 1)
            painter.fillRect(frame, QColor(theme.pane))
            painter.setPen(QPen(QColor(theme.border), 1.0))
            painter.drawRect(frame)
            inside = frame.adjusted(_PAD_PX, _PAD_PX, -_PAD_PX, -_PAD_PX)
            if low < 0:
                zero = inside.center().y()
                painter.drawLine(QPointF(inside.left(), zero), QPointF(inside.right(), zero))
            painter.save()
            painter.setClipRect(frame)
            for curve, ink in zip(curves, (theme.target, theme.source), strict=True):
                painter.setPen(QPen(QColor(ink), _LINE_PX))
                painter.drawPolyline(_line(inside, (np.asarray(curve(_TIMES)) - low) / (high - low)))
            painter.restore()
        painter.end()


def _line(room: QRectF, heights: NDArray[np.floating]) -> QPolygonF:
    """Return values from 0 to 1 over t as a line from the left to the right of the room."""
    x = room.left() + room.width() * _TIMES
    y = room.bottom() - room.height() * np.clip(heights, -1, 2)
    return QPolygonF([QPointF(*place) for place in zip(x.tolist(), y.tolist(), strict=True)])
