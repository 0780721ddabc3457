"""What the window asks of the engine, and what the engine says: values only.

1. Values go in, values come out; arrays are fresh copies, nothing live is shared.
2. Requests are handled in order, between two breaths of the work under way.
3. What a run says comes in `RunNews` with the number of its job: a late word of an older run is dropped.
4. There is no request to quit: the window closes the pipe, and a window that dies closes it too.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from fmviz.core.frames import FlowSnapshot, LaneProgress, Pairs
from fmviz.core.project import KeptStep, LaneKept, Project, Weights

# The job of a failure that belongs to no run: the engine could not start.
NO_JOB = 0


@dataclass(frozen=True, eq=False)
class Train:
    """Train all lanes of `project`. `weights` (one entry per lane) continue from there; () starts afresh.

    Args:
        job: number of the run; larger than those before it.
        first_step: step of `weights`.
        more_steps: above 0, train so many further steps; 0 trains as long as the settings say.
        on_held_run: the engine still holds the run that made `weights`; go on with that one, its optimiser included.
    """

    job: int
    project: Project
    weights: tuple[Weights | None, ...] = ()
    first_step: int = 0
    more_steps: int = 0
    on_held_run: bool = False


@dataclass(frozen=True)
class Pause:
    """Stop stepping but keep the run."""


@dataclass(frozen=True)
class Resume:
    """Go on stepping."""


@dataclass(frozen=True)
class Stop:
    """End the run early; it is baked and reported as finished."""


@dataclass(frozen=True)
class Discard:
    """Drop the run and everything learned."""


@dataclass(frozen=True, eq=False)
class ShowPairs:
    """Draw one batch of pairs for each lane of `project`, trained or not. A newer request replaces an older one.

    Threads answer, beside the work: each lane at once without what takes long, and again when it has its optimum.
    """

    job: int
    project: Project
    count: int


@dataclass(frozen=True, eq=False)
class BakeStep:
    """Bake the picture that lane `lane` of `project` had with `kept`; needs no run.

    Requests are answered in order, by turns with a training, which they leave at least three quarters of the time.
    """

    job: int
    project: Project
    lane: int
    kept: KeptStep


Request = Train | Pause | Resume | Stop | Discard | ShowPairs | BakeStep


@dataclass(frozen=True)
class Ready:
    """The engine can work; `device` is what the user reads, for example "CPU, 1 thread"."""

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


@dataclass(frozen=True, eq=False)
class StepBaked:
    """Answer to `BakeStep`: the picture, its `lane` and `step` as asked; or None if it could not be made."""

    job: int
    lane: int
    step: int
    snapshot: FlowSnapshot | None


@dataclass(frozen=True, eq=False)
class PairsDrawn:
    """Answer to `ShowPairs`, complete once the pairs have an optimum; None if they cannot be drawn."""

    job: int
    lane: int
    pairs: Pairs | None


@dataclass(frozen=True)
class Finished:
    """The run of job `job` has ended; was_stopped tells an early end from a complete one."""

    job: int
    was_stopped: bool


@dataclass(frozen=True)
class Failed:
    """The run of job `job` cannot go on; the message is one sentence for the user."""

    job: int
    message: str


@dataclass(frozen=True)
class Notice:
    """Something the user should know although work goes on."""

    message: str


News = Ready | RunNews | PairsDrawn | StepBaked | Finished | Failed | Notice


def conflation_key(news: object) -> Hashable | None:
    """Say which news replace each other: what a run says about one lane, and the pairs of one lane; None: no other."""
    match news:
        case RunNews(value=LaneKept()):
            return None
        case RunNews(value=value):
            return type(value), value.lane
        case PairsDrawn(lane=lane):
            return PairsDrawn, lane
    return None
