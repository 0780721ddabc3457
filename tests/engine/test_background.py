"""Work beside the window: its result comes once, in the window's thread; a cancelled one says nothing any more."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from patience import PATIENCE_S
from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from fmviz.core.errors import FmvizError, ProjectError
from fmviz.engine.background import Task, Tasks, Work, at_once


@pytest.fixture
def tasks(qtbot: QtBot) -> Iterator[Tasks]:
    tasks = Tasks()
    yield tasks
    tasks.shutdown()


class Heard:
    """What became of a task, and in which thread that was heard."""

    def __init__(self) -> None:
        self.results: list[object] = []
        self.errors: list[FmvizError] = []
        self.threads: set[QThread] = set()

    def done(self, value: object) -> None:
        self.results.append(value)
        self.threads.add(QThread.currentThread())

    def failed(self, error: FmvizError) -> None:
        self.errors.append(error)
        self.threads.add(QThread.currentThread())


def _held(gate: threading.Event, act: Callable[[], object] = lambda: "late") -> Work[object]:
    """Return work that a slow disk holds up until `gate` is set."""
    yield 0.5
    assert gate.wait(PATIENCE_S)
    yield 0.75
    return act()


def test_a_result_arrives_in_the_windows_thread(tasks: Tasks, qtbot: QtBot) -> None:
    heard, worked = Heard(), list[int]()
    task = tasks.run("Reading", at_once(lambda: worked.append(threading.get_ident()) or 7), heard.done, heard.failed)
    assert tasks.running == (task,)
    with qtbot.waitSignal(task.ended):
        pass
    assert heard.results == [7]
    assert heard.threads == {tasks.thread()}
    assert worked != [threading.get_ident()]
    assert tasks.running == ()


def test_an_error_of_the_users_is_an_answer(tasks: Tasks, qtbot: QtBot) -> None:
    heard = Heard()

    def refuse() -> None:
        raise ProjectError("No.")

    with qtbot.waitSignal(tasks.run("Reading", at_once(refuse), heard.done, heard.failed).ended):
        pass
    assert [str(error) for error in heard.errors] == ["No."]
    assert heard.results == []


def test_a_defect_reaches_the_crash_hook(tasks: Tasks, qtbot: QtBot) -> None:
    heard = Heard()
    with qtbot.capture_exceptions() as caught, qtbot.waitSignal(
            tasks.run("Reading", at_once(lambda: {}["lane"]), heard.done, heard.failed).ended):
        pass
    assert [kind for kind, _, _ in caught] == [KeyError]
    assert heard.results == heard.errors == []


def test_the_window_hears_how_far_it_is(tasks: Tasks, qtbot: QtBot) -> None:
    gate = threading.Event()
    task = tasks.run("Reading", _held(gate), lambda _: None, lambda _: None)
    with qtbot.waitSignal(task.progressed) as said:
        pass
    assert said.args == [0.5]
    gate.set()
    with qtbot.waitSignal(task.ended):
        pass


def test_a_cancelled_reading_ends_at_once_and_says_nothing(tasks: Tasks, qtbot: QtBot) -> None:
    gate, heard, closed = threading.Event(), Heard(), threading.Event()

    def work() -> Work[object]:
        try:
            yield from _held(gate)
        finally:
            closed.set()

    task = tasks.run("Reading", work(), heard.done, heard.failed)
    with qtbot.waitSignal(task.ended):
        task.cancel()
    assert tasks.running == ()
    gate.set()
    assert task.wait(PATIENCE_S)
    assert closed.is_set()
    assert heard.results == heard.errors == []


@pytest.mark.parametrize("is_late", [False, True])
def test_what_was_written_counts_however_late_it_was_cancelled(tasks: Tasks, qtbot: QtBot, is_late: bool) -> None:
    gate, inside, heard = threading.Event(), threading.Event(), Heard()

    def work() -> Work[str]:
        if not is_late:
            yield None
        inside.set()
        assert gate.wait(PATIENCE_S)
        if not is_late:
            yield None
        return "written"

    task = tasks.run("Saving", work(), heard.done, heard.failed, is_write=True)
    assert inside.wait(PATIENCE_S)
    task.cancel()
    assert task.is_running
    with qtbot.waitSignal(task.ended):
        gate.set()
    assert heard.results == (["written"] if is_late else [])


def test_a_disk_that_hangs_does_not_keep_the_window_open(qtbot: QtBot) -> None:
    tasks, gate, heard = Tasks(), threading.Event(), Heard()
    ended: list[Task] = []
    task = tasks.run("Saving", _held(gate), heard.done, heard.failed, is_write=True)
    task.ended.connect(lambda: ended.append(task))
    tasks.shutdown(0.05)
    assert ended == [task]
    gate.set()
    assert task.wait(PATIENCE_S)
    assert heard.results == []


def test_work_that_is_done_leaves_nothing_behind(tasks: Tasks, qtbot: QtBot) -> None:
    for _ in range(20):
        with qtbot.waitSignal(tasks.run("Reading", at_once(lambda: 1), lambda _: None, lambda _: None).ended):
            pass
    qtbot.waitUntil(lambda: tasks.findChildren(Task) == [])
