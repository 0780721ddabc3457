"""The border to the disk: files are read only if they are ordinary ones, files and folders are written whole or not
at all. What is in a file is its own module's."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import BinaryIO

from fmviz.files.parts import NEW, OLD, WHOLE, Part, copy_into, fits, kin, make_part, sweep

placing: ContextVar[Callable[[Path, Path], None]] = ContextVar("placing", default=lambda _part, _place: None)
"""Called with each finished file or folder just before it takes its place, and with that place; it may refuse."""


def open_ordinary(path: str | Path) -> BinaryIO:
    """Open a file for reading; a folder, a pipe or a device, which may never end, is refused.

    Raises:
        OSError: it is missing, not ordinary, or not readable.
    """
    place = Path(path)
    _check_ordinary(place)
    if place.stat().st_nlink > 1:
        sweep(os.path.dirname(os.path.realpath(place)))  # it may be one that was killed while it was written
    return place.open("rb")


@contextmanager
def whole_file(path: str | Path) -> Iterator[BinaryIO]:
    """Open a file for writing that appears at `path` only when the block ends well.

    The old file stays as it is until then, and for good if the block raises; nothing is left beside it. A link is
    followed, the old file's owner, mode, other names and extended attributes are kept, and the data is on the disk
    before the old file is gone. What killed processes left in the folder is swept.

    Raises:
        OSError: the place cannot be written, the disk is full.
    """
    with whole_path(path) as beside, beside.open("wb") as file:
        yield file


@contextmanager
def whole_path(path: str | Path) -> Iterator[Path]:
    """Give the place of a file that another program can write; it is moved to `path` when the block ends well.

    What holds for `whole_file` holds here. The program must have ended before the block does.

    Raises:
        OSError: the place cannot be written, the disk is full.
    """
    place = Path(os.path.realpath(path))
    if place.exists():
        _check_ordinary(place)
    if place.exists() and not os.access(place, os.W_OK):
        # Moving a file onto a write-protected one would succeed.
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    with _part(place, 0o600 if place.exists() else 0o666) as part:
        yield part.path
        with part.path.open("rb+") as file:
            os.fsync(file.fileno())
        if sys.platform == "win32":
            part.release()  # what is open cannot be moved there
        _put(part.path, place)
    _settle(place.parent)


@contextmanager
def whole_folder(path: str | Path) -> Iterator[Path]:
    """Give an empty folder that is moved to `path` when the block ends well; an old folder there is replaced by it.

    The old one stays as it is until then, and for good if the block raises; nothing is left beside it.

    Raises:
        OSError: the place cannot be written, or it is no folder.
    """
    place = Path(os.path.realpath(path))
    if place.exists() and not place.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    with _part(place, 0o600) as part:
        new, old = kin(part.path, NEW), kin(part.path, OLD)
        try:
            new.mkdir()
            yield new
            placing.get()(new, place)
            if place.exists():
                _take_after(new, place)
                os.rename(place, old)
            os.rename(new, place)
        finally:
            with suppress(OSError):
                if old.exists() and not place.exists():
                    old.rename(place)
            for left in (new, old):
                shutil.rmtree(left, ignore_errors=True)
    _settle(place.parent)


@contextmanager
def _part(place: Path, mode: int) -> Iterator[Part]:
    """Make the part of a file, locked and of that mode; what is left of it at the end is removed."""
    sweep(place.parent)
    part = make_part(place, mode)
    try:
        yield part
    finally:
        part.release()
        part.path.unlink(missing_ok=True)


def _put(part: Path, place: Path) -> None:
    """Let a finished file take the place of the old one, and take after it.

    A move does that at once. It cannot where the old file has other names, or an owner whom only it can keep: there
    the bytes are copied into it, and if that is interrupted, the next `sweep` finishes it.
    """
    placing.get()(part, place)
    is_moved = not place.exists()
    if not is_moved:
        is_like = _take_after(part, place)
        is_moved = (is_like and place.stat().st_nlink == 1) or not fits(place.name)
    if is_moved:
        os.replace(part, place)
        return
    whole = kin(part, WHOLE)
    os.rename(part, whole)
    _settle(place.parent)
    copy_into(whole, place)


def _take_after(new: Path, old: Path) -> bool:
    """Give a file or folder the owner, the mode and the extended attributes of an old one; return whether it could
    have the owner."""
    status, own = old.stat(), new.stat()
    is_same = (status.st_uid, status.st_gid) == (own.st_uid, own.st_gid)
    if sys.platform != "win32" and not is_same:
        try:
            os.chown(new, status.st_uid, status.st_gid)
            is_same = True
        except OSError:
            is_same = False
    new.chmod(stat.S_IMODE(status.st_mode))
    if sys.platform == "linux":
        with suppress(OSError):  # a file system without them
            for name in os.listxattr(old):
                with suppress(OSError):  # some belong to the system alone
                    os.setxattr(new, name, os.getxattr(old, name))
    return is_same


def _check_ordinary(place: Path) -> None:
    mode = place.stat().st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(place))
    if not stat.S_ISREG(mode):
        raise OSError(errno.ENODEV, "it is a device or a pipe", str(place))


def _settle(folder: Path) -> None:
    """Put a folder's new entry on the disk, where the system can do that; the file is whole either way."""
    if os.name != "posix":
        return
    with suppress(OSError):  # folders that may not be read, and some network file systems, refuse
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
