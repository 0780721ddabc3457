"""What can be asked of what was learned, and of films that show it: small frozen values, equal if their answers are.

A question names what it is about by numbers, never by the points or weights themselves. `engine.asker` asks for the
window; `flow.answers` and `film.answers` have one generator for each kind of question.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import ClassVar

from fmviz.core.config import BatchSettings, Sampling
from fmviz.core.export_spec import ExportSpec
from fmviz.core.extent import Extent
from fmviz.core.follow import Place, Starts
from fmviz.core.lanes import LaneMark
from fmviz.core.style import Style


@dataclass(frozen=True)
class FlowId:
    """Which learned weights.

    Args:
        run: number of the training, or of the file, that they come from; the window gives each number once.
        lane: index in that run.
        step: training step.
    """

    run: int
    lane: int
    step: int


class Lacking(Exception):
    """Raised by what answers a question: it knows nothing, or nothing any more, of what is called `key`."""

    def __init__(self, key: Hashable) -> None:
        super().__init__(f"nothing is known of {key}")
        self.key = key


@dataclass(frozen=True)
class OfFlow:
    """A question about learned weights; `said` is what it asks for, for a sentence, with room for the training step."""

    said: ClassVar[str]
    flow: FlowId

    @property
    def words(self) -> str:
        """What it asks for, for a sentence."""
        return self.said.format(f"{self.flow.step:,}")


@dataclass(frozen=True)
class Animation(OfFlow):
    """All that the stage plays of one flow; the answer is a `frames.FlowSnapshot` of lane 0, without curves and pairs.

    Args:
        is_fine: as fine as a finished training is drawn, with its numbers; else as finely as pictures can be made that
            follow each other quickly. Partial answers are coarser, or lack the numbers.
    """

    said: ClassVar[str] = "the picture of training step {}"
    sampling: Sampling
    is_fine: bool = True


@dataclass(frozen=True)
class PairBatch:
    """One batch of pairs; the answer is a `frames.Pairs`, of which `optimum` and `usual` may come later.

    Args:
        problem: number of the clouds and the seed; the window gives each number once.
        coupling: key of the coupling.
        size: how many pairs.
        settings: what else decides how it is paired; see `Learning.batch_settings`.
    """

    problem: int
    coupling: str
    size: int
    settings: BatchSettings = ()

    @property
    def words(self) -> str:
        """What it asks for, for a sentence."""
        return f"a batch of {self.size:,} pairs"


@dataclass(frozen=True)
class FieldGrid(OfFlow):
    """Values of a flow over a part of the plane; the answer is a `frames.Grid`.

    Args:
        extent: which part.
        count: nodes along each of its edges.
        layer: name of the layer whose values they are; "" for the velocity.
    """

    said: ClassVar[str] = "the field of training step {} from nearby"
    extent: Extent
    count: int
    layer: str = ""


@dataclass(frozen=True)
class DensityPoints(OfFlow):
    """Many points that a flow carries, for densities; the answer is a `many.ManyPoints`.

    Args:
        is_fine: as many as a density is drawn of, of which fewer are a partial answer; else as many as can follow a
            training.
    """

    said: ClassVar[str] = "the density of training step {}"
    sampling: Sampling
    is_fine: bool = True


@dataclass(frozen=True)
class LogDensity(OfFlow):
    """The density of a flow itself, for all times; the answer is a `log_density.LogDensities`.

    Args:
        is_fine: as fine as a picture is drawn, of which coarser ones are partial answers; else as fine as can follow a
            training.
        first: the time that is worked out first; it changes nothing about the answer.
        only: the one time that is wanted, None for all.
    """

    said: ClassVar[str] = "the exact density of training step {}"
    is_fine: bool = True
    first: float = field(default=0.5, compare=False)
    only: float | None = None


@dataclass(frozen=True)
class OwnPaths(OfFlow):
    """Where a flow carries particles from chosen starts; the answer is a `carried.Carried`.

    Args:
        starts: where they start.
        is_fine: with all evaluations and times of a fine picture; else as an `Animation` that is not fine.
    """

    said: ClassVar[str] = "the paths of followed particles at training step {}"
    sampling: Sampling
    starts: Starts
    is_fine: bool = True


@dataclass(frozen=True)
class ProbedPlace(OfFlow):
    """What a flow does at one place at all times; the answer is a `probe.Probed`, of which much comes later.

    Args:
        place: where.
        is_fine: at as many times as a fine picture has; else as an `Animation` that is not fine.
        near: the time that is shown, whose numbers come first; another one is no other question.
    """

    said: ClassVar[str] = "the velocity at the probe at training step {}"
    place: Place
    is_fine: bool = True
    near: float = field(default=0.0, compare=False)


@dataclass(frozen=True)
class GradientTest(OfFlow):
    """Both losses' gradients at the weights of a flow; the answer is a `panels.Gradients`, filled part by part."""

    said: ClassVar[str] = "the two gradients at training step {}"


@dataclass(frozen=True)
class ContinuityTest(OfFlow):
    """Both sides of the continuity equation for a flow; the answer is a `panels.Continuity`, filled time by time.
    """

    said: ClassVar[str] = "the continuity equation at training step {}"


@dataclass(frozen=True)
class ErrorAgainstEvaluations(OfFlow):
    """How far solvers miss over how many evaluations; the answer is a `panels.SolverErrors`, filled one by one.
    """

    said: ClassVar[str] = "the errors of the solvers at training step {}"


@dataclass(frozen=True)
class FilmFrame:
    """One picture of a film, as it will be in the file; the answer is its pixels (H, W), of Qt's 32 bits each.

    Args:
        moments: number of the film's moments; the window gives each number once.
        style, spec, marks: the film's.
        index: of the picture in the film.
        room: width and height that it is scaled down to, pixels.
    """

    moments: int
    style: Style
    spec: ExportSpec
    marks: tuple[LaneMark, ...]
    index: int
    room: tuple[int, int]
    words: ClassVar[str] = "the preview"


@dataclass(frozen=True)
class FilmSize:
    """How large the file of a film gets, and how long that takes; the answer is a `film.estimate.Estimate`.

    It hardly depends on what the moments show: `count` is how many there are.
    """

    style: Style
    spec: ExportSpec
    count: int
    words: ClassVar[str] = "the estimate"


Question = (Animation | PairBatch | FieldGrid | DensityPoints | LogDensity | OwnPaths | ProbedPlace | GradientTest
            | ContinuityTest | ErrorAgainstEvaluations | FilmFrame | FilmSize)
