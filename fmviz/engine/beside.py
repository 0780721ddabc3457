"""What flows do at places that a person has chosen, asked of the engine for every lane at whichever training step is
shown: where they carry particles from chosen starts, and what the probe tells.

While an answer is on its way the one before is shown, and is let come, or its first part: who drags a start or the
probe asks anew at every move, and each answer should be seen, those of all lanes at once.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from fmviz.core.frames import FlowSnapshot
from fmviz.core.questions import FlowId, OwnPaths, ProbedPlace
from fmviz.core.style import Style
from fmviz.core.wanted import Extra, Wanted
from fmviz.engine.asker import Asker
from fmviz.engine.learned_lanes import LearnedLanes, are_of_one_lane
from fmviz.engine.step_head import StepHead

# The parts of a snapshot that the answers become.
_PARTS = ("own", "probed")


class Beside(QObject):
    """Wants what the stage shows of chosen places.

    Signals:
        changed(): there is something else.
    """

    changed = Signal()

    def __init__(self, lanes: LearnedLanes, head: StepHead, asker: Asker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes, self._head, self._asker = lanes, head, asker
        self._style: Style | None = None
        self._t = 0.0
        self._made: dict[int, tuple[FlowSnapshot, dict[str, Any], FlowSnapshot]] = {}
        asker.answered.connect(self._take)

    def look(self, style: Style, t: float) -> None:
        """Want what a style shows of chosen places, the numbers of a time first."""
        self._style, self._t = style, t
        for lane in range(len(self._lanes.shown.pictures)):
            for part in _PARTS:
                self._want(part, lane)

    def drawn(self, snapshots: Sequence[FlowSnapshot | None]) -> tuple[FlowSnapshot | None, ...]:
        """Return the lanes' snapshots at the step that is shown, with the answers that are there."""
        return tuple(None if snapshot is None else self._with_answers(lane, snapshot)
                     for lane, snapshot in enumerate(snapshots))

    def with_known(self, step: int | None, snapshots: Sequence[FlowSnapshot | None],
                   style: Style) -> tuple[FlowSnapshot | None, ...]:
        """Return snapshots at a kept step, None for the newest, with what is known of a style's chosen places."""
        flows = self._head.flows(step)

        def known(lane: int, snapshot: FlowSnapshot) -> FlowSnapshot:
            asked = {part: question for part in _PARTS
                     if (question := _question(part, flows.get(lane), snapshot, style, self._t)) is not None}
            found: dict[str, Any] = {part: self._asker.known(question) for part, question in asked.items()}
            return replace(snapshot, own=found.get("own"), probed=found.get("probed"))

        return tuple(None if snapshot is None else known(lane, snapshot) for lane, snapshot in enumerate(snapshots))

    def _want(self, part: str, lane: int) -> None:
        slot, snapshots = (part, lane), self._head.snapshots
        snapshot = snapshots[lane] if lane < len(snapshots) else None
        question = None if snapshot is None or self._style is None else (
            _question(part, self._head.flows_shown.get(lane), snapshot, self._style, self._t))
        if question is None:
            self._asker.drop(slot)  # what is chosen later is something else
        elif not self._asker.is_waiting(slot) or self._asker.shown(slot) == self._asker.wanted(slot):
            self._asker.want(slot, question)

    def _with_answers(self, lane: int, snapshot: FlowSnapshot) -> FlowSnapshot:
        answers: dict[str, Any] = {part: answer for part in _PARTS if (answer := self._answer(part, lane)) is not None}
        if not answers:
            return snapshot
        known = self._made.get(lane)
        # The same object while it is the same: much about a snapshot is kept by its identity.
        if known is None or known[0] is not snapshot or known[1] != answers:
            self._made[lane] = known = snapshot, answers, replace(snapshot, **answers)
        return known[2]

    def _answer(self, part: str, lane: int) -> Any:
        slot, flow = (part, lane), self._head.flows_shown.get(lane)
        question = self._asker.shown(slot)
        is_of_it = flow is not None and isinstance(question, Extra) and are_of_one_lane(question.flow, flow)
        return self._asker.answer(slot) if is_of_it else None

    @Slot(object)
    def _take(self, slot: Hashable) -> None:
        if isinstance(slot, tuple) and slot[0] in _PARTS:
            self._want(slot[0], slot[1])
            if self._is_of_all(slot):
                self.changed.emit()

    def _is_of_all(self, slot: tuple[str, int]) -> bool:
        """Whether no lane is still to answer about the places of this one's answer."""
        answered = self._places(slot)
        others = [(slot[0], lane) for lane in range(len(self._lanes.shown.pictures))]
        return answered is None or all(
            not self._asker.is_waiting(other) or self._places(other) == answered for other in others)

    def _places(self, slot: Hashable) -> Hashable:
        shown = self._asker.shown(slot)
        return shown.starts if isinstance(shown, OwnPaths) else shown.place if isinstance(shown, ProbedPlace) else None


def _question(part: str, flow: FlowId | None, snapshot: FlowSnapshot, style: Style, t: float) -> Extra | None:
    """Return what is to be asked of a flow for a part of its snapshot; None if the style shows nothing of it."""
    wanted = Wanted(starts=style.own_starts, probe=style.probe_in(snapshot.extent)).of(snapshot)
    first = t if style.probe_t is None else style.probe_t
    return None if flow is None else wanted.asked(flow, snapshot.sampling, snapshot.is_fine, first=first).get(part)
