"""An export under way: a low-priority child process that runs one generator, with progress and cancel.

The generator (`canvas.render.render_film`, for example) is named by the caller: this package does not import `canvas`.
It writes through `core.atomic`, so an older file is untouched until the new one is whole; what a killed process leaves
beside it is removed here.
"""

from __future__ import annotations

import os
import pickle
import threading
import time
from collections.abc import Callable, Generator, Hashable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, Signal, Slot

from fmviz.core.atomic import part_path
from fmviz.core.errors import ExportError
from fmviz.engine.link import Link
from fmviz.engine.process import Inbox, sentence, settle_in

Entry = Callable[..., Generator[tuple[int, int], None, Any]]

SHUTDOWN_S = 2.0

_NICENESS = 10
# How long the child may take to end by itself after a cancel; a frame takes some 20 ms.
_GRACE_S = 0.25
# ... and after its window has died, when nobody is left to kill it.
_PATIENCE_S = 1.0
_CANCELLED = 10
_FAILED = 11
_FAILURE = "The export failed"


@dataclass(frozen=True)
class _Task:
    """What the child is to do. The entry stays pickled until Qt's platform is set: loading it may import Qt."""

    path: Path
    pickled: bytes


@dataclass(frozen=True)
class _Progress:
    done: int
    total: int


@dataclass(frozen=True)
class _Failure:
    message: str


class ExportJob(QObject):
    """Runs one export at a time.

    Signals:
        progressed(done, total, seconds_left): frames; the time is 0 until it can be estimated.
        finished(path), failed(str), cancelled(): exactly one of them ends an export.
    """

    progressed = Signal(int, int, float)
    finished = Signal(object)
    failed = Signal(str)
    cancelled = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link: Link | None = None
        self._path = Path()
        self._message = ""
        self._first: tuple[int, float] | None = None
        if (app := QCoreApplication.instance()) is not None:
            app.aboutToQuit.connect(self.shutdown)  # a thread alive at exit aborts the program

    @property
    def is_running(self) -> bool:
        return self._link is not None

    def start(self, entry: Entry, path: Path, *args: object) -> None:
        """Run `entry(path, *args)` in a process of its own.

        Args:
            entry: module-level generator function; yields (done, total), writes `path` as its last act.
            path: the file.
            args: picklable values.
        Raises:
            ExportError: an export is under way already.
        """
        if self._link is not None:
            raise ExportError(f"An export of {self._path.name} is under way; wait for it or cancel it.")
        self._path, self._message, self._first = Path(path), "", None
        self._link = Link(_render, "fmviz-export", _conflation_key, _GRACE_S, self)
        self._link.arrived.connect(self._receive)
        self._link.finished.connect(self._ended)
        self._link.send(_Task(self._path, bytes(ForkingPickler.dumps((entry, *args)))))
        self._link.start()

    @Slot()
    def cancel(self) -> None:
        """Give the export up; returns at once, `cancelled` follows in less than half a second."""
        if self._link is not None:
            self._link.close()

    @Slot()
    def shutdown(self) -> None:
        """Give the export up and wait for its end, within two seconds."""
        if self._link is not None:
            self._link.finished.disconnect(self._ended)
            self._link.stop(SHUTDOWN_S)
            self._ended()

    @Slot()
    def _receive(self) -> None:
        if self._link is None:
            return
        for news in self._link.take():
            match news:
                case _Progress(done=done, total=total):
                    self.progressed.emit(done, total, self._seconds_left(done, total))
                case _Failure(message=message):
                    self._message = message

    def _seconds_left(self, done: int, total: int) -> float:
        """Estimate from the frames since the first one: the start of the process says nothing about the rest."""
        now = time.monotonic()
        if self._first is None or done <= self._first[0]:
            self._first = self._first or (done, now)
            return 0.0
        first, since = self._first
        return (now - since) / (done - first) * (total - done)

    @Slot()
    def _ended(self) -> None:
        link = self._link
        if link is None:
            return
        self._receive()
        link.wait()
        process_id = link.process_id
        self._link = None
        link.deleteLater()
        if link.exit_code == 0:
            self.finished.emit(self._path)
            return
        if process_id is not None:
            _remove(part_path(self._path, process_id))
        if link.was_closed:
            self.cancelled.emit()
        else:
            self.failed.emit(self._message or f"{_FAILURE}: its process ended ({link.ending}).")


def _conflation_key(news: object) -> Hashable | None:
    return _Progress if isinstance(news, _Progress) else None


def _render(connection: Connection) -> None:
    """Be the export process: one task, then the end."""
    settle_in(_NICENESS)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    closed = threading.Event()
    unfinished: list[Path] = []
    inbox = Inbox(connection, on_closed=partial(_give_up, closed, unfinished))
    task = inbox.wait()
    assert isinstance(task, _Task)
    unfinished.append(part_path(task.path, os.getpid()))
    # Qt's orderly end takes time and could still crash after the file is in place: nothing here needs it.
    os._exit(_run(connection, task, closed))


def _give_up(closed: threading.Event, unfinished: list[Path]) -> None:
    """Ask the drawing loop to end; if it is deep in the encoder, end for it. Runs in the inbox's thread."""
    closed.set()
    time.sleep(_PATIENCE_S)
    for path in unfinished:
        _remove(path)
    os._exit(_CANCELLED)


def _remove(path: Path) -> None:
    """Remove an unfinished file, as far as the system lets: its folder may have become a file, or be locked by now."""
    with suppress(OSError):
        path.unlink()


def _run(connection: Connection, task: _Task, closed: threading.Event) -> int:
    """Drive the entry; return the process' exit code."""
    try:
        entry, *args = pickle.loads(task.pickled)
        work = entry(task.path, *args)
        for done, total in work:
            if closed.is_set():
                work.close()
                return _CANCELLED
            connection.send(_Progress(done, total))
    except ConnectionError:
        return _CANCELLED
    except Exception as error:  # the one place that drives the generator; the window shows the sentence
        if not closed.is_set():
            connection.send(_Failure(sentence(error, _FAILURE)))
        return _FAILED
    return 0
