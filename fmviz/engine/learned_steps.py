"""Undo steps over what was learned: each one holds the results that a training, or Reset, has put aside.

Such results are large, so the steps of a stack share a bound in bytes; the oldest lose theirs first.
"""

from __future__ import annotations

from collections.abc import Callable
from weakref import ref

from PySide6.QtGui import QUndoCommand, QUndoStack

from fmviz.engine.asker import arrays_of
from fmviz.engine.results import ResultsState

# A lane of the usual size that has kept 150 steps takes 26 MB, two lanes twice that.
MOST_BYTES = 200 * 2**20

Exchange = Callable[[ResultsState], ResultsState]


class EarlierResults:
    """Keeps on an undo stack what was learned before.

    Args:
        exchange: shows other results and returns those that were shown.
    """

    def __init__(self, exchange: Exchange, most_bytes: int = MOST_BYTES) -> None:
        self._exchange, self._most_bytes = exchange, most_bytes
        # Weak: what the commands hold goes with them.
        self._steps: list[ref[_Earlier]] = []

    def keep(self, stack: QUndoStack, text: str, before: ResultsState) -> None:
        """Add a step, named by `text`, for results that are put aside now; undo shows them again.

        Older ones that the bound has no room for any more are let go; this one stays in any case.
        """
        earlier = _Earlier(before)
        stack.push(_ReplaceLearned(text, earlier, self._exchange))
        self._steps = [*(step for step in self._steps if step() is not None), ref(earlier)]
        seen: set[int] = set()
        total = 0
        for step in reversed(self._steps):
            if (older := step()) is not None and older.state is not None:
                fresh = {id(array): array.nbytes for array in arrays_of(older.state) if id(array) not in seen}
                seen |= fresh.keys()
                total += sum(fresh.values())
                if total > self._most_bytes and older is not earlier:
                    older.state = None


class _Earlier:
    """What one step holds; None once it had to let go of it."""

    def __init__(self, state: ResultsState) -> None:
        self.state: ResultsState | None = state


class _ReplaceLearned(QUndoCommand):
    """What was learned before is put aside; undo brings it back and holds what came after.

    One that had to let go of it is obsolete, so that the stack drops it when its turn comes.
    """

    def __init__(self, text: str, earlier: _Earlier, exchange: Exchange) -> None:
        super().__init__(text)
        self._earlier, self._exchange = earlier, exchange
        self._is_done = False

    def redo(self) -> None:
        if self._is_done:  # the first time it was done before it was pushed
            self._swap()
        self._is_done = True

    def undo(self) -> None:
        self._swap()

    def _swap(self) -> None:
        if self._earlier.state is None:
            self.setObsolete(True)
        else:
            self._earlier.state = self._exchange(self._earlier.state)
