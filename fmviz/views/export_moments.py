"""Earlier moments of training for an export: gathered by the step head, with progress, kept while they hold."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from fmviz.core.film import Moment
from fmviz.engine.step_head import StepHead

# In a minute nobody tells more apart; each takes about a tenth of a second to bake.
MOST = 60


class Moments(QObject):
    """The moments of one training, once they were asked for.

    While training goes on they are gathered again now and then, and the old ones hold until the new ones are there.

    Signals:
        changed(): they are there, or there are other steps.
        progressed(done, total): how many steps are prepared.
    """

    changed = Signal()
    progressed = Signal(int, int)

    def __init__(self, head: StepHead, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.head = head
        self._gathered: tuple[Moment, ...] | None = None
        self._of: tuple[int, ...] = ()
        self._is_gathering = False
        head.steps_changed.connect(self._follow_steps)
        head.gathering.connect(self._go_on)
        head.gathered.connect(self._take)

    @property
    def can_gather(self) -> bool:
        """Whether there is a course of training to show."""
        return len(self.head.steps) > 1

    @property
    def is_gathering(self) -> bool:
        """Whether steps are being prepared."""
        return self._is_gathering

    @property
    def gathered(self) -> tuple[Moment, ...] | None:
        """The moments, oldest first, or None if they are not there yet."""
        return self._gathered

    def want(self) -> None:
        """Gather the moments, unless those that there are hold; `changed` follows."""
        if self.can_gather and not self._is_gathering and self._of != self.head.steps:
            self._is_gathering = True
            self._of = self.head.steps
            self.head.gather(MOST)

    def cancel(self) -> None:
        """Give the gathering up."""
        if self._is_gathering:
            self._is_gathering = False
            self._of = ()
            self.head.cancel_gathering()

    def _follow_steps(self) -> None:
        if not self.can_gather:
            self.cancel()
            self._gathered, self._of = None, ()
        self.changed.emit()

    def _go_on(self, done: int, total: int) -> None:
        if self._is_gathering:
            self.progressed.emit(done, total)

    def _take(self, moments: tuple[Moment, ...] | None) -> None:
        if self._is_gathering:
            self._is_gathering = False
            self._gathered = moments
            self.changed.emit()
