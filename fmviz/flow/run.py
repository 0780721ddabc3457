"""A training run: one to four lanes interleaved, with breaths, progress, snapshots and notices.

The contract of `TrainingRun.train`, a generator without Qt that window and command line drive alike:
`yield None` is a breath, at most 50 ms after the one before and the only place to be closed; every other value is
news: `LaneProgress`, `FlowSnapshot`, `LaneKept`, or a `str` that the user should read. Pausing is not calling `next`.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from time import perf_counter, sleep

import torch

from fmviz.core.cloud import FloatArray
from fmviz.core.config import Learning, Sampling
from fmviz.core.frames import UNLEARNED, FlowSnapshot, LaneProgress
from fmviz.core.lanes import letters
from fmviz.core.possible import check_models
from fmviz.core.project import LaneKept, Project, Weights
from fmviz.flow.bake import given_by
from fmviz.flow.device import Stopwatch, choose_device
from fmviz.flow.lane import Lane
from fmviz.flow.models import learner_of
from fmviz.flow.quality import QualityWatch
from fmviz.flow.step import Step
from fmviz.flow.train import Learner, StepFactory

News = LaneProgress | FlowSnapshot | LaneKept | str
Work = Generator[News | None, None, None]

_SLICE_S = 0.015
# Lanes of equal settings are never further apart than the steps of one slice, however busy the machine is, but that one
# which waits for a plan lets the others go on for so many steps: 0.2 s, in which a plan is solved on a quiet machine.
MOST_STEPS_IN_SLICE = 32
MOST_LEAD = 128
_PROGRESS_INTERVAL_S = 0.1
# The lanes' pictures are renewed at most so often, and baking takes at most a quarter of the time.
_LIVE_INTERVAL_S = 0.22
_FIRST_PICTURE_S = 0.25
_TRAINING_FOR_BAKING = 3.0
_PREPARE_FINAL_S = 3.0
_WAIT_S = 0.005
# A stopped training may take so long until all lanes are at the same step.
_CATCH_UP_S = 0.5
_DEVICE_IN_WORDS = {"cuda": "The CUDA device", "mps": "The Apple GPU", "cpu": "The computer"}


class TrainingRun:
    """The lanes of a project and what they have learned.

    Args:
        project: what to learn.
        weights: named weights for each lane to go on from, or () for fresh ones.
        first_steps: steps that these weights have seen, or () for none.
        live_interval_s: least training time between two live pictures; the command line wants few.
        make_step: builds a lane's optimisation state, see `train.Trainer`.
    Raises:
        ConfigError: the device is not there, the weights do not fit, or a lane cannot have its model.
    """

    def __init__(self, project: Project, weights: Sequence[Weights | None] = (), first_steps: Sequence[int] = (),
                 live_interval_s: float = _LIVE_INTERVAL_S, make_step: StepFactory = Step) -> None:
        check_models(project)
        self.device = choose_device(project.lanes[0].device)
        self.project = project
        self._live_interval_s = live_interval_s
        given = list(weights) or [None] * len(project.lanes)
        seen = list(first_steps) or [0] * len(project.lanes)
        given_to_all = given_by(project)
        self._lanes: list[Lane] = []
        trainers: dict[Learning, Learner] = {}
        for index, config in enumerate(project.lanes):
            if config.learning not in trainers:
                trainers[config.learning] = learner_of(project, index, self.device, given[index], seen[index],
                                                       make_step)
            self._lanes.append(Lane(project, index, given_to_all, trainers[config.learning]))
        self._is_stopped = self._is_measuring = self._skips = False
        self._stop_by = 0.0

    def weights(self, lane: int) -> dict[str, FloatArray]:
        return self._lanes[lane].trainer.weights()

    def step(self, lane: int) -> int:
        return self._lanes[lane].trainer.step

    def set_sampling(self, samplings: Sequence[Sampling]) -> None:
        """Sample from now on like this, one for each lane: pictures, live numbers and final ones."""
        for lane, sampling in zip(self._lanes, samplings, strict=True):
            lane.sampling = sampling

    def stop(self) -> None:
        """Let the present training end early: it goes on to its final snapshots; one at its end skips its numbers."""
        if not self._is_stopped:
            self._skips = self._is_measuring
            self._is_stopped, self._stop_by = True, perf_counter() + _CATCH_UP_S

    def skip_numbers(self) -> None:
        """Stop, and measure nothing at the end."""
        self._is_stopped = self._skips = True

    def train(self, more_steps: Sequence[int] = ()) -> Work:
        """Train all lanes as configured, or each so many further steps at a lower rate, where that is above 0.

        Raises:
            TrainingError: training cannot go on; `weights` still gives the last good ones.
        """
        self._is_stopped = self._is_measuring = self._skips = False
        return self._train(more_steps)

    def _train(self, more_steps: Sequence[int]) -> Work:
        watch = QualityWatch(self.project)
        for lane, more in zip(self._lanes, more_steps or [0] * len(self._lanes), strict=True):
            if lane.index == lane.trainer.lane:
                lane.trainer.begin(more)
            lane.begin()
        try:
            yield from self._learn(watch)
            for lane in self._lanes:
                while not lane.trainer.is_ready and not self._is_stopped:
                    sleep(_WAIT_S)
                    yield None
            yield from self._without_learning()
            # Of a lane whose field was not there when it was stopped there is nothing to draw.
            ready, pictures = [lane for lane in self._lanes if lane.trainer.is_ready], dict[Lane, FlowSnapshot]()
            for work in (self._fine, self._final):  # all pictures come before the numbers, which take far longer
                self._is_measuring = work == self._final
                for lane in ready:
                    lane.collect(watch)
                    if (yield from self._guarded(lane, work(lane, pictures, watch))):
                        pictures.pop(lane, None)  # its weights are the last good ones now
                        yield from self._guarded(lane, work(lane, pictures, watch))
        finally:
            watch.close()
            for lane in self._lanes:
                lane.trainer.close()

    def _learn(self, watch: QualityWatch) -> Work:
        works: dict[int, Iterator[None]] = {}
        told = dict.fromkeys(range(len(self._lanes)), 0.0)
        training, baking = Stopwatch(), Stopwatch()
        last_pictures: float | None = None
        while True:
            active = [lane for lane in self._lanes if not lane.trainer.is_done]
            if self._is_stopped:
                active = self._behind(active)
            if not active:
                return
            yield from self._without_learning()
            trainer = _whose_turn(active).trainer
            lanes = self._lanes_of(trainer)
            index = trainer.lane
            if index not in works:
                works[index] = trainer.work()
            yield from training.over(self._guarded(lanes[0], self._slice(works, lanes[0])))
            yield None
            yield from (f"Pane {letters([index])}: {note}" for note in trainer.take_notes())
            yield from self._kept_of(trainer)
            for lane in lanes:
                lane.collect(watch)
            now = trainer.seconds
            if now - told[index] >= _PROGRESS_INTERVAL_S / len(active):
                told[index] = now
                for lane in lanes:
                    yield lane.progress()
            interval = _FIRST_PICTURE_S if last_pictures is None else self._live_interval_s
            is_due = training.seconds - (last_pictures or 0.0) >= interval and trainer.step > trainer.begin_step
            if is_due and training.seconds >= _TRAINING_FOR_BAKING * baking.seconds:
                # All in one go: lanes beside each other are compared, and must be as far as each other.
                for lane in self._lanes:
                    has_learned = lane.trainer.step > lane.trainer.begin_step and not lane.trainer.is_done
                    if has_learned and not self._is_stopped:
                        yield from baking.over(self._guarded(lane, self._live(lane, watch)))
                if last_pictures is None:
                    baking = Stopwatch()  # the first ones are early, and slow: better ones should follow soon
                last_pictures = training.seconds
            if training.seconds > _PREPARE_FINAL_S:
                watch.prepare_final()
                for lane in self._lanes:
                    lane.prepare(watch)

    def _behind(self, active: Sequence[Lane]) -> list[Lane]:
        """Return the lanes that are a few steps behind the furthest one, and can go on at once."""
        furthest = self._furthest
        return [] if self._skips or perf_counter() > self._stop_by else [
            lane for lane in active if furthest - MOST_LEAD <= lane.trainer.step < furthest
            and lane.trainer.is_ready and not lane.trainer.is_waiting]

    @property
    def _furthest(self) -> int:
        return max(lane.trainer.step for lane in self._lanes)

    def _slice(self, works: dict[int, Iterator[None]], lane: Lane) -> Work:
        """Train for some milliseconds or steps."""
        index = lane.trainer.lane
        end, last_step = perf_counter() + _SLICE_S, lane.trainer.step + MOST_STEPS_IN_SLICE
        if self._is_stopped:
            last_step = min(last_step, self._furthest)
        try:
            for _ in works[index]:
                if perf_counter() >= end or lane.trainer.step >= last_step:
                    return
        except BaseException:
            del works[index]
            raise
        yield from ()

    def _without_learning(self) -> Work:
        """Draw what has nothing to learn, once in each sampling, as soon as it can be drawn."""
        for lane in self._lanes:
            if lane.trainer.step == UNLEARNED and lane.trainer.is_ready and lane.drawn != lane.sampling:
                snapshot = yield from lane.quick_snapshot()
                yield lane.progress()
                yield snapshot

    def _live(self, lane: Lane, watch: QualityWatch) -> Work:
        snapshot = yield from lane.live_snapshot(watch)
        lane.trainer.remember()
        yield snapshot

    def _fine(self, lane: Lane, pictures: dict[Lane, FlowSnapshot], _watch: QualityWatch) -> Work:
        pictures[lane] = yield from lane.fine_snapshot()
        yield pictures[lane]

    def _final(self, lane: Lane, pictures: dict[Lane, FlowSnapshot], watch: QualityWatch) -> Work:
        if lane not in pictures:  # its device has failed
            yield from self._fine(lane, pictures, watch)
        snapshot: FlowSnapshot | None = None
        if not self._skips:
            yield replace(lane.progress(), is_measuring=True)
        work = lane.measured(pictures[lane], watch)
        while snapshot is None and not self._skips:
            try:
                yield next(work)
            except StopIteration as end:
                snapshot = end.value
        work.close()
        snapshot = snapshot or lane.ended(pictures[lane])
        lane.trainer.remember()
        yield from self._kept_of(lane.trainer)
        yield lane.progress()
        yield snapshot

    def _lanes_of(self, trainer: Learner) -> list[Lane]:
        """Return the lanes that a trainer learns for: more than one where they differ in sampling alone."""
        return [lane for lane in self._lanes if lane.trainer is trainer]

    def _kept_of(self, trainer: Learner) -> Iterator[LaneKept]:
        return (LaneKept(lane.index, kept) for kept in trainer.take_kept() for lane in self._lanes_of(trainer))

    def _guarded(self, lane: Lane, work: Work) -> Generator[News | None, None, bool]:
        """Drive a lane's work; if its device fails, move the lane to the CPU, say so, and return True.

        The move happens outside the except block: the traceback keeps the lost tensors alive.
        """
        fault = None
        try:
            yield from work
        except RuntimeError as error:
            if not _is_device_fault(error, lane.trainer.device):
                raise
            fault = _fault_in_words(error)
        if fault is not None:
            name = _DEVICE_IN_WORDS[lane.trainer.device.type]
            lane.trainer.fall_back()
            yield f"{name} {fault}; training goes on on the CPU from the last good weights."
        return fault is not None


def _whose_turn(lanes: Sequence[Lane]) -> Lane:
    """Return the lane that learns next: the one that has seen the fewest steps, unless it waits for a plan."""
    last = min(lanes, key=lambda lane: lane.trainer.step)
    ready = [lane for lane in lanes if not lane.trainer.is_waiting]
    first = min(ready, key=lambda lane: lane.trainer.step, default=last)
    return first if first.trainer.step - last.trainer.step < MOST_LEAD else last


def _is_device_fault(error: RuntimeError, device: torch.device) -> bool:
    """Whether the device is to blame: out of memory anywhere, or any failure of an accelerator."""
    return isinstance(error, torch.OutOfMemoryError) or device.type != "cpu"


def _fault_in_words(error: RuntimeError) -> str:
    if isinstance(error, torch.OutOfMemoryError) or "out of memory" in str(error).lower():
        return "ran out of memory"
    first = str(error).strip().splitlines()
    return f"failed ({first[0]})" if first else "failed"
