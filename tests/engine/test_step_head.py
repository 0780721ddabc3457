"""The step head with a real engine: earlier steps are shown, the newest wish wins, files bring their course along."""

import numpy as np
import pytest
from PySide6.QtCore import QEventLoop, QTimer

from fmviz.core.cloud import Side
from fmviz.core.config import FlowConfig
from fmviz.core.project import Project, compared
from fmviz.engine.document import Document
from fmviz.engine.session import Session, State

SHORT = FlowConfig(width=16, depth=1, batch=32, steps=60, nfe=4, pool=64)
WAIT_MS = 30_000


@pytest.fixture(scope="module")
def trained(qapp):
    """Two lanes that have been trained, and their engine."""
    document = Document(project=compared(Project(Side(shape="gaussian"), Side(shape="moons"), (SHORT,))))
    session = Session(document)
    loop = QEventLoop()
    session.state_changed.connect(lambda state: loop.quit() if state is State.DONE else None)
    QTimer.singleShot(WAIT_MS, loop.quit)
    session.train()
    loop.exec()
    assert session.state is State.DONE
    yield document, session
    session.shutdown()


@pytest.fixture
def head(trained):
    head = trained[1].steps
    head.set_step(None)
    yield head
    head.set_step(None)


def shown_steps(head):
    return [snapshot.step for snapshot in head.snapshots]


def test_the_newest_is_shown_until_another_is_wished_for(qtbot, trained, head):
    session = trained[1]
    assert head.steps[0] == 0
    assert head.steps[-1] == 60
    assert head.snapshots == session.snapshots
    head.set_step(10)
    assert head.step == 10
    qtbot.waitUntil(lambda: shown_steps(head) == [10, 10], timeout=WAIT_MS)
    assert [snapshot.coupling for snapshot in head.snapshots] == ["random", "ot"]
    assert [snapshot.lane for snapshot in head.snapshots] == [0, 1]
    assert np.array_equal(head.snapshots[0].x[0], session.snapshots[0].x[0])
    head.set_step(10_000)
    assert head.step is None
    assert head.snapshots == session.snapshots


def test_of_many_wishes_the_last_is_shown(qtbot, head):
    for step in head.steps:
        head.set_step(step)
    for step in reversed(head.steps[:-1]):
        head.set_step(step)
    qtbot.waitUntil(lambda: shown_steps(head) == [0, 0], timeout=WAIT_MS)


def test_moving_stays_within_the_steps(head):
    head.move(-1)
    assert head.place == len(head.steps) - 2
    head.move(-10_000)
    assert head.place == 0
    head.move(10_000)
    assert head.step is None


def test_watching_ends_at_the_newest_and_a_wish_ends_watching(qtbot, head):
    seen = []
    head.snapshots_changed.connect(lambda: seen.append(head.snapshots[0].step))
    head.set_step(head.steps[-4])
    head.watch()
    assert head.is_watching
    qtbot.waitUntil(lambda: not head.is_watching, timeout=WAIT_MS)
    assert head.step is None
    assert seen == sorted(seen)
    head.watch()
    head.set_step(5)
    assert not head.is_watching


def test_moments_are_gathered_oldest_first(qtbot, trained, head):
    told = []
    head.gathering.connect(lambda done, total: told.append((done, total)))
    with qtbot.waitSignal(head.gathered, timeout=WAIT_MS) as gathered:
        head.gather(7)
    moments = gathered.args[0]
    assert [[snapshot.step for snapshot in moment] for moment in moments] == sorted(
        [snapshot.step for snapshot in moment] for moment in moments)
    assert len(moments) == 7
    assert moments[0][0].step == 0
    assert told[-1] == (7, 7)


def test_a_file_brings_its_course_along(qtbot, trained, head, tmp_path):
    document, session = trained
    document.save(tmp_path / "a.fmviz", session.learned())
    steps = head.steps
    session.adopt(document.open(tmp_path / "a.fmviz").learned)
    assert head.steps == steps
    head.set_step(20)
    qtbot.waitUntil(lambda: shown_steps(head) == [20, 20], timeout=WAIT_MS)
