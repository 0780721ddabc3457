"""The line at the foot of the studio: notes that follow the choice, and errors that last as long as they are true."""

from __future__ import annotations

from collections.abc import Hashable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget


class ExportMessage(QLabel):
    """One sentence or two; red if it is an error."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self._cause: Hashable = None

    def note(self, sentence: str, cause: Hashable) -> None:
        """Say what holds now, unless an error is shown that has still the same cause."""
        if self._cause is None or self._cause != cause:
            self._cause = None
            self._show(sentence, "")

    def refuse(self, sentence: str, cause: Hashable) -> None:
        """Say why something could not be done; it stays until `note` comes with another cause."""
        self._cause = cause
        self._show(sentence, "danger")

    def answer(self, sentence: str) -> None:
        """Say what was done or holds, in place of anything else."""
        self._cause = None
        self._show(sentence, "")

    def _show(self, sentence: str, role: str) -> None:
        if self.property("role") != role:
            self.setProperty("role", role)
            self.style().unpolish(self)
            self.style().polish(self)
        self.setText(sentence)
