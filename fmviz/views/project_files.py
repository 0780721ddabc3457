"""New, open, open recent, save: the document and what its lanes have learned, to and from `.fmviz` files.

Files are read and written beside the window; what may be pressed meanwhile is answered here. Recent projects that are
missing are grey.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QMenu, QWidget

from fmviz.core.errors import FmvizError
from fmviz.core.resources import resource_path
from fmviz.core.style import Style
from fmviz.engine.background import Task, Tasks, at_once
from fmviz.engine.document import Document, Moment
from fmviz.engine.playhead import Playhead
from fmviz.engine.session import Session
from fmviz.engine.stored import FileLocks, Objection, Owner, Recent, Stored, Why, read_stored, write_stored
from fmviz.files.project_file import ProjectFile, load_project
from fmviz.views import words
from fmviz.views.controls import entry, plain_tip
from fmviz.views.dialogs import Answer, Dialogs

# Those with a digit to press.
_WITH_KEY = 9
EXAMPLE = "examples/first.fmviz"
# The window shows a new project within so long.
_PAINT_MS = 100


class RecentMenu(QMenu):
    """Made anew each time it is shown; whether the files are there is found out beside the window."""

    def __init__(self, recent: Recent, tasks: Tasks, open_one: Callable[[Path], object],
                 parent: QWidget | None = None) -> None:
        super().__init__("Open &recent", parent)
        self._recent, self._tasks, self._open_one = recent, tasks, open_one
        self._looking: Task | None = None
        self.setToolTipsVisible(True)
        self.setAccessibleName("Open recent")
        self.aboutToShow.connect(self.fill)
        recent.changed.connect(self._follow)
        self._follow()

    def fill(self) -> None:
        self.clear()
        paths = self._recent.paths
        for number, path in enumerate(paths, start=1):
            key = f"&{number} " if number <= _WITH_KEY else ""
            entry(self, key + plain(path.name), plain_tip(str(path)), partial(self._open_one, path))
        self.addSeparator()
        entry(self, "&Clear the list", "Forget these names; the files stay.", lambda: self._recent.set_paths(()))
        if self._looking is not None:
            self._looking.cancel()
        self._looking = self._tasks.run("Looking for recent projects", at_once(partial(_missing, paths)),
                                        self._grey, lambda _: None)

    def _grey(self, missing: frozenset[Path]) -> None:
        for action, path in zip(self.actions(), self._recent.paths, strict=False):
            if path in missing:
                action.setEnabled(False)
                action.setText(f"{action.text()} (not there)")

    def _follow(self) -> None:
        self.menuAction().setEnabled(bool(self._recent.paths))


def plain(name: str) -> str:
    """Return a name as a menu shows it: an ampersand is no mnemonic, a tab no column."""
    shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name)
    return shown.replace("&", "&&")


def _missing(paths: tuple[Path, ...]) -> frozenset[Path]:
    return frozenset(path for path in paths if not os.path.exists(path))


class ProjectFiles(QObject):
    """What the File menu does.

    `before_change` is called before it is decided whether another project may replace the present one: a stroke under
    way is a change too.

    Signals:
        settled(ProjectFile, str): this is in the user's file now, or in nobody's, and nothing of it can be lost; and
            the digest of that file, or "".
        used(Path): a project was opened from there, or saved there.
        writing(Path): a project will be written there now.
    """

    settled = Signal(object, str)
    used = Signal(object)
    writing = Signal(object)

    def __init__(self, document: Document, session: Session, playhead: Playhead, dialogs: Dialogs, tasks: Tasks,
                 before_change: Callable[[], object], say: Callable[[str], object]) -> None:
        super().__init__(document)
        self._document, self._session, self._playhead, self._dialogs = document, session, playhead, dialogs
        self._tasks, self._before_change, self._say = tasks, before_change, say
        self._reading: Task | None = None
        self._writing: Task | None = None
        self._after_writing: list[Callable[[], object]] = []
        self._stored: Stored | None = None  # the document's file as it was last read or written here
        self._locks = FileLocks(None)

    def lock_in(self, folder: Path) -> None:
        """Let the windows that share a folder know which project each of them has."""
        self._locks.release()
        self._locks = FileLocks(folder)
        self._tasks.run("Looking for other windows", at_once(self._locks.sweep), lambda _: None, self._dialogs.error)

    def release(self) -> None:
        """Have no file any more: the window closes."""
        self._locks.release()

    @property
    def is_busy(self) -> bool:
        return any(task is not None and task.is_running for task in (self._reading, self._writing))

    @property
    def moment(self) -> Moment:
        """The document's present state, with a stroke under way as its change."""
        self._before_change()
        return self._document.moment

    def new(self) -> None:
        if self.may_drop_changes(self.new):
            self._session.adopt(())
            self._document.new()
            self._take(None)

    def open(self) -> None:
        if self.may_drop_changes(self.open) and (path := self._dialogs.project_to_open()):
            self.open_path(path)

    def open_instead(self, path: Path) -> None:
        """Open a project in place of the present one, after asking about unsaved changes."""
        if self.may_drop_changes(partial(self.open_instead, path)):
            self.open_path(path)

    def open_path(self, path: Path) -> None:
        """Read a project beside the window, show it and play what it has learned.

        What was open stays if it cannot be read; whoever has changed it meanwhile is asked.
        """
        path = Path(os.path.abspath(path))  # kept and remembered: another start begins elsewhere
        self._stop_reading()
        if self._is_writing:  # perhaps that very file
            self._after_writing.append(partial(self.open_path, path))
            return
        before = self._document.moment
        self._reading = self._tasks.run(f"Opening {path.name}", at_once(lambda: read_stored(path)),
                                        lambda stored: self._show_read(stored, path, before), self._dialogs.error)

    def play_learned(self) -> None:
        if any(self._session.snapshots):
            self._playhead.play()

    def show_example(self) -> None:
        """Show the finished example as an untitled project, after asking about unsaved changes."""
        if self.may_drop_changes(self.show_example) and self._dialogs.guarded(self.open_example):
            self._playhead.play()

    def open_example(self) -> None:
        """Show the finished example as an untitled project.

        Raises:
            ProjectError, FileNotFoundError: the installation is damaged; what was open stays.
        """
        # Read here: it is small, and lies where the program itself has just been read from.
        file = load_project(resource_path(EXAMPLE))
        style = file.project.style.with_view(Style().view)
        self._show(replace(file, project=replace(file.project, style=style)), None, None)

    def save(self) -> None:
        if self._document.path is None:
            self.save_as()
        else:
            self._write(self._document.path)

    def save_as(self) -> None:
        if (path := self._dialogs.project_to_save(self._document.title)) is not None:
            self._write(path)

    def may_drop_changes(self, then: Callable[[], object]) -> bool:
        """Ask to save what is unsaved; return whether to go on.

        If something is being saved, now or by the answer, it returns False, and `then` is called once that is done.
        """
        self._stop_reading()
        self._before_change()
        if self._is_writing:
            self._after_writing.append(then)
            return False
        if not self._document.is_modified:
            return True
        answer = self._dialogs.save_first(self._document.title)
        if answer is Answer.SAVE:
            self.save()
            if self._is_writing:
                self._after_writing.append(then)
        return answer is Answer.DISCARD

    @property
    def _is_writing(self) -> bool:
        return self._writing is not None

    def _stop_reading(self) -> None:
        """Drop a project that is on its way: something newer is wanted."""
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def show_recovered(self, file: ProjectFile, path: Path | None, stored: Stored | None) -> None:
        """Show work that was never saved, as a change of the file that it was opened from."""
        self._show(file, path, stored, is_saved=False)

    def _show_read(self, stored: Stored, path: Path, before: Moment) -> None:
        """Show what was read, unless somebody has changed the present project meanwhile and wants to keep that."""
        self._reading = None
        again = partial(self._show_read, stored, path, before)
        # A stroke under way belongs to the old project.
        if self.moment.is_same(before) or self.may_drop_changes(again):
            self._show(stored.file, path, stored)
            self.used.emit(path)
            self.play_learned()

    def _show(self, file: ProjectFile, path: Path | None, stored: Stored | None, is_saved: bool = True) -> None:
        self._document.show(file, path, is_saved)
        self._session.adopt(file.learned)
        self._playhead.set_t(0.0)
        self._take(stored)

    def _take(self, stored: Stored | None) -> None:
        """Be the window that has a file, or none, and say so if another one has it too."""
        self._stored = stored
        self.settled.emit(ProjectFile(self._document.project, self._session.learned()), self._digest)
        if stored is None:
            self._locks.release()
        elif (owner := self._locks.claim(stored.place)) is not None:
            # Over the new picture, not over half of the old one.
            QTimer.singleShot(_PAINT_MS, self, partial(self._complain_of, self._document.title, owner))

    def _complain_of(self, title: str, owner: Owner) -> None:
        if title == self._document.title:
            self._dialogs.error(words.taken(title, owner))

    @property
    def _digest(self) -> str:
        return self._stored.state.digest if self._stored is not None and self._stored.state is not None else ""

    def _write(self, path: Path, is_sure: bool = False) -> None:
        """Write the project as it is now; while another write is under way, as it is after that.

        Args:
            is_sure: whether the user was asked already what would be lost of what the file holds.
        """
        if self._is_writing:
            self._after_writing.append(partial(self._write, path))
            return
        if not is_sure and path == self._document.path and (n_lost := self._session.n_lost):
            self._ask_about(path, words.no_room(path.name, n_lost), False, ())
            return
        self.writing.emit(path)
        moment = self._document.moment
        try:
            file = ProjectFile(self._document.project, self._session.learned())
        except FmvizError as error:
            self._fail_writing(error)
            return
        work = partial(write_stored, path, file, self._stored, is_sure, self._locks.other_owner)
        self._writing = self._tasks.run(f"Saving {path.name}", at_once(work),
                                        lambda outcome: self._finish_writing(path, moment, outcome),
                                        self._fail_writing, is_write=True)
        self._writing.ended.connect(self._end_writing)

    def _finish_writing(self, path: Path, moment: Moment, outcome: Stored | Objection) -> None:
        waiting, self._after_writing, self._writing = self._after_writing, [], None
        if isinstance(outcome, Objection):
            self._ask_about(path, words.objection(path.name, outcome), outcome.why is Why.CHANGED, waiting)
            return
        is_here = moment.project_serial == self._document.moment.project_serial
        self._document.saved(path, moment)
        if is_here:
            self._stored = outcome
            self._session.mark_saved()
            self._locks.claim(outcome.place)
            self.settled.emit(outcome.file, self._digest)
        self.used.emit(path)
        self._say(f"Saved {path.name}.")
        for act in waiting:
            act()

    def _ask_about(self, path: Path, question: str, can_reload: bool, waiting: Sequence[Callable[[], object]]) -> None:
        """Let the user decide over a file of which something would be lost; `waiting` waits for the save."""
        answer = self._dialogs.file_differs(question, can_reload)
        if answer is Answer.RELOAD:
            self.open_path(path)
        elif answer is Answer.SAVE:
            self._write(path, is_sure=True)
        elif answer is Answer.SAVE_AS:
            self.save_as()
        if self._is_writing:
            self._after_writing += waiting

    def _fail_writing(self, error: FmvizError) -> None:
        self._after_writing.clear()
        self._dialogs.error(error)

    def _end_writing(self) -> None:
        """Follow a write that failed or was cancelled: what waited for it is not done."""
        if self._writing is not None and not self._writing.is_running:
            self._writing = None
            self._after_writing.clear()
