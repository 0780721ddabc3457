"""Solvers: the order of convergence, the number of steps, the first state."""

import math

import pytest
import torch

from fmviz.core.solvers import SOLVERS, steps_for
from fmviz.flow.integrate import VectorField, integration_states


def integrate(field: VectorField, x0: torch.Tensor, n_steps: int, solver: str) -> torch.Tensor:
    """Return the trajectory, (n_steps + 1, N, 2)."""
    return torch.stack(list(integration_states(field, x0, n_steps, solver)))


def rotation(x: torch.Tensor, t: float) -> torch.Tensor:
    """A field whose flow is known: x turns by the angle t^2."""
    return 2 * t * torch.stack([-x[:, 1], x[:, 0]], dim=1)


def error(solver: str, n_steps: int) -> float:
    x0 = torch.tensor([[1.0, 0.0], [0.3, -2.0]], dtype=torch.float64)
    turn = torch.tensor([[math.cos(1), -math.sin(1)], [math.sin(1), math.cos(1)]], dtype=torch.float64)
    return float((integrate(rotation, x0, n_steps, solver)[-1] - x0 @ turn.T).norm())


@pytest.mark.parametrize("solver", SOLVERS)
def test_halving_the_step_divides_the_error_by_two_to_the_order(solver):
    measured = math.log2(error(solver, 40) / error(solver, 80))
    assert measured == pytest.approx(SOLVERS[solver].order, abs=0.15)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("n_steps", [1, 7, 100])
def test_a_trajectory_has_the_first_state_and_exactly_n_steps(solver, n_steps):
    times = []

    def field(x: torch.Tensor, t: float) -> torch.Tensor:
        times.append(t)
        return torch.ones_like(x)

    x0 = torch.randn(5, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    x = integrate(field, x0, n_steps, solver)
    assert x.shape == (n_steps + 1, 5, 2)
    assert torch.equal(x[0], x0)
    torch.testing.assert_close(x[-1], x0 + 1)
    assert len(times) == n_steps * SOLVERS[solver].stages
    assert min(times) == 0.0
    assert max(times) <= 1.0


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_tableau_is_consistent(solver):
    table = SOLVERS[solver]
    assert sum(table.b) == pytest.approx(1)
    assert [sum(row) for row in table.a] == pytest.approx(list(table.c))


def test_states_come_one_by_one():
    states = integration_states(rotation, torch.ones(1, 2), 10**9, "euler")
    assert torch.equal(next(states), torch.ones(1, 2))
    assert next(states).shape == (1, 2)


@pytest.mark.parametrize(("solver", "nfe", "steps"), [("euler", 100, 100), ("midpoint", 101, 50), ("rk4", 3, 1)])
def test_evaluations_buy_whole_steps(solver, nfe, steps):
    assert steps_for(solver, nfe) == steps
