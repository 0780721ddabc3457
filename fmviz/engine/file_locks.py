"""Which window has which project: a held file in the data folder for each, so that nothing lies beside the user's.

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

from fmviz.core.held import Held, this_process, try_hold, words_of

_SUFFIX = ".held"


@dataclass(frozen=True)
class Owner:
    """The window that has a project: its process and the time from which on, "" if unknown."""

    process: str
    since: str


class FileLocks:
    """The lock of the one project that this window has; `folder` None is no lock at all."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._held: Held | None = None
        self._place = ""

    def claim(self, place: str) -> Owner | None:
        """Say that this window has the project at a real path, and no other any more; return who else has it.

        Where nothing can be locked nobody has anything.
        """
        if self._folder is None or (self._held is not None and place == self._place):
            return None
        self.release()
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = self._path(place)
            self._held = try_hold(path)
            if self._held is None:
                return _owner(words_of(path))
            self._place = place
            self._held.write({**this_process(), "since": time.time()})
        return None

    def other_owner(self, place: str) -> Owner | None:
        """Return who else has the project at a real path now; any thread may ask."""
        if self._folder is None or place == self._place:
            return None
        path = self._path(place)
        with suppress(OSError):
            if path.exists():
                held = try_hold(path)
                if held is None:
                    return _owner(words_of(path))
                held.release()
        return None

    def release(self) -> None:
        """Have no project any more."""
        if self._held is not None:
            with suppress(OSError):
                self._held.release()
            self._held, self._place = None, ""

    def sweep(self) -> None:
        """Remove what dead windows have left."""
        with suppress(OSError):
            for path in self._folder.glob(f"*{_SUFFIX}") if self._folder is not None else ():
                with suppress(OSError):
                    if (self._held is None or path != self._held.path) and (held := try_hold(path)) is not None:
                        held.release()

    def _path(self, place: str) -> Path:
        assert self._folder is not None
        name = hashlib.blake2b(os.fsencode(os.path.normcase(place)), digest_size=16).hexdigest()
        return self._folder / f"{name}{_SUFFIX}"


def _owner(words: Mapping[str, Any]) -> Owner:
    pid, since = words.get("pid"), words.get("since")
    clock = ""
    if isinstance(since, float):
        with suppress(ValueError, OverflowError, OSError):
            clock = f"{datetime.fromtimestamp(since):%H:%M}"
    return Owner(str(pid) if isinstance(pid, int) else "", clock)
