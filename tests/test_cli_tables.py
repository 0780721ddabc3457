"""Files of points from the command line: their flags, and standard input."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pytest

from fmviz.commandline.commands import COMMANDS, Parser
from fmviz.commandline.problem import problem_of
from fmviz.core.cloud import Side
from fmviz.core.errors import FmvizError
from fmviz.core.placing import MATCH, placed
from fmviz.core.project import Project
from fmviz.files.tables import read_cloud

RING = np.round([(2 * np.cos(a), 2 * np.sin(a)) for a in np.linspace(0, 6, 40)], 3)


@pytest.fixture
def long(tmp_path: Path) -> Path:
    """A long table of two groups, with a weight, a class and a gap in it."""
    rows = ["dataset,x,y,mass,kind"]
    rows += [f"ring,{x},{y},{1 + i % 2},{'ab'[i % 2]}" for i, (x, y) in enumerate(RING.tolist())]
    rows += [f"far,{x + 100},{y + 100},1,c" for x, y in RING.tolist()] + ["ring,NA,1,1,a"]
    path = tmp_path / "long.csv"
    path.write_text("\n".join(rows))
    return path


def project(*arguments: object) -> Project:
    """Return what `fmviz train` would learn."""
    parser = Parser(prog="fmviz train")
    COMMANDS["train"].declare(parser)
    return problem_of(parser.parse_args(list(map(str, arguments)))).project


def test_every_flag_of_a_table(long: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = project("--target", long, "--columns", "y,x", "--rows", "dataset=ring", "--weights", "mass", "--labels",
                   "kind", "--missing", "skip", "--decimal", ".", "--heading", "yes")
    found = made.target.cloud
    assert found is not None
    assert (made.style.colour_by, Project().style.colour_by) == ("class", "origin")
    assert np.array_equal(found.xy, RING[:, ::-1])
    assert found.weights is not None
    assert found.weights[1] == pytest.approx(2 * found.weights[0])
    assert found.labels is not None
    assert found.labels.names == ("a", "b")
    said = capsys.readouterr()
    assert said.out == ""
    assert "target: Line 1, 'dataset, x, y, mass, kind', was taken as heading." in said.err
    assert "target: x is 'y', y is 'x'." in said.err
    assert "target: Left out: 1 of 41 rows, for want of a number." in said.err


def test_a_flag_holds_for_both_sides_or_for_one(long: Path) -> None:
    sides = ("--source", long, "--target", long, "--missing", "skip")
    both = project(*sides, "--rows", "dataset=ring")
    assert np.array_equal(both.source.cloud.xy, both.target.cloud.xy)
    own = project(*sides, "--rows", "dataset=ring", "--target-rows", "dataset=far")
    assert np.array_equal(own.source.cloud.xy, RING)
    np.testing.assert_allclose(own.target.cloud.xy, RING + 100)


def test_places(long: Path) -> None:
    read = ("--missing", "skip", "--source", long, "--source-rows", "dataset=ring")
    other = ("--target", long, "--target-rows", "dataset=far")
    ring = read_cloud(io.BytesIO("\n".join(f"{x},{y}" for x, y in RING.tolist()).encode())).cloud
    assert np.array_equal(project(*read, "--place", "keep").source.cloud.xy, RING)
    matched = project(*read, *other, "--place", "match")
    np.testing.assert_allclose(matched.source.cloud.xy, RING + 100)
    np.testing.assert_allclose(matched.target.cloud.xy, RING + 100)
    moved = project(*read, *other, "--target-place", "match-axes")
    np.testing.assert_allclose(moved.target.cloud.xy, RING, atol=1e-9)
    np.testing.assert_allclose(project(*read, "--target", "moons", "--place", "match").source.cloud.xy,
                               placed(ring, MATCH, Side(shape="moons")).xy)
    flipped = project(*read, "--flip-y").source.cloud
    np.testing.assert_allclose(flipped.xy[:, 1], RING[:, 1].min() + RING[:, 1].max() - RING[:, 1])
    assert np.abs(project(*read, *other, "--place", "fit").target.cloud.xy).max() < 6


@pytest.mark.parametrize(("arguments", "words"), [
    ("--target LONG --missing skip", "--rows \"dataset=ring\", or --rows all"),
    ("--target LONG --rows dataset=ring", "line 82 has 'NA' for 'x'.*--missing skip"),
    ("--target LONG --columns x", "columns are 'x'; give two"),
    ("--target LONG --rows ring", "rows are 'ring'; give a column and a value"),
    ("--target LONG --missing guess", "'guess'; give 'skip' or 'refuse'"),
    ("--target LONG --decimal x", "decimal sign is 'x'"),
    ("--target LONG --heading perhaps", "'perhaps'; give 'yes' or 'no'"),
    ("--target LONG --place nowhere", "place is 'nowhere'; give 'keep' or 'fit'"),
    ("--target moons --columns x,y", "--columns says how a file of points is read"),
    ("--target moons --source LONG --target-columns x,y --missing skip --rows all", "--target-columns says how"),
    ("LONG --columns x,y", "--columns says how"),
    ("--source - --target -", "Both --source and --target are standard input"),
])
def test_what_makes_no_sense_is_said(long: Path, arguments: str, words: str) -> None:
    with pytest.raises(FmvizError, match=words):
        project(*arguments.replace("LONG", str(long)).split())


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    data = "\n".join(f"{x};{y}" for x, y in RING.tolist()).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    found = project("--source", "-").source
    assert found.label == "standard input"
    assert np.array_equal(found.cloud.xy, RING)


def test_a_table_in_the_place_of_a_project_is_called_a_table(long: Path, tmp_path: Path) -> None:
    words = tmp_path / "words.fmviz"
    words.write_text("1,2\n3,4\n")
    with pytest.raises(FmvizError, match=r"is a table of points and no project; give it as --source or --target\.$"):
        project(long)
    with pytest.raises(FmvizError, match=r"damaged or no \.fmviz file"):
        project(words)


@pytest.mark.parametrize(("factor", "shift", "flags", "is_said"), [
    (1, 0, (), False), (100, 0, (), True), (0.01, 0, (), True), (1, 1000, (), True),
    (100, 0, ("--place", "fit"), False), (100, 0, ("--place", "keep"), False),
    (100, 0, ("--target-place", "keep"), False)])
def test_a_cloud_in_other_units_than_the_shape_gets_one_hint(
        factor: float, shift: float, flags: tuple[str, ...], is_said: bool, tmp_path: Path,
        capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "ring.csv"
    np.savetxt(path, factor * RING + shift, delimiter=",", header="x,y", comments="")
    project("--target", path, *flags)
    assert capsys.readouterr().err.count("--place fit") == is_said
