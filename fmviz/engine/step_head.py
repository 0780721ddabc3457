"""The step head: the one owner of which training step is shown, as the play head is of t.

Pictures of earlier steps are baked by the engine from kept weights; the newest wish wins. `step_pictures` asks for them
and keeps them, `gathering` collects those of an export.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from fmviz.core.frames import FlowSnapshot
from fmviz.core.kept import kept_at, paced_steps, place_at
from fmviz.core.numbers import within
from fmviz.core.project import KeptStep, Project
from fmviz.engine.document import Document
from fmviz.engine.gathering import Course, Gathering, among, course_of
from fmviz.engine.keeper import EngineKeeper
from fmviz.engine.states import State
from fmviz.engine.step_pictures import StepPictures, Wish

if TYPE_CHECKING:
    from fmviz.engine.session import Session

_WATCH_S, _FASTEST_MS = 10.0, 50
# As many as an export over training gathers: both then find most of them baked.
_MOST_WATCHED = 61
_AHEAD = 3


class StepHead(QObject):
    """Which training step is shown, None for the newest, and its pictures.

    Signals:
        steps_changed(): other steps are kept.
        step_changed(), snapshots_changed(): another step is wished for; its pictures are there.
        watching_changed(bool): training is played.
        gathering(done, total), gathered(moments): pictures of many steps for an export, each a tuple of one snapshot
            per lane, oldest first, without those that cannot be baked; None if there are none or their training is
            gone. Every gathering ends so.
    """

    steps_changed = Signal()
    step_changed = Signal()
    snapshots_changed = Signal()
    watching_changed = Signal(bool)
    gathering = Signal(int, int)
    gathered = Signal(object)

    def __init__(self, document: Document, session: Session, keeper: EngineKeeper) -> None:
        super().__init__(session)
        self._session, self._keeper = session, keeper
        self._step: int | None = None
        self._steps: tuple[int, ...] = ()
        self._shown: tuple[FlowSnapshot | None, ...] = ()
        self._step_shown: int | None = None
        self._direction = 1
        self._gathering: Gathering | None = None
        self._pictures = StepPictures(keeper, self._wanted, self)
        self._pictures.settled.connect(self._take)
        self._pictures.missed.connect(self._miss_engine)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._go_on)
        session.kept_changed.connect(self._follow_kept)
        session.snapshot_changed.connect(self._follow_snapshot)
        document.changed.connect(self._follow_document)

    @property
    def steps(self) -> tuple[int, ...]:
        """The kept steps, ascending; the newest, which needs no kept weights, is the last."""
        return self._steps

    @property
    def step(self) -> int | None:
        """The step that is shown or will be in a moment; None is the newest."""
        return self._step

    @property
    def snapshots(self) -> tuple[FlowSnapshot | None, ...]:
        """The picture of each lane at that step; until it is baked, the ones before."""
        return self._session.snapshots if self._step is None or not self._shown else self._shown

    @property
    def is_waiting(self) -> bool:
        """Whether the pictures of the step are still to come; those of another one are shown."""
        return self._step is not None and not self._is_settled(self._wishes(self._step))

    @property
    def is_watching(self) -> bool:
        return self._timer.isActive()

    @Slot(object)
    def set_step(self, step: int | None) -> None:
        """Show the kept step at or before `step`; None, or one after the last kept one, shows the newest.

        So does one whose picture cannot be had.
        """
        self.stop_watching()
        if step is not None:
            self._pictures.try_again(wish.kept for wish in self._wishes(step))
        self._move_to(step)

    def move(self, by: int) -> None:
        """Go so many kept steps forward or back."""
        if self._steps:
            place = self.place + by
            self.set_step(self._steps[within(place, 0, len(self._steps) - 1)])

    @property
    def place(self) -> int:
        """Index of the step that is shown among `steps`."""
        if self._step is None or self._step not in self._steps:
            return max(0, len(self._steps) - 1)
        return self._steps.index(self._step)

    @Slot()
    def watch(self) -> None:
        """Play the training from the first step, or from where it stands."""
        if len(self._steps) < 2 or self.is_watching:
            return
        if self._step is None:
            self._move_to(self._steps[0])
        self._timer.start(max(_FASTEST_MS, round(1000 * _WATCH_S / len(self._course()))))
        self.watching_changed.emit(True)

    @Slot()
    def stop_watching(self) -> None:
        if self.is_watching:
            self._timer.stop()
            self.watching_changed.emit(False)

    @property
    def course(self) -> Course:
        """What tells this training from another one."""
        return course_of(self._session.results)

    def kept_step(self, step: int) -> int | None:
        """Return the kept step at or before `step`, the first if all are later; None is the newest."""
        is_newest = not self._steps or step >= self._steps[-1]
        return None if is_newest else self._steps[place_at(self._steps, step)]

    def baked(self, step: int) -> tuple[FlowSnapshot | None, ...]:
        """Return the picture of each lane at a kept step, None where it is not baked."""
        pictures = {wish.lane: self._pictures.picture(wish.kept) for wish in self._wishes(step)}
        return tuple(pictures.get(lane) for lane in range(len(self._session.results)))

    def gather(self, most: int) -> None:
        """Bake at most `most` kept steps of all lanes, as a course goes; `gathered` follows. Pauses nothing."""
        self._gather(paced_steps(self._steps, most + 1)[:-1])

    def gather_step(self, step: int) -> None:
        """Bake one kept step of all lanes, as `gather` does; what is shown stays."""
        self._gather((step,))

    def _gather(self, steps: Sequence[int]) -> None:
        self._gathering = Gathering([self._wishes(step) for step in steps], self.course)
        wanted = [wish.kept for wish in self._gathering.open()]
        self._pictures.try_again(wanted)
        for kept in wanted:
            if (picture := self._pictures.picture(kept)) is not None:
                self._gathering.take(kept, picture)
        self._keeper.start()
        self._tell_gathering()
        self._pictures.go_on()

    def cancel_gathering(self) -> None:
        """Give `gather` up; `gathered` will not come."""
        self._gathering = None

    def _move_to(self, step: int | None) -> None:
        step = None if step is None else self.kept_step(step)
        if step == self._step:
            return
        self._direction = -1 if step is not None and (self._step is None or step < self._step) else 1
        if self._step is None:
            self._shown = self._session.snapshots
            self._step_shown = None
        self._step = step
        self.step_changed.emit()
        if step is None:
            self._shown = ()
            self.snapshots_changed.emit()
        else:
            self._show_if_baked()
            self._pictures.go_on()
            if self.is_waiting and self._keeper.is_missed:
                self._keeper.start()

    @Slot()
    def _miss_engine(self) -> None:
        """Go back to the step whose pictures are shown: others are not coming."""
        self._end_gathering()
        if self.is_waiting:
            self.stop_watching()
            self._move_to(self._step_shown)

    def _go_on(self) -> None:
        """Watching: show the next step of the course, unless this one is still to come."""
        if self._step is not None and not self._is_settled(self._wishes(self._step)):
            return
        later = [step for step in self._course() if step > self._steps[self.place]]
        if len(later) < 2:
            self.stop_watching()
            self._move_to(None)
        else:
            self._move_to(later[0])

    def _course(self) -> tuple[int, ...]:
        """Return the steps that watching goes through, the newest as the last."""
        return paced_steps(self._steps, _MOST_WATCHED)

    # What is to be baked

    def _wishes(self, step: int) -> tuple[Wish, ...]:
        """Return the kept weights of each lane at a step; lanes that kept none are left out."""
        return tuple(Wish(lane, result, kept) for lane, result in enumerate(self._session.results)
                     if result is not None and (kept := kept_at(result.kept, step)) is not None)

    def _wanted(self) -> Iterator[Wish]:
        """Yield what to bake: what is shown, what is gathered, and, where nothing trains, what will be shown."""
        if self._step is not None:
            yield from self._wishes(self._step)
        if self._gathering is not None:
            yield from self._gathering.open()
        if self._step is not None and self._session.state is not State.TRAINING:
            coming = self._course() if self.is_watching else self._steps
            place = place_at(coming, self._step)
            for ahead in (place + self._direction * k for k in range(1, _AHEAD + 1)):
                if 0 <= ahead < len(coming) - 1:
                    yield from self._wishes(coming[ahead])

    @Slot(object, object)
    def _take(self, kept: KeptStep, picture: FlowSnapshot | None) -> None:
        if self._gathering is not None:
            self._gathering.take(kept, picture)
            self._tell_gathering()
        self._show_if_baked()

    def _tell_gathering(self) -> None:
        gathering = self._gathering
        if gathering is None:
            return
        self.gathering.emit(gathering.done, gathering.total)
        if gathering is self._gathering and gathering.done == gathering.total:
            self._end_gathering()

    @Slot()
    def _end_gathering(self) -> None:
        """Hand out what there is: all of it, or what was baked before the engine was missed."""
        gathering, self._gathering = self._gathering, None
        if gathering is not None:
            is_gone = gathering.course != self.course
            self.gathered.emit(None if is_gone else gathering.moments(self._session.snapshots) or None)

    # What is shown

    def _is_settled(self, wishes: Sequence[Wish]) -> bool:
        return all(self._pictures.is_settled(wish.kept) for wish in wishes)

    def _show_if_baked(self) -> None:
        """Show the step that is wished for; one that cannot be baked is passed over, or else the newest is shown."""
        if self._step is None or not self._is_settled(wishes := self._wishes(self._step)):
            return
        baked = [picture for wish in wishes if (picture := self._pictures.picture(wish.kept)) is not None]
        if len(baked) == len(wishes):
            self._shown, self._step_shown = among(self._session.snapshots, wishes, baked), self._step
            self.snapshots_changed.emit()
        elif not self.is_watching:
            self._move_to(None)

    @Slot(int)
    def _follow_kept(self, _lane: int) -> None:
        results = [result for result in self._session.results if result is not None]
        self._pictures.retain(frozenset(kept for result in results for kept in result.kept))
        kept = {entry.step for result in results for entry in result.kept}
        # Of the pictures that are shown: a training that has just begun again is at another step than they are.
        newest = max((snapshot.step for snapshot in self._session.snapshots if snapshot is not None), default=0)
        steps = (*sorted(step for step in kept if step < newest), newest) if kept else ()
        if self._gathering is not None and self._gathering.course != self.course:
            self._end_gathering()
        if steps != self._steps:
            self._steps = steps
            if self._step is not None and self._step not in steps:
                self.set_step(None)
            self.steps_changed.emit()

    @Slot(int)
    def _follow_snapshot(self, lane: int) -> None:
        self._follow_kept(lane)
        if self._step is None:
            self.snapshots_changed.emit()
        elif not self._steps:
            self.set_step(None)
        else:
            self._show_if_baked()
            self._pictures.go_on()

    @Slot(object, object)
    def _follow_document(self, new: Project, old: Project) -> None:
        """Follow a lane that has gone, of which the session says nothing."""
        if len(new.lanes) < len(old.lanes):
            if self._step is not None:
                self._shown = self._session.snapshots
            self._follow_snapshot(0)
