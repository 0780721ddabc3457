"""What a lane can have, and why not: a model, under the keys of `core.models`, its exact field, something to draw in a
layer. Words for people, one sentence each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fmviz.core.cloud import Side
from fmviz.core.config import FIELD, Learning
from fmviz.core.couplings import COUPLINGS, DISPLACEMENT, MARGINAL, coupling_of
from fmviz.core.errors import ConfigError
from fmviz.core.lanes import LETTERS, MAX_LANES
from fmviz.core.layers import LayerRow
from fmviz.core.marginal import why_unknown
from fmviz.core.models import EXACT, MODELS, NETWORK, NO_PAIRS, NO_VELOCITY, NORMALIZING
from fmviz.core.project import Project
from fmviz.core.spread import why_no_map

_OF_REFLOW = ("With reflow a network learns from pairs of its own flow, of which neither the exact field nor the least "
              "loss is known; set the reflow rounds to 0.")


def why_impossible(model: str, source: Side, target: Side, learning: Learning) -> str:
    """Return why a lane with these settings cannot have a model, one sentence; "" if it can."""
    return WHY_NOT[model](source, target, learning)


def why_no_reflow(project: Project, lane: int) -> str:
    """Return why there cannot be one more lane with one more round of reflow than a lane has, one sentence, or ""."""
    config, letter, most = project.lanes[lane], LETTERS[lane], FIELD["reflow"].high
    if len(project.lanes) == MAX_LANES:
        return f"There are {MAX_LANES} panes already; remove one first."
    if not config.uses("reflow"):
        return (f"Pane {letter} is the {MODELS[config.model].label.lower()}; only a network learns from pairs of its "
                "own flow: choose Network as its model.")
    return "" if config.rounds <= most else f"Pane {letter} has {most:g} rounds of reflow, and none can have more."


def check_models(project: Project) -> None:
    """Check that each lane can have its model.

    Raises:
        ConfigError: one cannot; the sentence says why.
    """
    for letter, config in zip(LETTERS, project.lanes, strict=False):
        if why := why_impossible(config.model, project.source, project.target, config.learning):
            what = MODELS[config.model].label.lower()
            raise ConfigError(why if len(project.lanes) == 1 else f"Pane {letter} cannot be the {what}. {why}")


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


WHY_NOT: dict[str, Callable[[Side, Side, Learning], str]] = {
    NETWORK: lambda source, target, learning: "",
    EXACT: why_no_exact_field,
    NORMALIZING: lambda source, target, learning: why_no_map(source, target),
}
