"""Open recent: bounded, by name, grey where a file is missing; each dialog begins where files were chosen last."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fmviz.app.application import build_window, remember_recent
from fmviz.app.settings import Settings
from fmviz.core.project import LearnedLane, Project
from fmviz.engine.stored import MOST_RECENT, Recent
from fmviz.files.project_file import ProjectFile, save_project
from fmviz.views.main_window import MainWindow
from fmviz.views.project_files import plain


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    window = build_window(Settings(tmp_path / "settings.ini"))
    yield window
    window.shut_down()
    window.close()
    window.deleteLater()


def _stored(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    save_project(path, ProjectFile(Project(), (LearnedLane(),)))
    return path


def _names(window: MainWindow, qtbot: QtBot) -> dict[str, bool]:
    window.recent_menu.fill()
    qtbot.waitUntil(lambda: not window.tasks.running)
    return {action.text(): action.isEnabled() for action in window.recent_menu.actions()[:-2]}


def test_it_stands_behind_open_in_the_file_menu(window: MainWindow) -> None:
    file_menu = window.menuBar().actions()[0].menu()
    actions = file_menu.actions()  # type: ignore[union-attr]
    place = actions.index(window.recent_menu.menuAction())
    assert actions[place - 1] is window.actions_by_name["open"]
    assert not window.recent_menu.menuAction().isEnabled()


def test_a_file_that_was_opened_stands_first_and_opens_again(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    one, two = _stored(tmp_path / "x" / "one.fmviz"), _stored(tmp_path / "y" / "R&D.fmviz")
    for path in (one, two):
        window.files.open_path(path)
        qtbot.waitUntil(lambda: not window.tasks.running)
    assert window.folders["folder"] == str(two.parent)
    assert _names(window, qtbot) == {"&1 R&&D.fmviz": True, "&2 one.fmviz": True}
    window.recent_menu.actions()[1].trigger()
    qtbot.waitUntil(lambda: not window.tasks.running)
    assert window.parts[0].path == one
    one.unlink()
    assert _names(window, qtbot) == {"&1 one.fmviz (not there)": False, "&2 R&&D.fmviz": True}


def test_it_and_each_folder_are_there_at_the_next_start(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path = _stored(tmp_path / "x" / "one.fmviz")
    window.files.open_path(path)
    qtbot.waitUntil(lambda: not window.tasks.running)
    window.folders = folders = {"folder": "a", "import_folder": "b", "export_folder": "c"}
    window.shut_down()
    again = build_window(Settings(tmp_path / "settings.ini"))
    assert again.recent.paths == (path,)
    assert again.folders == folders
    again.shut_down()
    again.deleteLater()


def test_it_is_bounded_and_names_nothing_twice(qtbot: QtBot, tmp_path: Path) -> None:
    recent = Recent()
    for number in range(MOST_RECENT + 5):
        recent.add(tmp_path / f"{number}.fmviz")
    recent.add(tmp_path / "x" / ".." / "7.fmviz")
    assert len(recent.paths) == MOST_RECENT
    assert recent.paths[0] == tmp_path / "7.fmviz"
    assert len(set(recent.paths)) == MOST_RECENT


@pytest.mark.parametrize(("name", "shown"), [("a&b", "a&&b"), ("a\tb\n", "a\ufffdb\ufffd"), ("<b>", "<b>")])
def test_names_are_plain(name: str, shown: str) -> None:
    assert plain(name) == shown


def test_a_folder_is_remembered_before_anything_is_written_there(window: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    window.files._write(tmp_path / "x" / "a.fmviz")
    assert Settings(tmp_path / "settings.ini").written_folders[1:] == [tmp_path / "x"]
    window.export_dialog.file.remember(tmp_path / "y" / "a.gif")
    assert Settings(tmp_path / "settings.ini").written_folders[1:] == [tmp_path / "x", tmp_path / "y"]


def test_two_windows_forget_nothing_of_each_other(tmp_path: Path) -> None:
    windows = [(Recent(), Settings(tmp_path / "settings.ini")) for _ in range(2)]
    for number, (recent, settings) in enumerate((*windows, windows[0])):
        recent.add(tmp_path / f"{number}.fmviz")
        remember_recent(recent, settings)
    names = [Path(path).name for path in windows[1][1].get("recent")]
    assert names == ["2.fmviz", "1.fmviz", "0.fmviz"]
    recent, settings = windows[1]
    recent.set_paths(())
    remember_recent(recent, settings)
    assert settings.get("recent") == ()
