"""Error against evaluations: it falls with each solver's order, and with the tolerance."""

from __future__ import annotations

from concurrent.futures import Future

import numpy as np
import pytest
import torch

from fmviz.core.cloud import Side
from fmviz.core.config import FlowConfig
from fmviz.core.panels import TOLERANCES, SolverErrors
from fmviz.core.project import LearnedFlow, Project
from fmviz.core.solvers import SOLVERS
from fmviz.flow.device import Worker, finish
from fmviz.flow.network import Layout, initial_parameters, weights_of
from fmviz.flow.sample import samplings, solver_errors
from fmviz.flow.units import units_of


def test_errors_fall_with_the_order_and_with_the_tolerance() -> None:
    rng, layout = torch.Generator().manual_seed(0), Layout(8, 1)
    flat = initial_parameters(layout, rng) + 0.3 * torch.randn(layout.size, generator=rng)
    project = Project(Side(shape="gaussian"), Side(shape="moons"), (FlowConfig(width=8, depth=1),))
    flow = LearnedFlow.of(project, 0, weights_of(layout, flat, units_of(project.source, project.target)))
    floor: Future[float] = Future()
    floor.set_result(0.3)
    worker = Worker("distances")
    work = solver_errors(flow, floor, project.target.sample(60, np.random.default_rng(0)), worker.submit)
    first = next(news for news in work if isinstance(news, SolverErrors))
    assert (len(first.solver), first.of("rk4").tolist()) == (1, [])
    whole = finish(work)
    worker.close()
    assert whole.done == 1
    assert whole.w2_floor == 0.3
    assert len(whole.solver) == len(samplings())
    for key in ("euler", "midpoint"):
        rows = whole.of(key)
        late = [k for k in rows.tolist() if 16 <= whole.nfe[k] <= 64]
        slope = np.polyfit(np.log(whole.nfe[late]), np.log(whole.error[late]), 1)[0]
        assert -slope == pytest.approx(SOLVERS[key].order, abs=0.35)
    rows = whole.of("dopri5")
    assert whole.tolerance[rows].tolist() == list(TOLERANCES)
    assert whole.error[rows[-1]] < whole.error[rows[1]] / 30
    assert whole.evaluations_to(float(whole.error[rows[1]]), "dopri5") == whole.nfe[rows[1]]
    assert whole.evaluations_to(0.0, "euler") is None
    assert len(whole.table().rows) == len(whole.solver)
