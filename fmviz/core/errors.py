"""The errors that a person can cause. Each message is one sentence: what, the value seen, what to do.

The command line prints it and exits with 2, the window shows it in a message; anything that is not an
`FmvizError` is a defect of the program and goes to the crash hook.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from os import PathLike
from typing import TypeVar

Row = TypeVar("Row")


class FmvizError(Exception):
    """Base of every error that the user can mend."""


class DesktopError(FmvizError):
    """This desktop has no menu entries of the kind that fmviz can make, or does not take one."""


class CloudError(FmvizError):
    """A cloud or a cloud file cannot be used."""


class ConfigError(FmvizError):
    """A setting has an impossible value."""


class ProjectError(FmvizError):
    """A project file cannot be read or written."""


class ExportError(FmvizError):
    """An export cannot be made as asked."""


class TrainingError(FmvizError):
    """Training stopped because of its settings or its data; the last good weights are kept."""


_SYSTEM_WORDS = {
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
# Enough to recognise a name by; a sentence stays a sentence.
LONGEST_QUOTE = 60


def quoted(text: object) -> str:
    """Return foreign text for use in a sentence: in quotes, on one line, at most 60 characters of it.

    What cannot be printed is shown by its code, so that a name from a file can neither break the line nor
    reorder it. Other values than texts are shown as Python writes them, cut likewise.
    """
    shown = repr(str(text)) if isinstance(text, PathLike) else repr(text)
    return shown if len(shown) <= LONGEST_QUOTE + 2 else shown[: LONGEST_QUOTE - 2] + "..." + shown[0]


def row_of(table: Mapping[str, Row], key: str, what: str, error: type[FmvizError] = ConfigError) -> Row:
    """Return the row of a table.

    Args:
        what: what its rows are called, in the singular.
    Raises:
        error: there is none of that key.
    """
    if key not in table:
        raise error(f"There is no {what} {quoted(key)}; choose one of {', '.join(table)}.")
    return table[key]


def why_refused(error: OSError) -> str:
    """Return why the system refused a file and what to do, for the end of a sentence: "the disk is full; ..."."""
    unknown = (error.strerror or str(error), "check the file and its folder")
    reason, remedy = _SYSTEM_WORDS.get(errno.errorcode.get(error.errno or 0, ""), unknown)
    return f"{reason}; {remedy}"


def why_refused_in(text: str) -> str | None:
    """Return the same for what another program printed when the system refused it a file; None if it did not."""
    for name in _SYSTEM_WORDS:
        code = getattr(errno, name, None)
        if code is not None and os.strerror(code).lower() in text.lower():
            return why_refused(OSError(code, os.strerror(code)))
    return None
