"""Unsaved work of a dead window is offered at the next start: opened as a change of its file, discarded, or left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from fmviz.app.application import Keeping, build_window
from fmviz.app.settings import Settings
from fmviz.core.cloud import Side
from fmviz.core.project import LearnedLane, Project
from fmviz.engine.recovery import new_recovery, take_turn
from fmviz.files.project_file import ProjectFile
from fmviz.views.dialogs import Answer
from fmviz.views.main_window import MainWindow
from fmviz.views.recovering import RecoveryDialog


@dataclass
class Start:
    """A window that starts beside what others have left in `folder`."""

    window: MainWindow
    keeping: Keeping
    folder: Path

    def offer(self, qtbot: QtBot, then: Callable[[], object] = lambda: None) -> RecoveryDialog | None:
        self.keeping.recovering.offer(then)
        qtbot.waitUntil(lambda: not self.window.tasks.running)
        dialog = self.keeping.recovering.dialog
        if dialog is not None:
            qtbot.waitUntil((dialog.list if dialog.list.isVisible() else dialog.later_button).hasFocus)
        return dialog

    def left(self) -> int:
        return len(list(self.folder.glob("*.fmviz")))


@pytest.fixture
def start(qtbot: QtBot, tmp_path: Path) -> Iterator[Start]:
    window = build_window(Settings(tmp_path / "settings.ini"))
    start = Start(window, Keeping(window, tmp_path), tmp_path / "recovery")
    window.show()
    qtbot.waitExposed(window)
    yield start
    if (dialog := QApplication.activeModalWidget()) is not None:
        dialog.close()
    window.shut_down()
    window.close()
    window.deleteLater()


def _leave(folder: Path, shape: str, title: str = "talk", original: Path | None = None) -> None:
    own = new_recovery(folder)
    own.write(ProjectFile(Project(target=Side(shape=shape)), (LearnedLane(),)), title, original)
    own.leave()


def test_nothing_left_is_nothing_asked(start: Start, qtbot: QtBot) -> None:
    assert start.offer(qtbot) is None


def test_return_opens_it_as_a_change_of_its_file(start: Start, qtbot: QtBot, tmp_path: Path) -> None:
    _leave(start.folder, "heart", original=tmp_path / "talk.fmviz")
    dialog = start.offer(qtbot)
    assert dialog is not None
    qtbot.keyClick(dialog.list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not start.window.tasks.running)
    document = start.window.parts[0]
    assert document.project.target.shape == "heart"
    assert document.path == tmp_path / "talk.fmviz"
    assert document.is_modified
    assert start.left() == 1  # until it is saved
    start.window.files.save()
    qtbot.waitUntil(lambda: not document.is_modified)
    assert start.left() == 0
    assert (tmp_path / "talk.fmviz").exists()


def test_a_change_made_while_it_is_read_is_asked_about(start: Start, qtbot: QtBot,
                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    _leave(start.folder, "heart")
    dialog = start.offer(qtbot)
    assert dialog is not None
    document, asked = start.window.parts[0], []
    monkeypatch.setattr(start.window.dialogs, "save_first", lambda title: asked.append(title) or Answer.CANCEL)
    qtbot.keyClick(dialog.list, Qt.Key.Key_Return)
    document.set_side("target", Side(shape="rings"), "Pick rings")
    qtbot.waitUntil(lambda: not start.window.tasks.running)
    assert (document.project.target.shape, len(asked), start.left()) == ("rings", 1, 1)
    assert start.offer(qtbot) is not None


def test_escape_leaves_all_for_the_next_start(start: Start, qtbot: QtBot) -> None:
    _leave(start.folder, "heart")
    dialog = start.offer(qtbot)
    assert dialog is not None
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert start.left() == 1
    assert start.offer(qtbot) is not None


def test_a_file_that_asks_too_waits_until_the_answer(start: Start, qtbot: QtBot) -> None:
    opened: list[str] = []
    assert start.offer(qtbot, lambda: opened.append("at once")) is None
    assert opened == ["at once"]
    _leave(start.folder, "heart")
    dialog = start.offer(qtbot, lambda: opened.append("later"))
    assert dialog is not None
    assert opened == ["at once"]
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: opened == ["at once", "later"])


def test_one_window_at_a_time_offers_it(start: Start, qtbot: QtBot) -> None:
    _leave(start.folder, "heart")
    turn = take_turn(start.folder)  # which another window has
    assert turn is not None
    assert start.offer(qtbot) is None
    turn.release()
    dialog = start.offer(qtbot)
    assert dialog is not None
    assert take_turn(start.folder) is None
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    turn = take_turn(start.folder)
    assert turn is not None
    turn.release()


@pytest.mark.parametrize("is_sure", [True, False])
def test_delete_asks_and_discards(start: Start, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, is_sure: bool) -> None:
    for shape in ("heart", "rings"):
        _leave(start.folder, shape)
    monkeypatch.setattr(QMessageBox, "exec", lambda box: QMessageBox.StandardButton.Discard if is_sure
                        else QMessageBox.StandardButton.Cancel)
    dialog = start.offer(qtbot)
    assert dialog is not None
    qtbot.keyClick(dialog.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: not start.window.tasks.running)
    assert dialog.list.count() == start.left() == (1 if is_sure else 2)
    assert dialog.isVisible()


def _leave_unreadable(folder: Path, title: str = "talk") -> Path:
    _leave(folder, "heart", title)
    path = max(folder.glob("*.fmviz"), key=lambda path: path.stat().st_mtime_ns)
    path.write_bytes(b"no zip")
    return path


def test_what_cannot_be_opened_is_said_once(start: Start, qtbot: QtBot) -> None:
    path = _leave_unreadable(start.folder, "<b>talk</b>")
    dialog = start.offer(qtbot)
    assert dialog is not None
    assert dialog.note.textFormat() == Qt.TextFormat.PlainText
    assert "'<b>talk</b>'" in dialog.note.text()
    assert str(path) in dialog.note.text().replace("\u200b", "")
    assert not dialog.list.isVisible()
    assert not dialog.open_button.isVisible()
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert not dialog.isVisible()
    qtbot.waitUntil(lambda: not start.window.tasks.running)
    assert start.offer(qtbot) is None
    assert path.exists()


def test_it_is_said_again_beside_what_is_offered(start: Start, qtbot: QtBot) -> None:
    path = _leave_unreadable(start.folder)
    dialog = start.offer(qtbot)
    assert dialog is not None
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    _leave(start.folder, "rings")
    dialog = start.offer(qtbot)
    assert dialog is not None
    assert dialog.list.count() == 1
    assert str(path) in dialog.note.text().replace("\u200b", "")
    assert dialog.note.isVisible()
    assert dialog.note.height() >= dialog.note.heightForWidth(dialog.note.width())
    qtbot.keyClick(dialog.list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not start.window.tasks.running)
    assert start.window.parts[0].project.target.shape == "rings"


def test_names_from_outside_are_plain_text(start: Start, qtbot: QtBot) -> None:
    _leave(start.folder, "heart", title="<h1>talk</h1>")
    dialog = start.offer(qtbot)
    assert dialog is not None
    assert dialog.list.item(0).data(Qt.ItemDataRole.AccessibleTextRole).startswith("<h1>talk</h1>, today, ")
    assert dialog.width() <= dialog.screen().availableSize().width()


def test_an_end_unasked_keeps_what_is_unsaved(start: Start, qtbot: QtBot) -> None:
    start.window.parts[0].set_side("target", Side(shape="rings"), "Pick rings")
    start.keeping.keep()
    start.window.shut_down()
    assert start.left() == 1


@pytest.mark.parametrize("does_stay", [False, True])
def test_the_end_of_the_desktop_asks_nothing_and_loses_nothing(start: Start, monkeypatch: pytest.MonkeyPatch,
                                                               does_stay: bool) -> None:
    monkeypatch.setattr(QMessageBox, "exec", lambda box: QMessageBox.StandardButton.Discard)
    start.window.parts[0].set_side("target", Side(shape="rings"), "Pick rings")
    start.keeping.keep_for_session()
    if does_stay:  # and closes the window later, and says that the work is not wanted
        start.keeping.stay()
    assert start.window.close()
    assert start.left() == (0 if does_stay else 1)


def test_where_nothing_can_be_kept_it_is_said(start: Start, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    keeping = Keeping(start.window, tmp_path / "file" / "data")
    keeping.recovering.offer()
    start.window.parts[0].set_side("target", Side(shape="rings"), "Pick rings")
    keeping.autosave.keep()
    qtbot.waitUntil(lambda: not start.window.tasks.running)
    qtbot.waitUntil(lambda: "Unsaved work is not safe from a crash" in start.window.statusBar().currentMessage())
