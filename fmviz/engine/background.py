"""Reading and writing beside the window: work that may wait for a disk runs in a thread of its own.

    def loading(path):              # no Qt; runs in the thread
        for index, part in enumerate(parts):
            yield index / len(parts)    # a breath: how far it is, or None; the only place to be cancelled
        return result

    tasks.run("Opening talk.fmviz", loading(path), show, complain)

Work that holds Python's lock for long (a parser of its own over millions of values) belongs into a process instead.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from fmviz.core.errors import FmvizError
from fmviz.core.numbers import within

Result = TypeVar("Result")
Work = Generator[float | None, None, Result]

# News more often than a person can see it would only wake the window.
_NEWS_S = 0.05
# As long as a window may take to close. Who still waits for a disk then dies with the process: the threads are daemons.
_SHUTDOWN_S = 2.0
_LAST_WORD_S = 0.1


def at_once(act: Callable[[], Result]) -> Work[Result]:
    """Return work that cannot say how far it is."""
    yield None
    return act()


class Task(QObject):
    """One piece of work; `Tasks.run` makes and starts it.

    Signals, all received in the window's thread:
        progressed(float): how far it is, 0 to 1.
        ended(): the last one; after the receiver of the result or of the error was called, and also if cancelled.

    Attributes:
        is_cancelled: whether its end was asked for.
    """

    progressed = Signal(float)
    ended = Signal()
    _told = Signal(object, object)

    def __init__(self, title: str, work: Work[Any], done: Callable[[Any], object],
                 failed: Callable[[FmvizError], object], is_write: bool, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self._work, self._done, self._failed, self._is_write = work, done, failed, is_write
        self.is_cancelled = self._has_ended = False
        self._begun = time.monotonic()
        self._told.connect(self._hear, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._run, name=title, daemon=True)

    @property
    def is_running(self) -> bool:
        """Whether its outcome is still to come."""
        return not self._has_ended

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._begun

    def start(self) -> None:
        self._thread.start()

    def cancel(self) -> None:
        """Ask for its end at the next breath.

        What was read is dropped, and the task ends at once. What was written counts: if a file was in place before
        the work heard of it, `done` is called as ever.
        """
        self.is_cancelled = True
        if not self._is_write:
            self._end()

    def wait(self, seconds: float) -> bool:
        """Wait for the thread; return whether it has ended."""
        self._thread.join(max(0.0, seconds))
        return not self._thread.is_alive()

    def _run(self) -> None:
        """Drive the work; in the thread."""
        told = -_NEWS_S
        try:
            while not self.is_cancelled:
                how_far = next(self._work)
                if how_far is not None and time.monotonic() - told >= _NEWS_S:
                    told = time.monotonic()
                    self._tell("progressed", how_far)
            self._work.close()
        except StopIteration as end:
            self._tell("done", end.value)
        except Exception as error:
            self._tell("failed", error)
        else:
            self._tell("cancelled", None)

    def _tell(self, what: str, value: object) -> None:
        with suppress(RuntimeError):  # the window has gone meanwhile
            self._told.emit(what, value)

    @Slot(object, object)
    def _hear(self, what: str, value: Any) -> None:
        if self._has_ended:
            return
        if what == "progressed":
            self.progressed.emit(within(float(value), 0.0, 1.0))
            return
        self._has_ended = True
        try:
            if what == "done":
                self._done(value)
            elif isinstance(value, FmvizError):
                self._failed(value)
            elif what == "failed":
                raise value  # a defect of the program: the crash hook says so
        finally:
            self.ended.emit()

    def _end(self) -> None:
        if not self._has_ended:
            self._has_ended = True
            self.ended.emit()


class Tasks(QObject):
    """Owner of all work beside one window.

    Signals:
        begun(Task): one has been started.
    """

    begun = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._running: list[Task] = []

    @property
    def running(self) -> tuple[Task, ...]:
        """Those whose outcome is still to come, oldest first."""
        return tuple(self._running)

    def run(self, title: str, work: Work[Result], done: Callable[[Result], object],
            failed: Callable[[FmvizError], object], is_write: bool = False) -> Task:
        """Drive `work` in a thread; then call `done` with its result or `failed` with its `FmvizError`, here.

        Args:
            title: what it does, for a person: "Opening talk.fmviz".
            is_write: whether its effect counts even if it was cancelled too late.
        """
        task = Task(title, work, done, failed, is_write, self)
        self._running.append(task)
        task.ended.connect(lambda: self._drop(task))
        task.start()
        self.begun.emit(task)
        return task

    def shutdown(self, seconds: float = _SHUTDOWN_S) -> None:
        """Cancel all and wait so long for the threads; nothing is delivered any more."""
        deadline = time.monotonic() + seconds
        for task in (waited_for := self.findChildren(Task)):
            task.cancel()
            task._end()
        for task in waited_for:
            task.wait(deadline - time.monotonic())

    def _drop(self, task: Task) -> None:
        if task in self._running:
            self._running.remove(task)
        # Its thread has said its last word; one that was given up may still wait for a disk, and is left until the end.
        if not task.is_cancelled and task.wait(_LAST_WORD_S):
            task.deleteLater()
