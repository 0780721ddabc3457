"""The application object: hears of files that the desktop asks it to open, and says to Windows who it is."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Sequence

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

_WINDOWS_ID = "fmviz.fmviz"


class Application(QApplication):
    """Qt's application. On a Mac a double click on a file is an event, at the start and later, not an argument.

    Signals:
        file_asked(path): open this file; once somebody has called `take_file`.
    """

    file_asked = Signal(str)

    def __init__(self, arguments: Sequence[str]) -> None:
        super().__init__(list(arguments))
        self._is_told = False
        self._file: str | None = None

    def take_file(self) -> str | None:
        """Return the file that was asked for so far, the newest one; later ones are told by the signal."""
        self._is_told = True
        file, self._file = self._file, None
        return file

    def event(self, event: QEvent) -> bool:
        """Keep or tell the file of a request to open one."""
        if isinstance(event, QFileOpenEvent) and event.file():
            if self._is_told:
                self.file_asked.emit(event.file())
            else:
                self._file = event.file()
            return True
        return super().event(event)


def introduce_to_windows() -> None:
    """Have windows, taskbar button and icon under fmviz's own name, not under Python's. Nothing elsewhere."""
    if sys.platform == "win32":
        ctypes.windll.shell32.SetCurrentProcessExplicitAppUserModelID(_WINDOWS_ID)
