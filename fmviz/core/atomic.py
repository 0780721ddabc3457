"""Writing a file whole or not at all: beside its place first, then moved there. And what the system's refusals mean."""

from __future__ import annotations

import errno
import os
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


@contextmanager
def whole_file(path: str | Path) -> Iterator[BinaryIO]:
    """Open a file for writing that appears at `path` only when the block ends well.

    The old file stays as it is until then, and for good if the block raises; nothing is left beside it. A link is
    followed, the old file's permissions are kept, and the data is on the disk before the old file is gone.

    Raises:
        OSError: the place cannot be written, the disk is full.
    """
    place = Path(os.path.realpath(path))
    if place.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    beside = place.with_name(f".{place.name[:100]}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if place.exists():
            beside.chmod(stat.S_IMODE(place.stat().st_mode))
        os.replace(beside, place)
    finally:
        beside.unlink(missing_ok=True)
    _settle(place.parent)


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
