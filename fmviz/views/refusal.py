"""The bubble under a field that says why what was typed is not taken.

A tooltip will not do: Qt hides it at the next change of focus, which is what ends most typing.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QLabel, QWidget

_SHOWN_MS = 6000
_WIDTH_PX = 260
_GAP_PX = 4


class Refusal(QLabel):
    """One bubble per window, over everything in it, for some seconds or until it is clicked or something is typed."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setProperty("role", "refusal")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self._end = QTimer(self)
        self._end.setSingleShot(True)
        self._end.setInterval(_SHOWN_MS)
        self._end.timeout.connect(self.hide)

    @classmethod
    def of(cls, field: QWidget) -> Refusal | None:
        """Return the bubble of a field's window, if there has been one."""
        return field.window().findChild(cls, options=Qt.FindChildOption.FindDirectChildrenOnly)

    @classmethod
    def say(cls, field: QWidget, sentence: str) -> None:
        """Show a sentence under a field, within its window."""
        window = field.window()
        bubble = cls.of(field) or cls(window)
        bubble.setText(sentence)
        bubble.ensurePolished()  # its border and padding count
        bubble.setFixedWidth(min(_WIDTH_PX, window.width()))
        bubble.setFixedHeight(bubble.heightForWidth(bubble.width()))
        place = field.mapTo(window, QPoint(field.width() - bubble.width(), field.height() + _GAP_PX))
        if place.y() + bubble.height() > window.height():
            place.setY(max(0, field.mapTo(window, QPoint(0, -_GAP_PX)).y() - bubble.height()))
        place.setX(max(0, min(place.x(), window.width() - bubble.width())))
        bubble.move(place)
        bubble.show()
        bubble.raise_()
        bubble._end.start()

    @classmethod
    def dismiss(cls, field: QWidget) -> None:
        """Take the bubble of a field's window away."""
        if (bubble := cls.of(field)) is not None:
            bubble.hide()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.hide()
