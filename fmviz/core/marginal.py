"""The exact field of two sides that are paired at random: what a network should come to.

Where both sides are few Gaussians or few points it is a closed form, else a convolution of all pairs
(`core.convolution`). Two finite clouds are atoms whose pairs have no density: then each side is smoothed by the
bandwidth of its own density estimate, which makes a true flow of the smoothed clouds. A shape without a closed form
is so many of its points, smoothed likewise.

A pair i of Gaussians N(a_i, s0^2 I) and N(b_i, s1^2 I), joined by the path xt = alpha x1 + beta x0 + sigma eps with x0
and x1 independent and counted from the source's mean, makes a Gaussian at time t:

    xt ~ N(m_i, v I)    m_i = alpha b_i + beta a_i    v = alpha^2 s1^2 + beta^2 s0^2 + sigma^2
    E[ut | xt = x] = alpha' b_i + beta' a_i + (alpha' alpha s1^2 + beta' beta s0^2) / v (x - m_i)

and the marginal field is the mean of these over i, weighted by w_i N(x; m_i, v I).
Source: Lipman et al., ICLR 2023, arXiv 2210.02747, theorem 1; Tong et al., TMLR 2024, arXiv 2302.00482; Albergo, Boffi,
Vanden-Eijnden, arXiv 2303.08797, for any alpha and beta. Only numpy. World units; any place and size of the clouds.
"""

from __future__ import annotations

import math
from copy import copy
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fmviz.core.cloud import DoubleArray, Side, mean_of
from fmviz.core.convolution import Points, RasterField, Shares, merged
from fmviz.core.errors import FmvizError
from fmviz.core.extent import outlying
from fmviz.core.paths import Path
from fmviz.core.pulls import Acting, Centres, Pulls, pulls_between
from fmviz.core.shapes import SHAPES
from fmviz.core.spread import FINEST, spread_of

# More pairs of Gaussians take longer one by one than by convolution: 600 at 841 places 10 ms.
MOST_PAIRS = 600
# Of a shape without a closed form; the field of 20,000 errs by 2 %, of so many by 1 %.
_DRAWN = 200_000
# More points than that are merged where they are nearer to each other than this share of the deviation.
_MANY, _MERGED = 10_000, 1 / 2
# Where the path has no width at an end, the field just before it stands for it.
_EDGE = 1e-3
# Rasters that are kept: those of two fields at the times of a fine picture, of .1 to 2 MB each.
_KEPT = 112
# Places that are looked up in a raster in some milliseconds, and pairs that are summed up.
_RASTER_ROWS, _PAIR_ROWS = 20_000, 400_000
# So many weights of pairs are held at once: 32 MB.
_BLOCK = 4_000_000
# Of the path's width, between two places whose velocities give a slope.
_APART = 1e-3


class UnknownFieldError(FmvizError):
    """The exact field of something is not known; the message says why."""


class MarginalField:
    """The field of a random coupling.

    Args:
        source, target: the two sides.
        path: between the two points of a pair.
        path_sigma: its noise, world units.
        mean0: (2,) from where the path counts positions; None is the source's mean.
        rng: draws the points of shapes without a closed form.
    Raises:
        UnknownFieldError: all points of both sides are in one place each.
    """

    def __init__(self, source: Side, target: Side, path: Path, path_sigma: float, rng: np.random.Generator,
                 mean0: ArrayLike | None = None) -> None:
        if why := why_unknown(source, target, path_sigma):
            raise UnknownFieldError(why)
        spread0, spread1 = (spread_of(side, rng, _DRAWN) for side in (source, target))
        self.mean0: DoubleArray = (mean_of(spread0.points.places, spread0.points.masses) if mean0 is None
                                    else np.asarray(mean0, dtype=np.float64))
        spread0, spread1 = (replace(one, points=Points(one.points.places - self.mean0, one.points.masses))
                            for one in (spread0, spread1))
        is_small = len(spread0) * len(spread1) <= MOST_PAIRS and not (spread0.is_drawn or spread1.is_drawn)
        if not is_small:
            spread0, spread1 = (one.smoothed() if one.sigma < FINEST * one.size else one
                                for one in (spread0, spread1))
        elif spread0.sigma == spread1.sigma == path_sigma == 0:
            spread0, spread1 = spread0.smoothed(), spread1.smoothed()
        self._path, self._path_sigma = path, path_sigma
        self._pairs: tuple[DoubleArray, DoubleArray, DoubleArray] | None = None
        self._is_fine = False
        if is_small:
            self._pairs = _all_pairs(spread0.points, spread1.points)
        else:
            spread0, spread1 = (replace(one, points=merged(one.points, _MERGED * one.sigma)) if len(one) > _MANY
                                else one for one in (spread0, spread1))
        self._sides = spread0, spread1

    @property
    def smoothing(self) -> tuple[float, float]:
        """By how much source and target are smoothed, world units; 0 for what is exact as it is."""
        return self._sides[0].smoothing, self._sides[1].smoothing

    def ways(self, _x: ArrayLike, _times: NDArray[np.floating]) -> None:
        """Return None: it does not know the ways of its points but by their velocity."""

    @property
    def words(self) -> str:
        """What is to be said beside its name: "smoothed by 0.18", or ""."""
        h = max(self.smoothing)
        return f"smoothed by {h:.2g}" if h > 0 else ""

    def velocity(self, x: ArrayLike, t: float) -> DoubleArray:
        """Return the velocity (Q, 2) at places (Q, 2), units per unit of t; finite everywhere."""
        place = np.asarray(x, dtype=np.float64)
        spread0, spread1 = self._sides
        if self._pairs is not None:
            a, b, weights = self._pairs
            return paired_velocity(place - self.mean0, self._within(t), a, b, self._path, spread0.sigma,
                                   spread1.sigma, self._path_sigma, weights, (0.0, 0.0))
        return self._raster(t).velocity(place - self.mean0)

    def density(self, x: ArrayLike, t: float) -> DoubleArray:
        """Return the density p(x, t) at places (Q, 2), per square world unit, (Q,)."""
        place = np.asarray(x, dtype=np.float64) - self.mean0
        if self._pairs is None:
            return self._raster(t).density(place)
        (a, b, weights), shares = self._pairs, self._shares(self._within(t))
        centres = shares.alpha * b + shares.beta * a
        squares = ((place[:, None] - centres) ** 2).sum(axis=2)
        return np.asarray(np.exp(-squares / (2 * shares.variance)) @ weights / (2 * np.pi * shares.variance))

    @property
    def is_closed(self) -> bool:
        """Whether it is a closed form; else a convolution on rasters."""
        return self._pairs is not None

    def for_derivatives(self) -> MarginalField:
        """Return the same field on finer rasters, or itself where it has none."""
        if self.is_closed:
            return self
        finer = copy(self)
        finer._is_fine = True
        return finer

    def width(self, t: float) -> float:
        """Return the deviation around each pair's way at a time, world units: nothing of the field is finer."""
        return math.sqrt(self._shares(self._within(t)).variance)

    @property
    def rows(self) -> int:
        """At so many places an evaluation takes some milliseconds."""
        return _RASTER_ROWS if self._pairs is None else max(64, _PAIR_ROWS // len(self._pairs[0]))

    def divergence(self, x: ArrayLike, t: float) -> DoubleArray:
        """Return its divergence (Q,) there, by differences, 1 per unit of t."""
        place, apart = np.asarray(x, dtype=np.float64), _APART * self.width(t)
        slopes = [(self.velocity(place + step, t) - self.velocity(place - step, t))[:, axis] / (2 * apart)
                  for axis, step in enumerate(apart * np.eye(2))]
        return np.asarray(slopes[0] + slopes[1])

    def is_known(self, x: ArrayLike, t: float) -> NDArray[np.bool_]:
        """Return at which places (Q, 2) the velocity says something, (Q,): not where nothing ever comes."""
        place = np.asarray(x, dtype=np.float64)
        if self._pairs is not None:
            return np.ones(len(place), dtype=bool)
        return self._raster(t).is_known(place - self.mean0)

    def places(self, t: float, n: int, rng: np.random.Generator) -> DoubleArray:
        """Draw n places (n, 2) of the flow at a time."""
        return self.moving(t, n, rng)[0]

    def moving(self, t: float, n: int, rng: np.random.Generator) -> tuple[DoubleArray, DoubleArray]:
        """Draw n points of the flow at a time: where they are, xt (n, 2), and the velocities ut (n, 2) of their pairs.

        E[ut | xt = x] is `velocity` at x.
        """
        x0, x1 = (one.points.places[rng.choice(len(one), n, p=one.points.masses)] + one.sigma * rng.normal(size=(n, 2))
                  for one in self._sides)
        noise = self._path_sigma * rng.normal(size=(n, 2))
        return (np.asarray(self._path.points(x0, x1, t) + noise + self.mean0, dtype=np.float64),
                np.asarray(self._path.velocities(x0, x1, t), dtype=np.float64))

    def pulls(self, x: ArrayLike, t: float) -> Pulls:
        """Return which points act on a place (2,); of n and m points it takes n m exponentials."""
        place = np.asarray(x, dtype=np.float64) - self.mean0
        source, target = (Centres(one.points, one.sigma, one.smoothing == 0.0) for one in self._sides)
        found = pulls_between(place, source, target, self._shares(self._within(t)))
        return replace(found, source=Acting(found.source.places + self.mean0, found.source.weights),
                       target=Acting(found.target.places + self.mean0, found.target.weights))

    def _within(self, t: float) -> float:
        """Return the time, or the nearest one at which the path has a width."""
        return t if self._shares(t).variance > 0 else min(max(t, _EDGE), 1 - _EDGE)

    def _shares(self, t: float) -> Shares:
        return _shares_at(self._path, t, self._sides[0].sigma, self._sides[1].sigma, self._path_sigma)

    def _raster(self, t: float) -> RasterField:
        return _raster_of(self, self._within(t))

    def made(self, t: float) -> RasterField:
        """Return a new raster of a time at which the path has a width."""
        source, target = self._sides
        return RasterField(source.points, target.points, self._shares(t), self._is_fine)


def paired_velocity(x: ArrayLike, t: float, a: ArrayLike, b: ArrayLike, path: Path, source_sigma: float = 0.0,
                    target_sigma: float = 0.0, path_sigma: float = 0.0, weights: ArrayLike | None = None,
                    mean0: ArrayLike | None = None) -> NDArray[np.float64]:
    """Return the exact marginal velocity of paired Gaussians, (Q, 2), units per unit of t.

    With all of a coupling's sample pairs as a and b and path noise alone it is the field of those pairs.

    Args:
        x: (Q, 2) where.
        t: in [0, 1].
        a, b: (P, 2) centres of the pairs.
        source_sigma, target_sigma, path_sigma: s0, s1 and sigma of the module's formula.
        weights: (P,) masses of the pairs; None for equal ones.
        mean0: (2,) the source's mean; None is that of a.
    Raises:
        ValueError: the path has no width at this time (v = 0), so there is no field.
    """
    place = np.asarray(x, dtype=np.float64)
    start, end = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    shares = _shares_at(path, t, source_sigma, target_sigma, path_sigma)
    if shares.variance <= 0:
        raise ValueError(f"The path has no width at t = {t:g}; give it noise, or ask at another time.")
    # Products with coordinates far from the origin would lose what sets the points apart.
    middle = np.asarray(mean0, dtype=np.float64) if mean0 is not None else mean_of(
        start, None if weights is None else np.asarray(weights))
    start, end = start - middle, end - middle
    centre = shares.alpha * end + shares.beta * start
    # In terms of x: sum_i p_i (alpha' b_i + beta' a_i - slope m_i) + slope x, one product per block.
    drift = shares.d_alpha * end + shares.d_beta * start - shares.slope * centre
    log_mass = np.zeros(len(centre)) if weights is None else _log(np.asarray(weights, dtype=np.float64))
    velocity = np.empty_like(place)
    rows = max(1, _BLOCK // len(centre))
    for first in range(0, len(place), rows):
        here = place[first : first + rows] - middle
        log_p = log_mass - _squared_distances(here, centre) / (2 * shares.variance)
        p = np.exp(log_p - log_p.max(axis=1, keepdims=True))
        velocity[first : first + rows] = (p @ drift) / p.sum(axis=1, keepdims=True) + shares.slope * here
    return velocity


def _shares_at(path: Path, t: float, source_sigma: float, target_sigma: float, path_sigma: float) -> Shares:
    """Return the path at one time; its slope is 0 where it has no width."""
    alpha, beta, d_alpha, d_beta = (float(share(t)) for share in (path.alpha, path.beta, path.d_alpha, path.d_beta))
    variance = (beta * source_sigma) ** 2 + (alpha * target_sigma) ** 2 + path_sigma**2
    change = d_alpha * alpha * target_sigma**2 + d_beta * beta * source_sigma**2
    return Shares(alpha, beta, d_alpha, d_beta, variance, change / variance if variance > 0 else 0.0)


def _squared_distances(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (Q, P). Differences first: the expanded square loses the small distances that decide near t = 1."""
    dx = x[:, :1] - y[:, 0]
    dy = x[:, 1:] - y[:, 1]
    return np.asarray(dx * dx + dy * dy)


def _log(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(weights))


@lru_cache(maxsize=_KEPT)
def _raster_of(field: MarginalField, t: float) -> RasterField:
    return field.made(t)


def why_unknown(source: Side, target: Side, path_sigma: float = 0.0) -> str:
    """Return why the field of a random coupling is not known, one sentence, or ""."""
    if path_sigma > 0 or not (_is_one_place(source) and _is_one_place(target)):
        return ""
    return "All points of each cloud are in one place, so there is no field around them; draw more places."


def _is_one_place(side: Side) -> bool:
    if side.jitter > 0:
        return False
    if side.cloud is not None:
        return not np.ptp(side.cloud.xy[~outlying(side.cloud.xy)], axis=0).any()
    assert side.shape is not None
    mixture = SHAPES[side.shape].mixture
    return mixture is not None and mixture.sigma == 0 and len(mixture.centres) == 1


def _all_pairs(source: Points, target: Points) -> tuple[DoubleArray, DoubleArray, DoubleArray]:
    """Return all pairs of centres, (P, 2) each, and their masses."""
    n, m = len(source.masses), len(target.masses)
    return (np.repeat(source.places, m, axis=0), np.tile(target.places, (n, 1)),
            np.outer(source.masses, target.masses).ravel())
