"""The scenes of the talk as a list for a view: the document owns them, the talk changes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from fmviz.core.project import Project
from fmviz.core.scene import Scene
from fmviz.engine.document import Document
from fmviz.engine.scenes import Talk, is_other_project
from fmviz.views import words
from fmviz.views.controls import plain_tip

_Index = QModelIndex | QPersistentModelIndex
# What a row is made of beside its name: its number, what it shows, whether the talk is there, the scene.
NUMBER, FACTS, IS_PRESENT, SCENE = (Qt.ItemDataRole.UserRole + k for k in range(4))


class SceneModel(QAbstractListModel):
    """One row per scene. A row that is edited or dragged changes the talk, and comes back from the document."""

    def __init__(self, talk: Talk, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._talk, self._document = talk, document
        self._scenes = talk.scenes  # that the views know of: others may hear of a change before them
        self._roles: dict[int, Callable[[int, Scene], Any]] = {
            Qt.ItemDataRole.DisplayRole: lambda row, scene: scene.name,
            Qt.ItemDataRole.EditRole: lambda row, scene: scene.name,
            Qt.ItemDataRole.ToolTipRole: lambda row, scene: plain_tip(scene.caption or self._facts(scene)),
            Qt.ItemDataRole.AccessibleTextRole: lambda row, scene: f"{row + 1}: {scene.name}, {self._facts(scene)}",
            NUMBER: lambda row, scene: str(row + 1),
            FACTS: lambda row, scene: self._facts(scene),
            SCENE: lambda row, scene: scene,
            IS_PRESENT: lambda row, scene: row == self._talk.index,
        }
        document.changed.connect(self._follow)
        talk.place_changed.connect(self._repaint)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._scenes)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        get = self._roles.get(role)
        return None if get is None or not index.isValid() else get(index.row(), self._scenes[index.row()])

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Rename a scene; not in the middle of a change, in which a field may lose the focus: it may be gone."""
        is_possible = role == Qt.ItemDataRole.EditRole and self._scenes is self._talk.scenes
        if is_possible:
            self._talk.rename(index.row(), value)
        return is_possible

    def flags(self, index: _Index) -> Qt.ItemFlag:
        usual = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled  # between rows, not onto one
        return usual | Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsDragEnabled

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def moveRows(self, _source: _Index, row: int, _count: int, _target: _Index, before: int) -> bool:
        """Move a dragged scene in front of another one; the view drags one at a time."""
        self._talk.move(row, before - row - 1 if before > row else before - row)
        return True

    def _facts(self, scene: Scene) -> str:
        return words.scene_facts(scene, len(self._document.project.lanes))

    def _follow(self, new: Project, old: Project) -> None:
        scenes = self._document.project.scenes
        if len(scenes) != len(self._scenes) or is_other_project(new, old):
            self.beginResetModel()
            self._scenes = scenes
            self.endResetModel()
        elif scenes is not self._scenes or len(new.lanes) != len(old.lanes):
            self._scenes = scenes
            self._repaint()

    def _repaint(self) -> None:
        self.dataChanged.emit(self.index(0), self.index(self.rowCount() - 1))
