"""What holds for every test: no screen, no settings of the user, no warning in the log, nothing left running."""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from patience import ENDING_S, PATIENCE_MS

# Before Qt is imported anywhere, here or in a child process.
os.environ["QT_QPA_PLATFORM"] = "offscreen"
# Two cores are shared with child processes: more threads only wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")
_HOME = tempfile.TemporaryDirectory(prefix="fmviz-tests-")
for _variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
    os.environ[_variable] = str(Path(_HOME.name) / _variable.lower())

# A shell starts what runs in the background deaf to Ctrl-C, and a child would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parent.parent
# multiprocessing keeps one such helper per interpreter, on purpose.
_KEPT = b"multiprocessing.resource_tracker"


# They take some 10 s of processor time and more each. Files are shared out over processes in this order: begun last,
# one of them would go on alone.
_LONG_FILES = (
    "test_gallery.py", "test_export_dialog.py", "test_session.py", "test_recipes.py", "test_main_window.py",
    "test_faults.py", "test_film_files.py", "test_step_head.py", "test_fuzz.py", "test_cli.py", "test_cli_faults.py",
    "test_render_formats.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long."""
    places = {name: place for place, name in enumerate(_LONG_FILES)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


def _children() -> set[int]:
    """Return the process ids of this process's living children."""
    tasks = Path("/proc/self/task")
    if not tasks.exists():
        return {child.pid for child in multiprocessing.active_children() if child.pid is not None}
    found: set[int] = set()
    for task in tasks.iterdir():
        try:
            pids = (task / "children").read_text().split()
        except OSError:
            continue
        found.update(int(pid) for pid in pids if _counts(int(pid)))
    return found


def _counts(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    # A zombie has ended; whoever holds its handle collects it later.
    return state != "Z" and _KEPT not in command


def _threads() -> set[threading.Thread]:
    """Return the living Python threads; those that Qt made stay in the list for ever and say nothing."""
    return {thread for thread in threading.enumerate() if not isinstance(thread, threading._DummyThread)}


@pytest.fixture(autouse=True)
def nothing_left_to_delete() -> Iterator[None]:
    """Delete what is to be deleted later: without an event loop it would live on, and each test be slower."""
    yield
    core = sys.modules.get("PySide6.QtCore")
    if core is not None and core.QCoreApplication.instance() is not None:
        core.QCoreApplication.sendPostedEvents(None, core.QEvent.Type.DeferredDelete)


def pytest_sessionfinish() -> None:
    """Collect what Python still has of Qt, and empty the clipboard, while Qt is there.

    WORKAROUND PySide6 6.11.3: without a screen Qt lets go of what it holds when Python has ended already, and crashes.
    """
    gui = sys.modules.get("PySide6.QtGui")
    if gui is not None and gui.QGuiApplication.instance() is not None:
        gui.QGuiApplication.clipboard().clear()
        gc.collect()


def pytest_unconfigure() -> None:
    """Remove the folders that stood for the user's."""
    _HOME.cleanup()


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    """Fail the test that leaves a thread or a child process behind."""
    threads, children = _threads(), _children()
    yield
    deadline = time.monotonic() + ENDING_S
    while (left := (_threads() - threads, _children() - children)) != (set(), set()):
        if time.monotonic() > deadline:
            pytest.fail(f"left running: threads {[thread.name for thread in left[0]]}, processes {sorted(left[1])}")
        time.sleep(0.02)


@pytest.fixture(autouse=True)
def no_unexpected_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail the test that logs a warning or worse which it did not take with `caplog.clear()`."""
    yield
    records = [record for record in caplog.get_records("call") if record.levelno >= logging.WARNING
               and record.name.split(".")[0] == "fmviz"]
    if records:
        pytest.fail("logged: " + "; ".join(record.getMessage() for record in records))


@pytest.fixture
def qtbot(qtbot):
    """pytest-qt's bot, whose waits end by what they wait for."""
    for name in ("waitUntil", "waitSignal", "waitSignals", "waitExposed", "waitActive", "waitCallback"):
        setattr(qtbot, name, partial(getattr(qtbot, name), timeout=PATIENCE_MS))
    return qtbot


@pytest.fixture(scope="module")
def few_points() -> Iterator[None]:
    """Trainings in this process end with numbers of few points."""
    from few_points import forget_measured, measure_few

    with pytest.MonkeyPatch.context() as patch:
        measure_few(patch.setattr)
        forget_measured()
        yield
    forget_measured()


@pytest.fixture(scope="module")
def few_points_engine() -> Iterator[None]:
    """Trainings in engine processes end with numbers of few points."""
    from few_points import serve_few_points

    from fmviz.engine.child_process import ENGINE

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fmviz.engine.session.ENGINE", replace(ENGINE, target=serve_few_points))
        yield


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def python() -> str:
    """The interpreter for child processes."""
    return sys.executable
