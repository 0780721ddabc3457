"""Where the clouds lie and in which unit they are measured changes no ratio, neither in learning nor in the numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.config import FlowConfig, Sampling
from fmviz.core.extent import extent_of_sides
from fmviz.core.paths import PATHS
from fmviz.core.project import Project
from fmviz.flow.bake import bake
from fmviz.flow.batch_pairs import PairPool
from fmviz.flow.carry import Fineness
from fmviz.flow.device import finish
from fmviz.flow.distances import wasserstein2
from fmviz.flow.network import Layout, UnitField, initial_parameters, read_weights, weights_of
from fmviz.flow.path_numbers import path_energies, path_energy_error, path_numbers
from fmviz.flow.sample import sample
from fmviz.flow.units import MovingFrame, Units, units_of

LAYOUT = Layout(16, 2)
DIRECTION = np.array([1.0, -0.3])
# The unit, and how far away: half a million of metres, seconds since 1970, nanometres, light years.
CASES = [(1.0, 1e9), (1.0, 5e6), (1e-9, 0.0), (1e9, 0.0), (1e-6, 0.25), (1e9, 1e12)]


def ring(n: int = 300) -> np.ndarray:
    rng = np.random.default_rng(0)
    angle = rng.uniform(0, 2 * np.pi, n)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1) * (2 + 0.05 * rng.normal(size=(n, 1)))


def bumps(n: int = 300) -> np.ndarray:
    rng = np.random.default_rng(1)
    return np.where(rng.random((n, 1)) < 0.5, -3.0, 3.0) * (0.3, 1) + 0.3 * rng.normal(size=(n, 2))


def sides(unit: float, away: float, jitter: float = 0.0) -> tuple[Side, Side]:
    move = away * DIRECTION
    source, target = (Side(cloud=PointCloud(unit * points() + move), jitter=jitter * unit) for points in (ring, bumps))
    return source, target


def field() -> UnitField:
    rng = torch.Generator().manual_seed(0)
    return UnitField(LAYOUT, initial_parameters(LAYOUT, rng) + 0.1 * torch.randn(LAYOUT.size, generator=rng))


@pytest.mark.parametrize(("unit", "away"), CASES)
def test_the_network_sees_the_same(unit: float, away: float) -> None:
    (source, target), (other_source, other_target) = sides(1.0, 0.0, 0.1), sides(unit, away, 0.1)
    here, there = units_of(source, target), units_of(other_source, other_target)
    assert there.scale == pytest.approx(unit * here.scale, rel=1e-4)
    for side, other, to_unit in ((source, other_source, Units.source_to_unit),
                                 (target, other_target, Units.target_to_unit)):
        points, moved = (each.sample(500, np.random.default_rng(3)) for each in (side, other))
        np.testing.assert_allclose(to_unit(there, moved), to_unit(here, points), atol=1e-4)


@pytest.mark.parametrize("key", PATHS)
@pytest.mark.parametrize(("unit", "away"), CASES)
def test_a_flow_and_its_numbers_are_the_same(unit: float, away: float, key: str) -> None:
    found = []
    for source, target in (sides(1.0, 0.0), sides(unit, away)):
        frame, starts = MovingFrame(units_of(source, target), PATHS[key]), source.sample(100, np.random.default_rng(2))
        flow = finish(bake(field(), frame, starts, extent_of_sides(source, target), Sampling("midpoint", 8),
                           Fineness(8, 5, 5, lattice=4)))
        distance = wasserstein2(flow.x[-1], target.cloud.xy)
        paths = path_numbers(flow.x)
        transport = wasserstein2(source.cloud.xy, target.cloud.xy) ** 2
        found.append((flow, np.array([distance, paths.path_length, paths.straight_length]),
                      path_energy_error(path_energies(flow.t, flow.x).mean(), transport),
                      PairPool(source, target, 0).batch("ot", 64).cost))
    (flow, lengths, energy_error, cost), (other, other_lengths, other_energy_error, other_cost) = found
    move = away * DIRECTION
    np.testing.assert_allclose((other.x - move) / unit, flow.x, atol=4e-4)
    np.testing.assert_allclose((other.lattice - move) / unit, flow.lattice, atol=4e-4)
    u = flow.velocity.values
    np.testing.assert_allclose(other.velocity.values / unit, u, atol=4e-4 * np.abs(u).max())
    np.testing.assert_allclose(other_lengths / unit, lengths, rtol=2e-4)
    assert energy_error is not None
    assert other_energy_error == pytest.approx(energy_error, rel=1e-3)
    assert other_cost / unit**2 == pytest.approx(cost, rel=1e-3)


def test_a_cloud_is_at_no_distance_from_itself_wherever_it_lies() -> None:
    points = np.array([388096.0, 5548996.0]) + ring()
    assert wasserstein2(points, np.random.default_rng(0).permutation(points)) == 0
    assert wasserstein2(points, points + (0.19, 0.0)) == pytest.approx(0.19, rel=1e-6)


def test_the_distance_is_that_of_the_best_assignment() -> None:
    a, b = ring(80) + 1e6, bumps(80) + 1e6
    cost = cdist(a, b, "sqeuclidean")
    assert wasserstein2(a, b) == pytest.approx(np.sqrt(cost[linear_sum_assignment(cost)].mean()), rel=1e-9)


def test_weights_keep_the_place_of_their_clouds() -> None:
    source, target = sides(1.0, 1e9)
    units = units_of(source, target)
    weights = weights_of(LAYOUT, torch.zeros(LAYOUT.size), units)
    assert np.array_equal(read_weights(LAYOUT, weights)[1].mean1, units.mean1)
    project = Project(source, target, (FlowConfig(width=16, depth=2),))
    ends = sample(project, 0, weights, 400, seed=1).x[-1]
    assert np.abs(ends.mean(axis=0) - target.cloud.xy.mean(axis=0)).max() < 0.5


def test_single_places_have_a_scale_wherever_they_lie() -> None:
    for away in (0.0, 1e9, 1e12 / 3):
        side = Side(cloud=PointCloud(np.full((5, 2), away + 0.1)))
        assert units_of(side, side).scale == 1.0
