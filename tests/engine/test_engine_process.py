"""An engine that was lost is started again, but not one that goes on dying; whoever waits hears that none is coming."""

from __future__ import annotations

import numpy as np
import pytest
from engine_children import be_ready_and_die, picture

from fmviz.core.frames import Curves, LaneProgress, Metrics
from fmviz.core.project import KeptStep, LearnedLane
from fmviz.engine.document import Document
from fmviz.engine.engine_process import EngineProcess
from fmviz.engine.session import Session


def test_an_engine_that_dies_again_and_again_is_given_up(qtbot, monkeypatch):
    monkeypatch.setattr("fmviz.engine.engine_process.serve", be_ready_and_die)
    engine = EngineProcess()
    heard = []
    for signal in (engine.ready, engine.lost, engine.missed):
        signal.connect(heard.append)
    for _ in range(2):  # a second wish tries it again
        heard.clear()
        with qtbot.waitSignal(engine.missed):
            engine.start()
        assert engine.is_missed
        assert heard[:-1] == ["a child", "exit code 3"] * 3
        assert "3 times" in heard[-1]
        assert "exit code 3" in heard[-1]
        assert engine.process_id is None
    engine.shutdown()


@pytest.fixture
def session(qapp):
    session = Session(Document())
    kept = tuple(KeptStep(step, {"a": np.zeros(1)}) for step in (3, 5, 9))
    session.adopt((LearnedLane({"a": np.zeros(1)}, picture(300), kept),))
    yield session
    session.shutdown()


def test_the_step_is_that_of_the_picture_when_no_engine_is_coming(session):
    head, moved = session.steps, []
    head.step_changed.connect(lambda: moved.append(head.step))
    head.set_step(3)
    assert head.is_waiting
    session._engine.missed.emit("The engine could not start.")
    assert moved == [3, None]
    assert (head.is_waiting, head.snapshots[0].step, head.steps) == (False, 300, (3, 5, 9, 300))


def test_a_training_that_begins_again_does_not_move_the_step_of_the_picture(session):
    session._results.begin(session._document.project)
    session._results.put(LaneProgress(0, 5, 100, 0.05, Curves(), Metrics()))
    session._lanes.refresh()
    assert session.step(0) == 5
    assert session.steps.steps[-1] == session.snapshots[0].step == 300
