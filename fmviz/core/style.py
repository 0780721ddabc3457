"""What the stage shows and how: layers, view presets, particle colours. Values only; `canvas` draws them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from fmviz.core.camera import Camera
from fmviz.core.errors import ConfigError, quoted


@dataclass(frozen=True)
class Layer:
    """One thing that the stage can draw; rows of `LAYERS` are in drawing order, lowest first."""

    name: str
    label: str
    help: str


LAYERS: tuple[Layer, ...] = (
    Layer("magnitude", "Speed map", "How fast the field is at each place, as colours."),
    Layer("density", "Density", "Kernel density estimate of the particles."),
    Layer("warp", "Grid warp", "A lattice carried along the flow: how it bends space."),
    Layer("source", "Source dots", "Points of the source cloud."),
    Layer("target", "Target dots", "Points of the target cloud."),
    Layer("pairs", "Pair lines", "One batch of pairs that the coupling draws, joined by lines."),
    Layer("trails", "Trails", "Where each particle has just been; older is fainter."),
    Layer("streamlines", "Streamlines", "Strokes along the velocity field, as one draws it by hand."),
    Layer("arrows", "Field arrows", "The velocity field, coloured by speed."),
    Layer("particles", "Particles", "Points carried by the learned field."),
)
LAYER_NAMES = tuple(layer.name for layer in LAYERS)


@dataclass(frozen=True)
class View:
    """A preset of layers: one picture of the article."""

    name: str
    label: str
    layers: tuple[str, ...]
    help: str

    @property
    def word(self) -> str:
        """Its label as one word, for a flag; its `name` is what files hold, and is taken as a flag too."""
        return self.label.lower().replace(" ", "-")


VIEWS: dict[str, View] = {
    view.name: view
    for view in (
        View("trajectories", "Trajectories", ("target", "trails", "particles"),
             "Particles carried along the learned field, with fading trails."),
        View("field", "Field", ("target", "arrows", "particles"),
             "The learned velocity field as arrows."),
        View("density", "Density", ("density",),
             "How the probability density changes from source to target."),
        View("magnitude", "Speed map", ("magnitude", "particles"),
             "How fast the field is at each place."),
        View("pairs", "Pairs", ("source", "target", "pairs"),
             "Which source point is paired with which target point while learning."),
        View("streamlines", "Streamlines", ("target", "streamlines"),
             "The velocity field as moving strokes, as one draws it by hand."),
        View("warp", "Grid warp", ("warp", "particles"),
             "How the flow bends space: a lattice that it carries along."),
    )
}

COLOURS = {"origin": "By where it starts", "class": "By class", "end": "By where it ends", "plain": "Plain"}
ARROWS = {"speed": "Length by speed", "equal": "Equal length"}

_STILL_LAYERS = {"source", "target", "pairs"}

FEWEST_PAIRS, MOST_PAIRS = 2, 4096


@dataclass(frozen=True)
class Style:
    """How the stage draws.

    Args:
        view: the preset it started from.
        layers: names of the visible layers.
        colour_by: key of `COLOURS`.
        arrows: key of `ARROWS`.
        bandwidth: factor on the automatic KDE bandwidth, 0.2 to 5.
        trail: length of the trails, in units of t, 0 to 1.
        particles: how many of the stored particles are drawn.
        batch: how many pairs the batch of the Pairs view has, 2 to 4,096.
        lanes: which lanes are shown, in order; empty means all that there are.
        camera: where all panes look; None fits them to what there is to see.
    """

    view: str = "trajectories"
    layers: tuple[str, ...] = VIEWS["trajectories"].layers
    colour_by: str = "origin"
    arrows: str = "speed"
    bandwidth: float = 1.0
    trail: float = 0.25
    particles: int = 2000
    batch: int = 256
    lanes: tuple[int, ...] = ()
    camera: Camera | None = None

    def __post_init__(self) -> None:
        for name in self.layers:
            if name not in LAYER_NAMES:
                raise ConfigError(f"There is no layer {quoted(name)}; the layers are {', '.join(LAYER_NAMES)}.")
        object.__setattr__(self, "layers", tuple(name for name in LAYER_NAMES if name in self.layers))
        for label, choice, allowed in (("view", self.view, VIEWS), ("colour", self.colour_by, COLOURS),
                                       ("arrows", self.arrows, ARROWS)):
            if choice not in allowed:
                raise ConfigError(f"The {label} is {quoted(choice)}; choose one of {', '.join(allowed)}.")
        for label, number, low, high in (("bandwidth", self.bandwidth, 0.2, 5.0), ("trail", self.trail, 0.0, 1.0),
                                         ("number of particles", self.particles, 1, 200_000),
                                         ("batch of pairs", self.batch, FEWEST_PAIRS, MOST_PAIRS)):
            if not (math.isfinite(number) and low <= number <= high):
                raise ConfigError(f"The {label} is {number}; give a value from {low:g} to {high:g}.")
        if len(set(self.lanes)) < len(self.lanes) or any(lane not in (0, 1) for lane in self.lanes):
            raise ConfigError(f"The panes are {list(self.lanes)}; give 0, 1 or both, each once.")

    @property
    def is_still(self) -> bool:
        """Whether it shows pairs and nothing that changes with t."""
        return "pairs" in self.layers and set(self.layers) <= _STILL_LAYERS

    def with_view(self, name: str) -> Style:
        """Return this style showing one preset."""
        if name not in VIEWS:
            raise ConfigError(f"There is no view {quoted(name)}; choose one of {', '.join(VIEWS)}.")
        return replace(self, view=name, layers=VIEWS[name].layers)

    def with_layer(self, name: str, is_visible: bool) -> Style:
        """Return this style with one layer switched."""
        layers = tuple(layer for layer in self.layers if layer != name)
        return replace(self, layers=(*layers, name) if is_visible else layers)

    def shown_lanes(self, count: int) -> tuple[int, ...]:
        """Return which of a project's `count` lanes are shown; all of them if none of the chosen ones is there."""
        chosen = tuple(lane for lane in self.lanes if lane < count)
        return chosen or tuple(range(count))

    def with_next_lanes(self, count: int) -> Style:
        """Return this style showing the next of A, B and both, of a project's `count` lanes; one lane stays."""
        following: dict[tuple[int, ...], tuple[int, ...]] = {(0,): (1,), (1,): ()}
        return self if count < 2 else replace(self, lanes=following.get(self.shown_lanes(count), (0,)))
