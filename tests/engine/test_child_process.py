"""A process that was lost is started again, but not one that goes on dying; whoever waits hears that none is coming.

What answers questions in a process of its own ends with all that it has made and started.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

import answering_children as children
import numpy as np
import pytest
from engine_children import be_ready_and_die
from job_children import is_alive
from made_engine import picture
from patience import PATIENCE_MS, PATIENCE_S

from fmviz.core.frames import Curves, LaneProgress
from fmviz.core.project import KeptStep, LearnedLane
from fmviz.core.quantities import Metrics
from fmviz.engine.answering import serve_answers
from fmviz.engine.asker import Asker
from fmviz.engine.child_process import ENGINE, ChildProcess, Kind
from fmviz.engine.document import Document
from fmviz.engine.link import Link
from fmviz.engine.session import Session


def test_an_engine_that_dies_again_and_again_is_given_up(qtbot):
    engine = ChildProcess(replace(ENGINE, target=be_ready_and_die))
    heard = []
    for told in (engine.ready, engine.lost, engine.missed):
        told.connect(heard.append)
    for _ in range(2):  # a second wish tries it again
        heard.clear()
        with qtbot.waitSignal(engine.missed):
            engine.start()
        assert engine.is_missed
        assert heard[:-1] == ["a child", "exit code 3"] * 3
        assert "3 times" in heard[-1]
        assert "exit code 3" in heard[-1]
        assert engine.process_id is None
    engine.shutdown()


@pytest.fixture
def session(qapp):
    session = Session(Document())
    kept = tuple(KeptStep(step, {"a": np.zeros(1)}) for step in (3, 5, 9))
    session.adopt((LearnedLane({"a": np.zeros(1)}, picture(300), kept),))
    yield session
    session.shutdown()


def test_the_step_is_that_of_the_picture_when_no_engine_is_coming(session):
    head, moved = session.steps, []
    head.step_changed.connect(lambda: moved.append(head.step))
    head.set_step(3)
    assert head.is_waiting
    session._engine.missed.emit("The engine could not start.")
    assert moved == [3, None]
    assert (head.is_waiting, head.snapshots[0].step, head.steps) == (False, 300, (3, 5, 9, 300))


def test_a_training_that_begins_again_does_not_move_the_step_of_the_picture(session):
    session._results.begin(session._document.project)
    session._results.put(LaneProgress(0, 5, 100, 0.05, Curves(), Metrics()))
    session._lanes.refresh()
    assert session.step(0) == 5
    assert session.steps.steps[-1] == session.snapshots[0].step == 300


PLAIN = Kind("The process", "try again", "fmviz-test", serve_answers, (children.Sums,))
WITH_SCRATCH = replace(PLAIN, has_scratch=True, grace_s=0.25)


class Asking:
    """A slot whose answers come from a process; `facts` are provided once they are missed."""

    def __init__(self, kind):
        self.process, self.facts, self.provided, self.sentences = ChildProcess(kind), {"two": 2}, [], []
        self.asker = Asker(self.process, self._provide)
        self.asker.failed.connect(self.sentences.append)
        self.process.missed.connect(self.sentences.append)

    def _provide(self, key):
        self.provided.append(key)
        return self.facts.get(key)

    def answer(self, qtbot, key, number=1):
        self.asker.want("slot", children.Sum(key, number))
        self.process.start()
        qtbot.waitUntil(lambda: not self.asker.is_waiting("slot"))
        return self.asker.answer("slot")


@pytest.fixture(params=[PLAIN, WITH_SCRATCH], ids=["plain", "with scratch"])
def asking(request, qapp, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    asking = Asking(request.param)
    yield asking
    asking.process.shutdown()
    assert list(tmp_path.iterdir()) == []


def test_it_answers_elsewhere_and_is_told_once_what_the_answers_are_about(qtbot, asking):
    assert [asking.answer(qtbot, "two", number)[0] for number in (1, 2, 3)] == [3, 4, 5]
    assert asking.provided == ["two"]
    assert asking.answer(qtbot, "two")[1] == asking.process.process_id != os.getpid()


def test_what_cannot_be_answered_is_a_sentence_and_the_next_question_is_answered(qtbot, asking):
    assert asking.answer(qtbot, "two", 0) is None
    assert asking.sentences == ["The sum failed: division by zero."]
    assert asking.answer(qtbot, "gone") is None
    assert asking.sentences[1:] == ["There is nothing left to make the sum from."]
    assert asking.answer(qtbot, "two")[0] == 3


def test_one_that_was_killed_at_a_question_is_asked_in_another(qtbot, asking):
    before = asking.answer(qtbot, "two")[1]
    asking.asker.want("slot", children.Sum("two", children.FOR_EVER))
    os.kill(before, signal.SIGKILL)
    qtbot.waitUntil(lambda: asking.process.process_id not in (None, before))
    assert asking.asker.is_waiting("slot")
    assert asking.answer(qtbot, "two", 2)[0] == 4


def test_rest_ends_it_with_what_it_has_started_and_the_next_question_starts_another(qtbot, asking):
    _, before, sleeper = asking.answer(qtbot, "two", children.WITH_SLEEPER)
    assert (sleeper is not None) is asking.process.kind.has_scratch
    asking.process.rest()
    assert asking.process.process_id is None
    qtbot.waitUntil(lambda: not any(map(is_alive, filter(None, (before, sleeper)))))
    assert asking.answer(qtbot, "two", 2)[1] != before
    assert asking.answer(qtbot, "two", 2)[0] == 4


def test_the_late_end_of_a_killed_process_does_not_end_the_next_one(qtbot, asking):
    before = asking.answer(qtbot, "two")[1]
    (link,) = asking.process.findChildren(Link)
    os.kill(before, signal.SIGKILL)
    assert link.wait(PATIENCE_MS)  # its end is queued for this thread, which has not run its loop yet
    asking.process.rest()
    assert asking.answer(qtbot, "two", 2)[0] == 4
    assert asking.sentences == []
    assert len(asking.process.findChildren(Link)) == 1


def test_no_room_for_temporary_files_is_said_at_once(qapp, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    asking = Asking(WITH_SCRATCH)
    asking.asker.want("slot", children.Sum("two", 1))
    asking.process.start()
    assert asking.sentences == ["There is no room for temporary files; free some space."]
    assert asking.asker.is_given_up("slot")


ORPHAN = """
import os, signal, sys, tempfile
sys.path[:0] = {path!r}
from PySide6.QtCore import QCoreApplication
from test_child_process import WITH_SCRATCH, Asking, children
if __name__ == "__main__":
    app = QCoreApplication([])
    tempfile.tempdir = {folder!r}
    asking = Asking(WITH_SCRATCH)
    asking.asker.answered.connect(lambda _: os.kill(os.getpid(), signal.SIGKILL))
    asking.asker.want("slot", children.Sum("two", children.WITH_SLEEPER))
    asking.process.start()
    app.exec()
"""


def test_a_window_that_was_killed_leaves_neither_process_nor_folder(python, root, tmp_path, request):
    """The processes inherit standard output, so its end is reached only when all of them have gone."""
    folder, script = tmp_path / "temporary", tmp_path / "window.py"
    folder.mkdir()
    path = [str(root), str(request.path.parent), str(request.path.parents[1])]
    script.write_text(ORPHAN.format(path=path, folder=str(folder)))
    done = subprocess.run([python, str(script)], capture_output=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == -signal.SIGKILL
    assert done.stderr == b""
    assert list(Path(folder).iterdir()) == []
