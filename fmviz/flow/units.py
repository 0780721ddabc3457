"""The moving frame in which a flow is learned.

Each side is centred on its own mean and both are divided by one scale; in between the frame goes as the path goes:

    z0 = (x0 - m0) / s        z1 = (x1 - m1) / s
    zt = (xt - m_t) / s       m_t = m0 + alpha (m1 - m0)        dx/dt = dm/dt + s dz/dt

So zt = alpha z1 + beta z0 is the same as xt - m0 = alpha (x1 - m0) + beta (x0 - m0): what `core.paths` declares in
world units is what is learned here, for every path, and path noise sigma is sigma / s in the frame. A path that starts
with a share of the target starts that far from m0, and so does the frame.

Squared-distance transport plans stay the same, and clouds of any size, at any distance from the origin or from each
other, look alike to the network. World points are float64, so that they keep their differences there; z and
velocities are float32.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fmviz.core.cloud import FloatArray, Side, mean_of
from fmviz.core.noise import GaussianSource, gaussian_source
from fmviz.core.paths import Path
from fmviz.core.project import Project

_SAMPLES = 4_000
# Below this spread both clouds are single points: any scale serves. Likewise where float64, which has 16 digits, knows
# their differences badly.
_SMALLEST_SCALE, _RESOLVED = 1e-30, 1e-12
_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True, eq=False)
class Units:
    """What a learned network needs of its clouds, whatever the path; its weights are saved with it.

    Args:
        mean0, mean1: (2,) means of source and target, world positions.
        scale: world units per unit of z.
    """

    mean0: NDArray[np.float64]
    mean1: NDArray[np.float64]
    scale: float

    def source_to_unit(self, x0: np.ndarray) -> FloatArray:
        """Return z0 (..., 2) of source points, world positions."""
        return _float32((np.asarray(x0, dtype=np.float64) - self.mean0) / self.scale)

    def target_to_unit(self, x1: np.ndarray) -> FloatArray:
        """Return z1 (..., 2) of target points, world positions."""
        return _float32((np.asarray(x1, dtype=np.float64) - self.mean1) / self.scale)


@dataclass(frozen=True, eq=False)
class MovingFrame:
    """The frame of some units along a path: from the source's mean at t = 0 to the target's at t = 1.

    Args:
        gaussian: the source, if the velocity in the frame tells the score.
    """

    units: Units
    path: Path
    gaussian: GaussianSource | None = None

    def centre(self, t: float) -> NDArray[np.float64]:
        """Return m_t, (2,), a world position; m0 and m1 themselves where alpha is 0 and 1."""
        alpha = float(self.path.alpha(t))
        return (1.0 - alpha) * self.units.mean0 + alpha * self.units.mean1

    def drift(self, t: float) -> NDArray[np.float64]:
        """Return dm/dt, (2,), world units per unit of t."""
        return float(self.path.d_alpha(t)) * (self.units.mean1 - self.units.mean0)

    def bend(self, t: float) -> FloatArray:
        """Return how far the frame is ahead of one that moves evenly between the same means, (2,), in units of z."""
        return _float32((float(self.path.alpha(t)) - t) * (self.units.mean1 - self.units.mean0) / self.units.scale)

    def bend_velocity(self, t: float) -> FloatArray:
        """Return the derivative of `bend`, (2,)."""
        return _float32((float(self.path.d_alpha(t)) - 1.0) * (self.units.mean1 - self.units.mean0) / self.units.scale)

    def to_unit(self, x: np.ndarray, t: float) -> FloatArray:
        """Return z (..., 2) of world points x at time t."""
        return _float32((np.asarray(x, dtype=np.float64) - self.centre(t)) / self.units.scale)

    def to_world(self, z: np.ndarray, t: float) -> NDArray[np.float64]:
        """Return world points (..., 2) of z at time t."""
        return np.asarray(z, dtype=np.float64) * self.units.scale + self.centre(t)

    def velocity_to_world(self, v: np.ndarray, t: float) -> FloatArray:
        """Return world velocities (..., 2) of velocities in the frame at time t."""
        return _float32(np.asarray(v, dtype=np.float64) * self.units.scale + self.drift(t))


def frame_of(project: Project, lane: int, units: Units) -> MovingFrame:
    config = project.lanes[lane]
    return MovingFrame(units, config.full_path, gaussian_source(project.source, config))


def _float32(values: np.ndarray) -> FloatArray:
    clipped: FloatArray = np.clip(values, -_LARGEST, _LARGEST).astype(np.float32)
    return clipped


def units_of(source: Side, target: Side) -> Units:
    """Return the units of two sides; the same sides give the same units.

    The scale is the root mean square over sides and axes of the standard deviation, rounded to float32 as a saved file
    keeps it.
    """
    rng = np.random.default_rng(0)
    means, variances, reach = [], [], 0.0
    for side in (source, target):
        points = side.sample(_SAMPLES, rng)
        mean = mean_of(points)
        means.append(mean)
        reach = max(reach, float(np.abs(points).max()))
        variances.append(float(((points - mean) ** 2).mean()))
    scale = float(np.float32(np.sqrt(np.mean(variances))))
    return Units(means[0], means[1], scale if scale > max(_SMALLEST_SCALE, _RESOLVED * reach) else 1.0)
