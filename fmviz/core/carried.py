"""Particles that a flow has carried: where they are at any time, their whole paths, and those that the eye follows.

Positions lie on a cubic through the solver's states, or on straight pieces between them where these are few: both are
weights that turn stored values into values at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

from fmviz.core.cloud import NO_CLASSES, Classes, FloatArray
from fmviz.core.density import product
from fmviz.core.follow import Starts, spread_of

# Positions on a whole path: bends look round.
_PATH_POINTS = 49
# What is kept about an array of positions as long as it lives. By the array, because snapshots that differ in what they
# have beside their particles share it.
_KEPT: dict[int, dict[str, tuple[Hashable, Any]]] = {}
_Made = TypeVar("_Made")


class States(Protocol):
    """States of a solver: t (K,) ascending from 0 to 1, x (K, N, 2) world units; see `frames.FlowSnapshot`."""

    @property
    def t(self) -> FloatArray: ...

    @property
    def x(self) -> FloatArray: ...

    @property
    def is_straight(self) -> bool: ...


class ClassedStates(States, Protocol):
    """States of particles that may have classes."""

    @property
    def classes(self) -> Classes: ...


@dataclass(frozen=True, eq=False)
class Carried:
    """A few particles, carried as those of a snapshot are.

    t (K,), x (K, F, 2), is_straight and the classes of particles as in `frames.FlowSnapshot`.
    """

    t: FloatArray
    x: FloatArray
    is_straight: bool = False
    classes: Classes = NO_CLASSES


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
        return tuple((x, y) for x, y in self.carried.x[0].tolist())


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
    def made() -> Paths:
        times = with_corners(np.linspace(0.0, 1.0, _PATH_POINTS), states)
        return Paths(times, positions_at(states, times, count))

    return _kept(states.x, "paths", count, made)


def spread_over(states: States, count: int, followed: int) -> tuple[int, ...]:
    """Return which particles to follow: at most `followed` of the first `count`, spread over their starts."""
    starts = np.ascontiguousarray(states.x[0, :count], dtype=np.float64)
    return spread_of(starts.tobytes(), followed)


def chosen_of(states: ClassedStates, particles: tuple[int, ...]) -> Carried:
    """Return some particles, as far as there are these; the last ones are kept."""
    return _kept(states.x, "chosen", particles, lambda: _columns(
        states, np.array([k for k in particles if k < states.x.shape[1]], int)))


def started_at(states: ClassedStates, starts: Starts, near: float) -> Carried:
    """Return the particles that start within `near`, world units, of some places; places without one are left out.

    The last ones are kept.
    """
    def made() -> Carried:
        gaps = np.abs(states.x[0][None] - np.array(starts, dtype=np.float64).reshape(-1, 1, 2)).max(axis=2)
        return _columns(states, gaps.argmin(axis=1)[gaps.min(axis=1) <= near])

    return _kept(states.x, "started", (starts, near), made)


def followed_at(carried: Carried | None, t: float, is_chosen: bool) -> Followed | None:
    """Return some particles as the eye can follow them, at time t; None if there are none."""
    if carried is None or carried.x.shape[1] == 0:
        return None
    return Followed(carried, whole_paths(carried), positions_at(carried, np.array([t]))[0], is_chosen)


def intervals(stored: NDArray[np.floating], times: NDArray[np.floating]) -> NDArray[np.int64]:
    """Return for each time the index of the stored time at or before it, at most the last but one.

    Args:
        stored: (K,) ascending, K >= 1.
        times: (M,) from stored[0] to stored[-1].
    """
    low = np.searchsorted(stored.astype(np.float64), times, side="right") - 1
    return np.clip(low, 0, max(0, len(stored) - 2)).astype(np.int64)


def straight_weights(stored: NDArray[np.floating], times: NDArray[np.floating]) -> tuple[slice, NDArray[np.float64]]:
    """Return what `spline_weights` does, for straight pieces between the stored values."""
    low = intervals(stored, times)
    used = slice(int(low[0]), min(len(stored), int(low[-1]) + 2))
    near = stored[used].astype(np.float64)
    if len(near) == 1:
        return used, np.ones((len(times), 1))
    low, rows = low - used.start, np.arange(len(times))
    share = np.clip((times - near[low]) / (near[low + 1] - near[low]), 0.0, 1.0)
    weights = np.zeros((len(times), len(near)))
    weights[rows, low], weights[rows, low + 1] = 1.0 - share, share
    return used, weights


def spline_weights(stored: NDArray[np.floating], times: NDArray[np.floating]) -> tuple[slice, NDArray[np.float64]]:
    """Return which L of the stored values matter, and their weights (M, L) at M ascending times.

    Cubic Hermite pieces whose tangent at each stored time is that of the parabola through it and its two
    neighbours; exact for parabolas inside, and equal to the stored value at a stored time. Times outside the
    stored ones get the value at the end.

    Args:
        stored: (K,) ascending, K >= 1.
        times: (M,) ascending.
    """
    low = intervals(stored, times)
    used = slice(max(0, int(low[0]) - 1), min(len(stored), int(low[-1]) + 3))
    near = stored[used].astype(np.float64)
    if len(near) == 1:
        return used, np.ones((len(times), 1))
    low = low - used.start
    rows = np.arange(len(times))
    step = near[low + 1] - near[low]
    s = np.clip((times - near[low]) / step, 0.0, 1.0)
    s2, s3 = s * s, s * s * s
    tangents = np.gradient(np.eye(len(near)), near, axis=0)  # dx/dt at the stored times out of the values there
    weights = ((s3 - 2 * s2 + s) * step)[:, None] * tangents[low] + ((s3 - s2) * step)[:, None] * tangents[low + 1]
    weights[rows, low] += 2 * s3 - 3 * s2 + 1
    weights[rows, low + 1] += 3 * s2 - 2 * s3
    return used, weights


def _columns(states: ClassedStates, rows: NDArray[np.int64]) -> Carried:
    labels = [None if each is None else each.of(rows) for each in (states.classes.start, states.classes.end)]
    return Carried(states.t, np.ascontiguousarray(states.x[:, rows]), states.is_straight, Classes(*labels))


def _kept(x: FloatArray, name: str, key: Hashable, make: Callable[[], _Made]) -> _Made:
    """Return what is kept about an array under a name, made anew if it was made with another key."""
    if id(x) not in _KEPT:
        _KEPT[id(x)] = {}
        finalize(x, _KEPT.pop, id(x), None)
    about = _KEPT[id(x)]
    if name not in about or about[name][0] != key:
        about[name] = key, make()
    made: _Made = about[name][1]
    return made
