"""What the training panel offers and says in each state: the table of its large button, and what is out of date.

Whether a button can be pressed is `Session.can`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fmviz.core.project import Project
from fmviz.engine.session import Session, Stale, State
from fmviz.views import words


@dataclass(frozen=True)
class Primary:
    """The one filled button in one state: its text, icon, tooltip and the session's slot that it calls."""

    text: str
    icon: str
    tip: str
    slot: str


_TRAIN = Primary("Train", "play", "Learn the flow from source to target from the beginning.", "train")
_AGAIN = Primary("Train again", "play", "Learn the flow anew, with the clouds and settings as they are now.", "train")
_PAUSE = Primary("Pause", "pause", "Hold training where it is.", "pause")
_RESUME = Primary("Resume", "play", "Go on with training.", "resume")

PRIMARY: Mapping[State, Primary] = {
    State.IDLE: _TRAIN,
    State.STARTING: _TRAIN,
    State.TRAINING: _PAUSE,
    State.PAUSED: _RESUME,
    State.STOPPING: _PAUSE,
    State.DONE: _AGAIN,
    State.FAILED: _AGAIN,
}

STALE_TEXT: Mapping[Stale, str] = {
    Stale.CLOUDS: "Clouds changed since training. Train again to see them learned.",
    Stale.SETTINGS: "Settings changed since training. Train again to see what they do.",
}
LATER_TEXT: Mapping[Stale, str] = {
    Stale.CLOUDS: "Clouds changed; they count from the next training: Stop, then Train again.",
    Stale.SETTINGS: "Settings changed; they count from the next training: Stop, then Train again.",
}


def is_wanted(session: Session, wanted: Project) -> bool:
    """Whether there is something to train: only then the large button has the accent colour."""
    if session.state in (State.TRAINING, State.STOPPING):
        return False
    return session.state is not State.DONE or bool(stale_text(session, wanted))


def stale_text(session: Session, wanted: Project) -> str:
    """Return how the pictures, or the run under way, differ from what is asked for; "" if they do not."""
    if session.state in (State.TRAINING, State.PAUSED):
        return LATER_TEXT.get(_differs_from_run(session.run_project, wanted), "")
    if session.state not in (State.IDLE, State.DONE, State.FAILED):
        return ""
    missing = _missing_lane(session, wanted) if session.stale is not Stale.CLOUDS else ""
    return missing or STALE_TEXT.get(session.stale, "")


def _differs_from_run(run: Project | None, wanted: Project) -> Stale:
    if run is None:
        return Stale.NONE
    if (run.source, run.target) != (wanted.source, wanted.target):
        return Stale.CLOUDS
    return Stale.NONE if run.learning == wanted.learning else Stale.SETTINGS


def _missing_lane(session: Session, wanted: Project) -> str:
    """Return which lane has no picture while another has one, or ""."""
    if all(entry is None for entry in session.snapshots):
        return ""
    for lane, entry in enumerate(session.snapshots):
        if entry is None:
            return f"{words.learned_nothing(wanted.marks[lane])}. Train again to compare."
    return ""
