"""The undo steps. Each one changes one part of the project and leaves the rest (style, export) as it is now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtGui import QUndoCommand

from fmviz.core.config import FIELDS
from fmviz.core.project import MAX_LANES

NO_MERGE = -1

_FIELD_ROW = {field.name: row for row, field in enumerate(FIELDS)}


def merge_id(name: str, lane: int) -> int:
    """Return the number that consecutive edits of one setting share."""
    return _FIELD_ROW[name] * MAX_LANES + lane


class SetPart(QUndoCommand):
    """Replace one part of the project: a side, the lanes, the scenes.

    Consecutive edits of one part with the same `merge_as`, at least 0, become one step, for example those of one
    setting; an edit that comes back to where it began vanishes from the stack.

    Args:
        part: which one, a field of `Project`.
        apply: puts a value of it into the document.
    """

    def __init__(self, part: str, apply: Callable[[Any], None], old: Any, new: Any, text: str,
                 merge_as: int = NO_MERGE) -> None:
        super().__init__(text)
        self._part, self._apply, self._old, self._new, self._merge_as = part, apply, old, new, merge_as

    def id(self) -> int:
        return self._merge_as

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, SetPart) or (other._part, other.id()) != (self._part, self._merge_as):
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
