"""Sampling a learned lane: new points carried along its field."""

from __future__ import annotations

import numpy as np
import torch

from fmviz.core.cloud import FloatArray
from fmviz.core.paths import path_of
from fmviz.core.project import Project, Weights
from fmviz.flow.bake import carry
from fmviz.flow.integrate import steps_for
from fmviz.flow.network import Layout, UnitField, read_weights
from fmviz.flow.units import MovingFrame
from fmviz.flow.worker import finish


def sample(project: Project, lane: int, weights: Weights, n: int, trajectory: bool = False,
           seed: int = 0, device: torch.device | None = None) -> FloatArray:
    """Carry n fresh source points to t = 1 with the lane's solver.

    Args:
        weights: named weights of the lane.
        n: number of points.
        trajectory: whether to return every state.
        seed: chooses the source points.
        device: where to integrate; None is the CPU.
    Returns:
        (1, n, 2) the points at t = 1, or (steps + 1, n, 2) all states; world units.
    Raises:
        ConfigError: the weights do not fit the lane.
    """
    config = project.lanes[lane]
    layout = Layout(config.width, config.depth)
    flat, units = read_weights(layout, weights)
    field = UnitField(layout, flat.to(device or torch.device("cpu")))
    x0 = project.source.sample(n, np.random.default_rng([seed, 11]))
    n_steps = steps_for(config.solver, config.nfe)
    stored = np.arange(n_steps + 1) if trajectory else np.array([0, n_steps])
    x = finish(carry(field, MovingFrame(units, path_of(config.path)), x0, n_steps, config.solver, stored))
    return x if trajectory else x[-1:]
