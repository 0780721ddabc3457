"""Of which lanes the exact field is known, why it is not known of the others, and which layers draw nothing for that
or for their model: words for people.
"""

from __future__ import annotations

from collections.abc import Sequence

from fmviz.core.cloud import Side
from fmviz.core.config import Learning
from fmviz.core.couplings import COUPLINGS, DISPLACEMENT, MARGINAL, coupling_of
from fmviz.core.layers import LayerRow
from fmviz.core.marginal import why_unknown
from fmviz.core.models import MODELS, NO_PAIRS, NO_VELOCITY
from fmviz.core.project import Project

_OF_REFLOW = ("With reflow a network learns from pairs of its own flow, of which neither the exact field nor the least "
              "loss is known; set the reflow rounds to 0.")


def unknown_in(project: Project, lanes: Sequence[int] = ()) -> str:
    """Return why the exact field is known of none of the shown lanes, or of `lanes`, one sentence; "" if of some."""
    shown = [project.lanes[lane] for lane in lanes or project.style.shown_lanes(len(project.lanes))]
    reasons = [why_no_exact_field(project.source, project.target, config.learning) for config in shown]
    return reasons[0] if all(reasons) else ""


def why_no_exact_field(source: Side, target: Side, learning: Learning) -> str:
    """Return why the exact field of such a lane is not known, one sentence; "" if it is known."""
    if learning.rounds > 1:
        return _OF_REFLOW
    coupling = coupling_of(learning.coupling)
    if not coupling.field:
        known = ", ".join(row.key for row in COUPLINGS.values() if row.field)
        return f"With {coupling.phrase} the exact field is not known; it is known with these couplings: {known}."
    if coupling.field == DISPLACEMENT:
        if learning.sigma > 0:
            return (f"With {coupling.phrase} and a path noise of {learning.sigma:g} the exact field is not known; set "
                    "the noise to 0, or choose random coupling.")
        return ""
    return why_unknown(source, target, learning.sigma)


def why_no_density(source: Side, target: Side, learning: Learning) -> str:
    """Return why the density of such a lane's flow is not known with its exact field, one sentence, or ""."""
    if learning.rounds > 1:
        return _OF_REFLOW
    coupling = coupling_of(learning.coupling)
    if coupling.field != MARGINAL:
        known = " or ".join(row.phrase for row in COUPLINGS.values() if row.field == MARGINAL)
        return f"With {coupling.phrase} the density on the way and its exact field are not known; choose {known}."
    return why_unknown(source, target, learning.sigma)


def unknown_in_words(source: Side, target: Side, learning: Learning) -> str:
    """Return the same in a few words, as for a box of numbers."""
    if not why_no_exact_field(source, target, learning):
        return ""
    if learning.rounds > 1:
        return "not known with reflow"
    coupling = coupling_of(learning.coupling)
    if not coupling.field:
        return f"not known with {coupling.phrase}"
    return "not known with path noise" if coupling.field == DISPLACEMENT else "not known between two points"


def why_not_drawn(layer: LayerRow, project: Project, lanes: Sequence[int] = ()) -> str:
    """Return why a layer draws nothing in any of the shown lanes, or of `lanes`, one sentence; "" if it draws."""
    shown = lanes or project.style.shown_lanes(len(project.lanes))
    if all(MODELS[project.lanes[lane].model].is_map for lane in shown):
        if layer.is_of_velocity:
            return NO_VELOCITY
        if layer.is_of_pairs:
            return NO_PAIRS
    return unknown_in(project, lanes) if layer.is_exact else ""
