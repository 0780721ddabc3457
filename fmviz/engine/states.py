"""What the engine is doing, as one table: every button's state follows from it and from nothing else."""

from __future__ import annotations

from enum import Enum


class State(Enum):
    """What the session is doing."""

    IDLE = "idle"
    STARTING = "starting"
    TRAINING = "training"
    PAUSED = "paused"
    STOPPING = "stopping"
    DONE = "done"
    FAILED = "failed"


class Stale(Enum):
    """How the picture differs from the document: not at all, in a setting, or in a cloud."""

    NONE = "none"
    SETTINGS = "settings"
    CLOUDS = "clouds"


# From each state, where it may go. STARTING means that Train was pressed before the engine could work.
TRANSITIONS: dict[State, frozenset[State]] = {
    State.IDLE: frozenset({State.STARTING, State.TRAINING, State.DONE}),
    State.STARTING: frozenset({State.TRAINING, State.IDLE, State.DONE, State.FAILED}),
    State.TRAINING: frozenset({State.PAUSED, State.STOPPING, State.DONE, State.FAILED, State.IDLE}),
    State.PAUSED: frozenset({State.TRAINING, State.STOPPING, State.DONE, State.FAILED, State.IDLE}),
    State.STOPPING: frozenset({State.DONE, State.FAILED, State.IDLE}),
    State.DONE: frozenset({State.STARTING, State.TRAINING, State.IDLE}),
    State.FAILED: frozenset({State.STARTING, State.TRAINING, State.IDLE, State.DONE}),
}

# In which states each action does something; elsewhere it is ignored, so a late click is harmless.
ACTIONS: dict[str, frozenset[State]] = {
    "train": frozenset({State.IDLE, State.TRAINING, State.PAUSED, State.DONE, State.FAILED}),
    "pause": frozenset({State.TRAINING}),
    "resume": frozenset({State.PAUSED}),
    "stop": frozenset({State.STARTING, State.TRAINING, State.PAUSED}),
    "reset": frozenset(State) - {State.IDLE},
    "train_longer": frozenset({State.DONE, State.FAILED}),
}
