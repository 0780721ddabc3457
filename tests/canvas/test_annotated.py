"""Annotations in pictures: where they lie, that they are seen in both themes, alike on stage and in files."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pictures import EXTENT, array, bare, canvas, frames, lanes, only
from sights import contrast

from fmviz.canvas.annotated import Grip
from fmviz.canvas.canvas import FlowCanvas
from fmviz.canvas.colours import rgb
from fmviz.canvas.layer import Picture
from fmviz.canvas.marks import MARK_TYPES
from fmviz.canvas.pane import Pane
from fmviz.core.annotations import INKS, KINDS, Annotation
from fmviz.core.camera import Camera
from fmviz.core.export_spec import Decor, ExportSpec
from fmviz.core.film import Film
from fmviz.core.style import Style
from fmviz.core.theme import load_theme
from fmviz.film.painter import FilmPainter
from fmviz.film.stills import still_bytes

SIZE = 600
CENTRE = np.array([EXTENT.cx, EXTENT.cy])
WITHOUT_TIME = replace(bare("target"), view="trajectories")


def made(kind: str, **values: object) -> Annotation:
    """Return an annotation of a kind around the middle of the picture."""
    row = KINDS[kind]
    at = [tuple(map(float, CENTRE + offset)) for offset in ((-2, -1), (1.5, 1), (3, -3))][:row.fewest]
    return replace(Annotation(kind, tuple(at), "Here" if row.has_text else "", factor=2.0 if row.has_factor else 1.0),
                   **values)


def shown(*annotations: Annotation, theme: str = "dark", camera: Camera | None = None,
          style: Style = WITHOUT_TIME) -> FlowCanvas:
    """Return a canvas that shows the flow and some annotations."""
    result = canvas(replace(style, annotations=annotations, camera=camera), theme=load_theme(theme))
    result.resize(SIZE, SIZE)
    return result


def differing(one: FlowCanvas, other: FlowCanvas) -> np.ndarray:
    """Return which pixels of two canvases differ, (H, W)."""
    a, b = (array(each.to_image(SIZE, SIZE)) for each in (one, other))
    return np.asarray((a != b).any(axis=2))


def test_every_kind_has_a_class() -> None:
    assert set(MARK_TYPES) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_it_lies_at_its_places(kind: str) -> None:
    annotation = made(kind)
    board = shown(annotation)
    rows, columns = np.nonzero(differing(board, shown()))
    at = [board.position_of(place) for place in annotation.places]
    assert len(rows) > 50
    assert columns.min() - 60 <= min(point.x() for point in at) <= max(point.x() for point in at) <= columns.max() + 60
    assert rows.min() - 60 <= min(point.y() for point in at) <= max(point.y() for point in at) <= rows.max() + 60


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("ink", INKS)
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "inset"])
def test_it_stands_out_from_the_pane_by_3_to_1(kind: str, ink: str, theme: str) -> None:
    board = FlowCanvas(load_theme(theme))
    board.set_decor(Decor(has_text=False))
    board.set_fit(EXTENT.box)
    board.show_frames([only(t=0.5)])
    board.set_style(replace(bare("source"), annotations=(made(kind, ink=ink),)))
    found = contrast(array(board.to_image(SIZE, SIZE))[8:-8, 8:-8], rgb(load_theme(theme).pane))
    assert np.sort(found.ravel())[-100:].min() >= 3.0


@pytest.mark.parametrize("kind", KINDS)
def test_the_camera_keeps_it_at_its_place(kind: str) -> None:
    annotation = made(kind)
    for camera in (Camera(EXTENT.cx, EXTENT.cy, 6.0), Camera(EXTENT.cx + 1, EXTENT.cy - 1, 9.0)):
        board = shown(annotation, camera=camera)
        board.to_image(SIZE, SIZE)
        grip = board.grip_at(_touched(annotation))
        assert grip is not None
        assert grip.index == 0


def _touched(annotation: Annotation) -> tuple[float, float]:
    """Return a place where its line or words lie."""
    (x0, y0), *rest = annotation.places
    if not rest:
        return x0, y0
    x1, y1 = rest[0]
    if annotation.kind in ("ring", "inset"):
        return (x0 + x1) / 2, y0
    return (x0, y0) if annotation.kind == "bracket" else ((x0 + x1) / 2, (y0 + y1) / 2)


def test_it_is_seen_in_its_time_only() -> None:
    some = made("ring", t0=0.0, t1=0.4)
    late, early = (canvas(replace(WITHOUT_TIME, annotations=(some,)), t) for t in (0.5, 0.3))
    assert not differing(late, canvas(WITHOUT_TIME, 0.5)).any()
    assert differing(early, canvas(WITHOUT_TIME, 0.3)).any()


def test_all_panes_have_it() -> None:
    style = replace(WITHOUT_TIME, annotations=(made("ring"),))
    two, bare_two = canvas(style, count=2), canvas(WITHOUT_TIME, count=2)
    changed = differing(two, bare_two)
    two.resize(SIZE, SIZE)
    for pane in range(2):
        rect = two.pane_rect(pane).toRect()
        assert changed[rect.top():rect.bottom(), rect.left():rect.right()].sum() > 50


def film_of(style: Style, **values: object) -> Film:
    return Film(((lanes()[0],),), style, ExportSpec(SIZE, SIZE, theme="dark", **values))


@pytest.mark.parametrize("kind", KINDS)
def test_exported_pixels_are_the_stages(kind: str) -> None:
    style = replace(Style().with_view("story"), annotations=(made(kind),))
    film = film_of(style, format="png", at=0.5)
    board = FlowCanvas(load_theme("dark"))
    board.set_style(style)
    board.set_limits(FilmPainter(film)._limits)
    board.set_fit(FilmPainter(film)._fit)
    board.show_frames(frames(style, 0.5))
    assert np.array_equal(array(FilmPainter(film).image(film.shots[0])), array(board.to_image(SIZE, SIZE)))


@pytest.mark.parametrize("ending", ["svg", "pdf"])
@pytest.mark.parametrize("kind", KINDS)
def test_vector_files_keep_words_and_shapes(kind: str, ending: str) -> None:
    style = replace(WITHOUT_TIME, annotations=(made(kind),))
    data = still_bytes(film_of(style, format=ending, at=0.5))
    bare_data = still_bytes(film_of(WITHOUT_TIME, format=ending, at=0.5))
    assert len(data) > len(bare_data)
    if ending == "svg":
        assert (b">Here<" in data) is KINDS[kind].has_text
        assert b"<image" not in data


def test_words_may_hold_formulas() -> None:
    plain, formula = (shown(made("text", text=text)) for text in ("x t", "$x_t$"))
    assert differing(plain, formula).any()
    style = replace(WITHOUT_TIME, annotations=(made("arrow", text="speed $u_t$ here"),))
    data = still_bytes(film_of(style, format="svg", at=0.5))
    assert b"speed" in data
    assert b"$" not in data


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_an_inset_shows_its_place_magnified(theme: str) -> None:
    # One lone dot of the cloud: in the inset it lies as far from the middle as it does from the place's, times 3.
    spot = CENTRE + (0.5, 0.25)
    frame = replace(only(t=0.5), target=np.array([spot], dtype=np.float32))
    centre, half = CENTRE + (0.25, 0.0), 1.0
    inset = Annotation("inset", (tuple(centre - half), tuple(centre + half), tuple(CENTRE + (-2.5, -2.5))), factor=2.0)
    board = FlowCanvas(load_theme(theme))
    board.set_decor(Decor(has_text=False))
    board.set_fit(EXTENT.box)
    board.show_frames([frame])
    pictures = []
    for some in ((inset,), ()):
        board.set_style(replace(bare("target"), annotations=some))
        pictures.append(array(board.to_image(SIZE, SIZE)).astype(int))
    board.resize(SIZE, SIZE)
    wanted = board.position_of(tuple(CENTRE + (-2.5, -2.5) + 2 * (spot - centre)))
    x, y = round(wanted.x()), round(wanted.y())
    found = contrast(pictures[0].astype(np.uint8), rgb(load_theme(theme).pane))
    assert found[y - 1:y + 2, x - 1:x + 2].max() >= 3.0
    assert found[y - 1:y + 2, x + 12:x + 15].max() < 1.5


def test_an_inset_does_not_change_the_rest_of_the_picture() -> None:
    inset = made("inset")
    changed = differing(shown(inset, style=Style().with_view("density")), shown(style=Style().with_view("density")))
    assert 0.01 < changed.mean() < 0.5


def test_an_inset_is_drawn_no_larger_than_the_pane_that_it_lies_in(monkeypatch: pytest.MonkeyPatch) -> None:
    inset = replace(made("inset"), factor=20.0)
    sizes: list[tuple[int, int]] = []
    draws = Pane.update

    def update(pane: Pane, picture: Picture, *until: float) -> bool:
        sizes.append((picture.mapping.width, picture.mapping.height))
        return draws(pane, picture, *until)

    monkeypatch.setattr(Pane, "update", update)
    corner, beside = inset.places[0], inset.places[2]
    # Near the place all of the pane is inset; far from both only a line between them is seen, and no inset.
    for centre, panes in ((beside, 2), ((corner[0] - 40, corner[1]), 1)):
        shown(inset, camera=Camera(*centre, 1.0)).to_image(SIZE, SIZE)
        assert len(sizes) == panes
        assert max(map(max, sizes)) <= SIZE
        sizes.clear()


def test_an_inset_that_the_pane_cuts_shows_the_same_there() -> None:
    spot = CENTRE + (0.5, 0.25)
    centre, middle = CENTRE + (0.25, 0.0), CENTRE + (-2.5, -2.5)
    inset = Annotation("inset", (tuple(centre - 1), tuple(centre + 1), tuple(middle)), factor=2.0)
    wanted = middle + 2 * (spot - centre)
    # The camera looks at the dot in the inset, whose left and lower edges it does not show.
    for offset in ((0.0, 0.0), (0.6, -0.4)):
        board = FlowCanvas(load_theme("dark"))
        board.set_decor(Decor(has_text=False))
        board.set_fit(EXTENT.box)
        board.show_frames([replace(only(t=0.5), target=np.array([spot], dtype=np.float32))])
        board.set_style(replace(bare("target"), annotations=(inset,), camera=Camera(*(wanted + offset), 3.0)))
        found = contrast(array(board.to_image(SIZE, SIZE)), rgb(load_theme("dark").pane))
        board.resize(SIZE, SIZE)
        at = board.position_of(tuple(wanted))
        x, y = round(at.x()), round(at.y())
        assert found[y - 1:y + 2, x - 1:x + 2].max() >= 3.0
        assert found[y - 1:y + 2, x + 12:x + 15].max() < 1.5


def test_a_mouse_takes_the_uppermost_and_the_handles_of_a_selected_one() -> None:
    arrow, ring = made("arrow"), made("ring")
    board = shown(ring, arrow)
    board.to_image(SIZE, SIZE)
    assert board.grip_at(_touched(arrow)) == Grip(1)
    assert board.grip_at(arrow.places[1], selected=1) == Grip(1, (1,))
    assert board.grip_at(ring.places[0], selected=0) == Grip(0, (0,))
    assert board.grip_at(tuple(CENTRE + (-4, 4))) is None


def test_the_selected_ones_frame_is_in_no_picture() -> None:
    board = shown(made("arrow"))
    before = array(board.to_image(SIZE, SIZE))
    board.set_selected(0)
    assert np.array_equal(array(board.to_image(SIZE, SIZE)), before)
    assert not np.array_equal(array(board.grab().toImage()), array(shown(made("arrow")).grab().toImage()))
