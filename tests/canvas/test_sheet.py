"""Sheets: every cell is drawn as the stage draws it; a film strip has its five times and its lanes."""

from dataclasses import replace

import numpy as np
import pytest
from pictures import array, canvas, frames, lanes, view
from PySide6.QtGui import QImage

from fmviz.canvas.composer import Composer, PaneContent, Sheet, strip_of
from fmviz.canvas.geometry import sheet_layout, stage_layout
from fmviz.canvas.header import Heading
from fmviz.core.export_spec import Decor, ExportSpec
from fmviz.core.film import STRIP_TIMES, film_of
from fmviz.core.lanes import usual_mark
from fmviz.core.limits import limits_of
from fmviz.core.style import VIEWS
from fmviz.core.theme import load_theme
from fmviz.film.presets import PRESETS
from fmviz.film.stills import paper_spec

DARK = load_theme("dark")
BARE = Decor(has_text=False)


def cell(name: str, lane: int = 0, t: float = 0.5, *heading) -> PaneContent:
    style = view(name)
    return PaneContent(frames(style, t, 2)[lane], style, limits_of(lanes(), style), Heading(*heading or ("",)))


def sheet_image(sheet: Sheet, width: int, height: int, scale: int = 1) -> QImage:
    return Composer().image(sheet, width, height, scale)


def strip(count: int = 2, **more) -> Sheet:
    spec = ExportSpec(1000, 440, format="png", is_strip=True, lanes=tuple(range(count)), **more)
    return strip_of(film_of(lanes(), view("trajectories"), spec))


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_one_cell_is_the_stage(name: str, theme: str) -> None:
    sheet = Sheet((cell(name),), load_theme(theme), BARE, grid=(1, 1))
    shown = canvas(view(name), theme=load_theme(theme))
    shown.set_limits(limits_of(lanes(), view(name)))
    shown.set_decor(BARE)
    assert np.array_equal(array(sheet_image(sheet, 360, 360)), array(shown.to_image(360, 360)))


@pytest.mark.parametrize("count", [1, 2])
def test_a_strip_has_five_panes_and_their_times(count: int) -> None:
    sheet = strip(count)
    assert (sheet.grid, len(sheet.contents)) == ((count, 5), 5 * count)
    assert [one.frame.t for one in sheet.contents] == [0.0, 0.25, 0.5, 0.75, 1.0] * count
    assert [one.heading.title for one in sheet.contents[:5]] == [f"t = {t:.2f}" for t in STRIP_TIMES]
    assert not any(one.heading.title for one in sheet.contents[5:])
    assert [name.title for name in sheet.row_names] == ["Random coupling", "OT coupling"][:count]
    assert [name.chip and name.chip.letter for name in sheet.row_names] == (["A", "B"] if count == 2 else [None])


@pytest.mark.parametrize("size", [(1920, 480), (1000, 300), (1600, 700), (640, 200)])
def test_a_strip_fills_its_picture(size: tuple[int, int]) -> None:
    layout = strip(1).layout(*size)
    assert len(layout.panes) == 5
    assert len({box.y for box in layout.panes}) == 1
    assert 5 * layout.panes[0].width >= 0.85 * size[0]
    assert layout.panes[0].height >= 0.65 * size[1]


def test_a_strip_shows_its_times_where_they_are_named() -> None:
    sheet = strip(2, has_text=False)
    picture = array(sheet_image(sheet, 1000, 420))
    layout = sheet.layout(1000, 420)
    assert len(layout.panes) == 10
    parts = [picture[box.y:box.bottom, box.x:box.right] for box in layout.panes]
    for k, one in enumerate(parts):
        assert all(not np.array_equal(one, other) for other in parts[:k])
    alone, box = Sheet((sheet.contents[6],), sheet.theme, BARE, grid=(1, 1), box=sheet.box), layout.panes[6]
    assert np.array_equal(array(sheet_image(alone, box.width, box.height)), parts[6])


def test_cells_may_differ_in_everything() -> None:
    cells = (cell("pairs", 0, 0.5, "Pairs", ("one batch", "random")),
             cell("trajectories", 1, 1.0, "Paths", (), 1.0, usual_mark(1, "ot")), cell("density"))
    sheet = Sheet(cells, DARK, Decor("Title", "Caption"), grid=(2, 2))
    layout = sheet.layout(700, 800)
    assert layout.has_subtitle
    picture = array(sheet_image(sheet, 700, 800))
    last = layout.panes[3]
    assert (picture[last.y:last.bottom, last.x + 10:last.right - 10] == picture[1, 1]).all()


def test_a_scale_that_does_not_hold_for_all_is_left_out() -> None:
    one, other = cell("density"), cell("density", 1)
    differing = replace(other, limits=replace(other.limits, density=3 * other.limits.density))
    same, mixed = (array(sheet_image(Sheet((one, second), DARK, grid=(1, 2)), 700, 420))
                   for second in (other, differing))
    layout = Sheet((one, other), DARK, grid=(1, 2)).layout(700, 420)
    assert layout.footer is not None
    x, y, width, height = layout.footer
    assert (same[y:y + height, x:x + width] != mixed[1, 1]).any()
    assert (mixed[y:y + height, x:x + width] == mixed[1, 1]).all()


@pytest.mark.parametrize("scale", [1, 3])
def test_a_sheet_has_the_size_that_was_asked_for(scale: int) -> None:
    image = sheet_image(strip(2), 500, 250, scale)
    assert (image.width(), image.height()) == (500 * scale, 250 * scale)


@pytest.mark.parametrize("key", ["paper", "paper-strip"])
@pytest.mark.parametrize("panes", [1, 2])
def test_a_figure_for_a_paper_is_full(key: str, panes: int) -> None:
    spec = paper_spec(PRESETS[key].applied(ExportSpec(), panes))
    if spec.is_strip:
        layout = sheet_layout(spec.width, spec.height, panes, 5, (0,), False, True, spec.decor)
    else:
        layout = stage_layout(spec.width, spec.height, panes, spec.decor)
    assert layout.footer is not None
    left, top = layout.panes[0].x, layout.panes[0].y - layout.panes[0].header
    right, bottom = layout.panes[-1].right, layout.footer[1] + layout.footer[3]
    assert right - left > 0.92 * spec.width
    assert bottom - top > 0.92 * spec.height
