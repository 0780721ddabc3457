"""`fmviz gallery` on tiny trainings: everything is there, nothing is made twice, no fault costs another figure."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from decoders import pdf_words
from panel_answers import MADE
from PIL import Image

from fmviz.canvas.header import three_digits
from fmviz.cli import main
from fmviz.commandline.gallery_figure import SECTIONS
from fmviz.commandline.gallery_figures import FIGURES
from fmviz.commandline.gallery_flows import entry_of
from fmviz.core.config import Sampling
from fmviz.core.panels import PANELS
from fmviz.core.project import Scene
from fmviz.core.questions import FlowId
from fmviz.core.tex import parts_of
from fmviz.files.project_file import ProjectFile, load_project, save_project
from fmviz.flow.answers import ANSWERS

pytestmark = pytest.mark.usefixtures("few_points")

TINY = ("--steps", "40", "--width", "16", "--depth", "1", "--batch", "32", "--pool", "64", "--nfe", "8")
SMALL = ("--size", "96x96", *TINY)
FILES = [name for figure in FIGURES for name in figure.files]
BESIDES = ["contact-sheet.png", "flow.fmviz", "gallery.json", "index.html", "normalizing.fmviz", "piles.fmviz"]

Run = Callable[..., tuple[int, str]]


class Links(HTMLParser):
    """What a page shows and links to, and all that it says."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.shown: list[str] = []
        self.linked: list[str] = []
        self.outside: list[str] = []
        self.formulas: list[str] = []
        self.words = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "aria-label" and value:
                self.formulas.append(value)
            if name in ("src", "href") and value:
                (self.outside if ":" in value else self.shown if tag == "img" else self.linked).append(value)

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command; gives its exit code and what it says on standard error."""
    def run(*arguments: object) -> tuple[int, str]:
        capsys.readouterr()
        code = main(["gallery", *map(str, arguments)])
        return code, capsys.readouterr().err
    return run


@pytest.fixture(scope="module", autouse=True)
def short_films() -> Iterator[None]:
    """Films of half a second, and panels whose answers are there at once: what is said does not depend on either."""
    with pytest.MonkeyPatch.context() as patch:
        for key, row in PANELS.items():
            def answer(_question: Any, _known: Any, key: str = key) -> Generator[Any, None, Any]:
                yield MADE[key][1]
                return MADE[key][0]

            patch.setitem(ANSWERS, type(row.question(FlowId(0, 0, 0), Sampling())), answer)
        patch.setattr("fmviz.commandline.gallery_figures._SECONDS", 0.5)
        yield


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory, few_points: None) -> Path:
    """A whole gallery; tests that change it work on a copy."""
    folder = tmp_path_factory.mktemp("galleries") / "gallery"
    assert main(["gallery", str(folder), *SMALL]) == 0
    return folder


@pytest.fixture
def copy(gallery: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "gallery"
    folder.mkdir()
    for path in gallery.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


@pytest.fixture
def few_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gallery of one film, one animation and one sheet, for laws that hold for each figure; all take long to draw."""
    few = tuple(figure for figure in FIGURES if figure.key in ("field", "modelling", "one-point", "trajectories"))
    monkeypatch.setattr("fmviz.commandline.gallery_figures.FIGURES", few)


def stamps(folder: Path) -> dict[str, int]:
    """When each figure was written."""
    return {name: (folder / name).stat().st_mtime_ns for name in FILES if (folder / name).is_file()}


def test_asked_for_layers_have_films_and_change_no_other_figure(copy: Path, run: Run) -> None:
    before = stamps(copy)
    code, said = run(copy, *SMALL, "--layers", "particles,outline")
    assert code == 0, said
    assert {"layers.gif", "layers-ot.gif"} <= {path.name for path in copy.iterdir()}
    assert stamps(copy) == before
    assert "target outline, particles" in sentences(copy)["layers"] or "particles, target outline" in sentences(copy)[
        "layers"]
    code, said = run(copy, *SMALL, "--layers", "source,pairs")
    assert (code, "does not change with t" in said) == (2, True)


def test_every_figure_of_the_article_is_there(gallery: Path) -> None:
    assert sorted(path.name for path in gallery.iterdir()) == sorted([*FILES, *BESIDES])
    for view in ("density", "field", "trajectories", "speed"):
        for name in (f"{view}.gif", f"{view}-ot.gif"):
            with Image.open(gallery / name) as gif:
                assert gif.size == (96, 96)
                assert getattr(gif, "n_frames", 1) > 10
    for name in ("pairing", "piles", "modelling", "strip"):
        with Image.open(gallery / f"{name}.png") as sheet:
            assert min(sheet.size) > 96
        assert (gallery / f"{name}.pdf").read_bytes().startswith(b"%PDF")
    assert "mean squared cost" in " ".join(pdf_words(gallery / "pairing.pdf").split())


def test_the_page_shows_all_of_it_with_a_sentence_each_and_nothing_from_elsewhere(gallery: Path) -> None:
    page = Links(gallery / "index.html")
    assert page.shown == [figure.files[0] for figure in FIGURES]
    assert page.outside == []
    assert all((gallery / name).is_file() for name in page.linked)
    assert {"flow.fmviz", "contact-sheet.png"} <= set(page.linked)
    for figure in FIGURES:
        assert figure.title in page.words
        sentence = sentences(gallery)[figure.key]
        for part in parts_of(sentence):
            assert part.text in (page.formulas if part.is_formula else page.words)
        assert sentence.endswith(".")
        assert "nan" not in sentence
        assert figure.equation in page.formulas
    assert [name for name in SECTIONS.values() if name in page.words] == list(SECTIONS.values())[1:]


def test_the_laws_are_said_with_the_numbers_of_what_is_drawn(gallery: Path) -> None:
    said = sentences(gallery)
    snapshots = [load_project(gallery / f"{key}.fmviz").learned[0].snapshot for key in ("normalizing", "flow")]
    for snapshot, name in zip(snapshots, ("the map", "the flow"), strict=True):
        assert snapshot is not None
        assert snapshot.metrics.nll is not None
        assert f"{three_digits(snapshot.metrics.nll)} nats with {name}" in said["change-of-variables"]
    deviations = [float(number) for number in
                  re.findall(r"[\d.]+", said["gaussian-path"].split("deviation")[1].split("$: ")[1])][:5]
    assert np.allclose(np.divide(deviations, deviations[0]), [1, 0.75, 0.5, 0.25, 0], atol=0.01)


def test_a_figure_that_would_not_be_true_is_left_out_and_said(tmp_path: Path, run: Run,
                                                              monkeypatch: pytest.MonkeyPatch) -> None:
    few = tuple(figure for figure in FIGURES if figure.key in ("change-of-variables", "schedules"))
    monkeypatch.setattr("fmviz.commandline.gallery_figures.FIGURES", few)
    code, said = run(tmp_path / "gallery", "--source", "moons", "--target", "heart", *SMALL)
    assert code == 0
    assert "“Change of variables” is left out. A normalizing flow needs a source" in said
    page = Links(tmp_path / "gallery" / "index.html")
    assert page.shown == ["schedules.png"]
    assert "“Change of variables” is left out." in page.words
    assert not (tmp_path / "gallery" / "normalizing.fmviz").exists()
    code, said = run(tmp_path / "other", "--model", "exact")
    assert (code, "The model is 'exact'; a gallery shows what a network learns" in said) == (2, True)


def sentences(folder: Path) -> dict[str, str]:
    """What is said of each figure."""
    return {entry["key"]: entry["sentence"] for entry in json.loads((folder / "gallery.json").read_text())["entries"]}


def test_the_pairing_says_costs_that_are_true(gallery: Path) -> None:
    said = sentences(gallery)["pairing"]
    random, ot, usual, best = (float(re.findall(pattern, said)[0]) for pattern in (
        r"([\d.]+) with random", r"([\d.]+) with OT", r"cost ([\d.]+) on average", r"costs ([\d.]+\d)"))
    assert best < usual < random / 2
    assert ot < random / 2
    assert random == pytest.approx(34, rel=0.2)  # of independent pairs: the sum of both second moments


def test_a_second_run_makes_nothing_again(copy: Path, run: Run) -> None:
    before = stamps(copy)
    code, said = run(copy, *SMALL)
    assert code == 0
    assert stamps(copy) == before
    assert "learning" not in said


def test_what_is_missing_is_made_again_the_same(copy: Path, gallery: Path, run: Run) -> None:
    (copy / "speed.gif").unlink()
    (copy / "strip.pdf").unlink()
    before = stamps(copy)
    code, said = run(copy, *SMALL)
    assert code == 0
    assert "learning" not in said
    assert {name for name, stamp in stamps(copy).items() if before.get(name) != stamp} == {
        "speed.gif", "strip.png", "strip.pdf"}
    for name in ("speed.gif", "strip.png"):
        assert (copy / name).read_bytes() == (gallery / name).read_bytes()


@pytest.mark.usefixtures("few_figures")
def test_another_size_draws_again_without_learning_again(copy: Path, run: Run) -> None:
    code, said = run(copy, "--size", "80x80", *TINY)
    assert code == 0
    assert "learning" not in said
    assert "4 figures" in said.splitlines()[0]  # what is replaced is said
    with Image.open(copy / "field.gif") as gif:
        assert gif.size == (80, 80)


@pytest.mark.usefixtures("few_figures")
def test_other_clouds_are_learned_and_named(copy: Path, tmp_path: Path, run: Run) -> None:
    cloud = tmp_path / "my <b>points<b>.csv"
    cloud.write_text("\n".join(f"{k % 7},{k % 5}" for k in range(40)))
    code, _ = run(copy, "--source", cloud, "--target", "heart", *SMALL)
    assert code == 0
    page = Links(copy / "index.html")
    assert "my <b>points<b>.csv to Heart" in " ".join(page.words.split())
    assert "Two moons" not in page.words
    assert load_project(copy / "flow.fmviz").project.target.shape == "heart"


@pytest.mark.usefixtures("few_figures")
def test_what_a_file_has_learned_is_not_learned_again(tmp_path: Path, run: Run,
                                                      capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "both.fmviz"
    assert main(["train", "--compare", "random,ot", "--out", str(file), *TINY]) == 0
    code, said = run(tmp_path / "gallery", file, "--size", "96x96")
    assert code == 0
    assert "learning flow" not in said
    assert not (tmp_path / "gallery" / "flow.fmviz").exists()


def test_a_flow_file_with_scenes_of_the_users_is_used_and_left(copy: Path, run: Run) -> None:
    stored = load_project(copy / "flow.fmviz")
    project = replace(stored.project, scenes=(Scene("mine"),), style=stored.project.style.with_view("density"))
    save_project(copy / "flow.fmviz", ProjectFile(project, stored.learned))
    mine = (copy / "flow.fmviz").read_bytes()
    (copy / "speed.gif").unlink()
    code, said = run(copy, *SMALL)
    assert code == 0
    assert "learning" not in said
    assert (copy / "flow.fmviz").read_bytes() == mine


@pytest.mark.usefixtures("few_figures")
def test_figures_never_show_two_different_flows(tmp_path: Path, run: Run) -> None:
    folder, budget = tmp_path / "gallery", ("--train-seconds", "0.1")
    assert run(folder, *SMALL, *budget)[0] == 0
    (folder / "flow.fmviz").unlink()
    (folder / "trajectories.gif").unlink()
    assert run(folder, *SMALL, *budget)[0] == 0
    snapshot = load_project(folder / "flow.fmviz").learned[0].snapshot
    assert snapshot is not None
    assert snapshot.metrics.path_length is not None
    assert f"learned in {snapshot.step:,} steps" in sentences(folder)["field"]
    assert f": {three_digits(snapshot.metrics.path_length)} units" in sentences(folder)["trajectories"]


def test_a_file_that_somebody_changed_stays_and_is_named(copy: Path, run: Run) -> None:
    changed = ("one-point.gif", "strip.pdf", "contact-sheet.png", "index.html")
    for name in changed:
        (copy / name).write_bytes(b"mine")
    code, said = run(copy, *SMALL)
    assert code == 2
    for name in changed:
        assert (copy / name).read_bytes() == b"mine"
        assert f"{name}' is not as the gallery left it, so it stays; move it away" in said
        (copy / name).unlink()
    assert run(copy, *SMALL)[0] == 0
    assert all((copy / name).is_file() for name in changed)


def test_after_a_kill_before_or_after_a_move_the_file_is_still_the_gallery_s(copy: Path, run: Run,
                                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    for dies in (True, False):
        (copy / "modelling.png").unlink()
        with monkeypatch.context() as patch:
            if dies:
                patch.setattr("fmviz.files.atomic.os.replace", _fail_for("modelling", os.replace))
            else:
                patch.setattr("fmviz.commandline.gallery.entry_of", _fail_for("modelling", entry_of))
            assert run(copy, *SMALL)[0] == 2
        assert run(copy, *SMALL)[0] == 0
        assert (copy / "modelling.png").is_file()


def _fail_for(name: str, function: Callable[..., object]) -> Callable[..., object]:
    """Return the function, broken where one of its arguments has that name in it."""
    def broken(*arguments: object) -> object:
        if any(name in str(argument) for argument in arguments):
            raise OSError(5, "as if it had been killed here")
        return function(*arguments)
    return broken


@pytest.mark.usefixtures("few_figures")
def test_long_names_make_a_record_that_can_be_read(tmp_path: Path, run: Run) -> None:
    cloud = tmp_path / f"{'x' * 190}.csv"
    cloud.write_text("\n".join(f"{k % 7},{k % 5}" for k in range(40)))
    arguments = (tmp_path / "gallery", "--source", cloud, "--target", cloud, *SMALL)
    assert run(*arguments)[0] == 0
    before = stamps(tmp_path / "gallery")
    assert run(*arguments)[0] == 0
    assert stamps(tmp_path / "gallery") == before


def test_a_figure_that_fails_stops_no_other(copy: Path, run: Run) -> None:
    (copy / "speed.gif").unlink()
    (copy / "speed.gif").mkdir()
    (copy / "density.gif").unlink()
    code, said = run(copy, *SMALL)
    assert code == 2
    assert (copy / "density.gif").is_file()
    last = said.splitlines()[-1]
    assert f"1 of {len(FIGURES)} figures" in last
    assert "speed.gif" in last
    page = Links(copy / "index.html")
    assert "speed.gif" not in page.shown
    assert "The figure speed.gif is missing" in page.words
    assert "Traceback" not in said
    (copy / "speed.gif").rmdir()
    assert run(copy, *SMALL)[0] == 0


def test_a_defect_of_one_figure_stops_no_other(copy: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("nothing to divide by")

    (copy / "strip.png").unlink()
    (copy / "one-point.gif").unlink()
    monkeypatch.setattr("fmviz.commandline.gallery_figures.strip_of", broken)
    code, said = run(copy, *SMALL)
    assert code == 2
    assert "nothing to divide by" in said
    assert "Traceback" in said  # it is to be mended
    assert (copy / "one-point.gif").is_file()


def test_a_flow_file_of_the_users_stays_and_costs_its_figures_only(copy: Path, run: Run,
                                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    few = tuple(figure for figure in FIGURES if figure.key in ("density", "one-point", "piles", "schedules", "strip"))
    monkeypatch.setattr("fmviz.commandline.gallery_figures.FIGURES", few)
    (copy / "flow.fmviz").write_bytes(b"a talk of the user's")
    before = stamps(copy)
    code, said = run(copy, *SMALL, "--seed", "1")
    assert code == 2
    assert "2 of 5" in said
    remade = {name for name, stamp in stamps(copy).items() if before[name] != stamp}
    assert remade == {"one-point.gif", "piles.png", "piles.pdf", "schedules.png", "schedules.pdf"}
    assert (copy / "flow.fmviz").read_bytes() == b"a talk of the user's"
    assert "flow.fmviz" in said
    page = Links(copy / "index.html")
    assert "density.gif" not in page.shown  # it is there, but of another seed
    assert "piles.png" in page.shown


@pytest.mark.parametrize("name", ["density.gif", "index.html", "contact-sheet.png", "flow.fmviz"])
def test_a_file_of_the_users_own_is_never_replaced(name: str, tmp_path: Path, run: Run) -> None:
    (tmp_path / name).write_bytes(b"mine")
    code, said = run(tmp_path, *SMALL)
    assert code == 2
    assert name in said
    assert (tmp_path / name).read_bytes() == b"mine"
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(("name", "arguments", "seen"), [
    ("gallery", ("--size", "20x20"), "20x20"),
    ("gallery", ("--size", "1700x300"), "1700x300"),
    ("gallery", ("--size", "large"), "large"),
    ("gallery", ("--theme", "pink"), "pink"),
    ("gallery", ("--source", "nothing"), "nothing"),
    ("no/such/folder", (), "no/such/folder"),
    ("file", (), "file"),
    ("file/within", (), "within"),
])
def test_bad_input_is_one_sentence_and_leaves_nothing(name: str, arguments: tuple[str, ...], seen: str, tmp_path: Path,
                                                      run: Run) -> None:
    (tmp_path / "file").write_bytes(b"mine")
    code, said = run(tmp_path / name, *TINY, *arguments)
    assert code == 2
    assert len(said.splitlines()) == 1
    assert seen in said
    assert (tmp_path / "file").read_bytes() == b"mine"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("data", [b"{", b"[]", b'{"entries": [{"key": "x"}]}',
                                  b'{"entries": [{"key": "x", "print": "y", "files": {"../x": 3}}]}'])
def test_a_damaged_record_is_said(data: bytes, tmp_path: Path, run: Run) -> None:
    (tmp_path / "gallery.json").write_bytes(data)
    code, said = run(tmp_path, *SMALL)
    assert code == 2
    assert "gallery.json" in said
    assert "damaged" in said


@pytest.mark.usefixtures("few_figures")
def test_after_ctrl_c_the_next_run_goes_on(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "gallery"

    def interrupted_entry(*arguments: object) -> object:
        if (folder / "trajectories.gif").exists():
            signal.raise_signal(signal.SIGINT)
        return entry_of(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr("fmviz.commandline.gallery.entry_of", interrupted_entry)
        code, said = run(folder, *SMALL)
    assert code == 130
    assert "Traceback" not in said
    before = stamps(folder)
    assert set(before) == {"field.gif", "modelling.pdf", "modelling.png", "trajectories.gif"}
    code, said = run(folder, *SMALL)
    assert code == 0
    assert "learning flow" not in said
    after = stamps(folder)
    assert set(after) == {"field.gif", "trajectories.gif", "one-point.gif", "modelling.png", "modelling.pdf"}
    assert after["field.gif"] == before["field.gif"]
