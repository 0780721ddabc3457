"""The canvas as a whole: the same pixels on screen and off, every layer seen, nothing lost over many paints."""

import gc
import sys
import weakref
from dataclasses import replace

import numpy as np
import pytest
from pictures import DARK, EVERYTHING, array, bare, canvas, colours_in, frames, lanes, view
from PySide6.QtCore import QPoint
from PySide6.QtGui import QPainter

from fmviz.canvas.canvas import EditPicture, FlowCanvas
from fmviz.canvas.composer import Composer, Sheet, stage_sheet
from fmviz.canvas.geometry import stage_layout
from fmviz.canvas.layer import new_paper, painting_on
from fmviz.core.cloud import Classes, Labels
from fmviz.core.export_spec import Decor, ExportSpec
from fmviz.core.film import Shot, film_of
from fmviz.core.frames import Frame, still_frame
from fmviz.core.lanes import LaneMark, usual_mark
from fmviz.core.layers import LAYERS
from fmviz.core.limits import Limits
from fmviz.core.probe import Acting, Probe
from fmviz.core.style import VIEWS, Style
from fmviz.core.theme import load_theme
from fmviz.film.painter import FilmPainter
from fmviz.flow.semidiscrete import with_borders


@pytest.mark.parametrize("name", [*VIEWS, "everything"])
@pytest.mark.parametrize("count", [1, 2])
def test_window_image_and_export_are_equal(qtbot, name: str, count: int) -> None:
    style = EVERYTHING if name == "everything" else view(name)
    shown = canvas(style, 0.3, count)
    qtbot.addWidget(shown)
    shown.resize(620, 410)
    with qtbot.waitExposed(shown):
        shown.show()
    window = array(shown.grab().toImage())
    assert window.shape == (410, 620, 3)
    assert np.array_equal(window, array(canvas(style, 0.3, count).to_image(620, 410)))
    spec = ExportSpec(620, 410, layout="full")
    exported = FilmPainter(film_of(lanes()[:count], style, spec)).image(Shot(0, 0.3, 0.3))
    assert np.array_equal(window, array(exported))


def test_a_canvas_goes_with_its_last_name(qapp) -> None:
    gc.disable()  # which may run in any thread, where no widget may be destroyed
    try:
        made = canvas(EVERYTHING)
        made.to_image(100, 100)
        remains = weakref.ref(made)
        del made
        assert remains() is None
    finally:
        gc.enable()


def test_an_image_of_another_size_leaves_the_window_as_it_is(qtbot) -> None:
    shown = canvas(EVERYTHING)
    qtbot.addWidget(shown)
    shown.resize(500, 500)
    with qtbot.waitExposed(shown):
        shown.show()
    before = array(shown.grab().toImage())
    shown.to_image(300, 200)
    assert np.array_equal(before, array(shown.grab().toImage()))


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_is_seen_inside_the_pane_only(layer: str, theme: str) -> None:
    others = ("particles",) if layer == "pairs" else ()  # pairs alone would take t out of the heading
    count = 2 if LAYERS[layer].compares else 1
    with_layer = canvas(bare(layer, *others), count=count, theme=load_theme(theme))
    with_layer.resize(400, 400)
    plain = canvas(bare(*others), count=count, theme=load_theme(theme))
    if layer == "cells":  # which the coupling of these flows has none of
        frame = frames(view("pairs"))[0]
        sites = frame.target.astype(np.float64)
        cells = with_borders(sites, sites, np.zeros(len(sites)))
        for shown in (with_layer, plain):
            shown.show_frames([replace(frame, pairs=replace(frame.pairs, cells=cells))])
    if layer == "conditionals":  # which the field of these flows does not tell
        acting = Acting(np.array([[1.0, 2.0], [2.0, 0.0]]), np.array([0.6, 0.3]))
        probe = Probe((0.0, 0.0), np.ones(2), 0.1, target=acting, conditional=np.array([[15.0, 9.0], [18.0, -12.0]]))
        for shown in (with_layer, plain):
            shown.show_frames([replace(frames(bare())[0], probe=probe)])
    without = array(plain.to_image(400, 400))
    changed = (array(with_layer.to_image(400, 400)) != without).any(axis=2)
    box = with_layer.pane_rect(count - 1).toRect()
    inside = changed[box.top():box.bottom() + 1, box.left():box.right() + 1]
    assert inside.sum() > 200
    changed[box.top():box.bottom() + 1, box.left():box.right() + 1] = False
    # Only the legend below may say more.
    assert not changed[:max(0, box.top() - 25)].any()
    assert not changed[:box.bottom(), :box.left()].any()


def test_the_ground_is_the_theme(qtbot) -> None:
    for name in ("dark", "light"):
        theme = load_theme(name)
        picture = array(canvas(bare("particles"), theme=theme).to_image(400, 400))
        corner = picture[0, 0]
        assert "#" + bytes(corner.tolist()).hex() == theme.stage
        colours, counts = np.unique(picture.reshape(-1, 3), axis=0, return_counts=True)
        assert "#" + bytes(colours[counts.argmax()].tolist()).hex() == theme.pane


def test_t_moves_the_picture_and_the_same_t_repeats_it() -> None:
    one = canvas(view("trajectories"), 0.2)
    first = array(one.to_image(300, 300))
    one.show_frames(frames(view("trajectories"), 0.8))
    second = array(one.to_image(300, 300))
    one.show_frames(frames(view("trajectories"), 0.2))
    assert not np.array_equal(first, second)
    assert np.array_equal(first, array(one.to_image(300, 300)))


def test_the_still_layers_follow_new_dots() -> None:
    style = bare("source", "target", "pairs")
    shown = canvas(style)
    before = array(shown.to_image(300, 300))
    frame = frames(style)[0]
    shown.show_frames([replace(frame, source=frame.source + 1.0)])
    after = array(shown.to_image(300, 300))
    assert not np.array_equal(before, after)
    fresh = FlowCanvas(DARK)
    fresh.set_style(style)
    fresh.show_frames([replace(frame, source=frame.source + 1.0)])
    fresh.set_limits(shown.sheet.contents[0].limits)
    assert np.array_equal(after, array(fresh.to_image(300, 300)))


def test_lanes_have_their_own_letters_titles_and_colours() -> None:
    shown, one = canvas(view("pairs"), count=2), frames(view("pairs"), count=2)
    seen = set()
    for mark in (one[0].mark, LaneMark(2, "Random coupling", 0), LaneMark(0, "Baseline", 0),
                 LaneMark(0, "Random coupling", 3)):
        shown.show_frames([replace(one[0], mark=mark), one[1]])
        seen.add(array(shown.to_image(800, 420)).tobytes())
    assert len(seen) == 4


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("size", [(1200, 500), (500, 1200), (600, 600)])
def test_every_lane_has_a_pane_of_its_own(count: int, size: tuple[int, int]) -> None:
    layout = stage_layout(*size, count)
    assert len(layout.panes) == count
    assert len({(box.x, box.y) for box in layout.panes}) == count
    shown, (frame,) = canvas(view("trajectories")), frames(view("trajectories"))
    shown.set_panes(count)
    shown.show_frames([replace(frame, mark=LaneMark(lane, f"Width {lane}", lane)) for lane in range(count)])
    picture = array(shown.to_image(*size))
    for box in layout.panes:
        assert len(colours_in(picture[box.y:box.y + box.height, box.x:box.x + box.width])) > 10


def test_clouds_alone_and_nothing_at_all_can_be_shown() -> None:
    shown = FlowCanvas(DARK)
    empty = array(shown.to_image(300, 300))
    one = lanes()[0]
    shown.set_style(EVERYTHING)
    shown.show_frames([still_frame(one.extent, one.source, one.target, usual_mark(0, "random"), None, EVERYTHING)])
    assert not np.array_equal(empty, array(shown.to_image(300, 300)))


@pytest.mark.parametrize("size", [(64, 64), (65, 200), (200, 65), (333, 217), (1000, 80)])
def test_any_size_can_be_drawn(size: tuple[int, int]) -> None:
    image = canvas(EVERYTHING, count=2).to_image(*size)
    assert (image.width(), image.height()) == size
    assert len(colours_in(array(image))) > 10


def test_drawing_hides_the_flow_and_shows_the_cloud_and_its_ghost() -> None:
    rng = np.random.default_rng(0)
    points, ghost = (rng.normal(0, 1, (60, 2)).astype(np.float32) for _ in range(2))
    shown = canvas(EVERYTHING, count=2)
    shown.set_edit(EditPicture(points, ghost, "source"))
    drawn = array(shown.to_image(500, 500))
    shown.set_style(bare())
    assert np.array_equal(drawn, array(shown.to_image(500, 500)))
    shown.set_edit(EditPicture(points[:0], ghost, "source"))
    only_ghost = array(shown.to_image(500, 500))
    shown.set_edit(EditPicture(points[:0], ghost[:0], "source"))
    nothing = array(shown.to_image(500, 500))
    solid = (drawn != only_ghost).any(axis=2).sum()
    faint = np.abs(only_ghost.astype(int) - nothing).sum() / np.abs(drawn.astype(int) - only_ghost).sum()
    assert solid > 200
    assert 0 < faint < 0.6
    shown.set_edit(None)
    shown.set_style(EVERYTHING)
    assert np.array_equal(array(shown.to_image(500, 500)), array(canvas(EVERYTHING, count=2).to_image(500, 500)))


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_brush_has_its_true_size_on_both_themes(theme: str) -> None:
    shown = canvas(bare(), theme=load_theme(theme))
    shown.resize(600, 600)
    none = np.zeros((0, 2), dtype=np.float32)
    shown.set_edit(EditPicture(none, none, "target"))
    before = array(shown.to_image(600, 600)).astype(int)
    shown.set_brush((1.0, -1.0, 2.0))
    change = np.abs(array(shown.to_image(600, 600)).astype(int) - before).max(axis=2)
    rows, columns = np.nonzero(change > 100)
    radius = 2.0 * shown.pixels_per_unit()
    assert columns.max() - columns.min() == pytest.approx(2 * radius, abs=2.5)
    assert rows.max() - rows.min() == pytest.approx(2 * radius, abs=2.5)
    shown.set_brush(None)
    assert np.array_equal(array(shown.to_image(600, 600)).astype(int), before)


def test_many_points_are_drawn_as_many_as_few() -> None:
    rng = np.random.default_rng(1)
    none = np.zeros((0, 2), dtype=np.float32)
    shown = canvas(bare())
    covered = []
    for count in (9_000, 200_000):
        points = rng.uniform(-1, 1, (count, 2)).astype(np.float32)
        shown.set_edit(EditPicture(points, none, "source"))
        picture = array(shown.to_image(500, 500)).astype(int)
        covered.append((np.abs(picture - picture[250, 30]).max(axis=2) > 20)[100:400, 100:400].mean())
    assert covered[1] == pytest.approx(covered[0], abs=0.05)


def test_hundreds_of_paints_leave_no_trace(qtbot) -> None:
    shown = canvas(view("trajectories"))
    shown.resize(160, 160)
    several = {style: [frames(style, t) for t in (0.1, 0.4, 0.7)] for style in (view("trajectories"), EVERYTHING)}
    paper = shown.grab()

    def paint(style: Style, times: int) -> None:
        shown.set_style(style)
        for k in range(times):
            shown.show_frames(several[style][k % 3])
            painter = QPainter(paper)
            shown.render(painter, QPoint())
            painter.end()

    # All layers at once take 60 ms.
    for style, times in ((view("trajectories"), 400), (EVERYTHING, 60)):
        paint(style, 40)
        gc.collect()
        before = sys.getrefcount(None), len(gc.get_objects())
        paint(style, times)
        shown.to_image(160, 160)
        gc.collect()
        if sys.version_info < (3, 12):  # later on None is immortal, and its count says nothing
            assert abs(sys.getrefcount(None) - before[0]) < times / 2
        assert abs(len(gc.get_objects()) - before[1]) < times / 2


def test_it_says_what_it_is(qtbot) -> None:
    shown = canvas(view("trajectories"))
    assert shown.accessibleName() == "Stage"
    assert shown.accessibleDescription()


@pytest.mark.qt_log_ignore("Painter ended with", extend=True)
def test_a_layer_that_fails_ends_the_painting_and_not_the_process(qapp, monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    made = canvas(EVERYTHING)
    whole = array(made.to_image(200, 200))
    monkeypatch.setattr("fmviz.canvas.layers.particles.ParticleLayer.paint", broken)
    for size in (200, 210):
        with pytest.raises(ZeroDivisionError):
            made.to_image(size, size)
    monkeypatch.undo()
    assert np.array_equal(array(made.to_image(200, 200)), whole)


def test_what_stands_still_may_come_and_go() -> None:
    """Pairs, labels and paths come after the first picture; each picture is that of a fresh pane."""
    style = replace(bare("target", "pairs", "rings", "paths"), colour_by="class")
    (full,) = frames(style)
    labels = Labels(np.zeros(len(full.target), dtype=np.int16), ("a",))
    wanted = [replace(full, pairs=None, paths=None), full, replace(full, classes=Classes(target=labels)),
              replace(full, pairs=None)]
    kept = FlowCanvas(DARK)
    for frame in (*wanted, *reversed(wanted)):
        fresh = FlowCanvas(DARK)
        for shown in (kept, fresh):
            shown.set_style(style)
            shown.show_frames([frame])
        assert np.array_equal(array(kept.to_image(300, 300)), array(fresh.to_image(300, 300)))


def test_while_it_moves_new_ways_come_in_some_frames_and_nothing_else_waits() -> None:
    """Painting in haste shows what one without haste shows, either of the flow before or, in the end, of this one."""
    style = replace(bare("target", "rings", "paths", "outline"), colour_by="class")
    (one,) = frames(style)
    assert one.paths is not None
    other = replace(one, target=one.target.copy(), paths=replace(one.paths, x=one.paths.x + 0.3))
    moved = replace(other, target=other.target + 1)

    def hasty(composer: Composer, frame: Frame) -> np.ndarray:
        image = new_paper(300, 300, is_clear=False)
        with painting_on(image) as painter:
            composer.paint(painter, sheet_of(frame), 300, 300, 1.0, still_s=1e-9)
        return array(image)

    def sheet_of(frame: Frame) -> Sheet:
        return stage_sheet([frame], style, Limits(), DARK, Decor(), 1)

    before, after, elsewhere = (array(Composer().image(sheet_of(frame), 300, 300)) for frame in (one, other, moved))
    composer, n_hasty = Composer(), 0
    assert np.array_equal(hasty(composer, one), before), "there is nothing else to show"
    while True:
        shown = hasty(composer, other)
        if composer.is_complete:
            break
        n_hasty += 1
        assert np.array_equal(shown, before)
    assert n_hasty > 0
    assert np.array_equal(shown, after)
    assert not np.array_equal(before, after)
    hasty(composer, one)
    assert np.array_equal(hasty(composer, moved), elsewhere), "old ways are not drawn over new clouds"
    hasty(composer, replace(moved, paths=one.paths))
    assert np.array_equal(array(composer.image(sheet_of(one), 300, 300)), before)
