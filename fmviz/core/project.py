"""The project: everything that a `.fmviz` file holds. `project_file` reads and writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from fmviz.core.cloud import Side
from fmviz.core.config import FIELDS, FlowConfig
from fmviz.core.errors import ConfigError
from fmviz.core.export_spec import ExportSpec
from fmviz.core.frames import FlowSnapshot
from fmviz.core.scene import MOST_SCENES, Scene
from fmviz.core.style import Style

Weights = Mapping[str, np.ndarray]
MAX_LANES = 2


@dataclass(frozen=True)
class Project:
    """What the user made: two clouds, one or two lanes (A and B), how it is shown and exported, the scenes of a talk.

    Lanes share every setting marked `shared` in `config.FIELDS`, so that A and B differ in one thing only.
    """

    source: Side = field(default_factory=lambda: Side(shape="8gaussians"))
    target: Side = field(default_factory=lambda: Side(shape="moons"))
    lanes: tuple[FlowConfig, ...] = (FlowConfig(),)
    style: Style = field(default_factory=Style)
    export: ExportSpec = field(default_factory=ExportSpec)
    scenes: tuple[Scene, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= len(self.lanes) <= MAX_LANES:
            raise ConfigError(f"The project has {len(self.lanes)} lanes; give 1 or {MAX_LANES}.")
        if len(self.scenes) > MOST_SCENES:
            raise ConfigError(f"The project has {len(self.scenes)} scenes; keep at most {MOST_SCENES}.")
        for name in (entry.name for entry in FIELDS if entry.shared):
            if len({getattr(lane, name) for lane in self.lanes}) > 1:
                raise ConfigError(f"Lanes A and B differ in {name!r}; they must share it.")

    def with_lane_setting(self, name: str, value: Any, lane: int = 0) -> Project:
        """Return the project with one setting changed: in every lane if the setting is shared, else in one."""
        is_shared = next(entry.shared for entry in FIELDS if entry.name == name)
        lanes = tuple(
            replace(config, **{name: value}) if is_shared or index == lane else config
            for index, config in enumerate(self.lanes)
        )
        return replace(self, lanes=lanes)


@dataclass(frozen=True, eq=False)
class KeptStep:
    """The averaged weights of a lane as they were at one training step."""

    step: int
    weights: Weights


@dataclass(frozen=True, eq=False)
class LaneKept:
    """A kept step of a run's lane; none is ever replaced by a newer one."""

    lane: int
    kept: KeptStep


@dataclass(frozen=True, eq=False)
class LearnedLane:
    """What one lane has learned: its weights and its newest baked snapshot, either may be missing.

    kept holds the weights of earlier steps, ascending; the newest are in `weights`.
    """

    weights: Weights | None = None
    snapshot: FlowSnapshot | None = None
    kept: tuple[KeptStep, ...] = ()


def compared(project: Project, couplings: tuple[str, ...] = ("random", "ot")) -> Project:
    """Return the project with one lane per coupling that share everything else."""
    return replace(project, lanes=tuple(replace(project.lanes[0], coupling=name) for name in couplings))
