"""New, open, save: the document and what its lanes have learned, to and from `.fmviz` files, with the questions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fmviz.core.resources import resource_path
from fmviz.engine.document import Document
from fmviz.engine.playhead import Playhead
from fmviz.engine.session import Session
from fmviz.views.dialogs import Answer, Dialogs

EXAMPLE = "examples/first.fmviz"


class ProjectFiles:
    """What the File menu does; `before_change` is called before another project replaces the present one."""

    def __init__(
        self, document: Document, session: Session, playhead: Playhead, dialogs: Dialogs,
        before_change: Callable[[], object], say: Callable[[str], object],
    ) -> None:
        self._document, self._session, self._playhead, self._dialogs = document, session, playhead, dialogs
        self._before_change, self._say = before_change, say

    def new(self) -> None:
        """Begin an untitled project."""
        if self.may_drop_changes():
            self._before_change()
            self._session.reset()
            self._document.new()

    def open(self) -> None:
        """Ask for a project and open it."""
        if self.may_drop_changes() and (path := self._dialogs.project_to_open()):
            self._dialogs.guarded(lambda: self.open_path(path))

    def open_path(self, path: Path) -> None:
        """Open a project.

        Raises:
            ProjectError: it cannot be read; what was open stays.
        """
        self._before_change()  # first: a stroke under way belongs to the old project
        file = self._document.open(path)
        self._session.adopt(file.learned)
        self._playhead.set_t(0.0)

    def show_example(self) -> None:
        """Show the finished example as an untitled project, after asking about unsaved changes."""
        if self.may_drop_changes() and self._dialogs.guarded(self.open_example):
            self._playhead.play()

    def open_example(self) -> None:
        """Show the finished example as an untitled project."""
        self._before_change()
        file = self._document.open_copy(resource_path(EXAMPLE))
        self._session.adopt(file.learned)
        self._playhead.set_t(0.0)

    def save(self) -> bool:
        """Save where it was saved before, or ask where; return whether it is saved."""
        if self._document.path is None:
            return self.save_as()
        return self._write(self._document.path)

    def save_as(self) -> bool:
        """Ask where to save; return whether it is saved."""
        path = self._dialogs.project_to_save(self._document.title)
        return path is not None and self._write(path)

    def may_drop_changes(self) -> bool:
        """Ask to save what is unsaved; return whether to go on."""
        if not self._document.is_modified:
            return True
        answer = self._dialogs.save_first(self._document.title)
        return answer is Answer.DISCARD or (answer is Answer.SAVE and self.save())

    def _write(self, path: Path) -> bool:
        is_saved = self._dialogs.guarded(lambda: self._document.save(path, self._session.learned()))
        if is_saved:
            self._say(f"Saved {path.name}.")
        return is_saved
