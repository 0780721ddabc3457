"""Exports: jobs in child processes of idle priority, one after the other, with progress, time left and cancel.

The generator (`film.render.render_film`, for example) is named by the caller: this package does not import `film`.
It writes through `files.atomic`, so an older file is untouched until the new one is whole; what a killed process leaves
beside it is removed here. The child's half is `job_child`; the values (`Export`) tell views all that they show.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from multiprocessing.reduction import ForkingPickler
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Signal, Slot

from fmviz.core.child import scratch_folder
from fmviz.core.errors import ExportError
from fmviz.engine.job_child import FAILURE, Entry, JobFailure, JobProgress, JobTask, clear_after, run_job, was_placed
from fmviz.engine.link import Link

# The first steps fill caches and start processes: nothing is said before, and they are forgotten soon.
_QUIET_S = 0.4
_MEMORY_S = 6.0
SHUTDOWN_S = 2.0

# How long the child may take to end by itself after a cancel; a frame takes some 20 ms.
_GRACE_S = 0.25


class Pace:
    """Steps done over time."""

    def __init__(self) -> None:
        self._marks: deque[tuple[float, int]] = deque()
        self._began = 0.0

    def seconds_left(self, now: float, done: int, total: int) -> float:
        """Return how long the rest will take; 0 until that can be said, and when nothing is left.

        Args:
            now: of a clock that only goes forward, seconds.
            done, total: steps; what came before the first one says nothing about the others.
        """
        if done <= 0:
            return 0.0
        if not self._marks:
            self._began = now
        if not self._marks or done > self._marks[-1][1]:
            self._marks.append((now, done))
        while len(self._marks) > 2 and self._marks[1][0] <= now - _MEMORY_S:
            self._marks.popleft()
        since, first = self._marks[0]
        if done == first or now - self._began < _QUIET_S:
            return 0.0
        return (now - since) / (done - first) * (total - done)


class ExportState(Enum):
    """Where an export stands; the last three are its endings."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_ended(self) -> bool:
        return self in (ExportState.DONE, ExportState.FAILED, ExportState.CANCELLED)


@dataclass(frozen=True)
class Export:
    """One export as it stands.

    Args:
        number: its own, ascending.
        path: the file, or the folder of frames.
        done, total: frames; total is 0 until it is known.
        seconds_left: 0 until it can be estimated.
        n_bytes: size of what was made.
        message: why it failed, one sentence.
    """

    number: int
    path: Path
    state: ExportState = ExportState.WAITING
    done: int = 0
    total: int = 0
    seconds_left: float = 0.0
    n_bytes: int = 0
    message: str = ""


class _Pickled:
    """A value that arrives as its pickle; made where it is sent, in the link's thread: a film can have 50 MB."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __reduce__(self) -> tuple[type[bytes], tuple[bytes]]:
        return bytes, (bytes(ForkingPickler.dumps(self._value)),)


def _conflation_key(news: object) -> Hashable | None:
    return JobProgress if isinstance(news, JobProgress) else None


class ExportQueue(QObject):
    """Owner of all exports that the window has begun.

    Signals:
        changed(Export): one is new, or has gone on.
        removed(int): the number of one that is no longer remembered.
    """

    changed = Signal(object)
    removed = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._exports: dict[int, Export] = {}
        self._waiting: dict[int, tuple[Entry, tuple[object, ...]]] = {}
        self._last = 0
        self._is_shut_down = False
        # Of the one that runs: its number, its process, what that does, and why it has failed.
        self._running: int | None = None
        self._link: Link | None = None
        self._task: JobTask | None = None
        self._message = ""
        self._pace = Pace()
        if (app := QCoreApplication.instance()) is not None:
            app.aboutToQuit.connect(self.shutdown)  # a thread alive at exit aborts the program

    @property
    def exports(self) -> tuple[Export, ...]:
        """All that are remembered, oldest first."""
        return tuple(self._exports.values())

    @property
    def unfinished(self) -> tuple[Export, ...]:
        """Those that run or wait."""
        return tuple(export for export in self._exports.values() if not export.state.is_ended)

    def is_making(self, path: Path) -> bool:
        """Whether that very file runs or waits."""
        return any(os.path.realpath(export.path) == os.path.realpath(path) for export in self.unfinished)

    def add(self, entry: Entry, path: Path, *args: object) -> int:
        """Put `entry(path, *args)` at the end of the row, to run in a process of its own; return its number.

        Args:
            entry: module-level generator function; yields (done, total), moves the whole file to `path` as its last
                act.
            path: the file, or the folder of frames.
            args: picklable values.
        Raises:
            ExportError: the same file is in the row already.
        """
        path = Path(path)
        if self.is_making(path):
            raise ExportError(f"{path.name} is being exported already; wait for it, cancel it or choose another name.")
        self._forget_endings_of(path)
        self._last += 1
        number = self._last
        self._waiting[number] = entry, args
        self._set(Export(number, path))
        self._start_next()
        return number

    def cancel(self, number: int) -> None:
        """Give one up; returns at once, its end follows in less than half a second. One that has ended stays as it is.
        """
        if number == self._running and self._link is not None:
            self._link.close()
        elif number in self._waiting:
            del self._waiting[number]
            self._change(number, state=ExportState.CANCELLED)

    def forget(self, number: int) -> None:
        """Remember no longer what became of one."""
        export = self._exports.get(number)
        if export is not None and export.state.is_ended:
            del self._exports[number]
            self.removed.emit(number)

    @Slot()
    def shutdown(self) -> None:
        """Give up all of them, within two seconds; nothing starts any more."""
        self._is_shut_down = True
        for number in list(self._waiting):
            self.cancel(number)
        if self._link is not None:
            self._link.stop(SHUTDOWN_S)

    def _start_next(self) -> None:
        while self._running is None and self._waiting and not self._is_shut_down:
            number = next(iter(self._waiting))
            entry, args = self._waiting.pop(number)
            path = self._exports[number].path
            try:
                self._task = JobTask(path, scratch_folder(), _Pickled((entry, path, *args)))
            except ExportError as error:  # there is no room for temporary files
                self._change(number, state=ExportState.FAILED, message=str(error))
                continue
            self._running, self._message, self._pace = number, "", Pace()
            self._link = Link(run_job, "fmviz-export", _conflation_key, _GRACE_S, self, leads_group=True)
            self._link.said.connect(self._hear)
            self._link.ended.connect(self._end)
            self._link.send(self._task)
            self._link.start()
            self._change(number, state=ExportState.RUNNING)

    @Slot(object)
    def _hear(self, news: object) -> None:
        assert self._running is not None
        match news:
            case JobProgress(done=done, total=total):
                self._change(self._running, done=done, total=total,
                             seconds_left=self._pace.seconds_left(time.monotonic(), done, total))
            case JobFailure(message=message):
                self._message = message

    @Slot()
    def _end(self) -> None:
        number, link, task = self._running, self._link, self._task
        assert number is not None
        assert link is not None
        assert task is not None
        # A file in place is never called cancelled.
        is_done = (link.exit_code == 0 or was_placed(task)) and not self._message
        clear_after(task)
        self._running = self._link = self._task = None
        if is_done:
            self._change(number, state=ExportState.DONE, seconds_left=0.0, n_bytes=sum(_sizes(task.path)))
        elif link.was_closed:
            self._change(number, state=ExportState.CANCELLED, seconds_left=0.0)
        else:
            self._change(number, state=ExportState.FAILED, seconds_left=0.0, message=self._message or (
                f"{FAILURE}: its process ended ({link.ending}); try again, smaller if memory is short."))
        self._start_next()

    def _forget_endings_of(self, path: Path) -> None:
        for export in self.exports:
            if export.path == path:
                self.forget(export.number)

    def _change(self, number: int, **values: object) -> None:
        self._set(replace(self._exports[number], **values))  # type: ignore[arg-type]

    def _set(self, export: Export) -> None:
        self._exports[export.number] = export
        self.changed.emit(export)


def _sizes(path: Path) -> Iterator[int]:
    """Yield the size of a file, or of every file in a folder; one that has gone meanwhile has none."""
    try:
        if not path.is_dir():
            yield path.stat().st_size
            return
        with os.scandir(path) as entries:
            for entry in entries:
                yield entry.stat().st_size
    except OSError:
        return
