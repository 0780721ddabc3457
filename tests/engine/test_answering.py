"""Laws of answering beside a training: a share of the time, an answer in any case, every request heard meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

import pytest
import torch

from fmviz.core.cloud import Side
from fmviz.core.config import FlowConfig, Sampling
from fmviz.core.errors import ConfigError
from fmviz.core.project import LearnedFlow, Project
from fmviz.core.questions import Animation, FlowId, Lacking
from fmviz.engine.answering import Answering
from fmviz.engine.host import _Engine
from fmviz.engine.messages import Answered, Ask, Begun, Cancel, Finished, Missing, Provide, Stop, Train
from fmviz.flow.network import Layout, initial_parameters, weights_of
from fmviz.flow.units import units_of

pytestmark = pytest.mark.usefixtures("few_points")

WIDE = FlowConfig(coupling="random", width=256, depth=3, batch=32, steps=1_000_000, nfe=4)


def question(step: int, is_fine: bool = False) -> Animation:
    return Animation(FlowId(1, 0, step), Sampling("euler", 4), is_fine)


class Work:
    """Generators of some breaths each, and what became of them."""

    def __init__(self, breaths: int = 3) -> None:
        self.breaths, self.begun, self.closed = breaths, [], []

    def __call__(self, asked: Animation):
        self.begun.append(asked)
        try:
            for _ in range(self.breaths):
                yield None
            yield "part"
            return f"answer {asked.flow.step}"
        except GeneratorExit:
            self.closed.append(asked)
            raise


@dataclass
class Facts:
    """Answers with what a function makes; `known` is what was put."""

    answer: Callable[[Animation], Generator[object, None, object]]
    known: dict[object, object] = field(default_factory=dict)

    def put(self, key: object, fact: object) -> None:
        self.known[key] = fact


def answering_by(answer) -> Answering:
    return Answering(Facts(answer))


def answer_all(answering: Answering) -> list[object]:
    said = []
    while answering.is_busy:
        said += answering.advance()
    return said


def answers(said: list[object]) -> list[object]:
    return [news.value for news in said if isinstance(news, Answered)]


def test_beside_a_training_it_takes_at_most_a_quarter_of_the_time(monkeypatch):
    clock, breath_s = [0.0], 0.007
    monkeypatch.setattr("fmviz.engine.answering.perf_counter", lambda: clock[0])

    def slow(_asked):
        for _ in range(40):
            clock[0] += breath_s
            yield None
        return "answer"

    answering = answering_by(slow)
    for step in (1, 2):
        answering.hear(Ask(question(step), 0))
    training, said = 0.0, []
    answering.count_training(1000.0)  # which was alone: nothing is saved up
    while answering.is_busy:
        training += 0.01
        answering.count_training(0.01)
        if answering.is_due:
            said += answering.advance()
    assert answers(said) == ["answer", "answer"]
    assert clock[0] == pytest.approx(80 * breath_s)
    assert clock[0] - breath_s - 0.02 <= 0.25 * (clock[0] + training)


def test_a_small_first_part_comes_in_one_turn_of_a_training_but_not_one_after_the_other(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr("fmviz.engine.answering.perf_counter", lambda: clock[0])

    def small(_asked):
        for _ in range(8):
            clock[0] += 0.001
            yield None
        yield "part"
        return "answer"

    answering = answering_by(small)
    answering.count_training(1000.0)
    said = []
    for step in (1, 2):
        answering.hear(Ask(question(step), 0))
        said.append(answers(answering.advance()))
    assert said == [["part"], []]
    turns = 0
    while not answers(answering.advance()):
        answering.count_training(0.01)
        turns += 1
    assert clock[0] == pytest.approx(0.016)
    assert 2 <= turns < 8


def test_questions_are_answered_by_rank_and_then_in_order_first_parts_before_the_rest():
    answering = answering_by(Work())
    for step, rank in ((3, 1), (1, 1), (2, 0)):
        answering.hear(Ask(question(step), rank))
    said = answer_all(answering)
    assert answers(said) == ["part", "answer 2", "part", "part", "answer 3", "answer 1"]
    assert [news.question.flow.step for news in said if isinstance(news, Begun)] == [2, 3, 1]


def test_an_equal_question_is_answered_once():
    work = Work()
    answering = answering_by(work)
    for _ in range(3):
        answering.hear(Ask(question(1), 0))
    assert answers(answer_all(answering)) == ["part", "answer 1"]
    assert work.begun == [question(1)]


def test_a_cancelled_one_ends_at_its_last_breath():
    work = Work()
    answering = answering_by(work)
    answering.hear(Ask(question(1), 0))
    answering.advance()
    answering.hear(Cancel(question(1)))
    assert work.closed == [question(1)]
    assert not answering.is_busy
    answering.hear(Ask(question(2), 0))
    assert answers(answer_all(answering)) == ["part", "answer 2"]


def test_what_was_done_at_leisure_is_no_debt_to_a_later_training():
    answering = answering_by(Work())
    answering.hear(Ask(question(1), 0))
    answer_all(answering)
    answering.hear(Ask(question(2), 0))
    for _ in range(100):
        answering.count_training(0.01)
    assert answering.is_due


def test_what_cannot_be_answered_is_said_and_the_next_one_is_answered():
    def fussy(asked):
        yield None
        if asked.flow.step == 1:
            raise ConfigError("These weights do not fit.")
        return "answer"

    answering = answering_by(fussy)
    for step in (1, 2):
        answering.hear(Ask(question(step), 0))
    said = [news for news in answer_all(answering) if isinstance(news, Answered)]
    assert [(news.value, news.complaint, news.is_whole) for news in said] == [
        (None, "These weights do not fit.", True), ("answer", "", True)]


def test_while_one_waits_for_a_thread_another_is_answered():
    thread: Future[str] = Future()

    def patient(asked):
        if asked.flow.step == 1:
            yield thread
            return thread.result()
        yield None
        return "answer 2"

    answering = answering_by(patient)
    for step in (1, 2):
        answering.hear(Ask(question(step), 0))
    said = []
    while len(answers(said)) < 1:
        said += answering.advance()
    answering.count_training(1.0)
    assert not answering.is_due  # a training is not held up
    assert answering.is_busy
    thread.set_result("answer 1")
    assert answers(said + answer_all(answering)) == ["answer 2", "answer 1"]


def test_what_is_missing_is_asked_for_and_the_question_goes_on_or_is_refused():
    def needy(asked):
        if asked.flow not in facts.known:
            raise Lacking(asked.flow)
        yield None
        return facts.known[asked.flow]

    facts = Facts(needy)
    answering = Answering(facts)
    for step in (1, 2):
        answering.hear(Ask(question(step), 0))
    said = answer_all(answering)
    assert [news.key for news in said if isinstance(news, Missing)] == [FlowId(1, 0, 1), FlowId(1, 0, 2)]
    assert answering.hear(Provide(FlowId(1, 0, 2), "weights")) == []
    assert answers(answer_all(answering)) == ["weights"]
    (refused,) = answering.hear(Provide(FlowId(1, 0, 1), None))
    assert refused.question == question(1)
    assert "step 1" in refused.complaint
    assert not answering.is_busy


class PipeIsClosed(ConnectionError):
    """Ends the engine's loop."""


class Pipe:
    """Both ends of the engine's pipe: asks for some things, and one by one for others when there is nothing to do.

    Args:
        flow: the weights of every flow that is missing.
        at_answer: requests that come with the first answer.
    """

    def __init__(self, flow: LearnedFlow, requests: list[object], at_answer: list[object],
                 when_quiet: list[object]) -> None:
        self.news: list[object] = []
        self._flow, self._requests, self._at_answer, self._when_quiet = flow, requests, at_answer, when_quiet

    def send(self, news: object) -> None:
        self.news.append(news)
        if isinstance(news, Missing):
            self._requests.append(Provide(news.key, self._flow))
        elif isinstance(news, Answered):
            self._requests += self._at_answer
            self._at_answer = []

    def waiting(self) -> list[object]:
        waiting, self._requests = self._requests, []
        return waiting

    def wait(self) -> object:
        queue = self._requests or self._when_quiet
        if not queue:
            raise PipeIsClosed
        return queue.pop(0)


def test_a_training_is_stopped_while_questions_are_answered(monkeypatch):
    """The training is small, so that all pictures together take longer than its end."""
    monkeypatch.setattr("fmviz.flow.device.use_threads", lambda _: None)
    monkeypatch.setattr("fmviz.engine.host._warm_up", lambda: None)
    project, last = Project(Side(shape="gaussian"), Side(shape="moons"), (WIDE,)), 6
    layout = Layout(WIDE.width, WIDE.depth)
    flat = initial_parameters(layout, torch.Generator().manual_seed(0))
    flow = LearnedFlow(project, weights_of(layout, flat, units_of(project.source, project.target)))
    asked = [Animation(FlowId(7, 0, step), Sampling("euler", 4), False) for step in range(1, last + 1)]
    own = Animation(FlowId(1, 0, 0), Sampling("euler", 4), is_fine=False)
    train = Train(1, replace(project, lanes=(replace(WIDE, width=8, depth=1),)))
    pipe = Pipe(flow, [train, *(Ask(entry) for entry in asked)], [Stop()], [Ask(own)])
    with pytest.raises(PipeIsClosed):
        _Engine(pipe, pipe).run()
    order = [news.question if isinstance(news, Answered) else "stopped" for news in pipe.news
             if isinstance(news, Answered | Finished)]
    assert order.index("stopped") < order.index(asked[-1])
    assert [entry for entry in order if entry != "stopped"] == [*asked, own]
    assert all(news.value.step == news.question.flow.step for news in pipe.news if isinstance(news, Answered))
    # What the engine has learned itself does not come back from the window, and the rest is asked for once.
    assert [news.key for news in pipe.news if isinstance(news, Missing)] == [entry.flow for entry in asked]
