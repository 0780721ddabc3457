"""The border to the disk: files are read only if they are ordinary ones, files and folders are written whole or not
at all. What is in a file is its own module's.

A part, which is being written, has a random name of its own, is made exclusively, and is locked as long as its process
lives; process numbers say nothing, for two containers that share a folder can have equal ones. What has no lock any
more is swept.

    .name.TOKEN.fmviz-part    what is being written; for a folder, an empty file that only holds the lock
    .name.TOKEN.fmviz-new     the folder that is being written
    .name.TOKEN.fmviz-old     the folder that is being replaced
    .name.TOKEN.fmviz-whole   finished, and on its way into a file that has other names or another owner
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import shutil
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

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
placing: ContextVar[Callable[[Path, Path], None]] = ContextVar("placing", default=lambda _part, _place: None)
"""Called with each finished file or folder just before it takes its place, and with that place; it may refuse."""
_CHUNK = 2**20


def fits(name: str) -> bool:
    """Whether a file's whole name has room in its part's."""
    return len(os.fsencode(name)) <= _MOST_BYTES


def sibling(part: Path, kind: str) -> Path:
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


def own_mark() -> str:
    """Return what marks the parts of this process."""
    return _PROCESS


def sweep(folder: str | Path, mark: str = "") -> None:
    """Remove what killed processes left in a folder, as far as the system lets.

    Args:
        mark: remove what the process with this mark is writing there, and nothing else: it is about to end, or was
            killed and has not yet gone.
    """
    place = Path(os.path.realpath(folder))
    try:
        with os.scandir(place) as entries:
            names = [found for entry in entries if (found := _NAME.fullmatch(entry.name))]
    except OSError:
        return
    for name, token in dict.fromkeys((found[1], found[2]) for found in names):
        if token.startswith(mark):
            _sweep_token(place, name, token, bool(mark))


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


def _sweep_token(folder: Path, name: str, token: str, is_sure: bool) -> None:
    """Remove all of one token, if its process is dead or its end is sure."""
    paths = {kind: folder / f".{name}.{token}.fmviz-{kind}" for kind in (PART, NEW, OLD, WHOLE)}
    with suppress(OSError):
        for kind in (PART, WHOLE):
            if os.path.lexists(paths[kind]) and not _removed(paths[kind], folder / name, is_sure):
                return
        if os.path.lexists(paths[OLD]) and not (folder / name).exists():
            paths[OLD].rename(folder / name)  # it was killed between the two moves
        for kind in (NEW, OLD):
            shutil.rmtree(paths[kind], ignore_errors=True)


def _removed(path: Path, place: Path, is_sure: bool) -> bool:
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
        if not is_here or not (is_free or is_sure):
            return False
        if path.name.endswith(WHOLE) and place.exists() and place.stat().st_mtime - status.st_mtime < _COPY_S:
            copy_into(path, place)
        else:
            path.unlink()
    finally:
        part.release()
    return True


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
        new, old = sibling(part.path, NEW), sibling(part.path, OLD)
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
    whole = sibling(part, WHOLE)
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
