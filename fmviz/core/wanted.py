"""What a picture shows that a snapshot does not hold: values on grids, particles from chosen starts, many of them, and
what the probe tells.

The window asks the engine for it, the command line computes it; both add it to the snapshot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from fmviz.core.carried import Carried
from fmviz.core.extent import Extent
from fmviz.core.follow import Place, Starts
from fmviz.core.frames import FlowSnapshot, Grid
from fmviz.core.many import ManyPoints
from fmviz.core.probe import Probed
from fmviz.core.style import Style


@dataclass(frozen=True)
class Wanted:
    """What is to be had of a flow beside its picture; false if that is nothing.

    Args:
        grids: of which layers values are shown, and where; "" is the velocity where a camera looks closely.
        starts: from where particles are followed.
        has_many: whether a density is shown, which needs more particles than a snapshot has.
        probe: where the flow is probed, None for nowhere.
    """

    grids: tuple[tuple[str, Extent], ...] = ()
    starts: Starts = ()
    has_many: bool = False
    probe: Place | None = None

    def __bool__(self) -> bool:
        return bool(self.grids or self.starts or self.has_many or self.probe is not None)


NOTHING_WANTED = Wanted()


def wanted_for(snapshot: FlowSnapshot, style: Style, width: int, height: int) -> Wanted:
    """Return what a picture of that size, px, shows of a flow beside its snapshot."""
    grids = [(name, snapshot.velocity.extent) for name in style.asking]
    if style.camera is not None and style.needs("field"):
        half = style.camera.width / 2 * max(width / height, height / width)  # no pane is longer than its picture
        if half < snapshot.extent.half:
            grids.append(("", Extent(style.camera.x, style.camera.y, half)))
    return Wanted(tuple(grids), style.own_starts, style.wants_many, style.probe_in(snapshot.extent))


def completed(snapshot: FlowSnapshot, grids: Mapping[str, Grid], own: Carried | None = None,
              many: ManyPoints | None = None, probed: Probed | None = None) -> FlowSnapshot:
    """Return a snapshot with other values on grids, by layer, other particles from chosen starts, other many ones, and
    another probe.

    Args:
        grids: "" is the velocity from nearby.
    """
    return replace(snapshot, detail=grids.get(""), grids={layer: grid for layer, grid in grids.items() if layer},
                   own=own, many=many, probed=probed)
