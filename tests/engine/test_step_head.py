"""The step head with a real engine: earlier steps are shown, the newest wish wins, files bring their course along."""

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest
from documents import reopen, save
from made_engine import DEADLY, serve_pictures
from patience import PATIENCE_MS
from PySide6.QtCore import QEventLoop, QTimer

from fmviz.core.cloud import Side
from fmviz.core.config import FlowConfig
from fmviz.core.project import LaneKept, Project, compared
from fmviz.engine.child_process import ENGINE
from fmviz.engine.document import Document
from fmviz.engine.messages import RunNews
from fmviz.engine.moments import Moments
from fmviz.engine.session import Session, Stale, State

pytestmark = pytest.mark.usefixtures("few_points_engine")

SHORT = FlowConfig(width=16, depth=1, batch=32, steps=60, nfe=4, pool=64)


def until(session, state, act):
    """Do something, and wait until the session has come to a state."""
    loop = QEventLoop()
    session.state_changed.connect(lambda now: loop.quit() if now is state else None)
    QTimer.singleShot(PATIENCE_MS, loop.quit)
    act()
    loop.exec()
    assert session.state is state


@pytest.fixture(scope="module")
def trained(qapp, few_points_engine):
    """Two trained lanes that tests only look at; one engine, whose start takes seconds, serves the whole file."""
    document = Document(project=compared(Project(Side(shape="gaussian"), Side(shape="moons"), (SHORT,))))
    session = Session(document)
    until(session, State.DONE, session.train)
    yield document, session
    session.shutdown()


@pytest.fixture(scope="module")
def trained_file(trained, tmp_path_factory):
    document, session = trained
    path = tmp_path_factory.mktemp("trained") / "a.fmviz"
    save(document, path, session.learned())
    return path


@pytest.fixture
def own(trained, trained_file):
    """The two lanes for a test that changes them: read from their file, and afterwards once more."""
    document, session = trained

    def bring_back():
        session.adopt(reopen(document, trained_file).learned)
        assert session.state is State.DONE

    bring_back()
    yield document, session
    bring_back()


@pytest.fixture
def deadly(monkeypatch, tmp_path):
    """A file: the engine dies of the picture whose lane and step are written there."""
    path = tmp_path / "picture"
    path.touch()
    monkeypatch.setenv(DEADLY, str(path))
    monkeypatch.setattr("fmviz.engine.session.ENGINE", replace(ENGINE, target=serve_pictures))
    return path


@pytest.fixture
def alone(qtbot, deadly, trained_file):
    """The two lanes with an engine of their own, which may die of a picture."""
    document = Document()
    session = Session(document)
    session.adopt(reopen(document, trained_file).learned)
    with qtbot.waitSignal(session.ready):
        session.start_engine()
    yield document, session
    session.shutdown()


@pytest.fixture
def listen():
    """Connect a signal for as long as the test lasts."""
    connected = []

    def connect(told, slot):
        told.connect(slot)
        connected.append((told, slot))

    yield connect
    for told, slot in connected:
        told.disconnect(slot)


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
    qtbot.waitUntil(lambda: shown_steps(head) == [10, 10])
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
    qtbot.waitUntil(lambda: shown_steps(head) == [0, 0])


def test_moving_stays_within_the_steps(head):
    head.move(-1)
    assert head.place == len(head.steps) - 2
    head.move(-10_000)
    assert head.place == 0
    head.move(10_000)
    assert head.step is None


def test_watching_ends_at_the_newest_and_a_wish_ends_watching(qtbot, head, listen):
    seen = []
    listen(head.snapshots_changed, lambda: seen.append(head.snapshots[0].step))
    head.set_step(head.steps[-4])
    head.watch()
    assert head.is_watching
    qtbot.waitUntil(lambda: not head.is_watching)
    assert head.step is None
    assert seen == sorted(seen)
    head.watch()
    head.set_step(5)
    assert not head.is_watching


def steps_of(moments):
    return [[snapshot.step for snapshot in moment] for moment in moments]


def gathered(qtbot, moments, act=lambda: None):
    """Want the moments of all steps; return them once they are there."""
    with qtbot.waitSignal(moments.changed, check_params_cb=lambda: not moments.is_gathering):
        moments.want()
        act()
    return moments.gathered()


@pytest.fixture
def moments(trained):
    made = Moments(trained[1].steps, trained[1].asker)
    yield made
    made.cancel()
    made.deleteLater()


def test_moments_come_oldest_first(qtbot, moments, monkeypatch, listen):
    monkeypatch.setattr("fmviz.engine.moments.MOST", 7)
    told = []
    listen(moments.progressed, lambda done, total: told.append((done, total)))
    steps = steps_of(gathered(qtbot, moments))
    assert steps == sorted(steps)
    assert len(steps) == 7
    assert steps[0] == [0, 0]
    assert told[-1] == (7, 7)
    moments.want()
    assert not moments.is_gathering  # they are there


def test_a_course_can_be_of_one_step_beside_the_newest(qtbot, own, own_moments):
    session = own[1]
    session.adopt(tuple(replace(lane, kept=lane.kept[:1]) for lane in session.learned()))
    assert len(session.steps.steps) == 2  # as of networks so large that no more have room
    assert steps_of(gathered(qtbot, own_moments)) == [[0, 0]]


def test_the_pictures_of_one_step_come_beside_what_is_shown(qtbot, trained, head, moments):
    shown = head.snapshots
    moments.want_step(10)
    qtbot.waitUntil(lambda: not moments.is_gathering)
    assert [snapshot.step for snapshot in moments.at_step(10)] == [10, 10]
    assert (head.snapshots, moments.at_step(20), moments.is_lost(10)) == (shown, None, False)


@pytest.mark.parametrize("left", ["random", "ot"])
def test_a_lane_that_goes_takes_its_earlier_picture_along(qtbot, trained, head, left):
    document, session = trained
    head.set_step(10)
    qtbot.waitUntil(lambda: shown_steps(head) == [10, 10])
    document.set_lanes((left,))
    assert len(head.snapshots) == len(session.snapshots) == 1
    assert (head.step, shown_steps(head)) == (10, [10])
    assert head.snapshots[0].coupling == left
    document.set_lanes(("random", "ot"))
    qtbot.waitUntil(lambda: shown_steps(head) == [10, 10])


def test_a_file_brings_its_course_along(qtbot, trained, head, trained_file):
    document, session = trained
    steps = head.steps
    session.adopt(reopen(document, trained_file).learned)
    assert head.steps == steps
    head.set_step(20)
    qtbot.waitUntil(lambda: shown_steps(head) == [20, 20])


@pytest.fixture
def own_moments(own):
    made = Moments(own[1].steps, own[1].asker)
    yield made
    made.cancel()
    made.deleteLater()


def test_moments_outlive_a_run_that_goes_on(qtbot, own, own_moments):
    steps = steps_of(gathered(qtbot, own_moments, own[1].train_longer))
    assert steps == sorted(steps)
    assert len(steps) > 20


@pytest.mark.parametrize("how", ["reset", "train"])
def test_moments_end_with_nothing_when_their_training_is_gone(qtbot, own, own_moments, how, listen):
    session, begin = own[1], getattr(own[1], how)
    listen(own_moments.progressed, lambda done, _: begin() if done == 1 and session.state is State.DONE else None)
    own_moments.want()
    qtbot.waitUntil(lambda: not own_moments.is_gathering)
    assert own_moments.gathered() is None


def test_another_sampling_asks_for_other_moments(qtbot, own, own_moments, monkeypatch):
    monkeypatch.setattr("fmviz.engine.moments.MOST", 4)
    before = gathered(qtbot, own_moments)
    own[0].set_setting("nfe", 1)
    assert own_moments.gathered() is None
    after = gathered(qtbot, own_moments)
    assert steps_of(after) == steps_of(before)
    assert {snapshot.sampling.nfe for moment in after for snapshot in moment} == {1}


def test_a_picture_that_a_lost_engine_left_open_is_asked_of_the_next_one(qtbot, alone, deadly, listen, monkeypatch):
    monkeypatch.setattr("fmviz.engine.moments.MOST", 7)
    session, moments = alone[1], Moments(alone[1].steps, alone[1].asker, alone[1])
    lost = []
    listen(session._engine.lost, lambda how: (lost.append(how), deadly.write_text("")))
    deadly.write_text("1 0")
    steps = steps_of(gathered(qtbot, moments))
    assert lost == ["killed by signal 9"]
    assert len(steps) == 7
    assert steps == sorted(steps)


def test_a_picture_that_two_engines_died_of_is_left_out_and_not_shown(qtbot, alone, deadly, listen, monkeypatch):
    monkeypatch.setattr("fmviz.engine.moments.MOST", 3)
    session, head, moments = alone[1], alone[1].steps, Moments(alone[1].steps, alone[1].asker, alone[1])
    sentences, seen = [], []
    listen(session.notice, sentences.append)
    deadly.write_text("1 0")
    steps = steps_of(gathered(qtbot, moments))
    assert len(steps) == 2
    assert 0 < steps[0][0] < steps[1][0]
    assert any("twice" in sentence for sentence in sentences)
    listen(head.snapshots_changed, lambda: seen.append((head.step, shown_steps(head))))
    head.set_step(0)
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [(None, [60, 60])]
    deadly.write_text("")
    head.set_step(0)  # a new wish is tried again
    qtbot.waitUntil(lambda: shown_steps(head) == [0, 0])


def test_each_kept_step_is_told_once(qtbot, own, listen):
    session = own[1]
    said, told = [], []
    listen(session._engine.said, lambda news: said.append(news.value.lane)
           if isinstance(news, RunNews) and isinstance(news.value, LaneKept) else None)
    listen(session.kept_changed, told.append)
    with qtbot.waitSignal(session.state_changed, check_params_cb=lambda state: state is State.DONE):
        session.train_longer()
    assert len(said) > 20
    assert told == said


def test_pictures_and_weights_go_with_their_training(qtbot, own, own_moments):
    document, session = own
    pictures = [weakref.ref(moment[0].x) for moment in gathered(qtbot, own_moments)]
    weights = [weakref.ref(kept) for result in session.results for kept in result.kept]
    assert len(weights) > 40
    session.reset()
    document.new()
    gc.collect()
    assert [living for living in (*pictures, *weights) if living() is not None] == []


def test_pictures_take_bounded_memory_and_moments_hold_their_own(qtbot, own, own_moments, monkeypatch):
    session, head = own[1], own[1].steps
    monkeypatch.setattr("fmviz.engine.moments.MOST", 7)
    monkeypatch.setattr(session.asker, "_most_bytes", 2**20)  # three pictures
    assert len(gathered(qtbot, own_moments)) == 7
    # Lanes are answered in any order: of the last three pictures, all may be of one lane.
    there = [picture for step in head.steps[:-1] for picture in head.baked(step) if picture is not None]
    assert 0 < len(there) <= 3


@pytest.mark.parametrize(("name", "value"), [("solver", "euler"), ("solver", "dopri5"), ("nfe", 2)])
def test_another_sampling_asks_for_another_picture_and_for_no_training(qtbot, own, name, value):
    document, session = own
    (first, _), step = session.snapshots, session.steps.steps[3]
    document.set_setting(name, value)
    assert session.stale is Stale.NONE
    assert session.snapshots[0] is first  # until there is another one
    qtbot.waitUntil(lambda: not session.is_sampling())
    sampled = session.snapshots[0]
    assert sampled.sampling == document.project.lanes[0].sampling != first.sampling
    assert sampled.metrics.w2 != first.metrics.w2
    assert sampled.metrics.loss == first.metrics.loss
    assert session.state is State.DONE
    assert (session.learned()[0].snapshot.sampling, session.learned()[0].weights) == (
        sampled.sampling, session.results[0].weights)
    session.steps.set_step(step)
    qtbot.waitUntil(lambda: shown_steps(session.steps) == [step, step])
    assert session.steps.snapshots[0].sampling == sampled.sampling
    document.undo()
    assert session.snapshots[0] is first  # at once
    assert not session.is_sampling()


def test_a_lane_that_differs_in_sampling_alone_needs_no_training(qtbot, own):
    document, session = own
    for steps in (1, 2):
        document.add_lane(0, solver="euler", nfe=steps)
    assert session.stale is Stale.NONE
    qtbot.waitUntil(lambda: not session.is_sampling())
    assert [len(snapshot.t) for snapshot in session.snapshots[2:]] == [2, 3]
    assert [snapshot.lane for snapshot in session.snapshots] == [0, 1, 2, 3]
    assert session.snapshots[2].metrics.w2 != session.snapshots[0].metrics.w2
    session.steps.set_step(session.steps.steps[3])
    qtbot.waitUntil(lambda: not session.steps.is_waiting)
    assert [len(snapshot.t) for snapshot in session.steps.snapshots[2:]] == [2, 3]
    assert session.state is State.DONE


def test_a_file_with_another_sampling_than_its_pictures_opens_up_to_date(qtbot, own, tmp_path):
    document, session = own
    document.set_setting("nfe", 1)
    document.set_setting("solver", "euler")
    save(document, tmp_path / "b.fmviz", session.learned())  # before there is another picture
    session.adopt(reopen(document, tmp_path / "b.fmviz").learned)
    assert session.stale is Stale.NONE
    assert not document.is_modified
    qtbot.waitUntil(lambda: not session.is_sampling())
    assert len(session.snapshots[0].t) == 2
    assert not document.is_modified


def test_moments_end_where_no_engine_can_start(qtbot, trained_file, tmp_path, monkeypatch):
    (tmp_path / "torch.py").write_text("raise ImportError('libtorch.so is missing')")
    monkeypatch.syspath_prepend(tmp_path)
    document = Document()
    session = Session(document)
    session.adopt(reopen(document, trained_file).learned)
    assert gathered(qtbot, Moments(session.steps, session.asker, session)) is None
    session.shutdown()
