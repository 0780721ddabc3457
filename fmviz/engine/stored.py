"""Projects on the disk: read and written beside the window, never over what somebody else has put there unasked.

Which window has which project says a lock file in the data folder for each, so that nothing lies beside the user's.
Windows on other computers and of other users are not seen so; `disk_state` notices what they have written. The projects
that were opened or saved last are remembered here.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from fmviz.files.atomic import DiskState, disk_state, is_as_known, placing
from fmviz.files.lock_file import LockFile, facts_in, this_process, try_lock
from fmviz.files.project_file import ProjectFile, load_project, save_project

_SUFFIX = ".lock"
MOST_RECENT = 10


@dataclass(frozen=True)
class Owner:
    """The window that has a project: its process and the time from which on, "" if unknown."""

    process: str
    since: str


class FileLocks:
    """The lock of the one project that this window has; `folder` None is no lock at all."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._lock: LockFile | None = None
        self._place = ""

    def claim(self, place: str) -> Owner | None:
        """Say that this window has the project at a real path, and no other any more; return who else has it.

        Where nothing can be locked nobody has anything.
        """
        if self._folder is None or (self._lock is not None and place == self._place):
            return None
        self.release()
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = self._path(place)
            self._lock = try_lock(path)
            if self._lock is None:
                return _owner(facts_in(path))
            self._place = place
            self._lock.write({**this_process(), "since": time.time()})
        return None

    def other_owner(self, place: str) -> Owner | None:
        """Return who else has the project at a real path now; any thread may ask."""
        if self._folder is None or place == self._place:
            return None
        path = self._path(place)
        with suppress(OSError):
            if path.exists():
                lock = try_lock(path)
                if lock is None:
                    return _owner(facts_in(path))
                lock.release()
        return None

    def release(self) -> None:
        """Have no project any more."""
        if self._lock is not None:
            with suppress(OSError):
                self._lock.release()
            self._lock, self._place = None, ""

    def sweep(self) -> None:
        with suppress(OSError):
            for path in self._folder.glob(f"*{_SUFFIX}") if self._folder is not None else ():
                with suppress(OSError):
                    if (self._lock is None or path != self._lock.path) and (lock := try_lock(path)) is not None:
                        lock.release()

    def _path(self, place: str) -> Path:
        assert self._folder is not None
        name = hashlib.blake2b(os.fsencode(os.path.normcase(place)), digest_size=16).hexdigest()
        return self._folder / f"{name}{_SUFFIX}"


def _owner(facts: Mapping[str, Any]) -> Owner:
    pid, since = facts.get("pid"), facts.get("since")
    clock = ""
    if isinstance(since, float):
        with suppress(ValueError, OverflowError, OSError):
            clock = f"{datetime.fromtimestamp(since):%H:%M}"
    return Owner(str(pid) if isinstance(pid, int) else "", clock)


@dataclass(frozen=True, eq=False)
class Stored:
    """A project, the real path of its file, and what that file then was; None if it is not known."""

    file: ProjectFile
    place: str
    state: DiskState | None


class Why(Enum):
    """Why a file is not simply written."""

    CHANGED = "changed"
    GONE = "gone"
    TAKEN = "taken"


@dataclass(frozen=True)
class Objection:
    """What somebody else has done to a file, or who has it open."""

    why: Why
    owner: Owner | None = None


class _Objected(Exception):
    """Stops a file just before it takes its place."""


def read_stored(path: Path) -> Stored:
    """Read a project.

    Raises:
        ProjectError: it cannot be read.
    """
    state = disk_state(path)  # before: what is written in between is then noticed when it is replaced
    return Stored(load_project(path), os.path.realpath(path), state)


def write_stored(path: Path, file: ProjectFile, known: Stored | None, is_sure: bool,
                 owner_of: Callable[[str], Owner | None]) -> Stored | Objection:
    """Write a project, unless somebody else would lose something.

    Args:
        known: the file as it was last read or written here.
        is_sure: whether the user wants it whatever others have done.
        owner_of: tells who else has the file at a real path.
    Raises:
        ProjectError: it cannot be written.
    """
    place = os.path.realpath(path)
    if not is_sure and (owner := owner_of(place)) is not None:
        return Objection(Why.TAKEN, owner)
    state = known.state if known is not None and known.place == place and not is_sure else None

    def look(*_: Path) -> None:
        if state is not None and not is_as_known(place, state):
            raise _Objected

    before = placing.set(look)
    try:
        save_project(path, file)
    except _Objected:
        return Objection(Why.CHANGED if os.path.exists(place) else Why.GONE)
    finally:
        placing.reset(before)
    return Stored(file, place, disk_state(place))


class Recent(QObject):
    """A bounded list of absolute paths without doubles.

    Signals:
        changed(): it is another one.

    Attributes:
        paths: the newest first.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.paths: tuple[Path, ...] = ()

    def set_paths(self, paths: Iterable[Path]) -> None:
        """Replace all; what is too much or double is left out."""
        new = tuple(dict.fromkeys(Path(os.path.abspath(path)) for path in paths))[:MOST_RECENT]
        if new != self.paths:
            self.paths = new
            self.changed.emit()

    def add(self, path: Path) -> None:
        self.set_paths((path, *self.paths))
