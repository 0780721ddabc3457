"""What the stage shows and how: which layers, view presets, options. Values only; `canvas` draws them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from fmviz.core.annotations import MOST_ANNOTATIONS, Annotation
from fmviz.core.camera import Camera
from fmviz.core.errors import ConfigError, quoted, row_of
from fmviz.core.extent import Extent
from fmviz.core.follow import MOST_FOLLOWED, Place, Starts, checked_place, checked_starts, read_place, read_starts
from fmviz.core.lanes import check_lanes
from fmviz.core.layers import LAYERS, OF_MANY
from fmviz.core.options import check_options, option
from fmviz.core.tex import atoms_of


@dataclass(frozen=True)
class View:
    """A preset of layers: one picture of the article. The bar of the window has room for nine; menus have all."""

    name: str
    label: str
    layers: tuple[str, ...]
    help: str
    is_on_bar: bool = True

    @property
    def word(self) -> str:
        """Its label as one word, for a flag; its `name` is what files hold, and is taken as a flag too."""
        return self.label.lower().replace(" ", "-")


VIEWS: dict[str, View] = {
    view.name: view
    for view in (
        View("story", "Story", ("rings", "paths", "particles", "outline", "names", "followed"),
             "What flows where: whole paths, a few particles to follow, and the names of both clouds."),
        View("trajectories", "Trails", ("trails", "particles", "outline"),
             "Particles carried along the learned field, with fading trails."),
        View("field", "Field", ("arrows", "particles", "outline"),
             "The learned velocity field as arrows."),
        View("density", "Density", ("density",),
             "How the probability density changes from source to target."),
        View("magnitude", "Speed map", ("magnitude", "particles"),
             "How fast the field is at each place."),
        View("pairs", "Pairs", ("source", "target", "pairs"),
             "Which source point is paired with which target point while learning."),
        View("streamlines", "Streamlines", ("streamlines", "outline"),
             "The velocity field as moving strokes, as one draws it by hand."),
        View("warp", "Grid warp", ("warp", "particles"),
             "How the flow bends space: a lattice that it carries along."),
        View("crossing", "Crossing", ("source", "target", "probe", "conditionals"),
             "Why paths bend though pairs are straight: at the probe many pairs cross, and the flow follows the mean "
             "of their velocities, which changes on the way."),
        View("compression", "Compression", ("divergence", "particles"),
             "Where the flow presses points together and where it spreads them.", is_on_bar=False),
    )
}

COLOURS = {"origin": "By where it starts", "class": "By class", "end": "By where it ends", "plain": "Plain"}
# Which pairs are drawn strong.
STRONG = {"none": "None", "longest": "The longest", "followed": "Spread over the source"}
CONTOURS = {"mass": "Around 30, 60, 90 %", "none": "None"}
DENSITIES = {"particles": "Of particles", "exact": "Exact", "difference": "Particles minus exact"}
DENSITY_SCALES = {"film": "The same at every t", "moment": "Its own at each t"}
ARROWS = {"speed": "Length by speed", "equal": "Equal length"}

LONGEST_NAMES = 100
FEWEST_PAIRS, MOST_PAIRS = 2, 4096
_MIDDLE: Place | None = None


def _changing(name: str) -> Callable[[Style], bool]:
    """Return whether an option changes a visible layer, as a function of a style."""
    return lambda style: any(name in LAYERS[layer].options for layer in style.layers)


@dataclass(frozen=True)
class Style:
    """How the stage draws. Most of it are options, each a row with its sentence; the others:

    Args:
        layers: names of the visible layers.
        probe_t: the time of the probe, None for the picture's.
        lanes: which lanes are shown, in order; empty means all that there are.
        camera: where all panes look; None fits them to what there is to see.
        annotations: what points at places of the plane, in all panes; the last one lies on top.
    Raises:
        ConfigError: a value that cannot be drawn.
    """

    view: str = option(
        "story", "view", "View", "The preset that it started from.",
        {view.name: view.label for view in VIEWS.values()})
    layers: tuple[str, ...] = VIEWS["story"].layers
    colour_by: str = option(
        "origin", "colour", "Colour", "What the particles' colour says.", COLOURS,
        matters=lambda style: not any(LAYERS[name].has_colours for name in style.layers) and _changing("colour_by")(
            style), flag="colour")
    arrows: str = option(
        "speed", "arrow length", "Arrow length", "Whether an arrow's length says the speed too.", ARROWS,
        matters=_changing("arrows"), flag="arrow-length")
    across: int = option(
        15, "number of arrows across", "Arrows across", "How many arrows of the field stand along the pane's shorter "
        "edge; on particles there are more or fewer in proportion.", low=4, high=60, matters=_changing("across"),
        flag="arrows", metavar="N")
    arrow_dt: float = option(
        0.15, "reach of arrows on particles", "Arrows reach", "How far arrows on particles reach, in units of t: each "
        "is exactly the velocity times that.", low=0.01, high=1.0, matters=_changing("arrow_dt"), flag="arrow-dt",
        metavar="DT")
    whole_field: bool = option(
        False, "whole field", "Whole field", "Show the field everywhere alike, also far from all particles, where "
        "nothing of it was learned.", matters=_changing("whole_field"), flag="whole-field")
    bandwidth: float = option(
        1.0, "bandwidth", "Bandwidth", "Smoothness of the density: a factor on the automatic bandwidth.", low=0.2,
        high=5.0, matters=_changing("bandwidth"), flag="bandwidth", metavar="F")
    density: str = option(
        "particles", "kind of density", "Density", "What the density is of: of the particles that the flow carries, "
        "smoothed; of the flow itself, exactly, by the change of variables; or the first minus the second.", DENSITIES,
        matters=_changing("density"), flag="density")
    contours: str = option(
        "mass", "kind of contours", "Contours", "Lines of equal density, around the smallest regions that hold 30, 60 "
        "and 90 % of the mass.", CONTOURS, matters=_changing("contours"), flag="contours")
    density_scale: str = option(
        "film", "scale of densities", "Density scale", "Whether colours of density mean the same at every t, or reach "
        "up to the highest density at each.", DENSITY_SCALES, matters=_changing("density_scale"), flag="density-scale")
    trail: float = option(
        0.25, "trail", "Trail", "How far back the trails reach, in units of t.", low=0.0, high=1.0,
        matters=_changing("trail"), flag="trail", metavar="DT")
    particles: int = option(
        2000, "number of particles", "Particles", "How many particles are drawn, at most as many as were computed.",
        low=1, high=200_000, matters=lambda style: not style.needs("paths") and _changing("particles")(style),
        flag="particles", metavar="N")
    paths: int = option(
        300, "number of paths", "Paths", "How many particles have their whole path drawn; no others are shown then.",
        low=1, high=5_000, matters=_changing("paths"), flag="paths", metavar="N")
    follow: int = option(
        8, "number of followed particles", "Followed", "How many particles are drawn to be followed, spread over the "
        "source.", low=1, high=MOST_FOLLOWED,
        matters=lambda style: ("followed" in style.layers and style.starts is None) or (
            style.strong != "none" and _changing("strong")(style)), flag="follow", metavar="N")
    starts: Starts | None = option(  # noqa: RUF009  a row
        None, "start of a followed particle", "Starts", "Where the followed particles start instead, as x,y; "
        "several are joined by semicolons.", matters=_changing("starts"), flag="follow", metavar="X,Y",
        read=read_starts)
    probe: Place | None = option(  # noqa: RUF009  a row
        _MIDDLE, "place of the probe", "Probe", "Where the probe is, as x,y; by itself in the middle of the picture. "
        "As x,y@t it stays at the time t, whatever the picture's.", matters=_changing("probe"), flag="probe",
        metavar="X,Y[@T]", read=read_place)
    probe_name: str = option(
        "", "name of the probe", "Probe's name", "What the probe is called in the picture; formulas stand in $...$.",
        matters=_changing("probe_name"), flag="probe-name", metavar="NAME")
    batch: int = option(
        256, "batch of pairs", "Pairs", "How many pairs the batch of the pairs view has.", low=FEWEST_PAIRS,
        high=MOST_PAIRS, matters=_changing("batch"), flag="pairs", metavar="N")
    strong: str = option(
        "none", "choice of strong pairs", "Strong pairs", "Which pairs are drawn strong while the others step back; as "
        "many as particles are followed.", STRONG, matters=_changing("strong"), flag="strong-pairs")
    names: str = option(
        "", "names", "Names", "What source and target are called in the picture, with a comma between them: noise, "
        "data; formulas stand in $...$.", matters=_changing("names"), flag="names", metavar="A,B")
    probe_t: float | None = None
    lanes: tuple[int, ...] = ()
    camera: Camera | None = None
    annotations: tuple[Annotation, ...] = ()

    def __post_init__(self) -> None:
        for name in self.layers:
            row_of(LAYERS, name, "layer")
        object.__setattr__(self, "layers", tuple(name for name in LAYERS if name in self.layers))
        check_options(self, ConfigError)
        if self.starts is not None:
            object.__setattr__(self, "starts", checked_starts(self.starts))
        for noun, text in (("names are", self.names), ("name of the probe is", self.probe_name)):
            if len(text) > LONGEST_NAMES or not text.isprintable():
                raise ConfigError(f"The {noun} {quoted(text)}; give at most {LONGEST_NAMES} characters on one line.")
        if self.probe_t is not None and not 0 <= self.probe_t <= 1:
            raise ConfigError(f"The time of the probe is {self.probe_t:g}; give one from 0 to 1.")
        if self.probe is not None:
            object.__setattr__(self, "probe", checked_place(self.probe, "place of the probe"))
        check_lanes(self.lanes)
        if len(self.annotations) > MOST_ANNOTATIONS:
            raise ConfigError(f"The picture has {len(self.annotations):,} annotations; keep at most "
                              f"{MOST_ANNOTATIONS}.")

    @property
    def cloud_names(self) -> tuple[str, str]:
        """What source and target are called, "" as usual."""
        atoms = atoms_of(self.names)
        comma = atoms.index(",") if "," in atoms else len(atoms)
        return "".join(atoms[:comma]).strip(), "".join(atoms[comma + 1:]).strip()

    def needs(self, what: str) -> bool:
        """Whether a visible layer draws that; see `layers.LayerRow.need`."""
        return any(LAYERS[name].need == what for name in self.layers)

    @property
    def wants_many(self) -> bool:
        """Whether a visible layer draws a density, which more points tell better than those that are drawn."""
        return any(map(self.needs, OF_MANY))

    @property
    def wants_log_density(self) -> bool:
        """Whether a visible layer draws the density of the flow itself."""
        return self.needs("density") and self.density != "particles"

    @property
    def has_contours(self) -> bool:
        """Whether lines of equal density are drawn."""
        return "density" in self.layers and self.contours == "mass" and self.density != "difference"

    @property
    def compares(self) -> bool:
        """Whether a visible layer shows how panes differ."""
        return any(LAYERS[name].compares for name in self.layers)

    @property
    def asking(self) -> tuple[str, ...]:
        """The visible layers that ask of a flow for values of their own."""
        return tuple(name for name in self.layers if LAYERS[name].values is not None)

    @property
    def follows(self) -> bool:
        """Whether it shows particles that the eye can follow."""
        return "followed" in self.layers

    @property
    def own_starts(self) -> Starts:
        """From where somebody has chosen to follow particles, as far as it shows them."""
        return (self.starts or ()) if self.follows else ()

    @property
    def has_probe(self) -> bool:
        """Whether it shows what the velocity is at one place."""
        return "probe" in self.layers

    def probe_in(self, extent: Extent) -> Place | None:
        """Return where the probe is in a picture of that extent; None if there is none."""
        return (self.probe or (extent.cx, extent.cy)) if self.has_probe else None

    @property
    def is_still(self) -> bool:
        """Whether it shows pairs or cells and nothing that changes with t."""
        return self.needs("pairs") and all(LAYERS[name].is_still for name in self.layers)

    def with_view(self, name: str) -> Style:
        """Return this style showing one preset; a probe stays, unless it is only there because a view is about it."""
        layers = row_of(VIEWS, name, "view").layers
        stays = self.has_probe and (self.probe is not None or "probe" not in VIEWS[self.view].layers)
        return replace(self, view=name, layers=layers).with_layer("probe", stays or "probe" in layers)

    def with_layer(self, name: str, is_visible: bool) -> Style:
        """Return this style with one layer switched; one that is to be seen lets go the map that would hide it."""
        layers = tuple(layer for layer in self.layers
                       if layer != name and not (is_visible and LAYERS[name].hides(LAYERS[layer])))
        return replace(self, layers=(*layers, name) if is_visible else layers)

    def can_compare(self, count: int) -> bool:
        """Whether so many of a project's lanes are beside each other that panes can differ."""
        return len(self.shown_lanes(count)) > 1

    def with_probe(self, place: Place | None) -> Style:
        """Return this style with the probe at a place, or without one."""
        return replace(self.with_layer("probe", place is not None), probe=place)

    def with_part(self, part: str, value: object) -> Style:
        """Return this style with another value of one of its fields; a place of the probe shows it, None hides it."""
        made = replace(self, **{part: value})  # type: ignore[arg-type]
        return made.with_probe(made.probe) if part == "probe" else made

    def shown_lanes(self, count: int) -> tuple[int, ...]:
        """Return which of a project's `count` lanes are shown; all of them if none of the chosen ones is there."""
        chosen = tuple(lane for lane in self.lanes if lane < count)
        return chosen or tuple(range(count))

    def with_next_lanes(self, count: int) -> Style:
        """Return this style showing the next of a project's `count` lanes: each alone, then all; one lane stays."""
        shown = self.shown_lanes(count)
        following = shown[0] + 1 if len(shown) == 1 else 0
        return self if count < 2 else replace(self, lanes=(following,) if following < count else ())
