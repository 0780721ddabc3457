"""The density of a flow itself, not of points that it carries: log p at the nodes of a grid and at some times.

Between them log p is a parabola, which that of a Gaussian is, also of one that moves: by half of what neighbours bend
where they bend alike, and straight where they do not, so that nothing overshoots where the flow tears the plane.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fmviz.core.cloud import FloatArray
from fmviz.core.extent import Box, Extent
from fmviz.core.many import bounded_peak

# Cells of the picture along the shorter edge of what is seen.
_CELLS = 192
# Nothing is seen of a density of e^-60.
LEAST = -60.0
# At the first and the last time a parabola has one neighbour; a Gaussian that moves by two deviations bends by so much.
_MOST_BENT = 4.0


@dataclass(frozen=True, eq=False)
class LogDensities:
    """log p of a flow, nats per square world unit.

    Args:
        extent: what the nodes cover; beyond it the density is 0.
        t: (K,) times from 0 to 1, evenly spaced, or the only one that is known.
        values: (K, G, G) float32 at the `axes(G)` of the extent, y then x ascending, `LEAST` at least.
        smoothing: by how much the source is smoothed to have a density, world units; 0 if it has one.
        highest: of densities at times that are not among these.
        done: which share of the work is done; 1 for what is as fine as it will be.
    """

    extent: Extent
    t: FloatArray
    values: FloatArray
    smoothing: float = 0.0
    done: float = 1.0
    highest: float = 0.0

    def at(self, t: float) -> FloatArray:
        """Return log p (G, G) at a time."""
        if len(self.t) == 1:
            return np.asarray(self.values[0])
        place = t * (len(self.t) - 1)
        low = min(int(place), len(self.t) - 2)
        share = np.float32(place - low)
        line = (1 - share) * self.values[low] + share * self.values[low + 1]
        if share in (0, 1):
            return np.asarray(line)
        bends = [self.values[k - 1] - 2 * self.values[k] + self.values[k + 1]
                 for k in (low, low + 1) if 0 < k < len(self.t) - 1]
        bend = _alike(*bends) if len(bends) == 2 else np.clip(bends[0], -_MOST_BENT, _MOST_BENT) if bends else 0.0
        return np.asarray(line - share * (1 - share) / 2 * bend)

    def integral(self, t: float) -> float:
        """Return what the density at a time sums up to over the plane: 1 if all is right."""
        log = self.at(t)
        return float(np.exp(log, dtype=np.float64).sum()) * (2 * self.extent.half / (len(log) - 1))**2

    def peak(self) -> float:
        """Return the highest density over t, bounded as that of points is."""
        return max(self.highest, bounded_peak(np.exp(self.values.max(axis=(1, 2)).astype(np.float64)).tolist()))

    def part(self, t: float, seen: Box | None) -> tuple[FloatArray, Box]:
        """Return the density at a time where the extent is seen, (H, W), rows ascending in y, and what it covers.

        Args:
            seen: what is seen of the world; None is everything.
        """
        whole = self.extent.box
        box = whole if seen is None else whole.common(seen) or whole
        cell = min(box.half_x, box.half_y) / _CELLS
        return self.on(t, box, (round(box.half_y / cell), round(box.half_x / cell))), box

    def on(self, t: float, box: Box, shape: tuple[int, int]) -> FloatArray:
        """Return the density at a time at the centres of the cells (H, W) of a box, rows ascending in y."""
        shares = [(start + length * (np.arange(count) + 0.5) / count - low) / (2 * self.extent.half)
                  for count, start, length, low in ((shape[0], box.bottom, 2 * box.half_y, self.extent.bottom),
                                                    (shape[1], box.left, 2 * box.half_x, self.extent.left))]
        return np.asarray(np.exp(self.log_on(t, *shares)))

    def log_on(self, t: float, y: NDArray[np.float64], x: NDArray[np.float64]) -> FloatArray:
        """Return log p (H, W) at places y (H,) and x (W,), 0 at the first node and 1 at the last; `LEAST` outside."""
        log, last = self.at(t), self.values.shape[1] - 1
        for axis, shares in enumerate((y, x)):
            log = _along(log, shares * last, axis)
        return log


def _alike(*bends: FloatArray) -> FloatArray:
    """Return the bend nearest to 0 where all have one sign, else 0."""
    low, high = np.minimum.reduce(bends), np.maximum.reduce(bends)
    return np.asarray(np.maximum(low, 0) + np.minimum(high, 0))


def _bends(values: FloatArray, axis: int) -> FloatArray:
    """Return the second difference of values at each node along an axis; at the ends that of the next one."""
    moved = np.moveaxis(values, axis, 0)
    inside = moved[:-2] - 2 * moved[1:-1] + moved[2:]
    return np.moveaxis(np.concatenate([inside[:1], inside, inside[-1:]]), 0, axis)


def _along(values: FloatArray, place: NDArray[np.float64], axis: int) -> FloatArray:
    """Return values at places (M,) along an axis, counted in nodes; `LEAST` outside."""
    bend, last = _bends(values, axis), values.shape[axis] - 1
    low = np.clip(place.astype(np.intp), 0, last - 1)
    shape = [1, 1]
    shape[axis] = -1
    share = (np.clip(place, 0, last) - low).astype(np.float32).reshape(shape)
    near, far = (np.take(values, low + k, axis) for k in (0, 1))
    found = (1 - share) * near + share * far - share * (1 - share) / 2 * _alike(*(np.take(bend, low + k, axis)
                                                                                 for k in (0, 1)))
    return np.asarray(np.where(((place < 0) | (place > last)).reshape(shape), np.float32(LEAST), found))
