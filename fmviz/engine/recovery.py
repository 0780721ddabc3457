"""Unsaved work on the disk, kept by itself: one project file for each process, beside a file that it has locked.

    recovery/TOKEN.fmviz    what was unsaved, whole
    recovery/asking         locked while a window offers them, so that no other one does
    recovery/TOKEN.lock     locked while its process lives; says the title, the file that it was opened from, how
                            often a start has failed with it, and since when the user knows that it is offered no more

Whatever no living process has locked can be offered to the user. What cannot be opened is set aside: it stays for some
weeks after the user was told. What counts as unsaved is what a project file would lose: drawings, settings, scenes and
what was learned, also in a project that was never saved.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from fmviz.core.errors import FmvizError, ProjectError
from fmviz.core.project import LearnedLane, Project, holds_same
from fmviz.engine.background import Task, Tasks, at_once
from fmviz.engine.document import Document
from fmviz.engine.session import Session
from fmviz.files.atomic import sweep
from fmviz.files.lock_file import LockFile, facts_in, this_process, try_lock
from fmviz.files.project_file import PROJECT_SUFFIX, ProjectFile, load_project, save_project

LOCK_SUFFIX = ".lock"
_ASKING = "asking"
# A file with which the program has died twice would keep it from starting for ever.
MOST_FAILED_STARTS = 2
MOST_OFFERED = 20
# Long enough to notice after a holiday, and to copy it elsewhere.
SET_ASIDE_S = 30 * 86_400.0
_LONGEST_TITLE = 255
# At most 30 s of work may be lost; this leaves a slow disk as long again.
INTERVAL_MS = 12_000
# After a program has lived so long with recovered work, the work is not what it died of.
SURVIVAL_MS = 20_000


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
        set_aside: when the user was told that it is not offered any more, seconds since 1970; None if not yet.
    """

    path: Path
    title: str
    original: Path | None
    digest: str
    written: float
    failed_starts: int
    set_aside: float | None = None

    @property
    def kept_until(self) -> float:
        """When it is removed if it is not offered any more, seconds since 1970."""
        return max(time.time() if self.set_aside is None else self.set_aside, self.written) + SET_ASIDE_S


@dataclass(frozen=True)
class Offer:
    """What a person decides by: a recovery, its project, and how many steps it has learned, 0 for nothing."""

    recovery: Recovery
    project: Project
    steps: int


@dataclass(frozen=True)
class Found:
    """What processes that are dead now have left, each the newest first.

    Args:
        offers: what can be opened.
        aside: what could not be opened, and is kept for the time being.
    """

    offers: tuple[Offer, ...]
    aside: tuple[Recovery, ...]


class RecoveryFile:
    """The recovery of this process, or one that it has taken over."""

    def __init__(self, path: Path, lock: LockFile, facts: Mapping[str, Any]) -> None:
        self.path, self._lock, self._facts = path, lock, dict(facts)

    def write(self, file: ProjectFile, title: str, original: Path | None, digest: str = "") -> None:
        """Replace what is kept.

        Raises:
            ProjectError, OSError: the disk is full; what was kept before is still there.
        """
        self._say(title=title, original=None if original is None else str(original), digest=digest)
        save_project(self.path, file)

    def survive(self) -> None:
        """Say that the program lives well with it."""
        self._say(failed_starts=0, set_aside=None)

    def remove(self) -> None:
        """Keep nothing any more."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
        self._lock.release()

    def leave(self) -> None:
        """Let the next start find it."""
        self._lock.release(does_stay=True)

    def _say(self, **facts: Any) -> None:
        if any(self._facts.get(key) != value for key, value in facts.items()):
            self._facts |= facts
            self._lock.write(self._facts)


def new_recovery(folder: Path) -> RecoveryFile:
    """Make this process' own; nothing is in it yet.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    while True:
        path = folder / f"{secrets.token_hex(8)}{PROJECT_SUFFIX}"
        if not path.exists() and (lock := try_lock(path.with_suffix(LOCK_SUFFIX))) is not None:
            return RecoveryFile(path, lock, {**this_process(), "failed_starts": 0})


def found_recoveries(folder: Path) -> tuple[Recovery, ...]:
    """Return what processes that are dead now have left, the newest first; what is of no use any more is removed."""
    sweep(folder)
    found = []
    for path in {entry.with_suffix(PROJECT_SUFFIX) for entry in _entries(folder)}:
        with suppress(OSError):
            lock = try_lock(path.with_suffix(LOCK_SUFFIX))
            if lock is None:
                continue
            facts = facts_in(lock.path)
            is_kept = path.exists()
            lock.release(does_stay=is_kept)
            if is_kept:
                recovery = _recovery(path, facts)
                if _can_be_offered(recovery) or recovery.kept_until > time.time():
                    found.append(recovery)
                else:
                    discard(recovery)
    return tuple(sorted(found, key=lambda recovery: recovery.written, reverse=True))


def taken(recovery: Recovery) -> tuple[RecoveryFile, ProjectFile] | None:
    """Take one over and read it; None if another process was faster.

    Until `survive` is called it counts as a start that has failed with it.

    Raises:
        ProjectError, OSError: it cannot be read; it stays where it is.
    """
    if (own := _locked(recovery)) is None:
        return None
    try:
        own._say(failed_starts=recovery.failed_starts + 1)
        return own, load_project(recovery.path)
    except BaseException:
        own.leave()
        raise


def looking(folder: Path) -> Generator[float | None, None, Found]:
    """Read what can be offered; what cannot be read stays where it is.

    Until one is read it counts as a start that has failed with it. Yields how far it is.
    """
    yield None
    found = found_recoveries(folder)
    hopeful = [recovery for recovery in found if _can_be_offered(recovery)][:MOST_OFFERED]
    aside, offers = [recovery for recovery in found if not _can_be_offered(recovery)], list[Offer]()
    for index, recovery in enumerate(hopeful):
        try:
            if (both := taken(recovery)) is not None:
                own, file = both
                own._say(failed_starts=recovery.failed_starts)
                own.leave()
                offers.append(Offer(recovery, file.project, _steps(file.lanes) or _steps(file.others)))
        except FmvizError:
            aside.append(recovery)
        except OSError:  # a disk that may come back
            pass
        yield (index + 1) / len(hopeful)
    return Found(tuple(offers), tuple(sorted(aside, key=lambda recovery: recovery.written, reverse=True)))


def take_turn(folder: Path) -> LockFile | None:
    """Be the one window that offers what is in the folder, until it is released; None if another one does.

    Raises:
        OSError: the folder cannot be written.
    """
    return try_lock(folder / _ASKING)


def set_aside(recoveries: Iterable[Recovery]) -> None:
    """Know that the user was told now that these are not offered any more."""
    for recovery in recoveries:
        with suppress(OSError):
            if (own := _locked(recovery)) is not None:
                own._say(set_aside=time.time())
                own.leave()


def discard(recovery: Recovery) -> None:
    """Remove one, unless another process has taken it."""
    with suppress(OSError):
        if (own := _locked(recovery)) is not None:
            own.remove()


def _locked(recovery: Recovery) -> RecoveryFile | None:
    """Lock the recovery of a dead process; None if another process was faster."""
    lock = try_lock(recovery.path.with_suffix(LOCK_SUFFIX))
    return None if lock is None else RecoveryFile(recovery.path, lock, facts_in(lock.path))


def _can_be_offered(recovery: Recovery) -> bool:
    return recovery.failed_starts < MOST_FAILED_STARTS


def _steps(learned: Sequence[LearnedLane]) -> int:
    return max((max(0, lane.snapshot.step) for lane in learned if lane.snapshot is not None), default=0)


def _entries(folder: Path) -> list[Path]:
    try:
        return [entry for entry in folder.iterdir() if entry.suffix in (PROJECT_SUFFIX, LOCK_SUFFIX)]
    except OSError:
        return []


def _recovery(path: Path, facts: Mapping[str, Any]) -> Recovery:
    title, original, digest, failed, aside = (
        facts.get(key) for key in ("title", "original", "digest", "failed_starts", "set_aside"))
    return Recovery(
        path,
        title[:_LONGEST_TITLE] if isinstance(title, str) and title.strip() else "Untitled",
        Path(original) if isinstance(original, str) and original and "\0" not in original else None,
        digest if isinstance(digest, str) else "",
        path.stat().st_mtime,
        failed if isinstance(failed, int) and failed >= 0 else 0,
        float(aside) if isinstance(aside, int | float) and 0 < aside <= time.time() else None,
    )


class Autosave(QObject):
    """Keeps the document's unsaved work in `folder`.

    Signals:
        failed(str): why it cannot be kept, one sentence; once, until it can be again.
    """

    failed = Signal(str)

    def __init__(self, document: Document, session: Session, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._session, self._folder = document, session, folder
        self._tasks = Tasks(self)
        self._writing: Task | None = None
        self._own: RecoveryFile | None = None
        self._safe: ProjectFile | None = self.present()  # what the user's file holds; None if nobody knows
        self._kept: ProjectFile | None = None  # what our file holds
        self._digest = ""
        self._has_failed = self._is_left = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.keep)
        document.changed.connect(self._follow)
        session.snapshot_changed.connect(self._follow)
        session.kept_changed.connect(self._follow)

    def present(self) -> ProjectFile:
        """Return what a file of the document would hold now."""
        return ProjectFile(self._document.project, self._session.learned())

    @Slot(object, str)
    def settle(self, file: ProjectFile, digest: str = "") -> None:
        """Know that the user's file, or nobody's, holds this: after saving, opening, beginning anew.

        Args:
            digest: of the user's file.
        """
        self._safe, self._digest = file, digest
        if not self._is_unsaved(self.present()):
            self._forget()

    def adopt(self, own: RecoveryFile, file: ProjectFile) -> None:
        """Go on with recovered work that is the document now: it stays kept until it is saved."""
        if self._writing is not None and self._writing.is_running:  # into the file of what was open before
            self._writing.ended.connect(lambda: self.adopt(own, file))
            return
        self._forget()
        self._own, self._kept, self._safe = own, file, None
        QTimer.singleShot(SURVIVAL_MS, self, self._survive)

    @Slot()
    def keep(self) -> None:
        """Write what is unsaved and not kept yet, in a thread."""
        self._timer.stop()
        if self._writing is not None and self._writing.is_running:
            self._timer.start(INTERVAL_MS)
            return
        try:
            file = self.present()
        except FmvizError as error:
            self._fail(error)
            return
        if not self._is_unsaved(file):
            self._forget()
        elif self._kept is None or not _is_same(file, self._kept):
            work = partial(self._write, file, self._document.title, self._document.path, self._digest)
            self._writing = self._tasks.run("Keeping unsaved work", at_once(work),
                                            lambda _: self._succeed(file), self._fail, is_write=True)

    def keep_now(self, seconds: float) -> None:
        """Keep what is unsaved before the program ends, within so long; the next start will find it."""
        self._timer.stop()
        if self._writing is not None:
            self._writing.wait(seconds / 2)
        self.keep()
        if self._writing is not None:
            self._writing.wait(seconds / 2)
        self._is_left = True

    def go_on(self) -> None:
        """Know that the program did not end."""
        self._is_left = False

    def finish(self) -> None:
        """End: nothing is kept any more, unless it was for the next start."""
        self._timer.stop()
        self._tasks.shutdown()
        if self._is_left and self._own is not None and self._is_unsaved(self.present()):
            self._survive()
            self._own.leave()
            self._own = None
        else:
            self._forget()

    @Slot()
    def _follow(self, *_: object) -> None:
        if not self._timer.isActive():
            self._timer.start(INTERVAL_MS)

    def _is_unsaved(self, file: ProjectFile) -> bool:
        return self._safe is None or not _is_same(file, self._safe)

    def _write(self, file: ProjectFile, title: str, original: Path | None, digest: str) -> None:
        """In the thread; only one write runs at a time, and nobody else makes or removes the file meanwhile."""
        try:
            if self._own is None:
                self._own = new_recovery(self._folder)
            self._own.write(file, title, original, digest)
        except OSError as error:
            raise ProjectError(f"Unsaved work cannot be kept in {str(self._folder)!r} ({error.strerror})") from error

    def _succeed(self, file: ProjectFile) -> None:
        self._kept, self._has_failed = file, False
        if not self._is_unsaved(self.present()):  # saved meanwhile
            self._forget()

    def _fail(self, error: FmvizError) -> None:
        if not self._has_failed:
            self._has_failed = True
            self.failed.emit(f"Unsaved work is not safe from a crash: {error}")
        self._timer.start(INTERVAL_MS)

    def _survive(self) -> None:
        if self._own is not None:
            with suppress(OSError):
                self._own.survive()

    def _forget(self) -> None:
        if self._writing is None or not self._writing.is_running:
            self._kept = None
            if self._own is not None:
                self._own.remove()
                self._own = None


def _is_same(a: ProjectFile, b: ProjectFile) -> bool:
    return holds_same((a.project, a.learned), (b.project, b.learned))
