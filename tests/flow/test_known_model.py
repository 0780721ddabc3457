"""The exact field as a lane: its velocity is that of the formulas, points carried along it arrive, nothing trains."""

from dataclasses import replace
from threading import Event

import numpy as np
import pytest

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.conditional import conditional_velocity
from fmviz.core.config import FlowConfig
from fmviz.core.errors import ConfigError
from fmviz.core.frames import UNLEARNED, FlowSnapshot, LaneProgress
from fmviz.core.lanes import titles_of
from fmviz.core.marginal import paired_velocity
from fmviz.core.models import MODELS
from fmviz.core.paths import PATHS
from fmviz.core.possible import WHY_NOT, check_models
from fmviz.core.project import LaneKept, LearnedFlow, LearnedLane, Project
from fmviz.core.spread import density_of
from fmviz.files.snapshot_codec import decode_snapshot, encode_snapshot
from fmviz.flow import known_model
from fmviz.flow.bake import FieldVelocity
from fmviz.flow.device import Worker, finish, has_ended
from fmviz.flow.known_model import ExactLearner
from fmviz.flow.likelihood import log_likelihoods
from fmviz.flow.models import MAKING, field_of
from fmviz.flow.quality import POINTS, distance, floor
from fmviz.flow.run import TrainingRun
from fmviz.flow.sample import round_trip_error, states_of
from fmviz.flow.units import units_of

NORMAL, EIGHT = Side(shape="gaussian"), Side(shape="8gaussians")
EXACT = FlowConfig(model="exact")


def flow_of(source: Side, target: Side, **settings: object) -> LearnedFlow:
    project = Project(source, target, (replace(EXACT, **settings),))
    return LearnedFlow.of(project, 0, ExactLearner(project, 0).weights())


def test_every_model_has_words_a_check_and_a_making() -> None:
    assert MODELS.keys() == WHY_NOT.keys() == MAKING.keys()


@pytest.mark.parametrize("path", PATHS)
def test_its_velocity_is_that_of_the_formulas(path: str) -> None:
    """Towards one point, two points, and from Gaussian to Gaussian, up to float32."""
    x, t = np.random.default_rng(0).normal(size=(50, 2)), 0.4
    point, two = np.array([[3.0, 1.0], [3.0, 1.0]]), np.array([[3.0, 1.0], [-2.0, 0.5]])
    for z in (point, two):
        flow = flow_of(NORMAL, Side(cloud=PointCloud(z)), path=path)
        full, mean0 = flow.project.lanes[0].full_path, units_of(NORMAL, flow.project.target).mean0
        expected = (conditional_velocity(x, t, z[0], full, mean0) if z is point else
                    paired_velocity(x - mean0, t, np.zeros((2, 2)) - mean0, z - mean0, full, 1.0, mean0=(0, 0)))
        np.testing.assert_allclose(FieldVelocity(*field_of(flow))(x, t), expected, atol=1e-4)
    velocity = FieldVelocity(*field_of(flow_of(NORMAL, Side(shape="gaussian", jitter=np.sqrt(3)), path=path)))
    alpha, beta = full.alpha(t), full.beta(t)
    slope = (full.d_alpha(t) * alpha * 4 + full.d_beta(t) * beta) / (4 * alpha**2 + beta**2)
    rise = velocity(x[1:], t) - velocity(x[:-1], t)
    np.testing.assert_allclose(rise, slope * (x[1:] - x[:-1]), atol=1e-4)
    np.testing.assert_allclose(velocity.divergence(x, t), 2 * slope, rtol=1e-3)


@pytest.mark.parametrize(("target", "path"), [(EIGHT, "straight"), (EIGHT, "vp"), (Side(shape="moons"), "straight")])
def test_what_is_carried_along_it_lands_on_the_target_and_comes_back(target: Side, path: str) -> None:
    flow = flow_of(NORMAL, target, path=path)
    x0 = NORMAL.sample(2 * POINTS, np.random.default_rng(1))
    ends = states_of(flow.project, 0, flow.weights, x0, trajectory=False).x[-1]
    assert distance(ends, target, 0).value < 1.25 * floor(target, 0).value, "moons are smoothed"
    assert round_trip_error(flow.project, 0, flow.weights, x0[:200], ends[:200]) < 0.1


def test_the_likelihood_along_it_is_that_of_the_target() -> None:
    flow = flow_of(NORMAL, EIGHT, nfe=60)
    x, rng = EIGHT.sample(200, np.random.default_rng(3)), np.random.default_rng(0)
    logs = finish(log_likelihoods(*field_of(flow), x, 30, "midpoint", density_of(NORMAL, rng)))
    np.testing.assert_allclose(logs, density_of(EIGHT, rng).log(x), atol=0.1)


def test_beside_a_network_it_is_drawn_first_and_holds_nothing_up() -> None:
    network = FlowConfig(width=16, depth=1, batch=32, steps=300, nfe=4)
    project = Project(EIGHT, Side(shape="moons"), (network, replace(network, model="exact")))
    news = [value for value in TrainingRun(project).train() if value is not None]
    pictures = [value for value in news if isinstance(value, FlowSnapshot)]
    assert [picture.lane for picture in pictures if picture.step == UNLEARNED or picture.is_final] == [1, 1, 0, 1]
    last = {picture.lane: picture for picture in pictures}
    assert (last[0].step, last[1].step) == (300, UNLEARNED)
    exact = last[1]
    assert exact.is_final
    assert exact.note == "smoothed by 0.069"
    assert len(exact.curves.loss) == len(exact.curves.w2) == 0
    assert (exact.metrics.loss, exact.metrics.exact_error, exact.metrics.steps_per_second) == (None, None, None)
    assert exact.metrics.w2 is not None
    assert not [value for value in news if isinstance(value, LaneKept) and value.lane == 1]
    assert {value.fraction for value in news if isinstance(value, LaneProgress) and value.lane == 1} == {1.0}
    read = decode_snapshot(*encode_snapshot(exact), 1)
    assert (read.step, read.note) == (UNLEARNED, exact.note)


def test_a_stop_waits_for_no_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    is_solved, made = Event(), known_model.exact_field
    monkeypatch.setattr(known_model, "exact_field", lambda flow: made(flow) if is_solved.wait(60) else None)
    network = FlowConfig(width=16, depth=1, batch=32, steps=30, nfe=4)
    run = TrainingRun(Project(EIGHT, Side(shape="moons"), (network, replace(network, model="exact"))))
    try:
        work = run.train()
        for breath, _ in enumerate(work):
            if breath == 400:
                break
        run.stop()
        ends = [value.lane for value in work if isinstance(value, FlowSnapshot)]
        assert (ends, is_solved.is_set()) == ([0, 0], False)
    finally:
        is_solved.set()


class Late(Worker):
    """Begins nothing before it is closed, and has then dropped all."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._is_let_go = Event()
        self.submit(self._is_let_go.wait)

    def close(self) -> None:
        super().close()
        self._is_let_go.set()
        self._thread.join()


def test_a_job_that_was_dropped_has_not_ended() -> None:
    worker = Late("late")
    dropped = worker.submit(lambda: 1)
    worker.close()
    assert (dropped.done(), has_ended(dropped)) == (True, False)


def test_a_field_whose_thread_ended_before_it_began_is_worked_out_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    learner = ExactLearner(Project(NORMAL, EIGHT, (EXACT,)), 0)
    with monkeypatch.context() as patch:
        patch.setattr(known_model, "Worker", Late)
        learner.begin()
        learner.close()
    assert not learner.is_ready
    learner.begin()
    assert learner.field().note == ""
    assert learner.is_ready
    learner.close()


def test_settings_of_training_change_nothing_in_it() -> None:
    assert replace(EXACT, width=32, steps=5, batch=4).learning == EXACT.learning
    assert replace(EXACT, coupling="ot").learning != EXACT.learning
    assert titles_of((FlowConfig(steps=300), EXACT)) == ("Network", "Exact field"), "what it does not use is not said"
    assert titles_of((EXACT,)) == ("Exact field",)


def test_where_the_field_is_not_known_the_lane_is_refused_in_one_sentence() -> None:
    project = Project(NORMAL, EIGHT, (FlowConfig(), replace(EXACT, coupling="entropic")))
    with pytest.raises(ConfigError, match=r"^Pane B cannot be the exact field\. With entropic coupling .*\.$"):
        TrainingRun(project)
    check_models(replace(project, lanes=(FlowConfig(coupling="entropic"),)))


def test_weights_of_a_network_are_none_of_an_exact_lane() -> None:
    flow = flow_of(NORMAL, EIGHT)
    for weights in ({}, {**flow.weights, "layers.0.bias": np.zeros(3)}):
        with pytest.raises(ConfigError, match="train again"):
            field_of(LearnedFlow(flow.project, weights))
    assert not LearnedLane(flow.weights).is_empty
