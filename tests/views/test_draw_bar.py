"""The drawing bar sets the tool, follows it, and says the limits in words."""

from __future__ import annotations

import pytest
from controls_check import controls_of, silent_controls
from easel import Easel
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fmviz.core.theme import Theme
from fmviz.engine.document import Document
from fmviz.views.draw_bar import DrawBar, count_in_words
from fmviz.views.draw_tools import TOOLS


@pytest.fixture
def easel(qtbot: QtBot, document: Document, theme: Theme) -> Easel:
    easel = Easel(document, theme)
    qtbot.addWidget(easel)
    easel.show()
    qtbot.waitExposed(easel)
    return easel


@pytest.fixture
def bar(qtbot: QtBot, easel: Easel, document: Document) -> DrawBar:
    bar = DrawBar(easel.tool, document)
    qtbot.addWidget(bar)
    easel.tool.start("target")
    return bar


@pytest.mark.parametrize("name", TOOLS)
def test_a_click_chooses_a_tool_and_a_second_one_keeps_it(bar: DrawBar, easel: Easel, name: str) -> None:
    for _ in range(2):
        bar.tools[name].click()
        assert easel.tool.settings.tool == name
        assert [key for key, button in bar.tools.items() if button.isChecked()] == [name]


def test_keys_are_followed(bar: DrawBar, easel: Easel) -> None:
    easel.key(Qt.Key.Key_E)
    assert bar.tools["eraser"].isChecked()
    easel.key("]")
    assert bar.brush_edit.value() == easel.tool.settings.brush


def test_each_tool_keeps_its_own_amount(bar: DrawBar, easel: Easel) -> None:
    bar.amount_edits["spray"].spin.setValue(50)
    bar.tools["stamp"].click()
    bar.amount_edits["stamp"].spin.setValue(7)
    bar.tools["spray"].click()
    assert easel.tool.settings.amount == 50
    bar.tools["stamp"].click()
    assert easel.tool.settings.amount == 7
    assert not bar.amount_edits["stamp"].isHidden()
    assert bar.amount_edits["spray"].isHidden()


@pytest.mark.parametrize("name", TOOLS)
def test_a_brush_is_shown_to_tools_that_have_one(bar: DrawBar, name: str) -> None:
    bar.resize(700, 90)
    bar.show()
    height = bar.sizeHint().height()
    bar.tools[name].click()
    assert bar.brush_edit.isVisible() == TOOLS[name].has_brush
    assert bar.sizeHint().height() == height


def test_the_brush_is_set(bar: DrawBar, easel: Easel) -> None:
    bar.brush_edit.spin.setValue(33)
    assert easel.tool.settings.brush == 33


def test_sides_are_switched(bar: DrawBar, easel: Easel) -> None:
    assert bar.sides.current() == "target"
    bar.sides.button("source").click()
    assert easel.tool.which == "source"
    assert bar.sides.current() == "source"


def test_undo_redo_and_clear(bar: DrawBar, easel: Easel) -> None:
    assert not bar.undo_button.isEnabled()
    easel.spray()
    n = len(easel.tool.points)
    assert bar.undo_button.isEnabled()
    assert "Undo spray on the target" in bar.undo_button.toolTip()
    bar.clear_button.click()
    assert len(easel.tool.points) == 0
    bar.undo_button.click()
    assert len(easel.tool.points) == n
    bar.undo_button.click()
    assert len(easel.tool.points) == 0
    assert not bar.undo_button.isEnabled()
    bar.redo_button.click()
    assert len(easel.tool.points) == n


def test_the_count_runs_during_a_stroke(bar: DrawBar, easel: Easel) -> None:
    easel.press((0, 0))
    easel.wait(0.32)
    assert bar.count_label.text() == count_in_words(len(easel.tool.points))
    assert len(easel.tool.points) > 0
    easel.release((0, 0))


def test_done_ends_the_drawing(bar: DrawBar, easel: Easel) -> None:
    bar.done_button.click()
    assert not easel.tool.is_active
    assert bar.sides.current() is None


@pytest.mark.parametrize(("n", "text"), [
    (0, "0 points, draw at least 2"), (1, "1 point, draw at least 2"), (1240, "1,240 points"),
    (199_999, "199,999 of at most 200,000 points"),
])
def test_limits_are_said_in_words(n: int, text: str) -> None:
    assert count_in_words(n) == text


def test_every_control_says_what_it_is(bar: DrawBar) -> None:
    assert len(controls_of(bar)) >= 18
    assert silent_controls(bar) == []


@pytest.mark.parametrize(("width", "has_room"), [(700, True), (450, False)])
def test_a_narrow_bar_leaves_out_what_is_also_elsewhere(bar: DrawBar, width: int, has_room: bool) -> None:
    bar.resize(width, 90)
    bar.show()
    assert bar.width() == width
    assert bar.brush_edit.slider is not None
    assert bar.brush_edit.slider.isVisible() == bar.count_label.isVisible() == has_room
    assert bar.brush_edit.spin.isVisible()
    assert all(bar.rect().contains(control.geometry()) for control in (bar.done_button, bar.clear_button))
