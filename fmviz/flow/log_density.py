"""The density of a learned flow over the plane: nodes of a grid are carried back to t = 0, from each of some times.

    log p(x, t) = log p0(x0) - integral from 0 to t of div v        dx/dt = v(x, t)

Only nodes that mass comes near to are: a few points, carried once, say which; they are a third of all or fewer. To go
from each time back to the one before alone would cost a tenth, but what is interpolated there cannot be: between
separate modes the flow tears the plane more finely than a grid shows. From eight Gaussians to moons at random pairs, 64
nodes, a half of the mass was lost so by t = .8; points that carry log p with them, with parabolas between, were 1 % off
up to t = .6 and 60 % at t = 1.
Source: Chen, Rubanova, Bettencourt, Duvenaud, arXiv 1806.07366, theorem 1.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from fmviz.core.cloud import DoubleArray
from fmviz.core.extent import Extent
from fmviz.core.log_density import LEAST, LogDensities
from fmviz.core.project import LearnedFlow
from fmviz.core.spread import Spread
from fmviz.core.streams import Stream, stream
from fmviz.flow.bake import given_by, nodes_of
from fmviz.flow.device import saying
from fmviz.flow.likelihood import FINE as FINE_STEPS
from fmviz.flow.likelihood import carried_between, log_likelihoods, source_density
from fmviz.flow.model import Field
from fmviz.flow.models import field_of


@dataclass(frozen=True)
class Raster:
    """How finely: nodes along each edge of the square, times after t = 0, and steps of RK4 from one to the next."""

    nodes: int
    times: int
    steps: int = 1


FINE, FIRST = Raster(96, 25, FINE_STEPS.n_steps // 25), Raster(40, 10)
# Points that say where mass is: every other one starts so many times as far from the source's centres as its own do.
_POINTS, _FARTHER = 2_000, 1.8
# Mass comes near to a node if it comes within this share of half the square's edge, or one and a half cells.
_NEAR, _NEAR_CELLS = 0.06, 1.5


def log_densities(flow: LearnedFlow, first: float = 0.5, is_fine: bool = True,
                  only: float | None = None) -> Generator[LogDensities | None, None, LogDensities]:
    """Return the density of a flow over the square around its clouds, as far as its path goes, at some times.

    Yields None, and what is known so far: all times coarsely, then one finely after the other.

    Args:
        first: which time is worked out first, 0 to 1.
        is_fine: whether it is to be finer than the first one.
        only: the one time at which it is, None for all.
    Raises:
        ConfigError: the weights do not fit the settings, or the source is one point.
    """
    learned = field_of(flow)
    seed, source = flow.project.lanes[0].seed, source_density(flow.project)
    given = given_by(flow.project).extent
    extent = Extent(given.cx, given.cy, given.half * learned[1].path.reach)
    yield None
    if learned[0].point_map is not None:
        return (yield from _of_map(learned, source, extent, FINE if is_fine else FIRST))
    axis, times = np.linspace(0, 1, FINE.nodes), _times(FINE)
    near = yield from _places_of_mass(learned, source, stream(seed, Stream.LIKELIHOOD, 2),
                                      {*_times(FIRST), *times, *(() if only is None else (only,))})
    coarse = []
    for t in _times(FIRST):
        coarse.append((yield from _log_at(learned, source, extent, FIRST, t, near[t])))
    first_one = LogDensities(extent, np.array(_times(FIRST), np.float32), np.stack(coarse), source.smoothing)
    if not is_fine:
        return first_one
    if only is not None:
        alone = yield from _log_at(learned, source, extent, FINE, only, near[only])
        return LogDensities(extent, np.array([only], np.float32), alone[None], source.smoothing,
                            highest=first_one.peak())
    fine = LogDensities(extent, np.array(times, np.float32), np.stack([first_one.log_on(t, axis, axis) for t in times]),
                        source.smoothing, 0.0)
    yield fine
    for done, k in enumerate(np.argsort(np.abs(np.subtract(times, first)), kind="stable").tolist()):
        # What was told stays as it was.
        fine = replace(fine, values=fine.values.copy(), done=(done + 1) / len(times))
        fine.values[k] = yield from _log_at(learned, source, extent, FINE, times[k], near[times[k]])
        if fine.done < 1:
            yield fine
    return fine


def _of_map(learned: Field, source: Spread, extent: Extent, raster: Raster) -> Generator[None, None, LogDensities]:
    """Return the density where it is known: at t = 0 and at t = 1."""
    nodes = nodes_of(extent, raster.nodes).astype(np.float64)
    at_end = yield from saying(log_likelihoods(*learned, nodes, 1, "euler", source), None)
    logs = np.stack([source.log(nodes), at_end])
    values = np.clip(np.nan_to_num(logs, nan=LEAST), LEAST, -LEAST).reshape(2, raster.nodes, raster.nodes)
    return LogDensities(extent, np.array([0.0, 1.0], dtype=np.float32), values.astype(np.float32), source.smoothing)


def _log_at(learned: Field, source: Spread, extent: Extent, raster: Raster, t: float,
            places: DoubleArray) -> Generator[None, None, NDArray[np.float32]]:
    """Return log p (G, G) at one time, from where mass is then (N, 2)."""
    count, nodes = raster.nodes, nodes_of(extent, raster.nodes).astype(np.float64)
    reach = max(_NEAR * extent.half, _NEAR_CELLS * 2 * extent.half / (count - 1))
    distance, _ = cKDTree(places).query(nodes, distance_upper_bound=reach)
    yield
    rows = np.flatnonzero(np.isfinite(distance))
    log, n_steps = np.full(len(nodes), LEAST), math.ceil(raster.times * raster.steps * t - 1e-6)
    log[rows] = yield from saying(log_likelihoods(*learned, nodes[rows], n_steps, "rk4", source, t), None)
    return np.asarray(np.clip(np.nan_to_num(log, nan=LEAST), LEAST, -LEAST).reshape(count, count), np.float32)


def _places_of_mass(learned: Field, source: Spread, rng: np.random.Generator,
                    times: set[float]) -> Generator[None, None, dict[float, DoubleArray]]:
    centres = source.points.places[rng.choice(len(source), _POINTS, p=source.points.masses)]
    reach = np.where(np.arange(_POINTS) % 2, _FARTHER, 1.0) * source.sigma
    x = np.asarray(centres + reach[:, None] * rng.normal(size=(_POINTS, 2)))
    places, before = {}, 0.0
    for t in sorted(times):
        if t > 0:
            x, _ = yield from saying(carried_between(*learned, x, (before, t), 1, "midpoint"), None)
        places[t], before = x[np.isfinite(x).all(axis=1)], t
    return places


def _times(raster: Raster) -> list[float]:
    return [k / raster.times for k in range(raster.times + 1)]
