"""The step head: the one owner of which training step is shown, as the play head is of t.

Pictures of earlier steps are asked of the engine, which makes them from kept weights; the newest wish wins.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from fmviz.core.config import Sampling
from fmviz.core.frames import FlowSnapshot
from fmviz.core.kept import kept_at, paced_steps, place_at
from fmviz.core.numbers import within
from fmviz.core.project import Project
from fmviz.core.questions import Animation, FlowId
from fmviz.engine.asker import Asker
from fmviz.engine.document import Document
from fmviz.engine.learned_lanes import LearnedLanes

Questions = Mapping[int, Animation]

_WATCH_S, _FASTEST_MS = 10.0, 50
# As many as an export over training has: both then find most of them made.
_MOST_WATCHED = 61
_AHEAD = 3
_SHOWN, _COMING = "step", "coming step"


class StepHead(QObject):
    """Which training step is shown, None for the newest, and its pictures.

    Signals:
        steps_changed(): other steps are kept.
        step_changed(), snapshots_changed(): another step is wished for; its pictures are there.
        watching_changed(bool): training is played.

    Attributes:
        steps: the kept steps, ascending; the newest, which needs no kept weights, is the last.
        step: the one that is shown or will be in a moment; None is the newest.
    """

    steps_changed = Signal()
    step_changed = Signal()
    snapshots_changed = Signal()
    watching_changed = Signal(bool)

    def __init__(self, document: Document, lanes: LearnedLanes, asker: Asker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._lanes, self._asker = document, lanes, asker
        self.step: int | None = None
        self.steps: tuple[int, ...] = ()
        self._shown: tuple[FlowSnapshot | None, ...] = ()
        self._step_shown: int | None = None
        self._direction = 1
        asker.answered.connect(self._take)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._go_on)
        lanes.kept_changed.connect(self._follow_kept)
        lanes.snapshot_changed.connect(self._follow_snapshot)
        document.changed.connect(self._follow_document)

    @property
    def snapshots(self) -> tuple[FlowSnapshot | None, ...]:
        """The picture of each lane at that step; until it is there, the ones before."""
        return self.newest if self.step is None or not self._shown else self._shown

    @property
    def newest(self) -> tuple[FlowSnapshot | None, ...]:
        return self._lanes.shown.snapshots

    @property
    def is_waiting(self) -> bool:
        """Whether the pictures of the step are still to come; those of another one are shown."""
        return self.step is not None and not self._is_settled(self.questions(self.step))

    @property
    def is_watching(self) -> bool:
        return self._timer.isActive()

    @Slot(object)
    def set_step(self, step: int | None) -> None:
        """Show the kept step at or before `step`; None, or one after the last kept one, shows the newest.

        If its picture cannot be had, the one before stays.
        """
        self.stop_watching()
        self._move_to(step)

    def move(self, by: int) -> None:
        """Go so many kept steps forward or back."""
        if self.steps:
            place = self.place + by
            self.set_step(self.steps[within(place, 0, len(self.steps) - 1)])

    @property
    def place(self) -> int:
        """Index of the step that is shown among `steps`."""
        if self.step is None or self.step not in self.steps:
            return max(0, len(self.steps) - 1)
        return self.steps.index(self.step)

    @Slot()
    def watch(self) -> None:
        """Play the training from the first step, or from where it stands."""
        if len(self.steps) < 2 or self.is_watching:
            return
        if self.step is None:
            self._move_to(self.steps[0])
        self._timer.start(max(_FASTEST_MS, round(1000 * _WATCH_S / len(self._course()))))
        self.watching_changed.emit(True)

    @Slot()
    def stop_watching(self) -> None:
        if self.is_watching:
            self._timer.stop()
            self.watching_changed.emit(False)

    def kept_step(self, step: int) -> int | None:
        """Return the kept step at or before `step`, the first if all are later; None is the newest."""
        is_newest = not self.steps or step >= self.steps[-1]
        return None if is_newest else self.steps[place_at(self.steps, step)]

    def baked(self, step: int) -> tuple[FlowSnapshot | None, ...]:
        """Return the picture of each lane at a kept step, None where it is not made."""
        questions = self.questions(step)
        return tuple(self._asker.known(questions[lane]) if lane in questions else None
                     for lane in range(len(self._lanes.shown.pictures)))

    def questions(self, step: int) -> Questions:
        """Return by lane what is asked to show a step; lanes that kept none are left out."""
        return {lane: Animation(flow, self.sampling(lane), is_fine=False) for lane, flow in self.flows(step).items()}

    def sampling(self, lane: int) -> Sampling:
        return self._document.project.lanes[lane].sampling

    def flows(self, step: int | None) -> Mapping[int, FlowId]:
        """Return by lane what questions call the weights of a kept step, or the newest; None is the newest."""
        shown = self._lanes.shown
        known = shown.pictures if step is None else [kept_at(kept, step) for kept in shown.kept]
        return {lane: entry.flow for lane, entry in enumerate(known) if entry is not None and entry.flow is not None}

    @property
    def flows_shown(self) -> Mapping[int, FlowId]:
        """By lane what questions call the weights of `snapshots`."""
        step = None if self.step is None or not self._shown else self._step_shown
        return {**self.flows(None), **self.flows(step)}

    def beside_newest(self, pictures: Mapping[int, FlowSnapshot | None]) -> tuple[FlowSnapshot | None, ...]:
        """Return one picture per lane: that one with what the newest knows besides, else the newest."""
        shown = list(self.newest)
        for lane, picture in pictures.items():
            if lane < len(shown) and picture is not None:
                newest = shown[lane]
                shown[lane] = replace(picture, lane=lane) if newest is None else replace(
                    picture, lane=lane, pairs=newest.pairs, curves=newest.curves)
        return tuple(shown)

    def _move_to(self, step: int | None) -> None:
        step = None if step is None else self.kept_step(step)
        if step == self.step:
            return
        self._direction = -1 if step is not None and (self.step is None or step < self.step) else 1
        if self.step is None:
            self._shown = self.newest
            self._step_shown = None
        self.step = step
        self._ask()
        self.step_changed.emit()
        if step is None:
            self._shown = ()
            self.snapshots_changed.emit()
        else:
            self._show_if_there()

    @Slot()
    def stop_waiting(self) -> None:
        """Go back to the step whose pictures are shown: there is no engine to make others."""
        self.stop_watching()
        self._show_if_there()

    def _go_on(self) -> None:
        """Watching: show the next step of the course, unless this one is still to come."""
        if self.is_waiting:
            return
        later = [step for step in self._course() if step > self.steps[self.place]]
        if len(later) < 2:
            self.stop_watching()
            self._move_to(None)
        else:
            self._move_to(later[0])

    def _course(self) -> tuple[int, ...]:
        """Return the steps that watching goes through, the newest as the last."""
        return paced_steps(self.steps, _MOST_WATCHED)

    # What is asked

    def _ask(self) -> None:
        """Ask for what is shown and, where nothing trains, for what will be shown."""
        shown: list[Animation] = []
        coming: list[Animation] = []
        if self.step is not None:
            shown = list(self.questions(self.step).values())
            if not self._lanes.is_training:
                steps = self._course() if self.is_watching else self.steps
                place = place_at(steps, self.step)
                for ahead in (place + self._direction * k for k in range(1, _AHEAD + 1)):
                    if 0 <= ahead < len(steps) - 1:
                        coming += self.questions(steps[ahead]).values()
        self._asker.want_all(_SHOWN, shown, rank=0)
        self._asker.want_all(_COMING, coming, rank=2)

    @Slot(object)
    def _take(self, slot: Hashable) -> None:
        if isinstance(slot, tuple) and slot[0] == _SHOWN:
            self._show_if_there()

    # What is shown

    def _is_settled(self, questions: Questions) -> bool:
        return not any(self._asker.is_waiting((_SHOWN, question)) for question in questions.values())

    def _show_if_there(self) -> None:
        """Show the step that is wished for; one that cannot be made is passed over, or else the one before stays."""
        if self.step is None or not self._is_settled(questions := self.questions(self.step)):
            return
        pictures = {lane: self._asker.answer((_SHOWN, question)) for lane, question in questions.items()}
        if None not in pictures.values():
            self._shown, self._step_shown = self.beside_newest(pictures), self.step
            self.snapshots_changed.emit()
        elif not self.is_watching:
            self._move_to(self._step_shown)

    @Slot(int)
    def _follow_kept(self, _lane: int) -> None:
        shown = self._lanes.shown
        kept = {entry.step for entries in shown.kept for entry in entries}
        # Of the pictures that are shown: a training that has just begun again is at another step than they are.
        newest = max((snapshot.step for snapshot in shown.snapshots if snapshot is not None), default=0)
        steps = (*sorted(step for step in kept if step < newest), newest) if kept else ()
        if steps != self.steps:
            self.steps = steps
            if self.step is not None and self.step not in steps:
                self.set_step(None)
            self.steps_changed.emit()

    @Slot(int)
    def _follow_snapshot(self, lane: int) -> None:
        self._follow_kept(lane)
        if self.step is None:
            self.snapshots_changed.emit()
        elif not self.steps:
            self.set_step(None)
        else:
            self._ask()
            self._show_if_there()

    @Slot(object, object)
    def _follow_document(self, new: Project, old: Project) -> None:
        """Follow lanes that have gone, of which nothing is said, and another sampling."""
        if len(new.lanes) < len(old.lanes):
            if self.step is not None:
                self._shown = self.newest
            self._follow_snapshot(0)
        elif new.lanes != old.lanes and self.steps:
            if self.step is not None:
                self._ask()
                self._show_if_there()
            self.steps_changed.emit()
