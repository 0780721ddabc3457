"""What the window sees of what was learned: one entry per lane of the document, pictures sampled as the lane says.

`results` keeps the books; what training has not drawn is asked of the engine. Whether the next training is a fresh one,
or goes on from what is there, is decided here. An undo step holds the results that a training, or Reset, has put aside:
such results are large, so the steps of a stack share a bound in bytes; the oldest lose theirs first.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from weakref import ref

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoCommand, QUndoStack

from fmviz.core.config import Sampling
from fmviz.core.frames import FlowSnapshot, LaneProgress, of_same_training
from fmviz.core.lanes import LaneMark, marks_of
from fmviz.core.project import KeptStep, LearnedLane, Project
from fmviz.core.questions import Animation, FlowId
from fmviz.engine.asker import Asker, arrays_of
from fmviz.engine.document import Document
from fmviz.engine.messages import Train
from fmviz.engine.results import LaneResult, Reached, Results, ResultsState, Stale, reached

_SLOT = "newest"
# A lane of the usual size that has kept 150 steps takes 26 MB, two lanes twice that.
MOST_BYTES = 200 * 2**20

Exchange = Callable[[ResultsState], ResultsState]


@dataclass(frozen=True, eq=False)
class Shown:
    """Tuples with one entry per lane of the document; None where a lane has nothing.

    What belongs to a result at this moment is copied out of it: a result changes, and two of these are compared.

    Args:
        kept: the kept steps of each lane, ascending.
        marks: how the lanes are told apart: by what their pictures were learned with, if they have some.
    """

    pictures: tuple[LaneResult | None, ...] = ()
    snapshots: tuple[FlowSnapshot | None, ...] = ()
    progress: tuple[LaneProgress | None, ...] = ()
    kept: tuple[tuple[KeptStep, ...], ...] = ()
    stale: Stale = Stale.NONE
    marks: tuple[LaneMark, ...] = ()

    @property
    def flows(self) -> tuple[FlowId, ...]:
        """What questions call the newest weights of the lanes that have any."""
        return tuple(result.flow for result in self.pictures if result is not None and result.flow is not None)

    def reached(self, lane: int) -> Reached:
        """Return how far a lane is; one that there is not has reached nothing."""
        if lane >= len(self.pictures):
            return Reached()
        picture, snapshot = self.pictures[lane], self.snapshots[lane]
        trained = picture.snapshot if picture is not None else None
        is_resampled = snapshot is not None and trained is not None and snapshot.sampling != trained.sampling
        return reached(self.progress[lane], snapshot, is_resampled)


def shown_of(results: Results, project: Project) -> Shown:
    """Return what of `results` is shown for `project`; what has not changed stays the same object."""
    pictures = results.pictures(project)
    snapshots = tuple(
        result.snapshot_as(lane) if result is not None else None for lane, result in enumerate(pictures)
    )
    kept = tuple(result.kept if result is not None else () for result in pictures)
    stale = results.stale(project)
    configs = [config if result is None or stale is Stale.CLOUDS else config.with_learning(result.config.learning)
               for result, config in zip(pictures, project.lanes, strict=True)]
    return Shown(pictures, snapshots, results.progress(project), kept, stale,
                 marks_of(configs, project.names, project.hues))


class LearnedLanes(QObject):
    """What each lane of the document shows of what was learned; asks for pictures in another sampling than they have.

    Signals:
        snapshot_changed, progress_changed, kept_changed (int): the lane whose entry was replaced.
        stale_changed(Stale): only on change.

    Attributes:
        is_training: whether new pictures come by themselves.
    """

    snapshot_changed = Signal(int)
    progress_changed = Signal(int)
    kept_changed = Signal(int)
    stale_changed = Signal(object)

    def __init__(self, document: Document, results: Results, asker: Asker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._results, self._asker = document, results, asker
        self.is_training = False
        self._drawn: dict[int, tuple[FlowSnapshot, LaneResult, FlowSnapshot | None, FlowSnapshot]] = {}
        self.shown = shown_of(results, document.project)
        asker.answered.connect(self._take)
        document.changed.connect(self._follow_document)

    def set_training(self, is_training: bool) -> None:
        """Know whether a training draws the pictures; what it does not draw as it should be is asked for."""
        if is_training != self.is_training:
            self.is_training = is_training
            self.refresh()

    def is_waiting(self, lane: int) -> bool:
        """Whether the picture of a lane in the sampling that it asks for, or its numbers, are still to come.

        Beside a training it comes again and again: one that is there is not waited for.
        """
        snapshot = self.shown.snapshots[lane] if lane < len(self.shown.snapshots) else None
        follows = self.is_training and snapshot is not None and (
            snapshot.sampling == self._document.project.lanes[lane].sampling)
        return self._asker.is_waiting((_SLOT, lane)) and not follows

    def to_save(self) -> tuple[LearnedLane, ...]:
        """Return what to save beside the document, immutable: of each lane what belongs to it, and all the rest."""
        # One that waits for its numbers, or for newer weights, is saved as it was, and asked for again when the file is
        # opened.
        snapshots = [snapshot if result is None or self._is_of_weights(lane, result) else result.snapshot_as(lane)
                     for lane, (result, snapshot) in enumerate(zip(self.shown.pictures, self.shown.snapshots,
                                                                   strict=True))]
        return self._results.learned(self._document.project, snapshots)

    def _is_of_weights(self, lane: int, result: LaneResult) -> bool:
        """Whether the picture that a lane shows is the whole one of its newest weights."""
        slot = (_SLOT, lane)
        shown = self._asker.shown(slot)
        return not self._asker.is_waiting(slot) and (not isinstance(shown, Animation) or shown.flow == result.flow)

    @Slot()
    def refresh(self) -> None:
        """Work out again what each lane shows, and tell what has changed."""
        old, project = self.shown, self._document.project
        new = shown_of(self._results, project)
        new = replace(new, snapshots=tuple(self._sampled(lane, result, new.snapshots[lane])
                                           for lane, result in enumerate(new.pictures)))
        for lane in range(len(new.pictures), len(old.pictures)):
            self._asker.drop((_SLOT, lane))
            self._drawn.pop(lane, None)
        self.shown = new
        self._document.set_learned(self.to_save())
        for lane in _replaced(old.snapshots, new.snapshots):
            self.snapshot_changed.emit(lane)
        for lane in _replaced(old.kept, new.kept):
            self.kept_changed.emit(lane)
        for lane in _replaced(old.progress, new.progress):
            self.progress_changed.emit(lane)
        if new.stale is not old.stale:
            self.stale_changed.emit(new.stale)

    def _sampled(self, lane: int, result: LaneResult | None, newest: FlowSnapshot | None) -> FlowSnapshot | None:
        """Return the picture of a lane in the sampling that it asks for, the one before while that is made."""
        slot, sampling = (_SLOT, lane), self._document.project.lanes[lane].sampling
        is_drawn = newest is not None and newest.sampling == sampling
        if result is None or result.flow is None or is_drawn:
            self._asker.drop(slot)
            self._drawn.pop(lane, None)
            return newest
        if not (self.is_training and self._results.draws(result, sampling)):
            self._want(slot, result.flow, sampling)
        shown, answer = self._asker.shown(slot), self._asker.answer(slot)
        is_of_it = isinstance(shown, Animation) and are_of_one_lane(shown.flow, result.flow)
        if not is_of_it or not isinstance(answer, FlowSnapshot):
            return newest
        known = self._drawn.get(lane)
        if known is None or known[:3] != (answer, result, newest):
            self._drawn[lane] = known = answer, result, newest, _shown_in(lane, answer, newest)
        return known[3]

    def _want(self, slot: Hashable, flow: FlowId, sampling: Sampling) -> None:
        """Want a picture of weights; beside a training a quick one, and the next as soon as it is there."""
        wanted = self._asker.wanted(slot)
        is_earlier = isinstance(wanted, Animation) and (are_of_one_lane(wanted.flow, flow)
                                                        and wanted.sampling == sampling)
        if not (self.is_training and is_earlier and self._asker.is_waiting(slot)):
            self._asker.want(slot, Animation(flow, sampling, is_fine=not self.is_training))

    @Slot(object)
    def _take(self, slot: Hashable) -> None:
        if isinstance(slot, tuple) and slot[0] == _SLOT:
            self.refresh()

    @Slot(object, object)
    def _follow_document(self, new: Project, old: Project) -> None:
        if any(getattr(new, part) != getattr(old, part) for part in ("source", "target", "lanes", "names", "hues")):
            self.refresh()


def are_of_one_lane(one: FlowId, other: FlowId) -> bool:
    """Whether weights were learned by the same lane of the same run, be it at different steps."""
    return (one.run, one.lane) == (other.run, other.lane)


def _shown_in(lane: int, answer: FlowSnapshot, newest: FlowSnapshot | None) -> FlowSnapshot:
    """Return an answer as the picture of a lane, with what the training has told of it."""
    return replace(answer, lane=lane) if newest is None else of_same_training(answer, newest)


def _replaced(old: Sequence[object], new: Sequence[object]) -> list[int]:
    """Return the lanes whose entry is another object than before."""
    return [lane for lane, entry in enumerate(new) if lane >= len(old) or entry is not old[lane]]


def longer_run(job: int, project: Project, shown: Shown, has_run: bool) -> Train | None:
    """Train as many steps again as the settings say; None if there is nothing to go on from.

    Args:
        job: number of the run.
        project: what to train.
        shown: what it has learned.
        has_run: whether the engine still holds the run that learned it.
    """
    if not _can_go_on(shown):
        return None
    more_steps = tuple(config.steps for config in project.lanes)
    return Train(job, project, shown.flows, _steps_seen(shown), more_steps, has_run)


def rest_of_run(job: int, project: Project, shown: Shown) -> Train | None:
    """Train what an interrupted run still had before it, in an engine that knows nothing of it; None as above."""
    if not _can_go_on(shown):
        return None
    ends = [0 if progress is None else progress.total_steps for progress in shown.progress]
    # A budget of time begins again: nobody knows how much of it the lost engine had used.
    more_steps = tuple(0 if config.train_seconds > 0 else max(1, end - seen)
                       for config, end, seen in zip(project.lanes, ends, _steps_seen(shown), strict=True))
    return Train(job, project, shown.flows, _steps_seen(shown), more_steps)


def _steps_seen(shown: Shown) -> tuple[int, ...]:
    return tuple(result.weights_step for result in shown.pictures if result is not None)


def _can_go_on(shown: Shown) -> bool:
    return shown.stale is Stale.NONE and len(shown.flows) == len(shown.pictures)


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
