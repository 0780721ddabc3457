"""How likely points are under a learned flow: carried back to where they come from, the flow's density is the source's.

    log p1(x1) = log p0(x0) - integral over t from 0 to 1 of div v(xt, t)        dx/dt = v(x, t)

The divergence is exact, and carried along by the same solver. Where the source has no density, as a finite cloud has
none, that of its kernel estimate stands for it.
Source: Chen, Rubanova, Bettencourt, Duvenaud, arXiv 1806.07366, theorem 1.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from fmviz.core.cloud import FloatArray, Side
from fmviz.core.config import Sampling
from fmviz.core.density import best_bandwidth
from fmviz.core.errors import ConfigError
from fmviz.core.extent import extent_of, outlying
from fmviz.core.follow import Place
from fmviz.core.paths import path_of
from fmviz.core.probe import Likelihood
from fmviz.core.project import LearnedFlow
from fmviz.core.shapes import SHAPES
from fmviz.flow.bake import integration_states, stored_steps
from fmviz.flow.network import UnitField
from fmviz.flow.sample import field_of
from fmviz.flow.units import MovingFrame

# Points of one block: evaluating it with its divergence takes some milliseconds.
_BLOCK = 1_024
# Points that stand for a source without a closed form, and pairs of one block of its kernel sum.
_SMOOTHED, _PAIRS = 8_192, 2**21


class Density(NamedTuple):
    """A density as equal Gaussians: centres (M, 2), their masses (M,) of sum 1, their deviation, and how much of that
    is smoothing; world units.
    """

    centres: NDArray[np.float64]
    masses: NDArray[np.float64]
    sigma: float
    smoothing: float = 0.0

    def log(self, x: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return log p (N,) at x (N, 2), in nats per square world unit."""
        found = np.empty(len(x))
        rows, log_masses = max(1, _PAIRS // len(self.centres)), np.log(self.masses)
        for start in range(0, len(x), rows):
            part = np.asarray(x[start:start + rows], dtype=np.float64)
            exponents = log_masses - ((part[:, None] - self.centres) ** 2).sum(axis=2) / (2 * self.sigma**2)
            found[start:start + rows] = np.logaddexp.reduce(exponents, axis=1)
        return found - math.log(2 * math.pi * self.sigma**2)


def density_of(side: Side, rng: np.random.Generator) -> Density:
    """Return the density of a side: its closed form, that of its jittered points, or a kernel estimate of them.

    Raises:
        ConfigError: all of it is one point.
    """
    mixture = None if side.shape is None else SHAPES[side.shape].mixture
    if mixture is not None and math.hypot(mixture.sigma, side.jitter) > 0:
        count = len(mixture.centres)
        return Density(np.asarray(mixture.centres, dtype=np.float64), np.full(count, 1 / count),
                       math.hypot(mixture.sigma, side.jitter))
    cloud = side.cloud
    if cloud is not None and len(cloud) <= _SMOOTHED:
        xy, weights = cloud.xy, np.ones(len(cloud)) if cloud.weights is None else cloud.weights
    else:
        xy = replace(side, jitter=0.0).sample(_SMOOTHED, rng)
        weights = np.ones(len(xy))
    places = np.asarray(xy[weights > 0], dtype=np.float64)
    masses = np.asarray(weights[weights > 0] / weights.sum(), dtype=np.float64)
    if not np.ptp(places, axis=0).any() and side.jitter == 0:
        raise ConfigError("The source is one point, which has no density; take a source that spreads, or jitter it.")
    if cloud is not None and len(cloud) <= _SMOOTHED and side.jitter > 0:
        return Density(places, masses, side.jitter)
    h = best_bandwidth(places, extent_of([places]), round(1 / float((masses**2).sum())))
    return Density(places, masses, math.hypot(h, side.jitter), h)


def log_likelihoods(flow: LearnedFlow, x1: NDArray[np.floating], sampling: Sampling,
                    source: Density) -> Generator[float, None, NDArray[np.float64]]:
    """Return log p1 (N,) of points x1 (N, 2), world units, in nats; yields how much is done.

    Raises:
        ConfigError: the weights do not fit the settings.
    """
    back = _Back(*field_of(flow))
    log_p, blocks = np.empty(len(x1)), range(0, len(x1), _BLOCK)
    for number, start in enumerate(blocks):
        part = slice(start, start + _BLOCK)
        state = back.begun(x1[part], 1.0)
        for step, reached in enumerate(integration_states(back, state, sampling.n_steps, sampling.solver)):
            state = reached
            yield (number + step / sampling.n_steps) / len(blocks)
        log_p[part] = back.log_p(state, source)
    return log_p


def likelihood_at(flow: LearnedFlow, place: Place, sampling: Sampling, source: Density,
                  times: int) -> Generator[None, None, Likelihood]:
    """Return how likely one place is at at most so many of the solver's own times, of which 0 and 1 are two.

    All are carried back together, each from its own time on; at t = 1 it is what `log_likelihoods` says.

    Raises:
        ConfigError: the weights do not fit the settings.
    """
    back, x, n_steps = _Back(*field_of(flow)), np.array([place], dtype=np.float64), sampling.n_steps
    begin = stored_steps(n_steps, times).tolist()
    state = back.begun(x, 1.0)
    for first, last in pairwise(begin):
        for reached in integration_states(back, state, n_steps, sampling.solver, first, last):
            state = reached
            yield
        state = torch.cat([state, back.begun(x, 1.0 - last / n_steps)])
    log_p = back.log_p(state, source)
    return Likelihood(1.0 - np.array(begin)[::-1] / n_steps, log_p[::-1].copy(), source.smoothing)


class _Back:
    """What carries places and their log-density back in time: states (N, 3) in the evenly moving frame of `bake.carry`.
    """

    def __init__(self, field: UnitField, frame: MovingFrame) -> None:
        self._field, self._frame = field, frame
        self._even = MovingFrame(frame.units, path_of("straight"))

    def begun(self, x: NDArray[np.floating], t: float) -> torch.Tensor:
        """Return the states of places x (N, 2), world units, at a time."""
        z = torch.from_numpy(self._even.to_unit(x, t) + self._frame.bend(t))
        return torch.cat([z, torch.zeros(len(z), 1)], dim=1)

    def __call__(self, state: torch.Tensor, since: float) -> torch.Tensor:
        t = 1.0 - since
        z = state[:, :2] - torch.from_numpy(self._frame.bend(t))
        v = self._field(z, t) + torch.from_numpy(self._frame.bend_velocity(t))
        return torch.cat([-v, self._field.divergence(z, t)[:, None]], dim=1)

    def log_p(self, state: torch.Tensor, source: Density) -> NDArray[np.float64]:
        """Return log p (N,) of where they began, of their states at t = 0."""
        ends = state.double().numpy()
        x0 = self._even.to_world(ends[:, :2], 0.0) - self._frame.units.scale * self._frame.bend(0.0)
        return np.asarray(source.log(x0) - ends[:, 2])


def plane_of(points: FloatArray, count: int) -> tuple[NDArray[np.float64], float]:
    """Return the nodes (count^2, 2) of a lattice well around points (N, 2), and the area of a cell."""
    near = points[~outlying(points)].astype(np.float64)
    low, high = near.min(axis=0), near.max(axis=0)
    margin = 0.25 * (high - low).max()
    axes = [np.linspace(low[k] - margin, high[k] + margin, count) for k in (0, 1)]
    nodes = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
    return nodes, float(np.prod([axis[1] - axis[0] for axis in axes]))
