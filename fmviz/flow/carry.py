"""Carrying points along dx/dt = v(x, t) as settings of sampling say: in equal steps, in adaptive ones, or with noise.

A carrying is a generator that pauses after every step, so that a loop can breathe. It works in the moving frame on the
field's device and hands out NumPy arrays in world units: states of the solver, and between those of the adaptive one
what its interpolant says.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fmviz.core.cloud import FloatArray
from fmviz.core.config import Sampling
from fmviz.core.noise import kept_share, score_at
from fmviz.core.paths import path_of
from fmviz.core.solvers import FEW_STEPS, LIVE_NFE, SOLVERS, stand_in, steps_for
from fmviz.core.streams import Stream, stream
from fmviz.flow.integrate import AdaptiveStep, adaptive_steps, integration_states
from fmviz.flow.model import UnitVelocity
from fmviz.flow.units import MovingFrame

PARTICLES = 2_000
# A field that diverges sends particles to infinity; pictures and metrics need numbers.
_FARTHEST = 1e6
# Of a picture with an adaptive solver so many states are stored at most, and as many times between them as asked for.
_MOST_STATES = 300


class Drawn(IntEnum):
    """For which points noise is drawn, so that each purpose has its own."""

    SAMPLES = 1
    PARTICLES = 2
    MORE_PARTICLES = 3
    OWN_STARTS = 4
    DENSITY = 5
    LIVE = 6


@dataclass(frozen=True)
class Fineness:
    """How finely a flow is baked.

    Args:
        nfe: evaluations along each trajectory at most; a finer sampling gets the same solver with so many.
        times: at most so many stored times, and so many times of the field; an adaptive solver's own are beside them.
        grid: points of the field grid along each axis of the extent; it goes on as far as the extent's `wide`.
        lattice: points along each axis of the lattice that is carried along; 0 for none.
        is_of_states: whether every state of the solver is stored, and nothing else.
    """

    nfe: int
    times: int
    grid: int = 0
    lattice: int = 0
    is_of_states: bool = False

    @property
    def has_ends_alone(self) -> bool:
        """Whether only the first and the last time are stored."""
        return self.times == 2 and not self.is_of_states


LIVE = Fineness(nfe=LIVE_NFE, times=11, grid=21, lattice=21)
FINE = Fineness(nfe=10_000, times=51, grid=29, lattice=41)
ENDS, EVERY_STATE = Fineness(nfe=10_000, times=2), Fineness(nfe=10_000, times=2, is_of_states=True)


@dataclass(frozen=True, eq=False)
class Motion:
    """How points were carried.

    Args:
        t: (K,) times since the start, ascending from 0 to 1, float64.
        x: (K, N, 2) the points at these times, world units.
        nfe: evaluations of the field along each trajectory.
        is_straight: whether points go straight between these times, which are then states of the solver.
    """

    t: NDArray[np.float64]
    x: FloatArray
    nfe: int
    is_straight: bool


class Steps(NamedTuple):
    """How many equal steps a solver takes, which of them are stored, and whether points go straight between them."""

    n_steps: int
    stored: NDArray[np.int64]
    is_straight: bool


def steps_of(sampling: Sampling, fineness: Fineness) -> Steps:
    """Return the equal steps of a picture: every one of few, and every piece of a path with noise, is straight."""
    count = steps_for(sampling.solver, min(sampling.nfe, fineness.nfe))
    is_seen = count == sampling.n_steps <= FEW_STEPS and not fineness.has_ends_alone
    times = count + 1 if is_seen or fineness.is_of_states else fineness.times
    return Steps(count, stored_steps(count, times), is_seen or sampling.noise > 0)


def stored_steps(n_steps: int, times: int) -> NDArray[np.int64]:
    """Return which of the steps 0..n_steps are stored: at most `times`, the first and the last among them."""
    return np.unique(np.linspace(0, n_steps, min(times, n_steps + 1)).round().astype(np.int64))


def has_noise(sampling: Sampling, frame: MovingFrame) -> bool:
    """Whether points are carried with noise: it is asked for, and the score is known."""
    return sampling.noise > 0 and frame.gaussian is not None and not sampling.is_adaptive


def carry(field: UnitVelocity, frame: MovingFrame, x0: FloatArray, sampling: Sampling, fineness: Fineness,
          is_backward: bool = False, drawn: Drawn = Drawn.SAMPLES) -> Generator[None, None, Motion]:
    """Carry points x0 (N, 2), world units, from t = 0 to 1.

    Args:
        is_backward: whether x0 is where the points are at t = 1, and time runs from there to 0; without noise.
        drawn: whose noise it is, if the sampling has noise and the frame knows the score.

    The first of the points choose an adaptive solver's steps, and all take them.
    """
    if field.point_map is not None:
        n_steps, stored, is_straight = steps_of(Sampling() if sampling.is_adaptive else replace(sampling, noise=0.0),
                                                fineness)
        x = yield from field.point_map.blends(x0, stored / n_steps, is_backward)
        return Motion(stored / n_steps, x, 1, is_straight)
    way = _Way(field, frame, x0, is_backward)
    if not sampling.is_adaptive:
        return (yield from _evenly(way, sampling, fineness, drawn))
    if fineness.nfe <= LIVE_NFE:
        return (yield from _evenly(way, Sampling(stand_in()), fineness, drawn))
    return (yield from _adaptively(way, sampling, fineness))


class _Way:
    """Some points x0, (N, 2), and the field that carries them, as a solver sees both.

    A step of the solver is what it would be in the world. In a frame that moves evenly it is; in the frame of another
    path it would not be, for that carries the mean without any error, however few the steps are. So the solver sees
    the field in the evenly moving frame. A path that starts with a share of the target is entered where it starts.
    """

    def __init__(self, field: UnitVelocity, frame: MovingFrame, x0: FloatArray, is_backward: bool) -> None:
        self.frame, self.is_backward = frame, is_backward
        self._field, self._x0 = field, x0
        self._even = MovingFrame(frame.units, path_of("straight"))
        self._has_bend = frame.path.key != self._even.path.key
        self._begin, self._sign = (1.0, -1.0) if is_backward else (0.0, 1.0)
        self._z0 = torch.from_numpy(self._even.to_unit(x0, self._begin) + frame.bend(self._begin))

    def __len__(self) -> int:
        return len(self._x0)

    def blocks(self, first: int = 0) -> list[slice]:
        """Return the points from `first` on in parts whose evaluation takes some milliseconds; one at least."""
        rows = self._field.rows
        return [slice(start, min(start + rows, len(self))) for start in range(first, max(len(self), first + 1), rows)]

    def start(self, rows: slice) -> Tensor:
        return self._z0[rows].to(self._field.device)

    def velocity(self, z: Tensor, since: float) -> Tensor:
        """Return the velocity (., 2) at places (., 2), so long after the start."""
        t = self._begin + self._sign * since
        if self._has_bend:
            bend, bend_velocity = (torch.from_numpy(of(t)).to(self._field.device)
                                   for of in (self.frame.bend, self.frame.bend_velocity))
            v = self._field(z - bend, t) + bend_velocity
        else:
            v = self._field(z, t)
        return -v if self.is_backward else v

    def world(self, z: Tensor, rows: slice, since: float) -> FloatArray:
        if since == 0:
            return self._x0[rows]
        x: FloatArray = self._even.to_world(numbers_of(z), self._begin + self._sign * since)
        return x - self.frame.units.scale * self.frame.bend(0.0) if self.is_backward and since == 1 else x


def _evenly(way: _Way, sampling: Sampling, fineness: Fineness, drawn: Drawn) -> Generator[None, None, Motion]:
    is_noisy = has_noise(sampling, way.frame) and not way.is_backward
    n_steps, stored, is_straight = steps_of(sampling if is_noisy else replace(sampling, noise=0.0), fineness)
    x = np.empty((len(stored), len(way), 2))
    for number, rows in enumerate(way.blocks(), start=1):
        renewed = _renewal(way, sampling.noise, drawn, number) if is_noisy else None
        k = 0
        for step, z in enumerate(integration_states(way.velocity, way.start(rows), n_steps, sampling.solver,
                                                     renewed=renewed)):
            if step == stored[k]:
                x[k, rows] = way.world(z, rows, step / n_steps)
                k += 1
            yield
    nfe = n_steps * SOLVERS[sampling.solver].stages + (n_steps - 1 if is_noisy else 0)
    return Motion(stored / n_steps, x, nfe, is_straight)


def _adaptively(way: _Way, sampling: Sampling, fineness: Fineness) -> Generator[None, None, Motion]:
    first = way.blocks()[0]
    first = slice(0, min(first.stop, PARTICLES))
    ends, nfe, steps = [0.0], 0, list[AdaptiveStep]()
    for step in adaptive_steps(way.velocity, way.start(first), sampling.solver, sampling.tolerance):
        if step is not None:
            ends.append(step.t1)
            nfe = step.nfe
            # Slopes say what is between ends; of more steps than that they fill the memory, so all points go again.
            if fineness.times == 2:
                steps.append(replace(step, slopes=()))
            elif len(ends) <= _MOST_STATES:
                steps.append(step)
            else:
                steps.clear()
        yield
    t = _times_of(ends, fineness)
    x = np.empty((len(t), len(way), 2))
    for step in steps:
        _put(x, t, way, first, step)
        yield
    begin = first.stop if steps else 0
    for rows in way.blocks(begin) if begin < len(way) else []:
        for step in adaptive_steps(way.velocity, way.start(rows), sampling.solver, sampling.tolerance, ends):
            assert step is not None
            _put(x, t, way, rows, step)
            yield
    return Motion(t, x, nfe, False)


def _put(x: FloatArray, t: NDArray[np.float64], way: _Way, rows: slice, step: AdaptiveStep) -> None:
    """Put the states of points at those of the times that a step passes."""
    if step.t0 == 0:
        x[0, rows] = way.world(step.x0, rows, 0.0)
    for k in np.nonzero((t > step.t0) & (t <= step.t1))[0].tolist():
        share = 1.0 if t[k] == step.t1 else (float(t[k]) - step.t0) / (step.t1 - step.t0)
        x[k, rows] = way.world(step.at(share), rows, float(t[k]))


def _times_of(ends: Sequence[float], fineness: Fineness) -> NDArray[np.float64]:
    """Return which times are stored: ends of steps, and between them as many as make a curve, none far from others."""
    if fineness.has_ends_alone:
        return np.array([0.0, 1.0])
    if fineness.is_of_states:
        return np.array(ends)
    seen = np.asarray(ends)[stored_steps(len(ends) - 1, _MOST_STATES)]
    counts = np.maximum(1, np.ceil((fineness.times - 1) * np.diff(seen) - 1e-9)).astype(int)
    pieces = [low + (high - low) * np.arange(count) / count
              for low, high, count in zip(seen[:-1], seen[1:], counts, strict=True)]
    return np.concatenate([*pieces, [1.0]])


def _renewal(way: _Way, noise: float, drawn: Drawn, block: int) -> Callable[[Tensor, float, float], Tensor]:
    """Return what renews the source's noise in z (., 2) after a step from t to `later`; see `core.noise`."""
    frame, gaussian = way.frame, way.frame.gaussian
    assert gaussian is not None
    units, rng = frame.units, stream(gaussian.seed, Stream.SAMPLING_NOISE, int(drawn), block)
    sigma, path_sigma = gaussian.sigma / units.scale, gaussian.path_sigma / units.scale
    between, mean = (torch.from_numpy(((np.asarray(end) - units.mean0) / units.scale).astype(np.float32))
                     for end in (units.mean1, gaussian.mean))

    def renewed(z: Tensor, t: float, later: float) -> Tensor:
        kept, width = kept_share(frame.path, t, later, noise), float(frame.path.beta(later)) * sigma
        if later >= 1 or kept == 1:
            return z
        score, device = score_at(frame.path, later, sigma, path_sigma), z.device
        v, y = way.velocity(z, later) + between.to(device), z + later * between.to(device)
        pull = score.of_velocity * v + score.of_place * y + score.of_mean * mean.to(device)
        fresh = torch.from_numpy(rng.standard_normal(tuple(z.shape), dtype=np.float32)).to(device)
        return z + (1 - kept) * width**2 * pull + math.sqrt(1 - kept**2) * width * fresh

    return renewed


def numbers_of(z: Tensor) -> NDArray[np.float32]:
    """Return finite numbers in reach, of values on any device."""
    numbers: NDArray[np.float32] = torch.nan_to_num(z, nan=0.0, posinf=_FARTHEST, neginf=-_FARTHEST).clamp(
        -_FARTHEST, _FARTHEST).cpu().numpy()
    return numbers
