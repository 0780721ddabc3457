"""Files that a command writes: asked about before the work, written beside and moved into place after it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from fmviz.core.errors import ExportError


def checked_output(text: str, suffixes: Sequence[str]) -> Path:
    """Return the path to write, after asking everything that can be known before the work.

    Raises:
        ExportError: another ending, a folder of that name, no such folder, or one that cannot be written to.
    """
    path = Path(text)
    if path.suffix.lower() not in suffixes:
        raise ExportError(f"The output is {text!r}; give a name that ends in {' or '.join(suffixes)}.")
    folder = path.parent
    if not folder.is_dir():
        raise ExportError(f"The folder of the output {text!r} does not exist; make it or choose another.")
    if path.is_dir():
        raise ExportError(f"The output {text!r} is a folder; give the name of a file.")
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise ExportError(f"The output {text!r} cannot be written: no permission; choose another place.")
    return path


def write_whole(path: Path, write: Callable[[BinaryIO], None]) -> None:
    """Write a file beside `path` and move it into place; on any failure the old file stays and nothing is left.

    Raises:
        ExportError: the disk is full or the place cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError as error:
        raise ExportError(write_failure(path, error)) from error
    finally:
        beside.unlink(missing_ok=True)


def write_failure(path: Path, error: OSError) -> str:
    """Return the sentence for a write that the system refused."""
    return (f"{str(path)!r} could not be written: {error.strerror or error}; free some space or choose another place "
            "(what was there before is untouched).")
