"""The exact field of a lane, where it is known, and the two numbers that follow from it: how far the learned field is
from it, and how low the loss can get.

    exact error = (E |v(x, t) - u(x, t)|^2 / E |u(x, t)|^2)^(1/2)    x ~ p_t, t in [.05, .95]
    loss floor  = E |ut - u(xt, t)|^2                                over pairs and t: no field has a lower loss

Losses are those of pairs' own velocities, so the loss is the floor plus E |v - u|^2, the flow-matching loss. Where
the floor does not come from the exact field it comes from samples: with r the distance of a pair's velocity to the
mean of those of the k pairs nearest to it, E r^2 k / (k + 1).
Source: Lipman et al., ICLR 2023, arXiv 2210.02747, theorem 2, for the two losses.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from fmviz.core.cloud import FloatArray, Side
from fmviz.core.couplings import DISPLACEMENT, MARGINAL, coupling_of
from fmviz.core.marginal import MarginalField, UnknownFieldError
from fmviz.core.models import MODELS
from fmviz.core.paths import Path
from fmviz.core.possible import why_no_exact_field
from fmviz.core.project import Project
from fmviz.core.pulls import Pulls
from fmviz.core.streams import Stream, stream
from fmviz.flow.batch_pairs import Content, PairPool, content_of, pool_of
from fmviz.flow.couplings import pairing_of
from fmviz.flow.displacement import DisplacementField
from fmviz.flow.units import units_of

ERROR_TIMES = np.linspace(0.05, 0.95, 20)
_ERROR_PLACES = 2_000
# Gauss-Legendre times of the floor, draws at each, and pairs and neighbours where it comes from samples.
_FLOOR_TIMES, _FLOOR_DRAWS = 12, 20_000
_FLOOR_PAIRS, _NEIGHBOURS = 2_048, 5
# A plan that takes longer is not made for the floor alone.
_QUICK_S = 2.0


class ExactField(Protocol):
    """What is known of a flow without learning."""

    def __hash__(self) -> int:
        """Return a number of this very field, by which values of it are kept."""

    @property
    def smoothing(self) -> tuple[float, float]:
        """By how much source and target are smoothed, world units."""

    @property
    def words(self) -> str:
        """What is to be said beside its name, or ""."""

    @property
    def rows(self) -> int:
        """At so many places an evaluation takes some milliseconds."""

    def velocity(self, x: ArrayLike, t: float) -> NDArray[np.float64]:
        """Return the velocity (Q, 2) at places (Q, 2), units per unit of t; finite everywhere."""

    def divergence(self, x: ArrayLike, t: float) -> NDArray[np.float64]:
        """Return its divergence (Q,) there, 1 per unit of t."""

    def is_known(self, x: ArrayLike, t: float) -> NDArray[np.bool_]:
        """Return at which places it says something, (Q,)."""

    def places(self, t: float, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Draw n places (n, 2) of the flow at a time."""

    def pulls(self, x: ArrayLike, t: float) -> Pulls:
        """Return what acts on a place (2,)."""

    def ways(self, x: ArrayLike, times: NDArray[np.floating]) -> NDArray[np.float64] | None:
        """Return the ways (S, S, 2), at S times, of what is at a place (2,) at each; None: `velocity` has to say."""


@dataclass(frozen=True, eq=False)
class KnownOfLane:
    """What is known of a lane: its exact field and its loss floor, squared world units per t; None is not known."""

    field: ExactField | None
    loss_floor: float | None


def known_of(project: Project, lane: int = 0) -> KnownOfLane:
    """Return what is known of a lane; equal clouds, seeds and settings give the same as long as it is kept."""
    one = Project(project.source, project.target, (project.lanes[lane],))
    if MODELS[one.lanes[0].model].is_map or one.lanes[0].rounds > 1:
        return KnownOfLane(None, None)
    return _known(_key(one))


def exact_field_of(project: Project) -> ExactField:
    """Return the exact field of a project's first lane, likewise.

    Raises:
        UnknownFieldError: it is not known; the message says why.
    """
    if why := why_no_exact_field(project.source, project.target, project.lanes[0].learning):
        raise UnknownFieldError(why)
    return _field(_key(project))


def known_field(project: Project) -> ExactField | None:
    """Return the exact field of a project's first lane, None where it is not known."""
    try:
        return exact_field_of(project)
    except UnknownFieldError:
        return None


def field_error(velocity: Callable[[FloatArray, float], FloatArray], exact: ExactField) -> Generator[
        None, None, float | None]:
    """Return the relative L2 error of a velocity, over places of the flow at `ERROR_TIMES`; None where all stands."""
    difference = size = 0.0
    rng = stream(0, Stream.EXACT_NUMBERS)
    for t in ERROR_TIMES.tolist():
        x = exact.places(t, _ERROR_PLACES, rng)
        u = exact.velocity(x, t)
        yield
        difference += float(((velocity(x, t) - u) ** 2).sum())
        size += float((u**2).sum())
        yield
    return float(np.sqrt(difference / size)) if size > 0 else None


def _key(one: Project) -> Content:
    config = one.lanes[0]
    coupling = coupling_of(config.coupling)
    size = config.batch if coupling.is_of_batches else 0
    return content_of(one, config.coupling, config.path, config.path_settings, config.sigma, config.batch_settings,
                      size)


# The lanes of two problems; a field of 2,000 points holds some MB.
@lru_cache(maxsize=8)
def _field(key: Content) -> ExactField:
    config, path = key.project.lanes[0], key.project.lanes[0].full_path
    return _FIELDS[coupling_of(config.coupling).field](key.project, path)


def _marginal(project: Project, path: Path) -> ExactField:
    config = project.lanes[0]
    mean0 = units_of(project.source, project.target).mean0
    return MarginalField(project.source, project.target, path, config.sigma, stream(config.seed, Stream.EXACT_FIELD),
                         mean0)


def _displacement(project: Project, path: Path) -> ExactField:
    """Return the field of a plan of samples; they are moved so that they have the means of their sides.

    Of 2,048 points the means err by 1/45 of the deviation; that alone made the field err by 3 to 5 % instead of 2 to 3.
    """
    config, units = project.lanes[0], units_of(project.source, project.target)
    rng, pairs = stream(config.seed, Stream.EXACT_FIELD), pool_of(project).even_pairs(config.coupling,
                                                                                       config.batch_settings)
    x0, x1 = (points + (_mean_of(side, rng) - points.mean(axis=0)) for points, side in
              zip(pairs, (project.source, project.target), strict=True))
    return DisplacementField(x0, x1, path, units.mean0)


_FIELDS: dict[str, Callable[[Project, Path], ExactField]] = {MARGINAL: _marginal, DISPLACEMENT: _displacement}


def _mean_of(side: Side, rng: np.random.Generator) -> NDArray[np.float64]:
    if side.cloud is not None:
        return np.asarray(np.average(side.cloud.xy, axis=0, weights=side.cloud.weights), dtype=np.float64)
    return np.asarray(side.sample(100_000, rng).mean(axis=0), dtype=np.float64)


@lru_cache(maxsize=8)
def _known(key: Content) -> KnownOfLane:
    project, config = key.project, key.project.lanes[0]
    is_known = not why_no_exact_field(project.source, project.target, config.learning)
    coupling, pool = coupling_of(config.coupling), pool_of(project)
    if coupling.field == MARGINAL:
        field = _field(key) if is_known else None
        # Of two finite clouds without noise the field is that of smoothed ones, and others have a lower loss.
        is_of_atoms = config.sigma == 0 and all(side.cloud is not None and side.jitter == 0 for side in
                                                (project.source, project.target))
        return KnownOfLane(field, None if field is None or is_of_atoms else _floor_of_field(project, field))
    size = config.batch if coupling.is_of_batches else _FLOOR_PAIRS
    # Of batches of which none is known yet: what was looked at before must not decide which numbers there are.
    batches = pairing_of(config.coupling).batches(pool.drawn, dict(config.batch_settings))
    is_quick = batches.seconds(size) < _QUICK_S
    return KnownOfLane(_field(key) if is_known and is_quick else None, _floor_of_pairs(project, pool, size) if is_quick
                 else None)


def _floor_of_field(project: Project, field: ExactField) -> float:
    config, rng = project.lanes[0], stream(project.lanes[0].seed, Stream.EXACT_NUMBERS, 1)
    path, mean0 = config.full_path, units_of(project.source, project.target).mean0

    def at(t: float) -> float:
        x0, x1 = (side.sample(_FLOOR_DRAWS, rng) for side in (project.source, project.target))
        xt = path.points(x0, x1, t, mean0) + config.sigma * rng.normal(size=x0.shape)
        return float(((path.velocities(x0, x1, t, mean0) - field.velocity(xt, t)) ** 2).sum(axis=1).mean())

    return _over_time(at)


def _floor_of_pairs(project: Project, pool: PairPool, size: int) -> float:
    config, rng = project.lanes[0], stream(project.lanes[0].seed, Stream.EXACT_NUMBERS, 2)
    path, mean0 = config.full_path, units_of(project.source, project.target).mean0
    paired = pool.pairs(config.coupling, size, config.batch_settings, _FLOOR_PAIRS)
    assert paired is not None
    x0, x1 = paired

    def at(t: float) -> float:
        xt = path.points(x0, x1, t, mean0) + config.sigma * rng.normal(size=x0.shape)
        return from_neighbours(xt, path.velocities(x0, x1, t, mean0))

    return _over_time(at)


def from_neighbours(xt: ArrayLike, ut: ArrayLike, k: int = _NEIGHBOURS) -> float:
    """Return E |ut - E[ut | xt]|^2 of samples (N, 2), by the mean of the k nearest others of each."""
    places, velocities = (np.asarray(values, dtype=np.float64) for values in (xt, ut))
    k = min(k, len(places) - 1)
    # In a random order: of points in one place the nearest one need not be the point itself.
    _, rows = cKDTree(places).query(places, k + 1)
    others = np.where(rows[:, :k] == np.arange(len(places))[:, None], rows[:, k:], rows[:, :k])
    rest = velocities - velocities[others].mean(axis=1)
    return float((rest**2).sum(axis=1).mean()) * k / (k + 1)


def _over_time(at: Callable[[float], float]) -> float:
    """Return the integral over t from 0 to 1, by Gauss and Legendre."""
    nodes, weights = np.polynomial.legendre.leggauss(_FLOOR_TIMES)
    return float(np.dot(weights / 2, [at(t) for t in ((nodes + 1) / 2).tolist()]))
