"""The Tab key goes where the eye goes next, in the window and in its dialogs."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from fmviz.views.data_dialog import DataDialog
from fmviz.views.main_window import MainWindow

_MOST_CONTROLS = 120


def _walk(window: QWidget, qtbot: QtBot, key: Qt.Key = Qt.Key.Key_Tab) -> list[QWidget]:
    """Return the controls that a key reaches from where the focus is, each once."""
    qtbot.waitUntil(window.isActiveWindow)
    start = window.focusWidget() or window
    start.setFocus()
    walked: list[QWidget] = []
    for _ in range(_MOST_CONTROLS):
        QTest.keyClick(QApplication.focusWidget() or window, key)
        control = QApplication.focusWidget()
        assert control is not None
        if control in walked:
            return walked
        walked.append(control)
    raise AssertionError("Tab does not come back")


def _place(control: QWidget, window: QWidget) -> QRect:
    return QRect(control.mapTo(window, QPoint(0, 0)), control.size())


def _jumps_back(walked: list[QWidget], window: QWidget) -> list[str]:
    """Return the steps that go neither down nor to the right."""
    places = [_place(control, window) for control in walked]
    names = [control.accessibleName() for control in walked]
    return [f"{names[k]} -> {names[k + 1]}" for k, (here, there) in enumerate(pairwise(places))
            if there.top() < here.bottom() and there.left() < here.right()]


@pytest.mark.parametrize("shown", ["training", "scenes", "drawing"])
def test_tab_walks_the_window_as_it_is_seen(shown: str, lectern: MainWindow, qtbot: QtBot) -> None:
    lectern.resize(1280, 800)
    if shown != "training":
        lectern.actions_by_name["scenes" if shown == "scenes" else "draw_source"].trigger()
    walked = _walk(lectern, qtbot)
    names = {control.accessibleName() for control in walked}
    assert "" not in names
    assert set(_walk(lectern, qtbot, Qt.Key.Key_Backtab)) == set(walked)
    last = {"training": "Advanced", "scenes": "Present", "drawing": "Done"}[shown]
    assert {"Swap source and target", "Stage", last} <= names
    assert len(_jumps_back(walked, lectern)) <= 1, "one is from the last to the first"


def test_tab_walks_the_export_studio_as_it_is_seen(own_lectern: MainWindow, qtbot: QtBot) -> None:
    lectern = own_lectern  # its preview starts a process
    dialog = lectern.export_dialog
    dialog.setMinimumHeight(1200)  # no row is scrolled away
    dialog.appear()
    dialog.form.fold.set_open(True)
    qtbot.waitUntil(dialog.isActiveWindow)
    assert dialog.focusWidget() is dialog.presets.list
    walked = _walk(dialog, qtbot)
    assert not any(isinstance(control, QScrollArea) for control in walked)
    assert len(_jumps_back(walked, dialog)) <= 1


def test_tab_walks_a_dialog_as_it_is_seen(own_lectern: MainWindow, qtbot: QtBot) -> None:
    lectern = own_lectern
    document, session, _ = lectern.parts
    dialog = DataDialog(document, session, lectern.tasks, lectern.dialogs, lectern.say, "samples", lectern)
    dialog.show()
    assert dialog.focusWidget() is dialog.what.button("samples")
    walked = _walk(dialog, qtbot)
    assert len(_jumps_back(walked, dialog)) <= 1
    dialog.close()
