"""Ctrl-C in the terminal closes the window like its cross does: whoever is asked to save first may stay."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from fmviz.app.application import hear_signals


class Asking(QWidget):
    """A window that closes only if it may; meanwhile another Ctrl-C can come."""

    def __init__(self) -> None:
        super().__init__()
        self.may_close = False
        self.is_interrupted_again = False

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.is_interrupted_again:
            signal.raise_signal(signal.SIGINT)
        event.setAccepted(self.may_close)


@pytest.fixture
def codes(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The exit codes that the application was ended with."""
    before = signal.getsignal(signal.SIGINT)
    ended: list[int] = []
    monkeypatch.setattr(qapp, "exit", ended.append)
    poll = hear_signals(qapp, ended.append)
    yield ended
    poll.stop()
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[Asking]:
    window = Asking()
    window.show()
    yield window
    window.may_close, window.is_interrupted_again = True, False
    window.close()


def test_who_wants_to_stay_stays(codes: list[int], window: Asking) -> None:
    signal.raise_signal(signal.SIGINT)
    assert codes == []
    assert window.isVisible()


def test_a_window_that_may_close_ends_the_program(codes: list[int], window: Asking) -> None:
    window.may_close = True
    signal.raise_signal(signal.SIGINT)
    assert codes == [130]


def test_a_second_one_during_the_question_ends_the_program(codes: list[int], window: Asking) -> None:
    window.is_interrupted_again = True
    signal.raise_signal(signal.SIGINT)
    assert codes == [130]
