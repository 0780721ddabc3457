"""Ctrl-C and the system's wish to end: heard at once, but never in the middle of what must not be broken off.

An exception that is raised inside Qt's imports or painting ends as a crash, a lost signal or a traceback (3 in 10 of 74
tries). So drawing is done calmly: a signal that comes meanwhile is kept for the end of the block.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

# What a shell adds to the number of the signal that ended a program.
_EXIT_SIGNAL = 128
_SLICE_S = 0.05
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_Value = TypeVar("_Value")


class Ended(KeyboardInterrupt):
    """A signal asked the program to end; `code` is what a shell expects of it then."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.code = _EXIT_SIGNAL + number


class _Listener:
    """What has been heard; one per process, like the handlers themselves."""

    def __init__(self) -> None:
        self.blocks = 0
        self.heard: int | None = None

    def hear(self, number: int, _: FrameType | None) -> None:
        if self.blocks:
            self.heard = number
        else:
            raise Ended(number)


_LISTENER = _Listener()


@contextmanager
def heard_signals() -> Iterator[None]:
    """Raise `Ended` for Ctrl-C and SIGTERM within the block, unless they are ignored or another thread runs it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, _LISTENER.hear)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def calm() -> Iterator[None]:
    """Keep a signal that comes within the block for its end.

    Raises:
        Ended: one has come.
    """
    _LISTENER.blocks += 1
    try:
        yield
    finally:
        _LISTENER.blocks -= 1
        number = _LISTENER.heard
        if not _LISTENER.blocks and number is not None:
            _LISTENER.heard = None
            raise Ended(number)


@contextmanager
def calm_closing(work: Generator[_Value, None, None]) -> Iterator[None]:
    """Close `work` calmly when the block ends, so that its cleanup is not broken off by a second signal."""
    try:
        yield
    finally:
        with calm():
            work.close()


def calmly(work: Iterator[_Value]) -> Iterator[_Value]:
    """Yield what `work` yields; a signal is heard between two values only.

    Raises:
        Ended: one has come.
    """
    while True:
        with calm():
            try:
                value = next(work)
            except StopIteration:
                return
        yield value


def patiently(work: Callable[[], _Value]) -> _Value:
    """Return what `work()` returns; it runs in a thread that may be left behind, so that a signal is heard meanwhile.

    For work of seconds in one call to a library, in which no signal would be heard.
    """
    answer: Future[_Value] = Future()

    def run() -> None:
        try:
            answer.set_result(work())
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=run, name="fmviz-patience", daemon=True).start()
    while not answer.done():
        wait([answer], _SLICE_S)
    return answer.result()
