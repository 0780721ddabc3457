"""One lane's training: it repeats, it learns, it goes on, and it survives numbers that are not."""

import numpy as np
import pytest
import torch

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.config import FlowConfig
from fmviz.core.couplings import COUPLINGS
from fmviz.core.errors import ConfigError, TrainingError
from fmviz.core.paths import PATHS
from fmviz.core.project import Project
from fmviz.flow.network import Layout
from fmviz.flow.step import Step
from fmviz.flow.train import Trainer

CPU = torch.device("cpu")


def project(**settings) -> Project:
    values = {"steps": 60, "width": 16, "depth": 2, "batch": 32, "pool": 64} | settings
    return Project(Side(shape="gaussian"), Side(shape="moons"), (FlowConfig(**values),))


def trained(of: Project, **arguments) -> Trainer:
    trainer = Trainer(of, 0, CPU, **arguments)
    trainer.begin()
    drive(trainer)
    return trainer


def drive(trainer: Trainer) -> None:
    try:
        for _ in trainer.work():
            pass
    finally:
        trainer.close()


@pytest.mark.parametrize("coupling", COUPLINGS)
@pytest.mark.parametrize("sigma", [0.0, 0.3])
def test_the_same_seed_gives_the_same_weights_bit_for_bit(coupling, sigma):
    first, again, other = (
        trained(project(coupling=coupling, sigma=sigma, seed=seed)).weights() for seed in (3, 3, 4)
    )
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not all(np.array_equal(first[name], other[name]) for name in first)


def test_own_formulas_that_spell_the_straight_path_train_its_weights_bit_for_bit():
    named, own = (trained(project(path=path, sigma=0.1)).weights() for path in ("straight", "own"))
    assert all(np.array_equal(named[name], own[name]) for name in named)
    other = trained(project(path="own", alpha="t**2", sigma=0.1)).weights()
    assert not all(np.array_equal(named[name], other[name]) for name in named)


@pytest.mark.parametrize("path", PATHS)
def test_every_path_trains_without_a_bad_number(path):
    trainer = trained(project(path=path, steps=200))
    assert float(trainer._core.skipped) == 0
    assert np.isfinite(trainer.history.latest)


def test_training_takes_exactly_the_steps_that_were_asked_for():
    trainer = trained(project(steps=45))
    assert trainer.step == trainer.total_steps == 45
    assert trainer.is_done
    assert trainer.history.arrays()[0][-1] == 45
    trainer.begin(more_steps=7)
    assert not trainer.is_done
    drive(trainer)
    assert trainer.step == 52


def test_a_time_budget_ends_a_training():
    trainer = trained(project(steps=1, train_seconds=0.15))
    assert trainer.step > 1
    assert trainer.seconds == pytest.approx(0.15, abs=0.1)
    assert trainer.fraction == 1
    assert trainer.expected_steps == trainer.step


def test_the_loss_falls():
    step, loss = trained(project(steps=400, width=32)).history.arrays()
    assert len(step) == 400
    assert loss[-50:].mean() < 0.8 * loss[:10].mean()


def test_training_goes_on_from_given_weights():
    of = project(steps=200)
    weights = trained(of).weights()
    later = Trainer(of, 0, CPU, weights=weights, first_step=200)
    assert all(np.array_equal(weights[name], value) for name, value in later.weights().items())
    later.begin(more_steps=20)
    drive(later)
    assert later.step == 220
    assert later.history.latest < 1.2 * trained(of).history.latest
    with pytest.raises(ConfigError, match="width 8"):
        Trainer(project(width=8), 0, CPU, weights=weights)


def test_what_was_handed_out_does_not_change_while_training_goes_on():
    trainer = trained(project())
    weights, field = trainer.weights(), trainer.field()
    z = torch.ones(3, 2)
    copies, v = {name: value.copy() for name, value in weights.items()}, field(z, 0.5)
    trainer.begin(more_steps=40)
    drive(trainer)
    assert all(np.array_equal(weights[name], value) for name, value in copies.items())
    assert torch.equal(field(z, 0.5), v)
    assert not torch.equal(trainer.field()(z, 0.5), v)


class Spoilt(Step):
    """A step that sees an infinite velocity from the tenth batch on."""

    calls = 0

    def passes(self, inputs, ut, row):
        self.calls += 1
        if self.calls >= 10:
            ut = ut + float("inf")
        return super().passes(inputs, ut, row)


def test_numbers_that_are_not_finite_end_in_one_sentence_with_good_weights():
    trainer = Trainer(project(steps=2000), 0, CPU, make_step=Spoilt)
    trainer.begin()
    with pytest.raises(TrainingError, match=r"not finite numbers.*lower the learning rate"):
        drive(trainer)
    weights = trainer.weights()
    assert all(np.isfinite(value).all() for value in weights.values())
    assert trainer.step < 2000
    good = trained(project(steps=9)).weights()
    assert weights.keys() == good.keys()


@pytest.mark.parametrize(("source", "target"), [
    (np.full((5, 2), 3.0), np.full((4, 2), -2.0)),
    (np.full((5, 2), 3.0), np.full((5, 2), 3.0)),
    (np.eye(2) * 1e12, -np.eye(2) * 1e12),
    (1e6 + 1e-6 * np.random.default_rng(0).normal(size=(50, 2)), 1e6 + np.random.default_rng(1).normal(size=(50, 2))),
    (1e-6 * np.random.default_rng(0).normal(size=(50, 2)), 1e-6 * np.random.default_rng(1).normal(size=(60, 2))),
])
@pytest.mark.parametrize("coupling", COUPLINGS)
def test_odd_clouds_train_without_a_bad_number(source, target, coupling):
    config = project(coupling=coupling, steps=30).lanes[0]
    trainer = trained(Project(Side(cloud=PointCloud(source)), Side(cloud=PointCloud(target)), (config,)))
    assert float(trainer._core.skipped) == 0
    assert all(np.isfinite(value).all() for value in trainer.weights().values())
    assert np.isfinite(trainer.history.latest)


def test_the_default_network_is_the_documented_one():
    assert Layout(128, 3).shapes[0][0] == Layout(128, 3).shapes[1][1] == 128
