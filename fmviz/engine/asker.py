"""The one way to ask: who shows something wants the answer to a question, and hears when there is another one.

A slot is a place where one answer is shown: the picture of a pane, one moment of an export. The newest question of a
slot wins. Equal questions of several slots are asked once, and answers are kept by use, so that going back is instant.
What answers is the engine, or another process that can; `answering` is their side of this.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from fmviz.core.questions import Question
from fmviz.engine.child_process import ChildProcess
from fmviz.engine.messages import Answered, Ask, Begun, Cancel, Missing, Provide

# Some 200 pictures of training steps, a whole export over training with two lanes, or 20 of finished trainings.
MOST_BYTES = 64 * 2**20
# A question that a lost process was at is put to the next one, but not to a third.
_MOST_TRIES = 2
_GIVEN_UP = "{who} stopped twice at {words} ({how}); it is not asked for again by itself."


def arrays_of(value: object) -> Iterator[np.ndarray]:
    """Yield the arrays inside a value made of dataclasses, mappings and tuples."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, Mapping):
        yield from arrays_of(tuple(value.values()))
    elif isinstance(value, tuple):
        for entry in value:
            yield from arrays_of(entry)
    elif is_dataclass(value):
        yield from arrays_of(tuple(getattr(value, entry.name) for entry in fields(value)))


def freeze(value: object) -> None:
    """Make every array inside a value read-only again; pickling loses that."""
    for array in arrays_of(value):
        array.setflags(write=False)


@dataclass(eq=False)
class _Slot:
    """What a slot wants and what it shows: the answer to `shown`, whole or partial."""

    wanted: Question | None = None
    rank: int = 0
    shown: Question | None = None
    answer: Any = None
    is_whole: bool = False
    is_given_up: bool = False


class Asker(QObject):
    """Asks a process what slots want, and keeps the answers.

    Signals:
        answered(slot): it shows another answer, or its question was given up.
        failed(str): a question is given up, one sentence.

    Args:
        process: answers; whoever has the asker starts and ends it.
        fact_of: returns what a question is about, by its number, when the process does not know it: once after a
            restart or for an opened file; None if it is gone.
        most_bytes: of the answers that are kept.
    """

    answered = Signal(object)
    failed = Signal(str)

    def __init__(self, process: ChildProcess, fact_of: Callable[[Hashable], Any], parent: QObject | None = None,
                 most_bytes: int = MOST_BYTES) -> None:
        super().__init__(parent)
        self._process, self._fact_of, self._most_bytes = process, fact_of, most_bytes
        self._slots: dict[Hashable, _Slot] = {}
        self._answers: OrderedDict[Question, Any] = OrderedDict()
        self._n_bytes = 0
        # Open questions and how many processes were lost at them; those that the present one is at.
        self._open: dict[Question, int] = {}
        self._begun: set[Question] = set()
        process.ready.connect(self._ask_all)
        process.said.connect(self._hear)
        process.lost.connect(self._count_loss)
        process.missed.connect(self._give_all_up)

    # What is wanted

    def want(self, slot: Hashable, question: Question | None, rank: int = 0) -> None:
        """Want the answer to a question shown, None to want nothing; `answered` follows unless it is there already.

        Args:
            rank: questions of a lower one are answered first.
        """
        entry = self._slots.setdefault(slot, _Slot())
        if entry.wanted == question:
            return
        old, entry.wanted, entry.rank, entry.is_given_up = entry.wanted, question, rank, False
        if question is not None and (known := self.known(question)) is not None:
            self._show(entry, known, is_whole=True)
        elif question is not None and question not in self._open:
            self._open[question] = 0
            if self._process.is_missed:
                self._process.start()
            elif self._process.device_label is not None:
                self._process.send(Ask(question, rank))
        self._let_go(old)

    def want_all(self, kind: str, questions: Iterable[Question], rank: int = 0) -> None:
        """Have a slot (kind, question) for each of these questions, and no others of this kind."""
        slots = {(kind, question): question for question in questions}
        for slot, question in slots.items():
            self.want(slot, question, rank)
        for other in [other for other in self._slots if isinstance(other, tuple) and other[0] == kind]:
            if other not in slots:
                self.drop(other)

    def drop(self, slot: Hashable) -> None:
        """Forget a slot, what it wants and what it shows."""
        entry = self._slots.pop(slot, None)
        self._let_go(entry.wanted if entry is not None else None)

    def try_again(self, slot: Hashable) -> None:
        """Ask once more for what was given up."""
        entry = self._slots.get(slot)
        if entry is not None and entry.is_given_up:
            question, entry.wanted = entry.wanted, None
            self.want(slot, question, entry.rank)

    def start(self) -> None:
        self._process.start()

    # What is there

    def answer(self, slot: Hashable) -> Any:
        """Return what a slot shows: the answer to what it wants, or else its last one; None if there was none."""
        return entry.answer if (entry := self._slots.get(slot)) is not None else None

    def shown(self, slot: Hashable) -> Question | None:
        """Return the question that a slot shows the answer to."""
        return entry.shown if (entry := self._slots.get(slot)) is not None else None

    def wanted(self, slot: Hashable) -> Question | None:
        """Return the question that a slot wants the answer to, also if that was given up."""
        return entry.wanted if (entry := self._slots.get(slot)) is not None else None

    def is_waiting(self, slot: Hashable) -> bool:
        """Whether a slot wants something else than it shows, or more of it."""
        entry = self._slots.get(slot)
        return entry is not None and entry.wanted is not None and not entry.is_given_up and (
            entry.shown != entry.wanted or not entry.is_whole)

    def is_given_up(self, slot: Hashable) -> bool:
        """Whether what a slot wants cannot be had."""
        return (entry := self._slots.get(slot)) is not None and entry.is_given_up

    def known(self, question: Question) -> Any:
        """Return the whole answer if it is there, else None; it then counts as used."""
        if question not in self._answers:
            return None
        self._answers.move_to_end(question)
        return self._answers[question]

    def know(self, question: Question, answer: object) -> None:
        """Keep an answer that a file has brought."""
        freeze(answer)
        if question not in self._answers:
            self._keep(question, answer)

    def retain(self, is_alive: Callable[[Question], bool]) -> None:
        """Forget all answers but those to questions that are still about something."""
        for question in [question for question in self._answers if not is_alive(question)]:
            self._n_bytes -= _bytes_of(self._answers.pop(question))

    # What the process says

    @Slot(str)
    def _ask_all(self, _device: str) -> None:
        self._begun.clear()
        for question in sorted(self._open, key=self._rank_of):
            self._process.send(Ask(question, self._rank_of(question)))

    @Slot(object)
    def _hear(self, news: object) -> None:
        match news:
            case Begun(question=question):
                self._begun.add(question)
            case Missing(key=key):
                self._process.send(Provide(key, self._fact_of(key)))
            case Answered(question=question, value=value, is_whole=is_whole, complaint=complaint):
                self._take(question, value, is_whole, complaint)

    def _take(self, question: Question, value: Any, is_whole: bool, complaint: str) -> None:
        if is_whole:
            self._begun.discard(question)
        if question not in self._open:
            return
        if complaint:
            self._give_up(question)
            self.failed.emit(complaint)
            return
        freeze(value)
        if is_whole:
            del self._open[question]
            self._keep(question, value)
        slots = self._wanting(question)
        for slot in slots:
            self._show(self._slots[slot], value, is_whole)
        for slot in slots:
            self.answered.emit(slot)

    @Slot(str)
    def _count_loss(self, how: str) -> None:
        begun, self._begun = self._begun, set()
        for question in begun & self._open.keys():
            self._open[question] += 1
            if self._open[question] >= _MOST_TRIES:
                self._give_up(question)
                self.failed.emit(_GIVEN_UP.format(who=self._process.kind.who, words=question.words, how=how))

    @Slot(str)
    def _give_all_up(self, _message: str) -> None:
        """Wait for nothing: no process is coming, which others say."""
        for question in list(self._open):
            self._give_up(question)

    # Bookkeeping

    def _wanting(self, question: Question) -> list[Hashable]:
        return [slot for slot, entry in self._slots.items() if entry.wanted == question]

    def _rank_of(self, question: Question) -> int:
        return min((self._slots[slot].rank for slot in self._wanting(question)), default=0)

    def _show(self, entry: _Slot, value: Any, is_whole: bool) -> None:
        entry.shown, entry.answer, entry.is_whole, entry.is_given_up = entry.wanted, value, is_whole, False

    def _let_go(self, question: Question | None) -> None:
        """Cancel what no slot wants any more."""
        if question in self._open and not self._wanting(question):
            del self._open[question]
            self._begun.discard(question)
            self._process.send(Cancel(question))

    def _give_up(self, question: Question) -> None:
        self._open.pop(question, None)
        slots = self._wanting(question)
        for slot in slots:
            self._slots[slot].is_given_up = True
        for slot in slots:
            self.answered.emit(slot)

    def _keep(self, question: Question, value: Any) -> None:
        self._answers[question] = value
        self._n_bytes += _bytes_of(value)
        while self._n_bytes > self._most_bytes and len(self._answers) > 1:
            self._n_bytes -= _bytes_of(self._answers.popitem(last=False)[1])


def _bytes_of(value: object) -> int:
    return sum(array.nbytes for array in arrays_of(value))
