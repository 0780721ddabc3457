"""Each panel as a picture and as a table, and what cannot be one."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from panel_answers import MADE
from pytestqt.qtbot import QtBot

from fmviz.cli import main
from fmviz.core.config import Sampling
from fmviz.core.panels import PANELS
from fmviz.core.questions import FlowId
from fmviz.flow.answers import ANSWERS

pytestmark = pytest.mark.usefixtures("few_points")

TINY = ("--steps", "20", "--width", "8", "--depth", "1", "--batch", "16", "--nfe", "4", "--quiet")
PROBLEM = ("--source", "gaussian", "--target", "8gaussians", *TINY)


@pytest.fixture
def project(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small file, and answers that are there at once: a part, then the whole."""
    for key, row in PANELS.items():
        def answer(_question: Any, _known: Any, key: str = key) -> Generator[Any, None, Any]:
            yield MADE[key][1]
            return MADE[key][0]

        monkeypatch.setitem(ANSWERS, type(row.question(FlowId(0, 0, 0), Sampling())), answer)
    path = tmp_path / "tiny.fmviz"
    assert main(["train", *PROBLEM, "--out", str(path), "--json"]) == 0
    return path


def test_every_panel_becomes_pictures_and_tables(project: Path, tmp_path: Path) -> None:
    for key, row in PANELS.items():
        for ending, start in ((".svg", b"<?xml"), (".png", b"\x89PNG"), (".csv", b"Pane,Step,"), (".md", b"| Pane |")):
            out = tmp_path / f"{key}{ending}"
            assert main(["render", str(out), str(project), "--panel", key, "--step", "0", "--theme", "light"]) == 0
            assert out.read_bytes().startswith(start)
        words = (tmp_path / f"{key}.svg").read_text(encoding="utf-8")
        assert row.label in words
        assert "training step 0" in words
        assert (tmp_path / f"{key}.csv").read_text().splitlines()[1].startswith("A Random coupling,0,")


@pytest.mark.parametrize(("more", "said"), [
    (("out.png", "--panel", "curl"), "There is no panel 'curl'; choose one of gradients"),
    (("out.gif", "--panel", "gradients"), "end"),
    (("out.png", "--panel", "gradients", "--coupling", "ot"), "With OT coupling the density"),
    (("out.png", "--panel", "gradients", "--step", "few"), "--step is 'few'; give a whole number"),
    (("out.png", "--panel", "gradients", "--view", "field"), "--view field were both given"),
    (("out.png", "--panel", "gradients", "--compare", "random,ot", "--panes", "A,B"), "shows one: give one letter"),
    (("out.png", "--step", "0"), "--step is '0', the training step that a panel is about"),
    (("out.csv",), "A table holds the numbers of a panel; add --panel KEY"),
])
def test_what_cannot_be_is_said_before_any_work(more: tuple[str, ...], said: str, tmp_path: Path,
                                                monkeypatch: pytest.MonkeyPatch,
                                                capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["render", more[0], *PROBLEM[:4], *more[1:]]) == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
