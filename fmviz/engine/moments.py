"""Earlier moments of training for an export: asked of the engine, with progress, kept while they hold.

What the stage shows stays as it is meanwhile.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from PySide6.QtCore import QObject, Signal, Slot

from fmviz.core.film import Moment
from fmviz.core.kept import paced_steps
from fmviz.core.questions import Animation
from fmviz.engine.asker import Asker
from fmviz.engine.step_head import Questions, StepHead

# In a minute nobody tells more apart; each takes about a tenth of a second to make.
MOST = 60
_SLOT, _RANK = "moment", 1

Wanted = tuple[Questions, ...]


class Moments(QObject):
    """The moments of one training, and the pictures of one step, once they were asked for.

    While training goes on the moments are asked for again now and then, and the old ones hold until the new ones are
    there. A moment of which a picture cannot be made is left out.

    Signals:
        changed(): they are there, or there are other steps.
        progressed(done, total): how many steps are prepared.
    """

    changed = Signal()
    progressed = Signal(int, int)

    def __init__(self, head: StepHead, asker: Asker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.head, self._asker = head, asker
        self._open: Wanted | None = None
        # The first kept step, which always stays, tells one training, in one sampling, from another.
        self._first: Questions = {}
        # What was had last, of one step (True) and of a course of them; None where nothing came of it.
        self._had: dict[bool, tuple[Wanted, tuple[Moment, ...] | None]] = {}
        head.steps_changed.connect(self._follow_steps)
        asker.answered.connect(self._take)

    @property
    def can_gather(self) -> bool:
        """Whether there is a course of training to show."""
        return len(self.head.steps) > 1

    @property
    def is_gathering(self) -> bool:
        """Whether steps are being prepared."""
        return self._open is not None

    @property
    def gathered(self) -> tuple[Moment, ...] | None:
        """The moments, oldest first, or None if they are not there yet."""
        wanted, moments = self._had.get(False, ((), None))
        return moments if wanted and wanted[0] == self.head.questions(0) else None

    def at_step(self, step: int) -> Moment | None:
        """Return the pictures of a kept step, or None if they are not there yet."""
        wanted, moments = self._had.get(True, ((), None))
        return moments[0] if moments and wanted == self._wanted((step,)) else None

    def is_lost(self, step: int) -> bool:
        """Whether the pictures of a kept step were asked for and cannot be had."""
        return self._is_had(self._wanted((step,))) and self.at_step(step) is None

    def want(self) -> None:
        """Have the moments of all lanes, as a course goes, unless those that there are hold; `changed` follows."""
        wanted = self._wanted(paced_steps(self.head.steps, MOST + 1)[:-1])
        if self.can_gather and (self._open is None or len(self._open) == 1) and not self._is_had(wanted):
            self._begin(wanted)

    def want_step(self, step: int) -> None:
        """Have the pictures of a kept step, unless they are there; `changed` follows."""
        wanted = self._wanted((step,))
        if self._open != wanted and not self._is_had(wanted):
            self._begin(wanted)

    def cancel(self) -> None:
        """Give up what is open; what came to nothing is tried again when it is wanted next."""
        self._had = {is_one: had for is_one, had in self._had.items() if had[1] is not None}
        self._drop()

    def _wanted(self, steps: Iterable[int]) -> Wanted:
        return tuple(self.head.questions(step) for step in steps)

    def _is_had(self, wanted: Wanted) -> bool:
        is_one = len(wanted) == 1
        return is_one in self._had and self._had[is_one][0] == wanted

    def _begin(self, wanted: Wanted) -> None:
        self._drop()
        self._open, self._first = wanted, self.head.questions(0)
        for question in _questions(wanted):
            self._asker.want((_SLOT, question), question, _RANK)
        self._asker.start()
        self._tell()

    def _drop(self) -> None:
        open_before, self._open = self._open, None
        for question in _questions(open_before or ()):
            self._asker.drop((_SLOT, question))

    def _tell(self) -> None:
        wanted = self._open
        if wanted is None:
            return
        done = sum(not any(self._asker.is_waiting((_SLOT, question)) for question in questions.values())
                   for questions in wanted)
        self.progressed.emit(done, len(wanted))
        if wanted is self._open and done == len(wanted):
            self._end(wanted)

    def _end(self, wanted: Wanted) -> None:
        moments = [moment for questions in wanted if (moment := self._moment(questions)) is not None]
        self._drop()
        self._had[len(wanted) == 1] = wanted, None if self._is_gone() else tuple(moments) or None
        self.changed.emit()

    def _is_gone(self) -> bool:
        """Whether the training of what is open, or was just now, has made room for another one."""
        return self._first != self.head.questions(0)

    def _moment(self, questions: Questions) -> Moment | None:
        """Return the pictures of a step, or None if one of them is missing."""
        pictures = {lane: self._asker.answer((_SLOT, question)) for lane, question in questions.items()}
        if None in pictures.values():
            return None
        return tuple(snapshot for snapshot in self.head.beside_newest(pictures) if snapshot is not None)

    @Slot(object)
    def _take(self, slot: Hashable) -> None:
        if isinstance(slot, tuple) and slot[0] == _SLOT:
            self._tell()

    def _follow_steps(self) -> None:
        if self._open is not None and self._is_gone():
            self._end(self._open)
        if not self.can_gather:
            self.cancel()
            self._had.clear()
        self.changed.emit()


def _questions(wanted: Wanted) -> set[Animation]:
    return {question for questions in wanted for question in questions.values()}
