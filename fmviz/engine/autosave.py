"""Keeps what is unsaved on the disk, in a thread and in a file of its own, never in the user's.

What counts is what a project file would lose: drawings, settings, scenes and what was learned, also in a project that
was never saved. What the kept file is and how it is found again is `recovery`'s.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from fmviz.core.errors import FmvizError, ProjectError
from fmviz.core.project import holds_same
from fmviz.engine.background import Task, Tasks, at_once
from fmviz.engine.document import Document
from fmviz.engine.recovery import RecoveryFile, new_recovery
from fmviz.engine.session import Session
from fmviz.files.project_file import ProjectFile

# At most 30 s of work may be lost; this leaves a slow disk as long again.
INTERVAL_MS = 12_000
# After a program has lived so long with recovered work, the work is not what it died of.
SURVIVAL_MS = 20_000


class Autosave(QObject):
    """Keeps the document's unsaved work in `folder`.

    Signals:
        failed(str): why it cannot be kept, one sentence; once, until it can be again.
    """

    failed = Signal(str)

    def __init__(self, document: Document, session: Session, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._session, self._folder = document, session, folder
        self._tasks = Tasks(self)
        self._writing: Task | None = None
        self._own: RecoveryFile | None = None
        self._safe: ProjectFile | None = self.present()  # what the user's file holds; None if nobody knows
        self._kept: ProjectFile | None = None  # what our file holds
        self._digest = ""
        self._has_failed = self._is_left = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.keep)
        document.changed.connect(self._follow)
        session.snapshot_changed.connect(self._follow)
        session.kept_changed.connect(self._follow)

    def present(self) -> ProjectFile:
        """Return what a file of the document would hold now."""
        return ProjectFile(self._document.project, self._session.learned())

    @Slot(object, str)
    def settle(self, file: ProjectFile, digest: str = "") -> None:
        """Know that the user's file, or nobody's, holds this: after saving, opening, beginning anew.

        Args:
            digest: of the user's file.
        """
        self._safe, self._digest = file, digest
        if not self._is_unsaved(self.present()):
            self._forget()

    def adopt(self, own: RecoveryFile, file: ProjectFile) -> None:
        """Go on with recovered work that is the document now: it stays kept until it is saved."""
        if self._writing is not None and self._writing.is_running:  # into the file of what was open before
            self._writing.ended.connect(lambda: self.adopt(own, file))
            return
        self._forget()
        self._own, self._kept, self._safe = own, file, None
        QTimer.singleShot(SURVIVAL_MS, self, self._survive)

    @Slot()
    def keep(self) -> None:
        """Write what is unsaved and not kept yet, in a thread."""
        self._timer.stop()
        if self._writing is not None and self._writing.is_running:
            self._timer.start(INTERVAL_MS)
            return
        file = self.present()
        if not self._is_unsaved(file):
            self._forget()
        elif self._kept is None or not _is_same(file, self._kept):
            work = partial(self._write, file, self._document.title, self._document.path, self._digest)
            self._writing = self._tasks.run("Keeping unsaved work", at_once(work),
                                            lambda _: self._succeed(file), self._fail, is_write=True)

    def keep_now(self, seconds: float) -> None:
        """Keep what is unsaved before the program ends, within so long; the next start will find it."""
        self._timer.stop()
        if self._writing is not None:
            self._writing.wait(seconds / 2)
        self.keep()
        if self._writing is not None:
            self._writing.wait(seconds / 2)
        self._is_left = True

    def go_on(self) -> None:
        """Know that the program did not end."""
        self._is_left = False

    def finish(self) -> None:
        """End: nothing is kept any more, unless it was for the next start."""
        self._timer.stop()
        self._tasks.shutdown()
        if self._is_left and self._own is not None and self._is_unsaved(self.present()):
            self._survive()
            self._own.leave()
            self._own = None
        else:
            self._forget()

    @Slot()
    def _follow(self, *_: object) -> None:
        if not self._timer.isActive():
            self._timer.start(INTERVAL_MS)

    def _is_unsaved(self, file: ProjectFile) -> bool:
        return self._safe is None or not _is_same(file, self._safe)

    def _write(self, file: ProjectFile, title: str, original: Path | None, digest: str) -> None:
        """In the thread; only one write runs at a time, and nobody else makes or removes the file meanwhile."""
        try:
            if self._own is None:
                self._own = new_recovery(self._folder)
            self._own.write(file, title, original, digest)
        except OSError as error:
            raise ProjectError(f"Unsaved work cannot be kept in {str(self._folder)!r} ({error.strerror})") from error

    def _succeed(self, file: ProjectFile) -> None:
        self._kept, self._has_failed = file, False
        if not self._is_unsaved(self.present()):  # saved meanwhile
            self._forget()

    def _fail(self, error: FmvizError) -> None:
        if not self._has_failed:
            self._has_failed = True
            self.failed.emit(f"Unsaved work is not safe from a crash: {error}")
        self._timer.start(INTERVAL_MS)

    def _survive(self) -> None:
        if self._own is not None:
            with suppress(OSError):
                self._own.survive()

    def _forget(self) -> None:
        if self._writing is None or not self._writing.is_running:
            self._kept = None
            if self._own is not None:
                self._own.remove()
                self._own = None


def _is_same(a: ProjectFile, b: ProjectFile) -> bool:
    return holds_same((a.project, a.learned), (b.project, b.learned))
