"""Answers: for each kind of question one pure generator. The engine drives them, a script or a command just as well.

`yield None` is a breath, at most some 50 ms after the one before; a `Future` says that a thread is at work and nothing
is to be done until it has ended; any other value is a partial answer. What is returned is the answer.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Generator, Hashable
from typing import Any, Protocol

from fmviz.core.frames import FlowSnapshot
from fmviz.core.project import LearnedFlow
from fmviz.core.questions import Animation, Lacking, Question
from fmviz.flow.bake import LIVE
from fmviz.flow.sample import measured_picture, picture_of

Answer = Generator[Any, None, Any]

# Two lanes of the usual size with the 200 steps that are kept of each.
MOST_BYTES = 64 * 2**20


class Facts(Protocol):
    """What answers are made from."""

    def get(self, key: Hashable) -> LearnedFlow: ...


class Known:
    """Learned weights by their numbers; those that were not used for the longest time go first."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes, self._n_bytes = most_bytes, 0
        self._flows: OrderedDict[Hashable, LearnedFlow] = OrderedDict()

    def put(self, key: Hashable, flow: LearnedFlow) -> None:
        """Know something; it stays at least until something else is put."""
        if key in self._flows:
            self._n_bytes -= _bytes_of(self._flows.pop(key))
        self._flows[key] = flow
        self._n_bytes += _bytes_of(flow)
        while self._n_bytes > self._most_bytes and len(self._flows) > 1:
            self._n_bytes -= _bytes_of(self._flows.popitem(last=False)[1])

    def get(self, key: Hashable) -> LearnedFlow:
        """Return what is known; it counts as used.

        Raises:
            Lacking: it is not.
        """
        if key not in self._flows:
            raise Lacking(key)
        self._flows.move_to_end(key)
        return self._flows[key]


def animation(question: Animation, known: Facts) -> Generator[Any, None, FlowSnapshot]:
    """Bake a flow: at once as finely as a live picture, then, if it is to be fine, with all its times and numbers."""
    flow, step, sampling = known.get(question.flow), question.flow.step, question.sampling
    quick = yield from picture_of(flow, step, sampling, LIVE)
    if not question.is_fine:
        return quick
    yield quick
    return (yield from measured_picture(flow, step, sampling))


ANSWERS: dict[type, Callable[[Any, Facts], Answer]] = {Animation: animation}


def answer(question: Question, known: Facts) -> Answer:
    """Return the generator that answers a question.

    Raises, when it is driven:
        Lacking: of something that the question is about.
    """
    return ANSWERS[type(question)](question, known)


def _bytes_of(flow: LearnedFlow) -> int:
    return sum(array.nbytes for array in flow.weights.values())
