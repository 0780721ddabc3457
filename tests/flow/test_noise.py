"""Sampling with noise: the score is that of the density, marginals stay, without noise nothing changes, words for why
not.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from exact_fields import gaussian_mixture_velocity

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.config import FlowConfig, Sampling
from fmviz.core.errors import ConfigError
from fmviz.core.noise import GaussianSource, check_noise, gaussian_source, kept_share, noise_of, score_at, why_no_noise
from fmviz.core.paths import PATHS
from fmviz.core.project import Project
from fmviz.core.shapes import EIGHT_CENTRES, EIGHT_SIGMA
from fmviz.flow.carry import EVERY_STATE, LIVE, Drawn, Motion, carry
from fmviz.flow.device import finish
from fmviz.flow.units import MovingFrame, Units

UNITS = Units(np.zeros(2), np.array([2.0, -1.0]), 2.0)
NORMAL = Side(shape="gaussian")


class ExactUnitField:
    """The exact field of N(0, I) to a mixture, in the moving frame."""

    rows, note, device, point_map = 4_096, "", torch.device("cpu"), None

    def __init__(self, means: np.ndarray, sigma: float, frame: MovingFrame) -> None:
        self._means, self._sigma, self._frame = means, sigma, frame

    def __call__(self, z: torch.Tensor, t: float) -> torch.Tensor:
        x, frame = self._frame.to_world(z.numpy(), t), self._frame
        u = gaussian_mixture_velocity(x, min(t, 1 - 1e-6), self._means, self._sigma, frame.path)
        return torch.from_numpy(((u - frame.drift(t)) / frame.units.scale).astype(np.float32))


def carried(means: np.ndarray, sigma: float, noise: float, n: int, path: str = "straight", seed: int = 0,
            steps: int = 60) -> Motion:
    frame = MovingFrame(UNITS, PATHS[path], GaussianSource((0.0, 0.0), 1.0, 0.0, seed))
    x0 = np.random.default_rng(seed).normal(size=(n, 2))
    return finish(carry(ExactUnitField(means, sigma, frame), frame, x0, Sampling("midpoint", 2 * steps, noise=noise),
                        EVERY_STATE, drawn=Drawn.PARTICLES))


@pytest.mark.parametrize("path_sigma", [0.0, 0.3])
@pytest.mark.parametrize("path", PATHS)
def test_the_score_is_the_gradient_of_the_log_density(path: str, path_sigma: float) -> None:
    s0, s1, mean0 = 1.3, 0.4, np.array([0.2, -0.1])
    row, means = PATHS[path], np.array([[1.0, 2.0], [-2.0, 0.5], [0.0, -1.0]])
    x = np.random.default_rng(0).normal(size=(20, 2))
    for t in (0.1, 0.5, 0.95):
        a, b = float(row.alpha(t)), float(row.beta(t))
        variance = (a * s1) ** 2 + (b * s0) ** 2 + path_sigma**2
        # Counted from another place than the source's mean, as after a mean of samples.
        v = gaussian_mixture_velocity(x - b * mean0, t, means, s1, row, s0, path_sigma) + row.d_beta(t) * mean0
        offsets = x[:, None] - (a * means + b * mean0)
        weights = np.exp(-(offsets**2).sum(axis=2) / (2 * variance))
        truth = -(weights[..., None] * offsets).sum(axis=1) / weights.sum(axis=1)[:, None] / variance
        score = score_at(row, t, s0, path_sigma)
        found = score.of_velocity * v + score.of_place * x + score.of_mean * mean0
        np.testing.assert_allclose(found, truth, rtol=1e-6, atol=1e-7)


def test_noise_is_that_of_the_equation_for_short_steps() -> None:
    for row in PATHS.values():
        for t in (0.2, 0.6, 0.9):
            h, noise, b = 1e-6, 1.7, float(row.beta(t))
            g2 = -noise**2 * b * float(row.d_beta(t))
            variance = (1 - kept_share(row, t, t + h, noise) ** 2) * b**2
            assert variance / h == pytest.approx(g2, rel=1e-3)
    straight = PATHS["straight"]
    assert kept_share(straight, 0.5, 1.0, 2.0) == 0  # which changes nothing there: no noise of the source is left
    assert kept_share(straight, 0.5, 0.75, 0.0) == 1


@pytest.mark.parametrize("path", ["straight", "trigonometric", "vp"])
@pytest.mark.parametrize(("noise", "steps"), [(1.0, 60), (2.0, 150)])
def test_the_marginals_of_a_gaussian_stay(path: str, noise: float, steps: int) -> None:
    mean, sigma, n = np.array([[2.0, -1.0]]), 0.5, 3_000
    motion = carried(mean, sigma, noise, n, path, steps=steps)
    row = PATHS[path]
    for k in (steps // 3, 2 * steps // 3, steps):
        t = float(motion.t[k])
        a, b = float(row.alpha(t)), float(row.beta(t))
        deviation = np.hypot(a * sigma, b)
        z = (motion.x[k].mean(axis=0) - a * mean[0]) / (deviation / np.sqrt(n))
        assert np.abs(z).max() < 5
        assert motion.x[k].std(axis=0) == pytest.approx(deviation, rel=0.05)
    assert motion.is_straight
    assert motion.nfe == 3 * steps - 1
    # Where a particle ends depends on chance now.
    plain = carried(mean, sigma, 0.0, n, path, steps=20)
    assert np.corrcoef(motion.x[-1, :, 0], plain.x[-1, :, 0])[0, 1] < 0.9


def test_eight_gaussians_keep_their_shares_and_nothing_lies_between() -> None:
    n = 2_000
    x = carried(EIGHT_CENTRES, EIGHT_SIGMA, 1.5, n).x[-1]
    distances = np.sqrt(((x[:, None] - EIGHT_CENTRES) ** 2).sum(axis=2))
    shares = np.bincount(distances.argmin(axis=1), minlength=8) / n
    chi = n * ((shares - 1 / 8) ** 2 * 8).sum()
    assert chi < 30  # of 7 degrees: p = 1e-4
    assert (distances.min(axis=1) > 5 * EIGHT_SIGMA).mean() < 0.002


def test_points_are_reached_and_nothing_is_infinite() -> None:
    centres = np.array([[3.0, 0.0], [-3.0, 0.0]])
    x = carried(centres, 0.0, 4.0, 500).x
    assert np.isfinite(x).all()
    assert np.sqrt(((x[-1][:, None] - centres) ** 2).sum(axis=2)).min(axis=1).max() < 0.05


def test_without_noise_it_is_the_plain_flow_bit_for_bit_and_a_seed_repeats() -> None:
    frame = MovingFrame(UNITS, PATHS["straight"])
    x0 = np.random.default_rng(0).normal(size=(40, 2))
    field = ExactUnitField(EIGHT_CENTRES, EIGHT_SIGMA, frame)
    plain = finish(carry(field, frame, x0, Sampling("midpoint", 120), EVERY_STATE))
    np.testing.assert_array_equal(carried(EIGHT_CENTRES, EIGHT_SIGMA, 0.0, 40).x, plain.x)
    # Without a score there is none either.
    noisy = Sampling("midpoint", 120, noise=1.0)
    np.testing.assert_array_equal(finish(carry(field, frame, x0, noisy, EVERY_STATE)).x, plain.x)
    one, same, other = (carried(EIGHT_CENTRES, EIGHT_SIGMA, 1.0, 40, seed=seed).x for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
    known = MovingFrame(UNITS, PATHS["straight"], GaussianSource((0.0, 0.0), 1.0, 0.0, 0))
    back, plain_back = (finish(carry(field, known, x0, sampling, LIVE, is_backward=True)).x
                        for sampling in (noisy, Sampling("midpoint", 120)))
    np.testing.assert_array_equal(back[-1], plain_back[-1])


def test_it_is_known_of_a_gaussian_and_random_coupling_alone() -> None:
    assert gaussian_source(NORMAL, FlowConfig()) == GaussianSource((0.0, 0.0), 1.0, 0.0, 0)
    jittered = Side(cloud=PointCloud(np.ones((5, 2))), jitter=0.5)
    assert gaussian_source(jittered, FlowConfig(sigma=0.1)) == GaussianSource((1.0, 1.0), 0.5, 0.1, 0)
    for source, config, why in ((NORMAL, FlowConfig(coupling="ot"), "random coupling"),
                                (Side(shape="8gaussians"), FlowConfig(), "Gaussian source"),
                                (Side(cloud=PointCloud(np.eye(2))), FlowConfig(), "Gaussian source"),
                                (NORMAL, FlowConfig(solver="dopri5"), "another solver")):
        config = FlowConfig(coupling=config.coupling, solver=config.solver, noise=2.0)
        assert why in why_no_noise(source, config)
        assert noise_of(source, config) == 0
        with pytest.raises(ConfigError, match="The sampling noise is 2"):
            check_noise(Project(source, NORMAL, (config,)))
    assert noise_of(NORMAL, FlowConfig(noise=2.0)) == 2
    check_noise(Project(NORMAL, NORMAL, (FlowConfig(noise=2.0),)))
    # A file's own noise that its other settings put out of use is said nowhere; that of another source would be.
    check_noise(Project(NORMAL, NORMAL, (FlowConfig(coupling="ot", noise=2.0),)), is_given=False)
    with pytest.raises(ConfigError, match="Gaussian as the source, or noise 0"):
        check_noise(Project(Side(shape="8gaussians"), NORMAL, (FlowConfig(noise=2.0),)), is_given=False)
