"""An exception that nobody caught is logged and told once; the event loop goes on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from patience import PATIENCE_MS
from PySide6.QtCore import QCoreApplication, QObject, QThread, QTimer, Slot
from pytestqt.qtbot import QtBot

from fmviz.app.application import CRASH_NAME, LOG_NAME, Messenger, install_hook, start_log


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    before = sys.excepthook
    log = start_log(tmp_path)
    assert log is not None
    yield log.path
    sys.excepthook = before
    log.close()


def _raise_and_catch(error: Exception) -> None:
    try:
        raise error
    except Exception:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]


def test_it_is_logged_and_shown_in_one_sentence(log: Path, capsys: pytest.CaptureFixture[str],
                                                caplog: pytest.LogCaptureFixture) -> None:
    shown: list[str] = []
    install_hook(shown.append, log)
    _raise_and_catch(KeyError("lane"))
    assert len(shown) == 1
    assert "KeyError" in shown[0]
    assert "save it" in shown[0]
    assert "KeyError: 'lane'" in log.read_text(encoding="utf-8")
    assert "KeyError" in capsys.readouterr().err
    caplog.clear()


def test_the_same_fault_is_shown_once(log: Path, caplog: pytest.LogCaptureFixture) -> None:
    shown: list[str] = []
    install_hook(shown.append, log)
    for _ in range(50):
        _raise_and_catch(ValueError("again"))
    assert len(shown) == 1
    caplog.clear()


def test_a_slot_that_raises_does_not_end_the_event_loop(log: Path, qapp: QCoreApplication,
                                                        caplog: pytest.LogCaptureFixture) -> None:
    shown: list[str] = []
    install_hook(shown.append, log)
    reached: list[bool] = []

    def fail() -> None:
        raise RuntimeError("in a slot")

    QTimer.singleShot(0, fail)
    QTimer.singleShot(1, lambda: (reached.append(True), qapp.quit()))
    qapp.exec()
    assert reached == [True]
    assert len(shown) == 1
    caplog.clear()


def test_without_a_folder_there_is_no_log_and_no_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder", encoding="utf-8")
    assert start_log(blocked) is None
    assert start_log(blocked / "within") is None


def test_the_log_has_its_name(log: Path) -> None:
    assert log.name == LOG_NAME


def test_a_crash_is_still_on_record_after_the_next_start(tmp_path: Path) -> None:
    (tmp_path / CRASH_NAME).write_text("Fatal Python error", encoding="utf-8")
    log = start_log(tmp_path)
    assert log is not None
    log.close()
    assert "Fatal Python error" in (tmp_path / CRASH_NAME).read_text(encoding="utf-8")


class Shower(QObject):
    """Stands for the window: remembers in which thread it was asked to show something."""

    def __init__(self) -> None:
        super().__init__()
        self.threads: list[QThread] = []

    @Slot(str)
    def show(self, sentence: str) -> None:
        self.threads.append(QThread.currentThread())


class Failing(QThread):
    """A thread whose work is wrong."""

    def run(self) -> None:
        _raise_and_catch(RuntimeError("in a thread"))


def test_a_fault_in_another_thread_is_shown_by_the_windows_own(log: Path, qtbot: QtBot,
                                                               caplog: pytest.LogCaptureFixture) -> None:
    shower = Shower()
    messenger = Messenger(shower.show)
    install_hook(messenger.said.emit, log)
    thread = Failing()
    thread.start()
    assert thread.wait(PATIENCE_MS)
    assert shower.threads == []
    qtbot.waitUntil(lambda: len(shower.threads) == 1)
    assert shower.threads == [shower.thread()]
    caplog.clear()
