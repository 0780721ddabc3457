"""Where exports are written: a file, or a PNG sequence, which is a folder with one numbered picture for each frame.

Each appears whole or not at all; a folder is replaced only where nothing else can be lost.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from fmviz.core.errors import ExportError, why_refused
from fmviz.files.atomic import whole_file, whole_folder

_NAME = re.compile(r"frame-\d{5}\.png")


@contextmanager
def export_file(path: str | Path) -> Iterator[BinaryIO]:
    """Open a file that appears only when the block ends well; an old one is untouched until then.

    Raises:
        ExportError: the place cannot be written or the disk is full.
    """
    try:
        with whole_file(path) as file:
            yield file
    except OSError as error:
        raise ExportError(f"{path} cannot be written: {why_refused(error)}.") from error


def frame_name(index: int) -> str:
    """Return the name of a frame, counted from 0: "frame-00001.png" is the first."""
    return f"frame-{index + 1:05d}.png"


def check_folder(path: str | Path) -> None:
    """Make sure that a sequence can take the place of what is at `path`.

    Raises:
        ExportError: a file, or a folder that holds something else than a sequence.
    """
    try:
        with os.scandir(path) as entries:
            strange = next((entry.name for entry in entries if not _NAME.fullmatch(entry.name)), None)
    except FileNotFoundError:
        return
    except OSError as error:
        raise ExportError(f"{str(path)!r} cannot take a PNG sequence: {why_refused(error)}.") from error
    if strange is not None:
        raise ExportError(f"The folder {str(path)!r} holds {strange!r}, and a PNG sequence would replace the whole "
                          "folder; choose a new or an empty one.")


@contextmanager
def sequence_folder(path: str | Path) -> Iterator[Path]:
    """Give an empty folder for the frames that takes the place of `path` when the block ends well.

    Raises:
        ExportError: the place cannot be written, or holds something else than a sequence.
    """
    check_folder(path)
    try:
        with whole_folder(path) as folder:
            yield folder
            check_folder(path)  # it may have been filled meanwhile
    except OSError as error:
        raise ExportError(f"{str(path)!r} cannot be written: {why_refused(error)}.") from error


def copy_frame(frame: Path, again: Path) -> None:
    """Let a frame stand once more under another name, as a file of its own.

    Raises:
        OSError: the disk is full.
    """
    shutil.copyfile(frame, again)


def size_of(folder: str | Path) -> int:
    """Return how many bytes the files in a folder have together."""
    with os.scandir(folder) as entries:
        return sum(entry.stat().st_size for entry in entries)
