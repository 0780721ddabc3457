"""What can be asked of what was learned: small frozen values, equal exactly if their answers are.

A question names what it is about by numbers, never by the points or weights themselves. `engine.asker` asks for the
window, `flow.answers` has one generator for each kind of question.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from fmviz.core.config import Sampling
from fmviz.core.extent import Extent

# Nodes along an edge of a part of the field that somebody looks at closely: as many as of a whole picture.
DETAIL_NODES = 57


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
class Animation:
    """All that the stage plays of one flow; the answer is a `frames.FlowSnapshot` of lane 0, without curves and pairs.

    Args:
        is_fine: as fine as a finished training is drawn, with its numbers; else as finely as pictures can be made that
            follow each other quickly. Partial answers are coarser, or lack the numbers.
    """

    flow: FlowId
    sampling: Sampling
    is_fine: bool = True

    @property
    def words(self) -> str:
        """What it asks for, for a sentence."""
        return f"the picture of training step {self.flow.step:,}"


@dataclass(frozen=True)
class PairBatch:
    """One batch of pairs; the answer is a `frames.Pairs`, of which `optimum` and `usual` may come later.

    Args:
        problem: number of the clouds and the seed; the window gives each number once.
        coupling: key of the coupling.
        size: how many pairs.
    """

    problem: int
    coupling: str
    size: int

    @property
    def words(self) -> str:
        """What it asks for, for a sentence."""
        return f"a batch of {self.size:,} pairs"


@dataclass(frozen=True)
class FieldGrid:
    """Values of a flow over a part of the plane; the answer is a `frames.Grid`.

    Args:
        extent: which part.
        count: nodes along each of its edges.
        layer: name of the layer whose values they are; "" for the velocity.
    """

    flow: FlowId
    extent: Extent
    count: int
    layer: str = ""

    @property
    def words(self) -> str:
        """What it asks for, for a sentence."""
        return f"the field of training step {self.flow.step:,} from nearby"


Question = Animation | PairBatch | FieldGrid
