"""How likely points are under a learned flow: carried back to where they come from, the flow's density is the source's.

    log p1(x1) = log p0(x0) - integral over t from 0 to 1 of div v(xt, t)        dx/dt = v(x, t)

The divergence is exact, and carried along by the same solver. Where the source has no density, as a finite cloud has
none, that of its kernel estimate stands for it.
Source: Chen, Rubanova, Bettencourt, Duvenaud, arXiv 1806.07366, theorem 1.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from fmviz.core.cloud import FloatArray, Side
from fmviz.core.config import Sampling
from fmviz.core.convolution import Points
from fmviz.core.density import best_bandwidth
from fmviz.core.errors import ConfigError
from fmviz.core.extent import extent_of, outlying
from fmviz.core.follow import Place
from fmviz.core.paths import path_of
from fmviz.core.probe import Likelihood
from fmviz.core.project import Project
from fmviz.core.spread import Spread, closed_form, density_of
from fmviz.core.streams import Stream, stream
from fmviz.flow.carry import stored_steps
from fmviz.flow.device import saying
from fmviz.flow.integrate import integration_states
from fmviz.flow.model import UnitVelocity
from fmviz.flow.units import MovingFrame

# Points of one block at most, and what an evaluation with its divergence costs in those without.
_BLOCK, _DIVERGENCE_COST = 1_024, 3
# Enough evaluations for a likelihood, whatever pictures are sampled with. From eight Gaussians to moons, random, 25
# steps of RK4 let the density sum up to 1.13, 50 to 1.009, 100 to 1.001 (+- .008); the NLL is 2.241, 2.322, 2.327.
FINE = Sampling("rk4", 200)
# Bandwidths of a kernel estimate that has no gap where the flow still has mass.
_WIDER = 1.5
# Held-out target points that a number is the mean of.
HELD_OUT = 2_048


class There(NamedTuple):
    """Where points are at another time: x (N, 2), and the integral of the divergence from then to now (N,)."""

    x: NDArray[np.float64]
    spread: NDArray[np.float64]


class HeldOut(NamedTuple):
    """The mean negative log-likelihood of held-out points, nats, and its standard error, None where the source has no
    density; entropy is the least that any flow has, None where the target's density has no closed form.
    """

    nll: float | None = None
    error: float | None = None
    entropy: float | None = None


def source_density(project: Project) -> Spread:
    """Return the density of a project's source, one for all that is asked of it.

    Raises:
        ConfigError: all of it is one point.
    """
    return _density(project.source, project.lanes[0].seed)


@lru_cache(maxsize=4)
def _density(source: Side, seed: int) -> Spread:
    return density_of(source, stream(seed, Stream.LIKELIHOOD))


def log_likelihoods(field: UnitVelocity, frame: MovingFrame, x: NDArray[np.floating], n_steps: int, solver: str,
                    source: Spread, t: float = 1.0) -> Generator[float, None, NDArray[np.float64]]:
    """Return log p (N,) of points x (N, 2) at a time under a field, world units, in nats; yields how much is done."""
    x0, spread = yield from carried_between(field, frame, x, (t, 0.0), n_steps, solver)
    logs = [np.zeros(0)]
    for part in source.logs(x0 - offset_at_start(frame)):
        logs.append(part)
        yield 1.0
    return np.concatenate(logs) - spread


def likelihood_at(field: UnitVelocity, frame: MovingFrame, place: Place, source: Spread,
                  times: int) -> Generator[None, None, Likelihood]:
    """Return how likely one place is at at most so many of the times of `FINE`, of which 0 and 1 are two.

    All are carried back together, each from its own time on; at t = 1 it is what `log_likelihoods` says.
    """
    back, x, n_steps = _Along(field, frame, 1.0, 0.0), np.array([place], dtype=np.float64), FINE.n_steps
    begin = stored_steps(n_steps, times).tolist()
    state = back.begun(x, 1.0)
    for first, last in pairwise(begin):
        for reached in integration_states(back, state, n_steps, FINE.solver, first, last):
            state = reached
            yield
        state = torch.cat([state, back.begun(x, 1.0 - last / n_steps)])
    x0, spread = back.ended(state)
    log_p = source.log(x0 - offset_at_start(frame)) - spread
    return Likelihood(1.0 - np.array(begin)[::-1] / n_steps, log_p[::-1].copy(), source.smoothing)


def carried_between(field: UnitVelocity, frame: MovingFrame, x: NDArray[np.floating], times: tuple[float, float],
                    n_steps: int, solver: str) -> Generator[float, None, There]:
    """Carry points (N, 2) from one time to another one, earlier or later; yields how much is done."""
    begin, end = times
    if begin == end:
        return There(np.asarray(x, dtype=np.float64), np.zeros(len(x)))
    if field.point_map is not None:
        assert times == (1.0, 0.0)
        return There(*(yield from field.point_map.back(x)))
    along = _Along(field, frame, begin, end)
    there, spread = np.empty((len(x), 2)), np.empty(len(x))
    rows = min(_BLOCK, max(1, field.rows // _DIVERGENCE_COST))
    blocks = range(0, len(x), rows)
    for number, start in enumerate(blocks):
        part = slice(start, start + rows)
        state = along.begun(x[part], begin)
        for step, reached in enumerate(integration_states(along, state, n_steps, solver)):
            state = reached
            yield (number + step / n_steps) / len(blocks)
        there[part], spread[part] = along.ended(state)
    return There(there, spread)


class _Along:
    """What carries places from one time to another, and their divergence: states (N, 3) in the evenly moving frame of
    `carry.carry`.
    """

    def __init__(self, field: UnitVelocity, frame: MovingFrame, begin: float, end: float) -> None:
        self._field, self._frame, self._begin, self._end = field, frame, begin, end
        self._even = MovingFrame(frame.units, path_of("straight"))

    def begun(self, x: NDArray[np.floating], t: float) -> torch.Tensor:
        """Return the states of places x (N, 2), world units, at a time."""
        z = torch.from_numpy(self._even.to_unit(x, t)).to(self._field.device)
        return torch.cat([z, torch.zeros(len(z), 1, device=z.device)], dim=1)

    def __call__(self, state: torch.Tensor, since: float) -> torch.Tensor:
        length = self._begin - self._end
        t = self._begin - length * since
        bend, velocity = (torch.from_numpy(of(t)).to(self._field.device) for of in (self._frame.bend,
                                                                                 self._frame.bend_velocity))
        v, divergence = self._field.with_divergence(state[:, :2] - bend, t)
        return torch.cat([-v - velocity, divergence[:, None]], dim=1) * length

    def ended(self, state: torch.Tensor) -> There:
        ends = state.double().cpu().numpy()
        return There(self._even.to_world(ends[:, :2], self._end), ends[:, 2])


def offset_at_start(frame: MovingFrame) -> NDArray[np.float64]:
    """Return how far a path begins from the source itself, (2,), world units: with a share of the target, some do."""
    return frame.units.scale * frame.bend(0.0).astype(np.float64)


def held_out(field: UnitVelocity, frame: MovingFrame, project: Project, count: int = HELD_OUT,
             sampling: Sampling = FINE) -> Generator[None, None, HeldOut]:
    """Return how likely fresh target points are under a field.

    Where the target's density q is known the number is its entropy plus the mean of log q - log p: a hundredth of the
    noise of the mean of log p alone.
    """
    try:
        source = source_density(project)
    except ConfigError:
        return HeldOut()
    points = project.target.sample(count, stream(project.lanes[0].seed, Stream.LIKELIHOOD, 1))
    truth = closed_form(project.target)
    yield
    logs = yield from saying(
        log_likelihoods(field, frame, points, sampling.n_steps, sampling.solver, source), None)
    if truth is None or truth.sigma == 0:
        return HeldOut(-float(logs.mean()), standard_error(logs))
    entropy, lacking = truth.entropy(), truth.log(points) - logs
    return HeldOut(entropy + float(lacking.mean()), standard_error(lacking), entropy)


def standard_error(values: NDArray[np.floating]) -> float:
    """Return the standard error of the mean of values (N,); 0 for one."""
    return float(values.std(ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else 0.0


def places_around(ends: FloatArray, rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return places (N, 2) drawn from a kernel estimate of where a flow ends (N, 2), and its log q there (N,).

    The mean of p / q over them is the integral of p: on a lattice, thin arcs of mass fall between its nodes.
    """
    near = ends[~outlying(ends)].astype(np.float64)
    h = _WIDER * best_bandwidth(near, extent_of([near]), len(near))
    places = near[rng.integers(len(near), size=len(ends))] + h * rng.normal(size=(len(ends), 2))
    return places, Spread(Points(near, np.full(len(near), 1 / len(near))), h).log(places)
