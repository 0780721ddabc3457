"""The layout: panes fill the room that text leaves and overlap nothing, at every size; the mapping inverts itself."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from pictures import array, canvas, view

from fmviz.canvas import geometry
from fmviz.canvas.geometry import MAX_TEXT_PX, MIN_TEXT_PX, arrangements, mapping_of, stage_layout
from fmviz.core.export_spec import FULL, Decor, ExportSpec
from fmviz.core.extent import Box
from fmviz.film.presets import PRESETS

SIZES = [(64, 64), (100, 300), (128, 128), (200, 200), (300, 100), (480, 480), (400, 900), (720, 720), (800, 400),
         (1280, 800), (1920, 1080), (1080, 1920), (4096, 4096), (4096, 64), (64, 4096)]
SHAPES = [0.25, 0.6, 1.0, 1.5, 4.0]
# Of Inter's figures, as a share of the text's size.
FIGURE_HEIGHT = 0.748


@pytest.mark.parametrize("panes", [1, 2, 3, 4])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_overlaps_and_all_is_inside(size: tuple[int, int], panes: int, shape: float) -> None:
    width, height = size
    layout = stage_layout(width, height, panes, shape=shape)
    assert len(layout.panes) == panes
    assert len({(box.width, box.height) for box in layout.panes}) == 1
    parts = [(box.x, box.y - box.header, box.right, box.bottom) for box in layout.panes]
    if layout.footer is not None:
        x, y, w, h = layout.footer
        parts.append((x, y, x + w, y + h))
    for left, top, right, bottom in parts:
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
    for one, other in combinations(parts, 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


@pytest.mark.parametrize("panes", [1, 2, 3, 4])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shape", SHAPES)
def test_no_other_arrangement_shows_more(size: tuple[int, int], panes: int, shape: float) -> None:
    chosen = stage_layout(*size, panes, shape=shape)
    others = [geometry._in_grid(*size, panes, grid, geometry.PLAIN, shape) for grid in arrangements(panes)]
    assert chosen in others
    assert chosen.unit(shape) == max(other.unit(shape) for other in others)


def test_arrangements_hold_all_panes_and_have_no_empty_row_or_column() -> None:
    assert arrangements(1) == ((1, 1),)
    assert arrangements(2) == ((2, 1), (1, 2))
    assert arrangements(3) == ((3, 1), (2, 2), (1, 3))
    assert arrangements(4) == ((4, 1), (2, 2), (1, 4))


@pytest.mark.parametrize(("panes", "least"), [(1, 0.85), (2, 0.85)])
def test_a_wide_picture_is_filled(panes: int, least: float) -> None:
    layout = stage_layout(1920, 1080, panes)
    assert sum(box.width * box.height for box in layout.panes) >= least * 1920 * 1080


@pytest.mark.parametrize("size", [(480, 480), (720, 720), (800, 400), (1920, 1080), (400, 900)])
def test_text_can_be_read_from_the_last_row(size: tuple[int, int]) -> None:
    layout = stage_layout(*size, 1)
    assert layout.footer is not None
    assert layout.panes[0].header > 0
    assert MIN_TEXT_PX <= layout.text_px <= MAX_TEXT_PX
    assert layout.text_px <= max(MIN_TEXT_PX, 0.026 * size[1])


def test_panes_stand_as_what_they_show_does() -> None:
    tall, wide = stage_layout(500, 1000, 2), stage_layout(1000, 500, 2)
    assert tall.panes[0].x == tall.panes[1].x
    assert tall.panes[0].y < tall.panes[1].y
    assert wide.panes[0].y == wide.panes[1].y
    assert wide.panes[0].x < wide.panes[1].x
    assert len({box.y for box in stage_layout(1000, 500, 2, shape=4.0).panes}) == 2
    assert len({(box.x, box.y) for box in stage_layout(1280, 800, 4).panes}) == 4
    assert len({box.y for box in stage_layout(1280, 800, 4).panes}) == 2


@pytest.mark.parametrize("size", [(64, 64), (90, 90), (150, 150), (250, 250), (720, 720)])
def test_the_pane_keeps_most_of_a_small_canvas(size: tuple[int, int]) -> None:
    box = stage_layout(*size, 1).panes[0]
    assert min(box.width, box.height) >= 0.6 * size[0]


@pytest.mark.parametrize("pane", [(613, 613), (1200, 400), (300, 900)])
def test_mapping_inverts_itself_and_shows_the_whole_box_in_the_middle(pane: tuple[int, int]) -> None:
    box = Box(1.5, -2.0, 7.0, 3.0)
    mapping = mapping_of(box, *pane)
    for point in ((0.0, 0.0), (8.5, 5.0), (-5.5, -9.0), (20.0, -30.0)):
        place = mapping.to_pixels(np.array(point))
        assert mapping.to_world(*map(float, place)) == pytest.approx(point, abs=1e-4)
    corners = mapping.to_pixels(np.array([[box.left, box.top], [box.right, box.bottom]]))
    assert corners.min() > -1e-3
    assert (corners[1] <= np.array(pane) + 1e-3).all()
    assert corners.mean(axis=0) == pytest.approx(np.array(pane) / 2, abs=1e-3)
    assert max((corners[1] - corners[0]) / pane) == pytest.approx(1.0)
    assert mapping.pixels_per_unit == pytest.approx(min(pane[0] / 14, pane[1] / 6))


@pytest.mark.parametrize("panes", [1, 2])
@pytest.mark.parametrize("name", ["field", "streamlines", "magnitude"])
@pytest.mark.parametrize("key", ["slide", "slide-gif", "web-slide", "square"])
def test_a_slide_is_read_from_the_last_row(key: str, name: str, panes: int) -> None:
    spec = PRESETS[key].applied(ExportSpec())
    shown = canvas(view(name), count=panes)
    shown.set_decor(replace(spec.decor, layout=FULL))
    picture = array(shown.to_image(spec.width, spec.height)).astype(int)
    layout = shown.sheet.layout(spec.width, spec.height)
    pane, text = layout.panes[-1], layout.text_px
    assert layout.footer is not None
    x, y, width, height = layout.footer
    # The last figure of t, and those of the scale: below its bar, of which a few px are left for the outline.
    head, end = pane.y + layout.inside, pane.right - round(0.5 * text) * (layout.inside > 0)
    last = picture[head - pane.header + 4:head - 2, end - text // 2:end]
    scale = picture[y + text // 2 + 4:y + height, x + width - 4 * text:x + width]
    for part, least in ((last, 4.4), (scale, 3.3)):
        rows = np.flatnonzero((np.abs(part - part[0, 0]).max(axis=2) > 60).any(axis=1))
        size = (rows.max() - rows.min() + 1) / FIGURE_HEIGHT
        assert size >= least / 100 * spec.height - 0.5


@pytest.mark.parametrize("share", [0.0, 0.04, 0.06])
def test_t_of_one_pane_keeps_away_from_the_letter_of_the_next(share: float) -> None:
    layout = stage_layout(960, 540, 2, Decor(text_share=share))
    first, second = layout.panes
    assert second.x - first.right >= 1.5 * layout.text_px
