"""Exports: jobs in child processes of idle priority, one after the other, with progress, time left and cancel.

The generator (`film.render.render_film`, for example) is named by the caller: this package does not import `film`.
It writes through `files.atomic`, so an older file is untouched until the new one is whole; what a killed process leaves
beside it is removed here. The child's half is `job_child`; the values (`Export`) tell views all that they show.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import deque
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from multiprocessing.reduction import ForkingPickler
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Signal, Slot

from fmviz.core.errors import ExportError
from fmviz.engine.job_child import Entry, JobDone, JobFailure, JobProgress, JobTask, clear_after, run_job, was_placed
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
        self._task: JobTask | None = None
        self._pace = Pace()
        self._done: JobDone | None = None
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
        self._link = Link(run_job, "fmviz-export", _conflation_key, _GRACE_S, self, leads_group=True)
        self._link.arrived.connect(self._receive)
        self._link.finished.connect(self._ended)
        self._task = JobTask(self._path, scratch, f"{self._what} failed", _Pickled((entry, *args)))
        self._link.send(self._task)
        self._link.start()

    @Slot()
    def _receive(self) -> None:
        if self._link is None:
            return
        for news in self._link.take():
            match news:
                case JobProgress(done=done, total=total):
                    self.progressed.emit(done, total, self._pace.seconds_left(time.monotonic(), done, total))
                case JobFailure(message=message):
                    self._message = message
                case JobDone():
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
        clear_after(task)
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
        self._tasks: dict[int, tuple[Entry, tuple[object, ...]]] = {}
        self._running: int | None = None
        self._last = 0
        self._is_shut_down = False
        if (app := QCoreApplication.instance()) is not None:
            app.aboutToQuit.connect(self.shutdown)  # before the job hears of it: its end would start the next one
        self.job = ExportJob(self)
        self.job.progressed.connect(self._go_on)
        self.job.finished.connect(self._finish)
        self.job.failed.connect(lambda message: self._end(ExportState.FAILED, message=message))
        self.job.cancelled.connect(lambda: self._end(ExportState.CANCELLED))

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
        """Put `entry(path, *args)` at the end of the row; return its number.

        Raises:
            ExportError: the same file is in the row already.
        """
        path = Path(path)
        if self.is_making(path):
            raise ExportError(f"{path.name} is being exported already; wait for it, cancel it or choose another name.")
        self._forget_endings_of(path)
        self._last += 1
        number = self._last
        self._tasks[number] = entry, args
        self._set(Export(number, path))
        self._start_next()
        return number

    def cancel(self, number: int) -> None:
        """Give one up; one that has ended stays as it is."""
        if number == self._running:
            self.job.cancel()
        elif number in self._tasks:
            del self._tasks[number]
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
        for number in list(self._tasks):
            self.cancel(number)
        self.job.shutdown()

    def _start_next(self) -> None:
        while self._running is None and self._tasks and not self._is_shut_down:
            number = next(iter(self._tasks))
            entry, args = self._tasks.pop(number)
            self._running = number
            self._change(number, state=ExportState.RUNNING)
            try:
                self.job.start(entry, self._exports[number].path, *args)
            except ExportError as error:
                self._running = None
                self._change(number, state=ExportState.FAILED, message=str(error))

    def _go_on(self, done: int, total: int, seconds_left: float) -> None:
        if self._running is not None:
            self._change(self._running, done=done, total=total, seconds_left=seconds_left)

    def _finish(self, path: Path) -> None:
        self._end(ExportState.DONE, n_bytes=sum(_sizes(path)))

    def _end(self, state: ExportState, **values: object) -> None:
        number, self._running = self._running, None
        if number is not None:
            self._change(number, state=state, seconds_left=0.0, **values)
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
