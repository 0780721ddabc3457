"""What a file was when it was last read or written here, so that what others have done to it since is noticed."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from fmviz.files.atomic import open_ordinary

_CHUNK = 2**20


@dataclass(frozen=True)
class DiskState:
    """One version of a file.

    Args:
        digest: of its bytes, in hexadecimal digits.
        status: what the system changes with every write; empty if it is not known. It spares reading the file again.
    """

    digest: str
    status: tuple[int, ...] = ()


def disk_state(path: str | Path) -> DiskState | None:
    """Return what a file is now; None if there is none, it cannot be read, or is a pipe or a device."""
    with suppress(OSError), open_ordinary(path) as file:
        status, digest = _status(os.fstat(file.fileno())), hashlib.blake2b(digest_size=16)
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
        return DiskState(digest.hexdigest(), status)
    return None


def is_as_known(path: str | Path, known: DiskState) -> bool:
    """Return whether a file still holds what it held; who only touches it has changed nothing."""
    with suppress(OSError):
        if _status(os.stat(path)) == known.status:
            return True
    now = disk_state(path)
    return now is not None and now.digest == known.digest


def _status(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
