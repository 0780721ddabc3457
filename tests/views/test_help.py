"""The page of shortcuts names every key of the tables, fits the screen, and cuts nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from controls_check import silent_controls
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from fmviz.core.theme import load_theme
from fmviz.views import actions
from fmviz.views.actions import ROWS
from fmviz.views.controls import describe
from fmviz.views.draw_tools import TOOLS
from fmviz.views.help import KeysDialog
from fmviz.views.presenting import PRESENT_KEYS
from fmviz.views.scene_list import LIST_KEYS
from fmviz.views.style_sheet import style_sheet


@pytest.fixture(params=["dark", "light"])
def dialog(request: pytest.FixtureRequest, qapp: QApplication, qtbot: QtBot) -> Iterator[KeysDialog]:
    qapp.setStyleSheet(style_sheet(load_theme(request.param)))
    dialog = KeysDialog()
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)
    yield dialog
    qapp.setStyleSheet("")


def _texts(dialog: KeysDialog, role: str) -> list[str]:
    return [part.text() for part in dialog.findChildren(QLabel) if part.property("role") == role]


def test_every_key_has_its_own_chip(dialog: KeysDialog) -> None:
    chips = _texts(dialog, "key")
    keys = [key for row in ROWS for key in row.keys]
    assert sorted(key for key in keys if key not in chips) == []
    assert {tool.key for tool in TOOLS.values()} <= set(chips)
    assert {"Left", ","} <= set(chips)
    assert {key for keys, _ in PRESENT_KEYS.values() for key in keys} <= set(chips)
    assert {key for keys, _ in LIST_KEYS.values() for key in keys} <= set(chips)
    assert _texts(dialog, "heading") == ["FILE", "EDIT", "VIEW", "TRAIN", "PLAY", "SCENES", "HELP",
                                         "IN THE LIST OF SCENES", "IN MATHEMATICS", "WHILE PRESENTING",
                                         "WHILE DRAWING", "WHILE ANNOTATING"]


def test_nothing_is_cut(qtbot: QtBot, dialog: KeysDialog) -> None:
    room = dialog.scroller.viewport().width()
    page = dialog.scroller.widget()
    assert page.width() == room
    parts = page.findChildren(QLabel)
    assert all(part.geometry().right() < room for part in parts)
    assert all(part.wordWrap() or part.width() >= part.sizeHint().width() for part in parts)
    wrapped = [part for part in parts if part.wordWrap()]
    qtbot.waitUntil(lambda: all(part.height() >= part.heightForWidth(part.width()) for part in wrapped))


def test_it_is_no_taller_than_the_screen(dialog: KeysDialog) -> None:
    assert dialog.height() <= min(560, dialog.screen().availableSize().height())
    assert dialog.scroller.verticalScrollBar().maximum() > 0
    QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_PageDown)
    assert dialog.scroller.verticalScrollBar().value() > 0


def test_escape_and_the_button_close(dialog: KeysDialog) -> None:
    assert silent_controls(dialog) == []
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    dialog.show()
    dialog.close_button.click()
    assert not dialog.isVisible()


def test_it_is_gone_once_it_is_closed(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    KeysDialog(window).open()
    [dialog] = window.findChildren(KeysDialog)
    assert dialog.isVisible()
    with qtbot.waitSignal(dialog.destroyed):
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert QApplication.activeModalWidget() is None


def test_keys_are_named_as_the_system_names_them(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    mac = {"Ctrl+S": "⌘S", "Ctrl+Z": "⌘Z"}
    monkeypatch.setattr(actions, "_native", lambda sequence: mac.get(sequence.toString(), sequence.toString()))
    dialog = KeysDialog()
    qtbot.addWidget(dialog)
    chips = _texts(dialog, "key")
    assert "⌘S" in chips
    assert "Ctrl+S" not in chips
    assert "Escape" in chips
    save = next(row for row in actions.ROWS if "Ctrl+S" in row.keys)
    assert actions.tip_of(save).endswith("(⌘S)")
    button = QPushButton()
    qtbot.addWidget(button)
    describe(button, "Undo", "Take it back.", "Ctrl+Z or Alt+Backspace")
    assert button.toolTip() == "Take it back. (⌘Z or Alt+Backspace)"


def test_other_systems_keep_the_table_s_names() -> None:
    keys = ["Escape", "Ctrl+Shift+Z", "F5", "["]
    assert list(map(actions.key_name, keys)) == keys
