"""Which particles the eye can follow: a few that stand for the whole cloud, or those that somebody has chosen by where
they start; and what a place of the picture hits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fmviz.core.cloud import FloatArray
from fmviz.core.errors import ConfigError
from fmviz.core.extent import from_line
from fmviz.core.numbers import read_number

Place = tuple[float, float]
"""A place (x, y), world units."""
Starts = tuple[Place, ...]
"""Where followed particles start: places (x, y), world units."""

MOST_FOLLOWED = 24
# Squares of such numbers are still float64's.
FARTHEST = 1e30
# Lloyd's iterations; the middles of separate clumps are found in two or three.
_ROUNDS = 12


def spread(points: NDArray[np.floating], count: int) -> NDArray[np.intp]:
    """Return the indices (K,) of at most `count` points that stand for the whole cloud (N, 2), by angle around its
    mean.

    Each is the one nearest to the middle of its part of the cloud (k-means from the points farthest from each other),
    so that every clump has one and none is an outlier.
    """
    xy = np.asarray(points, dtype=np.float64)
    if len(xy) == 0 or count < 1:
        return np.zeros(0, dtype=np.intp)
    middles = xy[_farthest(xy, min(count, len(xy)))]
    for _ in range(_ROUNDS):
        nearest = _squares(xy, middles).argmin(axis=1)
        sizes = np.bincount(nearest, minlength=len(middles))
        sums = np.stack([np.bincount(nearest, xy[:, axis], len(middles)) for axis in range(2)], axis=1)
        moved = np.where(sizes[:, None] > 0, sums / np.maximum(sizes, 1)[:, None], middles)
        if np.array_equal(moved, middles):
            break
        middles = moved
    chosen = np.unique(_squares(xy, middles).argmin(axis=0))
    offset = xy[chosen] - xy.mean(axis=0)
    return chosen[np.argsort(np.arctan2(offset[:, 1], offset[:, 0]), kind="stable")]


def _farthest(xy: FloatArray, count: int) -> list[int]:
    """Return the point nearest to the mean, then always the one farthest from all before."""
    chosen = [int(_squares(xy, xy.mean(axis=0, keepdims=True))[:, 0].argmin())]
    distance = _squares(xy, xy[chosen])[:, 0]
    while len(chosen) < count:
        chosen.append(int(distance.argmax()))
        distance = np.minimum(distance, _squares(xy, xy[chosen[-1:]])[:, 0])
    return chosen


def _squares(xy: FloatArray, others: FloatArray) -> FloatArray:
    return np.asarray(((xy[:, None] - others[None]) ** 2).sum(axis=2))


@lru_cache(maxsize=16)
def spread_of(points: bytes, count: int) -> tuple[int, ...]:
    """Return `spread` of float64 points; keyed by content, because every picture of a run brings the same starts."""
    return tuple(spread(np.frombuffer(points).reshape(-1, 2), count).tolist())


def checked_starts(starts: Starts) -> Starts:
    """Return places that can be followed, as plain numbers.

    Raises:
        ConfigError: there are too many, or as of `checked_place`.
    """
    if len(starts) > MOST_FOLLOWED:
        raise ConfigError(f"{len(starts)} starts are to be followed; give at most {MOST_FOLLOWED}.")
    return tuple(checked_place(start, "start of a followed particle") for start in starts)


def checked_place(place: Sequence[float], noun: str) -> Place:
    """Return a place in the plane, as plain numbers.

    Raises:
        ConfigError: it is none.
    """
    if len(place) != 2 or not all(abs(number) <= FARTHEST for number in place):  # which is true of nan too
        said = ", ".join(f"{number:g}" for number in place)
        raise ConfigError(f"The {noun} is ({said}); give two numbers, x and y, from {-FARTHEST:g} to "
                          f"{FARTHEST:g}.")
    return float(place[0]), float(place[1])


def read_starts(text: str) -> Starts | None:
    """Return the places in "x,y; x,y", () for an empty text; None if it means none."""
    starts = []
    for part in text.split(";") if text.strip() else ():
        numbers = [read_number(number) for number in part.split(",")]
        if len(numbers) != 2 or numbers[0] is None or numbers[1] is None:
            return None
        starts.append((numbers[0], numbers[1]))
    return tuple(starts)


def read_place(text: str) -> Place | None:
    """Return the place in "x,y", None if the text means none."""
    places = read_starts(text)
    return places[0] if places is not None and len(places) == 1 else None


def rounded(place: Place, unit: float) -> Place:
    """Return a place with no more decimals than tell apart what is a unit, world units, apart."""
    decimals = -math.floor(math.log10(unit))
    x, y = (round(number, decimals) + 0.0 for number in place)  # never -0
    return x, y


def with_start(starts: Starts, start: tuple[float, float]) -> Starts:
    """Return the starts with one more; one that is among them is left out instead."""
    return tuple(other for other in starts if other != start) if start in starts else (*starts, start)


def nearest(points: NDArray[np.floating], place: tuple[float, float], reach: float) -> int | None:
    """Return the index of the point (N, 2) that is nearest to a place, None if none is within reach."""
    if len(points) == 0:
        return None
    distance = np.hypot(*(points - place).T)
    index = int(distance.argmin())
    return index if distance[index] <= reach else None


def nearest_path(paths: NDArray[np.floating], place: tuple[float, float], reach: float) -> int | None:
    """Return the index of the path (S, P, 2) that passes nearest to a place, None if none is within reach."""
    if paths.shape[1] == 0:
        return None
    distance = from_line(np.asarray(place), paths[:-1], paths[1:]).min(axis=0)
    index = int(distance.argmin())
    return index if distance[index] <= reach else None
