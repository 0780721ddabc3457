"""The action table: every row is complete, no two actions fight for a key, soft keys are left to the controls."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtWidgets import QMainWindow
from pytestqt.qtbot import QtBot

from fmviz.core.cloud import Side
from fmviz.core.resources import resource_path
from fmviz.views.actions import MENUS, PLAY_ACTIONS, ROWS, SEPARATOR, build_actions
from fmviz.views.main_window import MainWindow

REAL = tuple(row for row in ROWS if row.name != SEPARATOR)


def test_no_key_is_given_twice() -> None:
    keys = Counter(keys for row in REAL for keys in row.keys)
    assert [key for key, count in keys.items() if count > 1] == []


@pytest.mark.parametrize("row", REAL, ids=lambda row: row.name)
def test_every_row_says_what_it_does(row) -> None:
    assert row.menu in MENUS
    assert row.tip.endswith(".")
    if row.icon:
        assert resource_path(f"icons/{row.icon}.svg").is_file()


def test_every_row_reaches_its_handler(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    called: list[str] = []
    handlers = {row.name: lambda name=row.name: called.append(name) for row in REAL}
    actions = build_actions(window, window.menuBar(), handlers)
    for action in actions.values():
        action.trigger()
    assert called == [row.name for row in REAL]


def test_a_missing_handler_is_found_at_once(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    with pytest.raises(KeyError):
        build_actions(window, window.menuBar(), {})


def test_keys_that_controls_need_are_soft(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    actions = build_actions(window, window.menuBar(), {row.name: lambda: None for row in REAL})
    for name in ("play", "back", "forward", "to_start", "to_end"):
        assert actions[name].shortcut().isEmpty()
    assert set(PLAY_ACTIONS) >= {"play", "back", "forward", "mode"}


def test_undo_says_what_it_undoes(lectern: MainWindow) -> None:
    document, undo, redo = lectern.parts[0], lectern.actions_by_name["undo"], lectern.actions_by_name["redo"]
    document.set_side("source", Side(shape="circle"), "Draw source")
    document.set_side("target", Side(shape="circle"), "Import a&b.csv as target")
    assert undo.text() == "&Undo import a&&b.csv as target"
    assert undo.toolTip() == "Undo import a&b.csv as target. (Ctrl+Z)"
    document.undo()
    assert (undo.text(), redo.text()) == ("&Undo draw source", "&Redo import a&&b.csv as target")
    document.undo()
    document.redo()
    document.redo()
    assert redo.text() == "&Redo"
    assert redo.toolTip() == "Do it again. (Ctrl+Shift+Z or Ctrl+Y)"
