"""The bar of the Pairs view sets the batch's size by mouse, wheel and keys, and is seen with the pairs only."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from wheel_turn import turn_wheel

from fmviz.core.style import FEWEST_PAIRS, MOST_PAIRS
from fmviz.engine.document import Document
from fmviz.engine.playhead import STEP, Playhead
from fmviz.engine.session import Session
from fmviz.views.time_bars import PAIR_STOPS, BatchBar, TimeBars


@pytest.fixture
def bar(qtbot: QtBot, document: Document, session: Session) -> BatchBar:
    # Where the session cannot start an engine: what is asked of it is not what is tested.
    session.shutdown()
    document.set_style(document.project.style.with_view("pairs"))
    bar = BatchBar(document, session)
    qtbot.addWidget(bar)
    bar.resize(600, 36)
    bar.show()
    return bar


def test_the_slider_stands_still_while_the_count_changes(bar: BatchBar, document: Document) -> None:
    bar.setStyleSheet("QLabel { font-size: 17px; }")  # as the program's own comes after the bar is made
    places = set()
    for size in PAIR_STOPS:
        document.set_style(replace(document.project.style, batch=size))
        QApplication.sendPostedEvents()
        bar.layout().activate()
        places.add((bar.slider.x(), bar.slider.width()))
    assert len(places) == 1


def test_stops_double_from_end_to_end() -> None:
    assert (PAIR_STOPS[0], PAIR_STOPS[-1]) == (FEWEST_PAIRS, MOST_PAIRS)
    assert PAIR_STOPS[1:] == tuple(2 * stop for stop in PAIR_STOPS[:-1])


def test_every_stop_is_reached_by_keys(bar: BatchBar, document: Document) -> None:
    sizes = []
    QTest.keyClick(bar.slider, Qt.Key.Key_Home)
    for _ in PAIR_STOPS:
        sizes.append(document.project.style.batch)
        QTest.keyClick(bar.slider, Qt.Key.Key_Right)
    assert tuple(sizes) == PAIR_STOPS
    assert bar.count.text() == "4,096 pairs"


def test_a_notch_of_the_wheel_is_one_stop(bar: BatchBar, document: Document) -> None:
    turn_wheel(bar.slider, 1)
    assert document.project.style.batch == 512
    turn_wheel(bar.slider, -1)
    turn_wheel(bar.slider, -1)
    assert document.project.style.batch == 128


@pytest.mark.parametrize(("size", "near"), [(100, 128), (3, 4), (4096, 4096), (2, 2)])
def test_a_size_between_two_stops_is_shown_and_kept(bar: BatchBar, document: Document, size: int, near: int) -> None:
    document.set_style(replace(document.project.style, batch=size))
    assert document.project.style.batch == size
    assert bar.count.text() == f"{size:,} pairs"
    assert PAIR_STOPS[bar.slider.value()] == near


def test_it_says_so_when_solving_takes_long(qtbot: QtBot, bar: BatchBar, session: Session) -> None:
    session.batches.waiting_changed.emit(True)
    assert bar.state.text() == "Batch"
    qtbot.waitUntil(lambda: bar.state.text() == "Solving…")
    session.batches.waiting_changed.emit(False)
    assert bar.state.text() == "Batch"


def test_the_bars_of_time_make_room_where_nothing_moves(
    qtbot: QtBot, document: Document, session: Session, playhead: Playhead
) -> None:
    session.shutdown()
    time_bars = TimeBars(document, playhead, session)
    qtbot.addWidget(time_bars)
    time_bars.show()
    height = time_bars.sizeHint().height()

    def seen() -> tuple[bool, bool]:
        return time_bars.batch.isVisible(), time_bars.transport.isVisible()

    assert seen() == (False, True)
    document.set_style(document.project.style.with_view("pairs"))
    assert seen() == (True, False)
    assert time_bars.sizeHint().height() == height
    time_bars.step(1)
    assert (document.project.style.batch, playhead.t) == (512, 0.0)
    document.set_style(document.project.style.with_layer("particles", True))
    assert seen() == (True, True)
    time_bars.step(1)
    assert (document.project.style.batch, playhead.t) == (512, STEP)
    document.set_style(document.project.style.with_view("density"))
    assert seen() == (False, True)
