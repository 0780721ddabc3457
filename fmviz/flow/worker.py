"""One thread beside the training loop for exact transport plans, whose solver releases the GIL.

Only NumPy and POT run here: the torch device belongs to the thread that trains.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future, wait
from typing import Any, TypeVar

Result = TypeVar("Result")
_SHORT_WAIT_S = 0.02


class Worker:
    """Does one job after another; `close` drops those that have not begun.

    The thread is a daemon: a plan of 8,192 points takes half a minute, and nothing may keep a process that
    was told to end from ending.
    """

    def __init__(self, name: str) -> None:
        self._jobs: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = queue.SimpleQueue()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, job: Callable[[], Any]) -> Future[Any]:
        """Queue a job; its result or its exception comes with the future, which can be cancelled until it begins."""
        future: Future[Any] = Future()
        self._jobs.put((future, job))
        return future

    def close(self) -> None:
        """Drop the jobs that wait and end the thread after the one under way; returns at once."""
        self._is_closed = True
        self._jobs.put(None)

    def _run(self) -> None:
        while (entry := self._jobs.get()) is not None:
            future, job = entry
            if self._is_closed:
                future.cancel()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(job())
            except Exception as error:  # handed to the thread that asks for the result
                future.set_exception(error)


def finish(work: Generator[Any, None, Result]) -> Result:
    """Drive work that pauses, or waits for a thread, to its end at once and return its result."""
    while True:
        try:
            value = next(work)
        except StopIteration as end:
            result: Result = end.value
            return result
        if isinstance(value, Future):
            wait([value])


def breathing(work: Generator[Future[Any] | None, None, Result]) -> Generator[None, None, Result]:
    """Drive work that waits for a thread now and then; breathe meanwhile."""
    while True:
        try:
            value = next(work)
        except StopIteration as end:
            result: Result = end.value
            return result
        while value is not None and not value.done():
            wait([value], _SHORT_WAIT_S)
            yield
        yield
