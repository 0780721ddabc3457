"""The project: everything that a `.fmviz` file holds. `project_file` reads and writes it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from fmviz.core.annotations import check_kept
from fmviz.core.cloud import Side
from fmviz.core.config import FIELD, FlowConfig, Learning, Sampling
from fmviz.core.couplings import COMPARED
from fmviz.core.errors import ConfigError, quoted
from fmviz.core.export_spec import ExportSpec
from fmviz.core.frames import FlowSnapshot, Pairs
from fmviz.core.lanes import MAX_LANES, LaneMark, check_names, differing, hues_of, marks_of
from fmviz.core.questions import FlowId
from fmviz.core.style import Style

Weights = Mapping[str, np.ndarray]
SIDES = ("source", "target")
# What was learned beside the lanes: by lanes that are not shown, and by those whose clouds or settings have changed. A
# training leaves at most 2 * MAX_LANES results, and all of what a file holds may come to stand beside the lanes.
MOST_OTHERS = 3 * MAX_LANES
MOST_SCENES = 100
LONGEST_SCENE_NAME = 80
LONGEST_CAPTION = 300


@dataclass(frozen=True)
class Scene:
    """One view as it was kept for a talk, which is a list of them.

    Args:
        name: what the list calls it.
        style: layers, look, lanes.
        t: where time begins.
        is_playing: whether time runs from there.
        step: the training step that is shown, or -1 for the newest.
        caption: what stands under it, "" for nothing.
    Raises:
        ConfigError: a value that cannot be.
    """

    name: str = "Scene"
    style: Style = field(default_factory=Style)
    t: float = 0.0
    is_playing: bool = True
    step: int = -1
    caption: str = ""

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > LONGEST_SCENE_NAME:
            raise ConfigError(f"The name of the scene is {quoted(self.name)}; give 1 to {LONGEST_SCENE_NAME} "
                              "characters.")
        if len(self.caption) > LONGEST_CAPTION:
            raise ConfigError(f"The caption has {len(self.caption)} characters; give at most {LONGEST_CAPTION}.")
        if not (math.isfinite(self.t) and 0.0 <= self.t <= 1.0):
            raise ConfigError(f"The time t of a scene is {self.t}; give a value from 0 to 1.")
        if self.step < -1:
            raise ConfigError(f"The training step of a scene is {self.step}; give -1 for the newest, or 0 and more.")


@dataclass(frozen=True)
class Project:
    """What the user made: two clouds, one to four lanes (A to D), how it is shown and exported, the scenes of a talk.

    Lanes share the settings marked `shared` in `config.FIELDS` and may differ in all others. Each has a colour, and may
    have a name of its own.

    Args:
        names: of the lanes, "" for what they differ in; missing ones are "", those beyond the lanes are left out.
        hues: which of the theme's lane colours each has; missing ones are chosen by `hues_of`, likewise.
    """

    source: Side = field(default_factory=lambda: Side(shape="8gaussians"))
    target: Side = field(default_factory=lambda: Side(shape="moons"))
    lanes: tuple[FlowConfig, ...] = (FlowConfig(),)
    style: Style = field(default_factory=Style)
    export: ExportSpec = field(default_factory=ExportSpec)
    scenes: tuple[Scene, ...] = ()
    names: tuple[str, ...] = ()
    hues: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        count = len(self.lanes)
        if not 1 <= count <= MAX_LANES:
            raise ConfigError(f"The project has {count} panes; give 1 to {MAX_LANES}.")
        if len(self.scenes) > MOST_SCENES:
            raise ConfigError(f"The project has {len(self.scenes)} scenes; keep at most {MOST_SCENES}.")
        for name in differing(self.lanes):
            if FIELD[name].shared:
                raise ConfigError(f"The panes differ in the {FIELD[name].label.lower()}, which they must share; give "
                                  "all of them the same.")
        check_names(self.names)
        object.__setattr__(self, "names", (*self.names, *[""] * count)[:count])
        object.__setattr__(self, "hues", hues_of(self.lanes, self.hues))
        if len(set(self.hues)) < count or any(hue not in range(MAX_LANES) for hue in self.hues):
            raise ConfigError(f"The colours of the panes are {list(self.hues)}; give numbers from 0 to "
                              f"{MAX_LANES - 1}, each once.")
        check_kept(style.annotations for style in (self.style, *(scene.style for scene in self.scenes)))

    @property
    def marks(self) -> tuple[LaneMark, ...]:
        """How each lane is told from the others."""
        return marks_of(self.lanes, self.names, self.hues)

    @property
    def learning(self) -> tuple[Learning, ...]:
        """The settings of learning of each lane."""
        return tuple(lane.learning for lane in self.lanes)

    @property
    def samplings(self) -> tuple[Sampling, ...]:
        """The settings of sampling of each lane."""
        return tuple(lane.sampling for lane in self.lanes)

    def side(self, which: str) -> Side:
        """Return the one of `SIDES` that is called so."""
        return {"source": self.source, "target": self.target}[which]

    def side_beside(self, which: str) -> Side:
        """Return the other one."""
        return {"source": self.target, "target": self.source}[which]

    def with_side(self, which: str, side: Side) -> Project:
        """Return the project with one side replaced."""
        return replace(self, **{which: side})  # type: ignore[arg-type]  # any other word is of no field

    def with_lane_setting(self, name: str, value: Any, lane: int | None = None) -> Project:
        """Return the project with one setting changed: in one lane, or in all if `lane` is None or they share it.

        A lane that is alone has the colour of its coupling; beside others each keeps its own.
        """
        is_of_all = lane is None or FIELD[name].shared
        lanes = tuple(replace(config, **{name: value}) if is_of_all or index == lane else config
                      for index, config in enumerate(self.lanes))
        is_other_pairing = len(lanes) == 1 and lanes[0].coupling != self.lanes[0].coupling
        return replace(self, lanes=lanes, hues=() if is_other_pairing else self.hues)

    def with_lane_added(self, like: int = 0, **settings: Any) -> Project:
        """Return the project with one more lane behind the others: as lane `like`, but for some settings.

        Scenes do not show it, not even those that show all there are, or name a lane which was put away.

        Raises:
            ConfigError: there are four already, or a bad value.
        """
        places = {old: old + (old >= len(self.lanes)) for old in range(MAX_LANES - 1)}
        return replace(self, lanes=(*self.lanes, replace(self.lanes[like], **settings)),
                       scenes=_rearranged(_naming(self.scenes, len(self.lanes)), places))

    def without_lane(self, lane: int) -> Project:
        """Return the project without a lane; the others keep their names and colours, and scenes show them still.

        Raises:
            ConfigError: it is the only one.
        """
        def left(entries: tuple[Any, ...]) -> tuple[Any, ...]:
            return entries[:lane] + entries[lane + 1:]

        places = {old: old - (old > lane) for old in range(MAX_LANES) if old != lane}
        return replace(self, lanes=left(self.lanes), names=left(self.names), hues=left(self.hues),
                       scenes=_rearranged(self.scenes, places))

    def with_lane_alone(self, lane: int) -> Project:
        """Return the project with a lane as its only one; scenes go on naming the others, for `with_lanes_back`."""
        return replace(self, lanes=(self.lanes[lane],), names=(self.names[lane],), hues=(self.hues[lane],),
                       scenes=_rearranged(_naming(self.scenes, len(self.lanes)), _to_front(lane)))

    def with_lanes_back(self, before: Project, lane: int) -> Project:
        """Return the project, which has one lane, with the others of `before` again and its own as number `lane`.

        What lanes share is as its own lane has it, and so is the colour if another one has that.
        """
        mine, hue = self.lanes[0], self.hues[0]
        shared = {name: getattr(mine, name) for name, field in FIELD.items() if field.shared}
        lanes = tuple(mine if place == lane else replace(config, **shared) for place, config in enumerate(before.lanes))
        names = tuple(self.names[0] if place == lane else name for place, name in enumerate(before.names))
        hues = hues_of(lanes, [hue if place == lane else None if other == hue else other
                               for place, other in enumerate(before.hues)])
        back = {new: old for old, new in _to_front(lane).items()}
        return replace(self, lanes=lanes, names=names, hues=hues,
                       scenes=_naming_some(_rearranged(self.scenes, back), len(lanes)))

    def with_lane_named(self, lane: int, name: str) -> Project:
        """Return the project with a lane called so, "" for what it differs in.

        Raises:
            ConfigError: nobody can be called so.
        """
        return replace(self, names=tuple(name if index == lane else old for index, old in enumerate(self.names)))


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


# The fields of a project that are work: their changes can be undone and have to be saved; the rest is ways of looking,
# but for the annotations among them.
WORK = ("source", "target", "lanes", "names", "hues", "scenes")


def holds_same(one: tuple[Project, tuple[LearnedLane, ...]], other: tuple[Project, tuple[LearnedLane, ...]]) -> bool:
    """Whether all work of one project, with what was learned, is in another one too.

    How it is shown and exported does not count; annotations do, but for those that a scene holds.
    """
    a, b = one[0], other[0]
    return (all(getattr(a, part) == getattr(b, part) for part in WORK)
            and a.style.annotations in (style.annotations for style in (b.style, *(scene.style for scene in b.scenes)))
            and _contents(one[1]) == _contents(other[1]))


def _contents(learned: tuple[LearnedLane, ...]) -> frozenset[tuple[int, ...]]:
    """Return what tells one thing learned from another: its very arrays, which are replaced and never changed.

    Under another lane's number, or sampled otherwise, it is the same.
    """
    return frozenset((id(lane.snapshot.x) if lane.weights is None and lane.snapshot is not None else id(lane.weights),
                      *(id(entry.weights) for entry in lane.kept)) for lane in learned if not lane.is_empty)


def compared(project: Project, couplings: tuple[str, ...] = COMPARED) -> Project:
    """Return the project with one lane per coupling: the lane that has it, with name and colour, else one as A is.

    Scenes show the lanes that stay, wherever these are now.
    """
    found = [next((lane for lane, config in enumerate(project.lanes) if config.coupling == coupling), None)
             for coupling in couplings]
    if len(found) == 1 and found[0] is not None:
        return project.with_lane_alone(found[0])
    lanes = tuple(replace(project.lanes[lane or 0], coupling=coupling)
                  for lane, coupling in zip(found, couplings, strict=True))
    names = tuple("" if lane is None else project.names[lane] for lane in found)
    places = {lane: place for place, lane in reversed(list(enumerate(found))) if lane is not None}
    # What scenes call lanes that were put away is for the new ones.
    free = [place for place in range(MAX_LANES) if place not in places.values()]
    places |= dict(zip(range(len(project.lanes), MAX_LANES), free, strict=False))
    scenes = _naming(project.scenes, len(project.lanes)) if None in found else project.scenes
    return replace(project, lanes=lanes, names=names, scenes=_naming_some(_rearranged(scenes, places), len(lanes)),
                   hues=hues_of(lanes, [None if lane is None else project.hues[lane] for lane in found]))


def _to_front(lane: int) -> dict[int, int]:
    """Return the new number of each lane when one becomes the first."""
    return {old: 0 if old == lane else old + (old < lane) for old in range(MAX_LANES)}


def _showing(scenes: tuple[Scene, ...], instead: Callable[[tuple[int, ...]], tuple[int, ...]]) -> tuple[Scene, ...]:
    """Return scenes that show other lanes instead of theirs."""
    return tuple(replace(scene, style=replace(scene.style, lanes=instead(scene.style.lanes))) for scene in scenes)


def _naming(scenes: tuple[Scene, ...], count: int) -> tuple[Scene, ...]:
    """Return scenes that show just these lanes where they show all, whichever come beside them."""
    return _showing(scenes, lambda lanes: lanes or tuple(range(count)))


def _naming_some(scenes: tuple[Scene, ...], count: int) -> tuple[Scene, ...]:
    """Return scenes that name no lanes where they show all of so many, as they were before `_naming`."""
    return _showing(scenes, lambda lanes: () if lanes == tuple(range(count)) else lanes)


def _rearranged(scenes: tuple[Scene, ...], places: Mapping[int, int]) -> tuple[Scene, ...]:
    """Return scenes that show the same lanes under their new numbers; those without one are shown no more."""
    return _showing(scenes, lambda lanes: tuple(places[lane] for lane in lanes if lane in places))
