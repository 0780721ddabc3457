"""How an export stands, as a value: what a view shows of it. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path


class ExportState(Enum):
    """Where an export stands; the last three are its endings."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_ended(self) -> bool:
        return self in (ExportState.DONE, ExportState.FAILED, ExportState.CANCELLED)


@dataclass(frozen=True)
class Export:
    """One export as it stands.

    Args:
        number: its own, ascending.
        path: the file, or the folder of frames.
        done, total: frames; total is 0 until it is known.
        seconds_left: 0 until it can be estimated.
        n_bytes: size of what was made.
        message: why it failed, one sentence.
    """

    number: int
    path: Path
    state: ExportState = ExportState.WAITING
    done: int = 0
    total: int = 0
    seconds_left: float = 0.0
    n_bytes: int = 0
    message: str = ""
