"""The layers in words: what the stage can draw, what each needs to know for it, and which options change it.

One row each, lowest first. Flags, forms, checks, frames and the engine go by these rows; `canvas.layers` has under the
same name the class that draws.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from fmviz.core.cloud import FloatArray
from fmviz.core.errors import ConfigError, quoted

# Needs for which a picture asks for many more points than it draws.
OF_MANY = ("density", "marginals")
# Nodes along an edge of a grid of values: as many as of the velocity of a whole picture.
NODES = 57


class Velocity(Protocol):
    """The velocity of a flow in world units, and its divergence."""

    def __call__(self, x: FloatArray, t: float) -> FloatArray:
        """Return the velocity (N, 2) at places (N, 2) and a time, units per unit of t."""

    def divergence(self, x: FloatArray, t: float) -> FloatArray:
        """Return its divergence (N,) there, 1 per unit of t."""

    def exact(self, x: FloatArray, t: float) -> FloatArray:
        """Return the exact velocity (N, 2) there, what no training would change; NaN where it is not known."""


# Whole maps fill the pane, so that of each of these groups one can be seen at a time.
MAPS, DIFFERENCES = "maps", "differences"
GROUPS = {
    "points": "Points",
    "paths": "Paths",
    "pairs": "Pairs",
    "field": "Field",
    MAPS: "Maps, one at a time",
    DIFFERENCES: "Differences of panes",
}

Values = Callable[[Velocity, FloatArray, float], FloatArray]
"""Values (N, ...) at places (N, 2) and a time that follow from a velocity."""


def the_velocity(velocity: Velocity, x: FloatArray, t: float) -> FloatArray:
    """Return the velocity itself."""
    return velocity(x, t)


@dataclass(frozen=True)
class LayerRow:
    """One thing that the stage can draw.

    Args:
        name: what files and flags hold.
        label, help: its name and one sentence for people.
        need: what it draws beside particles and dots: "conditional", "density", "field", "lattice", "marginals",
            "pairs", "paths", "trail", or "".
        options: the options of `style.Style` that change it.
        is_still: whether it is the same at every t.
        is_map: whether it fills the pane: it lies below all that stands still.
        has_colours: whether the colours in its pane are its own, so that points have none.
        values: what it asks of a flow: the values that it draws, at the nodes of a grid; its need is then its name.
        nodes: how many along each edge of that grid.
        compares: whether it shows by how much a pane differs from the first one beside it.
        is_exact: whether its values ask for the exact field, which is not known of every lane.
        group: where forms have it, a key of GROUPS; that of a map follows from what it shows.
        is_of_pairs: whether it shows how points are paired.
    """

    name: str
    label: str
    help: str
    need: str = ""
    options: tuple[str, ...] = ()
    is_still: bool = False
    is_map: bool = False
    has_colours: bool = False
    values: Values | None = None
    nodes: int = NODES
    compares: bool = False
    is_exact: bool = False
    group: str = "field"
    is_of_pairs: bool = False

    @property
    def is_of_velocity(self) -> bool:
        """Whether it shows a velocity, or what follows from one."""
        return self.need == "field" or self.values is not None or self.name in ("probe", "conditionals")

    def __post_init__(self) -> None:
        if self.values is not None:
            object.__setattr__(self, "need", self.name)
        if self.is_map:
            object.__setattr__(self, "group", DIFFERENCES if self.compares else MAPS)
        if self.group not in GROUPS:
            raise ConfigError(f"The group of the layer {self.name} is {quoted(self.group)}; give one of "
                              f"{', '.join(GROUPS)}.")

    def hides(self, other: LayerRow) -> bool:
        """Whether of this and another layer only one can be seen, for both fill the pane."""
        return self.name != other.name and self.is_map and other.is_map and self.group == other.group


LAYERS: dict[str, LayerRow] = {
    row.name: row
    for row in (
        LayerRow("cells", "Cells",
                 "Which target point each place goes to, one colour a cell; semidiscrete coupling only.", "pairs",
                 is_still=True, is_map=True, is_of_pairs=True),
        LayerRow("magnitude", "Speed map", "How fast the field is at each place, as colours.", "field",
                 ("whole_field",), is_map=True, has_colours=True),
        LayerRow("density", "Density", "Density of 20,000 carried points, or the flow's own.", "density",
                 ("density", "bandwidth", "contours", "density_scale"), is_map=True),
        LayerRow("divergence", "Compression", "Where the field presses points together and where it spreads them: its "
                 "divergence.", options=("whole_field",), is_map=True, has_colours=True,
                 values=lambda velocity, x, t: velocity.divergence(x, t), nodes=113),
        LayerRow("volume", "Volume change", "By how much the flow has spread the cells of its lattice, or pressed them "
                 "together: log |det| of its map.", "lattice", ("whole_field",), is_map=True, has_colours=True),
        LayerRow("density_difference", "Density difference", "The density minus the first pane's, in all panes beside "
                 "it; Density shows the first one's own.", "density", ("density", "bandwidth"), is_map=True,
                 has_colours=True, compares=True),
        LayerRow("speed_difference", "Speed difference", "How fast the field is, minus the first pane's, in all panes "
                 "beside it; Speed map shows the first one's own.", "field", ("whole_field",), is_map=True,
                 has_colours=True, compares=True),
        LayerRow("field_error", "Learned minus exact", "By how much the learned field differs from the exact one, "
                 "which no training changes.", options=("whole_field",), is_map=True, has_colours=True,
                 values=lambda velocity, x, t: velocity(x, t) - velocity.exact(x, t), nodes=113, is_exact=True),
        LayerRow("source", "Source dots", "Points of the source cloud: rings.", options=("colour_by",), is_still=True,
                 group="points"),
        LayerRow("target", "Target dots", "Points of the target cloud: discs.", options=("colour_by",), is_still=True,
                 group="points"),
        LayerRow("rings", "Source rings", "Where each particle that is drawn has started, as a small ring.", "paths",
                 ("paths",), is_still=True, group="paths"),
        LayerRow("paths", "Whole paths", "The whole path of each particle that is drawn.", "paths",
                 ("colour_by", "paths"), is_still=True, group="paths"),
        LayerRow("pairs", "Pair lines", "One batch of pairs that the coupling draws, joined by lines; "
                 "points without a partner are crosses.", "pairs",
                 ("batch", "strong", "follow"), is_still=True, group="pairs", is_of_pairs=True),
        LayerRow("warp", "Grid warp", "A lattice carried along the flow: how it bends space.", "lattice",
                 ("whole_field",)),
        LayerRow("trails", "Trails", "Where each particle has just been; older is fainter.", "trail",
                 ("colour_by", "trail", "particles"), group="paths"),
        LayerRow("streamlines", "Streamlines", "Strokes along the velocity field, as one draws it by hand.", "field",
                 ("whole_field",), has_colours=True),
        LayerRow("exact", "Exact arrows", "The exact field, what the learned one should be: broad arrows below it, on "
                 "the same scale.", options=("arrows", "across", "whole_field"),
                 values=lambda velocity, x, t: velocity.exact(x, t), nodes=113, is_exact=True),
        LayerRow("arrows", "Field arrows", "The velocity field, coloured by speed.", "field",
                 ("arrows", "across", "whole_field"), has_colours=True),
        LayerRow("particles", "Particles", "Points carried by the learned field.",
                 options=("colour_by", "particles"), group="paths"),
        LayerRow("velocities", "Arrows on particles", "The velocity of some particles, as arrows from where they are "
                 "to where it carries in a little t.", "field", ("across", "arrow_dt"), has_colours=True,
                 group="paths"),
        LayerRow("conditional", "Path to one point", "Where points may be whose partner is the farthest target point: "
                 "circles of one and two deviations around their middle, 39 and 86 % of a Gaussian source.",
                 "conditional", group="pairs", is_of_pairs=True),
        LayerRow("marginals", "Marginals", "Densities of x and of y alone along two edges, of the carried points "
                 "and, dashed, of the target.", "marginals", ("bandwidth",), group="points"),
        LayerRow("outline", "Target outline", "A line around most of the target cloud.", is_still=True, group="points"),
        LayerRow("names", "Names", "Source and target by name, where nothing else is; and t as a bar.", "paths",
                 ("names", "paths"), is_still=True, group="points"),
        LayerRow("followed", "Followed particles", "A few that the eye can follow: the way behind them, and the way "
                 "ahead.", "paths", ("colour_by", "follow", "starts", "paths"), group="paths"),
        LayerRow("probe", "Probe", "One place: the velocity there, which target points pull and which source points "
                 "push, where a particle there comes from and where it goes.",
                 options=("probe", "probe_name", "arrow_dt")),
        LayerRow("conditionals", "Pairs at the probe", "The velocities of pairs that cross at the probe, as strong as "
                 "they are likely there; their mean is the exact velocity.", options=("probe", "arrow_dt"),
                 group="pairs"),
    )
}


def values_of(layer: str) -> Values:
    """Return what a layer asks of a flow; "" asks for the velocity."""
    values = LAYERS[layer].values if layer else the_velocity
    assert values is not None
    return values
