"""A press puts the handle under the mouse, wherever the groove is pressed, and the drag goes on from there."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider
from pytestqt.qtbot import QtBot

from fmviz.core.theme import Theme
from fmviz.engine.playhead import Playhead
from fmviz.views.controls import JumpSlider
from fmviz.views.number_edit import NumberEdit
from fmviz.views.style_sheet import style_sheet
from fmviz.views.transport_bar import TransportBar

LEFT = Qt.MouseButton.LeftButton
WIDTH_PX = 300


@pytest.fixture(params=["styled", "plain"])
def slider(request: pytest.FixtureRequest, qtbot: QtBot, theme: Theme) -> JumpSlider:
    slider = JumpSlider()
    qtbot.addWidget(slider)
    if request.param == "styled":
        slider.setStyleSheet(style_sheet(theme))
    slider.setRange(0, 1000)
    slider.resize(WIDTH_PX, 20)
    slider.show()
    return slider


def _handle_x(slider: QSlider) -> int:
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    return slider.style().subControlRect(QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle,
                                         slider).center().x()


@pytest.mark.parametrize("x", [20, 77, 150, 280])
def test_a_press_puts_the_handle_under_the_mouse(slider: JumpSlider, x: int) -> None:
    QTest.mousePress(slider, LEFT, pos=QPoint(x, 10))
    assert abs(_handle_x(slider) - x) <= 1
    assert slider.isSliderDown()
    QTest.mouseRelease(slider, LEFT, pos=QPoint(x, 10))
    assert abs(_handle_x(slider) - x) <= 1


@pytest.mark.parametrize(("x", "value"), [(0, 0), (WIDTH_PX - 1, 1000)])
def test_both_ends_can_be_reached(slider: JumpSlider, x: int, value: int) -> None:
    slider.setValue(500)
    QTest.mouseClick(slider, LEFT, pos=QPoint(x, 10))
    assert slider.value() == value


def test_the_drag_goes_on_from_the_press(slider: JumpSlider) -> None:
    pressed, released = [], []
    slider.sliderPressed.connect(lambda: pressed.append(slider.value()))
    slider.sliderReleased.connect(lambda: released.append(slider.value()))
    QTest.mousePress(slider, LEFT, pos=QPoint(200, 10))
    QTest.mouseMove(slider, QPoint(90, 10))
    assert abs(_handle_x(slider) - 90) <= 1
    QTest.mouseRelease(slider, LEFT, pos=QPoint(90, 10))
    assert len(pressed) == 1
    assert released == [slider.value()]


def test_a_press_on_the_handle_moves_nothing(slider: JumpSlider) -> None:
    slider.setValue(500)
    QTest.mousePress(slider, LEFT, pos=QPoint(_handle_x(slider) + 4, 10))
    assert slider.value() == 500
    QTest.mouseRelease(slider, LEFT, pos=QPoint(_handle_x(slider) + 4, 10))


@pytest.mark.parametrize(("x", "value"), [(40, 0), (110, 1), (190, 1), (260, 2)])
def test_few_values_take_the_nearest(slider: JumpSlider, x: int, value: int) -> None:
    slider.setRange(0, 2)
    slider.setPageStep(1)
    QTest.mousePress(slider, LEFT, pos=QPoint(x, 10))
    assert slider.value() == value
    QTest.mouseMove(slider, QPoint(WIDTH_PX, 10))
    assert slider.value() == 2
    QTest.mouseRelease(slider, LEFT, pos=QPoint(WIDTH_PX, 10))
    assert not slider.isSliderDown()


def test_the_right_button_moves_nothing(slider: JumpSlider) -> None:
    QTest.mouseClick(slider, Qt.MouseButton.RightButton, pos=QPoint(200, 10))
    assert slider.value() == 0


def test_one_value_cannot_be_dragged(slider: JumpSlider) -> None:
    slider.setRange(3, 3)
    QTest.mouseClick(slider, LEFT, pos=QPoint(200, 10))
    assert not slider.isSliderDown()


def test_a_number_is_told_once_per_press(qtbot: QtBot) -> None:
    edit = NumberEdit("Steps", "Gradient steps.", 10, 1, 100, tuple(range(1, 101)))
    qtbot.addWidget(edit)
    edit.resize(400, 30)
    edit.show()
    edit.show_value(10)
    assert isinstance(edit.slider, JumpSlider)
    told: list[object] = []
    edit.edited.connect(told.append)
    QTest.mousePress(edit.slider, LEFT, pos=QPoint(200, 10))
    assert told == []
    QTest.mouseRelease(edit.slider, LEFT, pos=QPoint(200, 10))
    assert told == [edit.value()]
    assert edit.value() > 30


def test_a_press_on_the_time_holds_it_there(qtbot: QtBot, playhead: Playhead) -> None:
    bar = TransportBar(playhead)
    qtbot.addWidget(bar)
    bar.resize(800, 40)
    bar.show()
    playhead.play()
    middle = bar.slider.rect().center()
    QTest.mousePress(bar.slider, LEFT, pos=middle)
    assert not playhead.is_playing
    assert playhead.t == pytest.approx(0.5, abs=0.01)
    QTest.mouseRelease(bar.slider, LEFT, pos=middle)
    assert playhead.is_playing
