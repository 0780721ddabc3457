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
from fmviz.flow.answers import Known
from fmviz.flow.bake import FINE, LIVE, FieldVelocity
from fmviz.flow.device import finish
from fmviz.flow.exact import exact_field_of
from fmviz.flow.probing import marginal_of
from fmviz.flow.run import TrainingRun
from fmviz.flow.sample import field_of

PLACE = (0.4, -0.3)
SMALL = FlowConfig(width=16, depth=1, batch=32, steps=20, nfe=4)


def learned(source: Side, target: Side) -> LearnedFlow:
    project = Project(source, target, (SMALL,))
    run = TrainingRun(project)
    assert any(isinstance(news, FlowSnapshot) for news in run.train())
    return LearnedFlow.of(project, 0, run.weights(0))


def asked(flow: LearnedFlow, place: tuple[float, float] = PLACE, is_fine: bool = False) -> Probed:
    known, key = Known(), FlowId(1, 0, 20)
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
    assert probed.exact.source.weights.shape[1] > 0 or coupling != "random"


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
