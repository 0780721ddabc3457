"""The border to the disk: files are read only if they are ordinary ones, files and folders are written whole or not
at all, and what the system refuses is said in words. What is in a file is its own module's."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

_WORDS = {
    "ENOENT": ("there is no such file or folder", "check the name"),
    "EACCES": ("the system does not allow it", "change its permissions or choose another place"),
    "EPERM": ("the system does not allow it", "change its permissions or choose another place"),
    "EROFS": ("the disk is read-only", "choose another place"),
    "EISDIR": ("it is a folder", "give the name of a file"),
    "ENOTDIR": ("a part of its path is a file, not a folder", "check the path"),
    "ENODEV": ("it is a device or a pipe, not a file", "give the name of a file"),
    "ENOSPC": ("the disk is full", "free some space or choose another place"),
    "EDQUOT": ("your share of the disk is used up", "free some space or choose another place"),
    "EFBIG": ("it is larger than the disk allows", "choose another place"),
    "ENAMETOOLONG": ("its name is too long", "choose a shorter one"),
}


def refusal(error: OSError) -> str:
    """Return why the system refused a file and what to do, for the end of a sentence: "the disk is full; ..."."""
    unknown = (error.strerror or str(error), "check the file and its folder")
    reason, remedy = _WORDS.get(errno.errorcode.get(error.errno or 0, ""), unknown)
    return f"{reason}; {remedy}"


def refusal_in(text: str) -> str | None:
    """Return the same for what another program printed when the system refused it a file; None if it did not."""
    for name in _WORDS:
        code = getattr(errno, name, None)
        if code is not None and os.strerror(code).lower() in text.lower():
            return refusal(OSError(code, os.strerror(code)))
    return None


def part_path(path: str | Path, process_id: int) -> Path:
    """Return where that process keeps the unfinished file or folder for `path`: what is left if it was killed."""
    place = Path(os.path.realpath(path))
    return place.with_name(f".{place.name[:50]}.{process_id}.part")


def remove_part(path: str | Path, process_id: int) -> None:
    """Remove what that process left unfinished for `path`, if anything, as far as the system lets."""
    place, aside = Path(os.path.realpath(path)), _aside_path(path, process_id)
    with suppress(OSError):
        if aside.exists() and not place.exists():
            aside.rename(place)  # it was killed between the two moves of `whole_folder`
    for left in (part_path(path, process_id), aside):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        with suppress(OSError):
            left.unlink()


def open_ordinary(path: str | Path) -> BinaryIO:
    """Open a file for reading; a folder, a pipe or a device, which may never end, is refused.

    Raises:
        OSError: it is missing, not ordinary, or not readable.
    """
    place = Path(path)
    _check_ordinary(place)
    return place.open("rb")


@contextmanager
def whole_file(path: str | Path) -> Iterator[BinaryIO]:
    """Open a file for writing that appears at `path` only when the block ends well.

    The old file stays as it is until then, and for good if the block raises; nothing is left beside it. A link is
    followed, the old file's permissions are kept, and the data is on the disk before the old file is gone.

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
    beside = part_path(place, os.getpid())
    try:
        yield beside
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        if place.exists():
            beside.chmod(stat.S_IMODE(place.stat().st_mode))
        os.replace(beside, place)
    finally:
        beside.unlink(missing_ok=True)
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
    beside, aside = part_path(place, os.getpid()), _aside_path(place, os.getpid())
    try:
        beside.mkdir()
        yield beside
        if place.exists():
            beside.chmod(stat.S_IMODE(place.stat().st_mode))
            os.rename(place, aside)
        os.rename(beside, place)
    finally:
        remove_part(place, os.getpid())
    _settle(place.parent)


def _aside_path(path: str | Path, process_id: int) -> Path:
    """Return where an old folder waits while the new one takes its place."""
    return part_path(path, process_id).with_suffix(".old")


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
