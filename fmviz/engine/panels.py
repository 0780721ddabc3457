"""What a panel of mathematics shows, asked of the engine for the lanes and the training step that the stage shows.

Answers fill while one looks. One that is cancelled stays as it is until somebody goes on with it. Beside a training a
question is let come before the next one is asked, so that each has an answer.
"""

from __future__ import annotations

from collections.abc import Hashable

from PySide6.QtCore import QObject, Signal, Slot

from fmviz.core.panels import PANELS, PanelLane, PanelRow
from fmviz.core.questions import FlowId, Question
from fmviz.engine.asker import Asker
from fmviz.engine.document import Document
from fmviz.engine.learned_lanes import LearnedLanes, are_of_one_lane
from fmviz.engine.results import LaneResult, Stale
from fmviz.engine.step_head import StepHead

# Behind pictures of the stage, which take tenths of a second.
_SLOT, _RANK = "panel", 2
_STALE = "The clouds have changed since training; train again."


class Panels(QObject):
    """Wants what one panel shows.

    Signals:
        changed(): there is something else to see.
    """

    changed = Signal()

    def __init__(self, document: Document, lanes: LearnedLanes, head: StepHead, asker: Asker,
                 parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._lanes, self._head, self._asker = document, lanes, head, asker
        self._row: PanelRow | None = None
        self._lane = 0
        self.is_cancelled = False
        asker.answered.connect(self._take)
        head.step_changed.connect(self._allow)
        for signal in (head.snapshots_changed, lanes.snapshot_changed, lanes.stale_changed,
                       document.changed):
            signal.connect(self.refresh)

    def look(self, key: str | None, lane: int = 0) -> None:
        """Want what a panel shows, of one lane if it shows one; None wants nothing any more."""
        row = None if key is None else PANELS[key]
        if self._row is not None and row is not self._row:
            for place in range(len(self._document.project.lanes)):
                self._asker.drop((_SLOT, self._row.key, place))
        self._row, self._lane = row, lane
        self._allow()

    @property
    def is_waiting(self) -> bool:
        """Whether more of it is under way."""
        return any(self._asker.is_waiting(slot) for slot in self._slots())

    @property
    def can_go_on(self) -> bool:
        """Whether it was cancelled, or given up, and may be tried again."""
        return self.is_cancelled or any(self._asker.is_given_up(slot) for slot in self._slots())

    @property
    def done(self) -> float:
        """Which share of it is done."""
        lanes = [lane for lane in self.lanes() if not lane.why_not]
        return sum(0.0 if lane.answer is None else lane.answer.done for lane in lanes) / max(1, len(lanes))

    def lanes(self) -> tuple[PanelLane, ...]:
        """Return what is there; () if nothing is learned."""
        found = (self._shown(lane) for lane in self._shown_lanes())
        return tuple(lane for lane in found if lane is not None)

    def cancel(self) -> None:
        """Work no further at this panel, this lane and this step; what is there stays."""
        if self.is_waiting:
            self.is_cancelled = True
            self.refresh()

    def go_on(self) -> None:
        """Work again at what was cancelled, or given up."""
        for slot in self._slots():
            self._asker.try_again(slot)
        self._allow()

    @Slot()
    def _allow(self, *_: object) -> None:
        self.is_cancelled = False
        self.refresh()

    @Slot()
    def refresh(self, *_: object) -> None:
        """Want what the stage shows now."""
        if self._row is None:
            return
        shown = self._shown_lanes()
        for lane in range(len(self._document.project.lanes)):
            slot = (_SLOT, self._row.key, lane)
            question = self._question(lane) if lane in shown else None
            if question is None:
                self._asker.drop(slot)
            elif self.is_cancelled:
                self._asker.want(slot, None)
            elif not (self._lanes.is_training and self._asker.is_waiting(slot)):
                self._asker.want(slot, question, _RANK)
        self.changed.emit()

    def _slots(self) -> list[tuple[str, str, int]]:
        return [] if self._row is None else [(_SLOT, self._row.key, lane) for lane in self._shown_lanes()]

    def _shown_lanes(self) -> tuple[int, ...]:
        project = self._document.project
        shown = project.style.shown_lanes(len(project.lanes))
        if self._row is not None and self._row.shows_all:
            return shown
        return (self._lane if self._lane < len(project.lanes) else shown[0],)

    def _question(self, lane: int) -> Question | None:
        flow, result = self._head.flows_shown.get(lane), self._result(lane)
        if self._row is None or flow is None or result is None or self._why_not(result):
            return None
        return self._row.question(flow, self._head.sampling(lane))

    def _result(self, lane: int) -> LaneResult | None:
        pictures = self._lanes.shown.pictures
        return pictures[lane] if lane < len(pictures) else None

    def _why_not(self, result: LaneResult) -> str:
        assert self._row is not None
        if self._lanes.shown.stale is Stale.CLOUDS:
            return _STALE
        return self._row.why_not(result.source, result.target, result.config.learning)

    def _shown(self, lane: int) -> PanelLane | None:
        flow, result = self._head.flows_shown.get(lane), self._result(lane)
        if self._row is None or flow is None or result is None or lane >= len(self._lanes.shown.marks):
            return None
        config = self._document.project.lanes[lane].with_learning(result.config.learning)
        slot, why = (_SLOT, self._row.key, lane), self._why_not(result)
        question, answer = self._asker.shown(slot), self._asker.answer(slot)
        asked = getattr(question, "flow", None)
        is_of_it = isinstance(asked, FlowId) and not why and are_of_one_lane(asked, flow)
        if not why and not is_of_it and self._asker.is_given_up(slot):
            why = "This could not be worked out; press Go on to try again."
        return PanelLane(self._lanes.shown.marks[lane], asked.step if is_of_it and asked is not None else flow.step,
                         config, answer if is_of_it else None, why)

    @Slot(object)
    def _take(self, slot: Hashable) -> None:
        if isinstance(slot, tuple) and slot[0] == _SLOT:
            self.refresh()
