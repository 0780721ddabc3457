"""Files that a command writes: what can be known about them is asked before the work, not after it."""

from __future__ import annotations

import argparse
import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from fmviz.commandline.interrupts import calm
from fmviz.core.errors import ExportError, why_refused
from fmviz.files.atomic import whole_file

STANDARD = "-"
# Where the file lies before it is sent there.
_FOLDER, _STEM = "fmviz-", "standard-output"


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
