"""A file that belongs to a living process by a lock of the system, which ends with the process however that ends.

Process numbers are only shown to people: they are used again, and two containers can have equal ones.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

# Where Windows locks, which forbids others to read what is locked: far behind the text.
_WINDOWS_LOCK_AT = 2**30
_MOST_BYTES = 2**20


class LockFile:
    """A file that this process has locked, with a few facts for whoever else wants it; `try_lock` makes it."""

    def __init__(self, path: Path, handle: int) -> None:
        self.path, self._handle = path, handle

    def write(self, facts: Mapping[str, Any]) -> None:
        """Replace what the file says.

        Raises:
            OSError: the disk is full.
        """
        data = json.dumps(dict(facts)).encode()
        os.lseek(self._handle, 0, os.SEEK_SET)
        os.write(self._handle, data)
        os.ftruncate(self._handle, len(data))
        os.fsync(self._handle)

    def release(self, does_stay: bool = False) -> None:
        """Let it go, and remove it unless it stays; once."""
        if self._handle < 0:
            return
        if not does_stay and sys.platform != "win32":
            self.path.unlink(missing_ok=True)  # first: whoever locks it now sees that it has no name any more
        os.close(self._handle)
        self._handle = -1
        if not does_stay:
            with suppress(OSError):
                self.path.unlink(missing_ok=True)


def try_lock(path: Path) -> LockFile | None:
    """Lock a file, which is made if it is missing; None if a living process has locked it.

    Raises:
        OSError: it cannot be made, or the disk knows no locks.
    """
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        try:
            is_free = lock_handle(handle)
            if is_free and os.path.exists(path) and os.path.samestat(os.fstat(handle), os.stat(path)):
                return LockFile(path, handle)
        except OSError:
            os.close(handle)
            raise
        os.close(handle)
        if not is_free:
            return None


def facts_in(path: Path) -> dict[str, Any]:
    """Return what a lock file says, as far as it can be read; nothing in it is trusted."""
    try:
        with path.open("rb") as file:
            facts = json.loads(file.read(_MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return facts if isinstance(facts, dict) else {}


def this_process() -> dict[str, Any]:
    """Return what a person can recognise this process by."""
    return {"pid": os.getpid(), "host": socket.gethostname()}


def lock_handle(handle: int) -> bool:
    """Lock an open file until it is closed; return whether it was free.

    Raises:
        OSError: the file system knows no locks.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(handle, _WINDOWS_LOCK_AT, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK):
            return False
        raise
    return True
