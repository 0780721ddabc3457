"""What each model does, under the keys of `core.models`: how a lane with it learns, and what carries its points."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch

from fmviz.core.models import EXACT, NETWORK, NORMALIZING
from fmviz.core.project import LearnedFlow, Project
from fmviz.flow.known_model import ExactLearner, exact_field
from fmviz.flow.likelihood_training import LikelihoodTrainer
from fmviz.flow.model import Field
from fmviz.flow.network import Layout, UnitField, read_weights
from fmviz.flow.normalizing import map_field
from fmviz.flow.step import Step
from fmviz.flow.train import Learner, StepFactory, Trainer
from fmviz.flow.units import frame_of

LearnerFactory = Callable[[Project, int, torch.device, Mapping[str, np.ndarray] | None, int, StepFactory], Learner]


class Making(NamedTuple):
    """How a model is made.

    Args:
        learner: of the lane of a project on a device, from weights and the steps that they have seen, or None and 0.
        read: the field of what was learned, on a device, None for the CPU; `ConfigError` if the weights do not fit.
        is_slow: whether reading can take longer than a breath, so that a thread has to do it.
    """

    learner: LearnerFactory
    read: Callable[[LearnedFlow, torch.device | None], Field]
    is_slow: bool = False


def learner_of(project: Project, lane: int, device: torch.device, weights: Mapping[str, np.ndarray] | None = None,
               first_step: int = 0, make_step: StepFactory = Step) -> Learner:
    """Return what learns for a lane; see `Making`.

    Raises:
        ConfigError: the weights do not fit the settings.
    """
    return MAKING[project.lanes[lane].model].learner(project, lane, device, weights, first_step, make_step)


# Of the lanes that somebody tries starts on, which asks of the same weights again and again.
@lru_cache(maxsize=4)
def field_of(flow: LearnedFlow, device: torch.device | None = None) -> Field:
    """Return the field of a learned flow, on the CPU if no device is named, and the frame that it lives in.

    Raises:
        ConfigError: the weights do not fit the settings.
    """
    return MAKING[flow.project.lanes[0].model].read(flow, device)


def is_slow(flow: LearnedFlow) -> bool:
    """Whether `field_of` can take longer than a breath."""
    return MAKING[flow.project.lanes[0].model].is_slow


def _network(flow: LearnedFlow, device: torch.device | None) -> Field:
    config = flow.project.lanes[0]
    layout = Layout(config.width, config.depth)
    flat, units = read_weights(layout, flow.weights)
    field = UnitField(layout, flat.to(device or torch.device("cpu")), keeps_times=True)
    return field, frame_of(flow.project, 0, units)


MAKING: dict[str, Making] = {
    NETWORK: Making(Trainer, _network),
    EXACT: Making(ExactLearner, exact_field, is_slow=True),
    NORMALIZING: Making(LikelihoodTrainer, map_field),
}
