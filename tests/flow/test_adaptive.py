"""The adaptive solver: SciPy's evaluations and ends, its interpolant's order, the way back, what is stored of it."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.integrate import RK45, solve_ivp

from fmviz.core.config import FlowConfig, Sampling
from fmviz.core.paths import path_of
from fmviz.flow.carry import ENDS, EVERY_STATE, FINE, LIVE, PARTICLES, carry
from fmviz.flow.device import finish
from fmviz.flow.integrate import AdaptiveStep, adaptive_steps
from fmviz.flow.network import Layout, UnitField, initial_parameters
from fmviz.flow.units import MovingFrame, Units

X0 = torch.from_numpy(np.random.default_rng(0).normal(size=(30, 2)))
FRAME = MovingFrame(Units(np.array([1.0, 2.0]), np.array([4.0, -2.0]), 3.0), path_of("straight"))
LAYOUT = Layout(16, 2)


def turning(x: torch.Tensor, t: float) -> torch.Tensor:
    """A field that turns points by t^2 and pushes them where it is steep."""
    return 2 * t * torch.stack([-x[:, 1], x[:, 0]], dim=1) + 4 * torch.sin(3 * x + 5 * t)


def rotation(x: torch.Tensor, t: float) -> torch.Tensor:
    return 2 * t * torch.stack([-x[:, 1], x[:, 0]], dim=1)


def field() -> UnitField:
    rng = torch.Generator().manual_seed(0)
    return UnitField(LAYOUT, initial_parameters(LAYOUT, rng) + 0.15 * torch.randn(LAYOUT.size, generator=rng))


def places(n: int) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(n, 2)) * 3 + (1, 2)


def steps_of(tolerance: float, times: tuple[float, ...] = ()) -> list[AdaptiveStep]:
    return [step for step in adaptive_steps(turning, X0, "dopri5", tolerance, times) if step is not None]


@pytest.mark.parametrize("tolerance", [1e-2, 1e-3, 1e-4, 1e-5, 1e-6])
def test_it_takes_the_evaluations_of_scipy_and_lands_where_that_lands(tolerance: float) -> None:
    steps = steps_of(tolerance)
    theirs = solve_ivp(lambda t, x: turning(torch.from_numpy(x.reshape(-1, 2)), t).numpy().ravel(), (0, 1),
                       X0.numpy().ravel(), RK45, rtol=tolerance, atol=tolerance, dense_output=True)
    assert steps[-1].nfe == pytest.approx(theirs.nfev, rel=0.2)
    np.testing.assert_allclose(steps[-1].x1.numpy().ravel(), theirs.y[:, -1], atol=10 * tolerance)
    for step in steps:
        middle = (step.t0 + step.t1) / 2
        np.testing.assert_allclose(step.at(0.5).numpy().ravel(), theirs.sol(middle), atol=10 * tolerance)


def test_between_its_states_it_has_order_4() -> None:
    def error(n: int) -> float:
        misses = []
        for step in adaptive_steps(rotation, X0, "dopri5", 1.0, np.arange(n + 1) / n):
            turn = ((step.t0 + step.t1) / 2) ** 2
            matrix = X0.new_tensor([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
            misses.append(float((step.at(0.5) - X0 @ matrix).abs().max()))
        return max(misses)

    assert math.log2(error(10) / error(20)) == pytest.approx(5, abs=0.4)  # of one piece, so one more than the order


def test_a_smaller_tolerance_takes_more_evaluations_and_errs_less() -> None:
    truth = steps_of(1e-9)[-1].x1
    found = [(steps[-1].nfe, float((steps[-1].x1 - truth).abs().max())) for steps in map(steps_of, (1e-2, 1e-4, 1e-6))]
    assert [nfe for nfe, _ in found] == sorted({nfe for nfe, _ in found})
    assert found[2][1] < found[1][1] / 10 < found[0][1] / 100


@pytest.mark.parametrize("path", ["straight", "trigonometric", "vp"])
def test_back_after_forth_is_where_it_began_within_the_tolerance(path: str) -> None:
    of, frame, x0 = field(), MovingFrame(FRAME.units, path_of(path)), places(200)
    for tolerance in (1e-3, 1e-5):
        sampling = Sampling("dopri5", tolerance=tolerance)
        there = finish(carry(of, frame, x0, sampling, ENDS)).x[-1]
        back = finish(carry(of, frame, there, sampling, ENDS, is_backward=True)).x[-1]
        assert np.abs(there - x0).max() > 1
        assert np.sqrt(((back - x0) ** 2).mean()) < 30 * tolerance * frame.units.scale


def test_a_picture_holds_the_states_and_a_curve_between_them() -> None:
    of, sampling = field(), Sampling("dopri5", tolerance=1e-3)
    states = finish(carry(of, FRAME, places(50), sampling, EVERY_STATE))
    picture = finish(carry(of, FRAME, places(50), sampling, FINE))
    rows = np.searchsorted(picture.t, states.t)
    np.testing.assert_array_equal(picture.t[rows], states.t)
    np.testing.assert_array_equal(picture.x[rows], states.x)
    assert FINE.times <= len(picture.t) <= FINE.times + len(states.t)
    assert np.diff(picture.t).min() > 0
    assert np.diff(picture.t).max() <= 1 / (FINE.times - 1) + 1e-9
    truth = finish(carry(of, FRAME, places(50), Sampling("rk4", 800), EVERY_STATE))
    near = truth.x[np.rint(200 * picture.t).astype(int)]
    gap = np.abs(picture.t - np.rint(200 * picture.t) / 200)[:, None, None]
    assert (np.abs(picture.x - near) < 0.05 + 30 * gap).all()
    assert (states.nfe, states.is_straight) == (picture.nfe, False)


def test_more_points_take_the_steps_that_the_first_ones_chose() -> None:
    of, sampling, many = field(), Sampling("dopri5", tolerance=1e-3), places(PARTICLES + 500)
    whole = finish(carry(of, FRAME, many, sampling, EVERY_STATE))
    first = finish(carry(of, FRAME, many[:PARTICLES], sampling, EVERY_STATE))
    np.testing.assert_array_equal(whole.t, first.t)
    np.testing.assert_allclose(whole.x[:, :PARTICLES], first.x, atol=1e-5)
    truth = finish(carry(of, FRAME, many, Sampling("rk4", 160), ENDS)).x[-1]
    assert np.abs(whole.x[-1] - truth)[PARTICLES:].max() < 0.1


def test_a_live_picture_has_no_more_evaluations_than_there_is_time_for() -> None:
    live = finish(carry(field(), FRAME, places(20), Sampling("dopri5"), LIVE))
    assert live.nfe <= LIVE.nfe
    assert not live.is_straight


def test_a_field_that_diverges_ends_too() -> None:
    wild = UnitField(LAYOUT, torch.full((LAYOUT.size,), 1e15))
    motion = finish(carry(wild, FRAME, places(5), Sampling("dopri5"), FINE))
    assert np.isfinite(motion.x).all()
    assert len(motion.t) <= 512  # what a file holds


def test_points_that_go_again_after_many_steps_arrive_where_they_did(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = finish(carry(field(), FRAME, places(20), Sampling("dopri5"), FINE))
    monkeypatch.setattr("fmviz.flow.carry._MOST_STATES", 3)
    again = finish(carry(field(), FRAME, places(20), Sampling("dopri5"), FINE))
    assert (again.t[0], again.t[-1], again.nfe) == (0, 1, whole.nfe)
    np.testing.assert_allclose(again.x[[0, -1]], whole.x[[0, -1]], rtol=1e-5)


@pytest.mark.parametrize("since", [0.5, 0.5015, 0.5031])
def test_a_field_without_bounds_from_some_time_on_ends_too(since: float) -> None:
    def wild(x: torch.Tensor, t: float) -> torch.Tensor:
        return torch.full_like(x, 1.0 if t < since else math.inf)

    assert sum(1 for _ in adaptive_steps(wild, X0, "dopri5", 1e-4)) < 1_500


def test_only_what_a_solver_uses_tells_samplings_apart() -> None:
    assert FlowConfig(solver="dopri5", nfe=7).sampling == FlowConfig(solver="dopri5").sampling
    assert FlowConfig(tolerance=0.01).sampling == FlowConfig().sampling
    assert FlowConfig(solver="dopri5", tolerance=0.01).sampling != FlowConfig(solver="dopri5").sampling
    assert [FlowConfig(solver=key).uses("tolerance") for key in ("rk4", "dopri5")] == [False, True]
