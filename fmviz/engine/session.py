"""The session: what the engine is doing for the document, and what it has learned.

It turns buttons into requests and news into state. The process belongs to `keeper`, the bookkeeping of results to
`results`, the table of states to `states`.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal, Slot

from fmviz.core.frames import FlowSnapshot, LaneProgress, Pairs
from fmviz.core.project import LearnedLane, Project, Weights
from fmviz.engine.document import Document
from fmviz.engine.keeper import EngineKeeper
from fmviz.engine.messages import (
    NO_JOB,
    Discard,
    Failed,
    Finished,
    Notice,
    PairsDrawn,
    Pause,
    Resume,
    RunNews,
    ShowPairs,
    Stop,
    Train,
)
from fmviz.engine.results import LaneResult, Results, freeze, same_problem
from fmviz.engine.states import ACTIONS, TRANSITIONS, Stale, State

__all__ = ["Session", "Stale", "State"]

PAIRS_SHOWN = 256

_ACTIVE = (State.TRAINING, State.PAUSED, State.STOPPING)
_DIED = "The engine stopped unexpectedly ({how}); your drawing and the last picture are kept. Press Train to go on."


class Session(QObject):
    """Trains what the document asks for and keeps the newest results, one entry per lane of the document.

    Signals:
        state_changed(State), stale_changed(Stale): only on change.
        snapshot_changed(int), progress_changed(int), pairs_changed(int): the lane whose entry was replaced.
        ready(str): the engine can work; the text names its device.
        notice(str): one sentence; work goes on.
        failed(str): one sentence; training has ended.
    """

    state_changed = Signal(object)
    snapshot_changed = Signal(int)
    progress_changed = Signal(int)
    pairs_changed = Signal(int)
    stale_changed = Signal(object)
    ready = Signal(str)
    notice = Signal(str)
    failed = Signal(str)

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._keeper = EngineKeeper(self)
        self._state = State.IDLE
        self._job = NO_JOB
        self._pairs_job = NO_JOB
        self._wants_pairs = False
        self._wants_longer = False
        self._was_interrupted = False
        self._held: Project | None = None  # what the run in the engine was made from
        self._results = Results()
        self._pictures: tuple[LaneResult | None, ...] = ()
        self._snapshots: tuple[FlowSnapshot | None, ...] = ()
        self._progress: tuple[LaneProgress | None, ...] = ()
        self._stale = Stale.NONE
        self._pairs: tuple[Pairs | None, ...] = (None,) * len(document.project.lanes)
        self._refresh()
        document.changed.connect(self._follow_document)
        self._keeper.ready.connect(self._become_ready)
        self._keeper.said.connect(self._handle)
        self._keeper.lost.connect(self._lose_engine)
        self._keeper.missed.connect(self._miss_engine)

    @property
    def state(self) -> State:
        return self._state

    @property
    def stale(self) -> Stale:
        """How the pictures differ from what the document asks for."""
        return self._stale

    @property
    def device_label(self) -> str | None:
        """What the engine works on, or None while it starts."""
        return self._keeper.device_label

    @property
    def snapshots(self) -> tuple[FlowSnapshot | None, ...]:
        """The picture of each lane, or None if it has learned nothing."""
        return self._snapshots

    @property
    def progress(self) -> tuple[LaneProgress | None, ...]:
        return self._progress

    @property
    def pairs(self) -> tuple[Pairs | None, ...]:
        """The batch of pairs of each lane that was last asked for, or None once clouds or settings have changed."""
        return self._pairs

    @property
    def weights(self) -> tuple[Weights | None, ...]:
        return tuple(result.weights if result is not None else None for result in self._pictures)

    @property
    def engine_process_id(self) -> int | None:
        """The number of the engine's process, or None if there is none."""
        return self._keeper.process_id

    def step(self, lane: int) -> int:
        """Return how many training steps a lane has made."""
        progress, snapshot = self._progress[lane], self._snapshots[lane]
        return progress.step if progress is not None else snapshot.step if snapshot is not None else 0

    def can(self, action: str) -> bool:
        """Return whether a key of `states.ACTIONS` does something now; the button's state."""
        return self._state in ACTIONS[action]

    @Slot()
    def start_engine(self) -> None:
        """Start the process if there is none; `ready` follows."""
        self._keeper.start()

    @Slot()
    def train(self) -> None:
        """Train what the document asks for, from the beginning.

        After the engine was lost it goes on from the last good weights. While this very project is being trained, it
        only resumes a pause; a changed one replaces the run.
        """
        if not self.can("train"):
            return
        is_under_way = self._state in _ACTIVE and self._held is not None
        if is_under_way and self._held is not None and same_problem(self._held, self._document.project):
            self.resume()
            return
        self._begin(wants_longer=False)

    @Slot()
    def train_longer(self) -> None:
        """Train as many steps again as the settings say; if the picture is stale, train afresh."""
        if self.can("train_longer"):
            self._begin(wants_longer=True)

    @Slot()
    def pause(self) -> None:
        if self.can("pause"):
            self._keeper.send(Pause())
            self._go(State.PAUSED)

    @Slot()
    def resume(self) -> None:
        if self.can("resume"):
            self._keeper.send(Resume())
            self._go(State.TRAINING)

    @Slot()
    def stop(self) -> None:
        """End training early; the last pictures follow, then the state is DONE."""
        if not self.can("stop"):
            return
        if self._state is State.STARTING:
            self._go(self._resting_state())
            return
        self._keeper.send(Stop())
        self._go(State.STOPPING)

    @Slot()
    def reset(self) -> None:
        """Drop the run and everything learned."""
        self._drop_run()
        self._results.clear()
        self._go(State.IDLE)
        self._refresh()

    @Slot(int)
    def request_pairs(self, count: int = PAIRS_SHOWN) -> None:
        """Ask for one batch of pairs per lane; works while training too. Only the newest request is answered."""
        self._pairs_job += 1
        self.start_engine()
        self._wants_pairs = True  # until they have come: a new engine is asked again
        if self._keeper.device_label is not None:
            self._keeper.send(ShowPairs(self._pairs_job, self._document.project, count))

    def adopt(self, learned: Sequence[LearnedLane]) -> None:
        """Take what a file holds for the document's project, one entry per lane."""
        self._drop_run()
        self._results.adopt(self._document.project, learned)
        self._go(self._resting_state())
        self._refresh()

    def learned(self) -> tuple[LearnedLane, ...]:
        """Return what to save beside the document: of each lane what belongs to its present clouds and settings."""
        project = self._document.project
        return tuple(
            LearnedLane(result.weights, self._snapshots[lane])
            if result is not None and result.belongs_to(project, lane)
            else LearnedLane()
            for lane, result in enumerate(self._pictures)
        )

    @Slot()
    def shutdown(self) -> None:
        """End the engine for good, within two seconds."""
        self._keeper.shutdown()

    # Requests

    def _begin(self, wants_longer: bool) -> None:
        """Train now, or as soon as the engine is ready."""
        self._wants_longer = wants_longer
        self.start_engine()
        if self._keeper.device_label is None:
            self._go(State.STARTING)
        else:
            self._keeper.send(self._next_run())
            self._go(State.TRAINING)
            self._refresh()

    def _next_run(self) -> Train:
        """Return the request for the next run and make the results ready for it."""
        project = self._document.project
        weights = tuple(result.weights if result is not None else None for result in self._pictures)
        goes_on = (
            (self._wants_longer or self._was_interrupted)
            and self._stale is Stale.NONE
            and all(entry is not None for entry in weights)
        )
        is_held = self._held is not None and same_problem(self._held, project)
        wants_longer, self._wants_longer, self._was_interrupted = self._wants_longer, False, False
        self._job += 1
        self._held = project
        if not goes_on:
            self._results.begin(project)
            return Train(self._job, project)
        first_step = min(result.weights_step for result in self._pictures if result is not None)
        if wants_longer:
            more_steps = project.lanes[0].steps
        elif project.lanes[0].train_seconds > 0:
            more_steps = 0
        else:
            # What was interrupted ends where it would have ended.
            end = max((progress.total_steps for progress in self._progress if progress is not None), default=0)
            more_steps = max(1, end - first_step)
        self._results.go_on(project)
        return Train(self._job, project, weights, first_step, more_steps, is_held and wants_longer)

    def _drop_run(self) -> None:
        """Forget the run in the engine and every word of it that is still under way."""
        self._job += 1
        self._held = None
        self._was_interrupted = False
        self._keeper.send(Discard())

    # News

    @Slot(object)
    def _handle(self, news: object) -> None:
        match news:
            case RunNews(job=self._job, value=value):
                freeze(value)
                self._results.put(value)
                if isinstance(value, FlowSnapshot):
                    self._document.mark_learned()
                self._refresh()
            case Finished(job=self._job):
                self._go(State.DONE)
            case Failed(job=self._job, message=message) if self._state in _ACTIVE:
                self._fail(message)
            case PairsDrawn(job=self._pairs_job, lane=lane, pairs=pairs) if lane < len(self._pairs):
                freeze(pairs)
                self._pairs = tuple(pairs if index == lane else old for index, old in enumerate(self._pairs))
                self._wants_pairs = self._wants_pairs and lane < len(self._pairs) - 1
                self.pairs_changed.emit(lane)
            case Notice(message=message):
                self.notice.emit(message)

    @Slot(str)
    def _become_ready(self, device: str) -> None:
        self.ready.emit(device)
        if self._wants_pairs:
            self.request_pairs()
        if self._state is State.STARTING:
            self._begin(self._wants_longer)

    def _fail(self, message: str) -> None:
        self._held = None
        self._go(State.FAILED)
        self.failed.emit(message)

    @Slot(str)
    def _lose_engine(self, how: str) -> None:
        """A dead engine is an event: say so and keep what there is; a new one is starting."""
        self._held = None
        if self._state in _ACTIVE:
            self._was_interrupted = True
            self._fail(_DIED.format(how=how))

    @Slot(str)
    def _miss_engine(self, message: str) -> None:
        if self._state is State.STARTING:
            self._fail(message)
        else:
            self.notice.emit(message)

    # State

    def _go(self, state: State) -> None:
        """Change the state.

        Raises:
            RuntimeError: the table does not allow it; a defect of the program.
        """
        if state is self._state:
            return
        if state not in TRANSITIONS[self._state]:
            raise RuntimeError(f"The session cannot go from {self._state.name} to {state.name}.")
        self._state = state
        self.state_changed.emit(state)

    def _resting_state(self) -> State:
        return State.DONE if self._results.has_any else State.IDLE

    @Slot(object, object)
    def _follow_document(self, new: Project, old: Project) -> None:
        if same_problem(new, old):
            return
        self._pairs_job += 1  # an answer for the old clouds that is under way is no answer any more
        self._pairs = (None,) * len(new.lanes)
        self._refresh()
        for lane in range(len(new.lanes)):
            self.pairs_changed.emit(lane)

    def _refresh(self) -> None:
        """Work out again what each lane shows, and tell what has changed."""
        project = self._document.project
        old_snapshots, old_progress, old_stale = self._snapshots, self._progress, self._stale
        self._pictures = self._results.pictures(project)
        self._snapshots = tuple(
            result.snapshot_as(lane) if result is not None else None for lane, result in enumerate(self._pictures)
        )
        self._progress = self._results.progress(project)
        self._stale = self._results.stale(project)
        for lane in _replaced(old_snapshots, self._snapshots):
            self.snapshot_changed.emit(lane)
        for lane in _replaced(old_progress, self._progress):
            self.progress_changed.emit(lane)
        if self._stale is not old_stale:
            self.stale_changed.emit(self._stale)


def _replaced(old: Sequence[object], new: Sequence[object]) -> list[int]:
    """Return the lanes whose entry is another object than before."""
    return [lane for lane, entry in enumerate(new) if lane >= len(old) or entry is not old[lane]]
