"""Contracts of the session with a real engine process: states, results, and what happens when the engine is lost."""

import os
import signal
import subprocess
from dataclasses import replace

import numpy as np
import pytest
from documents import save
from patience import PATIENCE_MS, PATIENCE_S
from PySide6.QtCore import QEventLoop, QTimer

from fmviz.core.cloud import Side
from fmviz.core.config import FlowConfig, Sampling
from fmviz.core.project import Project, compared
from fmviz.core.questions import Animation, FlowId
from fmviz.core.style import Style
from fmviz.engine.document import Document
from fmviz.engine.messages import Finished
from fmviz.engine.results import ACTIONS, TRANSITIONS
from fmviz.engine.session import Session, Stale, State

pytestmark = pytest.mark.usefixtures("few_points_engine")

SHORT = FlowConfig(width=16, depth=1, batch=32, steps=60, nfe=4, pool=64)
ENDLESS = 1_000_000
TINY = Project(Side(shape="gaussian"), Side(shape="moons"), (SHORT,))


class Window:
    """A document, its session and everything that the session says."""

    def __init__(self):
        self.document = Document(project=TINY)
        self.session = Session(self.document)
        self.states, self.failures, self.notices = [], [], []
        self.session.state_changed.connect(self.states.append)
        self.session.failed.connect(self.failures.append)
        self.session.notice.connect(self.notices.append)

    def begin_again(self):
        while self.document.can_undo:
            self.document.undo()
        self.session.adopt(())
        self.states.clear()
        self.failures.clear()
        self.notices.clear()

    def wait(self, qtbot, *states):
        qtbot.waitUntil(lambda: self.session.state in states)

    def wait_for_pictures(self, qtbot):
        qtbot.waitUntil(lambda: None not in self.session.snapshots)

    def train(self, qtbot, steps=SHORT.steps):
        """Train to the end, or until pictures are there if there is no end."""
        self.document.set_setting("steps", steps)
        self.session.train()
        if steps == ENDLESS:
            self.wait_for_pictures(qtbot)
        else:
            self.wait(qtbot, State.DONE)

    def settle(self, qtbot):
        """Wait until the engine has handled everything so far: requests are handled in order."""
        unknown = Animation(FlowId(-1, 0, 0), Sampling())
        with qtbot.waitSignal(self.session.asker.failed):
            self.session.asker.want("settled", unknown)
        self.session.asker.drop("settled")
        self.notices.clear()


@pytest.fixture(scope="module")
def shared_window(qapp, few_points_engine):
    """One engine for the tests that do not kill it: it takes seconds to import torch."""
    window = Window()
    loop = QEventLoop()
    window.session.ready.connect(loop.quit)
    QTimer.singleShot(PATIENCE_MS, loop.quit)
    window.session.start_engine()
    loop.exec()
    assert window.session.device_label is not None
    yield window
    window.session.shutdown()


@pytest.fixture
def window(shared_window):
    shared_window.begin_again()
    yield shared_window
    shared_window.begin_again()


@pytest.fixture
def own_window(qapp):
    """A window whose engine may be killed."""
    window = Window()
    yield window
    window.session.shutdown()


def test_training_ends_with_final_pictures_and_the_whole_history(qtbot, window):
    window.train(qtbot)
    session = window.session
    (snapshot,) = session.snapshots
    assert snapshot.is_final
    assert snapshot.step == session.step(0) == session.progress[0].step == SHORT.steps
    assert snapshot.curves.loss_step[-1] <= SHORT.steps
    assert np.isfinite(snapshot.curves.loss).all()
    assert not snapshot.x.flags.writeable
    assert session.stale is Stale.NONE
    assert window.states == [State.TRAINING, State.DONE]
    (learned,) = session.learned()
    assert learned.snapshot is snapshot
    assert learned.weights is session.results[0].weights
    assert all(np.isfinite(array).all() for array in learned.weights.values())


def test_two_lanes_train_together(qtbot, window):
    window.document.set_lanes(("random", "ot"))
    window.train(qtbot)
    first, second = window.session.snapshots
    assert (first.coupling, second.coupling) == ("random", "ot")
    assert np.array_equal(first.x[0], second.x[0])
    assert first.is_final
    assert second.is_final


def test_pause_stops_the_steps_and_resume_goes_on(qtbot, window):
    window.train(qtbot, ENDLESS)
    session = window.session
    session.pause()
    assert session.state is State.PAUSED
    window.settle(qtbot)
    step = session.step(0)
    window.settle(qtbot)
    assert session.step(0) == step
    session.resume()
    assert session.state is State.TRAINING
    qtbot.waitUntil(lambda: session.step(0) > step)


def test_train_in_a_pause_resumes_the_same_run_and_replaces_another(qtbot, window):
    window.train(qtbot, ENDLESS)
    session = window.session
    session.pause()
    session.train()
    assert session.state is State.TRAINING
    old = session.snapshots[0]
    window.document.set_setting("width", 8)
    session.train()
    assert session.state is State.TRAINING
    assert session.stale is Stale.SETTINGS
    qtbot.waitUntil(lambda: session.stale is Stale.NONE)
    assert session.snapshots[0] is not old


def test_stop_in_a_pause_ends_with_final_pictures(qtbot, window):
    window.train(qtbot, ENDLESS)
    session = window.session
    session.pause()
    session.stop()
    assert session.state is State.STOPPING
    window.wait(qtbot, State.DONE)
    assert session.snapshots[0].is_final
    assert session.step(0) < ENDLESS


def test_a_second_stop_skips_the_numbers(qtbot, window):
    window.train(qtbot, ENDLESS)
    session = window.session
    session.stop()
    session.stop()
    window.wait(qtbot, State.DONE)
    assert session.snapshots[0].is_final
    assert session.snapshots[0].metrics.nll is None
    assert not session.progress[0].is_measuring


def test_stop_right_after_train_is_not_forgotten(qtbot, window):
    window.document.set_setting("steps", ENDLESS)
    window.session.train()
    window.session.stop()
    window.wait(qtbot, State.DONE)


def test_a_run_that_ends_before_its_first_picture_leaves_nothing(window):
    session = window.session
    session.train()
    session.stop()
    session._engine.said.emit(Finished(session._job))
    assert session.state is State.IDLE
    assert session.snapshots == (None,)
    assert session.can("train")
    assert not session.can("train_longer")


def test_train_longer_goes_on_where_it_ended(qtbot, window):
    window.train(qtbot, ENDLESS)
    session = window.session
    session.stop()
    window.wait(qtbot, State.DONE)
    assert session.snapshots[0].is_final
    before, ended_at = session.progress[0].curves, session.step(0)
    session.train_longer()
    # A curve's newest value is the mean of a whole bin of steps: the first step of a bin does not show yet.
    qtbot.waitUntil(lambda: session.progress[0] is not None
                    and session.progress[0].curves.loss_step[-1] > before.loss_step[-1])
    assert session.step(0) > ended_at
    assert session.progress[0].total_steps == ended_at + ENDLESS
    assert session.progress[0].curves.loss_step[0] == before.loss_step[0]


def test_train_longer_goes_on_from_a_file(qtbot, window):
    window.train(qtbot, ENDLESS)
    session = window.session
    learned = session.learned()
    session.reset()
    session.adopt(learned)
    (picture,) = session.snapshots
    assert picture is learned[0].snapshot
    assert (session.state, session.stale, session.step(0)) == (State.DONE, Stale.NONE, picture.step)
    session.train_longer()
    assert session.snapshots == (picture,)
    qtbot.waitUntil(lambda: session.step(0) > picture.step)
    assert session.reached(0).curves.loss_step[0] == picture.curves.loss_step[0]


def test_the_picture_is_stale_exactly_while_the_document_differs(qtbot, window):
    window.train(qtbot, ENDLESS)
    window.session.pause()
    window.settle(qtbot)
    session, document = window.session, window.document
    told = []
    session.stale_changed.connect(told.append)
    document.set_setting("lr", 0.01)
    document.set_side("source", Side(shape="rings"), "Pick rings")
    document.set_style(Style().with_view("density"))
    own, other = session.learned()
    assert own.is_empty
    assert other.snapshot is session.snapshots[0]
    assert other.origin.source == TINY.source
    document.undo()
    document.undo()
    session.stale_changed.disconnect(told.append)
    assert told == [Stale.SETTINGS, Stale.CLOUDS, Stale.SETTINGS, Stale.NONE]
    assert session.learned()[0].snapshot is session.snapshots[0]


def test_comparing_keeps_the_picture_of_the_lane_that_stays(qtbot, window):
    window.train(qtbot, ENDLESS)
    window.session.pause()
    window.settle(qtbot)
    session, document = window.session, window.document
    (snapshot,) = session.snapshots
    document.set_lanes(("random", "ot"))
    assert session.snapshots == (snapshot, None)
    assert session.pairs == (None, None)
    assert session.stale is Stale.SETTINGS
    document.undo()
    assert session.snapshots == (snapshot,)
    assert session.stale is Stale.NONE


def test_pairs_come_untrained_and_while_training_and_leave_with_their_clouds(qtbot, window):
    session, document = window.session, window.document
    session.request_pairs()
    qtbot.waitUntil(lambda: None not in session.pairs)
    assert session.state is State.IDLE
    assert session.pairs[0].x0.shape == session.pairs[0].x1.shape
    document.set_side("source", Side(shape="rings"), "Pick rings")
    assert session.pairs == (None,)
    window.train(qtbot, ENDLESS)
    session.request_pairs()
    qtbot.waitUntil(lambda: None not in session.pairs)
    assert session.state is State.TRAINING


def test_a_run_samples_as_its_lanes_ask_for_now(qtbot, window):
    session, document = window.session, window.document
    window.train(qtbot, ENDLESS)
    document.add_lane(0, width=8)  # which the run does not have
    document.set_setting("nfe", 2)
    document.remove_lane(1)
    qtbot.waitUntil(lambda: len(session.snapshots[0].t) == 2)  # one step of the midpoint rule
    assert session.state is State.TRAINING
    assert session.snapshots[0].sampling.nfe == 2
    assert session.stale is Stale.NONE


def test_lanes_that_share_a_training_show_their_own_sampling_while_it_runs(qtbot, window):
    session, document = window.session, window.document
    window.train(qtbot, ENDLESS)

    def show(*samplings):
        qtbot.waitUntil(lambda: [session.snapshots[lane].sampling for lane in range(len(samplings))]
                        == list(samplings))
        assert [picture.lane for picture in session.snapshots] == list(range(len(samplings)))
        assert (session.state, session.stale, session.is_sampling()) == (State.TRAINING, Stale.NONE, False)

    usual, coarse = TINY.lanes[0].sampling, Sampling("euler", 1)
    document.add_lane(0, solver="euler", nfe=1)
    show(usual, coarse)
    qtbot.waitUntil(lambda: session.reached(1).metrics.path_ratio is not None)  # a picture may come before its numbers
    assert session.reached(1).metrics.path_ratio == pytest.approx(1.0)  # one step is a straight one
    assert len(session.snapshots[0].t) > len(session.snapshots[1].t) == 2
    step = session.snapshots[1].step
    qtbot.waitUntil(lambda: session.snapshots[1].step > step)  # it learns on
    document.set_solver_steps(2)
    show(replace(usual, nfe=4), replace(coarse, nfe=2))
    document.remove_lane(0)
    show(replace(coarse, nfe=2))
    document.add_lane(0, nfe=3)
    session.stop()
    window.wait(qtbot, State.DONE)
    qtbot.waitUntil(lambda: not session.is_sampling())
    assert [picture.sampling.nfe for picture in session.snapshots] == [2, 3]
    assert len({picture.step for picture in session.snapshots}) == 1
    assert all(picture.metrics.npe is not None for picture in session.snapshots)


def test_train_in_a_pause_resumes_a_run_that_learns_all_that_is_asked_for(qtbot, window):
    session, document = window.session, window.document
    document.set_lanes(("random", "ot"))
    window.train(qtbot, ENDLESS)
    session.pause()
    document.remove_lane(0)
    document.add_lane(0, nfe=2)
    run = session.run_project
    session.train()
    assert session.state is State.TRAINING
    assert session.run_project is run


def test_numbers_in_a_pause_are_those_of_the_sampling_that_is_shown(qtbot, window):
    session, document = window.session, window.document
    window.train(qtbot, ENDLESS)
    qtbot.waitUntil(lambda: session.reached(0).metrics.w2 is not None)
    session.pause()
    window.settle(qtbot)
    trained = session.reached(0)
    document.set_setting("solver", "euler")
    document.set_setting("nfe", 1)
    qtbot.waitUntil(lambda: not session.is_sampling())
    shown, numbers = session.snapshots[0].metrics, session.reached(0).metrics
    assert session.snapshots[0].sampling == Sampling("euler", 1)
    assert (numbers.w2, numbers.npe, numbers.path_ratio) == (shown.w2, shown.npe, shown.path_ratio)
    assert numbers.path_ratio == pytest.approx(1.0)  # one step is a straight one
    assert numbers.w2 != trained.metrics.w2
    assert (numbers.loss, numbers.seconds) == (trained.metrics.loss, trained.metrics.seconds)
    assert (session.step(0), session.reached(0).curves) == (trained.step, trained.curves)
    document.undo()
    document.undo()
    again = session.reached(0).metrics
    assert (again.w2, again.path_ratio) == (trained.metrics.w2, trained.metrics.path_ratio)


def test_reset_forgets_everything_and_drops_late_news(qtbot, window):
    window.train(qtbot, ENDLESS)
    session = window.session
    session.reset()
    assert session.state is State.IDLE
    window.settle(qtbot)
    assert session.snapshots == session.progress == session.results == (None,)
    assert session.step(0) == 0


def test_training_again_keeps_the_earlier_result_as_an_undo_step(qtbot, window):
    window.train(qtbot)
    session, document = window.session, window.document
    steps = document.undo_stack.index()
    (first,) = session.learned()
    session.train()
    window.wait(qtbot, State.DONE)
    (second,) = session.learned()
    assert second.snapshot is not first.snapshot
    assert (document.undo_stack.index(), document.undo_stack.undoText()) == (steps + 1, "Train again")
    for undone, (learned, act) in enumerate([(first, document.undo), (second, document.redo), (first, document.undo)]):
        act()
        (now,) = session.learned()
        assert (now.weights, now.snapshot, now.kept) == (learned.weights, learned.snapshot, learned.kept), undone
        assert session.snapshots == (learned.snapshot,)
        assert (session.state, session.stale) == (State.DONE, Stale.NONE)
        assert session.step(0) == learned.snapshot.step
    session.train_longer()
    qtbot.waitUntil(lambda: session.step(0) > SHORT.steps)
    assert session.reached(0).curves.loss_step[0] == first.snapshot.curves.loss_step[0]
    window.wait(qtbot, State.DONE)
    assert session.step(0) == 2 * SHORT.steps
    document.undo()
    assert session.learned()[0].snapshot is first.snapshot


def test_undo_ends_the_training_that_it_takes_back(qtbot, window):
    window.train(qtbot)
    session, document = window.session, window.document
    (first,) = session.learned()
    document.set_setting("steps", ENDLESS)
    session.train()
    qtbot.waitUntil(lambda: session.snapshots[0] is not first.snapshot and session.step(0) > session.snapshots[0].step)
    document.undo()
    assert (session.state, session.snapshots, session.stale) == (State.DONE, (first.snapshot,), Stale.SETTINGS)
    window.settle(qtbot)
    assert session.snapshots == (first.snapshot,)
    document.redo()
    assert session.stale is Stale.NONE
    assert session.snapshots[0] is not first.snapshot
    assert session.step(0) == session.snapshots[0].step == session.results[0].weights_step
    assert session.results[0].curves.loss_step[-1] <= session.step(0)
    session.train_longer()
    assert session.state is State.TRAINING


def test_a_training_that_cannot_begin_says_why_and_the_next_one_works(qtbot, window):
    window.document.set_setting("device", "mps" if os.name == "posix" and not os.path.exists("/System") else "cuda")
    window.session.train()
    window.wait(qtbot, State.FAILED)
    (message,) = window.failures
    assert "device" in message
    window.document.undo()
    window.train(qtbot, ENDLESS)
    assert window.session.state is State.TRAINING


def test_learning_modifies_a_saved_project(qtbot, window, tmp_path):
    window.document.set_setting("steps", ENDLESS)
    save(window.document, tmp_path / "a.fmviz", window.session.learned())
    window.train(qtbot, ENDLESS)
    assert window.document.is_modified


def test_an_action_that_does_not_belong_to_a_state_is_ignored(qtbot, window):
    session = window.session
    moves, last = [], [session.state]
    follow = session.state_changed.connect(lambda state: (moves.append((last[0], state)), last.__setitem__(0, state)))
    ways = {
        State.IDLE: session.reset,
        State.TRAINING: lambda: window.train(qtbot, ENDLESS),
        State.PAUSED: session.pause,
        State.STOPPING: session.stop,
        State.DONE: lambda: window.wait(qtbot, State.DONE),
    }
    for state, reach in ways.items():
        reach()
        for action, states in ACTIONS.items():
            assert session.can(action) is (state in states)
            if state not in states:
                getattr(session, action)()
            assert session.state is state
    session.reset()
    session.state_changed.disconnect(follow)
    assert all(after in TRANSITIONS[before] for before, after in moves)


def test_the_life_of_an_engine(qtbot, own_window):
    """One story, because each engine takes seconds to import torch."""
    session, failures = own_window.session, own_window.failures
    own_window.document.set_lanes(("random", "ot"))
    own_window.document.set_setting("steps", ENDLESS)

    # Stop, while the engine starts, takes the wish back.
    session.train()
    assert session.state is State.STARTING
    session.stop()
    assert session.state is State.IDLE
    with qtbot.waitSignal(session.ready):
        pass
    assert session.state is State.IDLE

    # An engine that is lost in rest is replaced quietly, Train waits for it, and what was asked is asked again.
    first = session.engine_process_id
    os.kill(first, signal.SIGSTOP)
    session.request_pairs()
    os.kill(first, signal.SIGKILL)
    qtbot.waitUntil(lambda: session.device_label is None)
    session.train()
    own_window.wait_for_pictures(qtbot)
    assert session.state is State.TRAINING
    assert failures == []
    assert None not in session.pairs

    # Lost while training: said so, the pictures kept, a new engine started; Train goes on from there.
    qtbot.waitUntil(lambda: all(len(snapshot.curves.loss) for snapshot in session.snapshots))
    second = session.engine_process_id
    os.kill(second, signal.SIGKILL)
    own_window.wait(qtbot, State.FAILED)
    (message,) = failures
    assert "signal 9" in message
    assert "Press Train" in message
    kept, steps = session.snapshots, [session.step(0), session.step(1)]
    assert None not in kept
    assert session.stale is Stale.NONE
    session.train()
    assert session.state is State.STARTING
    assert session.snapshots == kept
    qtbot.waitUntil(lambda: None not in session.progress and session.step(0) > steps[0] and session.step(1) > steps[1])
    assert session.progress[0].total_steps == ENDLESS
    # The curve has what came before the picture from which it goes on; how finely changes as it grows.
    assert session.progress[0].curves.loss_step[0] < kept[0].step

    # Closing while it trains: gone, and never started again.
    assert len({first, second, session.engine_process_id}) == 3
    session.shutdown()
    session.start_engine()
    assert session.engine_process_id is None


def test_an_engine_that_cannot_start_says_why_and_does_not_try_for_ever(qtbot, own_window, tmp_path, monkeypatch):
    """The child gets this process' module path, where a broken torch comes first."""
    (tmp_path / "torch.py").write_text("raise ImportError('libtorch.so is missing')")
    monkeypatch.syspath_prepend(tmp_path)
    session = own_window.session
    session.start_engine()
    qtbot.waitUntil(lambda: bool(own_window.notices))
    assert own_window.notices == ["The engine could not start: libtorch.so is missing."]
    assert (session.state, session.engine_process_id) == (State.IDLE, None)
    session.train()
    own_window.wait(qtbot, State.FAILED)
    assert own_window.failures == own_window.notices
    assert session.engine_process_id is None
    assert own_window.states == [State.STARTING, State.FAILED]


def test_shutdown_before_anything_and_twice(own_window):
    own_window.session.shutdown()
    own_window.session.start_engine()
    own_window.session.shutdown()


def test_shutdown_while_starting_leaves_no_process(own_window):
    own_window.session.start_engine()
    own_window.session.shutdown()
    assert own_window.session.engine_process_id is None


def test_a_project_with_two_lanes_has_two_entries_of_everything(qapp):
    session = Session(Document(project=compared(TINY)))
    assert session.snapshots == session.progress == session.pairs == session.results == (None, None)
    assert len(session.learned()) == 2


QUIT_WITHOUT_SHUTDOWN = """
from PySide6.QtCore import QCoreApplication, QTimer
from fmviz.engine.document import Document
from fmviz.engine.session import Session
if __name__ == "__main__":
    app = QCoreApplication([])
    session = Session(Document())
    session.start_engine()
    QTimer.singleShot(0, app.quit)
    app.exec()
"""


def test_an_application_that_quits_without_shutdown_exits_cleanly(python, root, tmp_path):
    script = tmp_path / "window.py"
    script.write_text(QUIT_WITHOUT_SHUTDOWN)
    done = subprocess.run(
        [python, str(script)], env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, timeout=PATIENCE_S,
        check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
