"""Answering in the engine, beside a training: breath by breath, the most urgent question first. No Qt, no torch.

The window's side is `asker`; what answers is one generator for each question, see `flow.answers`.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Generator, Hashable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from fmviz.core.child import sentence
from fmviz.core.errors import FmvizError
from fmviz.core.questions import Lacking, Question
from fmviz.engine.messages import Answered, Begun, Missing

_log = logging.getLogger(__name__)

Work = Generator[Any, None, Any]

# Answers may take a quarter of the time: a fifth leaves room for what the two take from each other's processor cache.
_TRAINING_FOR_ANSWERS = 4.0
# A training that was alone for long has not saved up for a burst of answers.
_MOST_SAVED_S = 0.02
_SHORT_WAIT_S = 0.02


@dataclass(eq=False)
class _Open:
    """A question under way.

    Args:
        order: questions of a lower rank first, of one rank those that have waited longest for an answer or a part.
        work: its generator, once it has begun.
        thread: what it waits for beside the loop.
        lacks: the number of what it waits for from the window.
    """

    question: Question
    order: tuple[int, int]
    work: Work | None = None
    thread: Future[Any] | None = None
    lacks: Hashable = None

    @property
    def can_go_on(self) -> bool:
        return self.lacks is None and (self.thread is None or self.thread.done())


class Answering:
    """The open questions. Each is answered in any case, unless it is cancelled: whoever asked waits.

    Args:
        begin: makes the generator that answers a question.
    """

    def __init__(self, begin: Callable[[Question], Work]) -> None:
        self._begin = begin
        self._open: dict[Question, _Open] = {}
        self._numbers = itertools.count()
        self._allowed_s = 0.0

    @property
    def is_busy(self) -> bool:
        """Whether something is to be done, here or in a thread."""
        return any(entry.lacks is None for entry in self._open.values())

    @property
    def is_due(self) -> bool:
        """Whether answers may go on beside a training."""
        return self._allowed_s > 0 and any(entry.can_go_on for entry in self._open.values())

    def ask(self, question: Question, rank: int) -> None:
        """Answer it after those of a lower rank and the older ones of the same."""
        if question not in self._open:
            self._open[question] = _Open(question, (rank, next(self._numbers)))

    def cancel(self, question: Question) -> None:
        """End it where it stands, at its last breath."""
        entry = self._open.pop(question, None)
        if entry is not None and entry.work is not None:
            entry.work.close()
        if entry is not None and entry.thread is not None:
            entry.thread.cancel()

    def provide(self, key: Hashable) -> None:
        """Go on with what has waited for this."""
        for entry in self._open.values():
            if entry.lacks == key:
                entry.lacks = None

    def refuse(self, key: Hashable) -> list[Answered]:
        """Give up what has waited for something that is gone."""
        gone = [entry.question for entry in self._open.values() if entry.lacks == key]
        for question in gone:
            del self._open[question]
        return [Answered(question, None, complaint=f"There is nothing left to make {question.words} from.")
                for question in gone]

    def count_training(self, seconds: float) -> None:
        """Allow a share of the time that a training has just had."""
        self._allowed_s = min(self._allowed_s + seconds / _TRAINING_FOR_ANSWERS, _MOST_SAVED_S)

    def advance(self) -> list[Begun | Missing | Answered]:
        """Work on the first question until its next breath; return what there is to say."""
        ready = [entry for entry in self._open.values() if entry.can_go_on]
        if not ready:
            wait([entry.thread for entry in self._open.values() if entry.thread is not None], _SHORT_WAIT_S,
                 FIRST_COMPLETED)
            return []
        entry, began = min(ready, key=lambda entry: entry.order), perf_counter()
        said: list[Begun | Missing | Answered] = []
        if entry.work is None:
            entry.work = self._begin(entry.question)
            said.append(Begun(entry.question))
        entry.thread = None
        try:
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
            said.append(Answered(entry.question, None, complaint=sentence(error, f"There is no answer to "
                                                                                 f"{entry.question.words}")))
        else:
            if isinstance(value, Future):
                entry.thread = value
            elif value is not None:
                said.append(Answered(entry.question, value, is_whole=False))
                # Whoever waits for a first answer goes before those who already have a part.
                entry.order = entry.order[0], next(self._numbers)
        finally:
            # Where nothing trained nobody asked whether it is due: that leaves no debt for a later training.
            self._allowed_s = max(self._allowed_s, 0.0) - (perf_counter() - began)
        return said
