"""The README's recipes, followed to the letter in a copy of the package: what they say is enough is enough."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

PROBLEM = ("--source", "gaussian", "--target", "moons", "--steps", "60", "--width", "16", "--depth", "1", "--batch",
           "32", "--nfe", "8", "--out", "both.fmviz")


@pytest.fixture(scope="module")
def copied(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package in which all recipes were followed."""
    copied = tmp_path_factory.mktemp("copied")
    shutil.copytree(root / "fmviz", copied / "fmviz", ignore=shutil.ignore_patterns("__pycache__"))
    (copied / "resources").symlink_to(root / "resources")
    add_path(copied / "fmviz")
    add_coupling(copied / "fmviz")
    add_layer(copied / "fmviz")
    return copied


@pytest.fixture(scope="module")
def said(copied: Path, root: Path, python: str) -> dict[str, str]:
    """What each of LINES prints, all of them in one process of the copy's command line: it takes seconds to begin."""
    given = json.dumps([list(map(str, line)) for line in LINES.values()])
    ended = subprocess.run([python, "-c", _LINES, given], cwd=copied, capture_output=True, text=True, check=True,
                           env=os.environ | {"PYTHONPATH": os.pathsep.join([str(copied), str(root / "tests")])})
    return dict(zip(LINES, json.loads(ended.stdout), strict=True))


LINES = {
    "help of train": ("train", "--help"),
    "help of render": ("render", "--help"),
    "train": ("train", *PROBLEM, "--lane", "path=smooth", "--lane", "coupling=second", "--json"),
    "sample": ("sample", "both.fmviz", "points.csv", "-n", 20),
    "pairs": ("render", "pairs.svg", "both.fmviz", "--lanes", "B", "--view", "pairs", "--pairs", 8),
    "curl": ("render", "curl.svg", "both.fmviz", "--lanes", "B", "--layers", "curl,target", "--size", "900x700",
             "--at", 0.5),
}

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


def add_path(package: Path) -> None:
    insert(package / "core" / "paths.py", ")", '''\
    Path("smooth", "Smooth", "each point starts and ends at rest.", "the line xt = x0 + s(t) (z - x0)",
         "u(x, t | z) = s'(t) (z - x) / (1 - s(t))", "s(t)", "(1 - s(t))",
         lambda t: t * t * (3 - 2 * t), lambda t: 1 - t * t * (3 - 2 * t),
         lambda t: 6 * t * (1 - t), lambda t: -6 * t * (1 - t)),''')


def add_coupling(package: Path) -> None:
    """From left to right: a coupling that is not one of those there."""
    insert(package / "core" / "couplings.py", "COUPLINGS: dict[str, Coupling] = {", _SORTED)
    insert(package / "core" / "couplings.py", "    )", '''\
        Coupling("second", "Second", "second", "Second: pair points from left to right.", r"x_0, x_1",
                 field=DISPLACEMENT, rule=from_left_to_right, is_of_batches=True),''')


def add_layer(package: Path) -> None:
    rows = package / "core" / "layers.py"
    insert(rows, "from fmviz.core.cloud import FloatArray", "import numpy as np\n")
    insert(rows, "LAYERS: dict[str, LayerRow] = {", _CURL)
    density = ('        LayerRow("density", "Density", "Density of 20,000 carried points, or the flow\'s own.", '
               '"density",')
    insert(rows, density,
           '        LayerRow("curl", "Curl", "Where the flow turns.", is_map=True, has_colours=True, values=curl),')
    (package / "canvas" / "layers" / "curl.py").write_text(_CURL_LAYER, encoding="utf-8")


def test_a_new_path_is_one_row(copied: Path, said: dict[str, str]) -> None:
    words = " ".join(said["help of train"].split())
    assert "Smooth: each point starts and ends at rest." in words
    assert ", own, smooth)" in words
    first = json.loads(said["train"])["lanes"][0]
    assert (first["path"], first["steps"]) == ("smooth", 60)
    assert "Smooth path" in first["title"]
    assert len((copied / "points.csv").read_text(encoding="utf-8").splitlines()) >= 20


def test_a_new_coupling_is_one_row(copied: Path, said: dict[str, str]) -> None:
    assert "partial, unbalanced, second" in " ".join(said["help of train"].split())
    second = json.loads(said["train"])["lanes"][1]
    assert (second["coupling"], second["steps"]) == ("second", 60)
    assert "Second coupling" in (copied / "pairs.svg").read_text(encoding="utf-8")


def test_a_new_layer_with_its_question_is_a_row_and_a_class(copied: Path, said: dict[str, str]) -> None:
    assert "magnitude, curl, density" in " ".join(said["help of render"].split())
    assert "curl" in (copied / "curl.svg").read_text(encoding="utf-8")


def test_the_window_has_the_new_coupling_and_asks_for_the_new_layer(copied: Path, said: dict[str, str], python: str
                                                                    ) -> None:
    window = subprocess.run([python, "-c", _WINDOW], cwd=copied, capture_output=True, text=True, check=True,
                            env=os.environ | {"PYTHONPATH": str(copied)})
    assert json.loads(window.stdout) == ["Curl", True, True, "Second", "second"]


_SORTED = """\
def from_left_to_right(x0: np.ndarray, x1: np.ndarray) -> NDArray[np.int64]:
    rows = np.empty(len(x0), dtype=np.int64)
    rows[np.argsort(x0[:, 0])] = np.argsort(x1[:, 0])
    return rows


"""

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
_WINDOW = """
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
from fmviz.views.train_panel import TrainPanel
document = Document()
session = Session(document)
stage = Stage(document, session, Playhead(), load_theme("dark"))
panel = LayersPanel(document)
stage.resize(600, 600)
stored = load_project(Path("both.fmviz"))
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
button = TrainPanel(document, session, load_theme("dark")).coupling.others["second"]
button.trigger()
print(json.dumps([panel.boxes["curl"].text(), "curl" in stage.frames()[0].grids,
                  "curl" in stage.canvas.words_at(stage.canvas.pane_rect().center()),
                  button.text(), document.project.lanes[0].coupling]))
session.shutdown()
"""
