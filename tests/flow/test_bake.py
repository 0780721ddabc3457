"""Baking and sampling: stored times, the grid's order, world units, blocks that change nothing."""

import numpy as np
import pytest
import torch

from fmviz.core.cloud import Side
from fmviz.core.config import FlowConfig, Sampling
from fmviz.core.errors import ConfigError
from fmviz.core.extent import Extent
from fmviz.core.layers import values_of
from fmviz.core.marginal import MarginalField
from fmviz.core.paths import PATHS, path_of
from fmviz.core.project import Project
from fmviz.core.solvers import SOLVERS
from fmviz.flow.bake import bake, grid_on
from fmviz.flow.carry import ENDS, EVERY_STATE, Fineness, carry, stored_steps
from fmviz.flow.device import finish
from fmviz.flow.integrate import integration_states
from fmviz.flow.network import Layout, UnitField, initial_parameters, weights_of
from fmviz.flow.sample import sample
from fmviz.flow.units import MovingFrame, Units, units_of

LAYOUT = Layout(16, 2)
FRAME, BENT = (MovingFrame(Units(np.array([1.0, 2.0]), np.array([4.0, -2.0]), 3.0), path_of(key))
               for key in ("straight", "trigonometric"))
EXTENT = Extent(0.5, -0.5, 4.0)


def field(seed: int = 0) -> UnitField:
    rng = torch.Generator().manual_seed(seed)
    return UnitField(LAYOUT, initial_parameters(LAYOUT, rng) + 0.1 * torch.randn(LAYOUT.size, generator=rng))


def points(n: int) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(n, 2)).astype(np.float32)


@pytest.mark.parametrize(("n_steps", "times", "count"), [(50, 51, 51), (100, 51, 51), (1, 51, 2), (70, 51, 51)])
def test_stored_times_reach_from_first_to_last(n_steps, times, count):
    stored = stored_steps(n_steps, times)
    assert (stored[0], stored[-1], len(stored)) == (0, n_steps, count)
    assert (np.diff(stored) > 0).all()


def test_a_field_at_rest_moves_everything_with_the_frame():
    rest = UnitField(LAYOUT, torch.zeros(LAYOUT.size))
    flow = finish(bake(rest, FRAME, points(20), EXTENT, Sampling("euler", 20), Fineness(20, 6, 5)))
    np.testing.assert_allclose(flow.t, [0, 0.2, 0.4, 0.6, 0.8, 1], atol=1e-6)
    np.testing.assert_allclose(flow.velocity.t, flow.t, atol=1e-6)
    np.testing.assert_allclose(flow.x, points(20) + flow.t[:, None, None] * np.float32([3, -4]), atol=1e-5)
    u = flow.velocity.values
    np.testing.assert_allclose(u, np.broadcast_to(np.float32([3, -4]), u.shape), atol=1e-6)


@pytest.mark.parametrize("solver", ["euler", "midpoint", "heun"])
@pytest.mark.parametrize("path", PATHS)
def test_back_after_forth_is_where_it_began_but_for_the_order_of_the_solver(path, solver):
    of, frame, x0 = field(), MovingFrame(FRAME.units, path_of(path)), points(30).astype(np.float64)

    def miss(n_steps):
        sampling = Sampling(solver, n_steps * SOLVERS[solver].stages)
        there = finish(carry(of, frame, x0, sampling, ENDS)).x[-1]
        assert np.abs(there - x0).max() > 1
        return np.abs(finish(carry(of, frame, there, sampling, ENDS, is_backward=True)).x[-1] - x0).max()

    coarse, fine = miss(8), miss(32)
    assert 0 < fine < coarse * 1.5 / 4 ** SOLVERS[solver].order


@pytest.mark.parametrize("frame", [FRAME, BENT])
@pytest.mark.parametrize("solver", ["euler", "midpoint", "heun", "rk4"])
def test_a_step_of_the_solver_is_that_of_the_world(frame, solver):
    of = field()

    def velocity(x, t):
        z = torch.from_numpy(frame.to_unit(x.numpy(), t))
        return torch.from_numpy(frame.velocity_to_world(of(z, t).numpy(), t))

    x = finish(carry(of, frame, points(30), Sampling(solver, 3 * SOLVERS[solver].stages), EVERY_STATE)).x
    states = integration_states(velocity, torch.from_numpy(points(30)), 3, solver)
    np.testing.assert_allclose(x, torch.stack(list(states)), atol=2e-5)


@pytest.mark.parametrize("frame", [FRAME, BENT])
def test_the_grid_lies_as_the_snapshot_promises(frame):
    of = field()
    flow = finish(bake(of, frame, points(5), EXTENT, Sampling("midpoint", 8), Fineness(8, 5, 7)))
    assert flow.velocity.extent.half == 2 * frame.path.reach * EXTENT.half
    xs, ys = flow.velocity.extent.axes(13)
    if frame is FRAME:  # where the whole picture's nodes are those of the square, too
        assert set(EXTENT.axes(7)[0].round(9)) <= set(xs.round(9))
    for k, row, column in ((0, 0, 12), (2, 5, 1), (4, 6, 6)):
        t = float(flow.velocity.t[k])
        z = torch.from_numpy(frame.to_unit(np.array([[xs[column], ys[row]]]), t))
        u = flow.velocity.values[k, row, column]
        np.testing.assert_allclose(u, frame.velocity_to_world(of(z, t).numpy(), t)[0], rtol=1e-4)


def test_the_lattice_is_carried_as_particles_are():
    of = field()
    sampling = Sampling("midpoint", 8)
    flow = finish(bake(of, FRAME, points(7), EXTENT, sampling, Fineness(8, 5, 5, lattice=4)))
    nodes = np.stack(np.meshgrid(*EXTENT.axes(4)), axis=-1)
    assert flow.lattice.shape == (5, 4, 4, 2)
    np.testing.assert_allclose(flow.lattice[0], nodes, atol=1e-5)
    alone = finish(bake(of, FRAME, nodes.reshape(-1, 2).astype(np.float32), EXTENT, sampling,
                        Fineness(8, 5, 5)))
    np.testing.assert_allclose(flow.lattice.reshape(5, 16, 2), alone.x, atol=1e-4)
    np.testing.assert_allclose(flow.x, finish(bake(of, FRAME, points(7), EXTENT, sampling, Fineness(8, 5, 5))).x,
                               atol=1e-4)


def test_particles_do_not_depend_on_each_other():
    of = field()
    many = points(60_000)
    together = finish(carry(of, FRAME, many, Sampling("rk4", 16), ENDS)).x
    alone = finish(carry(of, FRAME, many[-3:], Sampling("rk4", 16), ENDS)).x
    np.testing.assert_array_equal(together[0], many)
    np.testing.assert_allclose(together[1, -3:], alone[1], rtol=1e-4, atol=1e-5)


def test_a_diverging_field_still_makes_numbers():
    wild = UnitField(LAYOUT, torch.full((LAYOUT.size,), 1e15))
    flow = finish(bake(wild, FRAME, points(5), EXTENT, Sampling("rk4", 40), Fineness(40, 6, 5)))
    assert np.isfinite(flow.x).all()
    assert np.isfinite(flow.velocity.values).all()


def project(**settings) -> Project:
    config = FlowConfig(width=16, depth=2, nfe=20, **settings)
    return Project(Side(shape="gaussian"), Side(shape="moons"), (config,))


def test_samples_are_the_ends_of_trajectories_and_a_seed_repeats_them():
    of = project()
    weights = weights_of(LAYOUT, field()._layers[0][0].new_zeros(LAYOUT.size), units_of(of.source, of.target))
    ends = sample(of, 0, weights, 30, seed=5).x[-1:]
    whole = sample(of, 0, weights, 30, trajectory=True, seed=5).x
    assert ends.shape == (1, 30, 2)
    assert whole.shape == (11, 30, 2)
    np.testing.assert_array_equal(ends[0], whole[-1])
    assert not np.array_equal(ends, sample(of, 0, weights, 30, seed=6).x[-1:])
    with pytest.raises(ConfigError):
        sample(Project(lanes=(FlowConfig(width=9),)), 0, weights, 5)


class Counting(MarginalField):
    """An exact field that knows how often it was asked."""

    asked = 0

    def velocity(self, x: np.ndarray, t: float) -> np.ndarray:
        self.asked += 1
        return super().velocity(x, t)


def test_the_exact_field_is_worked_out_once_for_all_steps_and_layers() -> None:
    exact = Counting(Side(shape="gaussian"), Side(shape="8gaussians"), path_of("straight"), 0.0,
                     np.random.default_rng(0))
    grids, asked = [], []
    for values, extent in ((values_of("exact"), EXTENT), (values_of("field_error"), EXTENT),
                           (values_of("exact"), Extent(1, 0, EXTENT.half))):
        for seed in (0, 1):
            grids.append(finish(grid_on(field(seed), FRAME, extent, 15, 3, values, exact)))
            asked.append(exact.asked)
    assert asked == [3, 3, 3, 3, 6, 6]
    assert np.array_equal(grids[0].values, grids[1].values)
    assert not np.array_equal(grids[2].values, grids[3].values), "the learned one is another"
    assert not np.array_equal(grids[0].values, grids[4].values)
