"""A camera is three sound numbers; zooming keeps the point under the mouse, moving keeps the size."""

import math

import numpy as np
import pytest

from fmviz.canvas.geometry import mapping_of
from fmviz.core.camera import Camera, camera_of, moved, zoomed
from fmviz.core.errors import ConfigError, ProjectError
from fmviz.core.extent import Box
from fmviz.core.project import Project, Scene
from fmviz.core.style import Style
from fmviz.files.project_settings import decode_project, encode_project, from_json, to_json

PANES = [(600, 600), (1200, 500), (300, 800)]
CAMERAS = [Camera(0.0, 0.0, 10.0), Camera(3.5, -2.0, 0.01), Camera(-1e6, 4e5, 2.0), Camera(0.0, 1e-9, 1e-8)]


@pytest.mark.parametrize("numbers", [(math.nan, 0, 1), (0, math.inf, 1), (0, 0, math.nan), (0, 0, 0), (0, 0, -1),
                                     (0, 0, math.inf), (1e40, 0, 1), (0, 0, 1e-30)])
def test_what_cannot_be_is_refused_in_a_sentence(numbers: tuple[float, float, float]) -> None:
    with pytest.raises(ConfigError, match=r"^The camera's (x|y|width) is .*; give a number from .*\.$"):
        Camera(*numbers)


@pytest.mark.parametrize("pane", PANES)
@pytest.mark.parametrize("camera", CAMERAS)
def test_every_pane_shows_the_whole_square_and_gives_the_camera_back(camera: Camera, pane: tuple[int, int]) -> None:
    seen = camera.box.shaped(*pane)
    assert seen.left <= camera.box.left + 1e-12
    assert seen.top >= camera.box.top - 1e-12
    back = camera_of(seen)
    assert (back.x, back.y) == (camera.x, camera.y)
    assert back.width == pytest.approx(camera.width)


@pytest.mark.parametrize("pane", PANES)
@pytest.mark.parametrize("camera", CAMERAS)
@pytest.mark.parametrize("notches", [-3.0, 0.5, 12.0])
def test_zooming_keeps_the_point_under_the_mouse(camera: Camera, pane: tuple[int, int], notches: float) -> None:
    before = mapping_of(camera.box, *pane)
    for share in ((0.1, 0.9), (0.5, 0.5), (0.8, 0.2)):
        pixel = share[0] * pane[0], share[1] * pane[1]
        place = before.to_world(*pixel)
        after = mapping_of(zoomed(before.box, place, notches).box, *pane)
        assert after.to_pixels(np.array(place)) == pytest.approx(np.array(pixel), abs=0.02)
        assert (after.pixels_per_unit > before.pixels_per_unit) == (notches > 0)


@pytest.mark.parametrize("pane", PANES)
@pytest.mark.parametrize("camera", CAMERAS[:2])
def test_moving_shows_what_lies_there(camera: Camera, pane: tuple[int, int]) -> None:
    before = mapping_of(camera.box, *pane)
    after = mapping_of(moved(before.box, 0.3 * camera.width, -0.2 * camera.width).box, *pane)
    assert after.pixels_per_unit == pytest.approx(before.pixels_per_unit)
    assert (after.box.cx, after.box.cy) == pytest.approx((camera.x + 0.3 * camera.width, camera.y - 0.2 * camera.width))


@pytest.mark.parametrize("pane", PANES)
@pytest.mark.parametrize("camera", CAMERAS)
def test_pixels_and_world_invert_each_other(camera: Camera, pane: tuple[int, int]) -> None:
    mapping = mapping_of(camera.box, *pane)
    for pixel in ((0.0, 0.0), (pane[0] / 3, pane[1] / 7), tuple(map(float, pane))):
        assert mapping.to_pixels(np.array(mapping.to_world(*pixel))) == pytest.approx(np.array(pixel), abs=0.02)


def test_zooming_never_leaves_what_can_be() -> None:
    box = Box(0.0, 0.0, 1.0, 1.0)
    for notches in (5000.0, -5000.0):
        assert zoomed(box, (0.5, 0.5), notches).width > 0


def test_it_is_part_of_the_project_and_its_scenes() -> None:
    camera = Camera(1.25, -0.5, 3.0)
    project = Project(style=Style(camera=camera), scenes=(Scene("Near", Style(camera=camera)), Scene("All")))
    plain = from_json(to_json(encode_project(project)))
    assert decode_project(plain, {}) == project
    assert "camera" not in plain["scenes"][1]["style"]
    assert "camera" not in encode_project(Project())["style"]


@pytest.mark.parametrize("camera", [{"x": 0, "y": 0, "width": 0}, {"x": 0, "y": 0}, {"x": "a", "y": 0, "width": 1},
                                    {"x": 0, "y": 0, "width": 1, "z": 2}, [0, 0, 1], "near", 7,
                                    {"x": True, "y": 0, "width": 1}, {"x": 0, "y": 1e300, "width": 1}])
def test_a_file_with_an_unsound_camera_is_refused(camera: object) -> None:
    plain = from_json(to_json(encode_project(Project())))
    plain["style"]["camera"] = camera
    with pytest.raises((ConfigError, ProjectError)):
        decode_project(plain, {})
