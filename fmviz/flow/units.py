"""The moving frame in which a flow is learned.

Each side is centred on its own mean and both are divided by one scale:

    z = (x - m_t) / s        m_t = (1 - t) m0 + t m1        dx/dt = (m1 - m0) + s dz/dt

Straight paths stay straight, squared-distance transport plans stay the same, and clouds of any size, at any
distance from the origin or from each other, look alike to the network. World points are float64, so that they keep
their differences there; z and velocities are float32.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fmviz.core.cloud import FloatArray, Side

_SAMPLES = 4_000
# Below this spread both clouds are single points: any scale serves. Likewise where float64, which has 16 digits, knows
# their differences badly.
_SMALLEST_SCALE, _RESOLVED = 1e-30, 1e-12
_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True, eq=False)
class Units:
    """mean0, mean1 (2,) world positions of the two sides at t = 0 and 1; scale: world units per unit of z."""

    mean0: NDArray[np.float64]
    mean1: NDArray[np.float64]
    scale: float

    @property
    def drift(self) -> NDArray[np.float64]:
        """Velocity of the frame, (2,), world units per unit of t."""
        return self.mean1 - self.mean0

    def centre(self, t: float) -> NDArray[np.float64]:
        """Return m_t, (2,)."""
        return (1.0 - t) * self.mean0 + t * self.mean1

    def to_unit(self, x: np.ndarray, t: float) -> FloatArray:
        """Return z (..., 2) of world points x at time t."""
        z = (np.asarray(x, dtype=np.float64) - self.centre(t)) / self.scale
        return _float32(z)

    def to_world(self, z: np.ndarray, t: float) -> NDArray[np.float64]:
        """Return world points (..., 2) of z at time t."""
        return np.asarray(z, dtype=np.float64) * self.scale + self.centre(t)

    def velocity_to_world(self, v: np.ndarray) -> FloatArray:
        """Return world velocities (..., 2) of velocities in the frame."""
        return _float32(np.asarray(v, dtype=np.float64) * self.scale + self.drift)


def _float32(values: np.ndarray) -> FloatArray:
    clipped: FloatArray = np.clip(values, -_LARGEST, _LARGEST).astype(np.float32)
    return clipped


def units_of(source: Side, target: Side) -> Units:
    """Return the frame of two sides; the same sides give the same frame.

    The scale is the root mean square over sides and axes of the standard deviation, rounded to float32 as a saved file
    keeps it.
    """
    rng = np.random.default_rng(0)
    means, variances, reach = [], [], 0.0
    for side in (source, target):
        points = side.sample(_SAMPLES, rng)
        # Of differences: the sum of large numbers would round away what sets them apart.
        mean = points[0] + (points - points[0]).mean(axis=0)
        means.append(mean)
        reach = max(reach, float(np.abs(points).max()))
        variances.append(float(((points - mean) ** 2).mean()))
    scale = float(np.float32(np.sqrt(np.mean(variances))))
    return Units(means[0], means[1], scale if scale > max(_SMALLEST_SCALE, _RESOLVED * reach) else 1.0)
