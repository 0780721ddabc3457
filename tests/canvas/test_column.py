"""The column beside one wide pane: when it is there, that all of it has room, and that it says what it should."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from pictures import array, canvas, lanes, snapshot, view

from fmviz.canvas.column import facts_of
from fmviz.canvas.geometry import stage_layout
from fmviz.canvas.header import heading_of
from fmviz.core.export_spec import AUTO, COLUMN, FULL, Decor, ExportSpec
from fmviz.core.film import film_of
from fmviz.core.frames import frame_at
from fmviz.core.quantities import Metrics
from fmviz.core.style import VIEWS
from fmviz.film.presets import PRESETS
from fmviz.film.stills import write_still

LONG = "Optimal transport pairs each source point with the target point that makes the journey shortest. " * 3


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (960, 540), (720, 405)])
@pytest.mark.parametrize("share", [0.0, 0.044])
def test_a_wide_picture_has_a_column_where_what_is_seen_becomes_no_smaller(size: tuple[int, int], share: float) -> None:
    for shape in (0.6, 1.0, 1.3, 1.6, 2.5):
        full, beside, auto = (stage_layout(*size, 1, Decor(text_share=share, layout=key), shape)
                              for key in (FULL, COLUMN, AUTO))
        assert full.column is None
        assert beside.column is not None
        assert auto == (beside if beside.unit(shape) >= full.unit(shape) else full)
    assert stage_layout(*size, 1, Decor(text_share=share, layout=AUTO), 1.0).column is not None


def test_there_is_no_column_where_it_would_say_nothing_or_take_room() -> None:
    assert stage_layout(1920, 1080, 2, Decor(layout=COLUMN)).column is None
    assert stage_layout(1920, 1080, 1, Decor(layout=COLUMN, has_text=False)).column is None
    for size in ((800, 800), (800, 600), (1080, 1920)):
        assert stage_layout(*size, 1, Decor(layout=AUTO)).column is None
    assert stage_layout(1920, 1080, 1).column is None  # the window, which has panels


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720)])
def test_one_and_two_panes_fill_a_wide_picture(size: tuple[int, int]) -> None:
    for panes, layout in ((1, FULL), (1, COLUMN), (2, FULL)):
        placed = stage_layout(*size, panes, Decor(layout=layout))
        parts = [(box.width, box.height) for box in placed.panes] + ([placed.column[2:]] if placed.column else [])
        assert sum(width * height for width, height in parts) >= 0.85 * size[0] * size[1]


@pytest.mark.parametrize("decor", [
    Decor(), Decor("Title"), Decor(LONG, LONG, formula="$x_0$\n$x_1$"), Decor("Title", LONG, has_axes=True),
    Decor("T" * 300, "C" * 300), Decor("Title", "One\nTwo", text_share=0.1),
])
@pytest.mark.parametrize("size", [(64, 64), (320, 180), (480, 270), (1280, 720), (1920, 480), (8192, 64)])
@pytest.mark.parametrize("name", ["story", "field", "pairs"])
def test_all_of_the_column_has_its_room(name: str, size: tuple[int, int], decor: Decor) -> None:
    decor = replace(decor, layout=COLUMN)
    shown = canvas(view(name))
    shown.set_decor(decor)
    layout = shown.sheet.layout(*size)
    if layout.column is None:
        assert size[0] < max(size[1] + 1, 26 * layout.text_px, 26 * decor.text_share * size[1])
        return
    x, y, width, height = layout.column
    assert x >= layout.panes[0].right
    assert x + width <= size[0]
    assert y + height <= size[1]
    picture = array(shown.to_image(*size)).astype(np.int16)
    around = picture.copy()
    box, (left, below) = layout.panes[0], layout.axes or (0, 0)
    around[box.y:box.bottom + below, box.x - left:box.right + layout.text_px] = picture[0, 0]
    around[y:y + height, x:x + width] = picture[0, 0]
    if height > 4 * layout.text_px and width > 8 * layout.text_px:
        assert (np.abs(around - picture[0, 0]).max(axis=2) > 40).sum() == 0


def words(tmp_path: Path, style_name: str, **more: object) -> list[str]:
    flow = replace(snapshot(), metrics=Metrics(w2=0.24, w2_floor=0.23, path_length=3.0, straight_length=2.0))
    spec = ExportSpec(1280, 720, format="svg", at=0.3, layout=COLUMN, **more)
    write_still(tmp_path / "a.svg", film_of((flow,), view(style_name), spec))
    root = ElementTree.parse(tmp_path / "a.svg").getroot()
    return [node.text or "" for node in root.iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("name", VIEWS)
def test_the_column_says_name_numbers_and_time(tmp_path: Path, name: str) -> None:
    said = words(tmp_path, name, title="A title", caption="A caption")
    assert {"A title", "Random coupling", "A caption"} <= set(said)
    assert said.count("t = 0.30") == (name != "pairs")
    assert ("W\u2082 = 0.240 (floor 0.230)" in said) == (name != "pairs")
    assert ("paths 1.50 × straight" in said) == (name == "story")


def test_numbers_go_before_the_name_does(tmp_path: Path) -> None:
    said = words(tmp_path, "story", title=LONG[:200], caption=LONG[:290], text_percent=6.0)
    assert "t = 0.30" in said
    assert not any(word.startswith("W") for word in said)


def test_a_still_picture_has_no_distance() -> None:
    flow = replace(lanes()[0], metrics=Metrics(w2=0.24))
    for name, has_distance in (("story", True), ("pairs", False)):
        frame = frame_at(flow, 0.5, view(name))
        facts = facts_of(frame, heading_of(frame, view(name), False))
        assert any(fact.startswith("W") for fact in facts) == has_distance


def test_presets_leave_the_layout_to_the_picture() -> None:
    assert {preset.applied(ExportSpec(layout=FULL)).layout for preset in PRESETS.values()} == {AUTO}
