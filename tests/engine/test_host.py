"""Laws of a training that goes on from weights which only the window has: they come, and what is said meanwhile counts.

The engine's own loop runs here without a process; the window's part is a script.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial

import pytest

from fmviz.core.cloud import Side
from fmviz.core.config import FlowConfig, Sampling
from fmviz.core.frames import FlowSnapshot
from fmviz.core.project import LearnedFlow, Project
from fmviz.core.questions import FlowId
from fmviz.engine.host import _Engine
from fmviz.engine.messages import Failed, Finished, Missing, Pause, Provide, Resume, RunNews, Sample, Stop, Train
from fmviz.flow.answers import Facts
from fmviz.flow.run import TrainingRun

pytestmark = pytest.mark.usefixtures("few_points")

SEEN, ENDLESS = 7, 1_000_000
LANES = tuple(FlowConfig(coupling="random", width=8 + lane, depth=1, batch=16, nfe=4) for lane in range(4))
PROJECT = Project(Side(shape="gaussian"), Side(shape="moons"), LANES)
FLOWS = tuple(FlowId(1, lane, SEEN) for lane in range(len(LANES)))


class WindowIsGone(ConnectionError):
    """Ends the engine's loop."""


class Window:
    """Both ends of the pipe: provides what is missing, says some things besides.

    Args:
        said_meanwhile: requests that come before the first weights.
        lost: what it has not got any more.
        when_quiet: requests for when the engine has nothing left to do; then the window is gone.
    """

    def __init__(self, request: Train, said_meanwhile: tuple[object, ...] = (), lost: tuple[FlowId, ...] = (),
                 when_quiet: tuple[object, ...] = ()) -> None:
        self.news: list[object] = []
        self.missed: list[Hashable] = []
        self.news_in_quiet: list[object] | None = None
        self._requests: list[object] = [request]
        self._said_meanwhile, self._lost, self._when_quiet = said_meanwhile, lost, when_quiet
        run = TrainingRun(PROJECT)
        self._weights = {flow: LearnedFlow.of(PROJECT, flow.lane, run.weights(flow.lane)) for flow in FLOWS}

    def send(self, news: object) -> None:
        self.news.append(news)
        if isinstance(news, Missing):
            if not self.missed:
                self._requests += self._said_meanwhile
            self.missed.append(news.key)
            self._requests.append(Provide(news.key, None if news.key in self._lost else self._weights[news.key]))

    def waiting(self) -> list[object]:
        waiting, self._requests = self._requests, []
        return waiting

    def wait(self) -> object:
        if not self._requests:
            self.news_in_quiet = self.news_in_quiet or list(self.news)
            self._requests, self._when_quiet = list(self._when_quiet), ()
        if not self._requests:
            raise WindowIsGone
        return self._requests.pop(0)

    def of(self, kind: type) -> list[object]:
        return [news for news in self.news if isinstance(news, kind)]

    @property
    def final(self) -> list[FlowSnapshot]:
        return [news.value for news in self.news if isinstance(news, RunNews)
                and isinstance(news.value, FlowSnapshot) and news.value.is_final]


Serve = Callable[..., Window]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Serve:
    """Run an engine that keeps one thing at a time for questions, until there is nothing left to do."""
    monkeypatch.setattr("fmviz.flow.answers.Facts", partial(Facts, 1))
    monkeypatch.setattr("fmviz.flow.device.use_threads", lambda _: None)
    monkeypatch.setattr("fmviz.engine.host._warm_up", lambda: None)

    def serve(more_steps: int, *args: object, **kwargs: object) -> Window:
        train = Train(2, PROJECT, FLOWS, (SEEN,) * len(FLOWS), (more_steps,) * len(FLOWS))
        window = Window(train, *args, **kwargs)
        with pytest.raises(WindowIsGone):
            _Engine(window, window).run()
        return window
    return serve


def test_a_training_goes_on_from_weights_that_have_no_room_beside_each_other(serve: Serve) -> None:
    window = serve(5)
    assert window.missed == list(FLOWS)
    assert [picture.step for picture in window.final] == [SEEN + 5] * len(LANES)
    assert len(window.of(Finished)) == 1
    assert window.of(Failed) == []


def test_a_stop_while_weights_come_is_heard(serve: Serve) -> None:
    window = serve(ENDLESS, (Stop(),))
    assert [picture.step for picture in window.final] == [SEEN] * len(LANES)
    assert len(window.of(Finished)) == 1


def test_a_pause_while_weights_come_is_heard(serve: Serve) -> None:
    window = serve(5, (Pause(),), when_quiet=(Resume(),))
    assert window.missed == list(FLOWS)
    assert window.news_in_quiet is not None
    assert not any(isinstance(news, RunNews) for news in window.news_in_quiet)
    assert len(window.of(Finished)) == 1


def test_a_sampling_that_is_asked_for_while_weights_come_is_that_of_the_pictures(serve: Serve) -> None:
    samplings = tuple(Sampling("euler", steps) for steps in (1, 2, 3, 4))
    assert tuple(picture.sampling for picture in serve(5, (Sample(samplings),)).final) == samplings


def test_only_what_the_training_needs_can_be_gone(serve: Serve) -> None:
    window = serve(5, (Provide(FlowId(9, 0, 0), None),))
    assert (len(window.of(Finished)), window.of(Failed)) == (1, [])
    window = serve(5, lost=FLOWS[2:3])
    (failed,) = window.of(Failed)
    assert isinstance(failed, Failed)
    assert "press Train to begin afresh" in failed.message
    assert window.of(Finished) == []
