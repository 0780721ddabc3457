"""The panels of mathematics: pictures beside the stage, each of one law that can be seen to hold.

An answer holds the numbers of one flow. A row says what is asked of which flows and where that has an answer;
`canvas.panels` draws the answers under the same key, in the window and in files.
Source of continuity and gradients: Lipman et al., ICLR 2023, arXiv 2210.02747, appendix A and theorem 2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fmviz.core.cloud import FloatArray, Side
from fmviz.core.config import FlowConfig, Learning, Sampling
from fmviz.core.errors import row_of
from fmviz.core.frames import UNLEARNED, Grid
from fmviz.core.lanes import LaneMark
from fmviz.core.models import MODELS, NETWORK, NO_VELOCITY
from fmviz.core.possible import why_no_density
from fmviz.core.project import Project
from fmviz.core.questions import ContinuityTest, ErrorAgainstEvaluations, FlowId, GradientTest, Question
from fmviz.core.solvers import SOLVERS
from fmviz.core.tabular import Column, Table

FEWEST_SAMPLES, MOST_SAMPLES = 256, 65_536
BATCH_SIZES = tuple(FEWEST_SAMPLES * 2**k for k in range((MOST_SAMPLES // FEWEST_SAMPLES).bit_length()))
MOST_NFE = 128
TOLERANCES = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5)


class PanelAnswer(Protocol):
    """What a panel draws of one flow; a partial one holds what is known so far."""

    @property
    def done(self) -> float:
        """Share of the work, 1 for all of it."""

    def table(self) -> Table:
        """Return the numbers that can be copied."""


def compared_solvers() -> list[str]:
    """Return the solvers that are compared: those with a curve of their own."""
    return [key for key, row in SOLVERS.items() if row.dashes is not None]


@dataclass(frozen=True, eq=False)
class SolverErrors:
    """How far each solver misses the end of the trajectories, over how many evaluations of the field it takes.

        error = (mean |x - x*|^2)^(1/2)    at t = 1, x* by many small steps of the same learned field

    It says nothing of the field itself; W2 to fresh target points beside its floor does.

    Args:
        solver: (S,) keys.
        nfe: (S,) evaluations along each trajectory.
        tolerance: (S,) of an adaptive solver, NaN of the others.
        error: (S,) root mean square miss at t = 1, world units.
        w2: (S,) to fresh target points, world units.
        w2_floor: W2 of two samples of the target, None if it is not known yet.
        done: share of the work.
    """

    solver: tuple[str, ...]
    nfe: NDArray[np.int64]
    tolerance: NDArray[np.float64]
    error: NDArray[np.float64]
    w2: NDArray[np.float64]
    w2_floor: float | None = None
    done: float = 0.0

    def of(self, solver: str) -> NDArray[np.int64]:
        """Return the rows of a solver, by evaluations."""
        rows = np.array([k for k, key in enumerate(self.solver) if key == solver], dtype=np.int64)
        return rows[np.argsort(self.nfe[rows], kind="stable")]

    def evaluations_to(self, error: float, solver: str) -> int | None:
        """Return with how few evaluations a solver misses by no more than an error; None if it never does."""
        rows = self.of(solver)
        met = rows[self.error[rows] <= error]
        return int(self.nfe[met].min()) if len(met) else None

    def table(self) -> Table:
        """Return the numbers, a row for each solver and number of evaluations."""
        columns = (Column("Solver", is_text=True), Column("Evaluations"), Column("Tolerance", 6), Column("Error", 5),
                   Column("W2", 3, "$W_2$"), Column("W2 floor", 3, "$W_2$ floor"))
        rows = [k for solver in compared_solvers() for k in self.of(solver).tolist()]
        return Table(columns, tuple(
            (SOLVERS[self.solver[k]].label, float(self.nfe[k]),
             _known(self.tolerance[k]), float(self.error[k]), float(self.w2[k]), self.w2_floor) for k in rows))


@dataclass(frozen=True, eq=False)
class Continuity:
    """The continuity equation at some times: how the density changes at each place, and what a field carries there.

        d/dt p(x, t) = -div (p(x, t) u(x, t))

    It holds for the exact field at every place and time. With a learned field v in the place of u something is left:

        rest = integral |dp/dt + div (p v)| dx / integral |dp/dt| dx

    Args:
        maps: (L, G, G, 3) dp/dt, -div (p u) and -div (p v), per square world unit and unit of t; L = 0 at first.
        exact, learned: (L,) what each field leaves.
        step: of the differences, as a share of the deviation of the path at that time.
        is_closed: whether the exact field is a closed form; a convolution on a raster errs by itself.
        note: what else there is to say of the exact field.
        done: share of the work.
        is_exact: whether the flow goes along the exact field, so that nothing of it is learned.
    """

    maps: Grid
    exact: NDArray[np.float64]
    learned: NDArray[np.float64]
    step: float
    is_closed: bool = True
    note: str = ""
    done: float = 0.0
    is_exact: bool = False

    @property
    def limit(self) -> float:
        """The end of the scale of all maps at all times: most of them have a stronger change, the ends of t far."""
        most = np.abs(self.maps.values[..., 0]).max(axis=(1, 2)) if len(self.maps.t) else np.zeros(0)
        return float(np.median(most)) if len(most) and np.median(most) > 0 else 1.0

    def at(self, t: float) -> FloatArray:
        """Return the maps (G, G, 3) at a time, those of the nearest one beyond the first and the last."""
        return self.maps.at(self.within(t))

    def rests(self, t: float) -> tuple[float, float]:
        """Return what the exact and the learned field leave at a time."""
        return (float(np.interp(self.within(t), self.maps.t, self.exact)),
                float(np.interp(self.within(t), self.maps.t, self.learned)))

    def within(self, t: float) -> float:
        """Return the time, or the first or last that is known."""
        return min(max(t, float(self.maps.t[0])), float(self.maps.t[-1]))

    def table(self) -> Table:
        """Return what is left at each time."""
        columns = Column("t", 2), Column("Rest, exact", 5), Column("Rest, learned", 4)
        values = (self.maps.t, self.exact) if self.is_exact else (self.maps.t, self.exact, self.learned)
        return Table(columns[:len(values)], tuple(tuple(map(float, row)) for row in zip(*values, strict=True)))


@dataclass(frozen=True, eq=False)
class Gradients:
    """Two gradients at the weights of one network, compared over batch sizes: what theorem 1 says of them.

        L_CFM = E |ut - v(xt, t)|^2        L_FM = E |u(xt, t) - v(xt, t)|^2        L_CFM - L_FM = E |ut - u(xt, t)|^2

    The difference does not depend on the weights, so in the mean both losses have one gradient. Of B samples they
    differ by noise, which falls as B^(-1/2).

    Args:
        batch: (S,) samples B of a batch, ascending; () as long as nothing is known.
        draws: (S,) how many batches of each size.
        cosine: (S,) mean cosine between the gradients of a batch, NaN where one of them is 0.
        spread: (S,) its standard deviation over the batches.
        difference: (S,) root of E |g_CFM - g_FM|^2 over the batches, as a share of |g_FM| of all samples; NaN where
            that is 0.
        cfm, fm, constant: L_CFM, L_FM and E |ut - u|^2, squared world units per t, None as long as they are not known.
        error: standard error of L_CFM - L_FM - constant, which is 0 in the mean.
        note: what else there is to say of the exact field.
        done: share of the work.
    """

    batch: NDArray[np.int64]
    draws: NDArray[np.int64]
    cosine: NDArray[np.float64]
    spread: NDArray[np.float64]
    difference: NDArray[np.float64]
    cfm: float | None = None
    fm: float | None = None
    constant: float | None = None
    error: float | None = None
    note: str = ""
    done: float = 0.0

    def table(self) -> Table:
        """Return the numbers, a row for each size."""
        columns = (Column("Batch"), Column("Batches"), Column("Cosine", 4, r"$\cos$"), Column("Deviation", 4),
                   Column("Relative difference", 4), Column("L_CFM", 4, r"$L_{CFM}$"), Column("L_FM", 4, r"$L_{FM}$"),
                   Column("Constant", 4))
        return Table(columns, tuple(
            (float(self.batch[k]), float(self.draws[k]), *(_known(values[k]) for values in
                                                           (self.cosine, self.spread, self.difference)),
             self.cfm, self.fm, self.constant) for k in range(len(self.batch))))


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


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
