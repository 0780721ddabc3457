"""The undo steps. Each one changes one part of the project and leaves the rest (style, export) as it is now."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QUndoCommand

from fmviz.core.cloud import Side
from fmviz.core.config import FIELDS, FlowConfig
from fmviz.core.project import MAX_LANES
from fmviz.core.scene import Scene

NO_MERGE = -1

_FIELD_ROW = {field.name: row for row, field in enumerate(FIELDS)}


def merge_id(name: str, lane: int) -> int:
    """Return the number that consecutive edits of one setting share."""
    return _FIELD_ROW[name] * MAX_LANES + lane


class SetSide(QUndoCommand):
    """Replace the source or the target: a stroke, a picked shape, a loaded file."""

    def __init__(self, apply: Callable[[Side], None], old: Side, new: Side, text: str) -> None:
        super().__init__(text)
        self._apply, self._old, self._new = apply, old, new

    def redo(self) -> None:
        self._apply(self._new)

    def undo(self) -> None:
        self._apply(self._old)


class SetLanes(QUndoCommand):
    """Replace the settings of the lanes; consecutive edits of one setting become one step.

    An edit that comes back to where it began vanishes from the stack.
    """

    def __init__(
        self,
        apply: Callable[[tuple[FlowConfig, ...]], None],
        old: tuple[FlowConfig, ...],
        new: tuple[FlowConfig, ...],
        text: str,
        merge_as: int = NO_MERGE,
    ) -> None:
        super().__init__(text)
        self._apply, self._old, self._new, self._merge_as = apply, old, new, merge_as

    def id(self) -> int:
        return self._merge_as

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, SetLanes) or other.id() != self._merge_as:
            return False
        self._new = other._new
        self.setObsolete(self._new == self._old)
        return True

    def redo(self) -> None:
        self._apply(self._new)

    def undo(self) -> None:
        self._apply(self._old)


class SetScenes(QUndoCommand):
    """Replace the scenes of the talk: one kept, changed, moved or deleted; consecutive edits of a caption are one step.

    An edit that comes back to where it began vanishes from the stack.
    """

    def __init__(self, apply: Callable[[tuple[Scene, ...]], None], old: tuple[Scene, ...], new: tuple[Scene, ...],
                 text: str, merge_as: int = NO_MERGE) -> None:
        super().__init__(text)
        self._apply, self._old, self._new, self._merge_as = apply, old, new, merge_as

    def id(self) -> int:
        return self._merge_as

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, SetScenes) or other.id() != self._merge_as:
            return False
        self._new = other._new
        self.setObsolete(self._new == self._old)
        return True

    def redo(self) -> None:
        self._apply(self._new)

    def undo(self) -> None:
        self._apply(self._old)


class SwapSides(QUndoCommand):
    """Exchange source and target; its own inverse."""

    def __init__(self, swap: Callable[[], None]) -> None:
        super().__init__("Swap source and target")
        self._swap = swap

    def redo(self) -> None:
        self._swap()

    def undo(self) -> None:
        self._swap()
