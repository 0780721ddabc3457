"""Answers: for each kind of question one pure generator. The engine drives them, a script or a command just as well.

`yield None` is a breath, at most some 50 ms after the one before; a `Future` says that a thread is at work and nothing
is to be done until it has ended; any other value is a partial answer. What is returned is the answer.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Generator, Hashable
from concurrent.futures import Future
from functools import cached_property
from threading import Event
from typing import Any, cast

from fmviz.core.carried import Carried
from fmviz.core.frames import FlowSnapshot, Grid, Pairs
from fmviz.core.layers import LAYERS, values_of
from fmviz.core.log_density import LogDensities
from fmviz.core.many import ManyPoints
from fmviz.core.marginal import MarginalField, UnknownFieldError
from fmviz.core.panels import Continuity, Gradients, SolverErrors
from fmviz.core.possible import why_no_density
from fmviz.core.probe import Probed
from fmviz.core.project import LearnedFlow, Project
from fmviz.core.questions import (
    Animation,
    ContinuityTest,
    DensityPoints,
    ErrorAgainstEvaluations,
    FieldGrid,
    FlowId,
    GradientTest,
    Lacking,
    LogDensity,
    OfFlow,
    OwnPaths,
    PairBatch,
    ProbedPlace,
    Question,
)
from fmviz.core.streams import Stream, stream
from fmviz.flow.bake import grid_on
from fmviz.flow.batch_pairs import pool_of
from fmviz.flow.carry import FINE, LIVE
from fmviz.flow.continuity import continuity_test
from fmviz.flow.device import Result, Worker
from fmviz.flow.exact import exact_field_of, known_field
from fmviz.flow.gradients import gradient_test
from fmviz.flow.log_density import log_densities
from fmviz.flow.models import field_of, is_slow
from fmviz.flow.probing import probed_at
from fmviz.flow.quality import POINTS
from fmviz.flow.quality import floor as w2_floor
from fmviz.flow.sample import LIVE_MANY, MANY, carried_from, carried_points, measured_picture, picture_of, solver_errors

Answer = Generator[Any, None, Any]

# Two lanes of the usual size with the 200 steps that are kept of each.
MOST_BYTES = 64 * 2**20
# What takes longer must not keep a smaller batch waiting.
_SLOW_S = 2.0


class Facts:
    """Learned weights and problems by their numbers; those that were not used for the longest time go first."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes, self._n_bytes = most_bytes, 0
        self._facts: OrderedDict[Hashable, LearnedFlow | Project] = OrderedDict()

    def put(self, key: Hashable, fact: LearnedFlow | Project) -> None:
        """Know something; it stays at least until something else is put."""
        if key in self._facts:
            self._n_bytes -= _bytes_of(self._facts.pop(key))
        self._facts[key] = fact
        self._n_bytes += _bytes_of(fact)
        while self._n_bytes > self._most_bytes and len(self._facts) > 1:
            self._n_bytes -= _bytes_of(self._facts.popitem(last=False)[1])

    def answer(self, question: Question) -> Answer:
        """Return the generator that answers a question.

        Raises, when it is driven:
            Lacking: of something that the question is about.
        """
        if isinstance(question, OfFlow) and is_slow(flow := self.flow(question.flow)):
            yield from self.slowly(lambda: field_of(flow))
        return (yield from ANSWERS[type(question)](question, self))

    def flow(self, key: FlowId) -> LearnedFlow:
        """Return learned weights; they count as used.

        Raises:
            Lacking: they are not known.
        """
        flow = self._get(key)
        assert isinstance(flow, LearnedFlow)
        return flow

    def problem(self, number: int) -> Project:
        """Return a project with just these clouds and this seed.

        Raises:
            Lacking: it is not known.
        """
        project = self._get(number)
        assert isinstance(project, Project)
        return project

    @cached_property
    def quick(self) -> Worker:
        """A thread for plans that take less than seconds."""
        return Worker("batches of pairs")

    @cached_property
    def slow(self) -> Worker:
        """A thread for the others."""
        return Worker("optimal pairs")

    def slowly(self, job: Callable[[], Result]) -> Generator[Future[Result], None, Result]:
        """Let a thread do what can take longer than a breath."""
        yield (done := self.slow.submit(job))
        return done.result()

    def close(self) -> None:
        """End the threads after what they are at."""
        self.quick.close()
        self.slow.close()

    def _get(self, key: Hashable) -> LearnedFlow | Project:
        if key not in self._facts:
            raise Lacking(key)
        self._facts.move_to_end(key)
        return self._facts[key]


def animation(question: Animation, known: Facts) -> Generator[Any, None, FlowSnapshot]:
    """Bake a flow: at once as finely as a live picture, then, if it is to be fine, with all its times and numbers."""
    flow, step, sampling = known.flow(question.flow), question.flow.step, question.sampling
    quick = yield from picture_of(flow, step, sampling, LIVE)
    if not question.is_fine:
        return quick
    yield quick
    return (yield from measured_picture(flow, step, sampling))


def pair_batch(question: PairBatch, known: Facts) -> Generator[Any, None, Pairs]:
    """Pair a batch; what such batches cost, and the optimum of the whole clouds, come as they are solved.

    Threads solve plans, which no one can interrupt: one that nobody waits for any more goes on and is kept.
    """
    pool, ended = pool_of(known.problem(question.problem)), Event()
    coupling, size, settings = question.coupling, question.size, question.settings
    thread = known.slow if pool.seconds(coupling, size, settings) >= _SLOW_S else known.quick
    optimum: Future[None] | None = None
    try:
        yield (paired := thread.submit(lambda: pool.batch(coupling, size, settings)))
        yield paired.result()
        if pool.optimum is None:
            optimum = known.slow.submit(pool.solve_optimum)
        if not pool.has_usual(coupling, size, settings):
            usual = thread.submit(lambda: pool.solve_usual(coupling, size, settings, lambda: not ended.is_set()))
            yield usual
            usual.result()
            yield pool.batch(coupling, size, settings)
        if optimum is not None:
            yield optimum
            optimum.result()
        return pool.batch(coupling, size, settings)
    finally:
        ended.set()
        if optimum is not None:
            optimum.cancel()


def field_grid(question: FieldGrid, known: Facts) -> Generator[Any, None, Grid]:
    """Evaluate the field of learned weights over a part of the plane, at as many times as a live picture has."""
    flow, exact = known.flow(question.flow), None
    if question.layer and LAYERS[question.layer].is_exact:
        exact = yield from known.slowly(lambda: known_field(flow.project))
    field, frame = field_of(flow)
    return (yield from grid_on(field, frame, question.extent, question.count, LIVE.times, values_of(question.layer),
                               exact))


def own_paths(question: OwnPaths, known: Facts) -> Generator[Any, None, Carried]:
    """Carry particles from chosen starts, with the states that the picture's own particles have."""
    return (yield from carried_from(known.flow(question.flow), question.starts, question.sampling,
                                    FINE if question.is_fine else LIVE))


def density_points(question: DensityPoints, known: Facts) -> Generator[Any, None, ManyPoints]:
    """Carry many points: first so few that they are there at once, then all, unless those few are enough."""
    flow = known.flow(question.flow)
    few = yield from carried_points(flow, question.sampling, LIVE_MANY)
    if not question.is_fine:
        return few
    yield few
    return (yield from carried_points(flow, question.sampling, MANY))


def log_density(question: LogDensity, known: Facts) -> Generator[Any, None, LogDensities]:
    """Work out the density of a flow: coarsely at all times, then, if it is to be fine, at one after the other."""
    return (yield from log_densities(known.flow(question.flow), question.first, question.is_fine, question.only))


def probed_place(question: ProbedPlace, known: Facts) -> Generator[Any, None, Probed]:
    """Tell what a flow does at one place: at first at the time that is shown, then more and more."""
    flow = known.flow(question.flow)
    exact = yield from known.slowly(lambda: known_field(flow.project))
    return (yield from probed_at(flow, question.place, FINE if question.is_fine else LIVE, exact, question.near))


def both_gradients(question: GradientTest, known: Facts) -> Generator[Any, None, Gradients]:
    flow = known.flow(question.flow)
    return (yield from gradient_test(flow, (yield from known.slowly(lambda: marginal_field(flow)))))


def both_sides(question: ContinuityTest, known: Facts) -> Generator[Any, None, Continuity]:
    flow = known.flow(question.flow)
    return (yield from continuity_test(flow, (yield from known.slowly(lambda: marginal_field(flow)))))


def errors_against_evaluations(question: ErrorAgainstEvaluations, facts: Facts) -> Generator[Any, None, SolverErrors]:
    """Measure how far solvers miss, while threads measure the floor and the distances."""
    flow = facts.flow(question.flow)
    target, seed = flow.project.target, flow.project.lanes[0].seed
    floor = facts.slow.submit(lambda: w2_floor(target, seed).value)
    targets = target.sample(POINTS, stream(seed, Stream.QUALITY_TARGETS))
    return (yield from solver_errors(flow, floor, targets, facts.quick.submit))


def marginal_field(flow: LearnedFlow) -> MarginalField:
    """Return the exact field of a flow that has a density too.

    Raises:
        UnknownFieldError: it is not known; the message says why.
    """
    project = flow.project
    if why := why_no_density(project.source, project.target, project.lanes[0].learning):
        raise UnknownFieldError(why)
    return cast(MarginalField, exact_field_of(project))


ANSWERS: dict[type, Callable[[Any, Facts], Answer]] = {
    Animation: animation, PairBatch: pair_batch, FieldGrid: field_grid, OwnPaths: own_paths,
    DensityPoints: density_points, LogDensity: log_density, ProbedPlace: probed_place, GradientTest: both_gradients,
    ContinuityTest: both_sides,
    ErrorAgainstEvaluations: errors_against_evaluations,
}


def _bytes_of(fact: LearnedFlow | Project) -> int:
    if isinstance(fact, LearnedFlow):
        return sum(array.nbytes for array in fact.weights.values())
    return sum(side.cloud.xy.nbytes for side in (fact.source, fact.target) if side.cloud is not None)
