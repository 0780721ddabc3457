"""The doctor asks elsewhere what could end a process, and a frozen program is not told to install packages."""

from __future__ import annotations

import multiprocessing
import os
import sys
import tomllib
from pathlib import Path

import pytest

from fmviz.app import doctor
from fmviz.cli import main
from fmviz.core.resources import PACKAGES, PARTS, licence_line, resource_path


def die() -> str:
    os._exit(7)


def complain() -> str:
    raise ImportError("first line\nthe reason")


def agree(what: str) -> str:
    return f"yes, {what}"


def test_a_question_that_ends_its_process_has_an_answer() -> None:
    assert doctor._elsewhere(die) == doctor._Answer(False, "its check ended with code 7")
    assert doctor._elsewhere(complain) == doctor._Answer(False, "the reason")
    assert doctor._elsewhere(agree, "it does") == doctor._Answer(True, "yes, it does")


def test_a_frozen_program_is_not_told_to_install_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "run.py" in doctor.install_line("numpy")
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert "run.py" not in doctor.install_line("numpy")
    assert "pip" not in doctor.install_line("numpy")


def test_a_frozen_program_first_asks_whether_it_is_a_child(monkeypatch: pytest.MonkeyPatch,
                                                           capsys: pytest.CaptureFixture[str]) -> None:
    def end() -> None:
        raise SystemExit(9)

    monkeypatch.setattr(multiprocessing, "freeze_support", end)
    assert main(["--version"]) == 0
    capsys.readouterr()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == ""


def test_every_licence_is_named_and_every_text_is_there(root: Path) -> None:
    folder = resource_path("licences")
    notice = (folder / "README.txt").read_text(encoding="utf-8")
    for name, package in {**PACKAGES, **PARTS}.items():
        assert name in notice
        assert package.licence in licence_line()
    for text in ("GPL-3.txt", "LGPL-3.txt", "Apache-2.0.txt"):
        assert text in notice
        assert (folder / text).stat().st_size > 5_000
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    for kept in sorted((root / "resources").iterdir()):
        is_shipped = f"resources/{kept.name}" in project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
        assert is_shipped or kept.name == "readme"
