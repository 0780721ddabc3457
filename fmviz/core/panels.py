"""The panels of mathematics: pictures beside the stage, each of one law that can be seen to hold.

A row says what is asked of which flows and where that has an answer; `canvas.panels` draws the answers under the same
key, in the window and in files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from fmviz.core.cloud import Side
from fmviz.core.config import FlowConfig, Learning, Sampling
from fmviz.core.errors import row_of
from fmviz.core.frames import UNLEARNED
from fmviz.core.lanes import LaneMark
from fmviz.core.models import MODELS, NETWORK, NO_VELOCITY
from fmviz.core.possible import why_no_density
from fmviz.core.project import Project
from fmviz.core.questions import ContinuityTest, ErrorAgainstEvaluations, FlowId, GradientTest, Question
from fmviz.core.tabular import Column, Table


class PanelAnswer(Protocol):
    """What a panel draws of one flow; a partial one holds what is known so far."""

    @property
    def done(self) -> float:
        """Share of the work, 1 for all of it."""

    def table(self) -> Table:
        """Return the numbers that can be copied."""


@dataclass(frozen=True)
class PanelLane:
    """What a panel shows of one lane.

    Args:
        mark: how the lane is told from the others.
        step: training step of the flow, or UNLEARNED.
        config: what it was learned and is sampled with.
        answer: what is known, None for nothing yet.
        why_not: why there will be no answer, one sentence, "" if there may be one.
    """

    mark: LaneMark
    step: int
    config: FlowConfig
    answer: PanelAnswer | None = None
    why_not: str = ""


@dataclass(frozen=True)
class PanelRow:
    """One panel.

    Args:
        key: what flags hold.
        label: its name for people.
        help: what it shows, one sentence.
        question: what is asked of a flow, as its lane is sampled.
        why_not: returns why it has no answer for two sides and settings of learning, one sentence, or "".
        shows_all: whether all lanes stand in one picture; else one is chosen.
        follows_t: whether the picture is another one at another t.
    """

    key: str
    label: str
    help: str
    question: Callable[[FlowId, Sampling], Question]
    why_not: Callable[[Side, Side, Learning], str]
    shows_all: bool = False
    follows_t: bool = False


def _why_no_velocity(source: Side, target: Side, learning: Learning) -> str:
    return NO_VELOCITY if MODELS[learning.model].is_map else ""


def _why_no_sides(source: Side, target: Side, learning: Learning) -> str:
    return _why_no_velocity(source, target, learning) or why_no_density(source, target, learning)


def _why_no_gradients(source: Side, target: Side, learning: Learning) -> str:
    if learning.model != NETWORK:
        return f"The gradients are those of a network's weights; choose {MODELS[NETWORK].label} as the model."
    return why_no_density(source, target, learning)


PANELS: dict[str, PanelRow] = {
    row.key: row
    for row in (
        PanelRow("gradients", "Two losses, one gradient",
                 "The loss that is trained and the one that is meant have the same gradient, up to the noise of a "
                 "batch: theorem 1.", lambda flow, sampling: GradientTest(flow), _why_no_gradients),
        PanelRow("continuity", "Nothing is lost",
                 "Where the density grows, the field carries more in than out: the continuity equation.",
                 lambda flow, sampling: ContinuityTest(flow), _why_no_sides, follows_t=True),
        PanelRow("evaluations", "Error against evaluations",
                 "How far each solver misses the ends of the trajectories over how often it evaluates the field: a "
                 "straight flow pays in few equal steps, not always in adaptive ones.",
                 lambda flow, sampling: ErrorAgainstEvaluations(flow), _why_no_velocity, shows_all=True),
    )
}


def panel_of(key: str) -> PanelRow:
    """Return the row of a panel.

    Raises:
        ConfigError: there is none of that key.
    """
    return row_of(PANELS, key, "panel")


def why_not(row: PanelRow, project: Project, lane: int) -> str:
    """Return why a panel has no answer for a lane of a project, one sentence, or ""."""
    return row.why_not(project.source, project.target, project.lanes[lane].learning)


def panel_table(lanes: Sequence[PanelLane]) -> Table:
    """Return the numbers of all lanes that a panel shows, one table with the lane and its step in front."""
    parts = [(lane, lane.answer.table()) for lane in lanes if lane.answer is not None]
    if not parts:
        return Table((), ())
    return Table((Column("Pane", is_text=True), Column("Step"), *parts[0][1].columns),
                 tuple((lane.mark.name, None if lane.step == UNLEARNED else float(lane.step), *row)
                       for lane, table in parts for row in table.rows))
