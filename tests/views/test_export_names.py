"""The studio proposes a name that is free, so that exports queue and nothing is written over without a word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from documents import save
from made_flows import learned
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog, QLineEdit
from pytestqt.qtbot import QtBot

from fmviz.core.project import LearnedLane, Scene
from fmviz.engine.document import Document
from fmviz.engine.export import ExportState
from fmviz.engine.playhead import Playhead
from fmviz.engine.session import Session
from fmviz.film.presets import PRESETS
from fmviz.views.export_dialog import ExportDialog


@pytest.fixture
def dialog(qtbot: QtBot, document: Document, session: Session, playhead: Playhead, tmp_path: Path
           ) -> Iterator[ExportDialog]:
    """The studio over a learned project that is saved as talk.fmviz in a folder of its own."""
    session.adopt(learned(document.project))
    save(document, tmp_path / "talk.fmviz", (LearnedLane(),))
    document.set_export(replace(document.project.export, width=96, height=96, fps=10.0, seconds=0.3, hold=0.0))
    dialog = ExportDialog(document, session, playhead)
    qtbot.addWidget(dialog)
    dialog.show()
    yield dialog
    dialog.shutdown()


def proposed(dialog: ExportDialog) -> str:
    assert dialog.file.path is not None
    return dialog.file.path.name


def wait_for_all(qtbot: QtBot, dialog: ExportDialog) -> None:
    qtbot.waitUntil(lambda: not dialog.is_exporting)


def test_the_name_says_what_the_file_shows(dialog: ExportDialog, document: Document, tmp_path: Path) -> None:
    assert dialog.file.path == tmp_path / "talk-story.gif"
    dialog.choice.choose("view:density")
    assert proposed(dialog) == "talk-density.gif"
    dialog.presets.list.activated.emit(dialog.presets.list.findData("slide"))
    assert proposed(dialog) == "talk-density-slide.mp4"
    document._replace(scenes=(Scene("At t = 1/2: done", document.project.style),))
    dialog.choice.choose("scene:0")
    assert proposed(dialog) == "talk-at-t-1-2-done-slide.mp4"
    dialog.choice.change(format="frames")
    assert dialog.file.field.text() == f"{tmp_path}/talk-at-t-1-2-done/"


def test_exports_queue_under_names_of_their_own(qtbot: QtBot, dialog: ExportDialog, tmp_path: Path) -> None:
    for _ in range(3):
        dialog.export.click()
    assert dialog.message.text() == ""
    names = ["talk-story.gif", "talk-story-2.gif", "talk-story-3.gif"]
    assert [export.path.name for export in dialog.queue.exports] == names
    assert proposed(dialog) == "talk-story-4.gif"
    dialog.queue.cancel(3)
    assert proposed(dialog) == "talk-story-3.gif"  # which nobody makes any more
    dialog.hide()  # no picture and no estimate is made meanwhile
    wait_for_all(qtbot, dialog)
    assert proposed(dialog) == "talk-story-3.gif"
    assert sorted(path.name for path in tmp_path.glob("*.gif")) == sorted(names[:2])


def test_what_lies_there_already_is_not_proposed(dialog: ExportDialog, tmp_path: Path) -> None:
    (tmp_path / "talk-field.gif").write_bytes(b"mine")
    (tmp_path / "talk-field-2.gif").symlink_to(tmp_path / "gone")
    dialog.choice.choose("view:field")
    assert proposed(dialog) == "talk-field-3.gif"
    (tmp_path / "talk-field-3.gif").write_bytes(b"another program's")
    dialog.export.click()
    assert [export.path.name for export in dialog.queue.exports] == ["talk-field-4.gif"]


def test_a_name_of_the_users_stays_and_is_always_warned_about(qtbot: QtBot, dialog: ExportDialog, tmp_path: Path
                                                              ) -> None:
    path = tmp_path / "mine.gif"
    dialog.file.set_path(path)
    dialog.export.click()
    assert dialog.message.text().startswith("mine.gif is being exported; choose another name")
    wait_for_all(qtbot, dialog)
    assert [export.state for export in dialog.queue.exports] == [ExportState.DONE]
    assert dialog.file.path == path
    assert dialog.message.text() == "mine.gif exists and will be replaced."  # though the list has its row
    dialog.choice.choose("view:field")
    assert dialog.file.path == path
    assert dialog.message.text() == "mine.gif exists and will be replaced."


def test_every_preset_has_a_name_for_files(dialog: ExportDialog) -> None:
    for key, preset in PRESETS.items():
        dialog.choice.change(**preset.values)
        assert proposed(dialog) == f"talk-story-{key}{preset.applied(dialog.choice.spec()).kind.suffix}"


def test_return_exports_from_the_files_field_alone(dialog: ExportDialog) -> None:
    dialog.activateWindow()
    editors = dialog.form.editors
    for control in (dialog.presets.list, dialog.presets.more, editors["seconds"].spin, editors["title"]):
        control.setFocus()
        QTest.keyClick(control, Qt.Key.Key_Return)
        assert not dialog.queue.exports
    QTest.keyClick(dialog.file.field, Qt.Key.Key_Return)
    assert [export.path.name for export in dialog.queue.exports] == ["talk-story.gif"]  # once
    QTest.keyClick(dialog.export, Qt.Key.Key_Return)
    assert len(dialog.queue.exports) == 2


def test_control_return_exports_from_everywhere(qtbot: QtBot, dialog: ExportDialog) -> None:
    with qtbot.waitActive(dialog):
        dialog.appear()
    dialog.form.editors["title"].setFocus()
    QTest.keyClick(dialog.form.editors["title"], Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert [export.path.name for export in dialog.queue.exports] == ["talk-story.gif"]


def test_the_name_of_a_preset_is_asked_in_a_window_with_a_title(qtbot: QtBot, dialog: ExportDialog, tmp_path: Path
                                                                 ) -> None:
    dialog.presets.read(tmp_path / "presets.json")
    dialog.presets.keep.trigger()
    asked = dialog.findChild(QInputDialog)
    assert isinstance(asked, QInputDialog)
    qtbot.waitExposed(asked)
    assert asked.width() > asked.fontMetrics().horizontalAdvance(asked.windowTitle()) + 150  # its buttons
    field = asked.findChild(QLineEdit)
    QTest.keyClicks(field, "For the wall")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert not dialog.queue.exports
    assert proposed(dialog) == "talk-story-for-the-wall.gif"


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Escape])
def test_a_name_that_was_asked_for_leaves_no_dialog(qtbot: QtBot, dialog: ExportDialog, key: Qt.Key) -> None:
    dialog.show()
    dialog.presets.keep.trigger()
    asked = dialog.findChild(QInputDialog)
    assert isinstance(asked, QInputDialog)
    QTest.keyClick(asked, key)
    qtbot.waitUntil(lambda: dialog.findChild(QInputDialog) is None)
