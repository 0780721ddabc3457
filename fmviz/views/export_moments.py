"""Earlier moments of training for an export: gathered by the step head, with progress, kept while they hold."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QObject, Signal, SignalInstance

from fmviz.core.film import Moment

# In a minute nobody tells more apart; each takes about a tenth of a second to bake.
_MOST = 60


class Gatherer(Protocol):
    """What is asked for the moments: `engine.step_head.StepHead`."""

    @property
    def steps(self) -> tuple[int, ...]: ...
    @property
    def gathered(self) -> SignalInstance: ...
    @property
    def gathering(self) -> SignalInstance: ...


class Moments(QObject):
    """The moments of one training, once they were asked for."""

    availability_changed = Signal()

    def __init__(self, head: Gatherer | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._head = head
        self.gathered: tuple[Moment, ...] | None = None

    @property
    def can_gather(self) -> bool:
        """Whether there is a course of training to show."""
        return self._head is not None and len(self._head.steps) > 1
