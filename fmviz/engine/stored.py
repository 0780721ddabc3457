"""A project on the disk: read and written beside the window, never over what somebody else has put there unasked."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from fmviz.engine.file_locks import Owner
from fmviz.files.atomic import placing
from fmviz.files.disk_state import DiskState, disk_state, is_as_known
from fmviz.files.project_file import ProjectFile, load_project, save_project


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
