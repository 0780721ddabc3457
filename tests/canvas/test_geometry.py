"""The layout: panes are squares that overlap nothing, at every size; the mapping inverts itself."""

import numpy as np
import pytest

from fmviz.canvas.geometry import MAX_TEXT_PX, MIN_TEXT_PX, Mapping, stage_layout
from fmviz.core.decor import Decor
from fmviz.core.export_spec import ExportSpec
from fmviz.core.extent import Extent
from fmviz.film.presets import PRESETS

SIZES = [(64, 64), (100, 300), (128, 128), (200, 200), (300, 100), (480, 480), (400, 900), (720, 720), (800, 400),
         (1280, 800), (1920, 1080), (1080, 1920), (4096, 4096), (4096, 64), (64, 4096)]


@pytest.mark.parametrize("panes", [1, 2])
@pytest.mark.parametrize("size", SIZES)
def test_nothing_overlaps_and_all_is_inside(size: tuple[int, int], panes: int) -> None:
    width, height = size
    layout = stage_layout(width, height, panes)
    assert len(layout.panes) == panes
    assert len({box.side for box in layout.panes}) == 1
    taken = np.zeros((height, width), dtype=int)
    for box in layout.panes:
        assert box.x >= 0
        assert box.y - box.header >= 0
        assert box.x + box.side <= width
        assert box.y + box.side <= height
        taken[box.y - box.header:box.y + box.side, box.x:box.x + box.side] += 1
    if layout.footer is not None:
        x, y, w, h = layout.footer
        assert x >= 0
        assert x + w <= width
        assert y + h <= height
        taken[y:y + h, x:x + w] += 1
    assert taken.max() == 1


@pytest.mark.parametrize("size", [(480, 480), (720, 720), (800, 400), (1920, 1080), (400, 900)])
def test_text_can_be_read_from_the_last_row(size: tuple[int, int]) -> None:
    layout = stage_layout(*size, 1)
    assert layout.footer is not None
    assert layout.panes[0].header > 0
    assert MIN_TEXT_PX <= layout.text_px <= MAX_TEXT_PX
    assert layout.text_px <= max(MIN_TEXT_PX, 0.026 * size[1])


def test_two_panes_are_stacked_in_a_tall_canvas() -> None:
    tall, wide = stage_layout(500, 1000, 2), stage_layout(1000, 500, 2)
    assert tall.panes[0].x == tall.panes[1].x
    assert tall.panes[0].y < tall.panes[1].y
    assert wide.panes[0].y == wide.panes[1].y
    assert wide.panes[0].x < wide.panes[1].x


@pytest.mark.parametrize("size", [(64, 64), (90, 90), (150, 150), (250, 250), (720, 720)])
def test_the_pane_keeps_most_of_a_small_canvas(size: tuple[int, int]) -> None:
    assert stage_layout(*size, 1).panes[0].side >= 0.6 * size[0]


def test_mapping_inverts_itself_and_keeps_the_edges() -> None:
    mapping = Mapping(Extent(1.5, -2.0, 7.0), 613)
    for point in ((0.0, 0.0), (8.5, 5.0), (-5.5, -9.0), (20.0, -30.0)):
        place = mapping.to_pixels(np.array(point))
        assert mapping.to_world(*map(float, place)) == pytest.approx(point, abs=1e-4)
    assert mapping.to_pixels(np.array([[-5.5, 5.0], [8.5, -9.0]])) == pytest.approx(np.array([[0, 0], [613, 613]]),
                                                                                    abs=1e-3)
    assert mapping.pixels_per_unit == pytest.approx(613 / 14)


@pytest.mark.parametrize("key", ["slide", "slide-gif", "web-slide"])
def test_a_slide_is_read_from_the_last_row(key: str) -> None:
    spec = PRESETS[key].applied(ExportSpec())
    assert stage_layout(spec.width, spec.height, 2, spec.decor).text_px == pytest.approx(0.04 * spec.height, abs=0.5)


@pytest.mark.parametrize("share", [0.0, 0.04, 0.06])
def test_t_of_one_pane_keeps_away_from_the_letter_of_the_next(share: float) -> None:
    layout = stage_layout(960, 540, 2, Decor(text_share=share))
    first, second = layout.panes
    assert second.x - (first.x + first.side) >= 1.5 * layout.text_px
