"""Particles from chosen starts, carried by every lane at whichever training step is shown; asked of the engine.

While an answer is on its way the one before is shown, and is let come: who drags a start asks anew at every move, and
each answer should be seen, those of all lanes at once.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot

from fmviz.core.carried import Carried
from fmviz.core.follow import Starts
from fmviz.core.frames import FlowSnapshot
from fmviz.core.questions import OwnPaths
from fmviz.engine.asker import Asker
from fmviz.engine.learned_lanes import LearnedLanes, are_of_one_lane
from fmviz.engine.step_head import StepHead

_SLOT = "own paths"


class OwnStarts(QObject):
    """Wants what the stage follows.

    Signals:
        changed(): there are other paths.
    """

    changed = Signal()

    def __init__(self, lanes: LearnedLanes, head: StepHead, asker: Asker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes, self._head, self._asker = lanes, head, asker
        self._starts: Starts = ()
        self._made: dict[int, tuple[FlowSnapshot, Carried, FlowSnapshot]] = {}
        asker.answered.connect(self._take)

    def look(self, starts: Starts) -> None:
        """Want particles from these starts; () wants none."""
        self._starts = starts
        for lane in range(len(self._lanes.shown.pictures)):
            self._want(lane)

    def drawn(self, snapshots: Sequence[FlowSnapshot | None]) -> tuple[FlowSnapshot | None, ...]:
        """Return the lanes' snapshots at the step that is shown, with the paths that are there."""
        return tuple(None if snapshot is None else self._with_paths(lane, snapshot)
                     for lane, snapshot in enumerate(snapshots))

    def _want(self, lane: int) -> None:
        slot, question = (_SLOT, lane), self._question(lane)
        if question is None:
            self._asker.drop(slot)  # what is followed later is something else
        elif not self._asker.is_waiting(slot):
            self._asker.want(slot, question)

    def _question(self, lane: int) -> OwnPaths | None:
        flow, snapshots = self._head.flows_shown.get(lane), self._head.snapshots
        snapshot = snapshots[lane] if lane < len(snapshots) else None
        if flow is None or snapshot is None or not self._starts:
            return None
        return OwnPaths(flow, snapshot.sampling, self._starts, snapshot.is_fine)

    def _with_paths(self, lane: int, snapshot: FlowSnapshot) -> FlowSnapshot:
        slot, flow = (_SLOT, lane), self._head.flows_shown.get(lane)
        question, carried = self._asker.shown(slot), self._asker.answer(slot)
        if flow is None or not (isinstance(question, OwnPaths) and isinstance(carried, Carried)
                                and are_of_one_lane(question.flow, flow)):
            return snapshot
        known = self._made.get(lane)
        # The same object while it is the same: much about a snapshot is kept by its identity.
        if known is None or known[0] is not snapshot or known[1] is not carried:
            self._made[lane] = known = snapshot, carried, replace(snapshot, own=carried)
        return known[2]

    def with_known(self, step: int | None, snapshots: Sequence[FlowSnapshot | None],
                   starts: Starts) -> tuple[FlowSnapshot | None, ...]:
        """Return snapshots at a kept step, None for the newest, with those paths from other starts that are known."""
        flows = self._head.flows(step)

        def known(lane: int, snapshot: FlowSnapshot) -> Carried | None:
            if lane not in flows:
                return None
            carried: Carried | None = self._asker.known(OwnPaths(flows[lane], snapshot.sampling, starts,
                                                                 snapshot.is_fine))
            return carried

        return tuple(None if snapshot is None else replace(snapshot, own=known(lane, snapshot))
                     for lane, snapshot in enumerate(snapshots))

    @Slot(object)
    def _take(self, slot: Hashable) -> None:
        if isinstance(slot, tuple) and slot[:1] == (_SLOT,):
            self._want(slot[1])
            if self._is_of_all(slot):
                self.changed.emit()

    def _is_of_all(self, slot: Hashable) -> bool:
        """Whether no lane is still to answer about the starts of this one's answer."""
        answered = self._asker.shown(slot)
        others = [(_SLOT, lane) for lane in range(len(self._lanes.shown.pictures))]
        return not isinstance(answered, OwnPaths) or all(
            not self._asker.is_waiting(other) or (isinstance(shown := self._asker.shown(other), OwnPaths)
                                                  and shown.starts == answered.starts) for other in others)
