"""Asking where lanes carry particles from chosen starts: the newest is shown in the end, for all lanes at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from made_engine import serve_pictures
from pytestqt.qtbot import QtBot

from fmviz.core.carried import Carried
from fmviz.core.extent import Extent
from fmviz.core.frames import Curves, FlowSnapshot, Grid
from fmviz.core.project import LearnedLane, Project, compared
from fmviz.core.quantities import Metrics
from fmviz.core.style import Style
from fmviz.engine.child_process import ENGINE
from fmviz.engine.document import Document
from fmviz.engine.session import Session

NO_FIELD = Grid(Extent(0, 0, 1), np.array([0.0, 1.0]), np.zeros((2, 4, 4, 2)))


def picture(lane: int, coupling: str) -> FlowSnapshot:
    x = np.linspace(np.zeros((3, 2)), np.ones((3, 2)), 2)
    return FlowSnapshot(lane, coupling, 60, np.array([0.0, 1.0]), x, Extent(0, 0, 1), NO_FIELD, x[0], x[1],
                        None, Curves(), Metrics(), is_final=True)


@pytest.fixture
def session(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """Two learned lanes, and an engine that answers at once: everybody goes one unit to the right."""
    monkeypatch.setattr("fmviz.engine.session.ENGINE", replace(ENGINE, target=serve_pictures))
    document = Document(project=compared(Project()))
    made = Session(document)
    made.adopt(tuple(LearnedLane({"w": np.zeros(2, dtype=np.float32)}, picture(lane, config.coupling))
                     for lane, config in enumerate(document.project.lanes)))
    yield made
    made.shutdown()
    made.deleteLater()
    document.deleteLater()


def shown(session: Session) -> list[tuple[tuple[float, float], ...]]:
    """Return from where each lane's particles go that are shown."""
    return [() if one is None or one.own is None else tuple(map(tuple, one.own.x[0].tolist()))
            for one in session.drawn()]


def test_all_lanes_change_at_once_and_end_with_the_newest(session: Session, qtbot: QtBot) -> None:
    seen, wanted = [], []
    session.beside.changed.connect(lambda: seen.append(shown(session)))
    session.asker.answered.connect(lambda _slot: wanted.append(
        [question.starts for lane in (0, 1) if (question := session.asker.wanted(("own", lane))) is not None]))
    session.start_engine()
    moves = [((float(k), 0.5),) for k in range(30)]
    for starts in moves:
        session.beside.look(Style(starts=starts), 0.0)
    qtbot.waitUntil(lambda: shown(session) == [moves[-1]] * 2)
    assert all(first == second for first, second in seen)
    assert all(first == second for first, second in wanted)
    assert seen[0] == [moves[0]] * 2, "what was asked first is let come"
    assert len(seen) < len(moves)
    before = session.drawn()
    assert all(one is other for one, other in zip(before, session.drawn(), strict=True))
    assert before[0].own.x[1].tolist() == [[30.0, 0.5]]


def test_who_follows_nothing_of_its_own_sees_nothing_old(session: Session, qtbot: QtBot) -> None:
    session.start_engine()
    session.beside.look(Style(starts=((1.0, 2.0),)), 0.0)
    qtbot.waitUntil(lambda: shown(session) == [((1.0, 2.0),)] * 2)
    session.beside.look(Style(starts=()), 0.0)
    assert shown(session) == [(), ()]
    session.beside.look(Style(starts=((3.0, 4.0),)), 0.0)
    assert shown(session) == [(), ()]
    session.beside.look(Style(starts=((1.0, 2.0),)), 0.0)
    qtbot.waitUntil(lambda: shown(session) == [((1.0, 2.0),)] * 2)
    known = session.beside.with_known(None, session.snapshots, Style(starts=((1.0, 2.0),)))
    assert all(isinstance(one.own, Carried) for one in known)
    others = Style(starts=((9.0, 9.0),))
    assert all(one.own is None for one in session.beside.with_known(None, session.snapshots, others))
