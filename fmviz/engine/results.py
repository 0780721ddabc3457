"""What the lanes have learned so far, which of it still belongs to the document, and what the session is doing.

Every lane's result remembers the clouds and the settings that it was learned from. So a picture stays visible, marked
as stale, until a newer one takes its place; and it is current again as soon as the document returns to them. The table
of states is here: every button's state follows from it and from nothing else. No Qt, no process: the session feeds it.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import Enum

import numpy as np

from fmviz.core.cloud import FloatArray, Side
from fmviz.core.config import FlowConfig, Sampling
from fmviz.core.frames import UNLEARNED, Curves, FlowSnapshot, LaneProgress
from fmviz.core.kept import thinned_steps
from fmviz.core.lanes import MAX_LANES
from fmviz.core.project import MOST_OTHERS, KeptStep, LaneKept, LearnedFlow, LearnedLane, Origin, Project, Weights
from fmviz.core.quantities import OF_SAMPLING, Metrics
from fmviz.core.questions import FlowId
from fmviz.engine.messages import LaneWeights


class State(Enum):
    """What the session is doing."""

    IDLE = "idle"
    STARTING = "starting"
    TRAINING = "training"
    PAUSED = "paused"
    STOPPING = "stopping"
    DONE = "done"
    FAILED = "failed"


class Stale(Enum):
    """How the picture differs from the document: not at all, in a setting, or in a cloud."""

    NONE = "none"
    SETTINGS = "settings"
    CLOUDS = "clouds"


# From each state, where it may go. STARTING means that Train was pressed before the engine could work.
TRANSITIONS: dict[State, frozenset[State]] = {
    State.IDLE: frozenset({State.STARTING, State.TRAINING, State.DONE}),
    State.STARTING: frozenset({State.TRAINING, State.IDLE, State.DONE, State.FAILED}),
    State.TRAINING: frozenset({State.PAUSED, State.STOPPING, State.DONE, State.FAILED, State.IDLE}),
    State.PAUSED: frozenset({State.TRAINING, State.STOPPING, State.DONE, State.FAILED, State.IDLE}),
    State.STOPPING: frozenset({State.DONE, State.FAILED, State.IDLE}),
    State.DONE: frozenset({State.STARTING, State.TRAINING, State.IDLE}),
    State.FAILED: frozenset({State.STARTING, State.TRAINING, State.IDLE, State.DONE}),
}

# In which states each action does something; elsewhere it is ignored, so a late click is harmless.
ACTIONS: dict[str, frozenset[State]] = {
    "train": frozenset({State.IDLE, State.TRAINING, State.PAUSED, State.DONE, State.FAILED}),
    "pause": frozenset({State.TRAINING}),
    "resume": frozenset({State.PAUSED}),
    "stop": frozenset({State.STARTING, State.TRAINING, State.PAUSED, State.STOPPING}),
    "reset": frozenset(State) - {State.IDLE},
    "train_longer": frozenset({State.DONE, State.FAILED}),
}


def same_problem(a: Project, b: Project) -> bool:
    """Return whether two projects ask for the same learning; how it is sampled and shown does not count."""
    return (a.source, a.target, a.learning) == (b.source, b.target, b.learning)


def learns_all_of(run: Project, wanted: Project) -> bool:
    """Return whether a run learns whatever `wanted` asks for; it may learn more, for lanes that are gone."""
    return (run.source, run.target) == (wanted.source, wanted.target) and set(wanted.learning) <= set(run.learning)


def joined(old: Curves, new: Curves) -> Curves:
    """Return the history of a run that went on in another process: `old` up to where `new` begins, then `new`."""
    loss_step, loss = _spliced(old.loss_step, old.loss, new.loss_step, new.loss)
    w2_step, w2 = _spliced(old.w2_step, old.w2, new.w2_step, new.w2)
    numbers = {name: _spliced(old.w2_step, _values(old, name), new.w2_step, _values(new, name))[1]
               for name in {**old.numbers, **new.numbers}}
    floored = new if new.w2_floor is not None else old
    return Curves(loss_step, loss, w2_step, w2, floored.w2_floor, new.is_nll, floored.w2_floor_error, numbers)


def _values(curves: Curves, name: str) -> FloatArray:
    """Return the values of one number, NaN where a run did not measure it."""
    known = curves.numbers.get(name)
    return np.full(len(curves.w2_step), np.nan, dtype=np.float32) if known is None else known


def _spliced(
    old_step: FloatArray, old: FloatArray, new_step: FloatArray, new: FloatArray
) -> tuple[FloatArray, FloatArray]:
    kept = old_step < new_step[0] if len(new_step) else np.ones(len(old_step), dtype=bool)
    return np.concatenate([old_step[kept], new_step]), np.concatenate([old[kept], new])


@dataclass(frozen=True, eq=False)
class Reached:
    """How far a lane is: the newest of its training's progress and its picture, each number from where it is known.

    step is None where nothing is known, or nothing can be learned.
    """

    step: int | None = None
    metrics: Metrics = Metrics()  # noqa: RUF009  a frozen value
    curves: Curves | None = None


def reached(progress: LaneProgress | None, snapshot: FlowSnapshot | None, is_resampled: bool = False) -> Reached:
    """Return the newest of both; what the newer one does not know comes from the other, unless that is of a later run.

    A final picture's numbers are more exact than the progress up to the same step.

    Args:
        is_resampled: the picture is sampled otherwise than the training samples: what depends on that is the picture's,
            or not known yet.
    """
    if snapshot is not None and (progress is None or (snapshot.is_final and snapshot.step >= progress.step)):
        return Reached(_counted(snapshot.step), snapshot.metrics, snapshot.curves)
    if progress is None:
        return Reached()
    if snapshot is None or snapshot.step > progress.step:
        return Reached(_counted(progress.step), progress.metrics, progress.curves)
    older = {row.name: getattr(snapshot.metrics, row.name) for row in fields(Metrics)
             if getattr(progress.metrics, row.name) is None or (is_resampled and row.name in OF_SAMPLING)}
    return Reached(_counted(progress.step), replace(progress.metrics, **older), progress.curves)


def _counted(step: int) -> int | None:
    return None if step == UNLEARNED else step


@dataclass(eq=False)
class LaneResult:
    """What one lane of one run has made.

    Args:
        index: the lane's number in its run.
        source, target, config: what it was learned from.
        snapshot, weights, progress: the newest of each, or None.
        flow: what questions call the weights.
        before: history of the run that this one continues.
        kept: weights of earlier steps, ascending.
        coming: weights whose picture has not come yet.
        is_saved: whether the document's file holds it; then it stays beside whatever is learned later.
    """

    index: int
    source: Side
    target: Side
    config: FlowConfig
    snapshot: FlowSnapshot | None = None
    weights: Weights | None = None
    flow: FlowId | None = None
    progress: LaneProgress | None = None
    before: Curves = field(default_factory=Curves)
    kept: tuple[KeptStep, ...] = ()
    coming: LaneWeights | None = None
    is_saved: bool = False
    _shown: dict[int, FlowSnapshot] = field(default_factory=dict)

    @classmethod
    def read(cls, flow: FlowId, origin: Origin, lane: LearnedLane) -> LaneResult:
        """Return what a file holds of a lane as its result.

        Args:
            flow: its run and its lane are taken for all that it holds.
        """
        step = lane.snapshot.step if lane.snapshot is not None else 0
        kept = tuple(replace(entry, flow=replace(flow, step=entry.step)) for entry in lane.kept)
        return cls(origin.lane, origin.source, origin.target, origin.config, lane.snapshot, lane.weights,
                   None if lane.weights is None else replace(flow, step=step), kept=kept, is_saved=True)

    @property
    def weights_step(self) -> int:
        return self.flow.step if self.flow is not None else 0

    def learned(self, key: Hashable) -> LearnedFlow | None:
        """Return the weights that questions call so, or None if they are not among these."""
        weights = self.weights if self.flow == key else next(
            (entry.weights for entry in self.kept if entry.flow == key), None)
        return None if weights is None else LearnedFlow(Project(self.source, self.target, (self.config,)), weights)

    @property
    def origin(self) -> Origin:
        return Origin(self.index, self.source, self.target, self.config)

    def snapshot_as(self, lane: int) -> FlowSnapshot | None:
        """Return the snapshot under the number of the lane that shows it; the same object until it is replaced."""
        if self.snapshot is None or self.snapshot.lane == lane:
            return self.snapshot
        if lane not in self._shown or self._shown[lane].x is not self.snapshot.x:
            self._shown[lane] = replace(self.snapshot, lane=lane)
        return self._shown[lane]

    @property
    def has_learned(self) -> bool:
        """Whether there is anything to show or to go on from."""
        return self.snapshot is not None or self.weights is not None

    def end_at_picture(self) -> None:
        """Let go of what is newer than the picture: of a run that ends unfinished, all that stays is of one step."""
        if self.snapshot is None and self.weights is not None:
            return  # as a file can hold it, without a picture
        step = self.snapshot.step if self.snapshot is not None else 0
        self.progress = None  # the picture knows as much; and nothing is measured any more
        if self.kept and self.kept[-1].step > step:  # what is not cut stays the same object, and is told once
            self.kept = tuple(entry for entry in self.kept if entry.step <= step)
        self.coming = None

    @property
    def curves(self) -> Curves:
        """The whole history so far."""
        return reached(self.progress, self.snapshot).curves or self.before

    def has_sides_of(self, project: Project) -> bool:
        return self.source == project.source and self.target == project.target

    def learns_as(self, other: LaneResult) -> bool:
        """Return whether both come from the same clouds and the same settings of learning."""
        return (self.source, self.target, self.config.learning) == (other.source, other.target, other.config.learning)

    def learned_as(self, other: LaneResult) -> bool:
        """Return whether the other has learned the very same: lanes that differ in sampling alone do."""
        return (self.weights is not None and other.weights is not None and self.learns_as(other)
                and self.weights.keys() == other.weights.keys()
                and all(np.array_equal(array, other.weights[name]) for name, array in self.weights.items()))

    def belongs_to(self, project: Project, lane: int) -> bool:
        """Return whether this is exactly what `lane` of `project` asks for to be learned."""
        return self.has_sides_of(project) and self.config.learning == project.lanes[lane].learning


# What a training, or a file, leaves as it is: immutable for whoever keeps it.
ResultsState = tuple[tuple[LaneResult, ...], Mapping[int, LaneResult], tuple[LaneResult, ...]]
NOTHING: ResultsState = ((), {}, ())


class Results:
    """The results of the present run, those whose place they take, and those of lanes that are not shown."""

    def __init__(self) -> None:
        self._lanes: list[LaneResult] = []
        # What a lane of the run, by its number, replaces as soon as it has a picture of its own.
        self._previous: dict[int, LaneResult] = {}
        self._others: list[LaneResult] = []
        self._run = 0
        # How each lane of the run is sampled.
        self._samplings: tuple[Sampling, ...] = ()

    @property
    def has_any(self) -> bool:
        """Whether any lane has learned anything, of whichever clouds."""
        return bool(self._all_learned())

    @property
    def state(self) -> ResultsState:
        """Everything, to be given to `restore`; a run that begins changes nothing of it."""
        return tuple(self._lanes), dict(self._previous), tuple(self._others)

    def restore(self, state: ResultsState) -> None:
        """Be as before, without a run."""
        lanes, previous, others = state
        self._lanes, self._previous, self._others = list(lanes), dict(previous), list(others)

    def begin(self, project: Project, run: int = 0) -> bool:
        """Begin a fresh run, number `run`; old pictures stay until new ones come. Return whether it replaces any."""
        self._run, self._samplings = run, project.samplings
        replaced = {lane: result for lane, result in enumerate(self.pictures(project)) if result is not None}
        self._set_others(replaced.values())
        self._previous = replaced
        self._lanes = [
            LaneResult(lane, project.source, project.target, config) for lane, config in enumerate(project.lanes)
        ]
        return bool(replaced)

    def go_on(self, project: Project, run: int = 0) -> None:
        """Begin a run, number `run`, that continues what `project`'s lanes have learned; all must be current."""
        self._run, self._samplings = run, project.samplings
        results = [result for result in self.pictures(project) if result is not None]
        self._set_others(results)
        self._previous = {}
        self._lanes = [replace(result, index=lane, before=result.curves, _shown={})
                       for lane, result in enumerate(results)]

    def sample(self, project: Project) -> tuple[Sampling, ...] | None:
        """Let the run sample as the lanes of `project` ask for that show its results; None if it does so already.

        Of several lanes that show the same one, that with its number is followed, or else the first. A lane of the run
        that nobody shows goes on as it is.
        """
        shown, samplings = _assigned(project, self._all()), list(self._samplings)
        for index, result in enumerate(self._lanes):
            lanes = [lane for lane, other in enumerate(shown) if other is result]
            if lanes:
                samplings[index] = project.lanes[index if index in lanes else lanes[0]].sampling
        old, self._samplings = self._samplings, tuple(samplings)
        return None if self._samplings == old else self._samplings

    def draws(self, result: LaneResult, sampling: Sampling) -> bool:
        """Whether the pictures of the present run that are to come show a result in this sampling."""
        return any(one is result and drawn == sampling
                   for one, drawn in zip(self._lanes, self._samplings, strict=True))

    def end_run(self) -> None:
        """End the present run, finished or not: of each lane, picture, numbers and curves are of one step."""
        for result in self._lanes:
            result.end_at_picture()

    def adopt(self, project: Project, learned: Sequence[LearnedLane], run: int = 0) -> None:
        """Take what a file, number `run`, holds for `project` and beside it; () is nothing."""
        self._previous = {}
        results = [LaneResult.read(FlowId(run, index, 0), lane.origin or Origin(
            index, project.source, project.target, project.lanes[index]), lane) for index, lane in enumerate(learned)]
        self._lanes, self._others = results[: len(project.lanes)], results[len(project.lanes):]

    def put(self, news: FlowSnapshot | LaneProgress | LaneWeights | LaneKept) -> None:
        """Take the newest of one lane of the present run."""
        result = self._lanes[news.lane]
        if isinstance(news, LaneWeights):
            result.coming = news
            return
        if isinstance(news, LaneKept):
            kept = replace(news.kept, flow=FlowId(self._run, news.lane, news.kept.step))
            result.kept = thinned_steps((*_before(result.kept, kept.step), kept))
            return
        complete = replace(news, curves=joined(result.before, news.curves))
        if isinstance(complete, FlowSnapshot):
            result.snapshot = complete
            if result.coming is not None:
                result.flow = FlowId(self._run, news.lane, result.coming.step)
                result.weights, result.coming = result.coming.weights, None
            old = self._previous.pop(news.lane, None)
            if old is not None and old.is_saved and not any(old.learns_as(lane) for lane in self._lanes):
                self._others.insert(0, old)  # no newer one of the same problem takes its place in the file
        else:
            result.progress = complete

    def pictures(self, project: Project) -> tuple[LaneResult | None, ...]:
        """Return for each lane of `project` what is to be shown: its own result, else an older one in its place."""
        return _assigned(project, self._all_learned())

    def progress(self, project: Project) -> tuple[LaneProgress | None, ...]:
        """Return for each lane of `project` how far its training is."""
        results = _assigned(project, self._all())
        return tuple(result.progress if result is not None else None for result in results)

    def stale(self, project: Project) -> Stale:
        """Return how the pictures differ from what `project` asks for.

        A lane without a picture counts as a changed setting if others have one, unless it is just being learned.
        """
        pictures = self.pictures(project)
        if not self.has_any:
            return Stale.NONE
        if any(result is not None and not result.has_sides_of(project) for result in pictures):
            return Stale.CLOUDS
        is_current = all(
            result.belongs_to(project, lane)
            if result is not None
            else any(run.belongs_to(project, lane) for run in self._lanes)
            for lane, result in enumerate(pictures)
        )
        return Stale.NONE if is_current else Stale.SETTINGS

    def learned(self, project: Project,
                snapshots: Sequence[FlowSnapshot | None] | None = None) -> tuple[LearnedLane, ...]:
        """Return what to save beside `project`: of each lane what belongs to it, and behind that the rest.

        That is all, unless a file has no room: then what several lanes have learned in common goes, then the oldest,
        and last what the document's file holds.

        Args:
            snapshots: the pictures that lanes show, sampled as `project` says; None takes those of training.
        """
        own, rest = self._own_and_rest(project)
        shown = snapshots if snapshots is not None else [
            None if result is None else result.snapshot_as(lane) for lane, result in enumerate(own)]
        lanes = (LearnedLane() if result is None else LearnedLane(result.weights, shown[lane], result.kept)
                 for lane, result in enumerate(own))
        return *lanes, *(LearnedLane(result.weights, result.snapshot, result.kept, result.origin)
                         for result in _fitting(rest))

    def n_lost(self, project: Project) -> int:
        """Return how many that the document's file holds have no room in it any more."""
        _, rest = self._own_and_rest(project)
        return sum(result.is_saved for result in rest) - sum(result.is_saved for result in _fitting(rest))

    def mark_saved(self, project: Project) -> None:
        """Know that the document's file holds what is saved beside `project`."""
        _, rest = self._own_and_rest(project)
        left = _fitting(rest)
        for result in self._all_learned():
            result.is_saved = not any(result is other for other in rest) or any(result is other for other in left)

    def flow(self, key: Hashable) -> LearnedFlow | None:
        """Return the weights that questions call so, or None if they are gone."""
        return next((flow for result in self._all() if (flow := result.learned(key)) is not None), None)

    def flows(self) -> frozenset[FlowId | None]:
        """Return what questions call all the weights that there are."""
        return frozenset(flow for result in self._all() for flow in (result.flow, *(kept.flow for kept in result.kept)))

    def _set_others(self, used: Collection[LaneResult]) -> None:
        """Keep of what the next run neither replaces nor continues all that the file holds, and the newest."""
        rest = [result for result in self._all_learned() if not any(result is other for other in used)]
        self._others = [result for place, result in enumerate(rest) if place < MAX_LANES or result.is_saved]

    def _own_and_rest(self, project: Project) -> tuple[list[LaneResult | None], list[LaneResult]]:
        """Return of each lane of `project` what belongs to it, and all else, newest first.

        If that is more than a file has room for, it is without what several have learned in common.
        """
        own = [result if result is not None and result.belongs_to(project, lane) else None
               for lane, result in enumerate(self.pictures(project))]
        rest = [result for result in self._all_learned() if not any(result is other for other in own)]
        if len(rest) > MOST_OTHERS:
            left: list[LaneResult] = []
            for result in rest:
                if not any(other is not None and result.learned_as(other) for other in (*own, *left)):
                    left.append(result)
            rest = left
        return own, rest

    def _all(self) -> list[LaneResult]:
        return [*self._lanes, *self._previous.values(), *self._others]

    def _all_learned(self) -> list[LaneResult]:
        return [result for result in self._all() if result.has_learned]


def _fitting(rest: list[LaneResult]) -> list[LaneResult]:
    """Return what of `rest`, newest first, a file has room for: rather what it holds already."""
    first = sorted(range(len(rest)), key=lambda place: not rest[place].is_saved)[:MOST_OTHERS]
    return [rest[place] for place in sorted(first)]


def _before(kept: tuple[KeptStep, ...], step: int) -> tuple[KeptStep, ...]:
    """Return those before `step`: a run that goes on in another engine may begin a little earlier than the last one."""
    return tuple(entry for entry in kept if entry.step < step)


def _assigned(project: Project, results: Sequence[LaneResult]) -> tuple[LaneResult | None, ...]:
    """Return for each lane its own result (rather the one with its number), else one that nobody owns in its place.

    Rather one of the same coupling stands in, else one with the lane's number; beside results of the present clouds
    none of other clouds.
    """
    assigned: list[LaneResult | None] = []
    for lane in range(len(project.lanes)):
        own = [result for result in results if result.belongs_to(project, lane)]
        assigned.append(next((result for result in own if result.index == lane), own[0] if own else None))
    has_present = any(result is not None for result in assigned)
    candidates = [result for result in results if not has_present or result.has_sides_of(project)]
    for by_coupling in (True, False):
        for lane, config in enumerate(project.lanes):
            if assigned[lane] is None:
                assigned[lane] = next((
                    result for result in candidates if not any(result is other for other in assigned)
                    and (result.config.coupling == config.coupling if by_coupling else result.index == lane)), None)
    return tuple(assigned)
