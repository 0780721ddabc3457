"""Kept steps of a run: exactly the steps of the table, and their pictures are those of their weights."""

import numpy as np

from fmviz.core.cloud import Side
from fmviz.core.config import FlowConfig
from fmviz.core.frames import FlowSnapshot
from fmviz.core.kept import next_kept
from fmviz.core.project import LaneKept, Project
from fmviz.flow.kept import bake_kept
from fmviz.flow.run import TrainingRun
from fmviz.flow.worker import finish

TINY = Project(Side(shape="gaussian"), Side(shape="moons"), (FlowConfig(width=16, depth=1, batch=32, steps=60, nfe=4),))


def test_a_run_tells_the_kept_steps_and_they_can_be_baked():
    run, kept, final = TrainingRun(TINY), [], None
    for news in run.train():
        if isinstance(news, LaneKept):
            kept.append(news.kept)
        elif isinstance(news, FlowSnapshot):
            final = news
    expected = [0]
    while next_kept(expected[-1]) <= 60:
        expected.append(next_kept(expected[-1]))
    assert [entry.step for entry in kept] == expected
    assert final is not None
    early, late = (finish(bake_kept(TINY, 0, entry)) for entry in (kept[0], kept[-1]))
    assert (early.step, late.step) == (0, expected[-1])
    for snapshot in (early, late):
        assert np.array_equal(snapshot.x[0], final.x[0])
        assert snapshot.extent == final.extent
        assert snapshot.lattice is not None
    distance = [np.hypot(*(snapshot.x[-1] - final.x[-1]).T).mean() for snapshot in (early, late)]
    assert distance[1] < 0.5 * distance[0]


def test_training_longer_goes_on_keeping():
    run = TrainingRun(TINY)
    first = [news.kept.step for news in run.train() if isinstance(news, LaneKept)]
    later = [news.kept.step for news in run.train(40) if isinstance(news, LaneKept)]
    assert later
    assert min(later) > max(first)
    assert max(later) <= 100
