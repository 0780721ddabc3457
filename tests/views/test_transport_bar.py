"""The bar drives the play head and shows what it does; it keeps no time of its own."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from wheel_turn import turn_wheel

from fmviz.core.theme import load_theme
from fmviz.engine.playhead import MODES, STEP, Playhead
from fmviz.views.style_sheet import style_sheet
from fmviz.views.transport_bar import SPEEDS, TransportBar


@pytest.fixture
def bar(qtbot: QtBot, playhead: Playhead) -> TransportBar:
    bar = TransportBar(playhead)
    qtbot.addWidget(bar)
    bar.resize(800, 40)
    bar.show()
    return bar


def test_the_slider_and_the_field_set_t(bar: TransportBar, playhead: Playhead) -> None:
    bar.slider.setValue(420)
    assert playhead.t == 0.42
    assert bar.time.text() == "t = 0.42"
    bar.time.selectAll()
    QTest.keyClicks(bar.time, "0.75")
    QTest.keyClick(bar.time, Qt.Key.Key_Return)
    assert playhead.t == 0.75
    assert bar.slider.value() == 750


def test_the_bar_follows_without_setting_t_back(bar: TransportBar, playhead: Playhead) -> None:
    times: list[float] = []
    playhead.t_changed.connect(times.append)
    playhead.set_t(0.123456)
    assert times == [0.123456]
    assert playhead.t == 0.123456


def test_play_and_steps(bar: TransportBar, playhead: Playhead) -> None:
    bar.play.click()
    assert playhead.is_playing
    assert bar.play.accessibleName() == "Pause"
    bar.forward.click()
    assert not playhead.is_playing
    t = playhead.t
    bar.forward.click()
    assert playhead.t == pytest.approx(t + STEP)
    bar.back.click()
    assert playhead.t == pytest.approx(t)


@pytest.mark.parametrize("was_playing", [True, False])
def test_a_drag_pauses_and_goes_on_only_if_it_played(bar: TransportBar, playhead: Playhead, was_playing: bool) -> None:
    if was_playing:
        playhead.play()
    bar.slider.setSliderDown(True)
    assert not playhead.is_playing
    bar.slider.setSliderPosition(600)
    assert playhead.t == 0.6
    bar.slider.setSliderDown(False)
    assert playhead.is_playing == was_playing


def test_the_wheel_steps(bar: TransportBar, playhead: Playhead) -> None:
    playhead.set_t(0.5)
    for notches, expected in ((1, 0.5 + STEP), (-2, 0.5 - STEP)):
        turn_wheel(bar.slider, notches)
        assert playhead.t == pytest.approx(expected)


@pytest.mark.parametrize("mode", MODES)
def test_modes(bar: TransportBar, playhead: Playhead, mode: str) -> None:
    bar.mode.button(mode).click()
    assert playhead.mode == mode
    bar.next_mode()
    assert playhead.mode != mode
    assert bar.mode.current() == playhead.mode
    bar.next_mode()
    bar.next_mode()
    assert playhead.mode == mode


def test_speeds_stop_at_both_ends(bar: TransportBar, playhead: Playhead) -> None:
    for _ in SPEEDS:
        bar.faster()
    assert playhead.speed == SPEEDS[-1]
    assert bar.speed.currentData() == SPEEDS[-1]
    for _ in SPEEDS:
        bar.slower()
    assert playhead.speed == SPEEDS[0]
    assert bar.speed.currentText() == "0.25×"
    playhead.set_speed(1.5)
    assert bar.speed.currentText() == "1.5×"


@pytest.mark.parametrize(("width", "has_mode", "has_steps"),
                         [(800, True, True), (468, False, True), (340, False, False)])
def test_a_narrow_bar_keeps_the_time_long(bar: TransportBar, width: int, has_mode: bool, has_steps: bool) -> None:
    bar.setStyleSheet(style_sheet(load_theme("dark")))
    bar.resize(width, 40)
    QApplication.sendPostedEvents()
    assert bar.width() == width
    assert bar.slider.width() >= 120
    assert bar.mode.isVisible() == has_mode
    assert bar.back.isVisible() == bar.forward.isVisible() == has_steps
    assert all(bar.rect().contains(part.geometry()) for part in (bar.play, bar.slider, bar.time, bar.speed))
    bar.resize(800, 40)
    assert bar.mode.isVisible()
    assert bar.back.isVisible()


def test_the_bar_asks_for_no_more_than_it_must_show(bar: TransportBar) -> None:
    bar.resize(bar.minimumSizeHint().width(), 40)
    assert not bar.mode.isVisible()
    assert not bar.back.isVisible()
    assert bar.rect().contains(bar.speed.geometry())


def test_what_is_typed_while_it_plays_takes_the_place_of_the_running_time(bar: TransportBar, playhead: Playhead
                                                                          ) -> None:
    playhead.set_t(0.43)
    playhead.play()
    bar.time.lineEdit().setCursorPosition(6)
    QTest.keyClicks(bar.time, "0.75")
    assert not playhead.is_playing
    QTest.keyClick(bar.time, Qt.Key.Key_Return)
    assert (playhead.t, bar.time.text()) == (0.75, "t = 0.75")
