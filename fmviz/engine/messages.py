"""What the window asks of a child process, the engine most of all, and what that says: values only.

1. Values go in, values come out; arrays are fresh copies, nothing live is shared.
2. Requests are handled in order, between two breaths of the work under way.
3. What a run says comes in `RunNews` with the number of its job: a late word of an older run is dropped.
4. There is no request to quit: the window closes the pipe, and a window that dies closes it too.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from fmviz.core.config import Sampling
from fmviz.core.frames import FlowSnapshot, LaneProgress
from fmviz.core.project import LaneKept, Project, Weights
from fmviz.core.questions import FlowId, Question

# The job of a failure that belongs to no run: the process could not start.
NO_JOB = 0


@dataclass(frozen=True, eq=False)
class Train:
    """Train all lanes of `project`. `flows` (one entry per lane) continue from there; () starts afresh.

    Args:
        job: number of the run; larger than those before it.
        first_steps: steps that `flows` have seen.
        more_steps: of each lane, above 0, train so many further steps; 0, and (), is as long as the settings say.
        goes_on: the engine still holds the run that made `flows`; go on with that one, its optimiser included.
    """

    job: int
    project: Project
    flows: tuple[FlowId, ...] = ()
    first_steps: tuple[int, ...] = ()
    more_steps: tuple[int, ...] = ()
    goes_on: bool = False


@dataclass(frozen=True)
class Pause:
    """Stop stepping but keep the run."""


@dataclass(frozen=True)
class Resume:
    """Go on stepping."""


@dataclass(frozen=True)
class Stop:
    """End the run early; it is baked, measured and reported as finished. Another one, or one while it is measured,
    skips what is yet to be measured.
    """


@dataclass(frozen=True)
class Discard:
    """Drop the run and everything learned."""


@dataclass(frozen=True)
class Sample:
    """Sample the run's lanes from now on like this, one entry for each."""

    samplings: tuple[Sampling, ...]


@dataclass(frozen=True)
class Ask:
    """Answer a question, those of a lower rank first. A training keeps at least three quarters of the time."""

    question: Question
    rank: int = 0


@dataclass(frozen=True)
class Cancel:
    """Nobody wants that answer any more."""

    question: Question


@dataclass(frozen=True, eq=False)
class Provide:
    """What a process has called missing: a `LearnedFlow`, for example; None if it is gone."""

    key: Hashable
    fact: Any


Request = Train | Pause | Resume | Stop | Discard | Sample | Ask | Cancel | Provide


@dataclass(frozen=True)
class Ready:
    """It can work; `device` is what the user reads of the engine, for example "CPU, 1 thread"."""

    device: str


@dataclass(frozen=True, eq=False)
class LaneWeights:
    """The newest averaged weights of a lane, sent just before each snapshot."""

    lane: int
    step: int
    weights: Weights


@dataclass(frozen=True, eq=False)
class RunNews:
    """News of the run with number `job`; the newest of each kind and lane replaces the one before it."""

    job: int
    value: LaneProgress | FlowSnapshot | LaneWeights | LaneKept


@dataclass(frozen=True)
class Begun:
    """Work on a question has begun; the process that ends before its answer may have died of it."""

    question: Question


@dataclass(frozen=True)
class Missing:
    """What is called so is needed; `Provide` answers."""

    key: Hashable


@dataclass(frozen=True, eq=False)
class Answered:
    """An answer, or a part of it; or, with a complaint, one sentence why there is none."""

    question: Question
    value: object
    is_whole: bool = True
    complaint: str = ""


@dataclass(frozen=True)
class Finished:
    """The run of job `job` has ended, early or complete."""

    job: int


@dataclass(frozen=True)
class Failed:
    """The run of job `job` cannot go on; the message is one sentence for the user."""

    job: int
    message: str


@dataclass(frozen=True)
class Notice:
    """Something the user should know although work goes on."""

    message: str


News = Ready | RunNews | Begun | Missing | Answered | Finished | Failed | Notice


def conflation_key(news: object) -> Hashable | None:
    """Say which news replace each other: what a run says about one lane, the parts of one answer; None: no other."""
    match news:
        case RunNews(value=LaneKept()):
            return None
        case RunNews(value=value):
            return type(value), value.lane
        case Answered(question=question):
            return Answered, question
    return None
