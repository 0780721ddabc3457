"""Laws of asking: equal questions are asked once, the newest of a slot wins, answers are kept within a bound."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal

from fmviz.core.config import Sampling
from fmviz.core.questions import Animation, FlowId
from fmviz.engine.asker import Asker
from fmviz.engine.child_process import ENGINE
from fmviz.engine.messages import Answered, Ask, Begun, Cancel, Missing, Provide

A_MEGABYTE = 2**20


def question(step: int) -> Animation:
    return Animation(FlowId(1, 0, step), Sampling())


class Line(QObject):
    """Stands where the engine does: takes down what it is asked, says what the test wants said."""

    ready = Signal(str)
    said = Signal(object)
    lost = Signal(str)
    missed = Signal(str)

    def __init__(self):
        super().__init__()
        self.kind, self.device_label, self.is_missed = ENGINE, "test", False
        self.sent, self.starts = [], 0

    def start(self):
        self.starts += 1
        self.is_missed = False

    def send(self, request):
        self.sent.append(request)

    def answer(self, asked, value=None, is_whole=True, complaint=""):
        self.said.emit(Answered(asked, np.zeros(3) if value is None and not complaint else value, is_whole, complaint))

    @property
    def asked(self):
        return [request.question.flow.step for request in self.sent if isinstance(request, Ask)]

    @property
    def cancelled(self):
        return [request.question.flow.step for request in self.sent if isinstance(request, Cancel)]

    def die(self):
        self.device_label = None
        self.lost.emit("killed by signal 9")
        self.device_label = "another"
        self.ready.emit("another")


@pytest.fixture
def line(qapp):
    return Line()


@pytest.fixture
def asker(line):
    made = Asker(line, {"weights": "a fact"}.get, most_bytes=A_MEGABYTE)
    made.heard, made.complaints = [], []
    made.answered.connect(made.heard.append)
    made.failed.connect(made.complaints.append)
    return made


def test_equal_questions_are_asked_once_and_share_their_answer(line, asker):
    for slot in "abc":
        asker.want(slot, question(1))
        asker.want(slot, question(1))
    assert line.asked == [1]
    line.answer(question(1))
    assert sorted(asker.heard) == ["a", "b", "c"]
    assert asker.answer("a") is asker.answer("b") is asker.answer("c") is not None
    asker.want("d", question(1))
    assert asker.answer("d") is asker.answer("a")
    assert line.asked == [1]
    assert not asker.answer("a").flags.writeable


def test_the_newest_question_of_a_slot_wins_and_the_older_one_is_cancelled(line, asker):
    for step in (1, 2, 3):
        asker.want("a", question(step))
    assert (line.asked, line.cancelled) == ([1, 2, 3], [1, 2])
    line.answer(question(1), np.ones(1))
    assert asker.answer("a") is None
    line.answer(question(3), np.full(1, 3.0))
    assert asker.answer("a") == 3
    assert asker.heard == ["a"]


def test_what_another_slot_wants_is_not_cancelled(line, asker):
    asker.want("a", question(1))
    asker.want("b", question(1))
    asker.want("a", question(2))
    assert line.cancelled == []
    asker.drop("b")
    assert line.cancelled == [1]


def test_a_slot_shows_its_last_answer_while_another_is_on_its_way(line, asker):
    asker.want("a", question(1))
    assert asker.is_waiting("a")
    line.answer(question(1), np.ones(1))
    assert not asker.is_waiting("a")
    asker.want("a", question(2))
    assert (asker.answer("a"), asker.shown("a"), asker.is_waiting("a")) == (1, question(1), True)
    line.answer(question(2), np.full(1, 0.5), is_whole=False)
    assert (asker.answer("a"), asker.shown("a"), asker.is_waiting("a")) == (0.5, question(2), True)
    line.answer(question(2), np.full(1, 2.0))
    assert (asker.answer("a"), asker.is_waiting("a")) == (2, False)
    asker.want("a", question(1))
    assert (asker.answer("a"), asker.is_waiting("a"), line.asked) == (1, False, [1, 2])


def test_a_lost_engine_s_questions_are_asked_again(line, asker):
    asker.want("a", question(1), rank=2)
    asker.want("b", question(2))
    line.said.emit(Begun(question(1)))
    line.die()
    assert line.asked == [1, 2, 2, 1]
    assert asker.is_waiting("a")
    line.answer(question(1))
    assert asker.heard == ["a"]


def test_a_question_that_two_engines_died_of_is_given_up_with_a_sentence(line, asker):
    asker.want("a", question(1))
    asker.want("b", question(2))
    for _ in range(2):
        line.said.emit(Begun(question(1)))
        line.die()
    assert asker.is_given_up("a")
    assert not asker.is_waiting("a")
    assert asker.heard == ["a"]
    (sentence,) = asker.complaints
    assert "twice" in sentence
    assert "step 1" in sentence
    assert sentence.startswith("The engine")
    assert "killed by signal 9" in sentence
    assert asker.is_waiting("b")  # which the engine was not at
    line.sent.clear()
    asker.want("a", question(1))
    assert line.asked == []
    asker.try_again("a")
    assert line.asked == [1]
    assert asker.is_waiting("a")


def test_what_cannot_be_answered_is_given_up_with_the_engine_s_sentence(line, asker):
    asker.want("a", question(1))
    line.answer(question(1), complaint="These weights do not fit.")
    assert asker.is_given_up("a")
    assert asker.complaints == ["These weights do not fit."]


def test_nothing_is_waited_for_when_no_engine_is_coming_and_a_new_question_starts_one(line, asker):
    asker.want("a", question(1))
    line.device_label, line.is_missed = None, True
    line.missed.emit("The engine could not start.")
    assert asker.is_given_up("a")
    assert asker.complaints == []  # others say so
    asker.want("a", question(2))
    assert line.starts == 1
    line.device_label = "test"
    line.ready.emit("test")
    assert line.asked == [1, 2]


def test_what_the_engine_lacks_is_provided_once_it_asks(line, asker):
    line.said.emit(Missing("weights"))
    line.said.emit(Missing("gone"))
    assert [(request.key, request.fact) for request in line.sent if isinstance(request, Provide)] == [
        ("weights", "a fact"), ("gone", None)]


def test_answers_are_kept_by_use_up_to_the_bound(line, asker):
    quarter = A_MEGABYTE // 8 // 4
    for step in range(6):
        asker.want("a", question(step))
        line.answer(question(step), np.zeros(quarter))
        asker.known(question(0))
    known = [step for step in range(6) if asker.known(question(step)) is not None]
    assert known == [0, 3, 4, 5]
    asker.want("b", question(6))
    line.answer(question(6), np.zeros(8 * quarter))  # larger than the bound: it alone
    assert [step for step in range(7) if asker.known(question(step)) is not None] == [6]
    asker.retain(lambda asked: asked != question(6))
    assert asker.known(question(6)) is None


def test_a_dropped_slot_shows_nothing(line, asker):
    asker.want("a", question(1))
    line.answer(question(1))
    asker.drop("a")
    assert asker.answer("a") is None
    assert not asker.is_waiting("a")
    asker.want("a", None)
    assert asker.answer("a") is None


def test_slots_of_a_kind_are_those_of_just_these_questions(line, asker):
    asker.want(("other", question(2)), question(2))
    asker.want_all("kind", map(question, (1, 2, 3)), rank=1)
    asker.want_all("kind", map(question, (3, 4)), rank=1)
    assert (line.asked, line.cancelled) == ([2, 1, 3, 4], [1])
    for step in (2, 3, 4):
        line.answer(question(step))
    assert asker.heard == [("other", question(2)), ("kind", question(3)), ("kind", question(4))]
    asker.want_all("kind", ())
    assert asker.answer(("kind", question(3))) is None
    assert asker.answer(("other", question(2))) is not None
