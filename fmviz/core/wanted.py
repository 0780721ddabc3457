"""What a picture shows that a snapshot does not hold: values on grids, particles from chosen starts, many of them, the
flow's own density, and what the probe tells. One table says what is asked for each, and what the answers become.

The window asks the engine for it, the command line drives the same answers; both add them to the snapshot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from fmviz.core.config import Sampling
from fmviz.core.extent import Box, Extent
from fmviz.core.follow import Place, Starts
from fmviz.core.frames import FlowSnapshot
from fmviz.core.layers import LAYERS, NODES
from fmviz.core.questions import DensityPoints, FieldGrid, FlowId, LogDensity, OwnPaths, ProbedPlace
from fmviz.core.style import Style

Extra = FieldGrid | OwnPaths | DensityPoints | LogDensity | ProbedPlace
# Parts that are answered later than others, because they take seconds.
SLOW = ("many", "log_density")


@dataclass(frozen=True)
class Wanted:
    """What is to be had of a flow beside its picture; false if that is nothing.

    Args:
        grids: of which layers values are shown, and where; "" is the velocity where a camera looks closely.
        starts: from where particles are followed.
        has_many: whether a density is shown, which needs more particles than a snapshot has.
        probe: where the flow is probed, None for nowhere.
        has_log_density: whether the density of the flow itself is shown.
        only: the one time at which all of it is shown, None for more than one.
    """

    grids: tuple[tuple[str, Extent], ...] = ()
    starts: Starts = ()
    has_many: bool = False
    probe: Place | None = None
    has_log_density: bool = False
    only: float | None = None

    def __bool__(self) -> bool:
        return bool(self.grids or self.starts or self.has_many or self.probe is not None or self.has_log_density)

    def of(self, snapshot: FlowSnapshot) -> Wanted:
        """Return what of it a flow is asked for: of a map, which has no velocity, nothing that follows from one."""
        return replace(self, grids=(), probe=None) if snapshot.is_map else self

    def asked(self, flow: FlowId, sampling: Sampling, is_fine: bool, is_dense: bool = True,
              first: float = 0.5) -> dict[str, Extra]:
        """Return by part of a snapshot what is asked of a flow; of a grid by its layer, "" is the velocity from nearby.

        Args:
            is_fine: whether as finely as a finished training is drawn.
            is_dense: whether densities are.
            first: the time that is to be answered first, where an answer has one after the other.
        """
        asked: dict[str, Extra] = {
            layer: FieldGrid(flow, extent, LAYERS[layer].nodes if layer else NODES, layer)
            for layer, extent in self.grids}
        if self.starts:
            asked["own"] = OwnPaths(flow, sampling, self.starts, is_fine)
        if self.probe is not None:
            asked["probed"] = ProbedPlace(flow, self.probe, is_fine, first)
        if self.has_many:
            asked["many"] = DensityPoints(flow, sampling, is_dense)
        if self.has_log_density:
            asked["log_density"] = LogDensity(flow, is_dense, first, self.only)
        return asked


NOTHING_WANTED = Wanted()


def wanted_for(snapshot: FlowSnapshot, style: Style, seen: Box | None = None, only: float | None = None) -> Wanted:
    """Return what a picture shows of a flow beside its snapshot.

    Args:
        seen: what a camera shows in every pane; None where a picture is fitted.
        only: as in `Wanted`.
    """
    grids = [(name, snapshot.velocity.extent) for name in style.asking]
    if seen is not None and style.needs("field") and (half := max(seen.half_x, seen.half_y)) < snapshot.extent.half:
        grids.append(("", Extent(seen.cx, seen.cy, half)))
    return Wanted(tuple(grids), style.own_starts, style.wants_many, style.probe_in(snapshot.extent),
                  style.wants_log_density, only if style.wants_log_density else None)


def completed(snapshot: FlowSnapshot, answers: Mapping[str, Any]) -> FlowSnapshot:
    """Return a snapshot with these answers, by part, beside it and no others; None is not known.

    Of a map, which has no velocity, nothing that follows from one.
    """
    if snapshot.is_map:
        answers = {part: answer for part, answer in answers.items() if part in ("own", *SLOW)}
    grids = {layer: grid for layer, grid in answers.items() if layer in LAYERS and grid is not None}
    return replace(snapshot, detail=answers.get(""), grids=grids, own=answers.get("own"), many=answers.get("many"),
                   probed=answers.get("probed"), log_density=answers.get("log_density"))
