"""Asking what flows do at one place: the learned velocity, the exact one where it is known, else words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.config import FlowConfig
from fmviz.core.couplings import COUPLINGS
from fmviz.core.frames import FlowSnapshot
from fmviz.core.probe import MOST_PULLS, Probed
from fmviz.core.project import LearnedFlow, Project
from fmviz.core.questions import FlowId, ProbedPlace
from fmviz.flow.answers import Facts
from fmviz.flow.bake import FieldVelocity
from fmviz.flow.carry import FINE, LIVE
from fmviz.flow.device import finish
from fmviz.flow.exact import exact_field_of
from fmviz.flow.likelihood import FINE as STEPS
from fmviz.flow.likelihood import log_likelihoods, source_density
from fmviz.flow.models import field_of
from fmviz.flow.probing import marginal_of, probed_at, ways_through
from fmviz.flow.run import TrainingRun

pytestmark = pytest.mark.usefixtures("few_points")

PLACE = (0.4, -0.3)
SMALL = FlowConfig(width=16, depth=1, batch=32, steps=20, nfe=4)


def learned(source: Side, target: Side) -> LearnedFlow:
    project = Project(source, target, (SMALL,))
    run = TrainingRun(project)
    assert any(isinstance(news, FlowSnapshot) for news in run.train())
    return LearnedFlow.of(project, 0, run.weights(0))


def asked(flow: LearnedFlow, place: tuple[float, float] = PLACE, is_fine: bool = False) -> Probed:
    known, key = Facts(), FlowId(1, 0, 20)
    known.put(key, flow)
    try:
        answer: Probed = finish(known.answer(ProbedPlace(key, place, is_fine)))
    finally:
        known.close()
    return answer


@pytest.fixture(scope="module")
def flow() -> LearnedFlow:
    return learned(Side(shape="8gaussians"), Side(shape="moons"))


@pytest.mark.parametrize("is_fine", [True, False])
def test_it_is_the_field_at_as_many_times_as_a_picture_has(flow: LearnedFlow, is_fine: bool) -> None:
    probed, velocity = asked(flow, is_fine=is_fine), FieldVelocity(*field_of(flow))
    assert len(probed.t) == (FINE if is_fine else LIVE).times
    assert (probed.t[0], probed.t[-1], probed.place) == (0.0, 1.0, PLACE)
    for t, v in zip(probed.t.tolist(), probed.velocity, strict=True):
        assert v == pytest.approx(velocity(np.array([PLACE]), t)[0], abs=1e-5)


def test_the_strongest_points_at_each_time_are_there(flow: LearnedFlow) -> None:
    probed, marginal = asked(flow), marginal_of(flow.project)
    assert probed.exact is not None
    for k, t in enumerate(probed.t.tolist()):
        whole = marginal.pulls(PLACE, t)
        for course, acting in ((probed.exact.source, whole.source), (probed.exact.target, whole.target)):
            strongest = np.sort(acting.weights)[::-1][:MOST_PULLS]
            assert np.sort(course.weights[k])[::-1][:MOST_PULLS] == pytest.approx(strongest)


@pytest.mark.parametrize("path", ["straight", "trigonometric"])
@pytest.mark.parametrize("coupling", [key for key, row in COUPLINGS.items() if row.field])
def test_it_is_the_exact_field_that_arrows_show(flow: LearnedFlow, coupling: str, path: str) -> None:
    source = Side(cloud=PointCloud(Side(shape="8gaussians").sample(300, np.random.default_rng(0)) + 4.0))
    config = replace(SMALL, coupling=coupling, path=path, pool=64)
    project = Project(source, Side(shape="moons"), (config,))
    place = (2.0, 1.0)
    probed, field = asked(replace(flow, project=project), place), exact_field_of(project)
    assert probed.exact is not None
    assert probed.exact.note == field.words != ""
    for k, t in enumerate(probed.t.tolist()):
        assert probed.exact.velocity[k] == pytest.approx(field.velocity([place], t)[0])
    assert probed.exact.source.weights.shape[1] > 0
    for k in np.flatnonzero(probed.exact.is_reached).tolist():
        assert probed.exact_ways is not None
        way = probed.exact_ways.through(place, float(probed.t[k]))
        assert way is not None
        assert way.at(float(probed.t[k])) == pytest.approx(place)


@pytest.mark.parametrize("coupling", [key for key, row in COUPLINGS.items() if not row.field])
def test_where_it_is_not_known_words_say_so(flow: LearnedFlow, coupling: str) -> None:
    project = replace(flow.project, lanes=(replace(SMALL, coupling=coupling),))
    probed = asked(replace(flow, project=project))
    assert (probed.exact, probed.unknown) == (None, f"not known with {COUPLINGS[coupling].phrase}")
    assert np.isfinite(probed.velocity).all()
    noisy = replace(flow.project, lanes=(replace(SMALL, coupling="ot", sigma=0.1),))
    assert asked(replace(flow, project=noisy)).unknown == "not known with path noise"


def test_between_two_points_nothing_exact_is_known() -> None:
    source, target = (Side(cloud=PointCloud(np.full((5, 2), float(k)))) for k in range(2))
    assert asked(learned(source, target)).unknown == "not known between two points"


def test_large_clouds_are_the_dots_that_pictures_show() -> None:
    source, target = (Side(cloud=PointCloud(np.random.default_rng(k).normal(size=(5_000, 2)))) for k in range(2))
    found = marginal_of(Project(source, target, (SMALL,))).pulls(PLACE, 0.5)
    assert len(found.target.weights) == len(found.source.weights) == 2_000


def test_of_few_pairs_the_mean_of_their_velocities_is_the_exact_one(flow: LearnedFlow) -> None:
    """All that pull are shown there."""
    exact = asked(replace(flow, project=replace(flow.project, target=Side(shape="two-piles-right")))).exact
    assert exact is not None
    for k in np.flatnonzero(exact.is_reached).tolist():
        assert exact.target.weights[k] @ exact.conditional[k] == pytest.approx(exact.velocity[k], rel=1e-9, abs=1e-9)


def test_pairs_of_an_optimal_plan_that_are_near_have_the_exact_velocity_as_their_mean(flow: LearnedFlow) -> None:
    project = replace(flow.project, lanes=(replace(SMALL, coupling="ot", pool=64),))
    field = exact_field_of(project)
    for t in (0.3, 0.8):
        x = field.places(t, 1, np.random.default_rng(0))[0]
        found = field.pulls(x, t)
        assert found.target.weights.sum() == pytest.approx(1)
        assert found.target.weights @ found.conditional == pytest.approx(field.velocity(x[None], t)[0], rel=1e-9)
        near = found.target.weights != 0
        middle = np.average(0.7 * found.source.places + 0.3 * found.target.places if t == 0.3 else
                            0.2 * found.source.places + 0.8 * found.target.places, axis=0, weights=found.target.weights)
        assert middle == pytest.approx(x, abs=1e-6), "their places have the place as their mean"
        assert near.sum() <= 64


def turning(x: np.ndarray, t: float) -> np.ndarray:
    """A field whose ways are circles that are passed faster and faster."""
    return 4.0 * t * np.stack([-x[:, 1], x[:, 0]], axis=1)


def test_ways_are_those_of_the_field_and_lead_back() -> None:
    ways = finish(ways_through(turning, (1.0, 0.0), 25))
    for k, t in enumerate(ways.t.tolist()):
        angle = 2.0 * (ways.t**2 - t**2)
        assert ways.x[k] == pytest.approx(np.stack([np.cos(angle), np.sin(angle)], axis=1), abs=1e-3)
    # From where the way begins, forth again.
    begin = tuple(ways.x[20, 0].tolist())
    assert finish(ways_through(turning, begin, 25)).x[0, 20] == pytest.approx([1.0, 0.0], abs=1e-3)


def test_ways_get_better_with_the_square_of_their_steps_at_least() -> None:
    errors = []
    for steps in (10, 20, 40):
        ends = finish(ways_through(turning, (1.0, 0.0), steps)).x[0, -1]
        errors.append(float(np.hypot(*(ends - [np.cos(2.0), np.sin(2.0)]))))
    assert np.polyfit(np.log([10, 20, 40]), np.log(errors), 1)[0] < -2


@pytest.mark.parametrize("path", ["straight", "trigonometric"])
def test_how_likely_it_is_is_what_the_command_says(flow: LearnedFlow, path: str) -> None:
    lane = replace(SMALL, path=path, solver="dopri5")
    flow = replace(flow, project=replace(flow.project, lanes=(lane,)))
    likelihood, source = asked(flow).likelihood, source_density(flow.project)
    assert likelihood is not None
    assert (likelihood.t[0], likelihood.t[-1]) == (0.0, 1.0)
    whole = finish(log_likelihoods(*field_of(flow), np.array([PLACE]), STEPS.n_steps, STEPS.solver, source))
    assert likelihood.log_p[-1] == pytest.approx(float(whole[0]), abs=1e-5)
    assert likelihood.log_p[0] == pytest.approx(float(source.log(np.array([PLACE]))[0]), abs=1e-5)


def test_the_numbers_of_the_time_that_is_shown_come_first(flow: LearnedFlow) -> None:
    parts = [part for part in probed_at(flow, PLACE, FINE, exact_field_of(flow.project), 0.63)
             if part is not None]
    assert parts[0].t[0] <= 0.63 <= parts[0].t[-1]
    assert len(parts[0].t) == 3
    assert parts[0].exact is not None
    assert (parts[0].ways, parts[0].likelihood) == (None, None)
    assert parts[1].ways is not None
    assert len(parts[-1].t) == FINE.times
    assert parts[-1].exact_ways is not None


def test_from_one_point_nothing_is_likely(flow: LearnedFlow) -> None:
    source = Side(cloud=PointCloud(np.zeros((5, 2))))
    probed = asked(replace(flow, project=replace(flow.project, source=source)))
    assert (probed.likelihood, probed.has_no_likelihood) == (None, True)
