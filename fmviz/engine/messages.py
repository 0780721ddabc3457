"""What the window asks of the engine, and what the engine says. Values only; see DESIGN of the contract below.

1. Values go in, values come out; arrays are fresh copies, nothing live is shared.
2. Requests are handled in order, between two breaths of the work under way.
3. News is `LaneProgress`, `FlowSnapshot` (from `core.frames`) or one of the classes below.
"""

from __future__ import annotations

from dataclasses import dataclass

from fmviz.core.frames import Pairs
from fmviz.core.project import Project, Weights


@dataclass(frozen=True, eq=False)
class Train:
    """Train all lanes of `project`. `weights` (one entry per lane) continue from there; () starts afresh.

    `more_steps` > 0 trains so many further steps on the run that the engine still holds (or on `weights`).
    """

    job: int
    project: Project
    weights: tuple[Weights | None, ...] = ()
    first_step: int = 0
    more_steps: int = 0


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
    """Draw one batch of pairs for each lane of `project`, trained or not."""

    job: int
    project: Project
    count: int = 256


@dataclass(frozen=True)
class Quit:
    """End the process."""


Request = Train | Pause | Resume | Stop | Discard | ShowPairs | Quit


@dataclass(frozen=True)
class Ready:
    """The engine can work; `device` is what the user reads, for example "CPU, 1 thread"."""

    device: str


@dataclass(frozen=True, eq=False)
class LaneWeights:
    """The newest averaged weights of a lane, sent beside each snapshot."""

    lane: int
    step: int
    weights: Weights


@dataclass(frozen=True, eq=False)
class PairsDrawn:
    """Answer to `ShowPairs`."""

    job: int
    lane: int
    pairs: Pairs


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
