"""A line of large type over the stage that fades by itself: where the talk is, which keys there are."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer, QVariantAnimation
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from fmviz.canvas.fonts import stage_font, text_width
from fmviz.core.theme import Theme

_FADE_MS = 350
# Of the stage's height; the padding in sizes of the text.
_TEXT_SHARE, _LEAST_TEXT_PX = 0.024, 13
_PADDING_X, _PADDING_Y, _GAP = 0.95, 0.5, 1.0
_GROUND_OPACITY = 0.94
# Where its lower edge is: over the panes, which it covers less painfully than a legend or a caption. One of each kind
# can be there at once.
_CENTRAL_EDGE, _SIDE_EDGE = 0.67, 0.75
# Of the width, at the right edge.
_SIDE_SHARE = 0.4


class Badge(QWidget):
    """Lies over the lower part of its parent, in the middle or at the right edge. The mouse goes through it.

    Attributes:
        text: what it says, also while it fades.
    """

    def __init__(self, theme: Theme, is_central: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._is_central, self._board = theme, is_central, parent
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
        self._place()
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
        return max(_LEAST_TEXT_PX, round(_TEXT_SHARE * self._board.height()))

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Stay in its place."""
        if event.type() == QEvent.Type.Resize:
            self._place()
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

    def _room(self) -> int:
        """Return how wide the text may be, px."""
        share = 1.0 if self._is_central else _SIDE_SHARE
        return round(share * self._board.width() - 2 * (_PADDING_X + _GAP) * self.text_px)

    def _place(self) -> None:
        size, board = self.text_px, self._board
        width = min(round(text_width(self.text, size)) + 1, self._room()) + round(2 * _PADDING_X * size)
        height = round((1.2 + 2 * _PADDING_Y) * size)
        rest = board.width() - width
        left = rest // 2 if self._is_central else rest - round(_GAP * size)
        edge = _CENTRAL_EDGE if self._is_central else _SIDE_EDGE
        self.setGeometry(left, round(edge * board.height()) - height, width, height)
