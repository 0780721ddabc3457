"""Unfinished files: how they are named beside the file that they become, whose they are, and how dead ones go.

Each has a random name of its own, is made exclusively, and is locked as long as its process lives; process numbers say
nothing, for two containers that share a folder can have equal ones. What has no lock any more is swept.

    .name.TOKEN.fmviz-part    what is being written; for a folder, an empty file that only holds the lock
    .name.TOKEN.fmviz-new     the folder that is being written
    .name.TOKEN.fmviz-old     the folder that is being replaced
    .name.TOKEN.fmviz-whole   finished, and on its way into a file that has other names or another owner
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from fmviz.files.lock_file import lock_handle

PART, NEW, OLD, WHOLE = "part", "new", "old", "whole"

# All tokens of this process begin so.
_PROCESS = secrets.token_hex(8)
_TOKEN_DIGITS = 24
_NAME = re.compile(rf"\.(.+)\.([0-9a-f]{{{_TOKEN_DIGITS}}})\.fmviz-({PART}|{NEW}|{OLD}|{WHOLE})", re.DOTALL)
# A file's name has at most 255 bytes almost everywhere.
_MOST_BYTES = 255 - len("..") - _TOKEN_DIGITS - len(".fmviz-whole")
# An interrupted copy is finished only if nothing else can have written the file since.
_COPY_S = 60.0
# Windows has no lock that a new name leaves alone; there what is open cannot be removed, except while it is moved.
_MOVE_S = 60.0


def fits(name: str) -> bool:
    """Whether a file's whole name has room in its part's."""
    return len(os.fsencode(name)) <= _MOST_BYTES


def kin(part: Path, kind: str) -> Path:
    """Return the path of another kind with the token of `part`."""
    return part.with_name(f"{part.name.rpartition('-')[0]}-{kind}")


@dataclass
class Part:
    """An unfinished file, and the handle that holds its lock; None after its release."""

    path: Path
    handle: int | None

    def release(self) -> None:
        """Let go of the file: it may be moved, and swept."""
        if self.handle is not None:
            os.close(self.handle)
            self.handle = None


def make_part(place: Path, mode: int) -> Part:
    """Make an empty part for `place`.

    Where the file system has no locks it is not locked, and nobody will sweep it.

    Raises:
        OSError: the folder cannot be written.
    """
    name = os.fsdecode(os.fsencode(place.name)[:_MOST_BYTES])
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    while True:
        token = _PROCESS + secrets.token_hex(_TOKEN_DIGITS // 2 - len(_PROCESS) // 2)
        part = place.with_name(f".{name}.{token}.fmviz-{PART}")
        handle = os.open(part, flags, mode)
        # Who sweeps may have been faster, between the making and the lock.
        if _lock(handle) is not False and os.fstat(handle).st_nlink:
            return Part(part, handle)
        os.close(handle)


def sweep(folder: str | Path, is_mine: bool = False) -> None:
    """Remove what killed processes left in a folder, as far as the system lets.

    Args:
        is_mine: remove what this process itself is writing there, and nothing else: it is about to end.
    """
    place = Path(os.path.realpath(folder))
    try:
        with os.scandir(place) as entries:
            names = [found for entry in entries if (found := _NAME.fullmatch(entry.name))]
    except OSError:
        return
    for name, token in dict.fromkeys((found[1], found[2]) for found in names):
        if not is_mine or token.startswith(_PROCESS):
            _sweep_token(place, name, token, is_mine)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Wait until no other process is in such a block for that folder; where folders have no locks nobody waits."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def copy_into(whole: Path, place: Path) -> None:
    """Write a finished file's bytes into another one, which keeps its place on the disk; the finished one goes.

    Raises:
        OSError: the disk is full, and then the old bytes are there still; or it failed, and then the finished file is.
    """
    with whole.open("rb") as source, place.open("r+b") as target:
        before, size = os.fstat(target.fileno()).st_size, os.fstat(source.fileno()).st_size
        if sys.platform == "linux" and size > before:
            try:
                os.posix_fallocate(target.fileno(), before, size - before)
            except OSError:
                target.truncate(before)
                whole.unlink()
                raise
        shutil.copyfileobj(source, target)
        target.truncate()
        target.flush()
        os.fsync(target.fileno())
    whole.unlink()


def _lock(handle: int) -> bool | None:
    """Take the lock of an open file: whether it was free, or None where there are no locks."""
    if sys.platform == "win32":
        return None
    try:
        return lock_handle(handle)
    except OSError:
        return None


def _sweep_token(folder: Path, name: str, token: str, is_mine: bool) -> None:
    """Remove all of one token, if its process is dead."""
    paths = {kind: folder / f".{name}.{token}.fmviz-{kind}" for kind in (PART, NEW, OLD, WHOLE)}
    with suppress(OSError):
        for kind in (PART, WHOLE):
            if os.path.lexists(paths[kind]) and not _removed(paths[kind], folder / name, is_mine):
                return
        if os.path.lexists(paths[OLD]) and not (folder / name).exists():
            paths[OLD].rename(folder / name)  # it was killed between the two moves
        for kind in (NEW, OLD):
            shutil.rmtree(paths[kind], ignore_errors=True)


def _removed(path: Path, place: Path, is_mine: bool) -> bool:
    """Remove a dead process' file, finishing what it was about; return whether it was dead."""
    handle = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    part = Part(path, handle)
    try:
        status = os.fstat(handle)
        is_free = _lock(handle)
        if is_free is None and sys.platform == "win32":
            is_free = time.time() - status.st_mtime > _MOVE_S
            part.release()  # now only a file that nobody has open can be removed
        is_here = stat.S_ISREG(status.st_mode) and os.path.samestat(status, path.lstat())
        if not is_here or not (is_free or is_mine):
            return False
        if path.name.endswith(WHOLE) and place.exists() and place.stat().st_mtime - status.st_mtime < _COPY_S:
            copy_into(path, place)
        else:
            path.unlink()
    finally:
        part.release()
    return True
