"""Particles that a flow has carried: where they are at any time, their whole paths, and those that the eye follows.

Positions lie on a cubic through the solver's states, or on straight pieces between them where these are few.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Protocol
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

from fmviz.core.cloud import FloatArray, Labels
from fmviz.core.density import product
from fmviz.core.follow import Starts, numbers_of, spread_of
from fmviz.core.spline import spline_weights, straight_weights

# Positions on a whole path: bends look round.
_PATH_POINTS = 49
# What is kept about an array of positions as long as it lives. By the array, because snapshots that differ in what they
# have beside their particles share it.
_KEPT: dict[int, dict[str, tuple[Hashable, Any]]] = {}


class States(Protocol):
    """States of a solver: t (K,) ascending from 0 to 1, x (K, N, 2) world units; see `frames.FlowSnapshot`."""

    @property
    def t(self) -> FloatArray: ...

    @property
    def x(self) -> FloatArray: ...

    @property
    def is_straight(self) -> bool: ...


class ClassedStates(States, Protocol):
    """States of particles that may have classes, of where they start and of where they end."""

    @property
    def start_labels(self) -> Labels | None: ...

    @property
    def end_labels(self) -> Labels | None: ...


@dataclass(frozen=True, eq=False)
class Carried:
    """A few particles, carried as those of a snapshot are.

    t (K,), x (K, F, 2), is_straight, start_labels and end_labels as in `frames.FlowSnapshot`.
    """

    t: FloatArray
    x: FloatArray
    is_straight: bool = False
    start_labels: Labels | None = None
    end_labels: Labels | None = None


@dataclass(frozen=True, eq=False)
class Paths:
    """Whole paths: x (S, P, 2) of P particles at S times t from 0 to 1; the same object at every t."""

    t: FloatArray
    x: FloatArray


@dataclass(frozen=True, eq=False)
class Followed:
    """Particles that the eye can follow: how they were carried, their whole paths, and where they are now, x (F, 2).

    is_chosen says whether somebody has chosen where they start.
    """

    carried: Carried
    paths: Paths
    x: FloatArray
    is_chosen: bool = False

    @property
    def starts(self) -> Starts:
        """Where they start."""
        return numbers_of(self.carried.x[0].tolist())


def positions_at(states: States, times: np.ndarray, count: int | None = None) -> FloatArray:
    """Return the first `count` particles at M times, (M, count, 2); all particles if count is None.

    Every position is a weighted sum of stored ones, so a whole trail is one matrix product.
    """
    k, n, _ = states.x.shape
    count = n if count is None else count
    used, weights = weights_at(states, times)
    block = states.x.reshape(k, 2 * n)[used, : 2 * count]
    return product(weights, block).reshape(len(times), count, 2)


def weights_at(states: States, times: np.ndarray) -> tuple[slice, NDArray[np.float64]]:
    """Return which stored states matter at some times, and their weights."""
    return (straight_weights if states.is_straight else spline_weights)(states.t, times)


def with_corners(times: np.ndarray, states: States) -> np.ndarray:
    """Return as many ascending times, those of the solver's states among them where paths have corners there.

    Each state takes the place of the time nearest to it; the ends stay.
    """
    if not states.is_straight or len(times) < 3 or times[-1] <= times[0]:
        return times
    corners = states.t[(states.t > times[0]) & (states.t < times[-1])].astype(np.float64)
    places = np.rint((corners - times[0]) / (times[1] - times[0])).astype(int).clip(1, len(times) - 2)
    if len(np.unique(places)) < len(places):  # more corners than times: rather more times
        return np.unique(np.concatenate([times, corners]))
    times = times.copy()
    times[places] = corners
    return times


def whole_paths(states: States, count: int | None = None) -> Paths:
    """Return the whole paths of the first `count` particles, of all if it is None; the last ones are kept."""
    kept = _kept_about(states.x)
    if kept.get("paths", (None,))[0] != (count,):
        times = with_corners(np.linspace(0.0, 1.0, _PATH_POINTS), states)
        kept["paths"] = (count,), Paths(times, positions_at(states, times, count))
    paths: Paths = kept["paths"][1]
    return paths


def spread_over(states: States, count: int, followed: int) -> tuple[int, ...]:
    """Return which particles to follow: at most `followed` of the first `count`, spread over their starts."""
    starts = np.ascontiguousarray(states.x[0, :count], dtype=np.float64)
    return spread_of(starts.tobytes(), followed)


def chosen_of(states: ClassedStates, particles: tuple[int, ...]) -> Carried:
    """Return some particles, as far as there are these; the last ones are kept."""
    kept = _kept_about(states.x)
    if kept.get("chosen", (None,))[0] != particles:
        kept["chosen"] = particles, _columns(states, np.array([k for k in particles if k < states.x.shape[1]], int))
    carried: Carried = kept["chosen"][1]
    return carried


def started_at(states: ClassedStates, starts: Starts, near: float) -> Carried:
    """Return the particles that start within `near`, world units, of some places; places without one are left out.

    The last ones are kept.
    """
    kept = _kept_about(states.x)
    if kept.get("started", (None,))[0] != (starts, near):
        gaps = np.abs(states.x[0][None] - np.array(starts, dtype=np.float64).reshape(-1, 1, 2)).max(axis=2)
        rows = gaps.argmin(axis=1)
        kept["started"] = (starts, near), _columns(states, rows[gaps.min(axis=1) <= near])
    carried: Carried = kept["started"][1]
    return carried


def followed_at(carried: Carried | None, t: float, is_chosen: bool) -> Followed | None:
    """Return some particles as the eye can follow them, at time t; None if there are none."""
    if carried is None or carried.x.shape[1] == 0:
        return None
    return Followed(carried, whole_paths(carried), positions_at(carried, np.array([t]))[0], is_chosen)


def _columns(states: ClassedStates, rows: NDArray[np.int64]) -> Carried:
    labels = [None if each is None else each.of(rows) for each in (states.start_labels, states.end_labels)]
    return Carried(states.t, np.ascontiguousarray(states.x[:, rows]), states.is_straight, *labels)


def _kept_about(x: FloatArray) -> dict[str, tuple[Hashable, Any]]:
    if id(x) not in _KEPT:
        _KEPT[id(x)] = {}
        finalize(x, _KEPT.pop, id(x), None)
    return _KEPT[id(x)]
