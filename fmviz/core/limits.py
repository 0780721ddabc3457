"""Colour limits: one scale of density and of speed that holds for every t, every pane and every picture of a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from fmviz.core.bilinear import bilinear
from fmviz.core.carried import positions_at
from fmviz.core.cloud import FloatArray
from fmviz.core.density import kde
from fmviz.core.frames import DENSITY_CELLS, FlowSnapshot, bandwidth_at
from fmviz.core.known import MOST_PARTICLES
from fmviz.core.style import Style

# Times at which colour limits are taken; densities and speeds change slowly between them.
_LIMIT_TIMES = 13
_SPIKE = 4.0
_HIGH_QUANTILE = 0.985
# At no time do more particles have the colour of the fastest than the rest of this share. The very fastest of 2,000 is
# 1.15 times as fast in the usual example, and another one after each training.
_SHARE_BELOW = 0.98
# A field of no speed needs some limit; shares of a smaller one would come near the end of float32.
_SLOWEST = 1e-30


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


def limits_of(snapshots: Sequence[FlowSnapshot | None], style: Style) -> Limits:
    """Return colour limits that hold for every t and every given lane; 1 for what no visible layer needs.

    The density limit is the highest peak over t, but no more than `_SPIKE` times the median peak: a cloud that
    collapses to a point for a moment must not darken the rest. The speed limit is that of the particles at the time
    when they are fastest, but for the fastest few: what the field is where nothing goes says nothing about them.
    """
    known = [snapshot for snapshot in snapshots if snapshot is not None]
    density = speed = fastest = 0.0
    if style.needs("density"):
        density = max((_density_peak(snapshot, style.bandwidth) for snapshot in known), default=0.0)
    if style.needs("field"):
        limits = [_speed_limit(snapshot) for snapshot in known]
        speed, fastest = (max((pair[k] for pair in limits), default=0.0) for k in (0, 1))
    own = [(name, max((_high(one.grids[name].values) for one in known if name in one.grids), default=0.0))
           for name in style.asking]
    return Limits(density=density or 1.0, speed=speed if speed > _SLOWEST else 1.0,
                  own=tuple((name, limit) for name, limit in own if limit > _SLOWEST),
                  clips_speed=fastest > speed > _SLOWEST)


def particle_speeds(snapshot: FlowSnapshot) -> tuple[FloatArray, FloatArray]:
    """Return some of the field's times from 0 to 1, (M,), and its speed there at each of N particles, (M, N)."""
    field, count = snapshot.velocity, min(MOST_PARTICLES, snapshot.x.shape[1])
    rows = _some_rows(field.t)
    corner = np.array([field.extent.left, field.extent.bottom])
    places = (positions_at(snapshot, field.t[rows], count) - corner) / (2 * field.extent.half)
    speeds = [np.hypot(*bilinear(field.values[row], place).T) for row, place in zip(rows, places, strict=True)]
    return field.t[rows], np.stack(speeds)


# A few entries each: the lanes of the newest snapshots, which the window asks for again at every style change.
@lru_cache(maxsize=8)
def _density_peak(snapshot: FlowSnapshot, bandwidth: float) -> float:
    style = Style(bandwidth=bandwidth)
    times = np.linspace(0.0, 1.0, _LIMIT_TIMES)
    peaks = [
        float(kde(x, snapshot.extent, DENSITY_CELLS, bandwidth_at(snapshot, t, style)).max())
        for t, x in zip(times.tolist(), positions_at(snapshot, times), strict=True)
    ]
    return min(max(peaks), _SPIKE * float(np.median(peaks)))


@lru_cache(maxsize=8)
def _speed_limit(snapshot: FlowSnapshot) -> tuple[float, float]:
    """Return the speed that few particles exceed at any time, and the highest one of the field."""
    _, speeds = particle_speeds(snapshot)
    fastest = np.hypot(*np.moveaxis(snapshot.u[_some_rows(snapshot.velocity.t)], -1, 0)).max()
    return float(np.quantile(speeds, _SHARE_BELOW, axis=1).max()), float(fastest)


def _some_rows(t: FloatArray) -> np.ndarray:
    """Return the numbers of up to `_LIMIT_TIMES` of some times, the first and the last among them."""
    return np.unique(np.linspace(0, len(t) - 1, _LIMIT_TIMES).round().astype(int))


def _high(values: FloatArray) -> float:
    """Return what few of the values (L, G, G) exceed, their signs aside."""
    return float(np.quantile(np.abs(values[::max(1, len(values) // _LIMIT_TIMES)]), _HIGH_QUANTILE))
