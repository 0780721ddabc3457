"""What surrounds the panes: nothing overlaps or leaves the picture; grounds are what they say; words are on it."""

from dataclasses import replace

import numpy as np
import pytest
from pictures import EVERYTHING, array, canvas, view
from PySide6.QtGui import QColor, QImage

from fmviz.canvas.geometry import StageLayout, mapping_of, sheet_layout, stage_layout
from fmviz.core.camera import Camera
from fmviz.core.export_spec import Decor, ExportSpec
from fmviz.core.extent import Box
from fmviz.core.style import VIEWS
from fmviz.core.theme import load_theme
from fmviz.film.presets import PRESETS

SIZES = [(64, 64), (64, 8192), (8192, 64), (8192, 8192), (100, 300), (320, 180), (480, 480), (1280, 800), (1920, 480),
         (1080, 1920), (302, 227)]
LONG = "Optimal transport pairs each source point with the target point that makes the whole journey shortest. " * 2
DECORS = [Decor(), Decor("Title"), Decor("", "Caption"), Decor(LONG, LONG), Decor("T" * 300, "C" * 300),
          Decor("Title", "One\nTwo", has_axes=True), Decor("Title", "Caption", False, True),
          Decor(has_text=False), Decor(LONG, LONG, True, True, "white"),
          Decor("Title", has_heads_inside=True)]
SHARES = [0.0, 1e-6, 0.01, 0.04, 0.1, 1.0, 50.0]


def check(layout: StageLayout) -> None:
    """Assert that all parts are inside the picture and no two of them overlap."""
    beside, below = layout.axes or (0, 0)
    parts = [(box.x - beside, box.y - above, beside + box.width, above + box.height + below)
             for box in layout.panes for above in [box.header - layout.inside]]
    if layout.footer is not None:
        parts.append(layout.footer)
    parts += [(block.x, block.y, block.width, block.height) for block in (layout.title, layout.caption) if block]
    if layout.names:
        parts += [(box.x - beside - layout.names, box.y, layout.names, box.height) for box in layout.panes
                  if box.x == layout.panes[0].x]
    for x, y, width, height in parts:
        assert x >= 0
        assert y >= 0
        assert x + width <= layout.width
        assert y + height <= layout.height
    for k, (x, y, width, height) in enumerate(parts):
        for u, v, other_width, other_height in parts[:k]:
            assert x >= u + other_width or u >= x + width or y >= v + other_height or v >= y + height
    assert len({(box.width, box.height) for box in layout.panes}) == 1


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("size", SIZES)
def test_nothing_overlaps_or_leaves_the_picture(size: tuple[int, int], share: float) -> None:
    for decor in DECORS:
        dressed = replace(decor, text_share=share)
        for panes in (1, 2, 3, 4):
            for shape in (0.4, 1.0, 3.0):
                check(stage_layout(*size, panes, dressed, shape))
        for rows, columns, titled in ((1, 5, (0,)), (2, 5, (0,)), (2, 2, (0, 1)), (1, 1, ())):
            if min(size[0] / columns, size[1] / rows) >= 24:
                check(sheet_layout(*size, rows, columns, titled, True, True, dressed))


def test_without_decor_nothing_surrounds_the_panes() -> None:
    layout = stage_layout(1280, 800, 2)
    assert layout == stage_layout(1280, 800, 2, Decor())
    assert layout.title is layout.caption is layout.axes is None


def test_title_stands_above_and_caption_below_everything() -> None:
    layout = stage_layout(1280, 800, 2, Decor("Title", LONG, has_axes=True))
    assert layout.title is not None
    assert layout.caption is not None
    assert layout.footer is not None
    assert layout.title.y + layout.title.height <= min(box.y - box.header for box in layout.panes)
    assert layout.caption.y >= layout.footer[1] + layout.footer[3]
    assert layout.title.x == layout.caption.x == layout.panes[0].x
    assert " ".join(layout.caption.lines) == LONG.strip()
    right = layout.panes[-1].right
    assert layout.caption.x + layout.caption.width <= right


def test_a_text_that_is_far_too_long_ends_in_an_ellipsis() -> None:
    layout = stage_layout(240, 180, 1, Decor(caption=3 * LONG))
    assert layout.caption is not None
    assert layout.caption.lines[-1].endswith("…")


@pytest.mark.parametrize("size", [(640, 640), (800, 400), (400, 800)])
def test_without_text_the_panes_fill_the_picture(size: tuple[int, int]) -> None:
    layout = stage_layout(*size, 1, Decor(has_text=False))
    assert (layout.panes[0].width, layout.panes[0].height) == size
    assert layout.footer is None


def test_the_asked_size_of_text_is_kept() -> None:
    for share in (0.02, 0.04, 0.08):
        assert stage_layout(1920, 1080, 1, Decor(text_share=share)).text_px == round(share * 1080)


def drawn(decor: Decor, theme: str = "dark", style=EVERYTHING, size: tuple[int, int] = (480, 320)) -> QImage:
    shown = canvas(style, theme=load_theme(theme))
    shown.set_decor(decor)
    return shown.to_image(*size)


def test_each_part_of_the_decor_is_seen() -> None:
    plain = array(drawn(Decor()))
    pictures = [plain] + [array(drawn(decor)) for decor in (
        Decor("Title"), Decor(caption="Caption"), Decor(has_text=False), Decor(has_axes=True),
        Decor(background="white"), Decor(text_share=0.05))]
    for k, one in enumerate(pictures):
        assert all(not np.array_equal(one, other) for other in pictures[:k])
    back = canvas(EVERYTHING)
    back.set_decor(Decor("Title"))
    back.to_image(480, 320)
    back.set_decor(Decor())
    assert np.array_equal(array(back.to_image(480, 320)), plain)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("name", VIEWS)
def test_white_is_white_and_what_is_on_it_dark(name: str, theme: str) -> None:
    picture = array(drawn(Decor("Title", "Caption", has_axes=True, background="white"), theme, view(name)))
    assert (picture[0] == 255).all()
    assert (picture[-1] == 255).all()
    layout = stage_layout(480, 320, 1, Decor("Title", "Caption", has_axes=True, background="white"))
    box = layout.panes[0]
    assert (picture[box.y + 3, box.x + 4] == 255).all() or name in ("magnitude", "field", "streamlines", "warp")
    assert layout.title is not None
    title = picture[layout.title.y:layout.title.y + layout.title.height]
    assert title.min() < 60


@pytest.mark.parametrize("name", VIEWS)
def test_a_transparent_ground_is_nothing_at_all(name: str) -> None:
    image = drawn(Decor("Title", background="transparent"), style=view(name))
    assert image.format() == QImage.Format.Format_ARGB32_Premultiplied
    alpha = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(320, 480, 4)[..., 3]
    assert alpha[0, 0] == alpha[0, -1] == alpha[-1, 0] == alpha[-1, -1] == 0
    box = stage_layout(480, 320, 1, Decor("Title", background="transparent")).panes[0]
    for row in (box.y, box.bottom - 1):
        for column in (box.x, box.right - 1):
            assert alpha[row, column] == 0
    if name not in ("magnitude", "field"):
        assert (alpha == 0).mean() > 0.5
    assert alpha.max() == 255


def test_an_opaque_picture_is_opaque() -> None:
    for background in ("theme", "white"):
        assert drawn(Decor(background=background)).format() == QImage.Format.Format_RGB32


def test_ticks_stand_where_the_world_says() -> None:
    decor = Decor(has_text=False, has_axes=True, background="white")
    picture = array(drawn(decor, "light", view("pairs"), (700, 700)))
    layout = stage_layout(700, 700, 1, decor)
    box = layout.panes[0]
    line = (picture[box.bottom + 2, box.x:box.right] < 200).all(axis=1)
    places = [k for k in range(1, box.width) if line[k] and not line[k - 1]]
    scale = box.height / 12
    values = [(place - box.width / 2) / scale + 0.5 for place in places]
    assert len(values) >= 4
    steps = np.diff(values)
    assert steps == pytest.approx(np.full(len(steps), steps[0]), abs=2.5 / scale)
    assert all(abs(value - round(value)) < 1.5 / scale or abs(2 * value - round(2 * value)) < 3 / scale
               for value in values)


def test_larger_scales_are_the_same_picture_sharper() -> None:
    for name in VIEWS:
        shown = canvas(view(name), count=2)
        one = array(shown.to_image(600, 360)).astype(float)
        two = shown.to_image(600, 360, 2)
        assert (two.width(), two.height()) == (1200, 720)
        half = array(two).astype(float).reshape(360, 2, 600, 2, 3).mean(axis=(1, 3))
        assert np.abs(half - one).mean() < 4.0
        assert np.array_equal(array(shown.to_image(600, 360)).astype(float), one)


def test_the_text_on_any_ground_differs_from_it() -> None:
    for theme in ("dark", "light"):
        for background in ("theme", "white"):
            ground = QColor(load_theme(theme).stage) if background == "theme" else QColor("white")
            picture = array(drawn(Decor("Title", background=background), theme)).astype(int)
            far = np.abs(picture - np.array(ground.getRgb()[:3])).max(axis=2)
            layout = stage_layout(480, 320, 1, Decor("Title", background=background))
            assert layout.title is not None
            assert far[layout.title.y:layout.title.y + layout.title.height].max() > 150


@pytest.mark.parametrize("key", ["slide", "slide-gif", "web-slide"])
def test_two_panes_fill_a_slide_and_what_they_show_is_below_their_headings(key: str) -> None:
    spec = PRESETS[key].applied(ExportSpec(), 2)
    for shape in (0.7, 1.0, 1.5):
        layout = stage_layout(spec.width, spec.height, 2, spec.decor, shape)
        area = spec.width * spec.height
        assert sum(box.width * box.height for box in layout.panes) >= 0.85 * area
        assert layout.text_px >= 0.044 * spec.height - 0.5
        assert layout.small_px >= 0.033 * spec.height - 0.5
        pane, box = layout.panes[0], Box(1.0, 2.0, shape, 1.0)
        mapping = mapping_of(box, pane.width, pane.height, layout.inside)
        left, top = mapping.to_pixels(np.array([box.left, box.top])).tolist()
        right, bottom = mapping.to_pixels(np.array([box.right, box.bottom])).tolist()
        assert top >= 0.8 * layout.inside - 1 > 0
        assert -1 <= left < right <= pane.width + 1
        assert bottom <= pane.height + 1


def test_what_a_camera_looks_at_is_below_the_headings_too() -> None:
    spec, camera = PRESETS["slide"].applied(ExportSpec(), 2), Camera(1.0, 2.0, 3.0)
    shown = canvas(replace(view("field"), camera=camera), count=2)
    shown.set_decor(spec.decor)
    layout = shown.sheet.layout(spec.width, spec.height)
    box = camera.box
    for pane in (0, 1):
        _, top = shown.sheet.mapping(layout, pane).to_pixels(np.array([box.left, box.top])).tolist()
        assert top >= 0.8 * layout.inside - 1 > 0


def test_headings_in_panes_are_over_the_picture() -> None:
    spec = PRESETS["slide"].applied(ExportSpec(), 2)
    shown = canvas(view("field"), count=2)
    shown.set_decor(spec.decor)
    picture = array(shown.to_image(spec.width, spec.height)).astype(int)
    layout = shown.sheet.layout(spec.width, spec.height)
    text = QColor(load_theme("dark").text)
    ink = np.array([text.red(), text.green(), text.blue()])
    for box in layout.panes:
        head = picture[box.y:box.y + layout.inside, box.x:box.right]
        assert (np.abs(head - ink).max(axis=2) < 30).sum() > 200
