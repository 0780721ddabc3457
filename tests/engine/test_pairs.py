"""The desk asks once for each change, keeps what still holds, and gives up what engines die of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.config import FlowConfig
from fmviz.core.frames import Pairs
from fmviz.core.project import Project, compared
from fmviz.core.scene import Scene
from fmviz.core.style import Style
from fmviz.engine.document import Document
from fmviz.engine.keeper import EngineKeeper
from fmviz.engine.messages import PairsDrawn
from fmviz.engine.pairs import PairsDesk


def small_project():
    rng = np.random.default_rng(0)
    sides = [Side(cloud=PointCloud(rng.normal(size=(40, 2)) + 3 * k)) for k in (0, 1)]
    return compared(Project(*sides, (FlowConfig(),)), ("random", "ot"))


class Line(QObject):
    """Stands where the keeper does: takes down what it is asked, says what the test wants said."""

    ready = Signal(str)
    said = Signal(object)
    missed = Signal(str)

    def __init__(self):
        super().__init__()
        self.device_label = "test"
        self.asked = []

    def start(self):
        pass

    def send(self, request):
        self.asked.append(request)

    def answer(self, size, optimum=1.0, lanes=(0, 1)):
        points = np.zeros((size, 2), dtype=np.float32)
        for lane in lanes:
            self.said.emit(PairsDrawn(self.asked[-1].job, lane, Pairs(points, points + 1, 2.0, optimum)))


@pytest.fixture
def document(qapp):
    return Document(project=small_project())


@pytest.fixture
def line():
    return Line()


@pytest.fixture
def desk(document, line):
    return PairsDesk(document, line)


def look(document, **values):
    document.set_style(replace(document.project.style.with_view("pairs"), **values))


def test_it_asks_once_for_each_change_and_only_while_pairs_are_seen(desk, document, line):
    document.set_style(replace(document.project.style, batch=64))
    assert line.asked == []
    look(document)
    look(document, trail=0.5)
    assert [request.count for request in line.asked] == [64]
    look(document, batch=8)
    look(document, batch=8, bandwidth=2.0)
    assert [request.count for request in line.asked] == [64, 8]
    document.set_setting("width", 32)
    assert len(line.asked) == 2
    document.set_setting("seed", 5)
    document.set_side("source", Side(shape="rings"), "Pick rings")
    document.set_lanes(("ot",))
    assert len(line.asked) == 5
    document.set_style(document.project.style.with_view("field"))
    document.set_side("source", Side(shape="moons"), "Pick moons")
    assert len(line.asked) == 5
    look(document)
    assert len(line.asked) == 6
    assert line.asked[-1].project.source.shape == "moons"


def test_pairs_of_another_size_stay_until_the_new_ones_come(desk, document, line):
    look(document, batch=64)
    line.answer(64)
    look(document, batch=8)
    assert [len(pairs.x0) for pairs in desk.pairs] == [64, 64]
    line.answer(8, lanes=(0,))
    assert [len(pairs.x0) for pairs in desk.pairs] == [8, 64]
    document.set_side("source", Side(shape="rings"), "Pick rings")
    assert desk.pairs == (None, None)


def test_it_waits_until_every_lane_has_its_optimum(desk, document, line):
    told = []
    desk.waiting_changed.connect(told.append)
    look(document)
    line.answer(256, optimum=None)
    assert desk.is_waiting
    line.answer(256, lanes=(1,))
    assert desk.is_waiting
    line.answer(256, lanes=(0,))
    assert told == [True, False]


def test_an_answer_to_an_older_question_is_dropped(desk, document, line):
    look(document, batch=64)
    first = line.asked[-1].job
    look(document, batch=8)
    points = np.zeros((64, 2), dtype=np.float32)
    line.said.emit(PairsDrawn(first, 0, Pairs(points, points, 0.0, 0.0)))
    assert desk.pairs == (None, None)


def test_pairs_that_cannot_be_drawn_are_not_waited_for(desk, document, line):
    look(document)
    for lane in (0, 1):
        line.said.emit(PairsDrawn(line.asked[-1].job, lane, None))
    assert not desk.is_waiting


def test_a_question_that_engines_die_of_is_asked_twice_and_given_up(desk, document, line):
    look(document)
    for _ in range(4):
        line.ready.emit("test")
    assert len(line.asked) == 2
    assert not desk.is_waiting
    look(document, batch=8)  # another question is a new beginning
    assert len(line.asked) == 3
    assert desk.is_waiting


def test_an_answered_question_is_not_put_to_the_next_engine(desk, document, line):
    look(document)
    line.answer(256)
    line.ready.emit("test")
    assert len(line.asked) == 1


def test_a_real_engine_draws_what_was_asked_last(qtbot, document):
    keeper = EngineKeeper()
    desk = PairsDesk(document, keeper)
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
        keeper.shutdown()


def test_nobody_waits_for_an_engine_that_is_not_coming(line, desk):
    told = []
    desk.waiting_changed.connect(told.append)
    desk.want()
    line.missed.emit("The engine could not start.")
    assert told == [True, False]
    desk.want()
    assert desk.is_waiting
    assert len(line.asked) == 2


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
    again = PairsDesk(opened, other)
    again.adopt(desk.batches())
    told = []
    again.changed.connect(told.append)
    for size in (16, 8, 64):
        opened.set_style(scenes_of(size)[0].style)
    assert [request.count for request in other.asked] == [64]
    assert told == [0, 1, 0, 1]
    opened.set_style(scenes_of(8)[0].style)
    assert (again.is_waiting, [len(pairs.x0) for pairs in again.pairs]) == (False, [8, 8])
    opened.set_side("source", Side(shape="rings"), "Pick rings")
    assert again.batches() == ((), ())
    assert len(other.asked) == 2


def test_what_scenes_will_show_is_asked_ahead_when_nothing_else_is(document, line, desk):
    document.set_scenes((*scenes_of(8, 16, 64), Scene("Paths")), "Give")
    look(document, batch=32)
    desk.prepare()
    assert [request.count for request in line.asked] == [32]
    line.answer(32)
    line.answer(8)
    line.answer(16, optimum=None)
    assert [request.count for request in line.asked] == [32, 8, 16]
    assert [len(pairs.x0) for pairs in desk.pairs] == [32, 32]
    assert not desk.is_waiting

    look(document, batch=16)  # which is under way: its pairs are shown, and nothing is asked again
    assert ([len(pairs.x0) for pairs in desk.pairs], desk.is_waiting, len(line.asked)) == ([16, 16], True, 3)
    look(document, batch=8)
    line.answer(64)
    look(document, batch=16)
    line.answer(16)
    assert [request.count for request in line.asked] == [32, 8, 16, 64, 16]
    asked = len(line.asked)
    for size in (8, 16, 64):
        look(document, batch=size)
        assert (desk.is_waiting, [len(pairs.x0) for pairs in desk.pairs]) == (False, [size, size])
    assert len(line.asked) == asked


def test_what_is_shown_goes_before_what_is_asked_ahead(document, line, desk):
    document.set_scenes(scenes_of(8), "Give")
    desk.prepare()
    look(document, batch=32)
    line.answer(32)
    assert [request.count for request in line.asked] == [8, 32, 8]


@pytest.mark.parametrize("ending", ["none", "lost", "missed", "clouds"])
def test_who_cannot_answer_ahead_is_not_asked_on(document, line, desk, ending):
    document.set_scenes(scenes_of(8, 16), "Give")
    desk.prepare()
    if ending == "none":
        line.said.emit(PairsDrawn(line.asked[-1].job, 0, None))
    elif ending == "lost":
        line.ready.emit("test")
    elif ending == "missed":
        line.missed.emit("The engine could not start.")
    else:
        document.set_side("source", Side(shape="rings"), "Pick rings")
    line.answer(8)
    assert (len(line.asked), desk.batches()) == (1, ((), ()))
    look(document, batch=8)
    assert len(line.asked) == 2
