"""Normalizing flows: the map and its inverse, its density, and what likelihood teaches."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from planes import plane_of

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.config import FlowConfig
from fmviz.core.errors import ConfigError
from fmviz.core.models import TRANSFORMS
from fmviz.flow.device import finish
from fmviz.flow.likelihood_training import LikelihoodStep, bent_by_splines
from fmviz.flow.normalizing import MapLayout, OneStepMap, initial_map, map_layout, map_units, map_weights, read_map
from fmviz.flow.step import schedule_rows

GAUSSIAN, MOONS = Side(shape="gaussian"), Side(shape="moons")
UNITS = map_units(GAUSSIAN, MOONS)
PLACES = np.random.default_rng(0).normal(size=(200, 2))


def some(transform: str, noise: float = 0.1) -> OneStepMap:
    """Return a map that bends: its parameters are the initial ones and noise."""
    rng, layout = torch.Generator().manual_seed(0), MapLayout(transform, 16, 2)
    return OneStepMap(layout, initial_map(layout, rng) + noise * torch.randn(layout.size, generator=rng), UNITS)


def there(bent: OneStepMap, x0: np.ndarray) -> np.ndarray:
    return finish(bent.blends(x0, np.ones(1)))[0]


def back(bent: OneStepMap, x1: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return finish(bent.back(x1))


def learned(layout: MapLayout, y: np.ndarray, steps: int) -> tuple[torch.Tensor, float]:
    """Return the parameters after some steps of 256 of these points, and the mean loss of the last forty."""
    step = LikelihoodStep(layout, initial_map(layout, torch.Generator().manual_seed(0)), 256)
    rows, losses = schedule_rows(0, steps, [1e-2] * steps, 0.99), []
    points = torch.from_numpy(y.astype(np.float32))
    for k in range(steps):
        for _ in step.passes(points[256 * k % len(points):][:256], rows[k]):
            pass
        losses.append(float(step.loss))
    return step.average, float(np.mean(losses[-40:]))


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_a_point_goes_there_and_back(transform: str) -> None:
    bent = some(transform)
    x1 = there(bent, PLACES)
    assert np.abs(x1 - PLACES).max() > 0.1
    np.testing.assert_allclose(back(bent, x1)[0], PLACES, atol=1e-9)


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_it_pauses_after_each_transform(transform: str) -> None:
    bent = some(transform)
    count = len(bent._transforms().transforms)
    assert count > 1
    assert sum(1 for _ in bent.blends(PLACES, np.ones(1))) == sum(1 for _ in bent.back(PLACES)) == count


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_the_change_of_density_is_the_jacobian_of_autograd(transform: str) -> None:
    bent, h = some(transform), 1e-6
    x1 = PLACES[:20] * 3
    along = [(back(bent, x1 + h * axis)[0] - back(bent, x1 - h * axis)[0]) / (2 * h) for axis in np.eye(2)]
    determinant = np.linalg.det(np.stack(along, axis=-1))
    np.testing.assert_allclose(-back(bent, x1)[1], np.log(np.abs(determinant)), atol=1e-6)
    y = torch.from_numpy(x1 - UNITS.mean1) / UNITS.scale1
    jacobian = torch.stack([torch.autograd.functional.jacobian(lambda p: bent._transforms()(p), each) for each in y])
    expected = torch.linalg.det(jacobian).abs().log().numpy() - UNITS.log_scale
    np.testing.assert_allclose(-back(bent, x1)[1], expected, atol=1e-9)


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_the_density_sums_up_to_one(transform: str) -> None:
    bent = some(transform)
    nodes, area = plane_of(there(bent, np.random.default_rng(1).normal(size=(20_000, 2))), 120)
    assert np.exp(bent.log_density(nodes)).sum() * area == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_at_first_the_map_only_moves_and_stretches(transform: str) -> None:
    layout = MapLayout(transform, 8, 1)
    first = OneStepMap(layout, initial_map(layout, torch.Generator().manual_seed(0)), UNITS)
    expected = (PLACES - UNITS.mean0) / UNITS.scale0 * UNITS.scale1 + UNITS.mean1
    np.testing.assert_allclose(there(first, PLACES), expected, atol=1e-12)
    # So a Gaussian target has its entropy for a loss before anything is learned.
    of_gaussian = OneStepMap(layout, initial_map(layout, torch.Generator().manual_seed(0)),
                             map_units(GAUSSIAN, Side(shape="gaussian", jitter=2.0)))
    x1 = Side(shape="gaussian", jitter=2.0).sample(100_000, np.random.default_rng(2))
    entropy = 1 + math.log(2 * math.pi * 5)
    assert -of_gaussian.log_density(x1).mean() == pytest.approx(entropy, abs=0.01)


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_likelihood_finds_a_tilted_gaussian(transform: str) -> None:
    matrix = np.array([[1.0, 0.0], [0.8, 0.4]])
    y = np.random.default_rng(3).normal(size=(256 * 120, 2)) @ matrix.T
    _, loss = learned(MapLayout(transform, 8, 1), y, 120)
    assert loss == pytest.approx(1 + math.log(2 * math.pi * 0.4), abs=0.05)


def test_the_gradient_is_the_slope_of_the_loss_in_pieces_of_a_batch_too() -> None:
    layout, rng = MapLayout("spline", 8, 1), torch.Generator().manual_seed(0)
    flat = initial_map(layout, rng) + 0.1 * torch.randn(layout.size, generator=rng)
    y = torch.randn(2_500, 2, generator=rng)
    whole = LikelihoodStep(layout, flat, len(y))
    for _ in whole.passes(y, schedule_rows(0, 1, [1e-9], 0.0)[0]):
        pass
    of_units = OneStepMap(layout, flat, map_units(GAUSSIAN, GAUSSIAN))
    assert float(whole.loss) == pytest.approx(
        -of_units.log_density(y.double().numpy() * of_units.units.scale1 + of_units.units.mean1).mean()
        - 2 * math.log(of_units.units.scale1), abs=1e-4)
    direction = torch.randn(layout.size, generator=rng)
    ends = []
    for sign in (1, -1):
        moved = LikelihoodStep(layout, flat + sign * 1e-3 * direction, len(y))
        for _ in moved.passes(y, schedule_rows(0, 1, [1e-9], 0.0)[0]):
            pass
        ends.append(float(moved.loss))
    assert float(whole.gradient @ direction) == pytest.approx((ends[0] - ends[1]) / 2e-3, rel=0.02, abs=2e-3)


def test_splines_are_trained_as_they_are_evaluated() -> None:
    layout, rng = MapLayout("spline", 16, 2), torch.Generator().manual_seed(0)
    flat = (initial_map(layout, rng) + 0.3 * torch.randn(layout.size, generator=rng)).double()
    x = (3 * torch.randn(300, 2, generator=rng)).double()  # some beyond the last knots
    weights = torch.randn(3, 300, generator=rng).double()
    found = []
    for evaluate in (bent_by_splines, lambda transforms, x: transforms().call_and_ladj(x)):
        gradient, places = torch.zeros_like(flat), x.clone().requires_grad_()
        y, log_det = evaluate(layout.bound(flat, gradient), places)
        ((y * weights[:2].T).sum() + (log_det * weights[2]).sum()).backward()
        found.append((y.detach(), log_det.detach(), gradient, places.grad))
    for ours, theirs in zip(*found, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-9)


def test_a_map_of_fewer_transforms_opens() -> None:
    older = MapLayout("spline", 8, 2, 3)
    flat = initial_map(older, torch.Generator().manual_seed(0))
    weights = map_weights(older, flat, UNITS)
    assert len(flat) < MapLayout("spline", 8, 2).size
    layout = map_layout(FlowConfig(transform="spline", width=8, depth=2), weights)
    assert torch.equal(read_map(layout, weights)[0], flat)


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_weights_by_name_are_the_map(transform: str) -> None:
    layout, rng = MapLayout(transform, 8, 2), torch.Generator().manual_seed(0)
    flat = initial_map(layout, rng) + 0.1 * torch.randn(layout.size, generator=rng)
    again, units = read_map(layout, map_weights(layout, flat, UNITS))
    assert torch.equal(again, flat)
    np.testing.assert_array_equal(there(OneStepMap(layout, again, units), PLACES),
                                  there(OneStepMap(layout, flat, UNITS), PLACES))
    with pytest.raises(ConfigError, match="train again"):
        read_map(MapLayout(transform, 16, 2), map_weights(layout, flat, UNITS))


def test_what_cannot_be_learned_is_said() -> None:
    with pytest.raises(ConfigError, match="Gaussian"):
        map_units(MOONS, GAUSSIAN)
    with pytest.raises(ConfigError, match="one point"):
        map_units(GAUSSIAN, Side(shape="point"))
    with pytest.raises(ConfigError, match="one point"):
        map_units(GAUSSIAN, Side(cloud=PointCloud(np.ones((5, 2)))))
    assert map_units(Side(shape="point", jitter=0.5), MOONS).scale0 == 0.5
