"""What a model is to everything else: a velocity field in the moving frame, and what makes it; `flow.models` has one of
each for every row of `core.models`.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fmviz.core.cloud import DoubleArray, FloatArray
from fmviz.core.project import KeptStep
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

    def divergence(self, z: Tensor, t: float, /) -> Tensor:
        """Return its divergence (N,) at z (N, 2)."""

    def with_divergence(self, z: Tensor, t: float, /) -> tuple[Tensor, Tensor]:
        """Return both."""


Field = tuple[UnitVelocity, MovingFrame]


class History(Protocol):
    """The losses so far."""

    @property
    def latest(self) -> float | None:
        """The newest one, or None."""

    def arrays(self) -> tuple[FloatArray, FloatArray]:
        """Return steps and losses, (P,) each."""


class Learner(Protocol):
    """The training of one lane, in pieces that `run.TrainingRun` interleaves."""

    @property
    def lane(self) -> int:
        """Its number."""

    @property
    def device(self) -> torch.device:
        """Where it computes."""

    @property
    def frame(self) -> MovingFrame:
        """The frame that `field` lives in."""

    @property
    def history(self) -> History:
        """Its losses."""

    @property
    def step(self) -> int:
        """Training steps so far, or `core.frames.UNLEARNED` for ever."""

    @property
    def begin_step(self) -> int:
        """Those before the present training."""

    @property
    def seconds(self) -> float:
        """The time that it has trained."""

    @property
    def fraction(self) -> float:
        """How much of the present training is done, 0 to 1."""

    @property
    def is_done(self) -> bool:
        """Whether the present training has ended; of what needs none it has from the beginning."""

    @property
    def is_ready(self) -> bool:
        """Whether `field` is there at once."""

    @property
    def is_waiting(self) -> bool:
        """Whether the next step waits for a thread."""

    @property
    def expected_steps(self) -> int:
        """The step at which the present training will end."""

    def field(self) -> UnitVelocity:
        """Return the field as it is now; later steps do not change it."""

    def weights(self) -> dict[str, FloatArray]:
        """Return copies of what `models.field_of` needs to make the same field, by name."""

    def take_kept(self) -> list[KeptStep]:
        """Return the kept steps since the last call."""

    def take_notes(self) -> list[str]:
        """Return the sentences that a person should read, each once."""

    def begin(self, more_steps: int = 0) -> None:
        """Plan a training: as long as the settings say, or so many further steps."""

    def work(self) -> Iterator[None]:
        """Train until done, pausing in every step."""

    def remember(self) -> None:
        """Keep what is needed if the device is lost."""

    def fall_back(self) -> None:
        """Go on on the CPU."""

    def close(self) -> None:
        """End its threads."""
