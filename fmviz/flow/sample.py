"""Sampling a learned lane: new points carried along its field, and what is measured of them; for densities more of
them, and less of each; and how far solvers miss, from few evaluations to many.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from scipy.spatial import cKDTree

from fmviz.core.carried import Carried
from fmviz.core.cloud import Classes, FloatArray
from fmviz.core.config import Sampling
from fmviz.core.follow import Starts
from fmviz.core.frames import UNLEARNED, FlowSnapshot
from fmviz.core.many import ManyPoints, packed
from fmviz.core.panels import MOST_NFE, TOLERANCES, SolverErrors, compared_solvers
from fmviz.core.project import LearnedFlow, Project, Weights
from fmviz.core.quantities import Metrics
from fmviz.core.solvers import SOLVERS, stand_in
from fmviz.core.streams import Stream, stream
from fmviz.flow.bake import FieldVelocity, Given, given_by, snapshot_of
from fmviz.flow.carry import ENDS, EVERY_STATE, FINE, LIVE, Drawn, Fineness, Motion, carry, has_noise
from fmviz.flow.device import finish, has_ended
from fmviz.flow.distances import wasserstein2
from fmviz.flow.exact import KnownOfLane, field_error, known_of
from fmviz.flow.likelihood import held_out
from fmviz.flow.model import UnitVelocity
from fmviz.flow.models import field_of
from fmviz.flow.quality import POINTS, QualityWatch
from fmviz.flow.units import MovingFrame


def sample(project: Project, lane: int, weights: Weights, n: int, trajectory: bool = False,
           seed: int = 0, device: torch.device | None = None) -> Motion:
    """Carry n fresh source points to t = 1 with the lane's solver.

    Args:
        weights: named weights of the lane.
        n: number of points.
        trajectory: whether to return every state; else the first and the last.
        seed: chooses the source points.
        device: where to integrate; None is the CPU.
    Returns:
        What `states_of` does.
    Raises:
        ConfigError: the weights do not fit the lane.
    """
    x0 = project.source.sample(n, stream(seed, Stream.SAMPLES))
    return states_of(project, lane, weights, x0, device, trajectory=trajectory)


def states_of(project: Project, lane: int, weights: Weights, x: FloatArray, device: torch.device | None = None,
              is_backward: bool = False, trajectory: bool = True) -> Motion:
    """Carry points x (n, 2) of one's own with the lane's solver; as `sample` does.

    Returns:
        Every state on the way, or the first and the last.
    Raises:
        ConfigError: the weights do not fit the lane.
    """
    field, frame = field_of(LearnedFlow.of(project, lane, weights), device)
    return finish(carry(field, frame, x, project.lanes[lane].sampling, EVERY_STATE if trajectory else ENDS,
                        is_backward))


def round_trip_error(project: Project, lane: int, weights: Weights, x: FloatArray, ends: FloatArray,
                     is_backward: bool = False) -> float:
    """Return how far points x (n, 2) come back from where they began, once they were carried to `ends` (n, 2).

        (mean |x - back(there(x))|^2)^(1/2), world units: 0 for an exact solver
    """
    back = states_of(project, lane, weights, ends, None, not is_backward, trajectory=False).x[-1]
    return float(np.sqrt(((back - x) ** 2).sum(axis=1).mean()))


def carried_from(flow: LearnedFlow, starts: Starts, sampling: Sampling,
                 fineness: Fineness) -> Generator[None, None, Carried]:
    """Carry particles from chosen starts as a picture of that fineness carries its own.

    A start is of the class of the source's dot that is nearest to it.

    Raises:
        ConfigError: the weights do not fit the settings.
    """
    field, frame = field_of(flow)
    x0 = np.array(starts, dtype=np.float64).reshape(-1, 2)
    motion = yield from carry(field, frame, x0, sampling, fineness, drawn=Drawn.OWN_STARTS)
    start = end = None
    if any(side.cloud is not None and side.cloud.labels is not None
           for side in (flow.project.source, flow.project.target)):
        given = given_by(flow.project)
        if given.source_labels is not None:
            start = given.source_labels.of(cKDTree(given.source).query(x0)[1])
        end = given.classes.at_end(motion.x[-1])
    return Carried(motion.t.astype(np.float32), motion.x, motion.is_straight, Classes(start, end))


def picture_of(flow: LearnedFlow, step: int, sampling: Sampling,
               fineness: Fineness) -> Generator[None, None, FlowSnapshot]:
    """Bake the picture of weights that were learned some time, as `bake.snapshot_of` does, as lane 0.

    Raises:
        ConfigError: the weights do not fit the settings.
    """
    field, frame = field_of(flow)
    config = flow.project.lanes[0]
    given = given_by(flow.project)
    snapshot = yield from snapshot_of(field, frame, given, 0, config.coupling, step, sampling, fineness)
    return replace(snapshot, sigma=config.sigma)


def measured_picture(flow: LearnedFlow, step: int,
                     sampling: Sampling) -> Generator[FlowSnapshot | Future[Any] | None, None, FlowSnapshot]:
    """Bake the picture of a flow as a finished training is drawn, with the numbers of just this sampling.

    Yields the picture as soon as it is there; the numbers take as long again.

    Raises:
        ConfigError: the weights do not fit the settings.
    """
    snapshot = yield from picture_of(flow, step, sampling, FINE)
    yield snapshot
    watch = QualityWatch(flow.project)
    try:
        metrics = yield from final_numbers(*field_of(flow), given_by(flow.project), snapshot, watch,
                                           watch.ask(lambda: known_of(flow.project)))
    finally:
        watch.close()
    return replace(snapshot, metrics=metrics, is_final=True)


def final_numbers(field: UnitVelocity, frame: MovingFrame, given: Given, snapshot: FlowSnapshot,
                  watch: QualityWatch, known: Future[KnownOfLane]) -> Generator[Future[Any] | None, None, Metrics]:
    """Return the numbers of a picture, sampled as it was: those of its paths, of where they end, with their errors, and
    how far its field is from what is known, and how likely it makes held-out points.

    Yields None between evaluations, and what a thread measures while it does.
    """
    sampling = snapshot.sampling
    watch.prepare_final()
    more = yield from carry(field, frame, given.more_x0, sampling, ENDS, drawn=Drawn.MORE_PARTICLES)
    asked = watch.ask_final(snapshot.t, snapshot.x, np.concatenate([snapshot.x[-1], more.x[-1]]),
                            not has_noise(sampling, frame))
    yield known
    exact, loss_floor = known.result().field, known.result().loss_floor
    is_learned = snapshot.step != UNLEARNED
    error = None if exact is None or not is_learned else (yield from field_error(FieldVelocity(field, frame), exact))
    likelihood = yield from held_out(field, frame, watch.project)
    yield asked
    return replace(snapshot.metrics, exact_error=error, loss_floor=loss_floor, nll=likelihood.nll,
                   nll_error=likelihood.error, nll_floor=likelihood.entropy, **asked.result())


@dataclass(frozen=True)
class Amount:
    """How many points are carried, and how finely."""

    count: int
    fineness: Fineness


# 20,000 points take 2 MB and, with a usual network, 2 s of one thread; those beside a training .2 MB and .1 s.
MANY, LIVE_MANY = Amount(20_000, Fineness(nfe=100, times=26)), Amount(4_000, LIVE)


def carried_points(flow: LearnedFlow, sampling: Sampling, amount: Amount) -> Generator[None, None, ManyPoints]:
    """Carry fresh points of the source, yielding between evaluations.

    Raises:
        ConfigError: the weights do not fit the settings.
    """
    field, frame = field_of(flow)
    source, seed = flow.project.source, flow.project.lanes[0].seed
    x0, rows = source.sample_with_rows(amount.count, stream(seed, Stream.DENSITY_POINTS))
    motion = yield from carry(field, frame, x0, sampling, amount.fineness, drawn=Drawn.DENSITY)
    distinct = len(x0) if rows is None or source.jitter > 0 else len(np.unique(rows))
    return packed(motion.t, motion.x, given_by(flow.project).extent, distinct, motion.is_straight)


# Errors of these particles; a thousand evaluations of them take a second or two.
PLACES = POINTS
REFERENCE = Sampling(stand_in(), 1_000)


def samplings() -> tuple[Sampling, ...]:
    """Return what is measured, those of few evaluations first."""
    powers = [2**k for k in range(MOST_NFE.bit_length())]
    rows = [(solver, SOLVERS[solver]) for solver in compared_solvers()]
    fixed = [Sampling(solver, nfe) for nfe in powers for solver, row in rows
             if row.stages <= nfe and not row.is_adaptive]
    return (*fixed, *(Sampling(solver, tolerance=tolerance) for solver, row in rows if row.is_adaptive
                      for tolerance in TOLERANCES))


def solver_errors(flow: LearnedFlow, floor: Future[float], targets: np.ndarray,
                  submit: Callable[[Callable[[], float]], Future[float]],
                  ) -> Generator[SolverErrors | Future[Any] | None, None, SolverErrors]:
    """Measure a flow; what is known so far is yielded after each measurement.

    Args:
        floor: W2 of two samples of the target.
        targets: (PLACES, 2) fresh points of the target.
        submit: lets a thread measure a distance, which takes longer than a breath.
    Raises:
        ConfigError: the weights do not fit the settings.
    """
    field, frame = field_of(flow)
    x0, asked = given_by(flow.project).x0[:PLACES], samplings()
    reference = (yield from carry(field, frame, x0, REFERENCE, ENDS)).x[-1]
    found: list[tuple[str, int, float, float, float]] = []

    def news(done: float) -> SolverErrors:
        tolerance, error, w2 = (np.array([row[k] for row in found], dtype=np.float64) for k in (2, 3, 4))
        return SolverErrors(tuple(row[0] for row in found), np.array([row[1] for row in found], dtype=np.int64),
                            tolerance, error, w2, floor.result() if has_ended(floor) else None, done)

    for number, sampling in enumerate(asked, start=1):
        motion = yield from carry(field, frame, x0, sampling, ENDS)
        yield (distance := submit(partial(wasserstein2, motion.x[-1], targets)))
        miss = float(np.sqrt(((motion.x[-1] - reference) ** 2).sum(axis=1).mean()))
        found.append((sampling.solver, motion.nfe, sampling.tolerance if sampling.is_adaptive else np.nan, miss,
                      distance.result()))
        yield news(number / (len(asked) + 1))
    yield floor
    return news(1.0)
