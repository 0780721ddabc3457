"""Measuring how far solvers miss the end of the trajectories of a learned flow, from few evaluations to many."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import Future
from functools import partial
from typing import Any

import numpy as np

from fmviz.core.config import Sampling
from fmviz.core.panels import MOST_NFE, TOLERANCES, SolverErrors, compared_solvers
from fmviz.core.project import LearnedFlow
from fmviz.core.solvers import SOLVERS, stand_in
from fmviz.flow.bake import given_by
from fmviz.flow.carry import ENDS, carry
from fmviz.flow.device import has_ended
from fmviz.flow.distances import wasserstein2
from fmviz.flow.models import field_of
from fmviz.flow.quality import POINTS

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
