"""A normalizing flow as a lane: it trains, carries, blends, is saved and opened; what has no velocity draws none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from fmviz.core.cloud import Side
from fmviz.core.config import FlowConfig, Sampling
from fmviz.core.errors import ConfigError
from fmviz.core.frames import FlowSnapshot, frame_at
from fmviz.core.layers import LAYERS
from fmviz.core.models import NO_PAIRS, NO_VELOCITY, NORMALIZING, TRANSFORMS
from fmviz.core.possible import check_models, why_impossible, why_not_drawn
from fmviz.core.project import LearnedFlow, LearnedLane, Project
from fmviz.core.style import Style
from fmviz.core.wanted import completed, wanted_for
from fmviz.files.project_file import ProjectFile, load_project, save_project
from fmviz.flow.bake import given_by, snapshot_of
from fmviz.flow.carry import EVERY_STATE, LIVE, carry
from fmviz.flow.device import finish
from fmviz.flow.likelihood import log_likelihoods, source_density
from fmviz.flow.likelihood_training import LikelihoodTrainer
from fmviz.flow.models import field_of
from fmviz.flow.normalizing import OneStepMap
from fmviz.flow.sample import round_trip_error, states_of

GAUSSIAN, MOONS = Side(shape="gaussian"), Side(shape="moons")
PLACES = np.random.default_rng(0).normal(size=(100, 2))
SAMPLING = Sampling("euler", 4)


def asked(transform: str = "spline", steps: int = 4) -> Project:
    config = FlowConfig(model=NORMALIZING, transform=transform, steps=steps, width=8, depth=1, batch=32, ema=0.0)
    return Project(GAUSSIAN, MOONS, (config,))


def trained(project: Project) -> LikelihoodTrainer:
    trainer = LikelihoodTrainer(project, 0, torch.device("cpu"))
    trainer.begin()
    for _ in trainer.work():
        pass
    return trainer


def picture(project: Project, trainer: LikelihoodTrainer) -> FlowSnapshot:
    return finish(snapshot_of(trainer.field(), trainer.frame, given_by(project), 0, "random", trainer.step, SAMPLING,
                              LIVE))


def test_no_scale_of_colours_is_made_from_a_velocity_that_it_has_not() -> None:
    project = asked()
    shown = picture(project, trained(project))
    assert completed(shown, {"": shown.velocity, "field_error": shown.velocity}).grids == {}


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_it_trains_draws_saves_and_opens(transform: str, tmp_path: Path) -> None:
    project = asked(transform)
    trainer = trained(project)
    steps, losses = trainer.history.arrays()
    assert steps.tolist() == [1, 2, 3, 4]
    assert np.isfinite(losses).all()
    shown = picture(project, trainer)
    file = tmp_path / "map.fmviz"
    save_project(file, ProjectFile(project, (LearnedLane(trainer.weights(), shown),)))
    opened = load_project(file)
    (lane,) = opened.lanes
    assert opened.project.lanes == project.lanes
    assert lane.snapshot is not None
    assert lane.weights is not None
    assert lane.snapshot.is_map
    assert lane.snapshot.curves.is_nll
    again = states_of(project, 0, lane.weights, PLACES).x
    np.testing.assert_array_equal(again, finish(trainer.field().blends(PLACES, np.arange(51) / 50)))


def test_the_loss_is_the_mean_negative_log_likelihood_of_the_target_in_world_units() -> None:
    project = replace(asked(steps=1), lanes=(replace(asked(steps=1).lanes[0], batch=20_000),))
    trainer = LikelihoodTrainer(project, 0, torch.device("cpu"))
    first = trainer.field()
    trainer.begin()
    for _ in trainer.work():
        pass
    x1 = MOONS.sample(20_000, np.random.default_rng(5))
    assert trainer.history.latest == pytest.approx(-first.log_density(x1).mean(), abs=0.03)


def test_between_its_ends_it_blends_in_a_straight_line_and_backwards_is_the_inverse() -> None:
    project = asked()
    trainer = trained(project)
    model = trainer.field()
    t, there = (motion := finish(carry(model, trainer.frame, PLACES, SAMPLING, EVERY_STATE))).t, motion.x
    assert (t[0], t[-1], len(t)) == (0.0, 1.0, 5)
    np.testing.assert_allclose(there[-1], finish(model.blends(PLACES, np.ones(1)))[0])
    for share, x in zip(t, there, strict=True):
        np.testing.assert_allclose(x, (1 - share) * PLACES + share * there[-1], atol=1e-12)
    back = finish(carry(model, trainer.frame, there[-1], SAMPLING, EVERY_STATE, is_backward=True)).x
    np.testing.assert_allclose(back[-1], PLACES, atol=1e-9)
    weights = trained(project).weights()
    assert round_trip_error(project, 0, weights, PLACES, there[-1]) < 1e-9


def test_its_likelihood_is_its_own_density() -> None:
    project = asked()
    trainer = trained(project)
    logs = finish(log_likelihoods(trainer.field(), trainer.frame, PLACES, 4, "euler", source_density(project)))
    np.testing.assert_allclose(logs, trainer.field().log_density(PLACES), atol=1e-9)


def test_a_frame_has_what_a_map_has_and_says_what_it_is() -> None:
    project = asked()
    shown = picture(project, trained(project))
    everything = Style(layers=tuple(LAYERS), probe=(0.0, 0.0))
    wanted = wanted_for(shown, everything)
    assert wanted.grids
    assert (wanted.of(shown).grids, wanted.of(shown).probe) == ((), None)
    frame = frame_at(shown, 0.5, everything)
    assert frame.note == "one-step map; t blends"
    assert (frame.u, frame.probe, frame.pairs, frame.conditional) == (None, None, None, None)
    assert not any(each is None for each in (frame.density, frame.warp, frame.trail, frame.x))
    np.testing.assert_allclose(frame.x, (shown.x[0] + shown.x[-1])[: len(frame.x)] / 2, atol=1e-6)


def test_layers_without_anything_to_draw_say_why() -> None:
    project = asked()
    silent = {name: why for name, row in LAYERS.items() if (why := why_not_drawn(row, project))}
    assert {silent[name] for name in ("arrows", "magnitude", "streamlines", "divergence", "exact", "field_error",
                                      "probe")} == {NO_VELOCITY}
    assert {silent[name] for name in ("pairs", "cells", "conditional")} == {NO_PAIRS}
    assert not {"particles", "warp", "density", "trails", "paths", "marginals"} & silent.keys()
    # One lane beside it that has a velocity is enough.
    beside = replace(project, lanes=(*project.lanes, FlowConfig(batch=32)))
    assert why_not_drawn(LAYERS["arrows"], replace(beside, style=replace(beside.style, lanes=(0, 1)))) == ""


def test_settings_that_change_nothing_ask_for_no_other_training() -> None:
    config = FlowConfig(model=NORMALIZING)
    same = replace(config, coupling="entropic", epsilon=1.0, path="polynomial", exponent=3.0, sigma=0.5, pool=64)
    assert config.learning == same.learning != replace(config, transform="affine").learning
    assert FlowConfig().learning == FlowConfig(transform="affine").learning


def test_what_cannot_have_a_map_says_why() -> None:
    config = FlowConfig(model=NORMALIZING).learning
    assert "Gaussian" in why_impossible(NORMALIZING, MOONS, MOONS, config)
    assert "one point" in why_impossible(NORMALIZING, GAUSSIAN, Side(shape="point"), config)
    with pytest.raises(ConfigError, match="Gaussian"):
        check_models(replace(asked(), source=MOONS))


def test_weights_of_another_model_are_refused() -> None:
    project = asked()
    weights = trained(project).weights()
    assert isinstance(field_of(LearnedFlow.of(project, 0, weights))[0], OneStepMap)
    other = replace(project, lanes=(replace(project.lanes[0], transform="affine"),))
    with pytest.raises(ConfigError, match="train again"):
        field_of(LearnedFlow.of(other, 0, weights))
