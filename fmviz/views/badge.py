"""A line of large type over the stage that fades by itself: where the talk is, which keys there are."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer, QVariantAnimation
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from fmviz.canvas.canvas import FlowCanvas
from fmviz.canvas.fonts import stage_font, text_width
from fmviz.core.theme import Theme

_FADE_MS = 350
# Of the stage's height; the padding in sizes of the text.
_TEXT_SHARE, _LEAST_TEXT_PX = 0.024, 13
_PADDING_X, _PADDING_Y, _GAP = 0.95, 0.4, 1.2
_GROUND_OPACITY = 0.94
# Of the canvas' width: both can be there at once.
_LEFT_SHARE, _RIGHT_SHARE = 0.6, 0.4


class Badge(QWidget):
    """Lies at the lower left or right of a canvas, where it covers least. The mouse goes through it.

    Attributes:
        text: what it says, also while it fades.
    """

    def __init__(self, theme: Theme, is_left: bool, parent: FlowCanvas) -> None:
        super().__init__(parent)
        self._theme, self._is_left, self._canvas = theme, is_left, parent
        self.text = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._hold = QTimer(self)
        self._hold.setSingleShot(True)
        self._fade = QVariantAnimation(self)
        self._fade.setStartValue(1.0)
        self._fade.setEndValue(0.0)
        self._fade.setDuration(_FADE_MS)
        self._hold.timeout.connect(self._fade.start)
        self._fade.valueChanged.connect(lambda _: self.update())
        self._fade.finished.connect(self.hide)
        parent.installEventFilter(self)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self.update()

    def say(self, text: str, hold_ms: int) -> None:
        """Show a line, and let it fade after some time; the one before gives way."""
        self.text = text
        self.setAccessibleName(text)
        self._fade.stop()
        self._hold.start(hold_ms)
        self.place()
        self.show()
        self.raise_()
        self.update()

    def clear(self) -> None:
        """Go at once."""
        self._hold.stop()
        self._fade.stop()
        self.hide()

    @property
    def text_px(self) -> int:
        """Size of the text, px."""
        return max(_LEAST_TEXT_PX, round(_TEXT_SHARE * self._canvas.height()))

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Stay in its place."""
        if event.type() == QEvent.Type.Resize:
            self.place()
        return False

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._fade.state() == QVariantAnimation.State.Running:
            painter.setOpacity(self._fade.currentValue())
        ground = QColor(self._theme.raised)
        ground.setAlphaF(_GROUND_OPACITY)
        painter.setPen(QColor(self._theme.border))
        painter.setBrush(ground)
        radius = self.height() / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.setFont(stage_font(self.text_px))
        painter.setPen(QColor(self._theme.text))
        shown = painter.fontMetrics().elidedText(self.text, Qt.TextElideMode.ElideRight, self._room())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, shown)

    def place(self) -> None:
        """Go where the canvas has a margin now."""
        size = self.text_px
        width = min(round(text_width(self.text, size)) + 1, self._room()) + round(2 * _PADDING_X * size)
        height = round((1.2 + 2 * _PADDING_Y) * size)
        gap = round(_GAP * size)
        left = gap if self._is_left else self._canvas.width() - gap - width
        self.setGeometry(left, self._canvas.note_top(height), width, height)

    def _room(self) -> int:
        """Return how wide the text may be, px."""
        share = _LEFT_SHARE if self._is_left else _RIGHT_SHARE
        return round(share * self._canvas.width() - 2 * (_PADDING_X + _GAP) * self.text_px)
