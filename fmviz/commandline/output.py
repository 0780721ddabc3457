"""Files that a command writes, and Ctrl-C: heard at once, but never in the middle of what must not be broken off.

What can be known about a file is asked before the work, not after it. An exception that is raised inside Qt's imports
or painting ends as a crash, a lost signal or a traceback (3 in 10 of 74 tries). So drawing is done calmly: a signal
that comes meanwhile, the system's wish to end too, is kept for the end of the block.
"""

from __future__ import annotations

import argparse
import errno
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from fmviz.core.errors import ExportError, why_refused
from fmviz.files.atomic import whole_file

# What a shell adds to the number of the signal that ended a program.
_EXIT_SIGNAL = 128
_SLICE_S = 0.05
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_Value = TypeVar("_Value")
STANDARD = "-"
# Where the file lies before it is sent there.
_FOLDER, _STEM = "fmviz-", "standard-output"


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


def driven(work: Generator[Any, None, _Value], hear: Callable[[Any], object]) -> _Value:
    """Return what `work` returns. What it yields is heard, but for breaths (None) and futures, which are waited for.

    A signal is heard between two values only, and none breaks off its cleanup.

    Raises:
        Ended: one has come.
    """
    try:
        while True:
            with calm():
                try:
                    news = next(work)
                except StopIteration as end:
                    made: _Value = end.value
                    return made
            if isinstance(news, Future):
                _wait_for(news)
            elif news is not None:
                hear(news)
    finally:
        with calm():
            work.close()


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
    _wait_for(answer)
    return answer.result()


def _wait_for(future: Future[Any]) -> None:
    while not future.done():
        wait([future], _SLICE_S)


def checked_output(text: str, suffixes: Sequence[str]) -> Path:
    """Return the path to write, after asking everything that can be known before the work.

    Raises:
        ExportError: another ending, a folder of that name, no such folder, or one that cannot be written to.
    """
    path = Path(text)
    if path.suffix.lower() not in suffixes:
        raise ExportError(f"The output is {text!r}; give a name that ends in {' or '.join(suffixes)}.")
    with writing(path):
        with suppress(FileNotFoundError, NotADirectoryError):
            # Refused by the system: a name that is too long, a folder that may not be looked into. From Python 3.14
            # on none of Path's questions raises for them.
            path.stat()
        if path.parent.exists() and not path.parent.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), text)
        if not path.parent.is_dir():
            raise ExportError(f"The folder of the output {text!r} does not exist; make it or choose another.")
        if path.is_dir():
            raise ExportError(f"The output {text!r} is a folder; give the name of a file.")
        if not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
            raise ExportError(f"The output {text!r} may not be written by you; change permissions or choose another "
                              "place.")
    return path


def run_for_output(arguments: argparse.Namespace, run: Callable[[argparse.Namespace], int]) -> int:
    """Run a command that writes one file; where OUT is - the file's bytes go to standard output when it is whole.

    Raises:
        ExportError: no format for standard output, one for a file, a terminal that would show bytes, several files.
    """
    form = arguments.output_format
    if arguments.out != STANDARD:
        if form is not None:
            raise ExportError(f"--format is for standard output, and the output is {arguments.out!r}, whose ending "
                              "says what it is; leave it out, or give - as the output.")
        return run(arguments)
    if form is None:
        raise ExportError("Standard output has no ending that says what to write; give --format, for example "
                          "--format csv or --format gif.")
    if getattr(arguments, "view", None) == "all":
        raise ExportError("Standard output takes one file and --view all makes several; name one view.")
    if sys.stdout.isatty():
        raise ExportError("Standard output is a terminal, which would show the file's bytes; send it on with > or |.")
    with tempfile.TemporaryDirectory(prefix=_FOLDER) as folder:
        arguments.out = os.path.join(folder, f"{_STEM}.{form}")
        code = run(arguments)
        sys.stdout.flush()
        with open(arguments.out, "rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    return code


def output_name(path: Path) -> str:
    """Return what a person calls an output: its path, or standard output."""
    return "Standard output" if path.stem == _STEM and path.parent.name.startswith(_FOLDER) else str(path)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn the system's refusal to write `path` into a sentence.

    Raises:
        ExportError: the disk is full, the place cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise ExportError(f"{str(path)!r} could not be written: {why_refused(error)}.") from error


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, whatever signals come meanwhile.

    Raises:
        ExportError: it cannot be written.
    """
    with writing(path), calm(), whole_file(path) as file:
        file.write(data)
