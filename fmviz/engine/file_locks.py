"""Which window has which project: a lock file in the data folder for each, so that nothing lies beside the user's.

Windows on other computers and of other users are not seen here; `disk_state` notices what they have written.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from fmviz.files.lock_file import LockFile, facts_in, this_process, try_lock

_SUFFIX = ".lock"


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
        """Remove what dead windows have left."""
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
