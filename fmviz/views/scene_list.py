"""The list of scenes: the keys and the mouse that show, rename, move and delete one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemDelegate, QAbstractItemView, QApplication, QListView, QWidget

from fmviz.core.theme import Theme
from fmviz.engine.document import Document
from fmviz.engine.scenes import Talk
from fmviz.engine.session import Session
from fmviz.views.controls import describe
from fmviz.views.scene_model import SceneModel
from fmviz.views.scene_rows import SceneRows
from fmviz.views.scene_thumbnails import SceneThumbnails
from fmviz.views.soft_keys import pressed_keys

# Keys of the list: what they do there, for the page of shortcuts.
LIST_KEYS: dict[str, tuple[tuple[str, ...], str]] = {
    "previous": (("Up",), "Show the scene above."),
    "next": (("Down",), "Show the scene below."),
    "show": (("Return", "Enter"), "Show the scene again from its beginning."),
    "rename": (("F2",), "Rename the scene; a double click does it too."),
    "up": (("Alt+Up",), "Move the scene up; or drag it."),
    "down": (("Alt+Down",), "Move the scene down; or drag it."),
    "remove": (("Delete",), "Delete the scene; Undo brings it back."),
}


class SceneList(QListView):
    """The scenes, the present one marked; what is chosen here is shown, so the list needs no selection of its own.

    Keys that it has no use for are left to the window: the space bar plays, Page Down walks on.
    """

    def __init__(self, talk: Talk, document: Document, session: Session, theme: Theme,
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._talk = talk
        self._thumbnails = SceneThumbnails(document, session, theme, self)
        self._rows = SceneRows(theme, self._thumbnails, self)
        self.setModel(SceneModel(talk, document, self))
        self.setItemDelegate(self._rows)
        self.setProperty("role", "scenes")
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        describe(self, "Scenes", "The scenes of the talk. Click one to show it; drag it to another place.")
        self._acts: dict[str, Callable[[], object]] = {
            "previous": talk.previous, "next": talk.next, "show": self._show_again, "rename": self.rename,
            "up": lambda: self.move_scene(-1), "down": lambda: self.move_scene(1), "remove": self.remove,
        }
        self._keys = {QKeySequence(key): self._acts[name] for name, (keys, _) in LIST_KEYS.items() for key in keys}
        self.clicked.connect(lambda index: talk.show(index.row()))
        talk.place_changed.connect(self._follow)
        for changed in (self._thumbnails.drawn, session.snapshot_changed, session.state_changed, session.stale_changed,
                        session.steps.snapshots_changed):
            changed.connect(lambda *_: self.viewport().update())
        self.model().modelReset.connect(self._follow)
        self._follow()

    @property
    def has_keys(self) -> bool:
        """Whether the keyboard is here, or in the field of a name."""
        focus = QApplication.focusWidget()
        return focus is not None and (focus is self or self.isAncestorOf(focus))

    def set_theme(self, theme: Theme) -> None:
        """Draw the rows in the theme's colours."""
        self._rows.theme = theme
        self._thumbnails.set_theme(theme)
        self.viewport().update()

    def rename(self) -> None:
        """Write the present scene's name in its row, unless it is being written."""
        if self._talk.index is not None and self._rows.field is None:
            self.edit(self.model().index(self._talk.index, 0))

    def finish_name(self) -> None:
        """Keep the name that is being written. Call it before anything that changes scenes or goes on without them."""
        if (field := self._rows.field) is not None:
            self.commitData(field)
            self.closeEditor(field, QAbstractItemDelegate.EndEditHint.NoHint)

    def move_scene(self, by: int) -> None:
        """Move the present scene so many places down."""
        self.finish_name()
        if self._talk.index is not None:
            self._talk.move(self._talk.index, by)

    def remove(self) -> None:
        """Delete the present scene."""
        self.finish_name()
        if self._talk.index is not None:
            self._talk.remove(self._talk.index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Act on the list's own keys; the others are the window's."""
        act = self._keys.get(pressed_keys(event))
        if act is None:
            event.ignore()
        else:
            act()

    def startDrag(self, actions: Qt.DropAction) -> None:
        super().startDrag(actions)
        self._follow()  # a drag that was given up has left its row current

    def _show_again(self) -> None:
        if self._talk.index is not None:
            self._talk.show(self._talk.index)

    def reset(self) -> None:
        """Show other scenes; a name that was being written has gone with the old ones, but not the keys."""
        has_keys = self.has_keys
        super().reset()
        if has_keys:
            self.setFocus()

    def _follow(self) -> None:
        """Make the present scene the current row, for the screen reader, and bring it into view."""
        if self._rows.field is not None:
            # Another current row has Qt keep the name at once: it would change the document while it is changing.
            QTimer.singleShot(0, self, self._make_current)
        else:
            self._make_current()

    def _make_current(self) -> None:
        index = QModelIndex() if self._talk.index is None else self.model().index(self._talk.index, 0)
        self.setCurrentIndex(index)
        if index.isValid():
            self.scrollTo(index)
        self.viewport().update()
