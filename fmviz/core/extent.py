"""Pieces of the plane: the square around both clouds, on which fields are computed, and boxes of any shape.

What lies far from everything else is left out of them, and said. Values of a grid over a square are linear between its
nodes, and constant outside.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fmviz.core.cloud import FloatArray, PointCloud, Side, carried

# Fewer points are a drawing of a few places, not a cloud with slips.
_FEWEST = 20
# At most this share of the points are outliers (but one in any case); more are a part of the cloud.
_MOST_SHARE = 0.01
# How many times as far from the middle as the next one. The farthest of 200,000 draws of a Gaussian is 1.1 times as far
# as the next; samples of a Cauchy distribution, whose tails are as heavy as data has, exceed 10 now and then.
_FAR = 10.0
_MEDIAN_OF = 10_000
# Shapes are sampled to find their extent; the outermost points of so many draws lie beyond 3 sigma.
_SAMPLES = 4_000
MARGIN = 1.12
# A pane twice as wide as high shows so many times the square's edge.
WIDE = 2
# All points in one place, or so near to each other that float64 knows their differences badly: show one unit around.
_LONE_HALF = 1.0
_RESOLVED = 1e-12
# Squares and densities of a smaller one would come near the ends of float32.
_SMALLEST_HALF = 1e-15
# Shapes fit into +-6: room for as much is offered to whoever draws from nothing.
_DRAWING_HALF = 6.5
# A cloud so many times smaller than the square is a dot in it; beside it a drawing has so much of its own square.
_DOT, _BESIDE = 200, 1.3
# Growing leaves so much room beyond the outermost point, so that the next stroke seldom grows it again.
_GROWTH = 1.05


def outlying(points: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Return which of the points (N, 2) are outliers, (N,).

    By the distance to the median, the larger one of x and y: beyond a gap of ten times among the farthest hundredth.
    """
    is_far = np.zeros(len(points), dtype=bool)
    if len(points) < _FEWEST:
        return is_far
    distance = _distances(points)
    count = max(1, int(_MOST_SHARE * len(points)))
    # The farthest of the others, then those that may be outliers, ascending.
    tail = np.sort(np.partition(distance, -count - 1)[-count - 1:])
    gaps = np.flatnonzero((tail[1:] > _FAR * tail[:-1]) & (tail[:-1] > 0))
    if len(gaps):
        is_far = distance > tail[gaps[0]]
    return is_far


def _distances(points: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return how far each point is from the median of (about ten thousand of) them, the larger one of x and y, (N,)."""
    middle = np.median(points[:: 1 + len(points) // _MEDIAN_OF], axis=0)
    # Not the maximum along an axis of two: for 200,000 points that takes 45 ms, this half a millisecond.
    return np.asarray(np.maximum(np.abs(points[:, 0] - middle[0]), np.abs(points[:, 1] - middle[1])))


def outliers_in_words(points: NDArray[np.floating]) -> str:
    """Return a sentence about the outliers, or "" if there are none."""
    far = points[outlying(points)]
    if len(far) == 0:
        return ""
    x, y = points[_distances(points).argmax()]
    if len(far) == 1:
        return f"1 of {len(points):,} points lies at ({x:g}, {y:g}), far from the others."
    return f"{len(far):,} of {len(points):,} points lie far from the others, up to ({x:g}, {y:g})."


def without_outliers(cloud: PointCloud) -> PointCloud:
    """Return the cloud of the points that are not outliers, with their weights and labels."""
    rows = np.flatnonzero(~outlying(cloud.xy))
    weights, labels = carried(cloud.weights, cloud.labels, rows)
    return replace(cloud, xy=cloud.xy[rows], weights=weights, labels=labels)


@dataclass(frozen=True)
class Box:
    """A rectangle: centre (cx, cy) and half of each edge, world units."""

    cx: float
    cy: float
    half_x: float
    half_y: float

    @property
    def left(self) -> float:
        return self.cx - self.half_x

    @property
    def right(self) -> float:
        return self.cx + self.half_x

    @property
    def bottom(self) -> float:
        return self.cy - self.half_y

    @property
    def top(self) -> float:
        return self.cy + self.half_y

    @property
    def shape(self) -> float:
        """Width over height."""
        return self.half_x / self.half_y

    def united(self, other: Box) -> Box:
        """Return the smallest box around both."""
        if self == other:
            return self
        left, right = min(self.left, other.left), max(self.right, other.right)
        bottom, top = min(self.bottom, other.bottom), max(self.top, other.top)
        return Box((left + right) / 2, (bottom + top) / 2, (right - left) / 2, (top - bottom) / 2)

    def common(self, other: Box) -> Box | None:
        """Return what is in both, None if that is nothing."""
        left, right = max(self.left, other.left), min(self.right, other.right)
        bottom, top = max(self.bottom, other.bottom), min(self.top, other.top)
        if (left, right, bottom, top) == (self.left, self.right, self.bottom, self.top):
            return self  # to the last digit
        if right <= left or top <= bottom:
            return None
        return Box((left + right) / 2, (bottom + top) / 2, (right - left) / 2, (top - bottom) / 2)

    def shaped(self, width: float, height: float) -> Box:
        """Return the smallest box of the shape width : height around this one, with the same centre."""
        unit = max(self.half_x / width, self.half_y / height)
        return Box(self.cx, self.cy, unit * width, unit * height)


@dataclass(frozen=True)
class Extent:
    """A square: centre (cx, cy) and half of its edge, world units."""

    cx: float
    cy: float
    half: float

    @property
    def box(self) -> Box:
        """The same square as a box."""
        return Box(self.cx, self.cy, self.half, self.half)

    @property
    def left(self) -> float:
        return self.cx - self.half

    @property
    def right(self) -> float:
        return self.cx + self.half

    @property
    def bottom(self) -> float:
        return self.cy - self.half

    @property
    def top(self) -> float:
        return self.cy + self.half

    def wide(self, reach: float = 1.0) -> Extent:
        """Return the square on which fields are computed: what panes of any usual shape show around this one.

        reach: how far points go on their way, in their distances from the middle; see `paths.Path.reach`.
        """
        return Extent(self.cx, self.cy, WIDE * reach * self.half)

    def holds(self, box: Box) -> bool:
        """Whether all of a box lies in it."""
        return (self.left <= box.left and box.right <= self.right
                and self.bottom <= box.bottom and box.top <= self.top)

    def axes(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Return n evenly spaced x and y, edges included, ascending."""
        return np.linspace(self.left, self.right, n), np.linspace(self.bottom, self.top, n)

    def share(self, percent: float) -> float:
        """Return that share of half the edge, world units: sizes of brushes that look alike in every square."""
        return self.half * percent / 100

    def grown_to(self, points: np.ndarray) -> Extent:
        """Return this square if it holds all points (N, 2) but outliers, else a larger one around the same centre."""
        if len(points) == 0:
            return self
        reach = float(np.abs(points[~outlying(points)] - (self.cx, self.cy)).max())
        return self if reach <= self.half else Extent(self.cx, self.cy, reach * _GROWTH)


def extent_of(points: Iterable[np.ndarray]) -> Extent:
    """Return the square around all points but outliers, with a margin of 12 %; there must be at least one point.

    Args:
        points: (N, 2) each; what is an outlier is judged within each cloud.
    """
    blocks = [np.asarray(block, dtype=np.float64).reshape(-1, 2) for block in points]
    stacked = np.concatenate([block[~outlying(block)] for block in blocks])
    low, high = stacked.min(axis=0), stacked.max(axis=0)
    centre = (low + high) / 2
    half = float((high - low).max()) / 2 * MARGIN
    reach = float(np.abs(centre).max())
    if half <= max(reach * _RESOLVED, _SMALLEST_HALF):
        half = max(_LONE_HALF, reach * _RESOLVED)
    return Extent(float(centre[0]), float(centre[1]), half)


@lru_cache(maxsize=4)
def extent_of_sides(source: Side, target: Side) -> Extent:
    """Return the square that shows both sides; the same sides give the same square."""
    rng = np.random.default_rng(0)
    return extent_of(side.cloud.xy if side.cloud is not None else side.sample(_SAMPLES, rng)
                     for side in (source, target))


def size_of(side: Side) -> float:
    """Return half the edge of the square around a side, its jitter and outliers left aside, world units."""
    rng, calm = np.random.default_rng(0), replace(side, jitter=0.0)
    return extent_of([calm.cloud.xy if calm.cloud is not None else calm.sample(_SAMPLES, rng)]).half


def drawing_extent(drawn: Side, other: Side) -> Extent:
    """Return the square in which `drawn` is edited: both sides, and room for a new drawing if it is a shape.

    Beside a cloud of quite another size or place, which would be a dot there, the room is that around the cloud.
    """
    extent = extent_of_sides(drawn, other)
    if drawn.cloud is not None:
        return extent
    half = _DRAWING_HALF
    roomy = extent.grown_to(np.array([[-half, -half], [half, half]]))
    beside = extent_of_sides(other, other)
    if other.cloud is None or beside.half * _DOT >= roomy.half:
        return roomy
    return replace(beside, half=_BESIDE * beside.half)


def from_line(points: FloatArray, start: FloatArray, end: FloatArray) -> FloatArray:
    """Return how far points are from the straight lines between two ends; (..., 2) each, of shapes that go together."""
    way, offset = np.subtract(end, start, dtype=np.float64), np.subtract(points, start, dtype=np.float64)
    squared = np.maximum((way**2).sum(axis=-1), np.finfo(np.float64).tiny)
    share = np.clip((offset * way).sum(axis=-1) / squared, 0.0, 1.0)
    return np.asarray(np.hypot(*np.moveaxis(offset - share[..., None] * way, -1, 0)))


def bilinear_over(values: FloatArray, extent: Extent, x: NDArray[np.floating]) -> FloatArray:
    """Return the values (S, C) of a grid (G, G, C) over an extent at places x (S, 2), world units."""
    return bilinear(values, (x - (extent.left, extent.bottom)) / (2 * extent.half))


def bilinear(values: FloatArray, place: NDArray[np.floating]) -> FloatArray:
    """Return the values (S, C) of a grid (G, G, C) at places (S, 2): x and y, 0 at the first node and 1 at the last."""
    last = values.shape[0] - 1
    scaled = np.clip(place, 0.0, 1.0) * last
    low = np.minimum(scaled.astype(np.intp), last - 1)
    share = scaled - low
    flat = values.reshape(-1, values.shape[2])
    corner = low[:, 1] * (last + 1) + low[:, 0]
    across, up = share[:, :1], share[:, 1:]
    lower = flat[corner] * (1 - across) + flat[corner + 1] * across
    upper = flat[corner + last + 1] * (1 - across) + flat[corner + last + 2] * across
    result: FloatArray = lower * (1 - up) + upper * up
    return result
