"""The select tool and the keys of the drawing mode, on a real canvas."""

from __future__ import annotations

import numpy as np
import pytest
from easel import Easel
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from fmviz.core.theme import Theme
from fmviz.engine.document import Document
from fmviz.views.draw_tools import BRUSHES, TOOLS

SQUARE = np.array([[1, 1], [2, 1], [2, 2], [1, 2], [-3, -3]])


@pytest.fixture
def easel(qtbot: QtBot, document: Document, theme: Theme) -> Easel:
    """Four points are selected, one is not."""
    easel = Easel(document, theme)
    qtbot.addWidget(easel)
    easel.show()
    qtbot.waitExposed(easel)
    easel.give_points(SQUARE)
    easel.key(Qt.Key.Key_M)
    easel.drag((0, 0), (1, 1), (3, 3))
    return easel


def test_a_rectangle_selects_and_changes_nothing(easel: Easel) -> None:
    assert easel.tool.selection is not None
    assert easel.tool.selection.chosen.tolist() == [True] * 4 + [False]
    assert easel.steps == 1


def test_the_selection_is_moved_in_one_step(easel: Easel) -> None:
    easel.press((1.5, 1.5))
    easel.move((0, 2))
    easel.move((-2, 3))
    assert easel.target.cloud is not None
    assert np.array_equal(easel.target.cloud.xy, SQUARE)
    easel.release((-2, 3))
    assert easel.steps == 2
    assert easel.tool.points[4].tolist() == [-3, -3]
    assert easel.tool.points[:4] == pytest.approx(SQUARE[:4] + np.array([-3.5, 1.5]), abs=0.05)
    easel.press((-2, 3))
    easel.move((-2, 2))
    easel.release((-2, 2))
    assert easel.steps == 3
    assert easel.tool.points[:4] == pytest.approx(SQUARE[:4] + np.array([-3.5, 0.5]), abs=0.1)
    easel.tool.undo()
    easel.tool.undo()
    assert np.array_equal(easel.tool.points, SQUARE)


def test_a_handle_scales(easel: Easel) -> None:
    easel.drag((3, 3), (4, 4), (6, 6))
    assert easel.tool.points[:4] == pytest.approx(SQUARE[:4] * 2, abs=0.1)
    assert easel.tool.points[4].tolist() == [-3, -3]


def test_escape_puts_a_moved_selection_back(easel: Easel) -> None:
    easel.press((1.5, 1.5))
    easel.move((4, 4))
    easel.key(Qt.Key.Key_Escape)
    easel.release((4, 4))
    assert np.array_equal(easel.tool.points, SQUARE)
    assert easel.tool.selection is not None
    easel.key(Qt.Key.Key_Escape)
    assert easel.tool.selection is None
    assert easel.tool.is_active


@pytest.mark.parametrize("key", [Qt.Key.Key_Delete, Qt.Key.Key_Backspace])
def test_delete_removes_the_selected_points(easel: Easel, key: Qt.Key) -> None:
    easel.drag((-4, -4), (1.5, 1.5))
    easel.key(key)
    assert easel.tool.points.tolist() == [[2, 1], [2, 2], [1, 2]]
    assert easel.steps == 2
    assert easel.tool.selection is None


def test_arrows_nudge_and_a_held_key_is_one_step(easel: Easel) -> None:
    step = easel.tool.drawing.extent.share(1)
    easel.key(Qt.Key.Key_Right)
    assert easel.steps == 2
    assert easel.tool.points[:4] == pytest.approx(SQUARE[:4] + np.array([step, 0]), abs=1e-5)
    easel.key(Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert easel.tool.points[:4] == pytest.approx(SQUARE[:4] + np.array([step, -5 * step]), abs=1e-5)
    for _ in range(3):
        QTest.keyPress(easel.canvas, Qt.Key.Key_Left)
    QTest.keyRelease(easel.canvas, Qt.Key.Key_Left)
    assert easel.steps == 4
    assert easel.tool.points[:4] == pytest.approx(SQUARE[:4] + np.array([-2 * step, -5 * step]), abs=1e-5)


def test_a_press_ends_a_nudge(easel: Easel) -> None:
    QTest.keyPress(easel.canvas, Qt.Key.Key_Left)
    easel.drag((-5, 5), (-4, 5))
    assert easel.steps == 2
    QTest.keyRelease(easel.canvas, Qt.Key.Key_Left)
    assert easel.steps == 2


def test_everything_can_be_selected(easel: Easel) -> None:
    QTest.keySequence(easel.canvas, QKeySequence(QKeySequence.StandardKey.SelectAll))
    assert easel.tool.selection is not None
    assert easel.tool.selection.chosen.all()


def test_another_tool_drops_the_selection(easel: Easel) -> None:
    easel.key(Qt.Key.Key_S)
    assert easel.tool.selection is None


@pytest.mark.parametrize("name", TOOLS)
def test_letters_choose_tools(easel: Easel, name: str) -> None:
    easel.key(TOOLS[name].key.lower())
    assert easel.tool.settings.tool == name


def test_brackets_size_the_brush(easel: Easel) -> None:
    row = BRUSHES.index(easel.tool.settings.brush)
    easel.key("]")
    assert easel.tool.settings.brush == BRUSHES[row + 1]
    for _ in range(len(BRUSHES)):
        easel.key("[")
    assert easel.tool.settings.brush == BRUSHES[0]


def test_drawing_keys_go_before_the_window_s_shortcuts(easel: Easel, qtbot: QtBot) -> None:
    triggered: list[str] = []
    for keys in ("L", "Escape", "Left", "Ctrl+Z"):
        action = QAction(keys, easel)
        action.setShortcut(QKeySequence(keys))
        action.triggered.connect(lambda _checked=False, keys=keys: triggered.append(keys))
        easel.addAction(action)
    easel.activateWindow()
    qtbot.waitUntil(easel.isActiveWindow)
    window = easel.windowHandle()
    QTest.keyClick(window, Qt.Key.Key_Left)
    assert easel.steps == 2
    QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert easel.steps == 1
    QTest.keyClick(window, Qt.Key.Key_L)
    assert easel.tool.settings.tool == "line"
    assert triggered == []
    easel.tool.stop()
    QTest.keyClick(window, Qt.Key.Key_L)
    assert triggered == ["L"]


def test_a_field_keeps_its_letters(easel: Easel, qtbot: QtBot) -> None:
    field = QLineEdit(easel)
    field.show()
    easel.activateWindow()
    qtbot.waitUntil(easel.isActiveWindow)
    field.setFocus()
    QTest.keyClicks(easel.windowHandle().focusObject(), "leg[")
    assert field.text() == "leg["
    assert easel.tool.settings.tool == "select"
