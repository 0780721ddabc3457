"""Laws of baking beside a training: a share of the time, an answer in any case, and every request heard meanwhile."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from patience import PATIENCE_MS
from PySide6.QtCore import QEventLoop, QTimer

from fmviz.core.cloud import Side
from fmviz.core.config import FlowConfig
from fmviz.core.errors import ConfigError
from fmviz.core.project import KeptStep, Project
from fmviz.engine.host import serve
from fmviz.engine.link import Link
from fmviz.engine.messages import BakeStep, Finished, Ready, RunNews, StepBaked, Stop, Train, conflation_key
from fmviz.engine.step_baker import StepBaker
from fmviz.flow.kept import bake_kept
from fmviz.flow.network import Layout, initial_parameters, weights_of
from fmviz.flow.units import units_of

WIDE = FlowConfig(coupling="random", width=256, depth=3, batch=32, steps=1_000_000, nfe=4)


def request(job: int, config: FlowConfig = WIDE) -> BakeStep:
    project = Project(Side(shape="gaussian"), Side(shape="moons"), (config,))
    layout = Layout(config.width, config.depth)
    flat = initial_parameters(layout, torch.Generator().manual_seed(0))
    return BakeStep(job, project, 0, KeptStep(job, weights_of(layout, flat, units_of(project.source, project.target))))


def begin(asked):
    return bake_kept(asked.project, asked.lane, asked.kept)


@pytest.fixture
def baker():
    return StepBaker(begin)


def bake_all(baker):
    answers = []
    while baker.is_busy:
        answer = baker.advance()
        answers += [answer] if answer is not None else []
    return answers


def test_beside_a_training_it_takes_at_most_a_quarter_of_the_time(monkeypatch):
    clock, breath_s = [0.0], 0.007
    monkeypatch.setattr("fmviz.engine.step_baker.perf_counter", lambda: clock[0])

    def slow(asked):
        work = begin(asked)
        while True:
            clock[0] += breath_s
            try:
                yield next(work)
            except StopIteration as end:
                return end.value

    baker = StepBaker(slow)
    for job in (1, 2):
        baker.ask(request(job))
    training = 0.0
    answers = 0
    baker.count_training(1000.0)  # which was alone: nothing is saved up
    while baker.is_busy:
        training += 0.01
        baker.count_training(0.01)
        if baker.is_due:
            answers += baker.advance() is not None
    assert answers == 2
    assert clock[0] > 10 * breath_s
    assert clock[0] - breath_s - 0.02 <= 0.25 * (clock[0] + training)


def test_requests_are_answered_in_order_with_the_pictures_that_were_asked_for(baker):
    for job in (3, 1, 2):
        baker.ask(request(job))
    assert [(answer.job, answer.step, answer.snapshot.step) for answer in bake_all(baker)] == [
        (3, 3, 3), (1, 1, 1), (2, 2, 2)]


def test_what_was_baked_at_leisure_is_no_debt_to_a_later_training(baker):
    baker.ask(request(1))
    bake_all(baker)
    baker.ask(request(2))
    for _ in range(100):
        baker.count_training(0.01)
    assert baker.is_due


def test_what_cannot_be_baked_is_answered_too_and_the_next_one_is_baked(baker):
    bad = request(1)
    baker.ask(replace(bad, kept=KeptStep(1, {"a": np.zeros(3, np.float32)})))
    baker.ask(request(2))
    with pytest.raises(ConfigError):
        baker.advance()
    answer = baker.give_up()
    assert (answer.job, answer.snapshot) == (1, None)
    assert [answer.job for answer in bake_all(baker)] == [2]


@pytest.fixture
def engine(qapp):
    """The engine's process; `news` is what it has said."""
    link = Link(serve, "engine under test", conflation_key, 0.1)
    link.news = []
    link.arrived.connect(lambda: link.news.extend(link.take()))
    link.start()
    yield link
    link.stop()


def wait_for(link, is_there):
    """Wait for news."""
    loop = QEventLoop()
    link.arrived.connect(lambda: loop.quit() if any(map(is_there, link.news)) else None)
    QTimer.singleShot(PATIENCE_MS, loop.quit)
    if not any(map(is_there, link.news)):
        loop.exec()
    assert any(map(is_there, link.news))


def test_a_training_is_stopped_while_pictures_are_baked(engine):
    """The training is small, so that all pictures together take longer than its end."""
    wait_for(engine, lambda news: isinstance(news, Ready))
    last = 12
    engine.send(Train(1, request(1, replace(WIDE, width=8, depth=1)).project))
    wait_for(engine, lambda news: isinstance(news, RunNews))
    for job in range(1, last + 1):
        engine.send(request(job))
    engine.send(Stop())
    wait_for(engine, lambda news: isinstance(news, StepBaked) and news.job == last)
    order = [news.job if isinstance(news, StepBaked) else "stopped" for news in engine.news
             if isinstance(news, StepBaked | Finished)]
    assert order.index("stopped") < order.index(last)
    assert [job for job in order if job != "stopped"] == list(range(1, last + 1))
