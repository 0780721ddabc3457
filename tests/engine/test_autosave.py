"""Unsaved work is on the disk soon, never in the user's file, and is found again when its process is dead."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from documents import save
from patience import PATIENCE_S
from pytestqt.qtbot import QtBot

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.project import LearnedLane, Project
from fmviz.engine import recovery
from fmviz.engine.document import Document
from fmviz.engine.recovery import (
    INTERVAL_MS,
    LOCK_SUFFIX,
    MOST_FAILED_STARTS,
    Autosave,
    Found,
    Recovery,
    found_recoveries,
    new_recovery,
    set_aside,
    taken,
)
from fmviz.engine.session import Session
from fmviz.files.project_file import ProjectFile

FILE = ProjectFile(Project(target=Side(shape="heart")), (LearnedLane(),))


class Desk:
    """A document, its session, and what keeps them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.document = Document()
        self.session = Session(self.document)
        self.autosave = Autosave(self.document, self.session, folder)
        self.said: list[str] = []
        self.autosave.failed.connect(self.said.append)

    def draw(self, shape: str = "heart") -> None:
        self.document.set_side("target", Side(shape=shape), f"Pick {shape}")

    def keep(self, qtbot: QtBot) -> None:
        """Keep now what the timer would keep soon."""
        self.autosave.keep()
        qtbot.waitUntil(lambda: not self.autosave._tasks.running)

    def files(self) -> list[Path]:
        return sorted(self.folder.glob("*.fmviz")) if self.folder.exists() else []

    def die(self) -> None:
        """Let go of everything as a killed process does."""
        self.autosave._timer.stop()
        if self.autosave._own is not None:
            self.autosave._own.leave()
            self.autosave._own = None


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "recovery")
    yield desk
    desk.autosave.finish()
    desk.session.shutdown()


def test_a_change_is_kept_within_half_a_minute(desk: Desk) -> None:
    assert not desk.autosave._timer.isActive()
    desk.draw()
    assert desk.autosave._timer.isActive()
    assert desk.autosave._timer.remainingTime() <= 1.05 * INTERVAL_MS <= 15_000
    desk.draw("rings")  # which does not put it off
    assert desk.autosave._timer.remainingTime() <= 1.05 * INTERVAL_MS


def test_a_drawing_survives_its_process(desk: Desk, qtbot: QtBot) -> None:
    points = np.random.default_rng(0).normal(0, 1, (40, 2))
    desk.document.set_side("source", Side(cloud=PointCloud(points)), "Draw source")
    desk.keep(qtbot)
    assert found_recoveries(desk.folder) == ()  # its process lives
    desk.die()
    (found,) = found_recoveries(desk.folder)
    assert (found.title, found.original) == ("Untitled", None)
    both = taken(found)
    assert both is not None
    own, file = both
    assert file.project.source.cloud is not None
    assert np.array_equal(file.project.source.cloud.xy, points)
    assert taken(found) is None
    own.remove()
    assert list(desk.folder.iterdir()) == []


def test_what_an_untitled_project_has_learned_is_kept(desk: Desk, qtbot: QtBot) -> None:
    weights = {"net.weight": np.ones((2, 2), dtype=np.float32)}
    desk.session.adopt([LearnedLane(weights)])
    desk.keep(qtbot)
    desk.die()
    both = taken(found_recoveries(desk.folder)[0])
    assert both is not None
    assert both[1].learned[0].weights is not None
    assert set(both[1].learned[0].weights) == set(weights)
    both[0].remove()


def test_what_no_file_can_hold_is_said_once_and_tried_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.draw()
    with monkeypatch.context() as patch:
        patch.setattr(desk.session, "learned", lambda: ())
        for _ in range(2):
            desk.autosave.keep()
        assert ["0 are learned" in said for said in desk.said] == [True]
        assert desk.autosave._timer.isActive()


def test_nothing_is_written_when_nothing_has_changed(desk: Desk, qtbot: QtBot) -> None:
    desk.keep(qtbot)
    assert desk.files() == []
    desk.draw()
    desk.keep(qtbot)
    (path,) = desk.files()
    before = path.stat()
    desk.document.set_style(desk.document.project.style.with_view("density"))
    desk.keep(qtbot)
    assert os.path.samestat(before, path.stat())
    desk.draw("rings")
    desk.keep(qtbot)
    assert desk.files() == [path]
    assert not os.path.samestat(before, path.stat())


@pytest.mark.parametrize("way", ["undo", "save", "new"])
def test_what_is_safe_is_kept_no_longer(desk: Desk, qtbot: QtBot, tmp_path: Path, way: str) -> None:
    desk.draw()
    desk.keep(qtbot)
    assert len(desk.files()) == 1
    if way == "undo":
        desk.document.undo()
        desk.keep(qtbot)
    elif way == "save":
        save(desk.document, tmp_path / "talk.fmviz", desk.session.learned())
        desk.autosave.settle(desk.autosave.present())
    else:
        desk.document.new()
        desk.autosave.settle(desk.autosave.present())
    assert not desk.folder.exists() or list(desk.folder.iterdir()) == []


def test_the_users_file_is_never_touched(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "talk.fmviz"
    save(desk.document, path, desk.session.learned())
    desk.autosave.settle(desk.autosave.present())
    before = path.read_bytes()
    desk.draw()
    desk.keep(qtbot)
    desk.die()
    (found,) = found_recoveries(desk.folder)
    assert found.original == path
    assert found.title == "talk"
    assert path.read_bytes() == before


def test_an_orderly_end_leaves_nothing_but_what_is_for_the_next_start(desk: Desk, qtbot: QtBot) -> None:
    desk.draw()
    desk.autosave.keep_now(4.0)
    desk.autosave.finish()
    assert len(found_recoveries(desk.folder)) == 1
    other = Desk(desk.folder)
    other.draw("rings")
    other.keep(qtbot)
    other.autosave.finish()
    other.session.shutdown()
    assert len(desk.files()) == 1


def test_a_disk_that_is_slow_holds_up_nobody(desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    gate, real = threading.Event(), recovery.save_project

    def save(path: Path, file: ProjectFile) -> None:
        assert gate.wait(PATIENCE_S)
        real(path, file)

    monkeypatch.setattr(recovery, "save_project", save)
    desk.draw()
    desk.autosave.keep()
    desk.draw("rings")
    desk.autosave.keep()  # one write at a time: this one follows
    assert desk.autosave._timer.isActive()
    gate.set()
    qtbot.waitUntil(lambda: not desk.autosave._tasks.running)
    assert len(desk.files()) == 1


def test_a_full_disk_is_said_once_and_tried_again(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    desk.folder.write_text("in the way")
    desk.draw()
    desk.keep(qtbot)
    desk.keep(qtbot)
    assert len(desk.said) == 1
    assert desk.autosave._timer.isActive()
    desk.folder.unlink()
    desk.keep(qtbot)
    assert len(desk.files()) == 1


def test_recovered_work_stays_kept_until_it_is_saved(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    desk.draw()
    desk.keep(qtbot)
    desk.die()
    (found,) = found_recoveries(desk.folder)
    both = taken(found)
    assert both is not None
    own, file = both
    desk.document.show(file, tmp_path / "talk.fmviz", is_saved=False)
    desk.autosave.adopt(own, desk.autosave.present())
    assert desk.document.is_modified
    assert desk.files() == [found.path]
    desk.keep(qtbot)
    assert desk.files() == [found.path]
    desk.autosave.settle(desk.autosave.present())
    assert desk.files() == []


def test_a_write_under_way_does_not_reach_recovered_work(desk: Desk, qtbot: QtBot,
                                                          monkeypatch: pytest.MonkeyPatch) -> None:
    desk.draw("rings")
    desk.keep(qtbot)
    desk.die()
    both = taken(found_recoveries(desk.folder)[0])
    assert both is not None
    own, file = both
    gate, real, written = threading.Event(), recovery.new_recovery, []

    def slow_recovery(folder: Path) -> recovery.RecoveryFile:
        assert gate.wait(PATIENCE_S)
        written.append(real(folder))
        return written[0]

    monkeypatch.setattr(recovery, "new_recovery", slow_recovery)
    desk.draw("heart")
    desk.autosave.keep()
    desk.document.show(file, None, is_saved=False)
    desk.autosave.settle(desk.autosave.present())
    desk.autosave.adopt(own, desk.autosave.present())
    gate.set()
    qtbot.waitUntil(lambda: not desk.autosave._tasks.running)
    assert (len(written), desk.files()) == (1, [own.path])
    desk.die()
    again = taken(found_recoveries(desk.folder)[0])
    assert again is not None
    assert again[1].project.target.shape == "rings"


def _dead(folder: Path, when: float = 0.0) -> Path:
    """Leave a recovery as a killed process does; return its file."""
    own = new_recovery(folder)
    own.write(FILE, "talk", None)
    own.leave()
    os.utime(own.path, (when, when))
    return own.path


def _look(folder: Path) -> Found:
    """Look at what was left, as a start does."""
    found: list[Found] = []

    def look() -> Iterator[float | None]:
        found.append((yield from recovery.looking(folder)))

    for _ in look():
        pass
    return found[0]


def _read(folder: Path) -> list[Recovery]:
    """Return what is offered."""
    return [offer.recovery for offer in _look(folder).offers]


def test_the_newest_comes_first(tmp_path: Path) -> None:
    paths = [_dead(tmp_path, when) for when in (20.0, 30.0, 10.0)]
    assert [found.path for found in _read(tmp_path)] == [paths[1], paths[0], paths[2]]


def test_after_two_failed_starts_it_is_not_offered_again(tmp_path: Path) -> None:
    _dead(tmp_path)
    for _ in range(MOST_FAILED_STARTS):
        (found,) = _read(tmp_path)
        both = taken(found)
        assert both is not None
        both[0].leave()  # it dies before it has lived long with it
    found = _look(tmp_path)
    assert found.offers == ()
    assert [entry.title for entry in found.aside] == ["talk"]


def _fail(path: Path) -> None:
    """Let all starts fail with a recovery that may fail."""
    for _ in range(MOST_FAILED_STARTS):
        both = taken(next(entry for entry in found_recoveries(path.parent) if entry.path == path))
        assert both is not None
        both[0].leave()


def test_what_failed_stays_a_month_after_it_was_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, day, now = _dead(tmp_path, 100.0), 86_400.0, time.time()
    _fail(path)
    for days in (0, 400):  # nobody was there to be told
        monkeypatch.setattr(time, "time", lambda days=days: now + days * day)
        (aside,) = _look(tmp_path).aside
        assert (aside.path, aside.set_aside) == (path, None)
    set_aside([aside])
    monkeypatch.setattr(time, "time", lambda: now + 429 * day)
    (aside,) = _look(tmp_path).aside
    assert aside.set_aside == now + 400 * day
    assert aside.kept_until == now + 430 * day
    other = _dead(tmp_path)
    monkeypatch.setattr(time, "time", lambda: now + 431 * day)
    assert _look(tmp_path).aside == ()
    assert sorted(tmp_path.glob("*")) == sorted((other, other.with_suffix(LOCK_SUFFIX)))


@pytest.mark.parametrize("words", ['1e400', '"x"', 'NaN', '-5', '1e18'])
def test_a_time_that_cannot_be_is_not_known(tmp_path: Path, words: str) -> None:
    _fail(path := _dead(tmp_path))
    path.with_suffix(LOCK_SUFFIX).write_text(f'{{"failed_starts": 2, "set_aside": {words}}}')
    (aside,) = _look(tmp_path).aside
    assert aside.set_aside is None


def test_one_that_another_window_has_is_not_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fail(path := _dead(tmp_path))
    set_aside(_look(tmp_path).aside)
    both = taken(_look(tmp_path).aside[0])
    assert both is not None
    late = time.time() + 1e9
    monkeypatch.setattr(time, "time", lambda: late)
    assert _look(tmp_path).aside == ()
    assert path.exists()
    both[0].remove()


def test_a_start_that_lives_on_counts_no_failure(tmp_path: Path) -> None:
    _dead(tmp_path)
    for _ in range(3):
        (found,) = _read(tmp_path)
        both = taken(found)
        assert both is not None
        both[0].survive()
        both[0].leave()
    assert len(_read(tmp_path)) == 1


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x03\x04"])
def test_a_damaged_one_keeps_nobody_from_starting(tmp_path: Path, data: bytes) -> None:
    path, good = _dead(tmp_path, 1.0), _dead(tmp_path, 2.0)
    path.write_bytes(data)
    for _ in range(MOST_FAILED_STARTS + 1):
        found = _look(tmp_path)
        assert [offer.recovery.path for offer in found.offers] == [good]
        assert [entry.path for entry in found.aside] == [path]  # so that it is said


def test_words_that_are_lost_or_damaged_are_not_the_work(tmp_path: Path) -> None:
    lost, damaged = _dead(tmp_path, 2.0), _dead(tmp_path, 1.0)
    lost.with_suffix(LOCK_SUFFIX).unlink()
    damaged.with_suffix(LOCK_SUFFIX).write_text('{"title": 7, "original": [], "failed_starts": "x"}')
    found = _read(tmp_path)
    assert [(entry.path, entry.title, entry.original) for entry in found] == [(lost, "Untitled", None),
                                                                             (damaged, "Untitled", None)]


def test_a_process_that_died_before_it_kept_anything_leaves_nothing(tmp_path: Path) -> None:
    new_recovery(tmp_path).leave()
    assert _read(tmp_path) == []
    assert list(tmp_path.iterdir()) == []
