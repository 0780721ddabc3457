"""What the stage shows of flows beside their pictures, asked of the engine for every lane at whichever training step is
shown: `FlowGrids` the values of layers over a whole picture, the velocity where a camera looks closely, as fine there
as a whole picture's, and densities; `Beside` what flows do at places that a person has chosen: where they carry
particles from chosen starts, and what the probe tells.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from PySide6.QtCore import QObject, Signal, Slot

from fmviz.core.extent import Box, Extent
from fmviz.core.frames import FlowSnapshot
from fmviz.core.layers import LAYERS
from fmviz.core.questions import FlowId
from fmviz.core.style import Style
from fmviz.core.wanted import SLOW, Extra, Wanted, completed
from fmviz.engine.asker import Asker
from fmviz.engine.learned_lanes import LearnedLanes, are_of_one_lane
from fmviz.engine.step_head import StepHead

# Pictures come before what takes seconds.
_LATER = 1
# So much more than what is seen is asked for, so that a short way needs nothing new; what is so many times as large as
# what is seen is too coarse for it.
_ROOM, _LARGEST = 1.3, 2.6


class _Parts(QObject):
    """Wants some parts of a snapshot, each in the slot (part, lane), and puts the answers to it.

    Signals:
        changed(): there is something else.
    """

    changed = Signal()
    parts: ClassVar[tuple[str, ...]] = ()

    def __init__(self, lanes: LearnedLanes, head: StepHead, asker: Asker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes, self._head, self._asker = lanes, head, asker
        # By lane a snapshot, what is known beside it, and what it became.
        self._made: dict[int, tuple[FlowSnapshot, dict[str, Any], FlowSnapshot]] = {}
        asker.answered.connect(self._follow)

    def _with_answers(self, lane: int, snapshot: FlowSnapshot) -> FlowSnapshot:
        answers = {part: answer for part in self.parts if (answer := self._answer(part, lane)) is not None}
        bare, answered, made = self._made.get(lane, (None, {}, snapshot))
        # The same object while it is the same: much about a snapshot is kept by its identity.
        if bare is not snapshot or answered != answers:
            made = self._put(snapshot, answers) if answers else snapshot
            self._made[lane] = snapshot, answers, made
        return made

    def _answer(self, part: str, lane: int) -> Any:
        """Return what is known of what a lane shows."""
        flow, question = self._head.flows_shown.get(lane), self._asker.shown((part, lane))
        is_of_it = flow is not None and isinstance(question, Extra) and self._is_about(question, flow)
        return self._asker.answer((part, lane)) if is_of_it else None

    @abstractmethod
    def _put(self, snapshot: FlowSnapshot, answers: dict[str, Any]) -> FlowSnapshot:
        """Return a snapshot with answers."""

    @abstractmethod
    def _is_about(self, question: Extra, flow: FlowId) -> bool:
        """Whether the answer to a question is shown of a flow."""

    @abstractmethod
    def _take(self, part: str, lane: int) -> None:
        """Tell of an answer."""

    @Slot(object)
    def _follow(self, slot: Hashable) -> None:
        if isinstance(slot, tuple) and slot[0] in self.parts:
            self._take(*slot)


class FlowGrids(_Parts):
    """Wants values of the field, and densities; beside a training what is known of the weights before serves."""

    parts = ("", *(name for name, row in LAYERS.items() if row.values is not None), *SLOW)

    def __init__(self, lanes: LearnedLanes, head: StepHead, asker: Asker, parent: QObject | None = None) -> None:
        super().__init__(lanes, head, asker, parent)
        self._extent: Extent | None = None
        self._of_newest: dict[int, tuple[FlowSnapshot, FlowSnapshot]] = {}

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
            for part in self.parts:
                slot, question = (part, lane), asked.get(part)
                if question is None or not (self._lanes.is_training and self._asker.is_waiting(slot)):
                    self._asker.want(slot, question, _LATER if part in SLOW else 0)

    def drawn(self) -> tuple[FlowSnapshot | None, ...]:
        """Return the lanes' snapshots at the step that is shown, with the values that are there."""
        return tuple(None if snapshot is None else self._with_answers(lane, snapshot)
                     for lane, snapshot in enumerate(self._head.snapshots))

    def newest(self) -> tuple[FlowSnapshot | None, ...]:
        """Return the newest snapshots with what is known beside them, whatever step is shown: limits are theirs."""
        if self._head.step is None:
            return self.drawn()
        known = (self._of_newest.get(lane, (None, None)) for lane in range(len(self._head.newest)))
        return tuple(made if bare is snapshot else snapshot
                     for snapshot, (bare, made) in zip(self._head.newest, known, strict=True))

    def _close_by(self, seen: Box, whole: Extent) -> Extent | None:
        """Return the part of the field around what is seen; None for what is as large as a whole picture, or moves."""
        reach, extent = max(seen.half_x, seen.half_y), self._extent
        if self._lanes.is_training or _ROOM * reach >= whole.half:
            return None
        if extent is None or not extent.holds(seen) or extent.half > _LARGEST * reach:
            return Extent(seen.cx, seen.cy, _ROOM * reach)
        return extent

    def _with_answers(self, lane: int, snapshot: FlowSnapshot) -> FlowSnapshot:
        made = super()._with_answers(lane, snapshot)
        if self._head.step is None:
            self._of_newest[lane] = snapshot, made
        return made

    def _put(self, snapshot: FlowSnapshot, answers: dict[str, Any]) -> FlowSnapshot:
        return completed(snapshot, answers)

    def _answer(self, part: str, lane: int) -> Any:
        return None if self._asker.wanted((part, lane)) is None else super()._answer(part, lane)

    def _is_about(self, question: Extra, flow: FlowId) -> bool:
        return question.flow == flow or (self._lanes.is_training and are_of_one_lane(question.flow, flow))

    def _take(self, part: str, lane: int) -> None:
        self.changed.emit()


class Beside(_Parts):
    """Wants what the stage shows of chosen places.

    While an answer is on its way the one before is shown, and is let come, or its first part: who drags a start or the
    probe asks anew at every move, and each answer should be seen, those of all lanes at once.
    """

    parts = ("own", "probed")

    def __init__(self, lanes: LearnedLanes, head: StepHead, asker: Asker, parent: QObject | None = None) -> None:
        super().__init__(lanes, head, asker, parent)
        self._style: Style | None = None
        self._t = 0.0

    def look(self, style: Style, t: float) -> None:
        """Want what a style shows of chosen places, the numbers of a time first."""
        self._style, self._t = style, t
        for part in self.parts:
            self._want(part)

    def drawn(self, snapshots: Sequence[FlowSnapshot | None]) -> tuple[FlowSnapshot | None, ...]:
        """Return the lanes' snapshots at the step that is shown, with the answers that are there."""
        return tuple(None if snapshot is None else self._with_answers(lane, snapshot)
                     for lane, snapshot in enumerate(snapshots))

    def with_known(self, step: int | None, snapshots: Sequence[FlowSnapshot | None],
                   style: Style) -> tuple[FlowSnapshot | None, ...]:
        """Return snapshots at a kept step, None for the newest, with what is known of a style's chosen places."""
        flows = self._head.flows(step)

        def known(lane: int, snapshot: FlowSnapshot) -> FlowSnapshot:
            asked = {part: question for part in self.parts
                     if (question := _question(part, flows.get(lane), snapshot, style, self._t)) is not None}
            found: dict[str, Any] = {part: self._asker.known(question) for part, question in asked.items()}
            return replace(snapshot, own=found.get("own"), probed=found.get("probed"))

        return tuple(None if snapshot is None else known(lane, snapshot) for lane, snapshot in enumerate(snapshots))

    def _want(self, part: str) -> bool:
        """Want a part of all lanes and return True, if all have begun to answer what was wanted: they stay in step."""
        questions = {(part, lane): self._asked(part, lane) for lane in range(len(self._lanes.shown.pictures))}
        for slot in [slot for slot, question in questions.items() if question is None]:
            self._asker.drop(slot)  # what is chosen later is something else
        if any(self._asker.is_waiting(slot) and self._asker.shown(slot) != self._asker.wanted(slot)
               for slot in questions):
            return False
        for slot, question in questions.items():
            if question is not None:
                self._asker.want(slot, question)
        return True

    def _asked(self, part: str, lane: int) -> Extra | None:
        snapshots = self._head.snapshots
        snapshot = snapshots[lane] if lane < len(snapshots) else None
        return None if snapshot is None or self._style is None else (
            _question(part, self._head.flows_shown.get(lane), snapshot, self._style, self._t))

    def _put(self, snapshot: FlowSnapshot, answers: dict[str, Any]) -> FlowSnapshot:
        return replace(snapshot, **answers)

    def _is_about(self, question: Extra, flow: FlowId) -> bool:
        return are_of_one_lane(question.flow, flow)

    def _take(self, part: str, _lane: int) -> None:
        if self._want(part):
            self.changed.emit()


def _question(part: str, flow: FlowId | None, snapshot: FlowSnapshot, style: Style, t: float) -> Extra | None:
    """Return what is to be asked of a flow for a part of its snapshot; None if the style shows nothing of it."""
    wanted = Wanted(starts=style.own_starts, probe=style.probe_in(snapshot.extent)).of(snapshot)
    first = t if style.probe_t is None else style.probe_t
    return None if flow is None else wanted.asked(flow, snapshot.sampling, snapshot.is_fine, first=first).get(part)
