"""The step head: the one owner of which training step is shown, as the play head is of t.

Pictures of earlier steps are baked by the engine from kept weights. One is asked for at a time, the newest wish wins,
and what was baked stays for a while, so that moving to and fro costs nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from fmviz.core.film import Moment
from fmviz.core.frames import FlowSnapshot
from fmviz.core.kept import kept_at, paced_steps, place_at
from fmviz.core.project import KeptStep, Project
from fmviz.engine.keeper import EngineKeeper
from fmviz.engine.messages import BakeStep, StepBaked
from fmviz.engine.results import LaneResult, freeze
from fmviz.engine.states import State

if TYPE_CHECKING:
    from fmviz.engine.session import Session

# A picture takes a quarter of a megabyte: 50 MB.
_MOST_CACHED = 200
_WATCH_S, _FASTEST_MS = 10.0, 50
# As many as an export over training gathers: both then find most of them baked.
_MOST_WATCHED = 61
_AHEAD = 3

_Wish = tuple[LaneResult, KeptStep]


class StepHead(QObject):
    """Which training step is shown, None for the newest, and its pictures.

    Signals:
        steps_changed(): other steps are kept.
        step_changed(), snapshots_changed(): another step is wished for; its pictures are there.
        watching_changed(bool): training is played.
        gathering(done, total), gathered(moments): pictures of many steps for an export, each a tuple of one snapshot
            per lane, oldest first; None instead of the moments if they cannot be had.
    """

    steps_changed = Signal()
    step_changed = Signal()
    snapshots_changed = Signal()
    watching_changed = Signal(bool)
    gathering = Signal(int, int)
    gathered = Signal(object)

    def __init__(self, session: Session, keeper: EngineKeeper) -> None:
        super().__init__(session)
        self._session, self._keeper = session, keeper
        self._step: int | None = None
        self._steps: tuple[int, ...] = ()
        self._shown: tuple[FlowSnapshot | None, ...] = ()
        self._cache: OrderedDict[KeptStep, FlowSnapshot | None] = OrderedDict()
        self._asked: tuple[int, KeptStep] | None = None
        self._jobs = count(1)
        self._direction = 1
        self._gathered: tuple[tuple[_Wish, ...], ...] = ()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._go_on)
        keeper.said.connect(self._take)
        keeper.ready.connect(self._ask_again)
        keeper.lost.connect(self._forget_question)
        session.kept_changed.connect(self._follow_kept)
        session.snapshot_changed.connect(self._follow_snapshot)

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
    def is_watching(self) -> bool:
        return self._timer.isActive()

    @Slot(object)
    def set_step(self, step: int | None) -> None:
        """Show the kept step at or before `step`; None, or one after the last kept one, shows the newest."""
        self.stop_watching()
        self._move_to(step)

    def move(self, by: int) -> None:
        """Go so many kept steps forward or back."""
        if self._steps:
            place = self.place + by
            self.set_step(self._steps[min(max(place, 0), len(self._steps) - 1)])

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

    def gather(self, most: int) -> None:
        """Bake at most `most` kept steps of all lanes, as a course goes; `gathered` follows. Pauses nothing."""
        self._gathered = tuple(self._wishes(step) for step in paced_steps(self._steps, most + 1)[:-1])
        self._tell_gathering()

    def cancel_gathering(self) -> None:
        """Give `gather` up; `gathered` will not come."""
        self._gathered = ()

    def _move_to(self, step: int | None) -> None:
        if step is not None and (not self._steps or step >= self._steps[-1]):
            step = None
        if step is not None:
            step = max((kept for kept in self._steps if kept <= step), default=self._steps[0])
        if step == self._step:
            return
        self._direction = -1 if step is not None and (self._step is None or step < self._step) else 1
        if self._step is None:
            self._shown = self._session.snapshots
        self._step = step
        self.step_changed.emit()
        if step is None:
            self._shown = ()
            self.snapshots_changed.emit()
        else:
            self._show_if_baked()
            self._ask()

    def _go_on(self) -> None:
        """Watching: show the next step of the course, unless this one is still to come."""
        if self._step is not None and not self._is_baked(self._wishes(self._step)):
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

    def _wishes(self, step: int) -> tuple[_Wish, ...]:
        """Return the kept weights of each lane at a step; lanes that kept none are left out."""
        wishes = []
        for result in self._session.results:
            if result is not None and (kept := kept_at(result.kept, step)) is not None:
                wishes.append((result, kept))
        return tuple(wishes)

    def _is_baked(self, wishes: Sequence[_Wish]) -> bool:
        return all(kept in self._cache for _, kept in wishes)

    def _next_wish(self) -> _Wish | None:
        """Return what to bake next: what is shown, what is gathered, and, where nothing trains, what will be shown."""
        steps = [] if self._step is None else [self._wishes(self._step)]
        steps += self._gathered
        if self._step is not None and self._session.state is not State.TRAINING:
            coming = self._course() if self.is_watching else self._steps
            place = place_at(coming, self._step)
            ahead = (place + self._direction * k for k in range(1, _AHEAD + 1))
            steps += [self._wishes(coming[place]) for place in ahead if 0 <= place < len(coming) - 1]
        return next((wish for wishes in steps for wish in wishes if wish[1] not in self._cache), None)

    def _ask(self) -> None:
        if self._asked is not None or self._keeper.device_label is None or (wish := self._next_wish()) is None:
            return
        result, kept = wish
        self._asked = next(self._jobs), kept
        project = Project(result.source, result.target, (result.config,))
        self._keeper.send(BakeStep(self._asked[0], project, 0, kept))

    @Slot(object)
    def _take(self, news: object) -> None:
        if isinstance(news, StepBaked) and self._asked is not None and news.job == self._asked[0]:
            freeze(news.snapshot)
            self._keep(self._asked[1], news.snapshot)

    def _keep(self, kept: KeptStep, snapshot: FlowSnapshot | None) -> None:
        self._asked = None
        self._cache[kept] = snapshot
        while len(self._cache) > max(_MOST_CACHED, 2 * len(self._gathered) + _AHEAD):
            self._cache.popitem(last=False)
        self._show_if_baked()
        if self._gathered:
            self._tell_gathering()
        self._ask()

    @Slot()
    def _ask_again(self) -> None:
        self._ask()

    @Slot()
    def _forget_question(self) -> None:
        """A bake that ended the engine is not asked again: its step has no picture."""
        if self._asked is not None:
            self._keep(self._asked[1], None)

    # What is shown

    def _pictures(self, wishes: Sequence[_Wish]) -> tuple[FlowSnapshot | None, ...]:
        """Return one picture per lane: the baked one with what the newest knows besides, or the newest."""
        shown: list[FlowSnapshot | None] = list(self._session.snapshots)
        places = {id(result): lane for lane, result in enumerate(self._session.results) if result is not None}
        for result, kept in wishes:
            lane, baked = places[id(result)], self._cache[kept]
            newest = shown[lane]
            if baked is not None and newest is not None:
                shown[lane] = replace(baked, lane=lane, pairs=newest.pairs, curves=newest.curves)
        return tuple(shown)

    def _show_if_baked(self) -> None:
        if self._step is None:
            return
        wishes = self._wishes(self._step)
        if self._is_baked(wishes):
            self._shown = self._pictures(wishes)
            self.snapshots_changed.emit()

    def _tell_gathering(self) -> None:
        done = sum(self._is_baked(wishes) for wishes in self._gathered)
        self.gathering.emit(done, len(self._gathered))
        if done < len(self._gathered):
            self._ask()
            return
        moments = tuple(self._pictures(wishes) for wishes in self._gathered)
        self._gathered = ()
        whole: list[Moment] = [tuple(s for s in moment if s is not None) for moment in moments]
        self.gathered.emit(tuple(whole) if whole else None)

    @Slot(int)
    def _follow_kept(self, _lane: int) -> None:
        kept = {entry.step for result in self._session.results if result is not None for entry in result.kept}
        newest = max((self._session.step(lane) for lane, result in enumerate(self._session.results)
                      if result is not None), default=0)
        steps = (*sorted(step for step in kept if step < newest), newest) if kept else ()
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
