"""Unsaved work on the disk: one project file for each process, beside a file that its process holds while it lives.

    recovery/TOKEN.fmviz    what was unsaved, whole
    recovery/TOKEN.held     held by its process; says the title, the file that it was opened from, and how often a
                            start has failed with it

Whatever no living process holds can be offered to the user. No Qt.
"""

from __future__ import annotations

import secrets
from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fmviz.core.errors import FmvizError
from fmviz.core.held import Held, this_process, try_hold, words_of
from fmviz.core.parts import sweep
from fmviz.core.project import LearnedLane, Project
from fmviz.core.project_file import PROJECT_SUFFIX, ProjectFile, load_project, save_project

HELD_SUFFIX = ".held"
# A file with which the program has died twice would keep it from starting for ever.
MOST_FAILED_STARTS = 2
MOST_OFFERED = 20
_LONGEST_TITLE = 255


@dataclass(frozen=True)
class Recovery:
    """Unsaved work of a process that is dead.

    Args:
        path: the project file with it.
        title: what the document was called.
        original: the file that it was opened from, or None.
        digest: what that file then was, as `disk_state` says it; "" if it is not known.
        written: when, seconds since 1970.
        failed_starts: how often the program has died with it.
    """

    path: Path
    title: str
    original: Path | None
    digest: str
    written: float
    failed_starts: int


@dataclass(frozen=True)
class Offer:
    """What a person decides by: a recovery, its project, and how many steps it has learned, 0 for nothing."""

    recovery: Recovery
    project: Project
    steps: int


class RecoveryFile:
    """The recovery of this process, or one that it has taken over."""

    def __init__(self, path: Path, held: Held, words: Mapping[str, Any]) -> None:
        self.path, self._held, self._words = path, held, dict(words)

    def write(self, file: ProjectFile, title: str, original: Path | None, digest: str = "") -> None:
        """Replace what is kept.

        Raises:
            ProjectError, OSError: the disk is full; what was kept before is still there.
        """
        self._say(title=title, original=None if original is None else str(original), digest=digest)
        save_project(self.path, file)

    def survive(self) -> None:
        """Say that the program lives well with it."""
        self._say(failed_starts=0)

    def remove(self) -> None:
        """Keep nothing any more."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
        self._held.release()

    def leave(self) -> None:
        """Let the next start find it."""
        self._held.release(does_stay=True)

    def _say(self, **words: Any) -> None:
        if any(self._words.get(key) != value for key, value in words.items()):
            self._words |= words
            self._held.write(self._words)


def new_recovery(folder: Path) -> RecoveryFile:
    """Make this process' own; nothing is in it yet.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    while True:
        path = folder / f"{secrets.token_hex(8)}{PROJECT_SUFFIX}"
        if not path.exists() and (held := try_hold(path.with_suffix(HELD_SUFFIX))) is not None:
            return RecoveryFile(path, held, {**this_process(), "failed_starts": 0})


def found_recoveries(folder: Path) -> tuple[Recovery, ...]:
    """Return what processes that are dead now have left, the newest first; what is of no use is removed."""
    sweep(folder)
    found = []
    for path in {entry.with_suffix(PROJECT_SUFFIX) for entry in _entries(folder)}:
        with suppress(OSError):
            held = try_hold(path.with_suffix(HELD_SUFFIX))
            if held is None:
                continue
            words = words_of(held.path)
            is_kept = path.exists()
            held.release(does_stay=is_kept)
            if is_kept:
                recovery = _recovery(path, words)
                if recovery.failed_starts < MOST_FAILED_STARTS:
                    found.append(recovery)
    return tuple(sorted(found, key=lambda recovery: recovery.written, reverse=True))


def taken(recovery: Recovery) -> tuple[RecoveryFile, ProjectFile] | None:
    """Take one over and read it; None if another process was faster.

    Until `survive` is called it counts as a start that has failed with it.

    Raises:
        ProjectError, OSError: it cannot be read; it stays where it is.
    """
    held = try_hold(recovery.path.with_suffix(HELD_SUFFIX))
    if held is None:
        return None
    own = RecoveryFile(recovery.path, held, words_of(held.path))
    try:
        own._say(failed_starts=recovery.failed_starts + 1)
        return own, load_project(recovery.path)
    except BaseException:
        own.leave()
        raise


def looking(folder: Path) -> Generator[float | None, None, tuple[Offer, ...]]:
    """Read what can be offered, the newest first; what cannot be read stays where it is, and is not offered again.

    Until one is read it counts as a start that has failed with it. Yields how far it is.
    """
    yield None
    found, offers = found_recoveries(folder)[:MOST_OFFERED], list[Offer]()
    for index, recovery in enumerate(found):
        with suppress(FmvizError, OSError):
            if (both := taken(recovery)) is not None:
                own, file = both
                own._say(failed_starts=recovery.failed_starts)
                own.leave()
                offers.append(Offer(recovery, file.project, _steps(file.lanes) or _steps(file.others)))
        yield (index + 1) / len(found)
    return tuple(offers)


def discard(recovery: Recovery) -> None:
    """Remove one, unless another process has taken it."""
    with suppress(OSError):
        held = try_hold(recovery.path.with_suffix(HELD_SUFFIX))
        if held is not None:
            RecoveryFile(recovery.path, held, {}).remove()


def _steps(learned: Sequence[LearnedLane]) -> int:
    return max((lane.snapshot.step for lane in learned if lane.snapshot is not None), default=0)


def _entries(folder: Path) -> list[Path]:
    try:
        return [entry for entry in folder.iterdir() if entry.suffix in (PROJECT_SUFFIX, HELD_SUFFIX)]
    except OSError:
        return []


def _recovery(path: Path, words: Mapping[str, Any]) -> Recovery:
    title, original, digest, failed = (words.get(key) for key in ("title", "original", "digest", "failed_starts"))
    return Recovery(
        path,
        title[:_LONGEST_TITLE] if isinstance(title, str) and title.strip() else "Untitled",
        Path(original) if isinstance(original, str) and original and "\0" not in original else None,
        digest if isinstance(digest, str) else "",
        path.stat().st_mtime,
        failed if isinstance(failed, int) and failed >= 0 else 0,
    )
