"""The field of a scene's caption: a few lines of plain text, told while they are typed."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from fmviz.core.scene import LONGEST_CAPTION

_HEIGHT_PX = 62
_LEAVING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)


class CaptionEdit(QPlainTextEdit):
    """A caption.

    Signals:
        edited(str): the user has changed it; it is never longer than a scene allows.
        finished(): Return or Escape was pressed; Shift+Return begins a line.
    """

    edited = Signal(str)
    finished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(_HEIGHT_PX)
        self.setTabChangesFocus(True)
        self.setPlaceholderText("What stands under the picture")
        self.textChanged.connect(self._tell)

    def show_text(self, text: str) -> None:
        """Show a caption without telling anyone; one that is being typed is left alone."""
        if self.toPlainText().strip() != text:
            with QSignalBlocker(self):
                self.setPlainText(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _LEAVING and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.finished.emit()
        else:
            super().keyPressEvent(event)

    def _tell(self) -> None:
        text = self.toPlainText()
        if (excess := len(text) - LONGEST_CAPTION) > 0:
            # As in a field of one line: what is too much, at the end of what was typed or pasted, is not taken.
            cursor = self.textCursor()
            cursor.setPosition(cursor.position() - excess, QTextCursor.MoveMode.KeepAnchor)
            cursor.removeSelectedText()
        else:
            self.edited.emit(text)
