"""Where the arithmetic runs: the choice of a device and what the user reads about it; one thread beside the training;
how work that pauses is driven, and how long it works.

The thread is for exact transport plans, whose solver releases the GIL.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future, wait
from time import perf_counter
from typing import Any, TypeGuard, TypeVar

import torch

from fmviz.core.errors import ConfigError
from fmviz.core.numbers import counted

News = TypeVar("News")
Result = TypeVar("Result")
_SHORT_WAIT_S = 0.02


def _available() -> dict[str, bool]:
    return {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}


def choose_device(name: str) -> torch.device:
    """Return the device called `name`; "auto" is CUDA, then MPS, then the CPU.

    Raises:
        ConfigError: this machine has no such device, or torch was built without it.
    """
    available = _available()
    if name == "auto":
        return torch.device(next(kind for kind, is_there in available.items() if is_there))
    if not available.get(name, False):
        usable = ", ".join(kind for kind, is_there in available.items() if is_there)
        raise ConfigError(f"The device is {name!r}, but torch finds none here; choose auto or one of: {usable}.")
    return torch.device(name)


def describe_device(device: torch.device) -> str:
    """Return what the user reads, for example "CPU, 1 thread"."""
    if device.type == "cuda":
        return f"CUDA, {torch.cuda.get_device_name(device)}"
    if device.type == "mps":
        return "Apple GPU"
    return f"CPU, {counted(torch.get_num_threads(), 'thread')}"


def use_threads(count: int) -> None:
    """Let torch compute on so many CPU threads."""
    torch.set_num_threads(count)


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

    def submit(self, job: Callable[[], Result]) -> Future[Result]:
        """Queue a job; its result or its exception comes with the future, which can be cancelled until it begins."""
        future: Future[Result] = Future()
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


def has_ended(job: Future[Result] | None) -> TypeGuard[Future[Result]]:
    """Whether there is a job that a worker has done, well or badly; one that it dropped never will be."""
    return job is not None and job.done() and not job.cancelled()


class Stopwatch:
    """Adds up the time that generators work, not the time that they are paused."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def over(self, work: Generator[News, None, Result]) -> Generator[News, None, Result]:
        """Hand on what `work` yields and returns, counting."""
        while True:
            began = perf_counter()
            try:
                news = next(work)
            except StopIteration as end:
                result: Result = end.value
                return result
            finally:
                self.seconds += perf_counter() - began
            yield news


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


def saying(work: Generator[object, None, Result], what: News) -> Generator[News, None, Result]:
    """Drive work, and yield `what` for whatever it yields."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: Result = end.value
            return result
        yield what


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
