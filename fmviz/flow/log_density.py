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

from collections.abc import Generator
from dataclasses import dataclass

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
from fmviz.flow.likelihood import carried_between, log_likelihoods, quiet, source_density
from fmviz.flow.map_model import MapField
from fmviz.flow.model import Field
from fmviz.flow.models import field_of


@dataclass(frozen=True)
class Raster:
    """How finely: nodes along each edge of the square, and steps of RK4 from t = 0 to 1, each of which is a time."""

    nodes: int
    steps: int


FINE, FIRST = Raster(96, 25), Raster(40, 10)
# Points that say where mass is: every other one starts so many times as far from the source's centres as its own do.
_POINTS, _FARTHER = 2_000, 1.8
# Mass comes near to a node if it comes within this share of half the square's edge, or one and a half cells.
_NEAR, _NEAR_CELLS = 0.06, 1.5


def log_densities(flow: LearnedFlow, first: float = 0.5,
                  is_fine: bool = True) -> Generator[LogDensities | None, None, LogDensities]:
    """Return the density of a flow over the square around its clouds, as far as its path goes, at some times.

    Yields None, and what is known so far: all times coarsely, then one finely after the other.

    Args:
        first: which time is worked out first, 0 to 1.
        is_fine: whether it is to be finer than the first one.
    Raises:
        ConfigError: the weights do not fit the settings, or the source is one point.
    """
    learned = field_of(flow)
    seed, source = flow.project.lanes[0].seed, source_density(flow.project)
    given = given_by(flow.project).extent
    extent = Extent(given.cx, given.cy, given.half * learned[1].path.reach)
    yield None
    if isinstance(learned[0], MapField):
        return _of_map(learned[0], source, extent, FINE if is_fine else FIRST)
    near = yield from _places_of_mass(learned, source, stream(seed, Stream.LIKELIHOOD, 2), (FIRST, FINE))
    coarse = LogDensities(extent, _times(FIRST), np.full((FIRST.steps + 1, FIRST.nodes, FIRST.nodes), LEAST,
                                                         np.float32), source.smoothing)
    for k in range(FIRST.steps + 1):
        yield from _work_out(learned, source, coarse, k, near)
    if not is_fine:
        return coarse
    axis = np.linspace(0, 1, FINE.nodes)
    times = _times(FINE)
    fine = LogDensities(extent, times, np.stack([coarse.log_on(float(t), axis, axis) for t in times]),
                        source.smoothing, 0.0)
    yield fine
    for done, k in enumerate(np.argsort(np.abs(times - first), kind="stable").tolist()):
        # What was told stays as it was.
        fine = LogDensities(extent, times, fine.values.copy(), source.smoothing, (done + 1) / len(times))
        yield from _work_out(learned, source, fine, k, near)
        if fine.done < 1:
            yield fine
    return fine


def _of_map(field: MapField, source: Spread, extent: Extent, raster: Raster) -> LogDensities:
    """Return the density where it is known: at t = 0 and at t = 1."""
    nodes = nodes_of(extent, raster.nodes).astype(np.float64)
    logs = np.stack([source.log(nodes), field.map.log_density(nodes)])
    values = np.clip(np.nan_to_num(logs, nan=LEAST), LEAST, -LEAST).reshape(2, raster.nodes, raster.nodes)
    return LogDensities(extent, np.array([0.0, 1.0], dtype=np.float32), values.astype(np.float32), source.smoothing)


def _work_out(learned: Field, source: Spread, into: LogDensities, k: int,
              near: dict[float, DoubleArray]) -> Generator[None, None, None]:
    """Put log p at one of the times into its place."""
    steps, count, extent = len(into.t) - 1, into.values.shape[1], into.extent
    nodes = nodes_of(extent, count).astype(np.float64)
    reach = max(_NEAR * extent.half, _NEAR_CELLS * 2 * extent.half / (count - 1))
    distance, _ = cKDTree(near[k / steps]).query(nodes, distance_upper_bound=reach)
    yield
    rows = np.flatnonzero(np.isfinite(distance))
    log = np.full(len(nodes), LEAST)
    log[rows] = yield from quiet(log_likelihoods(*learned, nodes[rows], k, "rk4", source, k / steps))
    into.values[k] = np.clip(np.nan_to_num(log, nan=LEAST), LEAST, -LEAST).reshape(count, count)


def _places_of_mass(learned: Field, source: Spread, rng: np.random.Generator,
                    rasters: tuple[Raster, ...]) -> Generator[None, None, dict[float, DoubleArray]]:
    """Return by time where points (N, 2) are, for all times of some rasters."""
    centres = source.points.places[rng.choice(len(source), _POINTS, p=source.points.masses)]
    reach = np.where(np.arange(_POINTS) % 2, _FARTHER, 1.0) * source.sigma
    x = np.asarray(centres + reach[:, None] * rng.normal(size=(_POINTS, 2)))
    times = sorted({k / raster.steps for raster in rasters for k in range(raster.steps + 1)})
    places, before = {}, 0.0
    for t in times:
        if t > 0:
            x, _ = yield from quiet(carried_between(*learned, x, (before, t), 1, "midpoint"))
        places[t], before = x[np.isfinite(x).all(axis=1)], t
    return places


def _times(raster: Raster) -> NDArray[np.float32]:
    return np.linspace(0, 1, raster.steps + 1).astype(np.float32)
