"""What the stage shows of a flow beside its pictures, asked of the engine: the values of layers over a whole picture,
the velocity where a camera looks closely, as fine there as a whole picture's, and densities.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from fmviz.core.extent import Box, Extent
from fmviz.core.frames import FlowSnapshot
from fmviz.core.layers import LAYERS
from fmviz.core.style import Style
from fmviz.core.wanted import SLOW, Extra, Wanted, completed
from fmviz.engine.asker import Asker
from fmviz.engine.learned_lanes import LearnedLanes, are_of_one_lane
from fmviz.engine.step_head import StepHead

_SLOT = "grid"
_PARTS = ("", *(name for name, row in LAYERS.items() if row.values is not None), *SLOW)
# Pictures come before what takes seconds.
_LATER = 1
# So much more than what is seen is asked for, so that a short way needs nothing new; what is so many times as large as
# what is seen is too coarse for it.
_ROOM, _LARGEST = 1.3, 2.6


class FlowGrids(QObject):
    """Wants what the stage shows, at whichever training step.

    Signals:
        changed(): there are others.
    """

    changed = Signal()

    def __init__(self, lanes: LearnedLanes, head: StepHead, asker: Asker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes, self._head, self._asker = lanes, head, asker
        self._extent: Extent | None = None
        # By lane a snapshot, what is known beside it, and what it became: as it is shown; and of the newest ones.
        self._made: dict[int, tuple[FlowSnapshot, dict[str, Any], FlowSnapshot]] = {}
        self._of_newest: dict[int, tuple[FlowSnapshot, FlowSnapshot]] = {}
        asker.answered.connect(self._take)

    def look(self, style: Style, seen: Box, t: float) -> None:
        """Want what a style shows of what is seen, that of a time first."""
        flows = self._head.flows_shown
        known = next((snapshot for snapshot in self._head.snapshots if snapshot is not None), None)
        self._extent = None if known is None or style.camera is None or not style.needs("field") else (
            self._close_by(seen, known.extent))
        grids = [] if self._extent is None else [("", self._extent)]
        grids += [] if known is None else [(name, known.velocity.extent) for name in style.asking]
        wanted = Wanted(tuple(grids), has_many=style.wants_many, has_log_density=style.wants_log_density)
        shown = self._head.snapshots
        for lane in range(len(self._lanes.shown.pictures)):
            flow, is_fine = flows.get(lane), not self._lanes.is_training
            snapshot = shown[lane] if lane < len(shown) else None
            of_it = wanted if snapshot is None else wanted.of(snapshot)
            asked = {} if flow is None else of_it.asked(flow, self._head.sampling(lane), is_fine, is_fine, t)
            for part in _PARTS:
                self._want(lane, part, asked.get(part), _LATER if part in SLOW else 0)

    def drawn(self) -> tuple[FlowSnapshot | None, ...]:
        """Return the lanes' snapshots at the step that is shown, with the values that are there."""
        return tuple(None if snapshot is None else self._with_grids(lane, snapshot)
                     for lane, snapshot in enumerate(self._head.snapshots))

    def newest(self) -> tuple[FlowSnapshot | None, ...]:
        """Return the newest snapshots with what is known beside them, whatever step is shown: limits are theirs."""
        if self._head.step is None:
            return self.drawn()
        known = (self._of_newest.get(lane, (None, None)) for lane in range(len(self._head.newest)))
        return tuple(made if bare is snapshot else snapshot
                     for snapshot, (bare, made) in zip(self._head.newest, known, strict=True))

    def _want(self, lane: int, what: str, question: Extra | None, rank: int) -> None:
        slot = (_SLOT, lane, what)
        if question is None or not (self._lanes.is_training and self._asker.is_waiting(slot)):
            self._asker.want(slot, question, rank)

    def _close_by(self, seen: Box, whole: Extent) -> Extent | None:
        """Return the part of the field around what is seen; None for what is as large as a whole picture, or moves."""
        reach, extent = max(seen.half_x, seen.half_y), self._extent
        if self._lanes.is_training or _ROOM * reach >= whole.half:
            return None
        if extent is None or not extent.holds(seen) or extent.half > _LARGEST * reach:
            return Extent(seen.cx, seen.cy, _ROOM * reach)
        return extent

    def _with_grids(self, lane: int, snapshot: FlowSnapshot) -> FlowSnapshot:
        answers = {part: answer for part in _PARTS if (answer := self._answer(lane, part)) is not None}
        bare, answered, made = self._made.get(lane, (None, {}, snapshot))
        # The same object while it is the same: much about a snapshot is kept by its identity.
        if bare is not snapshot or answered != answers:
            made = completed(snapshot, answers) if answers else snapshot
            self._made[lane] = snapshot, answers, made
        if self._head.step is None:
            self._of_newest[lane] = snapshot, made
        return made

    def _answer(self, lane: int, what: str) -> object:
        """Return what is known of what a lane shows; beside a training what is known of the weights before serves."""
        slot, flow = (_SLOT, lane, what), self._head.flows_shown.get(lane)
        question = self._asker.shown(slot)
        if flow is None or self._asker.wanted(slot) is None or not isinstance(question, Extra):
            return None
        is_of_it = question.flow == flow or (self._lanes.is_training and are_of_one_lane(question.flow, flow))
        return self._asker.answer(slot) if is_of_it else None

    @Slot(object)
    def _take(self, slot: object) -> None:
        if isinstance(slot, tuple) and slot[:1] == (_SLOT,):
            self.changed.emit()
