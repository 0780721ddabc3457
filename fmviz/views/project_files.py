"""New, open, save: the document and what its lanes have learned, to and from `.fmviz` files, with the questions.

Files are read and written beside the window; what may be pressed meanwhile is answered here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from fmviz.core.errors import FmvizError
from fmviz.core.project_file import ProjectFile, load_project, save_project
from fmviz.core.resources import resource_path
from fmviz.engine.background import Task, Tasks, at_once
from fmviz.engine.document import Document, Moment
from fmviz.engine.playhead import Playhead
from fmviz.engine.session import Session
from fmviz.views.dialogs import Answer, Dialogs

EXAMPLE = "examples/first.fmviz"


class ProjectFiles(QObject):
    """What the File menu does.

    `before_change` is called before it is decided whether another project may replace the present one: a stroke under
    way is a change too.

    Signals:
        settled(ProjectFile): this is in the user's file now, or in nobody's, and nothing of it can be lost.
    """

    settled = Signal(object)

    def __init__(
        self, document: Document, session: Session, playhead: Playhead, dialogs: Dialogs, tasks: Tasks,
        before_change: Callable[[], object], say: Callable[[str], object],
    ) -> None:
        super().__init__(document)
        self._document, self._session, self._playhead, self._dialogs = document, session, playhead, dialogs
        self._tasks, self._before_change, self._say = tasks, before_change, say
        self._reading: Task | None = None
        self._writing: Task | None = None
        self._after_writing: list[Callable[[], object]] = []

    @property
    def is_busy(self) -> bool:
        """Whether a project is being read or written."""
        return any(task is not None and task.is_running for task in (self._reading, self._writing))

    def new(self) -> None:
        """Begin an untitled project."""
        if self.may_drop_changes(self.new):
            self._session.reset()
            self._document.new()
            self._settle()

    def open(self) -> None:
        """Ask for a project and open it."""
        if self.may_drop_changes(self.open) and (path := self._dialogs.project_to_open()):
            self.open_path(path)

    def open_path(self, path: Path, then: Callable[[], object] = lambda: None) -> None:
        """Read a project, show it and do what comes `then`.

        What was open stays if it cannot be read; whoever has changed it meanwhile is asked.
        """
        self._stop_reading()
        if self._is_writing:  # perhaps that very file
            self._after_writing.append(partial(self.open_path, path, then))
            return
        before = self._document.moment
        self._reading = self._tasks.run(f"Opening {path.name}", at_once(lambda: load_project(path)),
                                        lambda file: self._show_read(file, path, before, then), self._complain)

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
        self._show(load_project(resource_path(EXAMPLE)), None)

    def save(self) -> None:
        """Save where it was saved before, or ask where."""
        if self._document.path is None:
            self.save_as()
        else:
            self._write(self._document.path)

    def save_as(self) -> None:
        """Ask where to save."""
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

    def _show_read(self, file: ProjectFile, path: Path, before: Moment, then: Callable[[], object]) -> None:
        """Show what was read, unless somebody has changed the present project meanwhile and wants to keep that."""
        self._reading = None
        self._before_change()  # first: a stroke under way belongs to the old project
        again = partial(self._show_read, file, path, before, then)
        if self._document.moment == before or self.may_drop_changes(again):
            self._show(file, path)
            then()

    def show_recovered(self, file: ProjectFile, path: Path | None) -> None:
        """Show work that was never saved, as a change of the file that it was opened from."""
        self._document.show(file, path, is_saved=False)
        self._session.adopt(file.learned)
        self._playhead.set_t(0.0)

    def _show(self, file: ProjectFile, path: Path | None) -> None:
        self._document.show(file, path)
        self._session.adopt(file.learned)
        self._playhead.set_t(0.0)
        self._settle()

    def _settle(self) -> None:
        self.settled.emit(ProjectFile(self._document.project, self._session.learned()))

    def _write(self, path: Path) -> None:
        """Write the project as it is now; while another write is under way, as it is after that."""
        if self._is_writing:
            self._after_writing.append(partial(self._write, path))
            return
        moment, file = self._document.moment, ProjectFile(self._document.project, self._session.learned())
        self._writing = self._tasks.run(f"Saving {path.name}", at_once(lambda: save_project(path, file)),
                                        lambda _: self._finish_writing(path, moment, file), self._fail_writing,
                                        is_write=True)
        self._writing.ended.connect(self._end_writing)

    def _finish_writing(self, path: Path, moment: Moment, file: ProjectFile) -> None:
        self._document.saved(path, moment)
        if moment.project_serial == self._document.moment.project_serial:
            self.settled.emit(file)
        self._say(f"Saved {path.name}.")
        waiting, self._after_writing, self._writing = self._after_writing, [], None
        for act in waiting:
            act()

    def _fail_writing(self, error: FmvizError) -> None:
        self._after_writing.clear()
        self._complain(error)

    def _end_writing(self) -> None:
        """Follow a write that failed or was cancelled: what waited for it is not done."""
        if self._writing is not None and not self._writing.is_running:
            self._writing = None
            self._after_writing.clear()

    def _complain(self, error: FmvizError) -> None:
        self._dialogs.error(str(error))
