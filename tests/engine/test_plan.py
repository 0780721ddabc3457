"""What the next training is, decided from what is shown."""

import numpy as np
import pytest

from fmviz.core.extent import Extent
from fmviz.core.frames import Curves, FlowSnapshot, Grid, LaneProgress
from fmviz.core.project import Project, compared
from fmviz.core.quantities import Metrics
from fmviz.engine.learned_lanes import longer_run, rest_of_run, shown_of
from fmviz.engine.messages import LaneWeights
from fmviz.engine.results import Results

NO_FIELD = Grid(Extent(0, 0, 1), np.array([0.0, 1.0]), np.zeros((2, 4, 4, 2)))

BOTH = compared(Project())


def interrupted(project, steps, total):
    """Return what is shown of a run whose lanes had come to `steps`: weights count with their picture."""
    results, points = Results(), np.zeros((2, 3, 2))
    results.begin(project)
    for lane, step in enumerate(steps):
        results.put(LaneWeights(lane, step, {"w": np.zeros(2)}))
        results.put(FlowSnapshot(lane, "random", step, np.array([0.0, 1.0]), points, Extent(0, 0, 1),
                                 NO_FIELD, points[0], points[0], None, Curves(), Metrics()))
        results.put(LaneProgress(lane, step + 5, total, 0.5, Curves(), Metrics()))
    return shown_of(results, project)


def test_the_rest_ends_where_the_run_would_have_ended():
    request = rest_of_run(7, BOTH, interrupted(BOTH, (300, 280), 1000))
    assert (request.job, request.first_steps, request.more_steps) == (7, (300, 280), (700, 720))
    assert not request.goes_on
    assert [flow.step for flow in request.flows] == [300, 280]


def test_the_rest_is_at_least_a_step_so_that_it_ends_with_final_pictures():
    assert rest_of_run(1, BOTH, interrupted(BOTH, (1000, 1000), 1000)).more_steps == (1, 1)


def test_the_rest_of_a_time_budget_is_the_budget():
    timed = BOTH.with_lane_setting("train_seconds", 5.0)
    assert rest_of_run(1, timed, interrupted(timed, (300, 300), 1000)).more_steps == (0, 0)


def test_lanes_that_learn_for_different_spans_go_on_so():
    project = BOTH.with_lane_setting("steps", 500, 1)
    shown = interrupted(project, (300, 280), 1000)
    assert longer_run(1, project, shown, False).more_steps == (BOTH.lanes[0].steps, 500)
    timed = project.with_lane_setting("train_seconds", 5.0, 0)
    assert rest_of_run(1, timed, interrupted(timed, (300, 280), 1000)).more_steps == (0, 720)


@pytest.mark.parametrize("has_run", [True, False])
def test_longer_is_as_many_steps_again(has_run):
    request = longer_run(1, BOTH, interrupted(BOTH, (300, 300), 300), has_run)
    assert (request.first_steps, request.more_steps) == ((300, 300), (BOTH.lanes[0].steps,) * 2)
    assert request.goes_on is has_run


def test_nothing_goes_on_from_what_is_stale_or_missing():
    changed = BOTH.with_lane_setting("width", 64)
    results = Results()
    results.begin(BOTH)
    results.put(LaneWeights(0, 5, {"w": np.zeros(2)}))
    for project, shown in ((changed, shown_of(results, changed)), (BOTH, shown_of(results, BOTH)),
                           (BOTH, shown_of(Results(), BOTH))):
        assert longer_run(1, project, shown, True) is None
        assert rest_of_run(1, project, shown) is None
