"""Many carried points as an answer: where they go, how many count, what it takes to give them up."""

from dataclasses import replace

import numpy as np
import pytest

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.config import FlowConfig, Sampling
from fmviz.core.many import ManyPoints
from fmviz.core.project import LearnedFlow, Project
from fmviz.core.questions import DensityPoints, FlowId
from fmviz.flow.answers import Facts
from fmviz.flow.carry import LIVE
from fmviz.flow.device import finish
from fmviz.flow.run import TrainingRun
from fmviz.flow.sample import LIVE_MANY, MANY, Amount, carried_points, sample

TINY = Project(Side(shape="gaussian"), Side(shape="moons"), (FlowConfig(width=16, depth=1, batch=32, steps=60, nfe=8),))
FLOW = FlowId(1, 0, 60)
FEW = Amount(900, LIVE)


@pytest.fixture(scope="module")
def flow():
    run = TrainingRun(TINY)
    finish(run.train())
    return LearnedFlow(TINY, run.weights(0))


def said(flow, is_fine):
    known = Facts()
    known.put(FLOW, flow)
    return known.answer(DensityPoints(FLOW, TINY.lanes[0].sampling, is_fine))


def test_a_few_points_come_first_and_then_all(flow):
    values = list(said(flow, is_fine=True))
    part, = [value for value in values if value is not None]
    whole = finish(said(flow, is_fine=True))
    assert (part.x.shape[1], whole.x.shape[1]) == (LIVE_MANY.count, MANY.count) == (4_000, 20_000)
    assert values.count(None) >= 10, "there are places to be cancelled at"
    assert finish(said(flow, is_fine=False)).x.shape == part.x.shape


def test_an_answer_is_bounded_in_bytes_whatever_is_asked(flow):
    for sampling in (Sampling("rk4", 10_000), Sampling("euler", 3)):
        assert finish(carried_points(flow, sampling, MANY)).x.nbytes <= 2.1e6
        assert finish(carried_points(flow, sampling, LIVE_MANY)).x.nbytes <= 2e5


def test_one_that_is_given_up_ends_at_a_breath(flow):
    work = said(flow, is_fine=True)
    assert next(work) is None
    work.close()
    with pytest.raises(StopIteration):
        next(work)


def test_they_go_where_the_solver_takes_them(flow):
    points = finish(carried_points(flow, TINY.lanes[0].sampling, FEW))
    assert (points.t[0], points.t[-1], points.is_straight) == (0, 1, True)
    assert len(points.t) == TINY.lanes[0].n_steps + 1
    ends = sample(TINY, 0, flow.weights, 4_000).x[-1]
    assert points.at(np.array([1.0]))[0].mean(axis=0) == pytest.approx(ends.mean(axis=0), abs=0.3)
    assert points.at(np.array([1.0]))[0].std(axis=0) == pytest.approx(ends.std(axis=0), rel=0.1)


def test_points_of_a_small_cloud_count_once(flow):
    cloud = PointCloud(np.random.default_rng(0).normal(size=(40, 2)))
    for jitter, count in ((0.0, 40), (0.1, FEW.count)):
        source = Side(cloud=cloud, jitter=jitter)
        points: ManyPoints = finish(carried_points(replace(flow, project=replace(TINY, source=source)),
                                                      Sampling("euler", 2), FEW))
        assert points.count == count
