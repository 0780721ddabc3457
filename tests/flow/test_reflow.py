"""Reflow: a network that goes on to learn from pairs of its own flow, whose paths become straight."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from fmviz.core.cloud import Side
from fmviz.core.config import FlowConfig, Sampling
from fmviz.core.couplings import COUPLINGS
from fmviz.core.errors import ConfigError
from fmviz.core.models import EXACT, NORMALIZING
from fmviz.core.noise import check_noise
from fmviz.core.possible import unknown_in_words, why_no_density, why_no_exact_field
from fmviz.core.project import LearnedFlow, Project
from fmviz.flow import pools as own_pairs
from fmviz.flow.carry import EVERY_STATE, carry
from fmviz.flow.device import finish
from fmviz.flow.exact import known_of
from fmviz.flow.models import field_of
from fmviz.flow.train import Trainer

STEPS = 400
FIRST = FlowConfig(steps=STEPS, width=32, depth=2, batch=64, pool=64, ema=0.9)
CPU = torch.device("cpu")


def of(config: FlowConfig) -> Project:
    return Project(Side(shape="8gaussians"), Side(shape="moons"), (config,))


def trained(config: FlowConfig, more_steps: int = 0, **given) -> Trainer:
    trainer = Trainer(of(config), 0, CPU, **given)
    trainer.begin(more_steps)
    for _ in trainer.work():
        pass
    return trainer


@pytest.fixture(scope="module", autouse=True)
def few_pairs():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(own_pairs, "N_PAIRS", 2_000)
        yield


@pytest.fixture(scope="module")
def teacher() -> Trainer:
    return trained(FIRST)


@pytest.fixture(scope="module")
def student() -> Trainer:
    trainer = trained(replace(FIRST, reflow=1))
    yield trainer
    trainer.close()


def same(one, other) -> bool:
    return all(np.array_equal(one[name], other[name]) for name in one)


def test_the_first_round_is_the_training_without_reflow_and_its_last_step_is_kept(teacher, student):
    kept = {entry.step: entry.weights for entry in student.take_kept()}
    assert student.step == student.total_steps == 2 * STEPS
    assert same(kept[STEPS], teacher.weights())
    assert not same(kept[max(kept)], teacher.weights())
    assert student.take_notes() == ["From step 400 on it learns from pairs of its own flow."]


def test_the_pairs_are_those_of_the_flow_before(teacher):
    trainer = Trainer(of(replace(FIRST, reflow=1)), 0, CPU)
    trainer.begin()
    for _ in trainer.work():
        if isinstance(trainer._pairs, own_pairs.OwnPairs):
            break
    assert trainer.step == STEPS
    table, units = trainer._pairs.table, trainer.units
    field, frame = teacher.field(), teacher.frame
    x0 = table.x0 * units.scale + units.mean0
    x1 = finish(carry(field, frame, x0.astype(np.float32), Sampling("rk4", 400), EVERY_STATE)).x[-1]
    assert np.allclose(table.x1 * units.scale + units.mean1, x1, atol=2e-3)
    trainer.close()


def test_its_paths_are_straighter_and_one_step_lands_nearer_to_where_they_end(teacher, student):
    def bent_and_missed(trainer: Trainer) -> tuple[float, float]:
        x0 = Side(shape="8gaussians").sample(500, np.random.default_rng(1))
        fine = finish(carry(trainer.field(), trainer.frame, x0, Sampling("rk4", 200), EVERY_STATE)).x
        one = finish(carry(trainer.field(), trainer.frame, x0, Sampling("euler", 1), EVERY_STATE)).x[-1]
        speeds = [(b - a) * (len(fine) - 1) for a, b in pairwise(fine)]
        return (float(np.mean([((v - (fine[-1] - x0)) ** 2).sum(axis=1) for v in speeds])),
                float(((one - fine[-1]) ** 2).sum(axis=1).mean()))

    (bent, missed), (bent_after, missed_after) = bent_and_missed(teacher), bent_and_missed(student)
    assert bent_after < 0.5 * bent
    assert missed_after < 0.5 * missed


def test_training_that_was_interrupted_goes_on_in_its_round_and_trains_longer_from_its_own_pairs(teacher):
    weights, config = teacher.weights(), replace(FIRST, reflow=2, steps=40)
    for step, more, said in ((10, 20, []), (10, 50, [40]), (40, 10, [40]), (70, 60, [70, 80]), (120, 30, [120])):
        trainer = trained(config, more, weights=weights, first_step=step)
        assert trainer.take_notes() == [f"From step {at} on it learns from pairs of its own flow." for at in said]
        assert trainer.step == step + more
        trainer.close()


def test_a_budget_of_time_is_that_of_each_round():
    trainer = Trainer(of(replace(FIRST, reflow=1, train_seconds=1_000)), 0, CPU)
    trainer.begin()
    trainer.seconds = 999.0
    for _ in trainer.work():
        is_own = isinstance(trainer._pairs, own_pairs.OwnPairs)
        trainer.seconds = 2_000.0 if is_own else 1_000.0 if trainer.step > 0 else trainer.seconds
    assert trainer.is_done
    assert len(trainer.take_notes()) == 1
    trainer.close()


@pytest.mark.parametrize("coupling", COUPLINGS)
def test_what_is_not_known_of_it_says_why(coupling):
    config = replace(FIRST, coupling=coupling, reflow=1)
    sides = of(config).source, of(config).target
    for why in (why_no_exact_field(*sides, config.learning), why_no_density(*sides, config.learning)):
        assert "With reflow" in why
    assert unknown_in_words(*sides, config.learning) == "not known with reflow"
    known = known_of(of(config))
    assert known.field is None
    assert known.loss_floor is None
    assert not config.uses("noise")
    with pytest.raises(ConfigError, match="reflow"):
        check_noise(Project(Side(shape="gaussian"), sides[1], (replace(config, noise=1.0),)))


@pytest.mark.parametrize("model", [EXACT, NORMALIZING])
def test_other_models_have_no_rounds(model):
    config = FlowConfig(model=model, reflow=2)
    assert config.rounds == 1
    assert config.learning == FlowConfig(model=model).learning


def test_its_weights_are_read_as_those_of_any_network(student):
    read, _ = field_of(LearnedFlow.of(of(replace(FIRST, reflow=1)), 0, student.weights()))
    z = torch.randn(5, 2, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(read(z, 0.3), student.field()(z, 0.3), atol=1e-6)
