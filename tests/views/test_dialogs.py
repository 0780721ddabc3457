"""What a message box says can be read to its end: it is broken into lines, whatever the theme and the words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, QStandardPaths, Qt, QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QMainWindow, QMessageBox
from pytestqt.qtbot import QtBot

from fmviz.core.theme import load_theme
from fmviz.views import words
from fmviz.views.dialogs import Answer, Dialogs
from fmviz.views.style_sheet import palette, style_sheet

LONG = ("The project cannot be read: it holds 3,000 lanes and fmviz knows two; choose another file, or mend this one "
        "and open it again.")
PATH = "/media/disk" + "/a_folder_with_a_long_name" * 12 + "/flow.fmviz cannot be written: it is full."


@pytest.fixture(params=["dark", "light"])
def dialogs(qtbot: QtBot, request: pytest.FixtureRequest) -> Iterator[Dialogs]:
    """Dialogs over a window that is dressed as the program's."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    before, theme = app.palette(), load_theme(request.param)
    app.setPalette(palette(theme))
    app.setStyleSheet(style_sheet(theme))
    window = QMainWindow()
    qtbot.addWidget(window)
    window.show()
    yield Dialogs(window)
    app.setStyleSheet("")
    app.setPalette(before)


def assert_all_is_seen(box: QMessageBox) -> None:
    label = box.findChild(QLabel, "qt_msgbox_label")
    assert label is not None
    flags = Qt.TextFlag.TextWordWrap if label.wordWrap() else Qt.TextFlag.TextSingleLine
    wanted = label.fontMetrics().boundingRect(QRect(0, 0, label.width(), 10_000), flags, label.text())
    assert label.width() >= wanted.width()
    assert label.height() >= wanted.height()
    assert box.width() <= box.screen().availableGeometry().width()


@pytest.mark.parametrize("sentence", ["No.", LONG, PATH])
def test_an_error_is_seen_to_its_end(qtbot: QtBot, dialogs: Dialogs, sentence: str) -> None:
    dialogs.error(sentence)
    box = QApplication.activeModalWidget()
    assert isinstance(box, QMessageBox)
    qtbot.waitExposed(box)
    assert_all_is_seen(box)
    box.close()


def test_a_question_is_seen_to_its_end(dialogs: Dialogs) -> None:
    seen: list[QMessageBox] = []

    def look() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        seen.append(box)
        try:
            assert_all_is_seen(box)
        finally:
            box.button(QMessageBox.StandardButton.Cancel).click()

    QTimer.singleShot(0, look)
    assert not dialogs.give_up_exports(1)
    assert seen


def test_only_words_that_are_too_long_are_broken() -> None:
    assert words.breakable(LONG) == LONG
    broken = words.breakable(PATH)
    assert broken.replace("\N{ZERO WIDTH SPACE}", "") == PATH
    assert max(map(len, broken.replace("\N{ZERO WIDTH SPACE}", " ").split())) <= 80
    assert max(map(len, words.breakable("x" * 300).split("\N{ZERO WIDTH SPACE}"))) <= 80


def press(text: str) -> None:
    """Press a button of the question that comes next, as a person does; "" is Escape."""
    def act() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        if text:
            next(button for button in box.buttons() if button.text() == text).click()
        else:
            box.reject()

    QTimer.singleShot(0, act)


@pytest.mark.parametrize(("text", "can_reload", "answer"), [
    ("Save as…", True, Answer.SAVE_AS), ("Save as…", False, Answer.SAVE_AS), ("Overwrite", True, Answer.SAVE),
    ("Save here", False, Answer.SAVE), ("Reload", True, Answer.RELOAD), ("Cancel", True, Answer.CANCEL),
    ("", True, Answer.CANCEL), ("", False, Answer.CANCEL),
])
def test_a_file_that_differs_is_asked_about(dialogs: Dialogs, text: str, can_reload: bool, answer: Answer) -> None:
    press(text)
    assert dialogs.file_differs("The file was changed.", can_reload) is answer


@pytest.mark.parametrize(("text", "place"), [("'a.csv'", 0), ("'b && c.csv'", 1), ("Cancel", None), ("", None)])
def test_which_of_two_files_is_the_source(dialogs: Dialogs, text: str, place: int | None) -> None:
    press(text)
    assert dialogs.which_is_source("a.csv", "b & c.csv") == place


@pytest.mark.parametrize(("text", "answer"), [("Save", Answer.SAVE), ("Discard", Answer.DISCARD), ("", Answer.CANCEL)])
def test_unsaved_changes_are_asked_about(dialogs: Dialogs, text: str, answer: Answer) -> None:
    press(text)
    assert dialogs.save_first("mine") is answer


def test_files_begin_in_the_documents_then_where_one_was_chosen(dialogs: Dialogs, tmp_path: Path,
                                                                monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []

    def ask(_parent: object, _title: str, start: str, *_: object) -> tuple[str, str]:
        begun.append(start)
        return (str(tmp_path / "talk.fmviz"), "")

    for name in ("getSaveFileName", "getOpenFileName"):
        monkeypatch.setattr(QFileDialog, name, ask)
    documents = tmp_path / "Documents"
    monkeypatch.setattr(QStandardPaths, "writableLocation", lambda _: str(documents))
    monkeypatch.setenv("HOME", str(tmp_path))
    dialogs.project_to_save("talk")
    dialogs.folder = ""
    documents.mkdir()
    dialogs.project_to_save("talk")
    dialogs.folder = ""
    dialogs.project_to_open()
    dialogs.project_to_save("talk")
    assert begun == [str(tmp_path / "talk.fmviz"), str(documents / "talk.fmviz"), str(documents),
                     str(tmp_path / "talk.fmviz")]


def test_what_is_asked_before_a_loss_has_its_own_word_beside_cancel(dialogs: Dialogs) -> None:
    seen: list[tuple[list[str], bool]] = []

    def look() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        buttons = sorted(box.buttons(), key=lambda button: button.x())
        apart = buttons[1].x() - buttons[0].geometry().right()
        seen.append(([button.text().replace("&", "") for button in buttons], apart < buttons[0].width()))
        box.button(QMessageBox.StandardButton.Cancel).click()

    for ask, word in ((dialogs.forget, "Reset"), (lambda: dialogs.replace("a.fmviz"), "Replace")):
        QTimer.singleShot(0, look)
        assert not ask()
        words_seen, are_beside = seen[-1]
        assert sorted(words_seen) == sorted([word, "Cancel"])
        assert are_beside
