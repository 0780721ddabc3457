"""The undo steps. Each one changes some parts of the project and leaves the rest (style, export) as it is now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtGui import QUndoCommand

from fmviz.core.config import FIELDS
from fmviz.core.lanes import MAX_LANES

NO_MERGE = -1

_FIELD_ROW = {field.name: row for row, field in enumerate(FIELDS)}


def merge_id(name: str, lane: int | None) -> int:
    """Return the number that consecutive edits of one setting share, of one lane or (None) of all."""
    return _FIELD_ROW[name] * (MAX_LANES + 1) + (MAX_LANES if lane is None else lane)


class SetParts(QUndoCommand):
    """Replace some parts of the project: a side, the lanes with their names, the scenes.

    Consecutive edits of the same parts with the same `merge_as`, at least 0, become one step, for example those of one
    setting; an edit that comes back to where it began vanishes from the stack.

    Args:
        apply: puts values of some fields of `Project` into the document.
        old, new: these fields and their values.
    """

    def __init__(self, apply: Callable[[Mapping[str, Any]], None], old: Mapping[str, Any], new: Mapping[str, Any],
                 text: str, merge_as: int = NO_MERGE) -> None:
        super().__init__(text)
        self._apply, self._old, self._new, self._merge_as = apply, old, new, merge_as

    def id(self) -> int:
        return self._merge_as

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, SetParts) or (other._new.keys(), other.id()) != (self._new.keys(), self._merge_as):
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
