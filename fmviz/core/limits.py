"""Colour limits: one scale of density, speed and change of volume for all t, panes and pictures of a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fmviz.core.carried import positions_at
from fmviz.core.cloud import FloatArray
from fmviz.core.extent import Extent, bilinear_over
from fmviz.core.frames import FlowSnapshot, Frame, Grid, bandwidth_at, frame_at
from fmviz.core.known import MOST_PARTICLES
from fmviz.core.many import PEAK_TIMES, bounded_peak, peak_of
from fmviz.core.style import Style

# Times at which colour limits are taken; speeds change slowly between them.
_LIMIT_TIMES = 13
_HIGH_QUANTILE = 0.985
# At no time do more particles have the colour of the fastest than the rest of this share. The very fastest of 2,000 is
# 1.15 times as fast in the usual example, and another one after each training.
_SHARE_BELOW = 0.98
# A field of no speed needs some limit; shares of a smaller one would come near the end of float32.
_SLOWEST = 1e-30
# A cell that is pressed to nothing needs some number.
_LEAST = 1e-6


@dataclass(frozen=True)
class Limits:
    """Colour limits, fixed over t and shared by panes: density in 1 / unit^2, speed in units per unit of t; above 0.

    `own` are those of layers that draw values of their own, by layer. `clips_speed` says whether a field is faster
    somewhere, which is drawn as its limit is.
    """

    density: float = 1.0
    speed: float = 1.0
    own: tuple[tuple[str, float], ...] = ()
    clips_speed: bool = False

    def of(self, layer: str) -> float:
        """Return that of a layer with values of its own; 1 if none are known."""
        return dict(self.own).get(layer, 1.0)


def limits_of(snapshots: Sequence[FlowSnapshot | None], style: Style, lanes: Sequence[int] = ()) -> Limits:
    """Return colour limits that hold for every t and every given lane; 1 for what no visible layer needs.

    The speed limit is that of the particles at the time when they are fastest, but for the fastest few: what the field
    is where nothing goes says nothing about them. Likewise what few particles meet are the limits of layers with values
    of their own. Differences are those of the lanes that stand beside each other, from the first of them.

    Args:
        lanes: which those are, in their order; () are all that are known.
    """
    known = [snapshot for snapshot in snapshots if snapshot is not None]
    beside = known if not lanes else _of_lanes(known, lanes)
    density = speed = fastest = 0.0
    if style.needs("density"):
        density = max((_density_peak(snapshot, beside[0] if style.compares and beside else snapshot, style.bandwidth,
                                     style.density == "exact") for snapshot in known), default=0.0)
    if style.needs("field") or style.needs("exact"):
        limits = [_speed_limit(snapshot) for snapshot in known]
        speed, fastest = (max((pair[k] for pair in limits), default=0.0) for k in (0, 1))
    own = {name: max((_met(one, one.grids[name]) for one in known if name in one.grids), default=0.0)
           for name in style.asking}
    if style.density == "difference" and "density" in style.layers:
        own["density"] = max((_density_error(one, style.bandwidth) for one in known if one.log_density is not None),
                             default=0.0)
    if "volume" in style.layers:
        own["volume"] = max(map(most_volume, known), default=0.0)
    for name, difference in (("density_difference", lambda one: _density_difference(beside[0], one, style.bandwidth)),
                             ("speed_difference", lambda one: _speed_difference(beside[0], one))):
        if name in style.layers:
            own[name] = max(map(difference, beside[1:]), default=0.0)
    return Limits(density=density or 1.0, speed=speed if speed > _SLOWEST else 1.0,
                  own=tuple((name, limit) for name, limit in own.items() if limit > _SLOWEST),
                  clips_speed=fastest > speed > _SLOWEST)


def _of_lanes(known: Sequence[FlowSnapshot], lanes: Sequence[int]) -> list[FlowSnapshot]:
    """Return those of some lanes, in their order; none if the first of them is not known."""
    of = {snapshot.lane: snapshot for snapshot in known}
    return [of[lane] for lane in lanes if lane in of] if lanes[0] in of else []


def limits_at(limits: Limits, frames: Sequence[Frame], style: Style) -> Limits:
    """Return the limits of frames of one time: those of densities are their own highest, if each t has its scale."""
    peaks = [float(frame.density.max()) for frame in frames if frame.density is not None]
    errors = [float(np.abs(frame.density_error).max()) for frame in frames if frame.density_error is not None]
    if style.density_scale == "moment" and max(errors, default=0.0) > 0:
        limits = replace(limits, own=tuple({**dict(limits.own), "density": max(errors)}.items()))
    is_own = style.density_scale == "moment" and max(peaks, default=0.0) > 0
    return replace(limits, density=max(peaks)) if is_own else limits


def log_volumes(lattice: NDArray[np.floating], extent: Extent) -> NDArray[np.float64]:
    """Return by how much a flow's map spreads each cell of its lattice, or presses it together, nats.

        log |det dT/dx| = log (area at t / area at t = 0)        so the density there has changed by exp(-log |det|)

    Args:
        lattice: (..., R, R, 2), which began over the extent.
    Returns:
        (..., R - 1, R - 1).
    """
    x = np.asarray(lattice, dtype=np.float64)
    one, other = x[..., 1:, 1:, :] - x[..., :-1, :-1, :], x[..., 1:, :-1, :] - x[..., :-1, 1:, :]
    area = np.abs(one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0]) / 2
    share = area / (2 * extent.half / (x.shape[-2] - 1)) ** 2
    return np.asarray(np.log(np.maximum(share, _LEAST)))


def particle_speeds(snapshot: FlowSnapshot) -> tuple[FloatArray, FloatArray]:
    """Return some of the field's times from 0 to 1, (M,), and its speed there at each of N particles, (M, N)."""
    times = _times(snapshot.velocity.t)
    return times, np.stack([_speeds_at(snapshot.velocity, snapshot, t) for t in times])


def _speeds_at(field: Grid, snapshot: FlowSnapshot, t: float) -> FloatArray:
    """Return how fast a field is at each particle of a snapshot, (N,)."""
    return np.asarray(np.hypot(*_at_particles(field, snapshot, t).T))


def _at_particles(grid: Grid, snapshot: FlowSnapshot, t: float) -> FloatArray:
    """Return values of a grid at the particles of a snapshot, (N, C)."""
    x = positions_at(snapshot, np.array([t]), min(MOST_PARTICLES, snapshot.x.shape[1]))[0]
    values = grid.at(t)
    return bilinear_over(values.reshape(*values.shape[:2], -1), grid.extent, x)


# A few entries each: the lanes of the newest snapshots, which the window asks for again at every style change.
@lru_cache(maxsize=8)
def _density_peak(snapshot: FlowSnapshot, alike: FlowSnapshot, bandwidth: float, is_exact: bool) -> float:
    if is_exact and snapshot.log_density is not None:
        return snapshot.log_density.peak()
    return peak_of(snapshot.points, snapshot.extent, [bandwidth_at(alike, t, bandwidth) for t in PEAK_TIMES])


@lru_cache(maxsize=8)
def _density_difference(first: FlowSnapshot, other: FlowSnapshot, bandwidth: float) -> float:
    return peak_of(other.points, first.extent, [bandwidth_at(first, t, bandwidth) for t in PEAK_TIMES], first.points)


@lru_cache(maxsize=8)
def _density_error(snapshot: FlowSnapshot, bandwidth: float) -> float:
    """Return by how much the density of the points differs from the exact one over t, bounded as peaks are."""
    style = Style(layers=("density",), density="difference", bandwidth=bandwidth)
    exact = snapshot.log_density
    times = exact.t.tolist() if exact is not None and len(exact.t) == 1 else PEAK_TIMES
    errors = [frame_at(snapshot, t, style).density_error for t in times]
    return bounded_peak([float(np.abs(error).max()) for error in errors if error is not None])


@lru_cache(maxsize=8)
def _speed_difference(first: FlowSnapshot, other: FlowSnapshot) -> float:
    """Return by how much the speeds of two fields differ where the other's particles are, but for a few."""
    differences = [_speeds_at(other.velocity, other, t) - _speeds_at(first.velocity, other, t) for t in _times(other.t)]
    return _high(np.stack(differences))


@lru_cache(maxsize=8)
def _speed_limit(snapshot: FlowSnapshot) -> tuple[float, float]:
    """Return the speed that few particles exceed at any time, and the highest one of the field."""
    _, speeds = particle_speeds(snapshot)
    rows = _some_rows(snapshot.velocity.t)
    fastest = np.hypot(*np.moveaxis(snapshot.velocity.values[rows], -1, 0)).max()
    return float(np.quantile(speeds, _SHARE_BELOW, axis=1).max()), float(fastest)


def _some_rows(t: FloatArray) -> np.ndarray:
    """Return the numbers of up to `_LIMIT_TIMES` of some times, the first and the last among them."""
    return np.unique(np.linspace(0, len(t) - 1, _LIMIT_TIMES).round().astype(int))


def _times(t: FloatArray) -> FloatArray:
    return np.asarray(t[_some_rows(t)])


@lru_cache(maxsize=8)
def _met(snapshot: FlowSnapshot, grid: Grid) -> float:
    """Return what few of the values that particles meet exceed, of vectors their lengths."""
    return _high(np.hypot.reduce([_at_particles(grid, snapshot, t) for t in _times(grid.t)], axis=2))


def _high(values: FloatArray) -> float:
    """Return what few of the values that are known exceed, their signs aside; 0 if none are."""
    known = np.abs(values[np.isfinite(values)])
    return float(np.quantile(known, _HIGH_QUANTILE)) if known.size else 0.0


@lru_cache(maxsize=8)
def most_volume(snapshot: FlowSnapshot) -> float:
    """Return what |log |det|| of few of the cells in which particles start exceeds at any time; 0 without a lattice."""
    if snapshot.lattice is None:
        return 0.0
    extent, cells = snapshot.extent, snapshot.lattice.shape[1] - 1
    corner = np.array([extent.left, extent.bottom])
    column, row = np.clip((snapshot.x[0] - corner) / (2 * extent.half) * cells, 0, cells - 1).astype(int).T
    return _high(log_volumes(snapshot.lattice, extent)[:, row, column])
