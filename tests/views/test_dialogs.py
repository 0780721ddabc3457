"""What a message box says can be read to its end: it is broken into lines, whatever the theme and the words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QRect, Qt, QTimer
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QMessageBox
from pytestqt.qtbot import QtBot

from fmviz.core.theme import load_theme
from fmviz.views import words
from fmviz.views.dialogs import Dialogs
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
