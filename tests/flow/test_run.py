"""The run: news in order, the same particles in all lanes, stopping, closing, going on, faults."""

import threading
from contextlib import closing

import numpy as np
import pytest
import torch
from patience import PATIENCE_S

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.config import FlowConfig, Sampling
from fmviz.core.errors import ConfigError
from fmviz.core.extent import extent_of_sides
from fmviz.core.frames import FlowSnapshot, LaneProgress
from fmviz.core.project import LaneKept, Project, compared
from fmviz.core.solvers import SOLVERS
from fmviz.flow.carry import PARTICLES
from fmviz.flow.lane import Lane, live_w2_sampling
from fmviz.flow.pools import PooledPairs
from fmviz.flow.quality import QualityWatch
from fmviz.flow.run import MOST_LEAD, MOST_STEPS_IN_SLICE, TrainingRun
from fmviz.flow.step import Step

pytestmark = pytest.mark.usefixtures("few_points")


def project(**settings) -> Project:
    values = {"steps": 400, "width": 32, "depth": 2, "batch": 64, "pool": 128, "nfe": 20} | settings
    return Project(Side(shape="gaussian"), Side(shape="circle"), (FlowConfig(**values),))


def news(run: TrainingRun, **arguments) -> list:
    return [value for value in run.train(**arguments) if value is not None]


def finals(values: list) -> list[FlowSnapshot]:
    return [value for value in values if isinstance(value, FlowSnapshot) and value.is_final]


def test_two_lanes_learn_and_end_with_full_snapshots():
    of = compared(project())
    run = TrainingRun(of)
    values = news(run)
    last = finals(values)
    assert [snapshot.lane for snapshot in last] == [0, 1]
    assert [snapshot.coupling for snapshot in last] == ["random", "ot"]
    for snapshot in last:
        assert snapshot.step == 400
        assert snapshot.x.shape == (len(snapshot.t), PARTICLES, 2)
        assert (snapshot.t[0], snapshot.t[-1]) == (0, 1)
        assert (np.diff(snapshot.t) > 0).all()
        nodes = snapshot.velocity.values.shape[1]
        assert snapshot.velocity.values.shape == (len(snapshot.velocity.t), nodes, nodes, 2)
        assert np.isfinite(snapshot.x).all()
        assert np.isfinite(snapshot.velocity.values).all()
        assert snapshot.extent == extent_of_sides(of.source, of.target)
        assert snapshot.pairs is not None
        metrics = snapshot.metrics
        assert metrics.w2_floor < metrics.w2 < 5
        assert metrics.straight_length <= metrics.path_length * 1.0001
        assert metrics.npe >= 0
        assert metrics.steps_per_second > 0
        assert metrics.loss > 0
        assert len(snapshot.curves.loss) > 0
    assert last[1].metrics.loss < last[0].metrics.loss
    assert last[1].pairs.cost < last[0].pairs.cost
    live = [value for value in values if isinstance(value, FlowSnapshot) and not value.is_final]
    for snapshot in (*live, *last):
        np.testing.assert_array_equal(snapshot.x[0], last[0].x[0])
    progress = [value for value in values if isinstance(value, LaneProgress)]
    for lane in (0, 1):
        fractions = [value.fraction for value in progress if value.lane == lane]
        assert fractions == sorted(fractions)
        assert fractions[-1] == 1


def test_the_same_seed_repeats_a_run():
    first, again = (TrainingRun(project(steps=200, coupling="ot")) for _ in range(2))
    x, y = (finals(news(run))[0] for run in (first, again))
    np.testing.assert_array_equal(x.x, y.x)
    assert x.metrics.w2 == y.metrics.w2
    ours, theirs = first.weights(0), again.weights(0)
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)


def test_stop_ends_with_final_snapshots():
    run = TrainingRun(compared(project(steps=1_000_000)))
    values = []
    for value in run.train():
        values.append(value)
        if isinstance(value, LaneProgress):
            run.stop()
    assert [snapshot.lane for snapshot in finals(values)] == [0, 1]
    assert run.step(0) < 1_000_000
    assert all(snapshot.step == run.step(snapshot.lane) for snapshot in finals(values))


def test_a_stop_lets_lanes_end_at_one_step_and_another_one_skips_the_numbers():
    run = TrainingRun(project(steps=1_000_000, pool=64).with_lane_added(width=48).with_lane_added(coupling="ot"))
    values, skipped = [], False
    for value in run.train():
        values.append(value)
        if isinstance(value, LaneProgress) and min(map(run.step, range(3))) > 200:
            run.stop()
        if isinstance(value, LaneProgress) and value.is_measuring:
            pictures = [news for news in values if isinstance(news, FlowSnapshot)][-3:]
            assert [(picture.lane, picture.step) for picture in pictures] == [
                (lane, run.step(lane)) for lane in range(3)], "all pictures are there before the first number"
            run.skip_numbers()
            skipped = True
    assert skipped
    assert len({run.step(lane) for lane in range(3)}) == 1
    assert [snapshot.lane for snapshot in finals(values)] == [0, 1, 2]
    assert all(snapshot.metrics.nll is None for snapshot in finals(values))

def test_a_stop_while_the_numbers_are_measured_skips_them():
    run = TrainingRun(project(steps=20))
    values = []
    for value in run.train():
        values.append(value)
        if isinstance(value, LaneProgress) and value.is_measuring:
            run.stop()
    assert [snapshot.step for snapshot in finals(values)] == [20]
    assert finals(values)[0].metrics.nll is None


def test_numbers_of_a_much_earlier_step_are_not_those_of_the_end():
    run, values = TrainingRun(project(steps=1_000_000)), []
    for value in run.train():
        values.append(value)
        if isinstance(value, LaneProgress) and any(value.step > 2 * step for step in value.curves.w2_step[-1:]):
            assert value.metrics.w2 is not None
            run.skip_numbers()
    (final,) = finals(values)
    assert len(final.curves.w2_step)
    assert final.metrics.w2 is None
    assert final.metrics.loss is not None


def test_a_stop_before_the_first_breath_counts():
    run = TrainingRun(project(steps=1_000_000))
    work = run.train()
    run.stop()
    assert len(finals(list(work))) == 1


def test_closing_ends_at_the_next_breath_and_leaves_no_thread():
    run = TrainingRun(project(steps=1_000_000, coupling="ot"))
    before = set(threading.enumerate())
    work = run.train()
    for _ in range(10):
        next(work)
    made = set(threading.enumerate()) - before
    assert {thread.name for thread in made} == {"quality", "pairs for training"}
    work.close()
    for thread in made:
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
    assert run.weights(0)


def test_training_longer_goes_on():
    run = TrainingRun(project(steps=100))
    first = finals(news(run))[0]
    opened = TrainingRun(project(steps=100), weights=(run.weights(0),), first_steps=(100,))
    for later in (run, opened):
        weights, work = later.weights(0), later.train(more_steps=(50,))
        assert [later.step(0) for value in work if isinstance(value, FlowSnapshot) and value.is_final] == [150]
        assert not np.array_equal(later.weights(0)["layers.0.bias"], weights["layers.0.bias"])
    assert first.step == 100


def test_a_device_that_is_not_there_is_refused_before_training():
    missing = next(name for name, is_there in (
        ("mps", torch.backends.mps.is_available()), ("cuda", torch.cuda.is_available())) if not is_there)
    with pytest.raises(ConfigError, match=missing):
        TrainingRun(project(device=missing))


@pytest.mark.parametrize("name", ["fine_snapshot", "measured"])
def test_out_of_memory_at_the_end_costs_no_picture(monkeypatch, name):
    usual, failed = getattr(Lane, name), []

    def first_fails(lane, *given):
        if not failed:
            failed.append(lane)
            raise torch.OutOfMemoryError("Tried to allocate 20.00 GiB")
        return (yield from usual(lane, *given))

    monkeypatch.setattr(Lane, name, first_fails)
    values = news(TrainingRun(project(steps=20)))
    told, = [value for value in values if isinstance(value, str)]
    assert "ran out of memory" in told
    assert [snapshot.metrics.nll is not None for snapshot in finals(values)] == [True]
    fine = [value for value in values if isinstance(value, FlowSnapshot) and not value.is_final][-1]
    assert values.index(fine) > values.index(told), "the numbers are those of the weights that are left"


class Failing(Step):
    """A step whose device runs out of memory at the thirtieth batch of the first such step that was made."""

    made = 0

    def __init__(self, *arguments) -> None:
        super().__init__(*arguments)
        self.calls = 0
        type(self).made += 1
        self.is_first = type(self).made == 1

    def passes(self, inputs, ut, row):
        self.calls += 1
        if self.is_first and self.calls >= 30:
            raise torch.OutOfMemoryError("Tried to allocate 20.00 GiB")
        return super().passes(inputs, ut, row)


def test_out_of_memory_is_told_and_training_goes_on():
    Failing.made = 0
    run = TrainingRun(project(steps=100), make_step=Failing)
    values = news(run)
    told = [value for value in values if isinstance(value, str)]
    assert len(told) == 1
    assert "ran out of memory" in told[0]
    assert "on the CPU" in told[0]
    assert finals(values)[0].step == 100
    assert Failing.made == 2


class Broken(Step):
    """A step with a defect."""

    def passes(self, inputs, ut, row):
        raise RuntimeError("shapes do not fit")


def test_a_defect_is_not_taken_for_a_lost_device():
    with pytest.raises(RuntimeError, match="shapes do not fit"):
        news(TrainingRun(project(), make_step=Broken))


@pytest.mark.parametrize("points", [np.full((3, 2), 4.0), 1e12 * np.eye(2), 1e6 + 1e-5 * np.eye(2)])
def test_odd_clouds_are_baked_without_a_bad_number(points):
    side = Side(cloud=PointCloud(points))
    config = project(steps=20, coupling="ot").lanes[0]
    last = finals(news(TrainingRun(Project(side, Side(cloud=PointCloud(-points)), (config,)))))[0]
    assert np.isfinite(last.x).all()
    assert np.isfinite(last.velocity.values).all()
    assert np.isfinite(last.metrics.w2)
    assert np.isfinite(last.curves.loss).all()


def test_the_last_point_of_the_w2_curve_is_the_final_number():
    project = Project(Side(shape="gaussian"), Side(shape="circle"), (FlowConfig(steps=30, width=16, depth=1),))
    final = [news for news in TrainingRun(project).train() if isinstance(news, FlowSnapshot)][-1]
    assert final.curves.w2[-1] == pytest.approx(final.metrics.w2, rel=1e-6)
    assert final.curves.w2_step[-1] == final.step
    assert final.curves.w2_floor == final.metrics.w2_floor


def watched(run: TrainingRun, most: int) -> list[tuple[int, ...]]:
    """Train for so many breaths; return the steps of all lanes after each."""
    lanes, seen, work = range(len(run.project.lanes)), [], run.train()
    for value in work:
        if value is None:
            seen.append(tuple(map(run.step, lanes)))
        if len(seen) >= most:
            break
    work.close()
    return seen


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("settings", [{}, {"train_seconds": 600.0}])
def test_lanes_learn_at_one_pace_on_a_busy_machine_too(count, settings, monkeypatch):
    """A clock that jumps is a machine that gives its time to others for a while: now to this lane, now to that."""
    rng = np.random.default_rng(0)
    clock = iter(np.cumsum(np.where(rng.random(200_000) < 0.2, rng.exponential(0.02, 200_000), 1e-4)))
    monkeypatch.setattr("fmviz.flow.run.perf_counter", lambda: float(next(clock)))
    of = project(steps=1_000_000, **settings)
    for lane in range(1, count):
        of = of.with_lane_added(lr=1e-4 * lane)
    seen = watched(TrainingRun(of, live_interval_s=1e9), 60 * count)
    assert max(max(steps) - min(steps) for steps in seen) <= MOST_STEPS_IN_SLICE
    assert min(seen[-1]) > MOST_STEPS_IN_SLICE


def test_a_lane_that_waits_lets_the_others_go_on_for_a_while(monkeypatch):
    """A plan that is never solved holds the others up in the end; once it is solved, all are together again."""
    of = compared(project(steps=1_000_000))
    run, is_solved = TrainingRun(of, live_interval_s=1e9), threading.Event()
    monkeypatch.setattr(PooledPairs, "is_ready", lambda pairs, step: step < 40 or is_solved.is_set())
    monkeypatch.setattr(PooledPairs, "wait", lambda pairs, seconds: None)
    seen = watched(run, 120)
    ahead, behind = seen[-1]
    assert behind < 40 + MOST_STEPS_IN_SLICE
    assert MOST_LEAD <= ahead - behind < MOST_LEAD + MOST_STEPS_IN_SLICE
    assert seen[-1] == seen[-20]
    is_solved.set()
    random, ot = watched(run, 60)[-1]
    assert abs(random - ot) <= MOST_STEPS_IN_SLICE


def test_each_lane_goes_on_from_its_own_step_for_its_own_number_of_steps():
    of = project(steps=60).with_lane_added(steps=100)
    run = TrainingRun(of)
    news(run)
    later = TrainingRun(of, [run.weights(0), run.weights(1)], (60, 100))
    assert [snapshot.step for snapshot in finals(news(later, more_steps=(20, 40)))] == [80, 140]


def test_the_shorter_of_two_trainings_ends_first_and_the_longer_goes_on():
    of = project(steps=60).with_lane_added(steps=200)
    last = finals(news(TrainingRun(of)))
    assert [(snapshot.lane, snapshot.step) for snapshot in last] == [(0, 60), (1, 200)]


def test_another_sampling_counts_from_the_next_picture_on():
    run = TrainingRun(project(nfe=40, steps=1_000_000), live_interval_s=0.0)
    pictures = []
    for value in run.train():
        if isinstance(value, FlowSnapshot):
            pictures.append(value)
            run.set_sampling([Sampling("euler", 2)])
            if len(pictures) == 2:
                run.stop()
    assert pictures[0].sampling == Sampling("midpoint", 40)
    assert len(pictures) == 4, "the last one comes before its numbers, too"
    assert all((snapshot.sampling, len(snapshot.t)) == (Sampling("euler", 2), 3) for snapshot in pictures[1:])
    assert pictures[-1].is_final


def test_live_w2_is_measured_at_once_in_another_sampling(monkeypatch):
    asked, ask = [], QualityWatch.ask_live
    monkeypatch.setattr(QualityWatch, "ask_live", lambda watch, *paths: asked.append(paths) or ask(watch, *paths))
    monkeypatch.setattr("fmviz.flow.lane._LIVE_W2_INTERVAL_S", 1e9)  # so that it is not due otherwise
    run = TrainingRun(project(nfe=40, steps=1_000_000), live_interval_s=0.0)
    with closing(run.train()) as work:
        next(value for value in work if isinstance(value, LaneProgress) and value.metrics.w2 is not None)
        assert len(asked) == 1
        run.set_sampling([Sampling("euler", 1)])
        next(value for value in work if isinstance(value, FlowSnapshot))
        assert len(asked) == 2


def test_the_likelihood_of_held_out_points_is_a_curve(monkeypatch):
    monkeypatch.setattr("fmviz.flow.lane._LIVE_W2_INTERVAL_S", 0.0)
    run = TrainingRun(project(nfe=4, steps=1_000_000), live_interval_s=0.0)
    final = None
    for value in run.train():
        if isinstance(value, LaneProgress) and np.isfinite(value.curves.numbers.get("nll", [np.nan])).sum() >= 1:
            run.stop()
        if isinstance(value, FlowSnapshot) and value.is_final:
            final = value
    assert final is not None
    steps, nll = final.curves.w2_step, final.curves.numbers["nll"]
    assert steps[np.isfinite(nll)][0] < final.step
    assert nll[-1] == pytest.approx(final.metrics.nll)
    assert final.metrics.nll_error is not None


@pytest.mark.parametrize("solver", [key for key, row in SOLVERS.items() if not row.is_adaptive])
def test_live_numbers_are_measured_with_the_chosen_solver_where_it_makes_a_difference(solver):
    for nfe in (1, 2, 8, 32):
        assert live_w2_sampling(Sampling(solver, nfe)) == Sampling(solver, nfe)
    assert live_w2_sampling(Sampling(solver, 10_000)).nfe <= 32  # for which there is time


def test_lanes_that_differ_in_sampling_alone_are_trained_once():
    of = project().with_lane_added(solver="euler", nfe=1).with_lane_added(coupling="ot")
    run = TrainingRun(of)
    values = news(run)
    coarse, ot = finals(values)[1:]
    fine = finals(values)[0]
    assert [fine.lane, coarse.lane, ot.lane] == [0, 1, 2]
    assert len(coarse.t) == 2 < len(fine.t)
    assert coarse.metrics.w2 > fine.metrics.w2
    for name, array in run.weights(0).items():
        np.testing.assert_array_equal(run.weights(1)[name], array)
    kept = [[value.kept.step for value in values if isinstance(value, LaneKept) and value.lane == lane]
            for lane in range(3)]
    assert kept[0] == kept[1] == kept[2]
    assert coarse.metrics.loss == fine.metrics.loss != ot.metrics.loss
    assert {value.lane for value in values if isinstance(value, LaneProgress)} == {0, 1, 2}
    (alone,) = finals(news(TrainingRun(project())))
    np.testing.assert_array_equal(alone.x, fine.x)  # the others change nothing


@pytest.mark.parametrize("count", [2, 4])
def test_pictures_beside_each_other_are_equally_far(count):
    of = project(steps=1_000_000)
    for lane in range(1, count):
        of = of.with_lane_added(lr=1e-4 * lane)
    shown, rounds = {}, 0
    with closing(TrainingRun(of, live_interval_s=0.05).train()) as work:
        while rounds < 4:
            news = next(work)
            if isinstance(news, FlowSnapshot):
                shown[news.lane] = news.step
                if news.lane == count - 1:  # the last of a round
                    rounds += 1
                    assert len(shown) == count
                    assert max(shown.values()) - min(shown.values()) <= MOST_STEPS_IN_SLICE
