"""Files on standard output: the bytes that the file would have, nothing else beside them, and quiet work."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from fmviz.cli import main

pytestmark = pytest.mark.usefixtures("few_points")

TINY = ("--steps", "20", "--width", "16", "--depth", "1", "--batch", "32", "--pool", "64", "--nfe", "4")
PICTURE = ("--size", "120x80", "--view", "trajectories")


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory, few_points: None) -> str:
    """A project that has learned a little."""
    path = tmp_path_factory.mktemp("learned") / "one.fmviz"
    assert main(["train", "--out", str(path), "--quiet", *TINY]) == 0
    return str(path)


@pytest.mark.parametrize(("form", "options"), [("csv", ()), ("npy", ()), ("csv", ("--trajectory",))])
def test_a_sample_is_the_file(form: str, options: tuple[str, ...], learned: str, tmp_path: Path,
                              capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    file = tmp_path / f"a.{form}"
    assert main(["sample", learned, str(file), "-n", "20", *options]) == 0
    capfdbinary.readouterr()
    assert main(["sample", learned, "-", "--format", form, "-n", "20", *options]) == 0
    out, err = capfdbinary.readouterr()
    assert out == file.read_bytes()
    assert err.startswith(b"Standard output: 20 points")


@pytest.mark.parametrize("form", ["png", "svg"])
def test_a_picture_is_the_file(form: str, learned: str, tmp_path: Path,
                               capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    file = tmp_path / f"a.{form}"
    assert main(["render", str(file), learned, *PICTURE]) == 0
    capfdbinary.readouterr()
    assert main(["render", "-", learned, "--format", form, "--quiet", *PICTURE]) == 0
    assert capfdbinary.readouterr() == (file.read_bytes(), b"")


@pytest.mark.parametrize(("line", "seen"), [
    ("sample FILE -", "--format"),
    ("sample FILE - --format xls", "csv"),
    ("sample FILE a.csv --format csv", "a.csv"),
    ("render - FILE --format frames", "gif"),
    ("render - FILE --format gif --view all", "--view all"),
])
def test_what_cannot_go_there_is_refused_at_once(line: str, seen: str, learned: str,
                                                 capsys: pytest.CaptureFixture[str]) -> None:
    assert main([learned if word == "FILE" else word for word in line.split()]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert seen in err
    assert err.count("\n") == 1


def test_a_terminal_is_not_filled_with_bytes(learned: str, monkeypatch: pytest.MonkeyPatch,
                                             capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert main(["render", "-", learned, "--format", "png"]) == 2
    assert "terminal" in capsys.readouterr().err


def test_quiet_work_says_only_what_went_wrong(learned: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["sample", learned, str(tmp_path / "a.npy"), "--quiet"]) == 0
    assert capfd.readouterr() == ("", "")
    assert main(["sample", learned, str(tmp_path / "a.gif"), "-q"]) == 2
    assert "a.gif" in capfd.readouterr().err
