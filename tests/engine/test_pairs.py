"""Pairs are asked once for each change, what still holds is kept, and what scenes show is asked ahead."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.config import FlowConfig
from fmviz.core.frames import Pairs
from fmviz.core.project import Project, Scene, compared
from fmviz.core.style import Style
from fmviz.engine.asker import Asker
from fmviz.engine.child_process import ENGINE, ChildProcess
from fmviz.engine.document import Document
from fmviz.engine.messages import Answered, Ask
from fmviz.engine.pairs import PairBatches


def small_project():
    rng = np.random.default_rng(0)
    sides = [Side(cloud=PointCloud(rng.normal(size=(40, 2)) + 3 * k)) for k in (0, 1)]
    return compared(Project(*sides, (FlowConfig(),)), ("random", "ot"))


class Line(QObject):
    """Stands where the engine does: takes down what it is asked, says what the test wants said."""

    ready = Signal(str)
    said = Signal(object)
    lost = Signal(str)
    missed = Signal(str)

    def __init__(self):
        super().__init__()
        self.device_label, self.is_missed = "test", False
        self.sent = []

    def start(self):
        pass

    def send(self, request):
        self.sent.append(request)

    @property
    def asked(self):
        """The questions so far."""
        return [request.question for request in self.sent if isinstance(request, Ask)]

    @property
    def sizes(self):
        """The sizes that were asked for, one for both lanes."""
        return [question.size for question in self.asked if question.coupling == "ot"]

    def answer(self, size, optimum=1.0, couplings=("random", "ot")):
        points = np.zeros((size, 2), dtype=np.float32)
        for question in list(self.asked):
            if question.size == size and question.coupling in couplings:
                self.said.emit(Answered(question, Pairs(points, points + 1, 2.0, optimum), optimum is not None))


@pytest.fixture
def document(qapp):
    return Document(project=small_project())


@pytest.fixture
def line():
    return Line()


def desk_of(document, line):
    return PairBatches(document, Asker(line, lambda key: None))


@pytest.fixture
def desk(document, line):
    return desk_of(document, line)


def look(document, **values):
    document.set_style(replace(document.project.style.with_view("pairs"), **values))


def test_it_asks_once_for_each_change_and_only_while_pairs_are_seen(desk, document, line):
    document.set_style(replace(document.project.style, batch=64))
    assert line.asked == []
    look(document)
    look(document, trail=0.5)
    assert line.sizes == [64]
    look(document, batch=8)
    look(document, batch=8, bandwidth=2.0)
    assert line.sizes == [64, 8]
    document.set_setting("width", 32)
    document.set_setting("nfe", 2)
    assert len(line.asked) == 4
    document.set_setting("seed", 5)
    document.set_side("source", Side(shape="rings"), "Pick rings")
    assert len(line.asked) == 8
    document.set_lanes(("ot",))
    assert len(line.asked) == 9
    document.set_style(document.project.style.with_view("field"))
    document.set_side("source", Side(shape="moons"), "Pick moons")
    assert len(line.asked) == 9
    look(document)
    assert len(line.asked) == 10
    assert desk.problem(line.asked[-1].problem).source.shape == "moons"
    assert desk.problem(line.asked[-1].problem).lanes[0].seed == 5


def test_the_pool_matters_to_cells_alone(desk, document, line):
    document.set_lanes(("ot", "semidiscrete"))
    look(document, batch=8)
    assert {question.coupling: question.settings for question in line.asked} == {
        "ot": (), "semidiscrete": (("pool", FlowConfig.pool),)}
    line.answer(8, couplings=("ot", "semidiscrete"))
    document.set_setting("pool", 64)
    (asked,) = line.asked[2:]
    assert (asked.coupling, asked.settings) == ("semidiscrete", (("pool", 64),))
    assert desk.pairs[0] is not None
    assert desk.pairs[1] is None


def test_pairs_of_another_size_stay_until_the_new_ones_come(desk, document, line):
    look(document, batch=64)
    line.answer(64)
    look(document, batch=8)
    assert [len(pairs.x0) for pairs in desk.pairs] == [64, 64]
    line.answer(8, couplings=("random",))
    assert [len(pairs.x0) for pairs in desk.pairs] == [8, 64]
    document.set_side("source", Side(shape="rings"), "Pick rings")
    assert desk.pairs == (None, None)


def test_it_waits_until_every_lane_has_its_optimum(desk, document, line):
    told = []
    desk.waiting_changed.connect(told.append)
    look(document)
    line.answer(256, optimum=None)
    assert desk.is_waiting
    line.answer(256, couplings=("ot",))
    assert desk.is_waiting
    line.answer(256, couplings=("random",))
    assert told == [True, False]


def test_an_answer_to_an_older_question_is_dropped(desk, document, line):
    look(document, batch=64)
    look(document, batch=8)
    line.answer(64)
    assert desk.pairs == (None, None)


def test_pairs_that_cannot_be_drawn_are_not_waited_for_and_tried_again_when_wanted(desk, document, line):
    look(document)
    for question in list(line.asked):
        line.said.emit(Answered(question, None, complaint="The pairs cannot be drawn."))
    assert not desk.is_waiting
    desk.want()
    assert desk.is_waiting
    assert line.sizes == [256, 256]


def test_an_answered_question_is_not_put_to_the_next_engine(desk, document, line):
    look(document)
    line.answer(256)
    line.ready.emit("test")
    assert line.sizes == [256]


def test_a_real_engine_draws_what_was_asked_last(qtbot, document):
    engine, desks = ChildProcess(ENGINE), []
    desk = PairBatches(document, Asker(engine, lambda key: desks[0].problem(key)))
    desks.append(desk)
    try:
        for size in (512, 128, 16):
            look(document, batch=size)
        qtbot.waitUntil(lambda: not desk.is_waiting)
        random, best = desk.pairs
        assert len(random.x0) == len(best.x0) == 16
        assert random.optimum == best.optimum < best.usual < random.usual
        assert not best.x0.flags.writeable
        look(document, batch=32)
        qtbot.waitUntil(lambda: not desk.is_waiting)
        np.testing.assert_array_equal(desk.pairs[1].x0[:16], best.x0)
    finally:
        engine.shutdown()


def test_nobody_waits_for_an_engine_that_is_not_coming(line, desk):
    told = []
    desk.waiting_changed.connect(told.append)
    desk.want()
    line.missed.emit("The engine could not start.")
    assert told == [True, False]
    desk.want()
    assert desk.is_waiting


def scenes_of(*sizes):
    return tuple(Scene(f"{size}", replace(Style().with_view("pairs"), batch=size)) for size in sizes)


def test_what_scenes_show_is_kept_and_shown_at_once(document, line, desk):
    document.set_scenes((*scenes_of(8, 16, 64), Scene("Paths")), "Give")
    for size in (8, 16, 32):
        document.set_style(scenes_of(size)[0].style)
        line.answer(size)
    assert [[len(pairs.x0) for pairs in lane] for lane in desk.batches()] == [[8, 16], [8, 16]]

    other = Line()
    opened = Document(project=document.project)
    again = desk_of(opened, other)
    again.adopt(desk.batches())
    told = []
    again.changed.connect(told.append)
    for size in (16, 8, 64):
        opened.set_style(scenes_of(size)[0].style)
    assert other.sizes == [64]
    assert told == [0, 1, 0, 1]
    opened.set_style(scenes_of(8)[0].style)
    assert (again.is_waiting, [len(pairs.x0) for pairs in again.pairs]) == (False, [8, 8])
    opened.set_side("source", Side(shape="rings"), "Pick rings")
    assert again.batches() == ((), ())


def test_what_scenes_will_show_is_asked_ahead_behind_what_is_shown(document, line, desk):
    document.set_scenes((*scenes_of(8, 16, 64), Scene("Paths")), "Give")
    look(document, batch=32)
    desk.prepare()
    assert sorted(line.sizes) == [8, 16, 32, 64]
    ranks = {request.question.size: request.rank for request in line.sent if isinstance(request, Ask)}
    assert ranks[32] < min(ranks[8], ranks[16], ranks[64])
    line.answer(8)
    line.answer(16, optimum=None)
    assert desk.pairs == (None, None)
    look(document, batch=16)  # which is under way: it is not asked again
    assert sorted(line.sizes) == [8, 16, 32, 64]
    for size in (16, 64):
        line.answer(size)
    for size in (8, 16, 64):
        look(document, batch=size)
        assert (desk.is_waiting, [len(pairs.x0) for pairs in desk.pairs]) == (False, [size, size])
    assert sorted(line.sizes) == [8, 16, 32, 64]


def test_other_clouds_end_what_was_asked_ahead(document, line, desk):
    document.set_scenes(scenes_of(8, 16), "Give")
    desk.prepare()
    document.set_side("source", Side(shape="rings"), "Pick rings")
    line.answer(8)
    assert desk.batches() == ((), ())
