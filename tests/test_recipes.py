"""The README's recipes, followed to the letter in a copy of the package: what they say is enough is enough."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Fmviz = Callable[..., list[str]]
PROBLEM = ("--source", "gaussian", "--target", "moons", "--steps", "60", "--width", "16", "--depth", "1", "--batch",
           "32", "--nfe", "8", "--out", "one.fmviz")


@pytest.fixture
def copied(root: Path, tmp_path: Path) -> Path:
    """A copy of the package that a test may change."""
    shutil.copytree(root / "fmviz", tmp_path / "fmviz", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "resources").symlink_to(root / "resources")
    return tmp_path


@pytest.fixture
def fmviz(copied: Path, root: Path, python: str) -> Fmviz:
    """Run lines of the copy's command line, all in one process; return what each of them prints."""
    path = os.pathsep.join([str(copied), str(root / "tests")])

    def run(*lines: tuple[object, ...]) -> list[str]:
        given = json.dumps([list(map(str, line)) for line in lines])
        said = subprocess.run([python, "-c", _LINES, given], cwd=copied, capture_output=True, text=True,
                              env=os.environ | {"PYTHONPATH": path}, check=True)
        return list(json.loads(said.stdout))
    return run


_LINES = """
import contextlib, io, json, sys
from few_points import measure_few
from fmviz.cli import main
measure_few(setattr)
said = []
for line in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        try:
            code = main(line)
        except SystemExit as end:  # of --help
            code = end.code
    if code:
        sys.exit(f"{line} ended with {code}")
    said.append(out.getvalue())
print(json.dumps(said))
"""


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
         "u(x, t | z) = s'(t) (z - x) / (1 - s(t))", "s(t)", "(1 - s(t))",
         lambda t: t * t * (3 - 2 * t), lambda t: 1 - t * t * (3 - 2 * t),
         lambda t: 6 * t * (1 - t), lambda t: -6 * t * (1 - t)),''')
    said, numbers, _ = fmviz(
        ("train", "--help"), ("train", *PROBLEM, "--lane", "path=smooth", "--lane", "path=straight", "--json"),
        ("sample", "one.fmviz", "points.csv", "-n", 20))
    words = " ".join(said.split())
    assert "Smooth: each point starts and ends at rest." in words
    assert ", own, smooth)" in words
    first = json.loads(numbers)["lanes"][0]
    assert (first["path"], first["title"], first["steps"]) == ("smooth", "Smooth path", 60)
    assert len((copied / "points.csv").read_text(encoding="utf-8").splitlines()) >= 20


def test_a_new_coupling_is_a_row_and_an_object(copied: Path, fmviz: Fmviz, python: str) -> None:
    words, pairing = (copied / "fmviz" / package / "couplings.py" for package in ("core", "flow"))
    text = words.read_text(encoding="utf-8")
    row = '        Coupling("second", "Second", "second", "Second: pair as random coupling does.", r"x_0, x_1"),\n'
    words.write_text(text.replace("    )\n}\n", f"{row}    )\n}}\n", 1), encoding="utf-8")
    insert(pairing, "def pairing_of(key: str) -> Pairing:", 'PAIRINGS["second"] = IndependentPairing()\n\n')
    said, numbers, _ = fmviz(
        ("train", "--help"), ("train", *PROBLEM, "--compare", "random,second", "--json"),
        ("render", "pairs.svg", "one.fmviz", "--view", "pairs", "--pairs", 8))
    assert "partial, unbalanced, second" in " ".join(said.split())
    second = json.loads(numbers)["lanes"][1]
    assert (second["coupling"], second["steps"]) == ("second", 60)
    assert "Second coupling" in (copied / "pairs.svg").read_text(encoding="utf-8")
    window = subprocess.run([python, "-c", _CLICK], cwd=copied, capture_output=True, text=True, check=True,
                            env=os.environ | {"PYTHONPATH": str(copied)})
    assert window.stdout.split() == ["Second", "second"]


def test_a_new_solver_is_one_row(copied: Path, fmviz: Fmviz) -> None:
    insert(copied / "fmviz" / "core" / "solvers.py", "def stand_in() -> str:", '''\
SOLVERS["third"] = Solver("Third, in equal steps", 3, (0.0, 1 / 3, 2 / 3), ((), (1 / 3,), (0.0, 2 / 3)),
                          (1 / 4, 0.0, 3 / 4), (2.0, 3.0))
SOLVERS["other"] = Solver("Other, adaptive", 5, SOLVERS["dopri5"].c, SOLVERS["dopri5"].a, SOLVERS["dopri5"].b,
                          (3.0, 2.0), SOLVERS["dopri5"].embedded)

''')
    said, numbers, _ = fmviz(
        ("train", "--help"), ("train", *PROBLEM, "--lane", "solver=third,nfe=9", "--lane", "solver=other", "--json"),
        ("render", "errors.svg", "one.fmviz", "--panel", "evaluations"))
    assert "dopri5, third, other" in " ".join(said.split())
    assert ["Third" in lane["title"] for lane in json.loads(numbers)["lanes"]] == [True, False]
    drawn = (copied / "errors.svg").read_text(encoding="utf-8")
    assert "Third" in drawn
    assert "Other" in drawn


def test_a_new_layer_with_its_question_is_a_row_and_a_class(copied: Path, fmviz: Fmviz, python: str) -> None:
    rows = copied / "fmviz" / "core" / "layers.py"
    insert(rows, "from fmviz.core.cloud import FloatArray", "import numpy as np\n")
    insert(rows, "LAYERS: dict[str, LayerRow] = {", _CURL)
    density = ('        LayerRow("density", "Density", "Density of 20,000 carried points, or the flow\'s own.", '
               '"density",')
    insert(rows, density,
           '        LayerRow("curl", "Curl", "Where the flow turns.", is_map=True, has_colours=True, values=curl),')
    (copied / "fmviz" / "canvas" / "layers" / "curl.py").write_text(_CURL_LAYER, encoding="utf-8")
    said, *_ = fmviz(
        ("render", "--help"), ("train", *PROBLEM),
        ("render", "with.svg", "one.fmviz", "--layers", "curl,target", "--size", "900x700", "--at", 0.5))
    assert "magnitude, curl, density" in " ".join(said.split())
    assert "curl" in (copied / "with.svg").read_text(encoding="utf-8")
    window = subprocess.run([python, "-c", _ASK], cwd=copied, capture_output=True, text=True, check=True,
                            env=os.environ | {"PYTHONPATH": str(copied)})
    assert json.loads(window.stdout) == ["Curl", True, True]


_CURL = """\
def curl(velocity: Velocity, x: FloatArray, t: float) -> FloatArray:
    ahead, behind = (velocity(x + side, t)[:, 1] - velocity(x + side[::-1], t)[:, 0] for side in
                     (np.array([h, 0.0]) for h in (0.01, -0.01)))
    return (ahead - behind) / 0.02

"""
_CURL_LAYER = """
from fmviz.canvas.fields import DivergingLayer, part_of, resampled, value_on


class CurlLayer(DivergingLayer):
    name = "curl"

    def update(self, picture):
        grid = picture.frame.grids.get(self.name)
        if grid is None:
            return False
        part = part_of(grid.extent.box, picture.mapping)
        shares = grid.at(picture.frame.t) / picture.limits.of(self.name)
        self.fill_signed(picture, resampled(shares, *part.matrices(picture, shares, True)), part, is_of_field=True)
        return True

    @staticmethod
    def legend(picture):
        return DivergingLayer.scale(picture, "curl, 1/t", "curl", picture.limits.of("curl"))

    @staticmethod
    def value_at(picture, x, y):
        grid = picture.frame.grids["curl"]
        return f"curl {value_on(grid.at(picture.frame.t), grid.extent.box, x, y, has_edges=True):.3g}"
"""
_ASK = """
import json
from pathlib import Path
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication
application = QApplication([])
from fmviz.core.style import Style
from fmviz.core.theme import load_theme
from fmviz.engine.document import Document
from fmviz.engine.playhead import Playhead
from fmviz.engine.session import Session
from fmviz.files.project_file import load_project
from fmviz.views.layers_panel import LayersPanel
from fmviz.views.stage import Stage
document = Document()
session = Session(document)
stage = Stage(document, session, Playhead(), load_theme("dark"))
panel = LayersPanel(document)
stage.resize(600, 600)
stored = load_project(Path("one.fmviz"))
document.show(stored, None)
session.adopt(stored.learned)
session.start_engine()
panel.boxes["curl"].click()
loop = QEventLoop()
session.grids.changed.connect(loop.quit)
QTimer.singleShot(60_000, loop.quit)
loop.exec()
stage._draw()
stage.canvas.to_image(600, 600)
print(json.dumps([panel.boxes["curl"].text(), "curl" in stage.frames()[0].grids,
                  "curl" in stage.canvas.words_at(stage.canvas.pane_rect().center())]))
session.shutdown()
"""

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
button = panel.coupling.others["second"]
button.trigger()
print(button.text(), document.project.lanes[0].coupling)
session.shutdown()
"""
