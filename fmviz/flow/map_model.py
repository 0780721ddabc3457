"""One map in place of a velocity field: it carries points at once, and what follows from a velocity is not there.

    x_t = (1 - t) x0 + t T(x0)

Only the ends are the map's; between them pictures blend, so nothing has a velocity, and no density is known.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fmviz.core.cloud import DoubleArray, FloatArray
from fmviz.core.config import FlowConfig
from fmviz.core.models import OF_MAP
from fmviz.core.paths import path_of
from fmviz.core.project import LearnedFlow
from fmviz.flow.device import saying
from fmviz.flow.model import Field
from fmviz.flow.normalizing import MapLayout, MapUnits, OneStepMap, read_map
from fmviz.flow.units import MovingFrame, Units

# No version has made more; weights of more do not fit.
_MOST_TRANSFORMS = 8


class MapField:
    """A `model.UnitVelocity` without a velocity, and the `model.PointMap` in its place."""

    device = torch.device("cpu")
    note = OF_MAP

    def __init__(self, one_step: OneStepMap) -> None:
        self.map, self.rows = one_step, one_step.rows

    @property
    def point_map(self) -> MapField:
        """It carries points itself."""
        return self

    def __call__(self, z: Tensor, _t: float) -> Tensor:
        return torch.full_like(z, torch.nan)

    def divergence(self, z: Tensor, _t: float) -> Tensor:
        """Return NaN (N,)."""
        return torch.full_like(z[:, 0], torch.nan)

    def with_divergence(self, z: Tensor, t: float) -> tuple[Tensor, Tensor]:
        """Return NaN for both."""
        return self(z, t), self.divergence(z, t)

    def blends(self, x: FloatArray, t: NDArray[np.floating],
               is_backward: bool = False) -> Generator[None, None, FloatArray]:
        """Return the blends (K, N, 2) at shares t (K,) of the way from x to where the map, or its inverse, takes it."""
        begin, end = np.asarray(x, dtype=np.float64), np.empty((len(x), 2))
        for start in range(0, len(x), self.rows):
            part = slice(start, start + self.rows)
            end[part] = (yield from self.map.back(begin[part]))[0] if is_backward else (
                yield from self.map.there(begin[part]))
        share = np.asarray(t, dtype=np.float64)[:, None, None]
        return np.asarray((1 - share) * begin + share * end)

    def back(self, x1: NDArray[np.floating]) -> Generator[float, None, tuple[DoubleArray, DoubleArray]]:
        """Return T^-1(x1), (N, 2), and log |det dT/dx0| there, (N,); yields how much is done."""
        x0, growth = np.empty((len(x1), 2)), np.empty(len(x1))
        for start in range(0, len(x1), self.rows):
            part = slice(start, start + self.rows)
            x0[part], log_det = yield from saying(self.map.back(x1[part]), min(1.0, (start + self.rows) / len(x1)))
            growth[part] = -log_det
        return x0, growth


def map_layout(config: FlowConfig, weights: Mapping[str, np.ndarray] | None = None) -> MapLayout:
    """Return the transforms of a lane: a new map's, or as many as learned weights are of."""
    count = len({name.split(".")[1] for name in weights or () if name.startswith("transforms.")})
    return MapLayout(config.transform, config.width, config.depth, min(count, _MOST_TRANSFORMS))


def frame_of_map(units: MapUnits) -> MovingFrame:
    """Return the frame that stands for the straight line from the source's mean to the target's."""
    return MovingFrame(Units(units.mean0, units.mean1, units.scale1), path_of("straight"))


def map_field(flow: LearnedFlow, _device: torch.device | None = None) -> Field:
    """Return the map of learned weights and its frame; it computes on the CPU whatever the device is.

    Raises:
        ConfigError: the weights do not fit the settings.
    """
    layout = map_layout(flow.project.lanes[0], flow.weights)
    flat, units = read_map(layout, flow.weights)
    return MapField(OneStepMap(layout, flat, units)), frame_of_map(units)
