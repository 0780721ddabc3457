"""Earlier moments of training for an export: gathered by the step head, with progress, kept while they hold.

What the stage shows stays as it is meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from fmviz.core.film import Moment
from fmviz.engine.step_head import Course, StepHead

# In a minute nobody tells more apart; each takes about a tenth of a second to bake.
MOST = 60


@dataclass(frozen=True)
class _Wanted:
    """Pictures of one step, or of a whole course: `steps` are those that there were to choose from."""

    steps: tuple[int, ...]
    course: Course
    is_one: bool = False


class Moments(QObject):
    """The moments of one training, and the pictures of one step, once they were asked for.

    While training goes on the moments are gathered again now and then, and the old ones hold until the new ones are
    there.

    Signals:
        changed(): they are there, or there are other steps.
        progressed(done, total): how many steps are prepared.
    """

    changed = Signal()
    progressed = Signal(int, int)

    def __init__(self, head: StepHead, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.head = head
        self._under_way: _Wanted | None = None
        # What was gathered last, by `is_one`; None where nothing came of it.
        self._had: dict[bool, tuple[_Wanted, tuple[Moment, ...] | None]] = {}
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
        return self._under_way is not None

    @property
    def gathered(self) -> tuple[Moment, ...] | None:
        """The moments, oldest first, or None if they are not there yet."""
        wanted, moments = self._had.get(False, (None, None))
        return moments if wanted is not None and wanted.course == self.head.course else None

    def at_step(self, step: int) -> Moment | None:
        """Return the pictures of a kept step, or None if they are not there yet."""
        moments = self._had.get(True, (None, None))[1] if self._is_had(self._one(step)) else None
        return moments[0] if moments else None

    def is_lost(self, step: int) -> bool:
        """Whether the pictures of a kept step were asked for and cannot be had."""
        return self._is_had(self._one(step)) and self.at_step(step) is None

    def want(self) -> None:
        """Gather the moments, unless those that there are hold; `changed` follows."""
        wanted = _Wanted(self.head.steps, self.head.course)
        if self.can_gather and (self._under_way is None or self._under_way.is_one) and not self._is_had(wanted):
            self._under_way = wanted
            self.head.gather(MOST)

    def want_step(self, step: int) -> None:
        """Gather the pictures of a kept step, unless they are there; `changed` follows."""
        wanted = self._one(step)
        if self._under_way != wanted and not self._is_had(wanted):
            self._under_way = wanted
            self.head.gather_step(step)

    def cancel(self) -> None:
        """Give the gathering up; what came to nothing is tried again when it is wanted next."""
        self._had = {is_one: had for is_one, had in self._had.items() if had[1] is not None}
        if self._under_way is not None:
            self._under_way = None
            self.head.cancel_gathering()

    def _one(self, step: int) -> _Wanted:
        return _Wanted((step,), self.head.course, is_one=True)

    def _is_had(self, wanted: _Wanted) -> bool:
        return wanted.is_one in self._had and self._had[wanted.is_one][0] == wanted

    def _follow_steps(self) -> None:
        if not self.can_gather:
            self.cancel()
            self._had.clear()
        self.changed.emit()

    def _go_on(self, done: int, total: int) -> None:
        if self._under_way is not None:
            self.progressed.emit(done, total)

    def _take(self, moments: tuple[Moment, ...] | None) -> None:
        if (wanted := self._under_way) is not None:
            self._under_way = None
            self._had[wanted.is_one] = wanted, moments
            self.changed.emit()
