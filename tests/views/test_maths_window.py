"""The window Mathematics: opened by its key, filled, taken out."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from fmviz.core.panels import PANELS
from fmviz.views.main_window import MainWindow


@pytest.fixture
def maths(made_engine: None, own_lectern: MainWindow, qtbot: QtBot) -> MainWindow:
    """The window with Mathematics open and filled."""
    own_lectern.parts[1].start_engine()
    qtbot.keyClick(own_lectern.stage.canvas, Qt.Key.Key_M)
    qtbot.waitUntil(own_lectern.maths.isVisible)
    qtbot.waitUntil(lambda: not own_lectern.maths.picture().is_empty and own_lectern.maths.numbers.isEnabled())
    return own_lectern


def test_it_is_beside_the_stage_and_its_time_keys_hold(maths: MainWindow, qtbot: QtBot) -> None:
    window, playhead = maths.maths, maths.parts[2]
    assert not window.isModal()
    before = playhead.t
    qtbot.keyClick(window, Qt.Key.Key_Right)
    assert playhead.t > before
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.isVisible()
    assert maths.parts[1].panels.lanes() == ()


def test_a_lane_without_an_answer_is_grey_with_a_sentence(maths: MainWindow, qtbot: QtBot) -> None:
    window = maths.maths
    window.lane.button("1").click()
    qtbot.waitUntil(lambda: window.picture().is_empty)
    assert "OT coupling" in window.picture().lanes[0].why_not
    qtbot.waitUntil(lambda: not window.copy.isEnabled())


def test_numbers_and_pictures_come_out(maths: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    window = maths.maths
    window.copy_as("Markdown")
    assert QGuiApplication.clipboard().text().startswith("| Pane | Step | Batch |")
    window.copy.click()
    assert QGuiApplication.clipboard().mimeData().hasImage()
    for ending, start in ((".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF"), (".csv", b"Pane,Step,Batch")):
        path = tmp_path / f"panel{ending}"
        monkeypatch.setattr(maths.dialogs, "panel_to_save", lambda _title, path=path: path)
        window.save.click()
        assert path.read_bytes().startswith(start)


def test_each_panel_can_be_turned_to(maths: MainWindow) -> None:
    for key in PANELS:
        maths.maths.choice.button(key).click()
        assert maths.maths.picture().row is PANELS[key]
