"""Where a cloud lies: in its own units, at the shapes' scale, or like the other cloud. Pure functions.

    x' = a (x - c) + c'

with one a for both axes, or one for each; weights and labels stay. Everything is float64, and differences are taken
first, so that clouds far from the origin lose nothing. What is given in world units moves along: a jitter of 0.3 that
suits a cloud six units wide would drown one of a millimetre's width.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.errors import CloudError, quoted
from fmviz.core.extent import size_of
from fmviz.core.project import SIDES, Project

KEEP, FIT, MATCH, MATCH_AXES = "keep", "fit", "match", "match-axes"
# Way of placing -> its words.
PLACES = {
    KEEP: "Keep the units",
    FIT: "Fit to the shapes' scale",
    MATCH: "Match centre and spread of the other cloud",
    MATCH_AXES: "Match the other cloud on each axis",
}

# The shapes reach about so far from the origin; one point in a hundred may lie beyond, so that one outlier does not
# make a dot of all others.
_SHAPES_REACH = 5.0
_OUTSIDE = 0.01
# Spreads that differ by more than this factor, or centres further apart than so many spreads, are of other units.
_FOREIGN = 20.0
# Points of an endless shape that stand for it.
_SAMPLES = 20_000

Vector = NDArray[np.float64]
# Clouds of a drawing's usual sizes keep their settings.
_ANOTHER_SIZE = 10.0


def placed(cloud: PointCloud, how: str, other: Side | None = None, flips_y: bool = False) -> PointCloud:
    """Return the cloud at another place.

    Args:
        how: a key of PLACES.
        other: what to match; needed for MATCH and MATCH_AXES.
        flips_y: turn up and down round first, as pixels count rows downwards; the range of y stays.
    Raises:
        CloudError: an unknown way, or nothing to match.
    """
    if how not in PLACES:
        raise CloudError(f"The place is {quoted(how)}; give one of {', '.join(PLACES)}.")
    xy = np.array(cloud.xy, dtype=np.float64)
    if flips_y:
        xy[:, 1] = xy[:, 1].min() + xy[:, 1].max() - xy[:, 1]
    if how == FIT:
        low, high = np.quantile(xy, [_OUTSIDE, 1 - _OUTSIDE], axis=0)
        half = float((high - low).max()) / 2
        if half == 0:  # most points are in one place
            low, high = xy.min(axis=0), xy.max(axis=0)
            half = float((high - low).max()) / 2
        xy = _scale(_SHAPES_REACH, half) * (xy - (low + (high - low) / 2))
    elif how != KEEP:
        if other is None:
            raise CloudError("There is no other cloud to match; choose another place.")
        centre, spread = _moments(xy, cloud.weights)
        wanted_centre, wanted_spread = _moments_of(other)
        if how == MATCH:
            factor = np.full(2, _scale(float(np.hypot(*wanted_spread)), float(np.hypot(*spread))))
        else:
            factor = np.array([_scale(*pair) for pair in zip(wanted_spread, spread, strict=True)])
        xy = factor * (xy - centre) + wanted_centre
    return replace(cloud, xy=xy)


def is_of_another_scale(cloud: PointCloud, other: Side) -> bool:
    """Return whether two clouds are so different in spread, or so far apart, that hardly one can be seen or learned."""
    centre, spread = _moments(cloud.xy, cloud.weights)
    other_centre, other_spread = _moments_of(other)
    small, large = sorted((float(np.hypot(*spread)), float(np.hypot(*other_spread))))
    return large > _FOREIGN * small or float(np.hypot(*(centre - other_centre))) > _FOREIGN * large


def _moments_of(side: Side) -> tuple[Vector, Vector]:
    if side.cloud is not None:
        return _moments(side.cloud.xy, side.cloud.weights)
    return _moments(side.sample(_SAMPLES, np.random.default_rng(0)), None)


def _moments(xy: NDArray[np.floating], weights: NDArray[np.floating] | None) -> tuple[Vector, Vector]:
    """Return mean and standard deviation of each axis, by mass."""
    origin = np.asarray(xy[0], dtype=np.float64)
    offsets = np.asarray(xy, dtype=np.float64) - origin
    mean = np.average(offsets, axis=0, weights=weights)
    spread = np.sqrt(np.average((offsets - mean) ** 2, axis=0, weights=weights))
    return origin + mean, spread


def _scale(wanted: float, there: float) -> float:
    """Return the factor from one spread to another; what has none, or would get none, keeps its size."""
    factor = wanted / there if there > 0 else 0.0
    return factor if factor > 0 and np.isfinite(factor) else 1.0


def with_rescaled_side(project: Project, which: str, side: Side) -> tuple[Project, tuple[str, ...]]:
    """Return the project with another side, jitter and path noise in its size, and a sentence for each that changed.

    Args:
        which: one of `SIDES`.
        side: the new one, with the jitter of the old one.
    """
    sizes = {name: size_of(project.side(name)) for name in SIDES}
    size = size_of(side)
    jitter = _scaled(side.jitter, size / sizes[which])
    noise = max({**sizes, which: size}.values()) / max(sizes.values())
    sigmas = {lane.sigma: _scaled(lane.sigma, noise) for lane in project.lanes}
    lanes = tuple(replace(lane, sigma=sigmas[lane.sigma]) for lane in project.lanes)
    changes = ((f"jitter of the {which}", side.jitter, jitter), *(("path noise", *pair) for pair in sigmas.items()))
    said = tuple(f"The {name} went from {old:g} to {new:g}, with the size of the cloud."
                 for name, old, new in changes if old != new)
    return replace(project.with_side(which, replace(side, jitter=jitter)), lanes=lanes), said


def _scaled(value: float, factor: float) -> float:
    """Return the value times the factor, to two digits; the value itself if the size is much the same."""
    if value == 0 or 1 / _ANOTHER_SIZE <= factor <= _ANOTHER_SIZE:
        return value
    return float(f"{value * factor:.2g}")
