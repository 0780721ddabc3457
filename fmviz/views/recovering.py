"""After a start: looks for unsaved work of windows that are dead, and brings back what the user wants."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from fmviz.core.errors import FmvizError, ProjectError
from fmviz.core.theme import Theme
from fmviz.engine.background import Tasks, at_once
from fmviz.engine.document import Moment
from fmviz.engine.recovery import Autosave, Found, Recovery, RecoveryFile, discard, looking, set_aside, take_turn, taken
from fmviz.engine.stored import Stored
from fmviz.files.disk_state import DiskState
from fmviz.files.lock_file import LockFile
from fmviz.files.project_file import ProjectFile
from fmviz.views.dialogs import Dialogs
from fmviz.views.project_files import ProjectFiles
from fmviz.views.recovery_dialog import RecoveryDialog


class Recovering(QObject):
    """Offers what is found in a folder of recoveries, once, and in one window at a time."""

    def __init__(self, folder: Path, autosave: Autosave, files: ProjectFiles, tasks: Tasks, dialogs: Dialogs,
                 theme: Callable[[], Theme]) -> None:
        super().__init__(dialogs.parent)
        self._folder, self._autosave, self._files = folder, autosave, files
        self._tasks, self._dialogs, self._theme = tasks, dialogs, theme
        self._turn: LockFile | None = None
        self.dialog: RecoveryDialog | None = None

    def offer(self, then: Callable[[], object] = lambda: None) -> None:
        """Look, beside the window, and ask if there is anything; call `then` when there is nothing more to ask."""
        self._then = then
        task = self._tasks.run("Looking for unsaved work", looking(self._folder), self._ask, self._complain)
        task.ended.connect(self._follow_end)  # a search that was cancelled has an end too

    def _ask(self, found: Found) -> None:
        """Offer what can be opened; say once for itself what cannot, and else beside the offers."""
        news = [recovery for recovery in found.aside if recovery.set_aside is None]
        if not (found.offers or news) or not self._may_ask():
            return
        self.dialog = RecoveryDialog(found, self._theme(), self._open, self._discard, self._dialogs.parent)
        self.dialog.finished.connect(self._end_asking)
        self.dialog.open()
        if news:
            self._tasks.run("Noting what was said", at_once(lambda: set_aside(news)), lambda _: None, self._complain,
                            is_write=True)

    def _may_ask(self) -> bool:
        """Take the turn; False if another window offers the same."""
        with suppress(OSError):  # a full disk is no reason to offer nothing
            self._turn = take_turn(self._folder)
            return self._turn is not None
        return True

    def _end_asking(self) -> None:
        self.dialog = None
        if self._turn is not None:
            with suppress(OSError):
                self._turn.release()
        # After what is opened now: its own questions come first.
        QTimer.singleShot(0, self, self._follow_end)

    def _follow_end(self) -> None:
        if self.dialog is None:
            then, self._then = self._then, lambda: None
            then()

    def _open(self, recovery: Recovery) -> None:
        if not self._files.may_drop_changes(lambda: self._open(recovery)):
            return
        before = self._files.moment
        self._tasks.run(f"Opening {recovery.title}", at_once(lambda: _taken(recovery)),
                        lambda found: self._show(recovery, before, *found), self._complain, is_write=True)

    def _show(self, recovery: Recovery, before: Moment, own: RecoveryFile, file: ProjectFile,
              stored: Stored | None) -> None:
        """Show what was read, unless somebody has changed the present project meanwhile: then it is asked again."""
        if not self._files.moment.is_same(before):
            own.leave()
            self._open(recovery)
            return
        self._files.show_recovered(file, recovery.original, stored)
        self._autosave.adopt(own, self._autosave.present())

    def _discard(self, recovery: Recovery) -> bool:
        if not self._dialogs.discard_recovery(recovery.title):
            return False
        self._tasks.run("Discarding", at_once(lambda: discard(recovery)), lambda _: None, self._complain)
        return True

    def _complain(self, error: FmvizError) -> None:
        self._dialogs.error(str(error))


def _taken(recovery: Recovery) -> tuple[RecoveryFile, ProjectFile, Stored | None]:
    """Take it over and read it; and say what the file that it was opened from was then."""
    try:
        both = taken(recovery)
    except OSError as error:
        raise ProjectError(f"The unsaved work {recovery.title!r} could not be read ({error.strerror}); it is still in "
                           f"{str(recovery.path)!r}.") from error
    if both is None:
        raise ProjectError(f"The unsaved work {recovery.title!r} has been opened by another window of fmviz.")
    own, file = both
    if recovery.original is None:
        return own, file, None
    state = DiskState(recovery.digest) if recovery.digest else None
    return own, file, Stored(file, os.path.realpath(recovery.original), state)
