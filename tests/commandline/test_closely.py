"""What a picture shows closely is computed there, as in the window."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import fmviz
from fmviz.commandline.learning import moment_at, newest_moment, part_seen
from fmviz.core.camera import Camera
from fmviz.core.extent import Box
from fmviz.core.style import Style
from fmviz.files.project_file import load_project


@pytest.mark.parametrize("size", [(800, 800), (1600, 900), (300, 900)])
def test_a_camera_gets_a_field_as_fine_as_the_whole(root: Path, size: tuple[int, int]) -> None:
    path = root / "resources" / "examples" / "first.fmviz"
    stored, (width, height) = load_project(path), size
    whole = stored.lanes[0].snapshot.extent
    style = replace(Style().with_view("field"), camera=Camera(1.0, -0.5, 0.8))
    part = part_seen(style, width, height, whole)
    assert part is not None
    longest = 0.4 * max(width, height) / min(width, height)
    assert part.holds(Box(1.0, -0.5, longest if width > height else 0.4, longest if height > width else 0.4))
    detail = newest_moment(stored.project, stored.lanes, part)[1].detail
    x, y = part.axes(len(detail.u[0]))
    there = fmviz.load(path, "B").velocity([[x[5], y[40]]], float(detail.t[3]))
    assert np.allclose(detail.u[3, 40, 5], there[0], rtol=1e-4, atol=1e-4)
    step = stored.lanes[0].kept[3].step
    assert moment_at(stored.project, stored.lanes, step, part)[0].detail.extent == part


def test_what_shows_no_field_or_all_of_it_costs_nothing_more(root: Path) -> None:
    whole = load_project(root / "resources" / "examples" / "first.fmviz").lanes[0].snapshot.extent
    near, far = Camera(0.0, 0.0, 1.0), Camera(0.0, 0.0, 4 * whole.half)
    assert part_seen(Style().with_view("field"), 800, 800, whole) is None
    assert part_seen(replace(Style().with_view("field"), camera=far), 800, 800, whole) is None
    assert part_seen(replace(Style().with_view("density"), camera=near), 800, 800, whole) is None
