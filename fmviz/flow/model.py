"""What a model is to everything else: a velocity field in the moving frame, or a map of points."""

from __future__ import annotations

from collections.abc import Generator
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fmviz.core.cloud import DoubleArray, FloatArray
from fmviz.flow.units import MovingFrame


class PointMap(Protocol):
    """What carries points from t = 0 to 1 at once, in world units."""

    def blends(self, x: FloatArray, t: NDArray[np.floating],
               is_backward: bool = False) -> Generator[None, None, FloatArray]:
        """Return the blends (K, N, 2) at shares t (K,) of the way from x to where the map, or its inverse, takes it."""

    def back(self, x1: NDArray[np.floating]) -> Generator[float, None, tuple[DoubleArray, DoubleArray]]:
        """Return T^-1(x1), (N, 2), and log |det dT/dx0| there, (N,); yields how much is done."""


class UnitVelocity(Protocol):
    """A velocity field in the moving frame; it does not change.

    Attributes:
        note: what is to be said beside its name: "smoothed by 0.18", or "".
    """

    note: str

    @property
    def device(self) -> torch.device:
        """Where it computes."""

    @property
    def point_map(self) -> PointMap | None:
        """What carries points in its place; then velocity and divergence are NaN. None: points go along it."""

    @property
    def rows(self) -> int:
        """At so many places an evaluation takes some milliseconds."""

    def __call__(self, z: Tensor, t: float, /) -> Tensor:
        """Return the velocity (N, 2) at z (N, 2)."""

    def with_divergence(self, z: Tensor, t: float, /) -> tuple[Tensor, Tensor]:
        """Return it and its divergence (N,)."""


Field = tuple[UnitVelocity, MovingFrame]
