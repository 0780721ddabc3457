"""Point clouds, and the two sides of a problem: a named shape (endless) or a cloud (finite)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fmviz.core.errors import CloudError, quoted, row_of
from fmviz.core.numbers import counted
from fmviz.core.shapes import SHAPES, sample_shape

MIN_POINTS = 2
MAX_POINTS = 200_000
# Milliseconds since 1970 fit; squares of far larger ones, of velocities too, come near the end of float32, 3e38.
MAX_COORDINATE = 1e13

_ROUNDING = 1e-5
# The largest step between neighbouring numbers, as a share of the cloud's width.
_COARSEST = 1e-4
# Half a character, which UTF-8 cannot hold.
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

# More names than anyone tells apart by colour, and longer ones than a legend has room for, are no labels.
MOST_LABELS, LONGEST_LABEL = 1_000, 60
NO_LABEL = -1
NEW_ROW = -1

# FloatArray in the world are float64, so that points far from the origin keep their differences; what lives in the
# learned frame, velocities and masses are float32.
FloatArray = NDArray[np.floating]
DoubleArray = NDArray[np.float64]


def frozen_array(values: object, dtype: type[np.generic] = np.float32) -> NDArray[Any]:
    """Return a read-only contiguous copy of the given type."""
    array = np.array(values, dtype=dtype, order="C")
    array.setflags(write=False)
    return array


def mean_of(points: FloatArray, masses: FloatArray | None = None) -> DoubleArray:
    """Return the mean (2,) of points (N, 2), by mass.

    Of differences: the sum of large numbers would round away what sets them apart.
    """
    first = np.asarray(points[0], dtype=np.float64)
    return np.asarray(first + np.average(points - first, axis=0, weights=masses))


@dataclass(frozen=True, eq=False)
class Labels:
    """What class each point of a cloud belongs to.

    Args:
        codes: (N,) whole numbers, indices into `names`; `NO_LABEL` for a point of no class. Copied, int16, read-only.
        names: the classes, each once; at most 1,000 of at most 60 characters.
    Raises:
        CloudError: codes that name no class, too many names, too long or doubled ones.
    """

    codes: NDArray[np.int16]
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        codes, names = np.asarray(self.codes), tuple(self.names)
        if len(names) > MOST_LABELS:
            raise CloudError(f"The points have {len(names):,} different labels; give a column of at most "
                             f"{MOST_LABELS:,}.")
        for name in names:
            if not isinstance(name, str) or len(name) > LONGEST_LABEL or _LONE_SURROGATE.search(name):
                raise CloudError(f"The label {quoted(name)} cannot be used; give a text of at most {LONGEST_LABEL} "
                                 "characters.")
        if len(set(names)) < len(names):
            raise CloudError("Two labels have the same name; give each class one name.")
        if codes.ndim != 1 or codes.dtype.kind not in "iu":
            raise CloudError(f"Labels are whole numbers, one a point, and are an array of shape {codes.shape} and type "
                             f"{codes.dtype}.")
        if codes.size and not (codes.min() >= NO_LABEL and codes.max() < len(names)):
            raise CloudError(f"The labels run from {codes.min()} to {codes.max()}; {len(names)} classes are named.")
        object.__setattr__(self, "codes", frozen_array(codes, np.int16))
        object.__setattr__(self, "names", names)

    def __len__(self) -> int:
        return len(self.codes)

    def of(self, rows: NDArray[np.int64] | None) -> Labels:
        """Return the classes of some points, by their places; None is all of them, `NEW_ROW` a point of no class."""
        if rows is None:
            return self
        codes = np.full(len(rows), NO_LABEL, dtype=np.int16)
        codes[rows >= 0] = self.codes[rows[rows >= 0]]
        return Labels(codes, self.names)


def carried(weights: FloatArray | None, labels: Labels | None,
            rows: NDArray[np.int64]) -> tuple[FloatArray | None, Labels | None]:
    """Return the weights and the labels of a cloud's points after an edit.

    Rows that stay keep theirs, new ones get the mean weight and no label. Without a positive weight, or without a
    labelled point, there are none.

    Args:
        weights, labels: of the N points before, or None.
        rows: (M,) which of them each point was, `NEW_ROW` for a new one.
    """
    is_old = rows >= 0
    if weights is not None:
        before, weights = weights, np.full(len(rows), float(weights.mean()) if len(weights) else 1.0)
        weights[is_old] = before[rows[is_old]]
        weights = weights if before[rows[is_old]].any() else None
    if labels is not None:
        labels = labels.of(rows)
        labels = labels if (labels.codes != NO_LABEL).any() else None
    return weights, labels


@dataclass(frozen=True, eq=False)
class PointCloud:
    """A finite cloud.

    Args:
        xy: (N, 2) positions, world units; copied, made float64 and read-only.
        weights: (N,) non-negative masses with sum 1, or None for equal ones.
        name: what the user sees, for example the file's name; marks that break or reorder a line become spaces.
        labels: the class of each point, or None.
    Raises:
        CloudError: wrong shape, too few or too many points, values that are not finite.
    """

    xy: FloatArray
    weights: FloatArray | None = None
    name: str = "Drawn"
    labels: Labels | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", "".join(mark if mark.isprintable() else " " for mark in self.name))
        xy, name = np.asarray(self.xy), quoted(self.name)
        if xy.ndim != 2 or xy.shape[1] != 2 or xy.dtype.kind not in "fiu":
            raise CloudError(f"A cloud is a table of two columns of numbers x, y; {name} is an array of shape "
                             f"{xy.shape} and type {xy.dtype}: give one of shape (N, 2).")
        if len(xy) < MIN_POINTS:
            raise CloudError(f"The cloud {name} has {counted(len(xy), 'point')}; draw or load at least {MIN_POINTS}.")
        if len(xy) > MAX_POINTS:
            raise CloudError(f"The cloud {name} has {len(xy):,} points; at most {MAX_POINTS:,} can be used: thin it "
                             "out.")
        # Not "> the limit": a comparison with NaN is false.
        is_usable = (np.abs(xy) <= MAX_COORDINATE).all(axis=1)
        if not is_usable.all():
            bad = int(np.flatnonzero(~is_usable)[0])
            raise CloudError(f"Point {bad + 1} of {name} is ({xy[bad, 0]}, {xy[bad, 1]}); remove or correct it: two "
                             f"finite numbers between -{MAX_COORDINATE:g} and {MAX_COORDINATE:g} are needed.")
        object.__setattr__(self, "xy", frozen_array(xy, np.float64))
        self._check_resolution()
        if self.labels is not None and len(self.labels) != len(xy):
            raise CloudError(f"{name} has {len(xy)} points and {len(self.labels)} labels; give one a point.")
        if self.weights is not None:
            weights = np.asarray(self.weights, dtype=np.float64)
            if weights.shape != (len(xy),) or not np.isfinite(weights).all() or (weights < 0).any():
                raise CloudError(f"The weights of {name} must be {len(xy)} numbers of at least 0.")
            if weights.sum() <= 0:
                raise CloudError(f"The weights of {name} are all 0; give some point a positive weight.")
            # Weights that were normalised before, and rounded to float32, stay as they are.
            total = weights.sum() if abs(weights.sum() - 1.0) > _ROUNDING else 1.0
            object.__setattr__(self, "weights", frozen_array(weights / total))

    def __len__(self) -> int:
        return len(self.xy)

    def _check_resolution(self) -> None:
        """Refuse points whose differences are lost in their distance from the origin."""
        spread, reach = np.ptp(self.xy, axis=0), np.abs(self.xy).max(axis=0)
        # The smallest numbers of all have few digits wherever they lie; nothing can be subtracted from them.
        is_far = reach >= np.finfo(np.float64).tiny
        is_lost = is_far & (spread > 0) & (np.spacing(reach) > _COARSEST * spread.max())
        if is_lost.any():
            raise CloudError(f"The points of {quoted(self.name)} lie {reach[is_lost].max():g} from the origin and at "
                             f"most {spread.max():g} from each other, which numbers of 16 digits do not tell apart; "
                             "subtract what all of them share.")


@dataclass(frozen=True)
class Side:
    """One side of the problem, source or target: exactly one of a shape's name and a cloud.

    Args:
        shape: a key of `shapes.SHAPES`; every draw is fresh.
        cloud: a finite cloud; draws repeat its points.
        jitter: standard deviation of the Gaussian noise added to each draw, world units.
    """

    shape: str | None = None
    cloud: PointCloud | None = None
    jitter: float = 0.0

    def __post_init__(self) -> None:
        if (self.shape is None) == (self.cloud is None):
            raise CloudError("A side is either a shape or a cloud; give exactly one of them.")
        if self.shape is not None:
            row_of(SHAPES, self.shape, "shape", CloudError)
        if not 0 <= self.jitter <= MAX_COORDINATE:
            raise CloudError(f"The jitter is {self.jitter}; give a number from 0 to {MAX_COORDINATE:g}.")

    @property
    def label(self) -> str:
        """What the user sees."""
        return SHAPES[self.shape].label if self.shape is not None else self.cloud.name  # type: ignore[union-attr]

    def sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Draw n points, (n, 2) float64, world units."""
        return self.sample_with_rows(n, rng)[0]

    def sample_with_rows(self, n: int, rng: np.random.Generator) -> tuple[FloatArray, NDArray[np.int64] | None]:
        """Draw the points that `sample` draws, and which of the cloud's each one is, (n,); None for a shape."""
        rows = None
        if self.cloud is None:
            assert self.shape is not None
            points: FloatArray = sample_shape(self.shape, n, rng).astype(np.float64)
        else:
            if self.cloud.weights is None:
                rows = rng.integers(0, len(self.cloud), n)
            else:
                heap = np.cumsum(self.cloud.weights, dtype=np.float64)
                # At the very end rounding could point behind the last point that has a weight.
                last = int(np.flatnonzero(self.cloud.weights)[-1])
                rows = np.minimum(np.searchsorted(heap, rng.random(n) * heap[-1], side="right"), last)
            points = self.cloud.xy[rows]
        if self.jitter > 0:
            points = points + rng.normal(0.0, self.jitter, points.shape)
        return points, rows


@dataclass(frozen=True, eq=False)
class Classes:
    """The classes of all that is drawn of a flow; None without labels.

    Args:
        start, end: of each particle: of the source's point that it started from, and of the target's point nearest to
            where it ends.
        source, target: of each dot.
    """

    start: Labels | None = None
    end: Labels | None = None
    source: Labels | None = None
    target: Labels | None = None


NO_CLASSES = Classes()


class Dots(NamedTuple):
    """Points that stand for a side in pictures, (M, 2), and the class of each, or None without labels."""

    xy: FloatArray
    labels: Labels | None


@lru_cache(maxsize=4)
def side_dots(side: Side, n: int = 1500) -> Dots:
    """Return at most n dots of a side; the same side gives the same ones."""
    labels = None if side.cloud is None else side.cloud.labels
    if side.cloud is not None and len(side.cloud) <= n and side.jitter == 0:
        return Dots(side.cloud.xy, labels)
    xy, rows = side.sample_with_rows(n, np.random.default_rng(0))
    return Dots(frozen_array(xy, np.float64), None if labels is None else labels.of(rows))
