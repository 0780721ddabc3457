"""The picture that a lane had at a kept step: its weights baked again, as finely as a live picture."""

from __future__ import annotations

from collections.abc import Generator

import torch

from fmviz.core.frames import Curves, FlowSnapshot, Metrics
from fmviz.core.paths import path_of
from fmviz.core.project import KeptStep, Project
from fmviz.flow.bake import bake
from fmviz.flow.lane import LIVE_BAKE, Scene, scene_of
from fmviz.flow.network import Layout, UnitField, read_weights
from fmviz.flow.units import MovingFrame


def bake_kept(project: Project, lane: int, kept: KeptStep, scene: Scene | None = None,
              device: torch.device | None = None) -> Generator[None, None, FlowSnapshot]:
    """Return the picture with the particles, dots and extent of the lane's other pictures; without pairs and curves.

    Args:
        project, lane: what was learned.
        kept: weights of some step.
        scene: `scene_of(project)`, if it is known.
        device: where to bake; None is the CPU.
    Raises:
        ConfigError: the weights do not fit the lane's network.
    """
    config, scene = project.lanes[lane], scene or scene_of(project)
    layout = Layout(config.width, config.depth)
    flat, units = read_weights(layout, kept.weights)
    field = UnitField(layout, flat.to(device or torch.device("cpu")))
    flow = yield from bake(field, MovingFrame(units, path_of(config.path)), scene.x0, scene.extent, LIVE_BAKE)
    return FlowSnapshot(lane, config.coupling, kept.step, flow.t, flow.x, scene.extent, flow.u, scene.source,
                        scene.target, None, Curves(), Metrics(), lattice=flow.lattice,
                        start_labels=scene.classes.start, end_labels=scene.classes.at_end(flow.x[-1]),
                        source_labels=scene.source_labels, target_labels=scene.target_labels)
