"""A side of a flow as a mixture of equal Gaussians: what a shape knows of itself, else its points, smoothed or not.

Which sides are one Gaussian is what a normalizing flow and sampling with noise need of a source.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fmviz.core.cloud import DoubleArray, Side
from fmviz.core.convolution import Points
from fmviz.core.density import best_bandwidth
from fmviz.core.errors import ConfigError, quoted
from fmviz.core.extent import extent_of, outlying
from fmviz.core.shapes import SHAPES

# A side of a smaller deviation, as a share of its size, is too fine for a raster.
FINEST = 1 / 140
# Points that stand for a side without a closed form where its density is asked for; pairs of a block of its sum: 30 ms.
_DENSE, _PAIRS = 8_192, 2**19
# An entropy is a sum over so many nodes along each axis, up to so many deviations from each centre.
_NODES, _ROOM = 33, 6.0


@dataclass(frozen=True, eq=False)
class Spread:
    """A mixture of Gaussians: their centres with masses, their deviation, and how much of it is smoothing; world units.

    is_drawn says whether the centres are only some of the points that there could be.
    """

    points: Points
    sigma: float
    smoothing: float = 0.0
    is_drawn: bool = False

    def __len__(self) -> int:
        return len(self.points.masses)

    @property
    def size(self) -> float:
        """The longer edge of the box around the centres."""
        return float(np.ptp(self.points.places, axis=0).max())

    def smoothed(self) -> Spread:
        """Return it with the deviation of its density estimate, at least what a raster can show; a point stays one."""
        places = self.points.places
        if self.size == 0.0:
            return self
        effective = 1 / float((self.points.masses**2).sum())
        h = max(best_bandwidth(places, extent_of([places]), round(effective)), FINEST * self.size)
        return replace(self, sigma=math.hypot(self.sigma, h), smoothing=h)

    def log(self, x: NDArray[np.floating]) -> DoubleArray:
        """Return log p (N,) at x (N, 2), in nats per square world unit; its deviation is above 0."""
        return np.concatenate([np.zeros(0), *self.logs(x)])

    def logs(self, x: NDArray[np.floating]) -> Iterator[DoubleArray]:
        """Yield it in parts, each after some milliseconds."""
        centres, log_masses = self.points.places, np.log(self.points.masses)
        rows = max(1, _PAIRS // len(centres))
        for start in range(0, len(x), rows):
            part = np.asarray(x[start:start + rows], dtype=np.float64)
            with np.errstate(over="ignore", invalid="ignore"):  # a flow from far outside may lead to no number
                exponents = log_masses - ((part[:, None] - centres) ** 2).sum(axis=2) / (2 * self.sigma**2)
                logs = np.logaddexp.reduce(exponents, axis=1) - math.log(2 * math.pi * self.sigma**2)
            yield logs

    def entropy(self) -> float:
        """Return -E log p, nats, by a sum over a lattice around each centre; its deviation is above 0."""
        axis = np.linspace(-_ROOM, _ROOM, _NODES)
        offsets = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
        shares = np.exp(-(offsets**2).sum(axis=1) / 2)
        logs = self.log((self.points.places[:, None] + self.sigma * offsets).reshape(-1, 2))
        return -float(self.points.masses @ logs.reshape(len(self), -1) @ shares / shares.sum())


def spread_of(side: Side, rng: np.random.Generator, count: int) -> Spread:
    """Return a side as it is, before any smoothing; what lies far from all else is left out, as in pictures.

    Args:
        count: how many points stand for a shape without a closed form.
    """
    if side.cloud is not None:
        masses = np.full(len(side.cloud), 1 / len(side.cloud)) if side.cloud.weights is None else (
            side.cloud.weights.astype(np.float64))
        is_kept = ~outlying(side.cloud.xy) & (masses > 0)
        masses = masses[is_kept]
        return Spread(Points(side.cloud.xy[is_kept].astype(np.float64), masses / masses.sum()), side.jitter)
    if (known := closed_form(side)) is not None:
        return known
    places = replace(side, jitter=0.0).sample(count, rng).astype(np.float64)
    return Spread(Points(places, np.full(count, 1 / count)), side.jitter, is_drawn=True)


def closed_form(side: Side) -> Spread | None:
    """Return the mixture that a shape is, with its jitter; None of others. Its deviation may be 0."""
    mixture = None if side.shape is None else SHAPES[side.shape].mixture
    if mixture is None:
        return None
    centres = np.asarray(mixture.centres, dtype=np.float64)
    return Spread(Points(centres, np.full(len(centres), 1 / len(centres))), math.hypot(mixture.sigma, side.jitter))


class Gaussian(NamedTuple):
    """N(mean, sigma^2 I), world units."""

    mean: tuple[float, float]
    sigma: float


def gaussian_of(side: Side) -> Gaussian | None:
    """Return the Gaussian that a side draws from, also that of points in one place with jitter; None of other laws."""
    found = _around_one_place(side)
    return found if found is not None and found.sigma > 0 else None


def why_no_map(source: Side, target: Side) -> str:
    """Return why no normalizing flow goes from one side to the other, one sentence; "" if one does."""
    if gaussian_of(source) is None:
        return (f"A normalizing flow needs a source whose density it knows, a Gaussian, and the source is "
                f"{quoted(source.label)}; choose the Gaussian.")
    if (found := _around_one_place(target)) is not None and found.sigma == 0:
        return ("The target is one point, which has no density, so a normalizing flow has nothing to learn; take a "
                "target that spreads, or jitter it.")
    return ""


def _around_one_place(side: Side) -> Gaussian | None:
    """Return the Gaussian that a side is, if need be without any deviation; None if it has more than one centre."""
    known = closed_form(side)
    if known is not None and len(known) == 1:
        centre, sigma = known.points.places[0], known.sigma
    elif side.cloud is not None and not np.ptp(side.cloud.xy, axis=0).any():
        centre, sigma = side.cloud.xy[0], side.jitter
    else:
        return None
    return Gaussian((float(centre[0]), float(centre[1])), sigma)


def density_of(side: Side, rng: np.random.Generator) -> Spread:
    """Return the density of a side: its closed form, that of its jittered points, or a kernel estimate of them.

    Raises:
        ConfigError: all of it is one point.
    """
    spread = spread_of(side, rng, _DENSE)
    if len(spread) > _DENSE:
        rows = rng.choice(len(spread), _DENSE, p=spread.points.masses)
        spread = replace(spread, points=Points(spread.points.places[rows], np.full(_DENSE, 1 / _DENSE)), is_drawn=True)
    if spread.sigma == 0 and spread.size == 0:
        raise ConfigError("The source is one point, which has no density; take a source that spreads, or jitter it.")
    return spread if spread.sigma > 0 and not spread.is_drawn else spread.smoothed()
