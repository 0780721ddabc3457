"""The model that learns nothing: the exact field of a lane's coupling and path, where that is known (`flow.exact`)."""

from __future__ import annotations

from concurrent.futures import Future

import numpy as np
import torch
from torch import Tensor

from fmviz.core.cloud import FloatArray
from fmviz.core.frames import UNLEARNED
from fmviz.core.project import LearnedFlow, Project
from fmviz.flow.device import Worker, has_ended
from fmviz.flow.exact import ExactField, exact_field_of
from fmviz.flow.model import Field, UnitVelocity
from fmviz.flow.network import UNIT_SHAPES, check_weights, units_in, weights_of_units
from fmviz.flow.train import Learner, LossHistory
from fmviz.flow.units import MovingFrame, frame_of, units_of


class ExactVelocity:
    """An exact field in the moving frame: a `model.UnitVelocity`."""

    device = torch.device("cpu")
    point_map = None

    def __init__(self, exact: ExactField, frame: MovingFrame) -> None:
        self.rows, self.note = exact.rows, exact.words
        self._exact, self._frame = exact, frame

    def __call__(self, z: Tensor, t: float) -> Tensor:
        frame = self._frame
        v = self._exact.velocity(frame.to_world(z.numpy(), t), t)
        return torch.from_numpy(((v - frame.drift(t)) / frame.units.scale).astype(np.float32))

    def with_divergence(self, z: Tensor, t: float) -> tuple[Tensor, Tensor]:
        divergence = self._exact.divergence(self._frame.to_world(z.numpy(), t), t)
        return self(z, t), torch.from_numpy(divergence.astype(np.float32))


def exact_field(flow: LearnedFlow, device: torch.device | None = None) -> Field:
    """Return the exact field of a flow and its frame; it computes on the CPU whatever the device is.

    Raises:
        ConfigError: the weights are none of such a lane.
        UnknownFieldError: the field is not known; the message says why.
    """
    check_weights(flow.weights, UNIT_SHAPES, "the exact field")
    frame = frame_of(flow.project, 0, units_in(flow.weights))
    return ExactVelocity(exact_field_of(flow.project), frame), frame


class ExactLearner(Learner):
    """A lane that has nothing to learn: it is done before it begins.

    A thread works its field out, which takes a moment for points and a plan's time for optimal pairs.

    Args:
        project, lane: whose field.
    """

    device = torch.device("cpu")
    step = begin_step = expected_steps = UNLEARNED
    seconds, fraction = 0.0, 1.0

    def __init__(self, project: Project, lane: int, *_: object) -> None:
        self.lane, self.history = lane, LossHistory()
        units = units_of(project.source, project.target)
        self.frame = frame_of(project, lane, units)
        self._weights = weights_of_units(units)
        self._flow = LearnedFlow.of(project, lane, self._weights)
        self._worker: Worker | None = None
        self._made: Future[Field] | None = None

    @property
    def is_ready(self) -> bool:
        return has_ended(self._made)

    def field(self) -> UnitVelocity:
        """Return the exact field; waits for it.

        Raises:
            UnknownFieldError: it is not known; the message says why.
        """
        return (exact_field(self._flow) if self._made is None else self._made.result())[0]

    def weights(self) -> dict[str, FloatArray]:
        return dict(self._weights)

    def begin(self, more_steps: int = 0) -> None:
        """Begin to work the field out, unless that is done."""
        if self._made is None:
            self._worker = Worker("exact field")
            self._made = self._worker.submit(lambda: exact_field(self._flow))

    def close(self) -> None:
        """End the thread after what it is at, which is kept if it is done."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None
        if not self.is_ready:
            self._made = None
