"""Theorem 1: both losses have one gradient, but for the noise of a batch."""

import numpy as np
import pytest
import torch

from fmviz.core.cloud import Side
from fmviz.core.config import FlowConfig
from fmviz.core.marginal import MarginalField
from fmviz.core.panels import BATCH_SIZES, MOST_SAMPLES, Gradients
from fmviz.core.project import LearnedFlow, Project
from fmviz.flow.gradients import gradient_test
from fmviz.flow.network import Layout, initial_parameters, weights_of
from fmviz.flow.units import units_of

PROJECT = Project(Side(shape="gaussian"), Side(shape="8gaussians"), (FlowConfig(width=16, depth=1),))


@pytest.fixture(scope="module")
def said() -> list[Gradients | None]:
    """All that is said of fresh weights, over the samples of one round."""
    layout, units = Layout(16, 1), units_of(PROJECT.source, PROJECT.target)
    weights = weights_of(layout, initial_parameters(layout, torch.Generator().manual_seed(3)), units)
    config = PROJECT.lanes[0]
    exact = MarginalField(PROJECT.source, PROJECT.target, config.full_path, 0.0, np.random.default_rng(0), units.mean0)
    work, news = gradient_test(LearnedFlow(PROJECT, weights), exact, 1), []
    while True:
        try:
            news.append(next(work))
        except StopIteration as end:
            return [*news, end.value]


def test_of_many_samples_they_point_the_same_way(said: list[Gradients | None]) -> None:
    found = said[-1]
    assert found is not None
    assert found.batch[-1] == MOST_SAMPLES
    assert found.cosine[-1] > 0.99
    assert found.cosine[0] < found.cosine[-1]


def test_their_difference_falls_as_noise_does(said: list[Gradients | None]) -> None:
    found = said[-1]
    assert found is not None
    often = found.draws >= 8
    slope = np.polyfit(np.log(found.batch[often]), np.log(found.difference[often]), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.05)


def test_between_the_losses_lies_the_irreducible_part(said: list[Gradients | None]) -> None:
    found = said[-1]
    assert found is not None
    assert found.constant is not None
    assert found.cfm is not None
    assert found.fm is not None
    assert found.constant == pytest.approx(9.13, rel=0.02)
    assert found.error is not None
    assert abs(found.cfm - found.fm - found.constant) < 4 * found.error


def test_it_fills_while_one_looks(said: list[Gradients | None]) -> None:
    parts = [news for news in said if news is not None]
    done = [part.done for part in parts]
    assert done == sorted(done)
    assert done[0] == 0.0
    assert done[-1] == 1.0
    assert len(parts) > 8
    assert [len(part.batch) for part in parts] == sorted(len(part.batch) for part in parts)
    assert list(parts[-1].batch) == list(BATCH_SIZES)
    assert said.count(None) > 10 * len(parts), "pauses between the news"
