"""Files of projects beside the window: a slow disk holds up nobody, and what is pressed meanwhile is answered."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from patience import PATIENCE_S
from PySide6.QtWidgets import QMainWindow
from pytestqt.qtbot import QtBot

from fmviz.core.cloud import Side
from fmviz.core.config import FlowConfig
from fmviz.core.project import MOST_OTHERS, LearnedLane, Origin, Project
from fmviz.engine.background import Tasks
from fmviz.engine.document import Document
from fmviz.engine.playhead import Playhead
from fmviz.engine.session import Session
from fmviz.files import atomic, project_file
from fmviz.files.project_file import ProjectFile, load_project, save_project
from fmviz.views.dialogs import Answer
from fmviz.views.project_files import ProjectFiles
from fmviz.views.waiting_bar import WaitingBar

WEIGHTS = {"in.weight": np.zeros((16, 10), dtype=np.float32)}


@dataclass
class Answers:
    """Stands for the person at the dialogs."""

    to_open: Path | None = None
    to_save: Path | None = None
    first: Answer = Answer.CANCEL
    differs: Answer = Answer.CANCEL
    asked: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def project_to_open(self) -> Path | None:
        return self.to_open

    def project_to_save(self, title: str) -> Path | None:
        return self.to_save

    def save_first(self, title: str) -> Answer:
        self.asked.append(title)
        return self.first

    def file_differs(self, question: str, can_reload: bool) -> Answer:
        self.asked.append(question)
        assert can_reload or self.differs is not Answer.RELOAD
        return self.differs

    def error(self, problem: object) -> None:
        self.errors.append(str(problem))


class SlowDisk:
    """Holds up whoever puts data on the disk, or reads it, until it is told to go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.gate = threading.Event()
        self.reached = threading.Event()
        real_sync, real_open = os.fsync, atomic.open_ordinary

        def hold() -> None:
            self.reached.set()
            assert self.gate.wait(PATIENCE_S)

        def sync(handle: int) -> None:
            hold()
            real_sync(handle)

        def open_file(path: Path) -> object:
            hold()
            return real_open(path)

        monkeypatch.setattr(atomic.os, "fsync", sync)
        monkeypatch.setattr(project_file, "open_ordinary", open_file)


@dataclass
class Desk:
    files: ProjectFiles
    document: Document
    answers: Answers
    tasks: Tasks
    said: list[str]


@pytest.fixture
def desk(document: Document, session: Session, playhead: Playhead) -> Iterator[Desk]:
    desk = _desk(document, session, playhead)
    yield desk
    desk.tasks.shutdown()


@pytest.fixture
def two(desk: Desk, qtbot: QtBot, tmp_path: Path) -> Iterator[tuple[Desk, Desk]]:
    """Two windows that know of each other."""
    document = Document()
    session = Session(document)
    other = _desk(document, session, Playhead())
    for each in (desk, other):
        each.files.lock_in(tmp_path / "open")
    yield desk, other
    for each in (desk, other):
        each.tasks.shutdown()
        each.files.release()
    session.shutdown()
    assert list((tmp_path / "open").iterdir()) == []


def _desk(document: Document, session: Session, playhead: Playhead) -> Desk:
    answers, tasks, said = Answers(), Tasks(), list[str]()
    files = ProjectFiles(document, session, playhead, answers, tasks, lambda: None, said.append)  # type: ignore[arg-type]
    return Desk(files, document, answers, tasks, said)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowDisk]:
    disk = SlowDisk(monkeypatch)
    yield disk
    disk.gate.set()


def _stored(path: Path, shape: str) -> Path:
    save_project(path, ProjectFile(Project(target=Side(shape=shape)), (LearnedLane(),)))
    return path


def _change(document: Document, shape: str = "heart") -> None:
    document.set_side("target", Side(shape=shape), f"Pick {shape}")


def _done(desk: Desk, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not desk.tasks.running)


def test_a_save_waits_for_the_disk_alone(desk: Desk, slow: SlowDisk, qtbot: QtBot, tmp_path: Path) -> None:
    _change(desk.document)
    desk.answers.to_save = tmp_path / "talk.fmviz"
    desk.files.save()
    assert slow.reached.wait(PATIENCE_S)
    assert desk.document.is_modified
    _change(desk.document, "rings")  # after the save was asked for: not in the file
    slow.gate.set()
    _done(desk, qtbot)
    assert desk.document.path == tmp_path / "talk.fmviz"
    assert desk.document.is_modified
    assert load_project(tmp_path / "talk.fmviz").project.target.shape == "heart"
    assert desk.said == ["Saved talk.fmviz."]


def test_saves_that_are_asked_for_meanwhile_come_after_it(desk: Desk, slow: SlowDisk, qtbot: QtBot,
                                                          tmp_path: Path) -> None:
    desk.answers.to_save = tmp_path / "talk.fmviz"
    desk.files.save_as()
    assert slow.reached.wait(PATIENCE_S)
    _change(desk.document, "rings")
    desk.files.save_as()
    slow.gate.set()
    qtbot.waitUntil(lambda: len(desk.said) == 2)
    assert not desk.document.is_modified
    assert load_project(tmp_path / "talk.fmviz").project.target.shape == "rings"


@pytest.mark.parametrize("is_cancelled", [False, True])
def test_closing_while_saving_waits_for_the_file(desk: Desk, slow: SlowDisk, qtbot: QtBot, tmp_path: Path,
                                                 is_cancelled: bool) -> None:
    _change(desk.document)
    desk.answers.to_save, closed = tmp_path / "talk.fmviz", list[bool]()
    desk.files.save()
    assert slow.reached.wait(PATIENCE_S)
    assert not desk.files.may_drop_changes(lambda: closed.append(not desk.document.is_modified))
    assert desk.answers.asked == []
    if is_cancelled:
        desk.tasks.running[0].cancel()
    slow.gate.set()
    _done(desk, qtbot)
    # It was in the middle of the last step: what is there counts.
    assert closed == [True]


def test_who_answers_save_goes_on_when_it_is_saved(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    _change(desk.document)
    desk.answers.first, desk.answers.to_save, went_on = Answer.SAVE, tmp_path / "talk.fmviz", list[bool]()
    assert not desk.files.may_drop_changes(lambda: went_on.append(True))
    _done(desk, qtbot)
    assert went_on == [True]
    assert desk.files.may_drop_changes(lambda: None)


def test_what_no_file_can_hold_is_said(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.files._session, "learned", lambda: ())
    desk.answers.to_save = tmp_path / "talk.fmviz"
    desk.files.save()
    assert ["0 are learned" in error for error in desk.answers.errors] == [True]
    assert not desk.files.is_busy
    assert list(tmp_path.iterdir()) == []


def test_a_save_that_fails_goes_nowhere(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    _change(desk.document)
    desk.answers.first, desk.answers.to_save, went_on = Answer.SAVE, tmp_path / "no" / "talk.fmviz", list[bool]()
    desk.files.may_drop_changes(lambda: went_on.append(True))
    _done(desk, qtbot)
    assert went_on == []
    assert len(desk.answers.errors) == 1
    assert desk.document.is_modified
    assert not desk.files.is_busy


def test_the_newest_of_two_files_is_opened(desk: Desk, slow: SlowDisk, qtbot: QtBot, tmp_path: Path) -> None:
    slow.gate.set()
    first, second = _stored(tmp_path / "a.fmviz", "heart"), _stored(tmp_path / "b.fmviz", "rings")
    slow.gate.clear()
    slow.reached.clear()
    desk.files.open_path(first)
    assert slow.reached.wait(PATIENCE_S)
    desk.files.open_path(second)
    slow.gate.set()
    _done(desk, qtbot)
    assert desk.document.path == second
    assert desk.document.project.target.shape == "rings"


def test_new_wins_over_a_file_on_its_way(desk: Desk, slow: SlowDisk, qtbot: QtBot, tmp_path: Path) -> None:
    slow.gate.set()
    path = _stored(tmp_path / "a.fmviz", "heart")
    slow.gate.clear()
    desk.files.open_path(path)
    desk.files.new()
    slow.gate.set()
    assert desk.tasks.running == ()
    assert desk.document.path is None


@pytest.mark.parametrize("answer", [Answer.CANCEL, Answer.DISCARD])
def test_a_change_made_while_a_file_is_read_is_asked_about(desk: Desk, slow: SlowDisk, qtbot: QtBot, tmp_path: Path,
                                                           answer: Answer) -> None:
    slow.gate.set()
    path = _stored(tmp_path / "a.fmviz", "heart")
    slow.gate.clear()
    desk.files.open_path(path)
    _change(desk.document, "rings")
    desk.answers.first = answer
    slow.gate.set()
    _done(desk, qtbot)
    assert desk.answers.asked == ["Untitled"]
    assert (desk.document.path == path) is (answer is Answer.DISCARD)


def test_a_wait_is_shown_after_half_a_second_and_can_be_cancelled(desk: Desk, slow: SlowDisk, qtbot: QtBot,
                                                                  tmp_path: Path) -> None:
    slow.gate.set()
    path = _stored(tmp_path / "a.fmviz", "heart")
    slow.gate.clear()
    bar = WaitingBar(desk.tasks)
    qtbot.addWidget(bar)
    desk.files.open_path(path)
    assert not bar.isVisible()
    qtbot.waitUntil(bar.isVisible)
    assert desk.tasks.running[0].seconds >= 0.5
    assert "a.fmviz" in bar.text.text()
    bar.cancel.click()
    assert not bar.isVisible()
    assert desk.tasks.running == ()
    assert desk.document.path is None


def test_what_is_waited_for_lies_beside_its_bar_and_its_button(desk: Desk, slow: SlowDisk, qtbot: QtBot,
                                                               tmp_path: Path) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    bar = WaitingBar(desk.tasks, window)
    window.statusBar().addPermanentWidget(bar)
    window.resize(960, 200)
    window.show()
    desk.answers.to_save = tmp_path / "talk.fmviz"
    desk.files.save()
    qtbot.waitUntil(lambda: bar.isVisible() and bar.bar.x() > 0)
    parts = [part.geometry() for part in (bar.text, bar.bar, bar.cancel)]
    assert all(left.right() < right.left() for left, right in pairwise(parts))
    assert parts[0].left() >= 0
    assert parts[-1].right() < bar.width()
    slow.gate.set()


def test_a_cancelled_save_is_shown_until_it_has_ended(desk: Desk, slow: SlowDisk, qtbot: QtBot, tmp_path: Path) -> None:
    bar = WaitingBar(desk.tasks)
    qtbot.addWidget(bar)
    desk.answers.to_save = tmp_path / "talk.fmviz"
    desk.files.save()
    qtbot.waitUntil(bar.isVisible)
    bar.cancel.click()
    assert bar.isVisible()
    assert not bar.cancel.isEnabled()
    slow.gate.set()
    qtbot.waitUntil(lambda: not bar.isVisible())
    assert desk.said == ["Saved talk.fmviz."]


def _open(desk: Desk, qtbot: QtBot, path: Path) -> None:
    desk.files.open_path(path)
    _done(desk, qtbot)
    assert desk.document.path == path


def _save(desk: Desk, qtbot: QtBot) -> None:
    desk.files.save()
    _done(desk, qtbot)


def _target(path: Path) -> str | None:
    return load_project(path).project.target.shape


@pytest.mark.parametrize(("answer", "then"), [
    (Answer.CANCEL, "rings"), (Answer.SAVE, "heart"), (Answer.SAVE_AS, "rings"), (Answer.RELOAD, "rings")])
def test_what_others_have_written_is_not_replaced_unasked(desk: Desk, qtbot: QtBot, tmp_path: Path, answer: Answer,
                                                          then: str) -> None:
    path = _stored(tmp_path / "a.fmviz", "moons")
    _open(desk, qtbot, path)
    _change(desk.document, "heart")
    _stored(path, "rings")
    desk.answers.differs, desk.answers.to_save = answer, tmp_path / "b.fmviz"
    _save(desk, qtbot)
    qtbot.waitUntil(lambda: not desk.files.is_busy)
    assert len(desk.answers.asked) == 1
    assert _target(path) == then
    assert desk.document.is_modified is (answer is Answer.CANCEL)
    if answer is Answer.SAVE_AS:
        assert desk.document.path == tmp_path / "b.fmviz"
        assert _target(tmp_path / "b.fmviz") == "heart"
    if answer is Answer.RELOAD:
        assert desk.document.project.target.shape == "rings"
    assert sorted(entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".")) == []


def test_a_file_that_is_gone_is_asked_about(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    path = _stored(tmp_path / "a.fmviz", "moons")
    _open(desk, qtbot, path)
    _change(desk.document)
    path.unlink()
    _save(desk, qtbot)
    assert len(desk.answers.asked) == 1
    assert not path.exists()
    desk.answers.differs = Answer.SAVE
    _save(desk, qtbot)
    qtbot.waitUntil(lambda: not desk.document.is_modified)
    assert _target(path) == "heart"


def test_what_has_no_room_in_its_file_any_more_is_asked_about(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    path, project = tmp_path / "a.fmviz", Project()
    others = [LearnedLane(WEIGHTS, origin=Origin(0, project.source, project.target, FlowConfig(seed=seed)))
              for seed in range(1, MOST_OTHERS + 1)]
    save_project(path, ProjectFile(project, (LearnedLane(WEIGHTS), *others)))
    _open(desk, qtbot, path)
    _change(desk.document)  # what the pane had learned is one more of the others
    held = path.read_bytes()
    _save(desk, qtbot)
    (question,) = desk.answers.asked
    assert "an earlier training" in question
    assert path.read_bytes() == held
    assert desk.document.is_modified
    desk.answers.differs, desk.answers.to_save = Answer.SAVE_AS, tmp_path / "b.fmviz"
    _save(desk, qtbot)
    qtbot.waitUntil(lambda: not desk.document.is_modified)
    assert path.read_bytes() == held
    assert len(load_project(tmp_path / "b.fmviz").learned) == 1 + MOST_OTHERS


def test_who_only_touches_a_file_has_changed_nothing(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    path = _stored(tmp_path / "a.fmviz", "moons")
    _open(desk, qtbot, path)
    for shape in ("heart", "rings"):
        _change(desk.document, shape)
        data = path.read_bytes()
        path.unlink()
        path.write_bytes(data)
        os.utime(path, (1, 1))
        _save(desk, qtbot)
        assert _target(path) == shape
    assert desk.answers.asked == []


def test_closing_waits_for_the_answer_about_a_file(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    path, closed = _stored(tmp_path / "a.fmviz", "moons"), list[bool]()
    _open(desk, qtbot, path)
    _change(desk.document)
    _stored(path, "rings")
    desk.answers.first = Answer.SAVE
    for answer, then in ((Answer.CANCEL, []), (Answer.SAVE, [True])):
        desk.answers.differs = answer
        desk.files.may_drop_changes(lambda: closed.append(not desk.document.is_modified))
        qtbot.waitUntil(lambda: not desk.files.is_busy)
        assert closed == then


def test_a_second_window_on_one_file_is_told_and_asked(two: tuple[Desk, Desk], qtbot: QtBot, tmp_path: Path) -> None:
    path, link = _stored(tmp_path / "a.fmviz", "moons"), tmp_path / "link.fmviz"
    link.symlink_to(path)
    first, second = two
    _open(first, qtbot, path)
    assert first.answers.errors == []
    _open(second, qtbot, link)
    qtbot.waitUntil(lambda: bool(second.answers.errors))
    (sentence,) = second.answers.errors
    assert f"process {os.getpid()}" in sentence
    _change(second.document)
    _save(second, qtbot)
    (question,) = second.answers.asked
    assert "another window" in question
    assert _target(path) == "moons"
    _change(first.document, "rings")
    _save(first, qtbot)  # who has it is not asked
    assert first.answers.asked == []
    first.files.new()
    _save(second, qtbot)  # it has nobody's lock now, but not the bytes that it had
    assert "changed" in second.answers.asked[-1]
    second.answers.differs = Answer.SAVE
    _save(second, qtbot)
    qtbot.waitUntil(lambda: not second.document.is_modified)
    assert _target(path) == "heart"
    assert link.is_symlink()


def test_a_file_that_another_window_has_is_not_saved_over_by_its_name(two: tuple[Desk, Desk], qtbot: QtBot,
                                                                       tmp_path: Path) -> None:
    path = _stored(tmp_path / "a.fmviz", "moons")
    first, second = two
    _open(first, qtbot, path)
    _change(second.document)
    second.answers.to_save = path
    _save(second, qtbot)
    assert len(second.answers.asked) == 1
    assert _target(path) == "moons"


def test_where_nothing_can_be_locked_files_open_and_save(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "open").write_text("in the way")
    desk.files.lock_in(tmp_path / "open")
    path = _stored(tmp_path / "a.fmviz", "moons")
    _open(desk, qtbot, path)
    _change(desk.document)
    _save(desk, qtbot)
    assert desk.answers.asked == desk.answers.errors == []
    assert _target(path) == "heart"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_what_never_ends_is_refused(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.fmviz")
    os.symlink("/dev/zero", tmp_path / "device.fmviz")
    for name in ("pipe.fmviz", "device.fmviz"):
        desk.files.open_path(tmp_path / name)
        qtbot.waitUntil(lambda: not desk.files.is_busy)
    assert len(desk.answers.errors) == 2
    assert all("it is a device or a pipe" in sentence for sentence in desk.answers.errors)


def test_a_path_is_absolute_however_it_was_given(desk: Desk, qtbot: QtBot, tmp_path: Path,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    path = _stored(tmp_path / "a.fmviz", "heart")
    monkeypatch.chdir(tmp_path)
    desk.files.open_path(Path("a.fmviz"))
    _done(desk, qtbot)
    assert desk.document.path == path


@pytest.mark.parametrize("way", ["open", "open_instead", "open_path"])
def test_what_was_learned_plays_however_it_was_opened(desk: Desk, playhead: Playhead, qtbot: QtBot, tmp_path: Path,
                                                      way: str) -> None:
    desk.files.open_example()
    learned, bare = tmp_path / "learned.fmviz", _stored(tmp_path / "bare.fmviz", "heart")
    save_project(learned, ProjectFile(desk.document.project, desk.files._session.learned()))
    for path in (bare, learned):
        desk.answers.to_open = path
        getattr(desk.files, way)(*(() if way == "open" else (path,)))
        _done(desk, qtbot)
        assert desk.document.path == path
        assert playhead.is_playing == (path == learned)
    playhead.pause()


@pytest.mark.parametrize("answer", [Answer.CANCEL, Answer.DISCARD, Answer.SAVE])
def test_a_project_comes_in_place_of_another_after_asking(desk: Desk, qtbot: QtBot, tmp_path: Path,
                                                          answer: Answer) -> None:
    old, new = _stored(tmp_path / "old.fmviz", "moons"), _stored(tmp_path / "new.fmviz", "rings")
    _open(desk, qtbot, old)
    _change(desk.document)
    desk.answers.first = answer
    desk.files.open_instead(new)
    _done(desk, qtbot)
    qtbot.waitUntil(lambda: desk.document.path == (old if answer is Answer.CANCEL else new))
    assert desk.answers.asked == ["old"]
    assert _target(old) == ("heart" if answer is Answer.SAVE else "moons")
