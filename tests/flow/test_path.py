"""Paths: where they begin and end, and that the velocity is the path's derivative."""

import pytest
import torch

from fmviz.flow.path import PATHS


def pair(n: int = 200) -> tuple[torch.Tensor, torch.Tensor, torch.Generator]:
    rng = torch.Generator().manual_seed(0)
    return (torch.randn(n, 2, generator=rng, dtype=torch.float64),
            torch.randn(n, 2, generator=rng, dtype=torch.float64), rng)


@pytest.mark.parametrize("name", PATHS)
def test_a_path_leads_from_x0_to_x1(name):
    x0, x1, rng = pair()
    for t, end in ((0.0, x0), (1.0, x1)):
        xt, _ = PATHS[name](x0, x1, torch.full((len(x0), 1), t, dtype=x0.dtype), 0.0, rng)
        torch.testing.assert_close(xt, end)


@pytest.mark.parametrize("name", PATHS)
def test_the_velocity_is_the_derivative_of_the_path(name):
    x0, x1, rng = pair()
    t = torch.rand(len(x0), 1, generator=rng, dtype=x0.dtype) * 0.9 + 0.05
    step = 1e-5
    before, after = (PATHS[name](x0, x1, t + sign * step, 0.0, rng)[0] for sign in (-1, 1))
    torch.testing.assert_close((after - before) / (2 * step), PATHS[name](x0, x1, t, 0.0, rng)[1])


@pytest.mark.parametrize("name", PATHS)
def test_noise_has_the_deviation_that_was_asked_for(name):
    x0, x1, rng = pair(40_000)
    t = torch.full((len(x0), 1), 0.5, dtype=x0.dtype)
    noise = PATHS[name](x0, x1, t, 0.3, rng)[0] - PATHS[name](x0, x1, t, 0.0, rng)[0]
    assert float(noise.std()) == pytest.approx(0.3, rel=0.02)
    assert float(noise.mean()) == pytest.approx(0, abs=0.01)
