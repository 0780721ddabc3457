"""The project: everything that a `.fmviz` file holds. `project_file` reads and writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from fmviz.core.cloud import Side
from fmviz.core.config import FIELDS, FlowConfig, Learning
from fmviz.core.couplings import COMPARED
from fmviz.core.errors import ConfigError
from fmviz.core.export_spec import ExportSpec
from fmviz.core.frames import FlowSnapshot, Pairs
from fmviz.core.questions import FlowId
from fmviz.core.scene import MOST_SCENES, Scene
from fmviz.core.style import Style

Weights = Mapping[str, np.ndarray]
SIDES = ("source", "target")
MAX_LANES = 2
# What was learned beside the lanes: by lanes that are not shown, and by those whose clouds or settings have changed.
MOST_OTHERS = 2 * MAX_LANES


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
            raise ConfigError(f"The project has {len(self.lanes)} panes; give 1 or {MAX_LANES}.")
        if len(self.scenes) > MOST_SCENES:
            raise ConfigError(f"The project has {len(self.scenes)} scenes; keep at most {MOST_SCENES}.")
        for name in (entry.name for entry in FIELDS if entry.shared):
            if len({getattr(lane, name) for lane in self.lanes}) > 1:
                raise ConfigError(f"Panes A and B differ in {name!r}; they must share it.")

    @property
    def learning(self) -> tuple[Learning, ...]:
        """The settings of learning of each lane."""
        return tuple(lane.learning for lane in self.lanes)

    def side(self, which: str) -> Side:
        """Return the one of `SIDES` that is called so."""
        return {"source": self.source, "target": self.target}[which]

    def side_beside(self, which: str) -> Side:
        """Return the other one."""
        return {"source": self.target, "target": self.source}[which]

    def with_side(self, which: str, side: Side) -> Project:
        """Return the project with one side replaced."""
        return replace(self, source=side) if which == "source" else replace(self, target=side)

    def with_lane_setting(self, name: str, value: Any, lane: int = 0) -> Project:
        """Return the project with one setting changed: in every lane if the setting is shared, else in one."""
        is_shared = next(entry.shared for entry in FIELDS if entry.name == name)
        lanes = tuple(
            replace(config, **{name: value}) if is_shared or index == lane else config
            for index, config in enumerate(self.lanes)
        )
        return replace(self, lanes=lanes)


@dataclass(frozen=True, eq=False)
class LearnedFlow:
    """What is needed to carry points: a project of the one lane that has learned, and its weights."""

    project: Project
    weights: Weights

    @classmethod
    def of(cls, project: Project, lane: int, weights: Weights) -> LearnedFlow:
        """Return what `lane` of a project has learned."""
        return cls(Project(project.source, project.target, (project.lanes[lane],)), weights)


@dataclass(frozen=True, eq=False)
class KeptStep:
    """The averaged weights of a lane as they were at one training step.

    Args:
        flow: what questions call them; None where nobody asks.
    """

    step: int
    weights: Weights
    flow: FlowId | None = None


@dataclass(frozen=True, eq=False)
class LaneKept:
    """A kept step of a run's lane; none is ever replaced by a newer one."""

    lane: int
    kept: KeptStep


@dataclass(frozen=True)
class Origin:
    """What something was learned from: the number of its lane, the clouds, the settings."""

    lane: int
    source: Side
    target: Side
    config: FlowConfig


@dataclass(frozen=True, eq=False)
class LearnedLane:
    """What one lane has learned: its weights and its newest baked snapshot, either may be missing.

    A tuple of them begins with one for each lane of a project, made from just what that lane asks for. Those behind say
    where they come from.

    Args:
        kept: the weights of earlier steps, ascending; the newest are in `weights`.
        origin: what it was learned from; None is what the project's lane in its place asks for.
        batches: of a project's lane the batches of pairs that scenes show, of different sizes.
    """

    weights: Weights | None = None
    snapshot: FlowSnapshot | None = None
    kept: tuple[KeptStep, ...] = ()
    origin: Origin | None = None
    batches: tuple[Pairs, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was learned."""
        return self.weights is None and self.snapshot is None


def holds_same(one: tuple[Project, tuple[LearnedLane, ...]], other: tuple[Project, tuple[LearnedLane, ...]]) -> bool:
    """Whether two projects with what was learned are the same work; how it is shown and exported does not count."""
    a, b = one[0], other[0]
    return ((a.source, a.target, a.lanes, a.scenes) == (b.source, b.target, b.lanes, b.scenes)
            and _contents(one[1]) == _contents(other[1]))


def _contents(learned: tuple[LearnedLane, ...]) -> frozenset[tuple[int, ...]]:
    """Return what tells one thing learned from another: its very arrays, which are replaced and never changed.

    Under another lane's number, or sampled otherwise, it is the same.
    """
    return frozenset((id(lane.snapshot.x) if lane.weights is None and lane.snapshot is not None else id(lane.weights),
                      *(id(entry.weights) for entry in lane.kept)) for lane in learned if not lane.is_empty)


def compared(project: Project, couplings: tuple[str, ...] = COMPARED) -> Project:
    """Return the project with one lane per coupling that share everything else."""
    return replace(project, lanes=tuple(replace(project.lanes[0], coupling=name) for name in couplings))
