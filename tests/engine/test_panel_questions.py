"""What a panel shows follows lane, step and window; what is cancelled stays and can be gone on with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from made_engine import picture, serve_pictures
from pytestqt.qtbot import QtBot

from fmviz.core.project import KeptStep, LearnedLane, Project
from fmviz.engine.child_process import ENGINE
from fmviz.engine.document import Document
from fmviz.engine.session import Session

WEIGHTS = {"w": np.zeros(2, dtype=np.float32)}


@pytest.fixture
def document(qtbot: QtBot) -> Iterator[Document]:
    lane = Project().lanes[0]
    made = Document(project=replace(Project(), lanes=(lane, replace(lane, width=32))))
    yield made
    made.deleteLater()


@pytest.fixture
def session(document: Document, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """Two lanes with random coupling and a kept step; of the second the gradients are never done."""
    monkeypatch.setattr("fmviz.engine.session.ENGINE", replace(ENGINE, target=serve_pictures))
    made = Session(document)
    kept = (KeptStep(0, WEIGHTS), KeptStep(30, WEIGHTS))
    made.adopt(tuple(LearnedLane(WEIGHTS, replace(picture(60), lane=lane), kept) for lane in (0, 1)))
    made.start_engine()
    yield made
    made.shutdown()
    made.deleteLater()


def test_it_shows_the_lane_and_the_step_that_are_asked_for(session: Session, qtbot: QtBot) -> None:
    panels = session.panels
    panels.look("gradients", 0)
    qtbot.waitUntil(lambda: panels.done == 1.0)
    (lane,) = panels.lanes()
    assert (lane.mark.lane, lane.step) == (0, 60)
    session.steps.set_step(0)
    qtbot.waitUntil(lambda: [lane.step for lane in panels.lanes()] == [0] and not panels.is_waiting)
    panels.look(None)
    assert panels.lanes() == ()
    assert not panels.is_waiting


def test_what_is_cancelled_stays_and_can_be_gone_on_with(session: Session, qtbot: QtBot) -> None:
    panels = session.panels
    panels.look("gradients", 1)
    qtbot.waitUntil(lambda: panels.done == 0.5)
    assert panels.is_waiting
    assert not panels.can_go_on
    panels.cancel()
    assert not panels.is_waiting
    assert panels.can_go_on
    assert panels.done == 0.5, "what is there stays"
    panels.go_on()
    assert panels.is_waiting
    assert not panels.can_go_on


def test_what_has_no_answer_says_why_and_asks_nothing(session: Session, document: Document, qtbot: QtBot) -> None:
    panels = session.panels
    document.set_lanes(("ot",))
    session.adopt((LearnedLane(WEIGHTS, replace(picture(60), coupling="ot")),))
    panels.look("gradients")
    (lane,) = panels.lanes()
    assert "OT coupling" in lane.why_not
    assert not panels.is_waiting
