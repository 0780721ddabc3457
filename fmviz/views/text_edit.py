"""A text that is taken when it is done, or refused with a sentence; what it means is the caller's."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from fmviz.core.errors import ConfigError
from fmviz.views.controls import FIELD_HEIGHT_PX, Refusal, describe


class TextEdit(QLineEdit):
    """A line of text. What is typed stays as it is typed until it is done, then it is taken or refused.

    It is done by Enter, by leaving the field, and before anything else that the user does, as `NumberBox` has it. What
    cannot be taken stays, marked, and when it is done a bubble says why. Escape gives the last value back, and another
    value that comes from elsewhere takes its place.

    Args:
        check: raises a `ConfigError` for a text that cannot be taken.

    Signals:
        edited(str): once for each text that is taken and is another one.
    """

    edited = Signal(object)

    def __init__(self, name: str, tip: str, check: Callable[[str], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._check = check
        self._shown = ""
        self._is_typing = self._is_refused = False
        self.setFixedHeight(FIELD_HEIGHT_PX)
        describe(self, name, tip)
        self.textEdited.connect(self._begin_typing)
        self.editingFinished.connect(self._end_typing)

    def show_value(self, value: object) -> None:
        """Show a value without telling anyone; what is being typed stays, and is told when it is done."""
        before, self._shown = self._shown, str(value)
        if not self._is_typing and (not self._is_refused or self._shown != before):
            self._take_back()

    def take(self, text: str) -> None:
        """Take a text as if it had been typed."""
        self.setText(text)
        self._begin_typing(text)
        self._end_typing()

    def event(self, event: QEvent) -> bool:
        """Have Escape before the window's shortcuts while there is something to take back."""
        if event.type() == QEvent.Type.ShortcutOverride and self._is_to_be_taken_back(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._is_to_be_taken_back(event):
            self._stop_typing()
            self._take_back()
            Refusal.dismiss(self)
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """While something is being typed: take it before anything else is done."""
        if event.type() in (QEvent.Type.Shortcut, QEvent.Type.Close) or (
            event.type() == QEvent.Type.MouseButtonPress and isinstance(watched, QWidget) and watched is not self
        ):
            self._end_typing()
        return super().eventFilter(watched, event)

    def _begin_typing(self, text: str) -> None:
        if not self._is_typing:
            self._is_typing = True
            Refusal.dismiss(self)
            _application().installEventFilter(self)
        Refusal.mark(self, bool(self._complaint(text)))

    def _end_typing(self) -> None:
        if not self._is_typing:
            return
        self._stop_typing()
        text = self.text().strip()
        complaint = self._complaint(text)
        self._is_refused = bool(complaint)
        Refusal.mark(self, self._is_refused)
        if complaint:
            Refusal.say(self, complaint)
            return
        self._put(text)
        if text != self._shown:
            self._shown = text
            self.edited.emit(text)

    def _stop_typing(self) -> None:
        if self._is_typing:
            self._is_typing = False
            _application().removeEventFilter(self)

    def _take_back(self) -> None:
        self._is_refused = False
        Refusal.mark(self, False)
        self._put(self._shown)

    def _is_to_be_taken_back(self, event: QEvent) -> bool:
        return (self._is_typing or self._is_refused) and isinstance(event, QKeyEvent) and (
            event.key() == Qt.Key.Key_Escape)

    def _complaint(self, text: str) -> str:
        try:
            self._check(text.strip())
        except ConfigError as error:
            return str(error)
        return ""

    def _put(self, text: str) -> None:
        if text != self.text():
            self.setText(text)
            self.setCursorPosition(0)


def _application() -> QCoreApplication:
    application = QCoreApplication.instance()
    assert application is not None  # there is no widget without one
    return application
