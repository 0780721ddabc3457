"""The session: what the engine is doing for the document, and what it has learned.

It turns buttons into requests and news into state. The process belongs to `child_process`, questions to `asker`, what
was learned, the next run and the table of states to `learned_lanes` and `results`, pairs to `pairs`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot

from fmviz.core.config import BatchSettings, FlowConfig
from fmviz.core.film import shown_pairs
from fmviz.core.frames import FlowSnapshot, LaneProgress, Pairs
from fmviz.core.lanes import LaneMark
from fmviz.core.project import LearnedFlow, LearnedLane, Project
from fmviz.core.questions import Animation, FlowId, Question
from fmviz.core.style import Style
from fmviz.engine.asker import Asker, freeze
from fmviz.engine.beside import Beside, FlowGrids
from fmviz.engine.child_process import ENGINE, ChildProcess
from fmviz.engine.document import Document
from fmviz.engine.learned_lanes import EarlierResults, LearnedLanes, longer_run, rest_of_run
from fmviz.engine.messages import NO_JOB, Discard, Failed, Finished, Notice, Pause, Resume, RunNews, Sample, Stop, Train
from fmviz.engine.pairs import PairBatches
from fmviz.engine.panels import Panels
from fmviz.engine.results import (
    ACTIONS,
    NOTHING,
    TRANSITIONS,
    LaneResult,
    Reached,
    Results,
    ResultsState,
    Stale,
    State,
    learns_all_of,
    same_problem,
)
from fmviz.engine.step_head import StepHead

__all__ = ["Session", "Stale", "State"]

_ACTIVE = (State.TRAINING, State.PAUSED, State.STOPPING)
_DIED = "The engine stopped unexpectedly ({how}); your drawing and the last picture are kept. Press Train to go on."


class Session(QObject):
    """Trains what the document asks for and keeps the newest results, one entry per lane of the document.

    Signals:
        state_changed(State), stale_changed(Stale): only on change.
        snapshot_changed, progress_changed, pairs_changed, kept_changed (int): the lane whose entry was replaced.
        ready(str): the engine can work; the text names its device.
        notice(str), failed(str): one sentence; work goes on, or training has ended.
    """

    state_changed = Signal(object)
    snapshot_changed = Signal(int)
    progress_changed = Signal(int)
    pairs_changed = Signal(int)
    kept_changed = Signal(int)
    stale_changed = Signal(object)
    ready = Signal(str)
    notice = Signal(str)
    failed = Signal(str)

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._engine = ChildProcess(ENGINE, self)
        self._state = State.IDLE
        self._job = NO_JOB
        self._wants_longer = self._was_interrupted = False
        self.run_project: Project | None = None  # what the run in the engine was made from; others only read it
        self._results = Results()
        self._earlier = EarlierResults(self._exchange)
        self.asker = Asker(self._engine, self._fact_of, self)
        self.asker.failed.connect(self.notice)
        document.changed.connect(self._follow_document)  # before the lanes ask for what the run does not draw
        self._lanes = LearnedLanes(document, self._results, self.asker, self)
        for name in ("snapshot_changed", "progress_changed", "stale_changed"):
            getattr(self._lanes, name).connect(getattr(self, name))
        self._lanes.kept_changed.connect(self._follow_kept)
        self.batches = PairBatches(document, self.asker, self)
        self.batches.changed.connect(self.pairs_changed)
        self.steps = StepHead(document, self._lanes, self.asker, self)
        self.grids = FlowGrids(self._lanes, self.steps, self.asker, self)
        self.beside = Beside(self._lanes, self.steps, self.asker, self)
        self.panels = Panels(document, self._lanes, self.steps, self.asker, self)
        self._engine.ready.connect(self._become_ready)
        self._engine.said.connect(self._handle)
        self._engine.lost.connect(self._lose_engine)
        self._engine.missed.connect(self._miss_engine)
        self._engine.missed.connect(self.steps.stop_waiting)

    @property
    def state(self) -> State:
        return self._state

    @property
    def stale(self) -> Stale:
        """How the pictures differ from what the document asks for."""
        return self._lanes.shown.stale

    @property
    def device_label(self) -> str | None:
        """What the engine works on, or None while it starts."""
        return self._engine.device_label

    @property
    def snapshots(self) -> tuple[FlowSnapshot | None, ...]:
        """The picture of each lane, or None if it has learned nothing."""
        return self._lanes.shown.snapshots

    @property
    def marks(self) -> tuple[LaneMark, ...]:
        """How each lane is called and coloured: by what its picture was learned with, if it has one."""
        return self._lanes.shown.marks

    @property
    def progress(self) -> tuple[LaneProgress | None, ...]:
        return self._lanes.shown.progress

    @property
    def pairs(self) -> tuple[Pairs | None, ...]:
        """The batch of pairs of each lane that was last asked for, or None once clouds or settings have changed."""
        return self.batches.pairs

    def marks_for(self, style: Style) -> tuple[LaneMark, ...]:
        """How the panes of that style are called: pairs alone are those that the lanes ask for, not the learned."""
        return self._document.project.marks if style.is_still else self.marks

    def pairs_for(self, style: Style) -> tuple[Pairs | None, ...]:
        """Return the batch of each lane whose coupling `marks_for` names, None where there is none."""
        return tuple(
            shown_pairs(drawn, None if snapshot is None else snapshot.pairs, style, not self.has_other_coupling(lane))
            for lane, (drawn, snapshot) in enumerate(zip(self.pairs, self.snapshots, strict=True)))

    def has_other_coupling(self, lane: int) -> bool:
        """Whether a lane asks for other pairs than its picture was learned with."""
        result = self._lanes.shown.pictures[lane]
        return result is not None and self.stale is not Stale.CLOUDS and (
            _pairing_of(result.config) != _pairing_of(self._document.project.lanes[lane]))

    @property
    def results(self) -> tuple[LaneResult | None, ...]:
        return self._lanes.shown.pictures

    @property
    def engine_process_id(self) -> int | None:
        return self._engine.process_id

    def drawn(self) -> tuple[FlowSnapshot | None, ...]:
        """Return what the stage shows of each lane: its picture at the step that is shown, with what was asked for."""
        return self.beside.drawn(self.grids.drawn())

    def step(self, lane: int) -> int:
        return self.reached(lane).step or 0

    def reached(self, lane: int) -> Reached:
        """Return the newest numbers and curves of a lane; those of other clouds would be untrue beside these."""
        return Reached() if self.stale is Stale.CLOUDS else self._lanes.shown.reached(lane)

    def is_sampling(self) -> bool:
        """Whether pictures or numbers in the sampling that the lanes ask for are still to come."""
        return any(map(self._lanes.is_waiting, range(len(self._document.project.lanes))))

    def can(self, action: str) -> bool:
        """Return whether a key of `states.ACTIONS` does something now; the button's state."""
        return self._state in ACTIONS[action]

    @Slot()
    def start_engine(self) -> None:
        """Start the process if there is none; `ready` follows."""
        self._engine.start()

    @Slot()
    def train(self) -> None:
        """Train what the document asks for, from the beginning; results that are replaced are one undo step.

        After the engine was lost it goes on from the last good weights. While all that is asked for is being trained,
        it only resumes a pause; something else replaces the run.
        """
        if not self.can("train"):
            return
        run = self.run_project
        if self._state in _ACTIVE and run is not None and learns_all_of(run, self._document.project):
            self.resume()
        else:
            self._begin(wants_longer=False)

    @Slot()
    def train_longer(self) -> None:
        """Train as many steps again as the settings say; if the picture is stale, train afresh."""
        if self.can("train_longer"):
            self._begin(wants_longer=True)

    @Slot()
    def pause(self) -> None:
        if self.can("pause"):
            self._engine.send(Pause())
            self._go(State.PAUSED)

    @Slot()
    def resume(self) -> None:
        if self.can("resume"):
            self._engine.send(Resume())
            self._go(State.TRAINING)

    @Slot()
    def stop(self) -> None:
        """End training early; the last pictures and numbers follow, then the state is DONE, or IDLE if there are none.
        Again: skip the numbers.
        """
        if not self.can("stop"):
            return
        if self._state is State.STARTING:
            self._go(self._resting_state())
        else:
            self._engine.send(Stop())
            self._go(State.STOPPING)

    @Slot()
    def reset(self) -> None:
        """End the run and put everything learned aside; one undo step."""
        before = self._results.state
        self._drop_run()
        if self._results.has_any:
            self._earlier.keep(self._document.undo_stack, "Forget what was learned", before)
        self._show(NOTHING)

    @Slot()
    def request_pairs(self) -> None:
        """Ask for one batch of pairs per lane; works while training too."""
        self.batches.want()

    def adopt(self, learned: Sequence[LearnedLane]) -> None:
        """Take what a file holds for the document's project and beside it; () forgets everything."""
        self._drop_run()
        self._results.adopt(self._document.project, learned, self._job)
        self._go(self._resting_state())
        self._lanes.refresh()
        self.batches.adopt([lane.batches for lane in learned[: len(self._document.project.lanes)]])
        self.batches.prepare()

    def learned(self) -> tuple[LearnedLane, ...]:
        """Return what to save beside the document, immutable: of each lane what belongs to it, and all the rest."""
        learned, batches = self._lanes.to_save(), self.batches.batches()
        own = [replace(lane, batches=pairs) for lane, pairs in zip(learned, batches, strict=False)]
        return *own, *learned[len(own):]

    @property
    def n_lost(self) -> int:
        """How many earlier trainings that the document's file holds have no room in it any more."""
        return self._results.n_lost(self._document.project)

    def mark_saved(self) -> None:
        """Know that the document's file holds what has been learned; it stays there beside what comes later."""
        self._results.mark_saved(self._document.project)

    @Slot()
    def shutdown(self) -> None:
        """End the engine for good, within two seconds; nothing moves any more and nothing can be taken back."""
        self.steps.stop_watching()
        self._engine.shutdown()
        # WORKAROUND PySide6 6.11.3: commands that lead back to their stack, and are collected with it as a cycle, are
        # deleted twice; the program ends in QUndoStack::clear.
        self._document.undo_stack.clear()

    def _begin(self, wants_longer: bool) -> None:
        """Train now, or as soon as the engine is ready."""
        self._wants_longer = wants_longer
        self.start_engine()
        if self._engine.device_label is None:
            self._go(State.STARTING)
        else:
            self._engine.send(self._next_run())
            self._go(State.TRAINING)
            self._lanes.refresh()

    def _next_run(self) -> Train:
        """Return the request for the next run and make the results ready for it."""
        project, before = self._document.project, self._results.state
        has_run = self._has_run()
        self._job += 1
        request = None
        if self._wants_longer:
            request = longer_run(self._job, project, self._lanes.shown, has_run)
        elif self._was_interrupted:
            request = rest_of_run(self._job, project, self._lanes.shown)
        is_longer, self._wants_longer, self._was_interrupted = self._wants_longer, False, False
        self.run_project = project
        self._results.end_run()
        if request is None:
            if self._results.begin(project, self._job):
                self._earlier.keep(self._document.undo_stack, "Train again", before)
            return Train(self._job, project)
        self._results.go_on(project, self._job)
        if is_longer:
            self._earlier.keep(self._document.undo_stack, "Train longer", before)
        return request

    def _exchange(self, state: ResultsState) -> ResultsState:
        """Show other results, for an undo or a redo; return those that were shown."""
        shown = self._results.state
        self._drop_run()
        self._show(state)
        return shown

    def _show(self, state: ResultsState) -> None:
        self._results.restore(state)
        self._go(self._resting_state())
        self._lanes.refresh()

    def _has_run(self) -> bool:
        """Whether the engine holds a run of just what the document asks for."""
        return self.run_project is not None and same_problem(self.run_project, self._document.project)

    def _drop_run(self) -> None:
        """Forget the run in the engine and every word of it under way."""
        self._job += 1
        self._results.end_run()
        self.run_project = None
        self._was_interrupted = False
        self._engine.send(Discard())

    @Slot(object)
    def _handle(self, news: object) -> None:
        match news:
            case RunNews(job=self._job, value=value):
                freeze(value)
                self._results.put(value)
                self._lanes.refresh()
                if isinstance(value, FlowSnapshot) and self.run_project is not None:
                    # Lanes learn in turns, each counts its own time; that of older pictures beside them is not new.
                    self._document.mark_training(value.metrics.seconds * len(set(self.run_project.learning)))
            case Finished(job=self._job):
                self._go(self._resting_state())
            case Failed(job=self._job, message=message) if self._state in _ACTIVE:
                self._fail(message)
            case Notice(message=message):
                self.notice.emit(message)

    @Slot(str)
    def _become_ready(self, device: str) -> None:
        self.ready.emit(device)
        if self._state is State.STARTING:
            self._begin(self._wants_longer)

    def _fail(self, message: str) -> None:
        self.run_project = None
        self._go(State.FAILED)
        self.failed.emit(message)

    @Slot(str)
    def _lose_engine(self, how: str) -> None:
        """A dead engine is an event: say so and keep what there is; a new one is starting."""
        self.run_project = None
        if self._state in _ACTIVE:
            self._was_interrupted = True
            self._fail(_DIED.format(how=how))

    @Slot(str)
    def _miss_engine(self, message: str) -> None:
        if self._state is State.STARTING:
            self._fail(message)
        else:
            self.notice.emit(message)

    def _go(self, state: State) -> None:
        """Change the state; a way that is not in the table is a defect of the program."""
        if state is self._state:
            return
        if state not in TRANSITIONS[self._state]:
            raise RuntimeError(f"The session cannot go from {self._state.name} to {state.name}.")
        self._state = state
        self._lanes.set_training(state in (State.TRAINING, State.STOPPING))
        self.state_changed.emit(state)

    def _resting_state(self) -> State:
        return State.DONE if self._results.has_any else State.IDLE

    @Slot(object, object)
    def _follow_document(self, new: Project, _old: Project) -> None:
        """Let the run sample as its lanes ask for now; lanes may have come and gone meanwhile."""
        if self.run_project is not None and (samplings := self._results.sample(new)) is not None:
            self._engine.send(Sample(samplings))

    @Slot(int)
    def _follow_kept(self, lane: int) -> None:
        """Forget pictures of steps that are gone."""
        flows = self._results.flows()

        def is_alive(question: Question) -> bool:
            return not isinstance(question, Animation) or question.flow in flows

        self.asker.retain(is_alive)
        self.kept_changed.emit(lane)

    def _fact_of(self, key: Hashable) -> LearnedFlow | Project | None:
        """Return what the engine lacks: after a restart, of an opened file, of clouds that nobody has asked about."""
        return self._results.flow(key) if isinstance(key, FlowId) else self.batches.problem(key)


def _pairing_of(config: FlowConfig) -> tuple[str, BatchSettings]:
    return config.coupling, config.batch_settings
