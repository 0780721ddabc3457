"""Exports in a row: one at a time, in order, each with one ending; one that fails does not stop the others."""

from __future__ import annotations

import subprocess

import job_children as children
import pytest
from patience import PATIENCE_S

from fmviz.core.errors import ExportError
from fmviz.engine.export import ExportQueue, ExportState

DONE, FAILED, CANCELLED = ExportState.DONE, ExportState.FAILED, ExportState.CANCELLED
RUNNING, WAITING = ExportState.RUNNING, ExportState.WAITING


@pytest.fixture
def queue(qapp):
    queue = ExportQueue()
    queue.told = []
    queue.changed.connect(queue.told.append)
    yield queue
    queue.shutdown()


def states(queue):
    return [export.state for export in queue.exports]


def wait_for_all(qtbot, queue):
    qtbot.waitUntil(lambda: not queue.unfinished)


def test_one_runs_and_the_others_wait_their_turn(qtbot, queue, tmp_path):
    for name in ("a.gif", "b.gif", "c.gif"):
        queue.add(children.write_file, tmp_path / name, 3, 0.01)
    assert states(queue) == [RUNNING, WAITING, WAITING]
    wait_for_all(qtbot, queue)
    assert states(queue) == [DONE] * 3
    for export in queue.exports:
        assert export.n_bytes == export.path.stat().st_size > 0
        assert (export.done, export.total) == (3, 3)
    running = [export.number for export in queue.told if export.state is RUNNING]
    assert running == sorted(running)


def test_one_that_fails_does_not_stop_the_next(qtbot, queue, tmp_path):
    queue.add(children.refuse, tmp_path / "a.gif")
    queue.add(children.write_file, tmp_path / "b.gif", 1, 0.0)
    wait_for_all(qtbot, queue)
    assert states(queue) == [FAILED, DONE]
    assert queue.exports[0].message == "The size is 0x0; give something larger."


def test_each_can_be_cancelled_alone(qtbot, queue, tmp_path):
    numbers = [queue.add(children.write_file, tmp_path / name, 500, 0.01) for name in ("a.gif", "b.gif", "c.gif")]
    queue.cancel(numbers[1])
    assert states(queue) == [RUNNING, CANCELLED, WAITING]
    queue.cancel(numbers[0])
    qtbot.waitUntil(lambda: states(queue) == [CANCELLED, CANCELLED, RUNNING])
    queue.cancel(numbers[2])
    wait_for_all(qtbot, queue)
    assert list(tmp_path.iterdir()) == []
    queue.cancel(numbers[2])  # which changes nothing any more


def test_no_file_is_written_twice_at_once(qtbot, queue, tmp_path):
    number = queue.add(children.write_file, tmp_path / "a.gif", 500, 0.01)
    with pytest.raises(ExportError, match=r"a\.gif is being exported already"):
        queue.add(children.write_file, tmp_path / "." / "a.gif", 1, 0.0)
    queue.cancel(number)
    wait_for_all(qtbot, queue)
    queue.add(children.write_file, tmp_path / "a.gif", 1, 0.0)
    assert len(queue.exports) == 1
    wait_for_all(qtbot, queue)
    assert states(queue) == [DONE]


def test_what_has_ended_can_be_forgotten(qtbot, queue, tmp_path):
    number = queue.add(children.write_file, tmp_path / "a.gif", 1, 0.0)
    queue.forget(number)
    assert len(queue.exports) == 1
    wait_for_all(qtbot, queue)
    with qtbot.waitSignal(queue.removed) as told:
        queue.forget(number)
    assert told.args == [number]
    assert queue.exports == ()


def test_shutdown_ends_all_of_them_and_leaves_nothing(qtbot, queue, tmp_path):
    queue.add(children.write_file, tmp_path / "a.gif", 10_000, 0.01)
    queue.add(children.write_file, tmp_path / "b.gif", 10_000, 0.01)
    qtbot.waitUntil(lambda: queue.exports[0].total > 0)
    queue.shutdown()
    assert states(queue) == [CANCELLED, CANCELLED]
    assert list(tmp_path.iterdir()) == []


QUIT = """
import pathlib, sys
sys.path[:0] = {path!r}
import job_children as children
from PySide6.QtCore import QCoreApplication
from fmviz.engine.export import ExportQueue
if __name__ == "__main__":
    app = QCoreApplication([])
    queue = ExportQueue()
    queue.changed.connect(lambda export: app.quit() if export.total else None)
    for name in "ab":
        queue.add(children.write_file, pathlib.Path({folder!r}, name), 10_000, 0.01)
    app.exec()
    print(*(export.state.name for export in queue.exports), bool(queue.unfinished))
"""


def test_quitting_the_application_gives_all_of_them_up(python, root, tmp_path, request):
    script, folder = tmp_path / "window.py", tmp_path / "films"
    folder.mkdir()
    script.write_text(QUIT.format(path=[str(root), str(request.path.parent)], folder=str(folder)))
    done = subprocess.run([python, str(script)], capture_output=True, timeout=PATIENCE_S, check=False, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["CANCELLED", "CANCELLED", "False"]
    assert list(folder.iterdir()) == []


def test_a_folder_of_frames_counts_its_files(qtbot, queue, tmp_path):
    queue.add(children.write_folder, tmp_path / "frames", 4)
    wait_for_all(qtbot, queue)
    assert queue.exports[0].n_bytes == 4 * 10
