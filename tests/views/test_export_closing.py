"""Closing the window while exports run or wait: asked first, ended within two seconds, no half file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from fmviz.app import application
from fmviz.app.settings import Settings
from fmviz.views.main_window import MainWindow


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    """A window that writes one of two long films over an old file."""
    made = application.build_window(Settings(tmp_path / "settings.ini"))
    made.show()
    made.files.open_example()
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "a.gif").write_bytes(b"old")
    document, session, playhead = made.parts
    document.set_export(replace(document.project.export, format="gif", width=640, height=480, seconds=100.0))
    dialog = made.export_dialog
    dialog.show()
    for name in ("a", "b"):
        dialog.file.field.setText(str(tmp_path / "films" / f"{name}.gif"))
        dialog.start()
    qtbot.waitUntil(lambda: any(export.total for export in dialog.queue.exports))
    yield made
    playhead.pause()
    dialog.shutdown()
    session.shutdown()
    made.deleteLater()


def answer(button: QMessageBox.StandardButton, asked: list[str]) -> None:
    """Press a button of the question that comes up."""

    def press() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        asked.append(box.text())
        box.button(button).click()

    QTimer.singleShot(0, press)


def test_it_asks_staying_loses_nothing_and_giving_up_leaves_the_old_file_alone(window: MainWindow, tmp_path: Path
                                                                               ) -> None:
    asked: list[str] = []
    answer(QMessageBox.StandardButton.Cancel, asked)
    event = QCloseEvent()
    window.closeEvent(event)
    assert not event.isAccepted()
    assert asked == ["2 exports are not finished. Close and give up? Older files stay as they were."]
    assert len(window.export_dialog.queue.unfinished) == 2
    answer(QMessageBox.StandardButton.Close, asked)
    event = QCloseEvent()
    window.closeEvent(event)
    assert event.isAccepted()
    assert [path.name for path in (tmp_path / "films").iterdir()] == ["a.gif"]
    assert (tmp_path / "films" / "a.gif").read_bytes() == b"old"
