"""A job under way: a child process at idle priority that runs one generator, with progress and cancel.

The generator (`film.render.render_film`, for example) is named by the caller: this package does not import `film`.
It writes through `files.atomic`, so an older file is untouched until the new one is whole; what a killed process leaves
beside it is removed here. `export_queue` puts several in a row.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Hashable
from multiprocessing.reduction import ForkingPickler
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Signal, Slot

from fmviz.core.errors import ExportError
from fmviz.engine.job_child import Done, Entry, Failure, Progress, Task, serve, was_placed
from fmviz.engine.link import Link
from fmviz.engine.pace import Pace
from fmviz.files.parts import sweep

SHUTDOWN_S = 2.0

# How long the child may take to end by itself after a cancel; a frame takes some 20 ms.
_GRACE_S = 0.25


class ExportJob(QObject):
    """Runs one generator at a time: one that writes a file, or one that answers a question.

    Signals:
        progressed(done, total, seconds_left): the time is 0 until it can be estimated.
        finished(value), failed(str), cancelled(): exactly one of them ends a job. The value is the file's path, or
            what the generator has returned.
    """

    progressed = Signal(int, int, float)
    finished = Signal(object)
    failed = Signal(str)
    cancelled = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link: Link | None = None
        self._what, self._message = "", ""
        self._path: Path | None = None
        self._task: Task | None = None
        self._pace = Pace()
        self._done: Done | None = None
        if (app := QCoreApplication.instance()) is not None:
            app.aboutToQuit.connect(self.shutdown)  # a thread alive at exit aborts the program

    @property
    def is_running(self) -> bool:
        return self._link is not None

    def start(self, entry: Entry, path: Path, *args: object) -> None:
        """Run `entry(path, *args)` in a process of its own.

        Args:
            entry: module-level generator function; yields (done, total), moves the whole file to `path` as its last
                act.
            path: the file, or the folder of frames.
            args: picklable values.
        Raises:
            ExportError: an export is under way already, or there is no room for temporary files.
        """
        if self._link is not None:
            name = self._path.name if self._path is not None else "another file"
            raise ExportError(f"An export of {name} is under way; wait for it or cancel it.")
        self._what, self._path = "The export", Path(path)
        self._run(entry, path, *args)

    def ask(self, entry: Entry, *args: object) -> None:
        """Run `entry(*args)` in a process of its own for what it returns.

        Raises:
            ExportError: something is under way already, or there is no room for temporary files.
        """
        if self._link is not None:
            raise ExportError("A question is under way; wait for its answer or cancel it.")
        self._what, self._path = "The estimate", None
        self._run(entry, *args)

    @Slot()
    def cancel(self) -> None:
        """Give it up; returns at once, `cancelled` follows in less than half a second."""
        if self._link is not None:
            self._link.close()

    @Slot()
    def shutdown(self) -> None:
        """Give it up and wait for its end, within two seconds."""
        if self._link is not None:
            self._link.finished.disconnect(self._ended)
            self._link.stop(SHUTDOWN_S)
            self._ended()

    def _run(self, entry: Entry, *args: object) -> None:
        try:
            scratch = Path(tempfile.mkdtemp(prefix="fmviz-"))
        except OSError as error:
            raise ExportError(f"There is no room for temporary files in {tempfile.gettempdir()}; free some "
                              f"space.") from error
        self._message, self._pace, self._done = "", Pace(), None
        self._link = Link(serve, "fmviz-export", _conflation_key, _GRACE_S, self, has_family=True)
        self._link.arrived.connect(self._receive)
        self._link.finished.connect(self._ended)
        self._task = Task(self._path, scratch, f"{self._what} failed", _Pickled((entry, *args)))
        self._link.send(self._task)
        self._link.start()

    @Slot()
    def _receive(self) -> None:
        if self._link is None:
            return
        for news in self._link.take():
            match news:
                case Progress(done=done, total=total):
                    self.progressed.emit(done, total, self._pace.seconds_left(time.monotonic(), done, total))
                case Failure(message=message):
                    self._message = message
                case Done():
                    self._done = news

    @Slot()
    def _ended(self) -> None:
        link, task = self._link, self._task
        if link is None or task is None:
            return
        self._receive()
        link.wait()
        # A file in place is never called cancelled; an answer that nobody waits for any more is.
        is_dropped = link.was_closed and self._path is None
        is_said = self._done is not None or (self._path is not None and link.exit_code == 0) or was_placed(task)
        is_done = is_said and not self._message and not is_dropped
        shutil.rmtree(task.scratch, ignore_errors=True)
        if task.path is not None and link.exit_code != 0:
            sweep(os.path.dirname(os.path.realpath(task.path)))
        self._link = self._task = None
        link.deleteLater()
        if is_done:
            self.finished.emit(self._path if self._done is None or self._path is not None else self._done.value)
        elif link.was_closed:
            self.cancelled.emit()
        else:
            ending = f"{self._what} failed: its process ended ({link.ending}); try again, smaller if memory is short."
            self.failed.emit(self._message or ending)


class _Pickled:
    """A value that arrives as its pickle; made where it is sent, in the link's thread: a film can have 50 MB."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __reduce__(self) -> tuple[type[bytes], tuple[bytes]]:
        return bytes, (bytes(ForkingPickler.dumps(self._value)),)


def _conflation_key(news: object) -> Hashable | None:
    return Progress if isinstance(news, Progress) else None
