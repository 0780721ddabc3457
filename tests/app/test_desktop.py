"""The desktop entry: what the specifications ask for, removed without a trace, and files opened by a double click."""

from __future__ import annotations

import os
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from fmviz.app.desktop import MIME, data_home, exec_line, install, remove
from fmviz.cli import main


def files_in(folder: Path) -> set[str]:
    """Return the files that are fmviz's; the caches of the mime database are the system's own."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*fmviz*") if path.is_file()}


def test_install_and_remove(tmp_path: Path) -> None:
    paths = install(tmp_path, ["/opt/my fmviz/python", "-m", "fmviz"])
    assert {str(path.relative_to(tmp_path)) for path in paths} <= files_in(tmp_path)
    entry = ConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment,method-assign]
    entry.read(tmp_path / "applications" / "fmviz.desktop", encoding="utf-8")
    row = entry["Desktop Entry"]
    assert row["Exec"] == '"/opt/my fmviz/python" -m fmviz %f'
    assert row["TryExec"] == "/opt/my fmviz/python"
    assert row["MimeType"] == f"{MIME};"
    assert (tmp_path / "icons" / "hicolor" / "scalable" / "apps" / f"{row['Icon']}.svg").exists()
    kind = ElementTree.parse(tmp_path / "mime" / "packages" / "fmviz.xml").getroot()[0]
    assert kind.get("type") == MIME
    assert [child.get("pattern") for child in kind if child.tag.endswith("glob")] == ["*.fmviz"]
    before = {path: path.read_bytes() for path in paths}
    assert install(tmp_path, ["/opt/my fmviz/python", "-m", "fmviz"]) == paths
    assert {path: path.read_bytes() for path in paths} == before
    assert set(remove(tmp_path)) == set(paths)
    assert files_in(tmp_path) == set()
    assert remove(tmp_path) == []


@pytest.mark.parametrize("path", ["/usr/bin/python3", "/home/Ada Lovelace/py", "/a$b/`c`", '/say "hi"', "/back\\slash",
                                  "/100%/py"])
def test_a_command_survives_the_entry(path: str) -> None:
    value = exec_line([path, "-m"])
    # What a desktop undoes: the string's backslashes, the field codes, the quotes.
    line = value.replace("\\\\", "\\").replace("%%", "%")
    answer = subprocess.run(["sh", "-c", f"printf '%s\\n' {line}"], capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines() == [path, "-m"]


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(sys, "platform", "linux")
    assert main(["desktop", "--install"]) == 0
    said = capsys.readouterr()
    assert [os.path.exists(line) for line in said.out.splitlines()] == [True] * 4
    assert main(["desktop", "--remove"]) == 0
    assert capsys.readouterr().out.splitlines() == said.out.splitlines()
    assert main(["desktop", "--remove"]) == 0
    assert "nothing to remove" in capsys.readouterr().err


@pytest.mark.parametrize(("system", "seen"), [("darwin", "macOS"), ("win32", "Open with")])
def test_other_systems_are_told_their_way(system: str, seen: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                          capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", system)
    assert main(["desktop", "--install"]) == 2
    error = capsys.readouterr().err
    assert seen in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "applications").touch()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    assert main(["desktop", "--install"]) == 2
    assert "fmviz.desktop" in capsys.readouterr().err


def test_a_relative_data_home_is_ignored() -> None:
    assert data_home({"XDG_DATA_HOME": "here"}) == data_home({}) == Path.home() / ".local" / "share"


DOUBLE_CLICKS = """
from PySide6.QtCore import QUrl
from PySide6.QtGui import QFileOpenEvent
from fmviz.app.application import make_application
application = make_application()
told = []
application.file_asked.connect(told.append)
def click(name):
    application.sendEvent(application, QFileOpenEvent(QUrl.fromLocalFile(name)))
click("/early.fmviz"); click("/earlier than the window.fmviz")
print(application.take_file(), told, application.take_file())
click("/late.fmviz")
print(told)
"""


def test_a_double_click_on_a_mac_is_heard_before_and_after_the_start(python: str, root: Path) -> None:
    answer = subprocess.run([python, "-c", DOUBLE_CLICKS], capture_output=True, text=True, check=True, cwd=root)
    assert answer.stdout.splitlines() == ["/earlier than the window.fmviz [] None", "['/late.fmviz']"]
