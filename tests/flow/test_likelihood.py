"""Likelihood: densities of sides, their change along a flow, and what the density sums up to."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from planes import plane_of

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.config import FlowConfig, Sampling
from fmviz.core.errors import ConfigError
from fmviz.core.paths import PATHS
from fmviz.core.project import LearnedFlow, Project
from fmviz.core.shapes import SHAPES
from fmviz.core.spread import closed_form, density_of
from fmviz.flow.device import finish
from fmviz.flow.likelihood import held_out, log_likelihoods, places_around
from fmviz.flow.models import field_of
from fmviz.flow.network import Layout, initial_parameters, weights_of
from fmviz.flow.sample import sample
from fmviz.flow.units import units_of

FINE = Sampling("rk4", 80)
PLACES = np.random.default_rng(3).normal(size=(40, 2))


def flow(source: str = "gaussian", path: str = "straight", noise: float = 0.0) -> LearnedFlow:
    """Return a flow of a field that is at rest in the moving frame, but for noise in its parameters."""
    rng = torch.Generator().manual_seed(0)
    layout = Layout(16, 2)
    flat = (initial_parameters(layout, rng) + torch.randn(layout.size, generator=rng)) * noise
    project = Project(Side(shape=source), Side(cloud=PointCloud(PLACES + (5.0, -3.0))),
                      (FlowConfig(width=16, depth=2, path=path),))
    return LearnedFlow.of(project, 0, weights_of(layout, flat, units_of(project.source, project.target)))


def logs(of: LearnedFlow, x: np.ndarray, sampling: Sampling = FINE) -> np.ndarray:
    return finish(log_likelihoods(*field_of(of), x, sampling.n_steps, sampling.solver,
                                  density_of(of.project.source, np.random.default_rng(0))))


@pytest.mark.parametrize("shape", ["gaussian", "8gaussians", "grid", "moons", "spirals"])
def test_the_density_of_a_side_sums_up_to_one(shape: str) -> None:
    density = density_of(Side(shape=shape), np.random.default_rng(0))
    assert (density.smoothing == 0) == (SHAPES[shape].mixture is not None)
    nodes, area = plane_of(Side(shape=shape).sample(4_000, np.random.default_rng(1)), 80)
    assert np.exp(density.log(nodes)).sum() * area == pytest.approx(1, abs=0.02)


def test_one_point_has_no_density() -> None:
    for side in (Side(shape="point"), Side(cloud=PointCloud(np.ones((5, 2))))):
        with pytest.raises(ConfigError, match="no density"):
            density_of(side, np.random.default_rng(0))
    assert density_of(Side(shape="point", jitter=0.5), np.random.default_rng(0)).sigma == 0.5


def test_a_gaussian_has_its_formula() -> None:
    expected = -(PLACES**2).sum(axis=1) / 2 - math.log(2 * math.pi)
    np.testing.assert_allclose(density_of(Side(shape="gaussian"), np.random.default_rng(0)).log(PLACES), expected)


@pytest.mark.parametrize("path", PATHS)
def test_a_field_at_rest_moves_the_density_with_the_frame(path: str) -> None:
    still = flow(path=path)
    units = units_of(still.project.source, still.project.target)
    x1 = PLACES + units.mean1
    expected = density_of(still.project.source, np.random.default_rng(0)).log(x1 - units.mean1 + units.mean0)
    np.testing.assert_allclose(logs(still, x1), expected, atol=1e-3)


@pytest.mark.parametrize("path", ["straight", "trigonometric"])
def test_the_density_of_a_flow_sums_up_to_one_and_is_that_of_its_samples(path: str) -> None:
    bent = flow(path=path, noise=0.2)
    ends = sample(bent.project, 0, bent.weights, 4_000).x[-1]
    nodes, area = plane_of(ends, 90)
    density = np.exp(logs(bent, nodes))
    assert density.sum() * area == pytest.approx(1, abs=2e-3)
    places, log_q = places_around(ends, np.random.default_rng(3))
    assert np.exp(logs(bent, places) - log_q).mean() == pytest.approx(1, abs=0.02)
    # Of the samples so many lie in a part of the plane as its density says.
    half = nodes[:, 0] < np.median(ends[:, 0])
    assert (density[half].sum() * area) == pytest.approx(0.5, abs=0.03)


def test_likelihood_is_that_of_the_world_whatever_its_unit() -> None:
    small = flow(noise=0.3)
    assert np.isfinite(logs(small, PLACES + (5.0, -3.0))).all()
    assert logs(small, np.array([[1e6, 1e6]]))[0] < -1e6


def test_held_out_points_are_as_likely_as_the_entropy_says_where_the_flow_is_exact() -> None:
    still = flow()
    same = replace(still.project, target=Side(shape="gaussian"))
    exact = LearnedFlow.of(same, 0, {**still.weights, "units.mean1": still.weights["units.mean0"]})
    found = finish(held_out(*field_of(exact), same, count=500))
    assert found.entropy == pytest.approx(1 + math.log(2 * math.pi))
    assert found.nll == pytest.approx(found.entropy, abs=1e-3)
    assert found.error < 1e-3
    farther = finish(held_out(*field_of(still), same, count=500))
    assert farther.nll > found.nll + 1
    assert finish(held_out(*field_of(flow("point")), replace(same, source=Side(shape="point")))).nll is None


@pytest.mark.parametrize("shape", ["8gaussians", "grid"])
def test_the_entropy_of_a_mixture_is_that_of_its_draws(shape: str) -> None:
    side, draws = Side(shape=shape), Side(shape=shape).sample(20_000, np.random.default_rng(2))
    truth = closed_form(side)
    assert truth is not None
    logs = truth.log(draws)
    assert truth.entropy() == pytest.approx(-logs.mean(), abs=4 * logs.std() / math.sqrt(len(logs)))


@pytest.mark.filterwarnings("error")
def test_far_outside_a_density_is_nothing_without_a_warning() -> None:
    density = density_of(Side(shape="gaussian"), np.random.default_rng(0))
    found = density.log(np.array([[0.0, 0.0], [1e200, 0.0], [np.inf, 0.0], [np.nan, 0.0]]))
    assert np.isfinite(found[0])
    assert not np.isfinite(found[1:]).any()
