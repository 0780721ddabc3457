"""What a picture shows closely is computed there, as in the window."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import fmviz
from fmviz.commandline.learning import moment_at, newest_moment
from fmviz.core.camera import Camera
from fmviz.core.extent import Box
from fmviz.core.frames import grids_for
from fmviz.core.style import Style
from fmviz.files.project_file import load_project


@pytest.mark.parametrize("size", [(800, 800), (1600, 900), (300, 900)])
def test_a_camera_gets_a_field_as_fine_as_the_whole(root: Path, size: tuple[int, int]) -> None:
    path = root / "resources" / "examples" / "first.fmviz"
    stored, (width, height) = load_project(path), size
    style = replace(Style().with_view("field"), camera=Camera(1.0, -0.5, 0.8))
    (layer, part), = wanted = grids_for(stored.lanes[0].snapshot, style, width, height)
    assert layer == ""
    longest = 0.4 * max(width, height) / min(width, height)
    assert part.holds(Box(1.0, -0.5, longest if width > height else 0.4, longest if height > width else 0.4))
    detail = newest_moment(stored.project, stored.lanes, wanted)[1].detail
    x, y = part.axes(len(detail.values[0]))
    there = fmviz.load(path, "B").velocity([[x[5], y[40]]], float(detail.t[3]))
    assert np.allclose(detail.values[3, 40, 5], there[0], rtol=1e-4, atol=1e-4)
    step = stored.lanes[0].kept[3].step
    assert moment_at(stored.project, stored.lanes, step, wanted)[0].detail.extent == part


def test_what_shows_no_field_or_all_of_it_costs_nothing_more(root: Path) -> None:
    whole = load_project(root / "resources" / "examples" / "first.fmviz").lanes[0].snapshot
    near, far = Camera(0.0, 0.0, 1.0), Camera(0.0, 0.0, 4 * whole.extent.half)
    for style in (Style().with_view("field"), replace(Style().with_view("field"), camera=far),
                  replace(Style().with_view("density"), camera=near)):
        assert grids_for(whole, style, 800, 800) == ()
