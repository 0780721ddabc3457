"""Which layers have nothing to draw in any pane, and why: words for people."""

from __future__ import annotations

from collections.abc import Sequence

from fmviz.core.exact_known import unknown_in
from fmviz.core.layers import LayerRow
from fmviz.core.models import MODELS, NO_PAIRS, NO_VELOCITY
from fmviz.core.project import Project


def why_not_drawn(layer: LayerRow, project: Project, lanes: Sequence[int] = ()) -> str:
    """Return why a layer draws nothing in any of the shown lanes, or of `lanes`, one sentence; "" if it draws."""
    shown = lanes or project.style.shown_lanes(len(project.lanes))
    if all(MODELS[project.lanes[lane].model].is_map for lane in shown):
        if layer.is_of_velocity:
            return NO_VELOCITY
        if layer.is_of_pairs:
            return NO_PAIRS
    return unknown_in(project, lanes) if layer.is_exact else ""
