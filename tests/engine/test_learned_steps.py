"""Laws of undo over what was learned: exact there and back, bounded in bytes, the oldest goes first."""

import gc
import weakref

import numpy as np
import pytest

from fmviz.core.cloud import Side
from fmviz.core.extent import Extent
from fmviz.core.frames import Curves, FlowSnapshot, Grid
from fmviz.core.project import KeptStep, LearnedLane
from fmviz.core.quantities import Metrics
from fmviz.engine.document import Document
from fmviz.engine.learned_lanes import EarlierResults
from fmviz.engine.messages import RunNews
from fmviz.engine.results import Results
from fmviz.engine.session import Session, State
from fmviz.files.project_file import ProjectFile

NO_FIELD = Grid(Extent(0, 0, 1), np.array([0.0, 1.0]), np.zeros((2, 4, 4, 2)))

MEGABYTE = 2**20


def lane(n_bytes=64):
    return LearnedLane({"a": np.zeros(n_bytes // 4, dtype=np.float32)}, None, (KeptStep(1, {"a": np.zeros(1)}),))


class Shelf:
    """Results, and a stack of steps over them."""

    def __init__(self):
        self.document = Document()
        self.results = Results()
        self.earlier = EarlierResults(self.exchange, MEGABYTE)

    def exchange(self, state):
        shown = self.results.state
        self.results.restore(state)
        return shown

    def learn(self, entry):
        before = self.results.state
        self.results.adopt(self.document.project, (entry,))
        self.earlier.keep(self.document.undo_stack, "Train again", before)

    @property
    def shown(self):
        (result,) = self.results.learned(self.document.project)
        return result.weights


@pytest.fixture
def shelf(qapp):
    shelf = Shelf()
    yield shelf
    shelf.document.undo_stack.clear()  # as the session's shutdown does


def test_each_earlier_result_comes_back_and_goes_again(shelf):
    entries = [lane() for _ in range(5)]
    for entry in entries:
        shelf.learn(entry)
    for entry in reversed(entries[:-1]):
        shelf.document.undo()
        assert shelf.shown is entry.weights
    for entry in entries[1:]:
        shelf.document.redo()
        assert shelf.shown is entry.weights
    assert not shelf.document.can_redo


def test_the_oldest_results_go_first_and_the_last_one_always_stays(shelf):
    entries = [lane(MEGABYTE // 3) for _ in range(6)]
    references = [weakref.ref(entry.weights["a"]) for entry in entries]
    for entry in entries:
        shelf.learn(entry)
    huge = lane(3 * MEGABYTE)
    shelf.learn(huge)
    shelf.learn(lane())
    del entries, entry
    gc.collect()
    assert [reference() is not None for reference in references] == [False] * 6
    shelf.document.undo()
    assert shelf.shown is huge.weights


def test_steps_that_hold_nothing_any_more_are_passed_over(shelf):
    first = shelf.document.project.source
    shelf.document.set_side("source", Side(shape="rings"), "Pick rings")
    for _ in range(4):
        shelf.learn(lane(MEGABYTE))
    kept = shelf.shown
    shelf.document.undo()
    assert shelf.shown is not kept
    shelf.document.undo()
    assert shelf.document.project.source == first
    for _ in range(2):
        shelf.document.redo()
    assert shelf.shown is kept


def test_what_several_results_share_counts_once(shelf):
    shared = {"a": np.zeros(MEGABYTE // 8, dtype=np.float32)}
    for step in range(20):
        shelf.learn(LearnedLane(shared, None, (KeptStep(step, shared),)))
    for _ in range(20):
        shelf.document.undo()
    assert shelf.results.learned(shelf.document.project)[0].is_empty


def test_forgetting_is_a_step_and_a_new_edit_lets_go_of_what_was_undone(qapp):
    document = Document()
    session = Session(document)
    session.reset()
    assert not document.can_undo
    entry = lane()
    session.adopt((entry,))
    assert (session.state, document.is_modified) == (State.DONE, False)
    session.reset()
    assert (session.state, session.learned()[0].is_empty) == (State.IDLE, True)
    assert document.undo_stack.undoText() == "Forget what was learned"
    document.undo()
    assert session.state is State.DONE
    assert session.learned()[0].weights is entry.weights
    assert [kept.weights for kept in session.learned()[0].kept] == [kept.weights for kept in entry.kept]
    document.redo()
    assert session.learned()[0].is_empty
    document.undo()
    document.set_setting("batch", 64)
    assert not document.can_redo
    session.shutdown()


def test_only_the_time_of_the_new_training_counts(qapp):
    """Trying the example out for a moment, beside pictures that took long, must not end in a question."""
    document = Document()
    document.set_lanes(("random", "ot"))
    session = Session(document)
    points = np.zeros((2, 3, 2), dtype=np.float32)

    def picture(lane, seconds):
        return FlowSnapshot(lane, "random", 5, np.array([0.0, 1.0]), points.copy(), Extent(0, 0, 1),
                            NO_FIELD, points[0], points[0], None, Curves(), Metrics(seconds=seconds))

    session.adopt((LearnedLane(snapshot=picture(0, 60.0)), LearnedLane(snapshot=picture(1, 60.0))))
    document.show(ProjectFile(document.project, session.learned()), None)
    session.adopt(session.learned())
    session.run_project = document.project
    session._results.begin(document.project)
    session._handle(RunNews(session._job, picture(0, 2.0)))
    assert not document.is_modified
    session._handle(RunNews(session._job, picture(0, 20.0)))
    assert document.is_modified
    session.shutdown()
