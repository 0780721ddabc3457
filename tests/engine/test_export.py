"""Contracts of an export: one ending, the old file untouched until a whole new one replaces it, nothing left over."""

import multiprocessing
import os
import pickle
import shutil
import signal
import subprocess
import threading
from pathlib import Path

import job_children as children
import pytest
from patience import PATIENCE_S
from undying import Undying

from fmviz.core.child import leave_a_core
from fmviz.engine.export import Export, ExportQueue, ExportState
from fmviz.engine.job_child import CANCELLED, JobTask, _run
from fmviz.film.pool import usable_cores

OLD = "the old file"


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "flow.gif"
    path.write_text(OLD)
    return path


class Job:
    """One export of a queue, and what was told of it."""

    def __init__(self) -> None:
        self.queue, self.endings, self.progress = ExportQueue(), [], []
        self.queue.changed.connect(self.hear)

    def start(self, entry, path, *args) -> None:
        self.number = self.queue.add(entry, path, *args)

    def cancel(self) -> None:
        self.queue.cancel(self.number)

    def hear(self, export: Export) -> None:
        match export.state:
            case ExportState.DONE:
                self.endings.append(("finished", export.path))
            case ExportState.FAILED:
                self.endings.append(("failed", export.message))
            case ExportState.CANCELLED:
                self.endings.append(("cancelled",))
            case _ if export.total:
                self.progress.append((export.done, export.total, export.seconds_left))


@pytest.fixture
def job(qapp):
    job = Job()
    yield job
    job.queue.shutdown()


def wait_for_ending(qtbot, job):
    qtbot.waitUntil(lambda: bool(job.endings))
    assert not job.queue.unfinished
    assert len(job.endings) == 1
    return job.endings[0]


def assert_old_file_alone(path):
    assert path.read_text() == OLD
    assert list(path.parent.iterdir()) == [path]


def test_it_makes_the_file_and_tells_how_far_it_is(qtbot, job, path):
    job.start(children.write_file, path, 20, 0.01)
    assert job.queue.unfinished
    assert wait_for_ending(qtbot, job) == ("finished", path)
    assert path.read_text().split() == ["offscreen", *map(str, range(20))]
    assert list(path.parent.iterdir()) == [path]
    done, totals, seconds_left = zip(*job.progress, strict=True)
    assert list(done) == sorted(set(done))
    assert set(totals) == {20}
    assert all(left >= 0 for left in seconds_left)


@pytest.mark.parametrize("how", ["hang", "die"])
def test_a_file_that_is_in_place_is_never_called_cancelled(qtbot, job, path, how):
    job.start(children.move_then_hang, path, how)
    qtbot.waitUntil(lambda: path.read_text() == "whole")
    job.cancel()
    assert wait_for_ending(qtbot, job) == ("finished", path)
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(("entry", "ending"), [(children.write_deaf, "cancelled"), (children.die_later, "failed")])
def test_a_file_that_somebody_else_put_there_is_not_called_done(qtbot, job, path, entry, ending):
    job.start(entry, path, 10)
    qtbot.waitUntil(lambda: bool(job.progress))
    other = path.with_name("other")
    other.write_text(OLD)
    other.replace(path)
    if ending == "cancelled":
        job.cancel()
    else:
        path.with_name("now").touch()
    assert wait_for_ending(qtbot, job)[0] == ending
    path.with_name("now").unlink(missing_ok=True)
    assert_old_file_alone(path)


@pytest.mark.parametrize("how", ["hang", "die"])
def test_its_processes_and_temporary_files_go_with_it(qtbot, job, path, how):
    job.start(children.start_others, path, how)
    told = Path(f"{path}.told")
    qtbot.waitUntil(lambda: told.exists() and bool(told.read_text()))
    pid, scratch = told.read_text().split(maxsplit=1)
    if how == "hang":
        qtbot.waitUntil(lambda: bool(job.progress))
        job.cancel()
    assert wait_for_ending(qtbot, job)[0] == ("cancelled" if how == "hang" else "failed")
    qtbot.waitUntil(lambda: not children.is_alive(pid))
    assert not Path(scratch).parent.exists()
    told.unlink()
    assert_old_file_alone(path)


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2, reason="one core")
@pytest.mark.parametrize("is_left_first", [True, False])
def test_its_processes_keep_off_one_core_as_long_as_they_are_told_to(qtbot, job, path, is_left_first):
    ours, told = os.sched_getaffinity(0), Path(f"{path}.told")
    leave_a_core(is_left_first)
    try:
        job.start(children.start_others, path, "hang")
        qtbot.waitUntil(lambda: bool(job.progress))
        family = [job.queue._link.process_id, int(told.read_text().split()[0])]
        for is_left in (is_left_first, not is_left_first, is_left_first):
            leave_a_core(is_left)
            for process in family:
                used = os.sched_getaffinity(process)
                assert used < ours if is_left else used == ours
                assert len(used) == len(ours) - is_left
    finally:
        leave_a_core(False)


def test_what_it_makes_is_made_for_all_cores_whether_one_is_left_or_not(qtbot, job, path):
    leave_a_core(True)
    try:
        job.start(children.write_cores, path)
        assert wait_for_ending(qtbot, job) == ("finished", path)
    finally:
        leave_a_core(False)
    assert int(path.read_text()) == usable_cores()


def test_cancel_does_not_wait_for_the_end_and_leaves_the_old_file(qtbot, job, path):
    job.start(children.write_file, path, 10_000, 0.01)
    qtbot.waitUntil(lambda: bool(job.progress))
    job.cancel()
    assert job.endings == []
    assert wait_for_ending(qtbot, job) == ("cancelled",)
    assert_old_file_alone(path)


def test_a_folder_that_became_a_file_does_not_hide_the_ending(qtbot, job, tmp_path):
    folder = tmp_path / "gone"
    folder.mkdir()
    job.start(children.write_file, folder / "flow.gif", 10_000, 0.01)
    qtbot.waitUntil(lambda: bool(job.progress))
    shutil.rmtree(folder)
    folder.write_text("a file")
    job.cancel()
    assert wait_for_ending(qtbot, job) == ("cancelled",)


def test_cancel_of_a_deaf_export_does_not_wait_either(qtbot, job, path):
    job.start(children.write_deaf, path, 10)
    qtbot.waitUntil(lambda: bool(job.progress))
    job.cancel()
    assert job.endings == []
    assert wait_for_ending(qtbot, job) == ("cancelled",)
    assert_old_file_alone(path)


@pytest.mark.parametrize("late_ms", [0, 100, 200])
def test_cancel_before_the_process_has_begun(qtbot, job, path, late_ms):
    job.start(children.write_file, path, 10_000, 0.01)
    qtbot.wait(late_ms)
    job.cancel()
    assert job.endings == []
    assert wait_for_ending(qtbot, job) == ("cancelled",)
    assert_old_file_alone(path)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (children.refuse, "The size is 0x0; give something larger."),
        (children.break_down, "The export failed: division by zero."),
        (children.run_out_of_disk, "The export failed: the disk is full; free some space or choose another place."),
        (children.die, "The export failed: its process ended (killed by signal 9); try again, smaller if memory "
         "is short."),
    ],
)
def test_a_failure_is_one_sentence_and_leaves_the_old_file(qtbot, job, path, entry, message):
    job.start(entry, path)
    assert wait_for_ending(qtbot, job) == ("failed", message)
    assert_old_file_alone(path)


def test_shutdown_does_not_wait_for_a_deaf_export(qtbot, job, path):
    job.start(children.write_deaf, path, 10)
    qtbot.waitUntil(lambda: bool(job.progress))
    job.queue.shutdown()
    assert job.endings == [("cancelled",)]
    assert_old_file_alone(path)


def test_what_a_killed_export_was_writing_goes_before_it_is_dead(qtbot, job, path, monkeypatch):
    monkeypatch.setattr("fmviz.engine.export.Link", Undying)
    job.start(children.write_deaf, path, 10)
    qtbot.waitUntil(lambda: bool(job.progress))
    job.queue.shutdown()
    left = [entry.name for entry in path.parent.iterdir()]
    assert Undying.end_survivors() == 1
    assert left == [path.name]
    assert_old_file_alone(path)


def test_a_job_that_nobody_hears_is_closed_before_its_temporary_files_go(path, tmp_path_factory):
    """They say which unfinished file is its own, should it be killed meanwhile."""
    ours, theirs = multiprocessing.Pipe()
    ours.close()
    scratch = tmp_path_factory.mktemp("scratch")
    task = JobTask(path, scratch, pickle.dumps((children.say_what_is_left, path, scratch)))
    assert _run(theirs, task, threading.Event()) == CANCELLED
    assert path.read_text() == "True"
    assert not scratch.exists()


ORPHAN = """
import os, pathlib, signal, sys
sys.path[:0] = {path!r}
import job_children as children
from PySide6.QtCore import QCoreApplication
from fmviz.engine.export import ExportQueue
if __name__ == "__main__":
    app = QCoreApplication([])
    queue = ExportQueue()
    queue.changed.connect(lambda export: os.kill(os.getpid(), signal.SIGKILL) if export.total else None)
    queue.add(children.write_deaf, pathlib.Path({file!r}), 10)
    app.exec()
"""


def test_a_window_that_was_killed_leaves_neither_process_nor_file(python, root, path, tmp_path_factory, request):
    """The child inherits standard output, so its end is reached only when both processes have gone."""
    script = tmp_path_factory.mktemp("window") / "window.py"
    script.write_text(ORPHAN.format(path=[str(root), str(request.path.parent)], file=str(path)))
    done = subprocess.run([python, str(script)], capture_output=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == -signal.SIGKILL
    assert done.stderr == b""
    assert_old_file_alone(path)
