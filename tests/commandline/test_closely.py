"""What a picture shows closely is computed there, as in the window."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

import fmviz
from fmviz.canvas.composer import stage_sheet, strip_of
from fmviz.cli import main
from fmviz.commandline.arguments import declare_render
from fmviz.commandline.learning import moment_at, newest_moment
from fmviz.commandline.picture import order_of
from fmviz.core.camera import Camera
from fmviz.core.config import FlowConfig
from fmviz.core.export_spec import ExportSpec
from fmviz.core.film import film_of
from fmviz.core.fit import box_of_flows
from fmviz.core.frames import frame_at
from fmviz.core.project import Project
from fmviz.core.style import Style
from fmviz.core.theme import load_theme
from fmviz.core.wanted import NOTHING_WANTED, Wanted, wanted_for
from fmviz.files.project_file import load_project
from fmviz.film.painter import wanted_by


def _spec(width: int = 800, height: int = 800, **settings: object) -> ExportSpec:
    return ExportSpec(format="png", width=width, height=height, theme="dark", **settings)


@pytest.mark.parametrize("settings", [{}, {"is_strip": True},
                                      {"title": "A title", "text_percent": 6.0, "has_axes": True}],
                         ids=["still", "strip", "text"])
@pytest.mark.parametrize("panes", [1, 2, 3, 4])
@pytest.mark.parametrize("size", [(800, 800), (1600, 900), (300, 900)])
def test_what_a_pane_shows_of_a_field_is_in_its_square_whatever_its_shape(root: Path, qapp: QApplication,
                                                                          size: tuple[int, int], panes: int,
                                                                          settings: dict[str, object]) -> None:
    stored = load_project(root / "resources" / "examples" / "first.fmviz")
    snapshots = [replace(stored.lanes[0].snapshot, lane=lane) for lane in range(panes)]
    style, spec = replace(Style().with_view("field"), camera=Camera(1.0, -0.5, 0.8)), _spec(*size, **settings)
    film, theme = film_of(snapshots, style, spec), load_theme("dark")
    sheet = strip_of(film) if spec.is_strip else stage_sheet((), style, film.limits, theme, film.decor, panes,
                                                             box_of_flows(snapshots))
    layout = sheet.layout(*size)
    boxes = [sheet.mapping(layout, pane).box for pane in range(len(layout.panes))]
    reach, whole = max(max(box.half_x, box.half_y) for box in boxes), snapshots[0]
    near = dict(wanted_by(snapshots, style, spec).grids)
    assert set(near) == ({""} if reach < whole.extent.half else set())
    assert all(near.get("", whole.velocity.extent).holds(box) for box in boxes)
    assert near.get("", whole.extent).half <= 1.01 * reach


def test_a_camera_gets_a_field_as_fine_as_the_whole(root: Path, qapp: QApplication) -> None:
    path = root / "resources" / "examples" / "first.fmviz"
    stored = load_project(path)
    style = replace(Style().with_view("field"), camera=Camera(1.0, -0.5, 0.8))
    wanted = wanted_by([lane.snapshot for lane in stored.lanes], style, _spec())
    ((_, part),) = wanted.grids
    detail = newest_moment(stored.project, stored.lanes, wanted)[1].detail
    x, y = part.axes(len(detail.values[0]))
    there = fmviz.load(path, "B").velocity([[x[5], y[40]]], float(detail.t[3]))
    assert np.allclose(detail.values[3, 40, 5], there[0], rtol=1e-4, atol=1e-4)
    step = stored.lanes[0].kept[3].step
    assert moment_at(stored.project, stored.lanes, step, wanted)[0].detail.extent == part


def test_what_shows_no_field_or_all_of_it_costs_nothing_more(root: Path, qapp: QApplication) -> None:
    whole = load_project(root / "resources" / "examples" / "first.fmviz").lanes[0].snapshot
    near, far = Camera(0.0, 0.0, 1.0), Camera(0.0, 0.0, 4 * whole.extent.half)
    for style in (Style().with_view("field"), replace(Style().with_view("field"), camera=far), Style()):
        assert wanted_by([whole], style, _spec()) == NOTHING_WANTED
    for camera in (None, near):
        style = replace(Style().with_view("density"), camera=camera)
        assert wanted_by([whole], style, _spec(is_strip=True)) == Wanted(has_many=True)
        exact = replace(style, density="exact")
        assert wanted_by([whole], exact, _spec(is_strip=True)) == Wanted(has_many=True, has_log_density=True)


def test_who_follows_starts_of_its_own_gets_their_paths(root: Path, tmp_path: Path) -> None:
    path = root / "resources" / "examples" / "first.fmviz"
    stored, starts = load_project(path), ((0.3, -0.7), (-2.0, 1.0))
    style = replace(Style(), starts=starts)
    wanted = wanted_for(stored.lanes[0].snapshot, style)
    assert wanted.starts == starts
    moments = [newest_moment(stored.project, stored.lanes, wanted),
               moment_at(stored.project, stored.lanes, stored.lanes[0].kept[3].step, wanted)]
    for moment in moments:
        for lane in moment:
            np.testing.assert_allclose(lane.own.x[0], starts)
            np.testing.assert_array_equal(lane.own.t, lane.t)
            assert frame_at(lane, 0.5, style).followed.starts == starts
    carried = fmviz.load(path, "B").carry(starts).x
    assert np.allclose(moments[0][1].own.x[-1], carried[-1], atol=1e-4)
    assert not np.allclose(moments[0][1].own.x[-1], moments[1][1].own.x[-1], atol=1e-2)


def test_a_start_outside_of_the_picture_is_told(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(root / "resources" / "examples" / "first.fmviz")
    for follow, said in (("0,0;40,-1", "(40, -1) lies outside"), ("0,0", "")):
        assert main(["render", str(tmp_path / "a.png"), path, "--size", "200x200", "--view", "story", "--follow",
                     follow]) == 0
        err = capsys.readouterr().err
        assert said in err
        assert ("lies outside" in err) is bool(said)
    assert main(["render", str(tmp_path / "a.png"), path, "--follow", "nan,0"]) == 2
    assert "--follow is 'nan,0'" in capsys.readouterr().err


def test_a_difference_of_one_pane_is_told_and_of_two_is_drawn() -> None:
    parser = argparse.ArgumentParser()
    declare_render(parser)
    for panes, said in (((), False), (("--panes", "B"), True)):
        arguments = parser.parse_args(["a.png", "--layers", "density,density_difference", *panes])
        notes = order_of(arguments, Project(lanes=(FlowConfig(), FlowConfig(coupling="ot")))).notes
        assert any("difference" in note for note in notes) is said


def test_a_probe_is_asked_about_and_drawn(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = root / "resources" / "examples" / "first.fmviz"
    stored, style = load_project(path), Style().with_probe((0.9, -0.6))
    wanted = wanted_for(stored.lanes[0].snapshot, style)
    assert wanted.probe == (0.9, -0.6)
    for moment in (newest_moment(stored.project, stored.lanes, wanted),
                   moment_at(stored.project, stored.lanes, stored.lanes[0].kept[3].step, wanted)):
        random, ot = (frame_at(lane, 0.4, style).probe for lane in moment)
        assert random.is_of_place
        assert random.exact is not None
        assert (ot.exact, ot.unknown) == (None, "nothing comes here")
        assert ot.note.startswith("from "), "where its pairs are it is known"
    given = ["render", str(tmp_path / "a.png"), str(path), "--size", "300x300"]
    pictures = []
    outside = "The probe (40, -1) lies outside"
    for more, said in ((["--probe", "0.9,-0.6"], ""), (["--probe", "40,-1"], outside), ([], "")):
        assert main([*given, *more]) == 0
        assert (outside in capsys.readouterr().err) == bool(said)
        pictures.append((tmp_path / "a.png").read_bytes())
    assert pictures[0] != pictures[2]
    for bad, said in (("1", "--probe is '1'; give x and y"), ("1,2;3,4", "--probe is"), ("nan,1", "--probe is"),
                      ("1,2@2", "--probe is '1,2@2'"), ("1,2@", "--probe is"),
                      ("1e31,0", "The place of the probe is (1e+31, 0)")):
        assert main([*given, "--probe", bad]) == 2
        assert said in capsys.readouterr().err
