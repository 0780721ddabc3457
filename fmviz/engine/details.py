"""Fields as fine where a camera looks as a whole picture's are: questions about the part that is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot

from fmviz.core.extent import Box, Extent
from fmviz.core.frames import Field, FlowSnapshot
from fmviz.core.questions import FieldGrid
from fmviz.engine.asker import Asker
from fmviz.engine.learned_lanes import LearnedLanes

_SLOT = "detail"
# Nodes along an edge: as many as of a whole picture.
COUNT = 57
# So much more than what is seen is asked for, so that a short way needs nothing new; what is so many times as large as
# what is seen is too coarse for it.
_ROOM, _LARGEST = 1.3, 2.6


class FieldDetails(QObject):
    """Wants the field of each lane's newest weights around what is seen, while somebody looks closer.

    Signals:
        changed(): a finer field has come.
    """

    changed = Signal()

    def __init__(self, lanes: LearnedLanes, asker: Asker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes, self._asker = lanes, asker
        self._extent: Extent | None = None
        self._made: dict[int, FlowSnapshot] = {}
        asker.answered.connect(self._take)

    def look(self, seen: Box | None) -> None:
        """Want what is seen as fine as a whole picture; None, or what is as large as one, wants nothing."""
        results = self._lanes.shown.pictures
        pictures = [result.snapshot for result in results if result is not None]
        known = next((picture for picture in pictures if picture is not None), None)
        reach = 0.0 if seen is None else max(seen.half_x, seen.half_y)
        if seen is None or known is None or self._lanes.is_training or _ROOM * reach >= known.extent.half:
            self._extent = None
        elif self._extent is None or not self._extent.holds(seen) or self._extent.half > _LARGEST * reach:
            self._extent = Extent(seen.cx, seen.cy, _ROOM * reach)
        for lane, result in enumerate(results):
            is_asked = self._extent is not None and result is not None and result.flow is not None
            self._asker.want((_SLOT, lane), FieldGrid(result.flow, self._extent, COUNT) if is_asked else None)  # type: ignore[union-attr, arg-type]

    def detailed(self, snapshots: Sequence[FlowSnapshot | None]) -> tuple[FlowSnapshot | None, ...]:
        """Return the lanes' snapshots, those of the newest weights with the finer field if it is there."""
        return tuple(self._detailed(lane, snapshot) for lane, snapshot in enumerate(snapshots))

    def _detailed(self, lane: int, snapshot: FlowSnapshot | None) -> FlowSnapshot | None:
        results = self._lanes.shown.pictures
        result = results[lane] if lane < len(results) else None
        question, field = self._asker.shown((_SLOT, lane)), self._asker.answer((_SLOT, lane))
        is_of_it = (isinstance(question, FieldGrid) and isinstance(field, Field) and result is not None
                    and question.flow == result.flow and self._extent is not None)
        if snapshot is None or not is_of_it or snapshot is not self._lanes.shown.snapshots[lane]:
            return snapshot
        made = self._made.get(lane)
        # The same object while it is the same: much about a snapshot is kept by its identity.
        if made is None or made.detail is not field or made.x is not snapshot.x:
            made = self._made[lane] = replace(snapshot, detail=field)
        return made

    @Slot(object)
    def _take(self, slot: object) -> None:
        if isinstance(slot, tuple) and slot[:1] == (_SLOT,):
            self.changed.emit()
