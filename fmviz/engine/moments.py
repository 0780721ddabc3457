"""Moments of training for an export: asked of the engine, with progress, kept while they hold.

They are pictures of earlier steps, and what a film shows beside them: values on grids, particles from chosen starts,
densities, the probe. What the stage shows stays as it is meanwhile.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from PySide6.QtCore import QObject, Signal, Slot

from fmviz.core.film import Moment
from fmviz.core.kept import paced_steps
from fmviz.core.questions import Animation, FlowId
from fmviz.core.wanted import NOTHING_WANTED, Extra, Wanted, completed
from fmviz.engine.asker import Asker
from fmviz.engine.step_head import Questions, StepHead

# In a minute nobody tells more apart; each takes about a tenth of a second to make.
MOST = 60
_SLOT, _RANK = "moment", 1

# By lane and part what is asked for one moment: its picture, unless that is the newest, and what is wanted beside it.
_PICTURE = "picture"
_Question = Animation | Extra
_Asked = Mapping[int, Mapping[str, _Question]]
_Course = tuple[_Asked, ...]


class Moments(QObject):
    """The moments of one training, and the pictures of one step, once they were asked for.

    A step is a kept one, or None, the newest. While training goes on the moments are asked for again now and then, and
    the old ones hold until the new ones are there. A moment of which a picture cannot be made is left out; what
    is wanted beside one and cannot be made is too. Densities of a course are of fewer points: a hundred moments have
    20 MB of them.

    Signals:
        changed(): they are there, or there are other steps.
        progressed(done, total): how many steps are prepared.
    """

    changed = Signal()
    progressed = Signal(int, int)

    def __init__(self, head: StepHead, asker: Asker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.head, self._asker = head, asker
        self._open: _Course | None = None
        self._is_course = False  # what is open; a course can be of one step
        # The first kept step, which always stays, tells one training, in one sampling, from another.
        self._first: Questions = {}
        # What was had last, of a course of steps (True) and of one; None where nothing came of it.
        self._had: dict[bool, tuple[_Course, tuple[Moment, ...] | None]] = {}
        head.steps_changed.connect(self._follow_steps)
        asker.answered.connect(self._take)

    @property
    def can_gather(self) -> bool:
        """Whether there is a course of training to show."""
        return len(self.head.steps) > 1

    @property
    def is_gathering(self) -> bool:
        return self._open is not None

    def gathered(self, beside: Wanted = NOTHING_WANTED) -> tuple[Moment, ...] | None:
        """Return the moments, oldest first, the last the newest if more than pictures are wanted; None if they are not
        there yet.
        """
        wanted, moments = self._had.get(True, ((), None))
        return moments if wanted and wanted[0] == self._asked(0, beside, is_fine=False) else None

    def at_step(self, step: int | None, beside: Wanted = NOTHING_WANTED) -> Moment | None:
        """Return the pictures of a step, or None if they are not there yet."""
        wanted, moments = self._had.get(False, ((), None))
        return moments[0] if moments and wanted == (self._asked(step, beside),) else None

    def is_lost(self, step: int | None, beside: Wanted = NOTHING_WANTED) -> bool:
        """Whether the pictures of a step were asked for and cannot be had."""
        return self._is_had((self._asked(step, beside),), False) and self.at_step(step, beside) is None

    def want(self, beside: Wanted = NOTHING_WANTED) -> None:
        """Have the moments of all lanes, as a course goes, unless those that there are hold; `changed` follows."""
        steps = (*paced_steps(self.head.steps, MOST + 1)[:-1], *([None] if beside else []))
        wanted = tuple(self._asked(step, beside, is_fine=False) for step in steps)
        if self.can_gather and not (self._open and self._is_course) and not self._is_had(wanted, True):
            self._begin(wanted, True)

    def want_step(self, step: int | None, beside: Wanted = NOTHING_WANTED) -> None:
        """Have the pictures of a step, unless they are there; `changed` follows."""
        wanted = (self._asked(step, beside),)
        if (self._open != wanted or self._is_course) and not self._is_had(wanted, False):
            self._begin(wanted, False)

    def cancel(self) -> None:
        """Give up what is open; what came to nothing is tried again when it is wanted next."""
        self._had = {is_course: had for is_course, had in self._had.items() if had[1] is not None}
        self._drop()

    def _asked(self, step: int | None, beside: Wanted, is_fine: bool = True) -> _Asked:
        pictures = {} if step is None else self.head.questions(step)
        return {lane: self._of_lane(lane, flow, pictures.get(lane), beside, is_fine)
                for lane, flow in self.head.flows(step).items()}

    def _of_lane(self, lane: int, flow: FlowId, picture: Animation | None, beside: Wanted,
                 is_dense: bool) -> Mapping[str, _Question]:
        """Return what is asked of a lane by part: its picture, and what is beside it, in the same sampling."""
        newest = self.head.newest[lane]
        beside = beside if newest is None else beside.of(newest)
        if picture is not None:
            return {_PICTURE: picture, **beside.asked(flow, picture.sampling, False, is_dense)}
        return {} if newest is None else {**beside.asked(flow, newest.sampling, newest.is_fine, is_dense)}

    def _is_had(self, wanted: _Course, is_course: bool) -> bool:
        return is_course in self._had and self._had[is_course][0] == wanted

    def _begin(self, wanted: _Course, is_course: bool) -> None:
        self._open, self._is_course, self._first = wanted, is_course, self.head.questions(0)
        self._asker.want_all(_SLOT, _questions(wanted), _RANK)
        self._asker.start()
        self._tell()

    def _drop(self) -> None:
        self._open = None
        self._asker.want_all(_SLOT, ())

    def _tell(self) -> None:
        wanted = self._open
        if wanted is None:
            return
        done = sum(not any(self._asker.is_waiting((_SLOT, question)) for question in _questions((asked,)))
                   for asked in wanted)
        self.progressed.emit(done, len(wanted))
        if wanted is self._open and done == len(wanted):
            self._end(wanted)

    def _end(self, wanted: _Course) -> None:
        moments = [moment for asked in wanted if (moment := self._moment(asked)) is not None]
        self._drop()
        self._had[self._is_course] = wanted, None if self._is_gone() else tuple(moments) or None
        self.changed.emit()

    def _is_gone(self) -> bool:
        """Whether the training of what is open, or was just now, has made room for another one."""
        return self._first != self.head.questions(0)

    def _moment(self, asked: _Asked) -> Moment | None:
        """Return the pictures of a step, or None if one of them is missing."""
        pictures = dict(enumerate(self.head.newest))
        for lane, questions in asked.items():
            answers = {part: self._asker.answer((_SLOT, question)) for part, question in questions.items()}
            picture = answers.pop(_PICTURE, pictures.get(lane))
            if picture is None:
                return None
            has_more = any(answer is not None for answer in answers.values())
            pictures[lane] = completed(picture, answers) if has_more else picture
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


def _questions(wanted: _Course) -> set[_Question]:
    return {question for asked in wanted for questions in asked.values() for question in questions.values()}
