"""The path that was declared is the path that is made, in world units, noise included, wherever the clouds lie."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.config import FlowConfig, Sampling
from fmviz.core.errors import ConfigError
from fmviz.core.marginal import paired_velocity
from fmviz.core.paths import PATHS
from fmviz.core.project import Project
from fmviz.flow.carry import EVERY_STATE, carry
from fmviz.flow.device import finish
from fmviz.flow.distances import wasserstein2
from fmviz.flow.network import INPUTS_OF_PLACE
from fmviz.flow.train import Trainer
from fmviz.flow.units import MovingFrame, units_of

CPU = torch.device("cpu")
ROWS = pytest.mark.parametrize("key", PATHS)
# The unit, and how far away.
PLACES = pytest.mark.parametrize(("unit", "away"), [(1.0, 0.0), (1.0, 1e9), (1e-6, 0.0), (1e3, -1e6)])
DIRECTION = np.array([1.0, -0.3])
START, END, START_SIGMA, END_SIGMA = np.array([1.0, 1.0]), np.array([5.0, -3.0]), 0.5, 1.5


def project(key: str, unit: float = 1.0, away: float = 0.0, sigma: float = 0.0, **settings: object) -> Project:
    """Return the learning of one Gaussian cloud from another."""
    rng = np.random.default_rng(0)
    sides = (Side(cloud=PointCloud(away * DIRECTION + unit * (mean + deviation * rng.normal(size=(3_000, 2)))))
             for mean, deviation in ((START, START_SIGMA), (END, END_SIGMA)))
    config = FlowConfig(path=key, sigma=sigma * unit, **{"width": 16, "depth": 2, "batch": 512} | settings)
    return Project(*sides, (config,))


class Told:
    """Draws random pairs and tells which."""

    def __init__(self, of: Project, trainer: Trainer) -> None:
        self._sides, self._units, self._rng = (of.source, of.target), trainer.units, np.random.default_rng(1)

    def draw(self, step: int, n: int) -> tuple[np.ndarray, np.ndarray]:
        self.x0, self.x1 = (side.sample(n, self._rng) for side in self._sides)
        return self._units.source_to_unit(self.x0), self._units.target_to_unit(self.x1)


def made(of: Project, count: int) -> tuple[np.ndarray, ...]:
    """Return x0, x1, t, xt and ut of a training's first steps, all (N, 2) but t (N, 1), world units."""
    trainer = Trainer(of, 0, CPU)
    pairs = Told(of, trainer)
    inputs, ut = trainer._chunk(pairs, count)
    inputs = inputs.reshape(-1, inputs.shape[-1]).numpy()
    t = inputs[:, INPUTS_OF_PLACE, None].astype(np.float64)
    points = zip(inputs[:, :2], ut.reshape(-1, 2).numpy(), t[:, 0].tolist(), strict=True)
    xt, velocity = zip(*((trainer.frame.to_world(z, time), trainer.frame.velocity_to_world(v, time))
                         for z, v, time in points), strict=True)
    return pairs.x0, pairs.x1, t, np.array(xt), np.array(velocity)


def shares(key: str, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return PATHS[key].alpha(t), PATHS[key].beta(t)


def mean_of(side: Side) -> np.ndarray:
    first = side.cloud.xy[0]
    return first + (side.cloud.xy - first).mean(axis=0)


@ROWS
@PLACES
def test_training_sees_the_declared_points_and_velocities(key: str, unit: float, away: float) -> None:
    of = project(key, unit, away)
    x0, x1, t, xt, ut = made(of, 4)
    # The frame knows the source's mean from 4,000 draws of the cloud.
    mean0 = units_of(of.source, of.target).mean0
    assert np.abs(mean0 - mean_of(of.source)).max() < 0.05 * unit
    start, end = x0 - mean0, x1 - mean0

    def declared(time: np.ndarray) -> np.ndarray:
        alpha, beta = shares(key, time)
        return alpha * end + beta * start

    scale = 5 * unit
    np.testing.assert_allclose((xt - mean0) / scale, declared(t) / scale, atol=2e-6)
    step, is_calm = 1e-4, (t > 1e-3)[:, 0] & (t < 0.98)[:, 0]  # some paths are steep at their end
    t, ut, start, end = t[is_calm], ut[is_calm], start[is_calm], end[is_calm]
    np.testing.assert_allclose(ut / scale, (declared(t + step) - declared(t - step)) / (2 * step * scale), atol=2e-5)


@ROWS
def test_velocities_at_the_ends_are_finite_and_those_of_the_path(key: str) -> None:
    of = project(key)
    x0, x1, t, _, ut = made(of, 16)
    mean0, path = units_of(of.source, of.target).mean0, PATHS[key]
    is_late = (t > 0.98)[:, 0]
    assert is_late.sum() > 50
    declared = path.d_alpha(t[is_late]) * (x1 - mean0)[is_late] + path.d_beta(t[is_late]) * (x0 - mean0)[is_late]
    np.testing.assert_allclose(ut[is_late], declared, rtol=1e-3, atol=1e-3)


@ROWS
@PLACES
def test_noise_is_that_of_the_world(key: str, unit: float, away: float) -> None:
    of = project(key, unit, away, sigma=0.4)
    x0, x1, t, xt, _ = made(of, 16)
    mean0, (alpha, beta) = units_of(of.source, of.target).mean0, shares(key, t)
    noise = ((xt - mean0) - alpha * (x1 - mean0) - beta * (x0 - mean0)) / unit
    assert noise.mean(axis=0) == pytest.approx(np.zeros(2), abs=0.02)
    assert noise.std(axis=0) == pytest.approx(np.full(2, 0.4), rel=0.03)


@ROWS
@pytest.mark.parametrize("sigma", [0.0, 0.7])
def test_mean_and_variance_at_every_time_are_the_declared_ones(key: str, sigma: float) -> None:
    _, _, t, xt, _ = made(project(key, sigma=sigma), 16)
    for low in np.arange(0, 1, 0.25):
        is_here = ((t >= low) & (t < low + 0.25))[:, 0]
        alpha, beta = shares(key, t[is_here])
        away = xt[is_here] - (START + alpha * (END - START))
        variance = alpha**2 * END_SIGMA**2 + beta**2 * START_SIGMA**2 + sigma**2
        assert away.mean(axis=0) == pytest.approx(np.zeros(2), abs=0.12)
        assert (away**2 / variance).mean() == pytest.approx(1, abs=0.08)


@ROWS
def test_the_frame_goes_from_mean_to_mean_and_its_drift_is_its_velocity(key: str) -> None:
    of = project(key, 1.0, 1e9)
    frame = MovingFrame(units_of(of.source, of.target), PATHS[key])
    ahead = PATHS[key].alpha(0.0) * (frame.units.mean1 - frame.units.mean0)
    assert np.array_equal(frame.centre(0.0), frame.units.mean0) == (key != "vp")
    assert frame.centre(0.0) == pytest.approx(frame.units.mean0 + ahead, rel=1e-12)
    assert np.array_equal(frame.centre(1.0), frame.units.mean1)
    for t in (0.1, 0.5, 0.9):
        step = 1e-3
        assert frame.drift(t) == pytest.approx((frame.centre(t + step) - frame.centre(t - step)) / (2 * step), abs=1e-3)


@ROWS
def test_a_network_learns_the_field_of_its_path_and_arrives(key: str) -> None:
    """Also in between: along the way the learned velocity is that of the pairs that pass there."""
    of = project(key, sigma=0.2, width=48, batch=256, steps=1_200, coupling="random")
    trainer = Trainer(of, 0, CPU)
    trainer.begin()
    for _ in trainer.work():
        pass
    trainer.close()
    x0 = of.source.sample(600, np.random.default_rng(3))
    x = finish(carry(trainer.field(), trainer.frame, x0, Sampling("midpoint", 80), EVERY_STATE)).x
    alpha, beta = shares(key, np.array(0.5))
    middle = np.sqrt(alpha**2 * END_SIGMA**2 + beta**2 * START_SIGMA**2 + 0.2**2)
    assert x[20].mean(axis=0) == pytest.approx(START + alpha * (END - START), abs=0.15)
    assert x[20].std(axis=0) == pytest.approx(np.full(2, middle), rel=0.1)
    assert wasserstein2(x[40], of.target.sample(600, np.random.default_rng(4))) < 0.45
    for t in (0.2, 0.5, 0.8):
        at = x[round(40 * t)]
        z = torch.from_numpy(trainer.frame.to_unit(at, t))
        learned = trainer.frame.velocity_to_world(trainer.field()(z, t).numpy(), t)
        exact = paired_velocity(at, t, START[None], END[None], PATHS[key], START_SIGMA, END_SIGMA, 0.2)
        assert np.sqrt(((learned - exact) ** 2).sum() / (exact**2).sum()) < 0.1


@ROWS
def test_a_shift_of_both_clouds_changes_nothing_that_is_learned(key: str) -> None:
    learned = []
    for away in (0.0, 1e9):
        trainer = Trainer(project(key, 1.0, away, sigma=0.2, steps=60), 0, CPU)
        trainer.begin()
        for _ in trainer.work():
            pass
        trainer.close()
        x = away * DIRECTION + START + np.random.default_rng(0).normal(size=(50, 2))
        learned.append((trainer.field()(torch.from_numpy(trainer.frame.to_unit(x, 0.3)), 0.3).numpy(), trainer))
    (here, first), (there, second) = learned
    np.testing.assert_allclose(there, here, atol=2e-3)
    assert second.history.latest == pytest.approx(first.history.latest, rel=1e-3)
    np.testing.assert_allclose(second.frame.drift(0.3), first.frame.drift(0.3), atol=1e-5)


def test_a_trainer_refuses_what_is_no_path() -> None:
    of = project("straight")
    object.__setattr__(of.lanes[0], "path", "cubic")
    with pytest.raises(ConfigError, match="no path 'cubic'"):
        Trainer(of, 0, CPU)
