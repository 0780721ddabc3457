"""The square piece of the plane that a picture shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from fmviz.core.cloud import Side

# Shapes are sampled to find their extent; the outermost points of so many draws lie beyond 3 sigma.
_SAMPLES = 4_000
_MARGIN = 1.12
_SMALLEST_HALF = 1e-3


@dataclass(frozen=True)
class Extent:
    """A square: centre (cx, cy) and half of its edge, world units."""

    cx: float
    cy: float
    half: float

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

    def axes(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Return n evenly spaced x and y, edges included, ascending."""
        return np.linspace(self.left, self.right, n), np.linspace(self.bottom, self.top, n)

    def centres(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the centres of n equal cells along x and y, ascending."""
        step = 2 * self.half / n
        offsets = (np.arange(n) + 0.5) * step
        return self.left + offsets, self.bottom + offsets


def extent_of(points: Iterable[np.ndarray]) -> Extent:
    """Return the square around all points, with a margin of 12 %."""
    stacked = np.concatenate([np.asarray(block, dtype=np.float64).reshape(-1, 2) for block in points])
    low, high = stacked.min(axis=0), stacked.max(axis=0)
    centre = (low + high) / 2
    half = max(float((high - low).max()) / 2 * _MARGIN, _SMALLEST_HALF)
    return Extent(float(centre[0]), float(centre[1]), half)


def extent_of_sides(source: Side, target: Side) -> Extent:
    """Return the square that shows both sides; the same sides give the same square."""
    rng = np.random.default_rng(0)
    return extent_of(
        side.cloud.xy if side.cloud is not None else side.sample(_SAMPLES, rng) for side in (source, target)
    )
