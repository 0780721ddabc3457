"""For which lanes each model can be chosen, and why not for others: one sentence, under the keys of `core.models`."""

from __future__ import annotations

from collections.abc import Callable

from fmviz.core.cloud import Side
from fmviz.core.config import FIELD, Learning
from fmviz.core.errors import ConfigError
from fmviz.core.exact_known import why_no_exact_field
from fmviz.core.lanes import LETTERS, MAX_LANES
from fmviz.core.models import EXACT, MODELS, NETWORK, NORMALIZING
from fmviz.core.project import Project
from fmviz.core.spread import why_no_map

WHY_NOT: dict[str, Callable[[Side, Side, Learning], str]] = {
    NETWORK: lambda source, target, learning: "",
    EXACT: why_no_exact_field,
    NORMALIZING: lambda source, target, learning: why_no_map(source, target),
}


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
