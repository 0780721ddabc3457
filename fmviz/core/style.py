"""What the stage shows and how: layers, view presets, particle colours. Values only; `canvas` draws them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fmviz.core.camera import Camera
from fmviz.core.errors import ConfigError, quoted
from fmviz.core.lanes import complaint_of
from fmviz.core.options import check_options, option


@dataclass(frozen=True)
class LayerRow:
    """One thing that the stage can draw; rows of `LAYERS` are in drawing order, lowest first."""

    name: str
    label: str
    help: str


LAYERS: tuple[LayerRow, ...] = (
    LayerRow("cells", "Cells", "Which target point each place goes to, one colour a cell; semidiscrete coupling only."),
    LayerRow("magnitude", "Speed map", "How fast the field is at each place, as colours."),
    LayerRow("density", "Density", "Kernel density estimate of the particles."),
    LayerRow("warp", "Grid warp", "A lattice carried along the flow: how it bends space."),
    LayerRow("source", "Source dots", "Points of the source cloud."),
    LayerRow("target", "Target dots", "Points of the target cloud."),
    LayerRow("pairs", "Pair lines", "One batch of pairs that the coupling draws, joined by lines."),
    LayerRow("trails", "Trails", "Where each particle has just been; older is fainter."),
    LayerRow("streamlines", "Streamlines", "Strokes along the velocity field, as one draws it by hand."),
    LayerRow("arrows", "Field arrows", "The velocity field, coloured by speed."),
    LayerRow("particles", "Particles", "Points carried by the learned field."),
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

_OF_PAIRS = {"cells", "pairs"}
_STILL_LAYERS = {"source", "target", *_OF_PAIRS}

FEWEST_PAIRS, MOST_PAIRS = 2, 4096


@dataclass(frozen=True)
class Style:
    """How the stage draws. Most of it are options, each a row with its sentence; the others:

    Args:
        layers: names of the visible layers.
        lanes: which lanes are shown, in order; empty means all that there are.
        camera: where all panes look; None fits them to what there is to see.
    Raises:
        ConfigError: a value that cannot be drawn.
    """

    view: str = option(
        "trajectories", "view", "View", "The preset that it started from.",
        {view.name: view.label for view in VIEWS.values()})
    layers: tuple[str, ...] = VIEWS["trajectories"].layers
    colour_by: str = option(
        "origin", "colour", "Colour", "What the particles' colour says.", COLOURS,
        matters=lambda style: not {"particles", "trails", "source", "target"}.isdisjoint(style.layers))
    arrows: str = option(
        "speed", "arrow length", "Arrows", "Whether an arrow's length says the speed too.", ARROWS,
        matters=lambda style: "arrows" in style.layers)
    bandwidth: float = option(
        1.0, "bandwidth", "Bandwidth", "Smoothness of the density: a factor on the automatic bandwidth.", low=0.2,
        high=5.0, matters=lambda style: "density" in style.layers)
    trail: float = option(
        0.25, "trail", "Trail", "How far back the trails reach, in units of t.", low=0.0, high=1.0,
        matters=lambda style: "trails" in style.layers)
    particles: int = option(
        2000, "number of particles", "Particles", "How many particles are drawn, at most as many as were computed.",
        low=1, high=200_000, matters=lambda style: not {"particles", "trails", "density"}.isdisjoint(style.layers))
    batch: int = option(
        256, "batch of pairs", "Pairs", "How many pairs the batch of the pairs view has.", low=FEWEST_PAIRS,
        high=MOST_PAIRS, matters=lambda style: "pairs" in style.layers, flag="pairs", metavar="N")
    lanes: tuple[int, ...] = ()
    camera: Camera | None = None

    def __post_init__(self) -> None:
        for name in self.layers:
            if name not in LAYER_NAMES:
                raise ConfigError(f"There is no layer {quoted(name)}; the layers are {', '.join(LAYER_NAMES)}.")
        object.__setattr__(self, "layers", tuple(name for name in LAYER_NAMES if name in self.layers))
        check_options(self, ConfigError)
        if complaint := complaint_of(self.lanes):
            raise ConfigError(complaint)

    @property
    def is_still(self) -> bool:
        """Whether it shows pairs or cells and nothing that changes with t."""
        return self.needs_pairs and set(self.layers) <= _STILL_LAYERS

    @property
    def needs_pairs(self) -> bool:
        """Whether a visible layer draws a batch of pairs, or what came of making one."""
        return not _OF_PAIRS.isdisjoint(self.layers)

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
        """Return this style showing the next of a project's `count` lanes: each alone, then all; one lane stays."""
        shown = self.shown_lanes(count)
        following = shown[0] + 1 if len(shown) == 1 else 0
        return self if count < 2 else replace(self, lanes=(following,) if following < count else ())
