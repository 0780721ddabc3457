"""The engine process: its main loop. Everything that learns lives here; no Qt.

It drives a run's generator from breath to breath, hears requests in between and sends the run's values as news;
questions are answered by turns with it, see `answering`. Learned weights stay here under their numbers. `flow` is
imported inside functions, because the window imports this module to name it.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Generator, Hashable, Sequence
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from time import perf_counter
from typing import Any, Protocol

from fmviz.core.child import Inbox, lower_priority, sentence
from fmviz.core.cloud import Side
from fmviz.core.config import FlowConfig, Sampling
from fmviz.core.errors import ConfigError, FmvizError
from fmviz.core.frames import FlowSnapshot, LaneProgress
from fmviz.core.project import LaneKept, LearnedFlow, Project, Weights
from fmviz.core.questions import FlowId, Lacking
from fmviz.engine.answering import Answering
from fmviz.engine.messages import (
    NO_JOB,
    Ask,
    Cancel,
    Discard,
    Failed,
    Finished,
    LaneWeights,
    Missing,
    News,
    Notice,
    Pause,
    Provide,
    Ready,
    Resume,
    RunNews,
    Sample,
    Stop,
    Train,
)

_log = logging.getLogger(__name__)

# Enough for the window to win the processor for a frame, too little to cost training speed when it is free.
_NICENESS = 5

# A small run up to its first picture touches all that the first real one needs: optimiser, plan, solver, metrics.
_WARM_UP = FlowConfig(coupling="ot", width=8, depth=1, steps=100_000, batch=8, pool=16, nfe=2)

_NO_BEGIN = "Training could not begin"
_GONE = "What the training was to go on from is gone; press Train to begin afresh."

Work = Generator[LaneProgress | FlowSnapshot | LaneKept | str | None, None, None]


class Run(Protocol):
    """What the engine needs of `flow.run.TrainingRun`; this file cannot name it without loading torch."""

    def train(self, more_steps: Sequence[int] = ()) -> Work: ...

    def stop(self) -> None: ...

    def skip_numbers(self) -> None: ...

    def set_sampling(self, samplings: Sequence[Sampling]) -> None: ...

    def weights(self, lane: int) -> Weights: ...


def serve(connection: Connection) -> None:
    """Be the engine until the window closes the pipe or dies."""
    lower_priority(_NICENESS)
    # There is nothing to tidy up here, and a plan under way in a thread would delay an ordinary exit by seconds.
    inbox = Inbox(connection, on_closed=partial(os._exit, 0))
    try:
        _Engine(connection, inbox).run()
    except ConnectionError:
        os._exit(0)  # The window is gone.


@dataclass(eq=False)
class _Waiting:
    """A training that goes on from weights which the window has, and those that are here.

    They are gathered here: all of them together may be more than is kept for questions.

    Args:
        samplings: how the lanes are to be sampled, as last asked for.
    """

    request: Train
    samplings: Sequence[Sampling]
    weights: dict[Hashable, Weights] = field(default_factory=dict)

    def lacks(self, key: Hashable) -> bool:
        """Whether these weights are to be gathered yet."""
        return key in self.request.flows and key not in self.weights


class _Engine:
    """One run at a time, the requests about it, and the questions."""

    def __init__(self, connection: Connection, inbox: Inbox) -> None:
        self._connection = connection
        self._inbox = inbox
        self._job = NO_JOB
        self._run: Run | None = None
        self._work: Work | None = None
        self._is_paused = self._is_stopping = self._is_skipping = False
        self._project: Project | None = None
        self._waiting: _Waiting | None = None
        # Once `flow` has been loaded; the first is a `flow.answers.Facts`.
        self._known: Any
        self._answering: Answering

    def run(self) -> None:
        if not self._attempt(self._get_ready, "The engine could not start", NO_JOB):
            sys.exit(1)
        while True:
            is_busy = self._is_training or self._answering.is_busy
            requests = self._inbox.waiting() if is_busy else [self._inbox.wait(), *self._inbox.waiting()]
            for request in requests:
                self._handle(request)
            if self._is_training:
                began = perf_counter()
                self._attempt(self._advance, "Training stopped", self._job)
                self._answering.count_training(perf_counter() - began)
            if self._answering.is_due or (self._answering.is_busy and not self._is_training):
                for news in self._answering.advance():
                    self._send(news)

    @property
    def _is_training(self) -> bool:
        return self._work is not None and not self._is_paused

    def _get_ready(self) -> None:
        from fmviz.flow.answers import Facts
        from fmviz.flow.device import choose_device, describe_device, use_threads

        # torch on every core starves the window: down to one step a second was measured on two cores.
        use_threads(max(1, _usable_cores() - 1))
        _warm_up()
        self._known = Facts()
        self._answering = Answering(self._known)
        self._send(Ready(describe_device(choose_device("auto"))))

    def _handle(self, request: object) -> None:
        match request:
            case Train():
                self._attempt(partial(self._begin, request), _NO_BEGIN, request.job)
            case Pause():
                self._is_paused = True
            case Resume():
                self._is_paused = False
            case Stop() if self._work is not None or self._waiting is not None:
                self._is_paused, self._is_stopping, self._is_skipping = False, True, self._is_stopping
            case Discard():
                self._drop()
            case Sample(samplings=samplings) if self._waiting is not None:
                self._waiting.samplings = samplings
            case Sample(samplings=samplings) if self._run is not None:
                self._run.set_sampling(samplings)
            case Ask() | Cancel() | Provide():
                for news in self._answering.hear(request):
                    self._send(news)
                waiting = self._waiting
                if isinstance(request, Provide) and waiting is not None and waiting.lacks(request.key):
                    self._attempt(partial(self._gather, waiting, request), _NO_BEGIN, waiting.request.job)

    def _begin(self, request: Train) -> None:
        """Begin a training, as soon as the weights that it goes on from are here."""
        self._job = request.job
        samplings = [lane.sampling for lane in request.project.lanes]
        if request.goes_on and self._run is not None:
            self._is_paused = self._is_stopping = self._is_skipping = False
            self._start(self._run, request, samplings)
        else:
            self._drop()
            self._go_on_gathering(_Waiting(request, samplings))

    def _gather(self, waiting: _Waiting, provided: Provide) -> None:
        if not isinstance(provided.fact, LearnedFlow):
            raise ConfigError(_GONE)
        waiting.weights[provided.key] = provided.fact.weights
        self._go_on_gathering(waiting)

    def _go_on_gathering(self, waiting: _Waiting) -> None:
        """Ask for the first of the weights that are not here, or begin the training."""
        from fmviz.flow.run import TrainingRun

        request = waiting.request
        try:
            for flow in request.flows:
                if waiting.lacks(flow):
                    waiting.weights[flow] = self._known.flow(flow).weights
        except Lacking as lack:
            self._waiting = waiting
            self._send(Missing(lack.key))
            return
        self._waiting = None
        self._run = TrainingRun(request.project, [waiting.weights[flow] for flow in request.flows], request.first_steps)
        self._start(self._run, request, waiting.samplings)

    def _start(self, run: Run, request: Train, samplings: Sequence[Sampling]) -> None:
        self._project = request.project
        run.set_sampling(samplings)
        self._work = run.train(request.more_steps)

    def _advance(self) -> None:
        """Work until the next breath or the next news."""
        assert self._work is not None
        assert self._run is not None
        if self._is_stopping:
            self._run.stop()  # at every turn: a training forgets a stop that came before its first breath
        if self._is_skipping:
            self._run.skip_numbers()
        try:
            value = next(self._work)
        except StopIteration:
            self._work = None
            self._send(Finished(self._job))
            return
        if value is None:
            return
        if isinstance(value, str):
            self._send(Notice(value))
            return
        if isinstance(value, FlowSnapshot):
            weights = LaneWeights(value.lane, value.step, self._run.weights(value.lane))
            self._remember(value.lane, value.step, weights.weights)
            self._send(RunNews(self._job, weights))
        elif isinstance(value, LaneKept):
            self._remember(value.lane, value.kept.step, value.kept.weights)
        self._send(RunNews(self._job, value))

    def _remember(self, lane: int, step: int, weights: Weights) -> None:
        """Know what this run has learned, so that it need not come back from the window."""
        assert self._project is not None
        self._known.put(FlowId(self._job, lane, step), LearnedFlow.of(self._project, lane, weights))

    def _drop(self) -> None:
        if self._work is not None:
            self._work.close()
        self._work = self._run = self._waiting = None
        self._is_paused = self._is_stopping = self._is_skipping = False

    def _attempt(self, action: Callable[[], None], beginning: str, job: int | None) -> bool:
        """Do something; a failure becomes a message: of the run `job`, or a notice if it concerns no run."""
        try:
            action()
        except ConnectionError:
            raise
        except Exception as error:  # the one broad net: whatever breaks a generator must not break the engine
            if not isinstance(error, FmvizError):
                _log.exception("%s", beginning)
            message = sentence(error, beginning)
            if job is None:
                self._send(Notice(message))
            else:
                self._drop()
                self._send(Failed(job, message))
            return False
        return True

    def _send(self, news: News) -> None:
        self._connection.send(news)


def _warm_up() -> None:
    from fmviz.flow.run import TrainingRun

    gaussian = Side(shape="gaussian")
    work = TrainingRun(Project(gaussian, gaussian, (_WARM_UP,))).train()
    next(value for value in work if isinstance(value, FlowSnapshot))
    work.close()


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
