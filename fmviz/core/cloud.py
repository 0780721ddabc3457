"""Point clouds, and the two sides of a problem: a named shape (endless) or a cloud (finite)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fmviz.core.errors import CloudError
from fmviz.core.shapes import SHAPES, sample_shape

MIN_POINTS = 2
MAX_POINTS = 200_000
# Squared distances and their sums must stay far below the largest float32, 3e38.
MAX_COORDINATE = 1e12

_ROUNDING = 1e-5

FloatArray = NDArray[np.float32]


def frozen_array(values: object) -> FloatArray:
    """Return a read-only contiguous float32 copy."""
    array = np.array(values, dtype=np.float32, order="C")
    array.setflags(write=False)
    return array


@dataclass(frozen=True, eq=False)
class PointCloud:
    """A finite cloud.

    Args:
        xy: (N, 2) positions, world units; copied, made float32 and read-only.
        weights: (N,) non-negative masses with sum 1, or None for equal ones.
        name: what the user sees, for example the file's name.
    Raises:
        CloudError: wrong shape, too few or too many points, values that are not finite.
    """

    xy: FloatArray
    weights: FloatArray | None = None
    name: str = "Drawn"

    def __post_init__(self) -> None:
        xy = np.asarray(self.xy)
        if xy.ndim != 2 or xy.shape[1] != 2 or xy.dtype.kind not in "fiu":
            raise CloudError(f"A cloud is a table of two columns of numbers x, y; {self.name!r} is an array of shape "
                             f"{xy.shape} and type {xy.dtype}: give one of shape (N, 2).")
        if len(xy) < MIN_POINTS:
            raise CloudError(
                f"The cloud {self.name!r} has {len(xy)} point{'s' if len(xy) != 1 else ''}; "
                f"draw or load at least {MIN_POINTS}."
            )
        if len(xy) > MAX_POINTS:
            raise CloudError(
                f"The cloud {self.name!r} has {len(xy):,} points; at most {MAX_POINTS:,} can be used: thin it out."
            )
        # Not "> the limit": a comparison with NaN is false.
        is_usable = (np.abs(xy) <= MAX_COORDINATE).all(axis=1)
        if not is_usable.all():
            bad = int(np.flatnonzero(~is_usable)[0])
            raise CloudError(
                f"Point {bad + 1} of {self.name!r} is ({xy[bad, 0]}, {xy[bad, 1]}); remove or correct it: two finite "
                f"numbers between -{MAX_COORDINATE:g} and {MAX_COORDINATE:g} are needed."
            )
        object.__setattr__(self, "xy", frozen_array(xy))
        if self.weights is not None:
            weights = np.asarray(self.weights, dtype=np.float64)
            if weights.shape != (len(xy),) or not np.isfinite(weights).all() or (weights < 0).any():
                raise CloudError(f"The weights of {self.name!r} must be {len(xy)} numbers of at least 0.")
            if weights.sum() <= 0:
                raise CloudError(f"The weights of {self.name!r} are all 0; give some point a positive weight.")
            # Weights that were normalised before, and rounded to float32, stay as they are.
            total = weights.sum() if abs(weights.sum() - 1.0) > _ROUNDING else 1.0
            object.__setattr__(self, "weights", frozen_array(weights / total))

    def __len__(self) -> int:
        return len(self.xy)


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
        if self.shape is not None and self.shape not in SHAPES:
            raise CloudError(f"There is no shape {self.shape!r}; choose one of {', '.join(SHAPES)}.")
        if not 0 <= self.jitter <= MAX_COORDINATE:
            raise CloudError(f"The jitter is {self.jitter}; give a number from 0 to {MAX_COORDINATE:g}.")

    @property
    def is_finite(self) -> bool:
        """Whether the same points come again (moved by the jitter, if there is any): a cloud and not a shape."""
        return self.cloud is not None

    @property
    def label(self) -> str:
        """What the user sees."""
        return SHAPES[self.shape].label if self.shape is not None else self.cloud.name  # type: ignore[union-attr]

    def sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Draw n points, (n, 2) float32, world units."""
        if self.shape is not None:
            points = sample_shape(self.shape, n, rng)
        else:
            assert self.cloud is not None
            if self.cloud.weights is None:
                rows = rng.integers(0, len(self.cloud), n)
            else:
                heap = np.cumsum(self.cloud.weights, dtype=np.float64)
                # At the very end rounding could point behind the last point that has a weight.
                last = int(np.flatnonzero(self.cloud.weights)[-1])
                rows = np.minimum(np.searchsorted(heap, rng.random(n) * heap[-1], side="right"), last)
            points = self.cloud.xy[rows]
        if self.jitter > 0:
            points = points + rng.normal(0.0, self.jitter, points.shape).astype(np.float32)
        return np.ascontiguousarray(points, dtype=np.float32)


DOTS = 1500


def side_dots(side: Side, n: int = DOTS) -> FloatArray:
    """Return at most n points that stand for a side in pictures, (M, 2); the same side gives the same dots."""
    if side.cloud is not None and len(side.cloud) <= n and side.jitter == 0:
        return side.cloud.xy
    return frozen_array(side.sample(n, np.random.default_rng(0)))
