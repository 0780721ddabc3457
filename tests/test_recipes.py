"""The README's recipes, followed to the letter in a copy of the package: what they say is enough is enough."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Fmviz = Callable[..., subprocess.CompletedProcess[str]]
TINY = ("--steps", "60", "--width", "16", "--depth", "1", "--batch", "32", "--nfe", "8")


@pytest.fixture
def copied(root: Path, tmp_path: Path) -> Path:
    """A copy of the package that a test may change."""
    shutil.copytree(root / "fmviz", tmp_path / "fmviz", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "resources").symlink_to(root / "resources")
    return tmp_path


@pytest.fixture
def fmviz(copied: Path, python: str) -> Fmviz:
    """Run the copy's command line."""
    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run([python, "-m", "fmviz", *map(str, arguments)], cwd=copied, capture_output=True, text=True,
                              env=os.environ | {"PYTHONPATH": str(copied)}, check=True)
    return run


def insert(file: Path, before: str, text: str) -> None:
    """Put text before the only line that is `before`."""
    lines = file.read_text(encoding="utf-8").split("\n")
    assert lines.count(before) == 1
    index = lines.index(before)
    file.write_text("\n".join([*lines[:index], *text.split("\n"), *lines[index:]]), encoding="utf-8")


def test_a_new_path_is_one_row(copied: Path, fmviz: Fmviz) -> None:
    paths = copied / "fmviz" / "core" / "paths.py"
    insert(paths, ")", '''\
    Path("smooth", "Smooth", "each point starts and ends at rest.", "the line xt = x0 + s(t) (z - x0)",
         "u(x, t | z) = s'(t) (z - x) / (1 - s(t))",
         lambda t: t * t * (3 - 2 * t), lambda t: 1 - t * t * (3 - 2 * t),
         lambda t: 6 * t * (1 - t), lambda t: -6 * t * (1 - t)),''')
    help_text = " ".join(fmviz("train", "--help").stdout.split())
    assert "Smooth: each point starts and ends at rest." in help_text
    assert "(straight, trigonometric, smooth)" in help_text
    told = fmviz("train", "--source", "gaussian", "--target", "moons", "--lane", "path=smooth", "--lane",
                 "path=straight", *TINY, "--out", "one.fmviz", "--json")
    numbers = json.loads(told.stdout)["lanes"][0]
    assert (numbers["path"], numbers["title"], numbers["steps"]) == ("smooth", "Smooth path", 60)
    fmviz("sample", "one.fmviz", "points.csv", "-n", "20")
    assert len((copied / "points.csv").read_text(encoding="utf-8").splitlines()) >= 20


def test_a_new_coupling_is_a_row_and_an_object(copied: Path, fmviz: Fmviz, python: str) -> None:
    words, pairing = (copied / "fmviz" / package / "couplings.py" for package in ("core", "flow"))
    text = words.read_text(encoding="utf-8")
    row = '        Coupling("second", "Second", "second", "Second: pair as random coupling does."),\n'
    words.write_text(text.replace("    )\n}\n", f"{row}    )\n}}\n", 1), encoding="utf-8")
    insert(pairing, "def pairing_of(key: str) -> Pairing:", 'PAIRINGS["second"] = IndependentPairing()\n\n')
    problem = ("--source", "gaussian", "--target", "moons", *TINY)
    assert "random, ot, semidiscrete, second" in " ".join(fmviz("train", "--help").stdout.split())
    numbers = json.loads(fmviz("train", *problem, "--coupling", "second", "--json").stdout)
    assert (numbers["coupling"], numbers["steps"]) == ("second", 60)
    fmviz("render", "pairs.svg", *problem, "--compare", "random,second", "--view", "pairs", "--pairs", 8)
    assert "Second coupling" in (copied / "pairs.svg").read_text(encoding="utf-8")
    window = subprocess.run([python, "-c", _CLICK], cwd=copied, capture_output=True, text=True, check=True,
                            env=os.environ | {"PYTHONPATH": str(copied)})
    assert window.stdout.split() == ["Second", "second"]


_CLICK = """
from PySide6.QtWidgets import QApplication
application = QApplication([])
from fmviz.core.theme import load_theme
from fmviz.engine.document import Document
from fmviz.engine.session import Session
from fmviz.views.train_panel import TrainPanel
document = Document()
session = Session(document)
panel = TrainPanel(document, session, load_theme("dark"))
button = panel.coupling.button("second")
button.click()
print(button.text(), document.project.lanes[0].coupling)
session.shutdown()
"""
