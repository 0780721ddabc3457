"""Answering in a child process: breath by breath, the most urgent question first. No Qt, no torch.

The window's side is `asker`; what answers is one generator for each question, see `flow.answers` and `film.answers`.
The engine answers beside a training; processes that do nothing else are here whole.
"""

from __future__ import annotations

import itertools
import logging
import os
import shutil
from collections.abc import Callable, Generator, Hashable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

from fmviz.core.child import Inbox, end_process_group, lead_idle_group, lower_priority, sentence
from fmviz.core.errors import FmvizError
from fmviz.core.questions import Lacking, Question
from fmviz.engine.messages import Answered, Ask, Begun, Cancel, Missing, Provide, Ready

_log = logging.getLogger(__name__)

Work = Generator[Any, None, Any]

# Answers may take a quarter of the time: a fifth leaves room for what the two take from each other's processor cache.
_TRAINING_FOR_ANSWERS = 4.0
# A training that was alone for long has not saved up for a burst of answers.
_MOST_SAVED_S = 0.02
# Who waits for a first part does not wait for the training at each breath: what is small, as the probe's numbers, comes
# at once. That has a share of its own, since who drags something asks again and again.
_TRAINING_FOR_FIRST_PARTS, _MOST_AT_ONCE_S = 20.0, 0.01
_MOMENT_S = 0.001
_SHORT_WAIT_S = 0.02
# Somebody waits for what it answers, but not as for the next frame of the window.
_NICENESS = 10


class Facts(Protocol):
    """What answers are made from, by its number, and what makes them."""

    def put(self, key: Hashable, fact: Any) -> None: ...

    def answer(self, question: Any) -> Work: ...


@dataclass(eq=False)
class _Open:
    """A question under way.

    Args:
        order: questions of a lower rank first, of one rank those of which no part has been said, then those that have
            waited longest.
        work: its generator, once it has begun.
        thread: what it waits for beside the loop.
        lacks: the number of what it waits for from the window.
    """

    question: Question
    order: tuple[int, bool, int]
    work: Work | None = None
    thread: Future[Any] | None = None
    lacks: Hashable = None

    @property
    def has_part(self) -> bool:
        return self.order[1]

    @property
    def can_go_on(self) -> bool:
        return self.lacks is None and (self.thread is None or self.thread.done())


class Answering:
    """The open questions. Each is answered in any case, unless it is cancelled: whoever asked waits.

    Args:
        facts: makes the generators that answer.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._open: dict[Question, _Open] = {}
        self._numbers = itertools.count()
        self._allowed_s = self._at_once_s = 0.0

    @property
    def is_busy(self) -> bool:
        """Whether something is to be done, here or in a thread."""
        return any(entry.lacks is None for entry in self._open.values())

    @property
    def is_due(self) -> bool:
        """Whether answers may go on beside a training."""
        return self._allowed_s > 0 and any(entry.can_go_on for entry in self._open.values())

    def hear(self, request: object) -> list[Answered]:
        """Take a request; return what there is to say at once."""
        match request:
            case Ask(question=question, rank=rank):
                if question not in self._open:
                    self._open[question] = _Open(question, (rank, False, next(self._numbers)))
            case Cancel(question=question):
                self._cancel(question)
            case Provide(key=key, fact=None):
                return self._refuse(key)
            case Provide(key=key, fact=fact):
                self._facts.put(key, fact)
                for entry in self._open.values():
                    if entry.lacks == key:
                        entry.lacks = None
        return []

    def _cancel(self, question: Question) -> None:
        """End it where it stands, at its last breath."""
        entry = self._open.pop(question, None)
        if entry is not None and entry.work is not None:
            entry.work.close()
        if entry is not None and entry.thread is not None:
            entry.thread.cancel()

    def _refuse(self, key: Hashable) -> list[Answered]:
        """Give up what has waited for something that is gone."""
        gone = [entry.question for entry in self._open.values() if entry.lacks == key]
        for question in gone:
            del self._open[question]
        return [Answered(question, None, complaint=f"There is nothing left to make {question.words} from.")
                for question in gone]

    def count_training(self, seconds: float) -> None:
        """Allow a share of the time that a training has just had."""
        self._allowed_s = min(self._allowed_s + seconds / _TRAINING_FOR_ANSWERS, _MOST_SAVED_S)
        self._at_once_s = min(self._at_once_s + seconds / _TRAINING_FOR_FIRST_PARTS, _MOST_AT_ONCE_S)

    def advance(self) -> list[Begun | Missing | Answered]:
        """Work on the first question for a breath, or longer for a first part; return what there is to say."""
        ready = [entry for entry in self._open.values() if entry.can_go_on]
        if not ready:
            wait([entry.thread for entry in self._open.values() if entry.thread is not None], _SHORT_WAIT_S,
                 FIRST_COMPLETED)
            return []
        entry, began = min(ready, key=lambda entry: entry.order), perf_counter()
        is_first = not entry.has_part
        said: list[Begun | Missing | Answered] = []
        if entry.work is None:
            entry.work = self._facts.answer(entry.question)
            said.append(Begun(entry.question))
        entry.thread = None
        try:
            value = next(entry.work)
            while is_first and perf_counter() - began < self._at_once_s and _goes_on(value):
                value = next(entry.work)
        except StopIteration as end:
            del self._open[entry.question]
            said.append(Answered(entry.question, end.value))
        except Lacking as lack:
            entry.work, entry.lacks = None, lack.key
            said = [Missing(lack.key)]
        except Exception as error:  # whatever breaks an answer must not break the engine
            if not isinstance(error, FmvizError):
                _log.exception("%s", entry.question)
            del self._open[entry.question]
            words = entry.question.words
            said.append(Answered(entry.question, None,
                                 complaint=sentence(error, f"{words[:1].upper()}{words[1:]} failed")))
        else:
            if isinstance(value, Future):
                entry.thread = value
            elif value is not None:
                said.append(Answered(entry.question, value, is_whole=False))
                entry.order = entry.order[0], True, next(self._numbers)
        finally:
            # Where nothing trained nobody asked whether it is due: that leaves no debt for a later training.
            spent = perf_counter() - began
            self._allowed_s = max(self._allowed_s, 0.0) - spent
            if is_first:
                self._at_once_s = max(self._at_once_s - spent, -_MOST_AT_ONCE_S)
        return said


def _goes_on(value: object) -> bool:
    """Whether a generator that has yielded this can go on at once."""
    return value is None or (isinstance(value, Future) and bool(wait([value], _MOMENT_S).done))


def serve_answers(connection: Connection, make_facts: Callable[[], Facts], scratch: Path | None = None) -> None:
    """Be a process that answers and does nothing else, until the window closes the pipe or dies.

    Args:
        make_facts: a class, for example.
        scratch: folder for the temporary files of one that starts others and works while nobody else does.
    """
    if scratch is None:
        lower_priority(_NICENESS)
    else:
        lead_idle_group(scratch)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before Qt's application is made
    inbox = Inbox(connection, on_closed=partial(_leave, scratch))
    answering = Answering(make_facts())
    try:
        connection.send(Ready(""))
        while True:
            said: list[Begun | Missing | Answered] = []
            for request in inbox.waiting() if answering.is_busy else [inbox.wait()]:
                said += answering.hear(request)
            for news in [*said, *(answering.advance() if answering.is_busy else ())]:
                connection.send(news)
    except ConnectionError:
        _leave(scratch)


def _leave(scratch: Path | None) -> None:
    """End in the middle of whatever it is, with all that belongs to this process."""
    if scratch is not None:
        shutil.rmtree(scratch, ignore_errors=True)
        end_process_group(os.getpid())
    os._exit(0)
