"""The continuity equation holds for the exact field, at every place; of other fields something is left."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.config import FlowConfig
from fmviz.core.marginal import MarginalField
from fmviz.core.panels import Continuity
from fmviz.core.paths import PATHS, path_of
from fmviz.core.project import LearnedFlow, Project
from fmviz.flow.continuity import RASTER_STEP, TIMES, continuity_test, sides_at
from fmviz.flow.device import finish
from fmviz.flow.network import Layout, initial_parameters, weights_of, weights_of_units
from fmviz.flow.units import units_of

GAUSSIAN, PILES = Side(shape="gaussian"), Side(shape="8gaussians")
CROWD = Side(cloud=PointCloud(np.random.default_rng(5).normal(size=(300, 2)) * (2.0, 0.7)), jitter=0.3)


def field_between(source: Side, target: Side, path: str = "straight", sigma: float = 0.0) -> MarginalField:
    return MarginalField(source, target, path_of(path), sigma, np.random.default_rng(0))


def rest(exact: MarginalField, t: float, step: float = 1e-3) -> float:
    """Return the largest rest of the exact field, as a share of the largest change."""
    x = exact.places(t, 400, np.random.default_rng(1))
    sides = finish(sides_at(x, t, exact, exact.velocity, step))
    np.testing.assert_allclose(sides[:, 1], sides[:, 2])
    return float(np.abs(sides[:, 0] - sides[:, 1]).max() / np.abs(sides[:, 0]).max())


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("t", [0.1, 0.5, 0.9])
def test_it_holds_at_each_place_on_every_path(path: str, t: float) -> None:
    assert rest(field_between(GAUSSIAN, PILES, path, 0.1), t) <= 1e-4


def test_what_differences_miss_is_of_second_order() -> None:
    exact = field_between(GAUSSIAN, PILES)
    coarse, fine = rest(exact, 0.5, 0.2), rest(exact, 0.5, 0.1)
    assert coarse / fine == pytest.approx(4.0, rel=0.15)


@pytest.mark.parametrize("t", [0.2, 0.8])
def test_by_convolution_it_holds_but_for_the_raster(t: float) -> None:
    exact = field_between(CROWD, replace(CROWD, jitter=0.2))
    fine = rest(exact.for_derivatives(), t, RASTER_STEP)
    assert fine <= 0.05
    assert fine < rest(exact, t, RASTER_STEP)


def test_a_density_is_one_over_the_plane_and_that_of_its_draws() -> None:
    for exact in (field_between(GAUSSIAN, PILES), field_between(CROWD, PILES)):
        nodes = np.stack(np.meshgrid(*[np.linspace(-9, 9, 181)] * 2), axis=-1).reshape(-1, 2)
        p = exact.density(nodes, 0.5)
        assert p.sum() * 0.01 == pytest.approx(1.0, abs=2e-3)
        drawn = exact.places(0.5, 20_000, np.random.default_rng(2))
        mean = (p[:, None] * nodes).sum(axis=0) * 0.01
        np.testing.assert_allclose(mean, drawn.mean(axis=0), atol=0.06)


@pytest.fixture(scope="module")
def said() -> list[Continuity | None]:
    """All that is said of fresh weights."""
    project = Project(GAUSSIAN, PILES, (FlowConfig(width=8, depth=1),))
    layout = Layout(8, 1)
    weights = weights_of(layout, initial_parameters(layout, torch.Generator().manual_seed(3)),
                         units_of(project.source, project.target))
    work: list[Continuity | None] = []
    answer = continuity_test(LearnedFlow(project, weights), field_between(GAUSSIAN, PILES), TIMES[::8], 21)
    while True:
        try:
            work.append(next(answer))
        except StopIteration as end:
            return [*work, end.value]


def test_untaught_weights_leave_much_and_the_exact_field_nothing(said: list[Continuity | None]) -> None:
    found = said[-1]
    assert found is not None
    assert found.done == 1.0
    assert (found.exact < 1e-3).all()
    assert found.learned.max() > 0.2
    values: NDArray[np.floating] = found.at(0.5)
    assert values.shape == (21, 21, 3)


def test_of_the_exact_field_itself_nothing_is_called_learned() -> None:
    project = Project(GAUSSIAN, PILES, (FlowConfig(model="exact"),))
    weights = weights_of_units(units_of(project.source, project.target))
    found = finish(continuity_test(LearnedFlow(project, weights), field_between(GAUSSIAN, PILES), TIMES[::20], 11))
    assert [column.title for column in found.table().columns] == ["t", "Rest, exact"]
    assert [row[1] for row in found.table().rows] == found.exact.tolist()


def test_it_fills_with_pauses(said: list[Continuity | None]) -> None:
    parts = [news for news in said if news is not None]
    assert [len(part.maps.t) for part in parts] == sorted(len(part.maps.t) for part in parts)
    assert parts[0].done == 0.0
    assert said.count(None) > 5 * len(parts)
