"""How the window ends without being closed: by a signal, or with the desktop session. What is unsaved is kept."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication

from fmviz.engine.recovery import Autosave
from fmviz.views.main_window import MainWindow
from fmviz.views.recovering import Recovering

RECOVERY_FOLDER, LOCK_FOLDER = "recovery", "open"
# Python runs its signal handlers only between byte codes: Qt's loop must come up for air.
_SIGNAL_POLL_MS = 200
_INTERRUPTED = 130
# What a shell reports for a program that a signal has ended, less the signal's number.
_SIGNALLED = 128
# As long as whoever ends a desktop session waits at least.
_KEEPING_S = 4.0
# Some desktops only keep the session, and a person may stay after all: then closing asks again.
_SESSION_END_MS = 15_000


class Keeping(QObject):
    """Keeps a window's unsaved work, and that it has its file, below a folder until it is saved or closed.

    Attributes:
        recovering: brings back what others have left there.
    """

    def __init__(self, window: MainWindow, folder: Path) -> None:
        super().__init__(window)
        self._window = window
        document, session, _ = window.parts
        self.autosave = Autosave(document, session, folder / RECOVERY_FOLDER, window)
        self.autosave.failed.connect(window.say)
        self.recovering = Recovering(folder / RECOVERY_FOLDER, self.autosave, window.files, window.tasks,
                                     window.dialogs, lambda: window.theme)
        window.files.lock_in(folder / LOCK_FOLDER)
        window.files.settled.connect(self.autosave.settle)
        window.closing.connect(self.autosave.finish)
        window.closing.connect(window.files.release)

    def keep(self) -> None:
        """Put what is unsaved on the disk, for the next start."""
        self._window.finish_edits()
        self.autosave.keep_now(_KEEPING_S)

    @Slot()
    def keep_for_session(self) -> None:
        """Keep it because the desktop session may end: a question would hold that up, so closing asks nothing now."""
        self.keep()
        self._window.ends_unasked = True
        QTimer.singleShot(_SESSION_END_MS, self, self.stay)

    @Slot()
    def stay(self) -> None:
        """Know that the session did not end."""
        self._window.ends_unasked = False
        self.autosave.go_on()


def hear_signals(application: QApplication, end: Callable[[int], None]) -> QTimer:
    """Close the window on Ctrl-C in the terminal, and `end` it unasked on the signals that ask for that.

    Who is asked to save after Ctrl-C may stay; a second Ctrl-C meanwhile ends. `end` is given the exit code.
    """
    is_asking = False

    def close(*_: object) -> None:
        nonlocal is_asking
        if is_asking:
            end(_INTERRUPTED)
            return
        is_asking = True
        application.closeAllWindows()
        is_asking = False
        if not any(widget.isVisible() for widget in application.topLevelWidgets()):
            application.exit(_INTERRUPTED)

    signal.signal(signal.SIGINT, close)
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no hang-up
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # `nohup` ignores it
            signal.signal(number, lambda number, _frame: end(_SIGNALLED + number))
    poll = QTimer(application)
    poll.start(_SIGNAL_POLL_MS)
    poll.timeout.connect(lambda: None)
    return poll
