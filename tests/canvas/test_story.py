"""The story of a picture: whole ways that stand still, particles to follow, the target's outline, names, t as a bar."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from pictures import DARK, array
from PySide6.QtCore import QPointF, QRectF

from fmviz.canvas.composer import Composer, stage_sheet
from fmviz.canvas.layer import look_of
from fmviz.canvas.layers.clouds import outline_of
from fmviz.canvas.layers.followed import FollowedLayer
from fmviz.canvas.layers.names import NameLayer
from fmviz.canvas.marks import shape_in
from fmviz.canvas.pane import Pane
from fmviz.canvas.primitives import polyline
from fmviz.core.annotations import Annotation
from fmviz.core.carried import Carried
from fmviz.core.export_spec import Decor
from fmviz.core.fit import box_of_flows
from fmviz.core.frames import FlowSnapshot, Frame, frame_at
from fmviz.core.layers import LAYERS
from fmviz.core.limits import limits_of
from fmviz.core.options import options_of
from fmviz.core.picking import REACH_PX, hit_start
from fmviz.core.resources import resource_path
from fmviz.core.style import Style
from fmviz.files.project_file import load_project

STORY = Style().with_view("story")
TIMES = (0.0, 0.3, 0.77, 1.0)
SIZE = (900, 700)


@pytest.fixture(scope="module")
def flows() -> tuple[FlowSnapshot, ...]:
    lanes = load_project(resource_path("examples/first.fmviz")).learned
    return tuple(lane.snapshot for lane in lanes if lane.snapshot is not None)


def picture_of(frame: Frame, size: tuple[int, int] = SIZE, style: Style = STORY) -> tuple[object, object]:
    """Return what layers draw a frame from, and the frame's pane."""
    sheet = stage_sheet([frame], style, limits_of([], style), DARK, Decor(), 1)
    layout = sheet.layout(*size)
    return look_of(DARK, "theme").picture(frame, style, limits_of([], style), sheet.mapping(layout),
                                              layout.text_px), layout.panes[0]


def test_whole_ways_are_those_of_the_particles_and_the_same_at_every_t(flows: tuple[FlowSnapshot, ...]) -> None:
    for flow in flows:
        shown = [frame_at(flow, t, STORY) for t in TIMES]
        paths = shown[0].paths
        assert all(frame.paths is paths for frame in shown)
        assert (paths.t[0], paths.t[-1], paths.x.shape[1]) == (0.0, 1.0, STORY.paths)
        for frame, index in ((shown[0], 0), (shown[-1], -1)):
            assert np.allclose(paths.x[index], frame.x)
        assert shown[0].followed.carried is shown[-1].followed.carried
        assert len(shown[0].followed.starts) == STORY.follow
        assert set(shown[0].followed.starts) <= set(map(tuple, shown[0].origin.tolist()))
    # The lanes begin with the same particles, so the same ones are followed in all panes.
    assert len({frame_at(flow, 0.0, STORY).followed.starts for flow in flows}) == 1


def test_a_picture_that_draws_no_paths_has_none(flows: tuple[FlowSnapshot, ...]) -> None:
    assert frame_at(flows[0], 0.5, Style().with_view("trajectories")).paths is None


@pytest.mark.parametrize("t", TIMES)
def test_the_way_behind_ends_where_the_particle_is_and_the_way_ahead_begins_there(
        flows: tuple[FlowSnapshot, ...], t: float) -> None:
    frame = frame_at(flows[0], t, STORY)
    picture, _ = picture_of(frame)
    layer = FollowedLayer()
    assert layer.update(picture)
    here = picture.mapping.to_pixels(frame.followed.x)
    assert len(layer._behind) == STORY.follow
    for way, place, begun in zip(layer._behind, here, frame.followed.starts, strict=True):
        begin, end = way.elementAt(0), way.currentPosition()
        assert (end.x(), end.y()) == pytest.approx(tuple(place), abs=0.01)
        start = picture.mapping.to_pixels(begun)
        assert (begin.x, begin.y) == pytest.approx(tuple(start), abs=0.01)
    ahead = layer._dots[layer._dots[:, 2] > t]
    assert (len(ahead) == 0) is (t == 1.0)


def test_the_dots_ahead_stand_still_while_the_particle_comes(flows: tuple[FlowSnapshot, ...]) -> None:
    layer, seen = FollowedLayer(), []
    for t in TIMES:
        layer.update(picture_of(frame_at(flows[0], t, STORY))[0])
        seen.append({tuple(dot) for dot in layer._dots[layer._dots[:, 2] > t].tolist()})
    assert all(later < earlier for earlier, later in pairwise(seen))


def test_most_of_the_target_lies_within_its_outline() -> None:
    rng = np.random.default_rng(0)
    for middles in ([(0.0, 0.0)], [(-2.0, 0.0), (2.0, 1.0)]):
        xy = np.concatenate([rng.normal(size=(600, 2)) * 0.4 + middle for middle in middles])
        lines = outline_of(xy.tobytes())
        assert len(lines) == len(middles)
        inside = np.zeros(len(xy), dtype=bool)
        for line in lines:
            assert np.allclose(line[0], line[-1])
            way = polyline(line)
            inside |= [way.contains(QPointF(x, y)) for x, y in xy.tolist()]
        assert 0.9 < inside.mean() < 0.995


@pytest.mark.parametrize("xy", [np.zeros((0, 2)), np.zeros((2, 2)), np.ones((50, 2)),
                                np.stack([np.linspace(-3, 3, 40), np.zeros(40)], axis=1),
                                np.random.default_rng(0).normal(size=(90, 2))])
@pytest.mark.parametrize(("unit", "place"), [(1.0, 0.0), (1e-12, 0.0), (1e12, 0.0), (1.0, 1e9), (1e-160, 0.0)])
def test_an_outline_is_closed_whatever_the_cloud(xy: np.ndarray, unit: float, place: float) -> None:
    for line in outline_of((xy * unit + place).tobytes()):
        assert np.isfinite(line).all()
        assert np.allclose(line[0], line[-1], atol=1e-6 * unit, rtol=1e-12)


@pytest.mark.parametrize("size", [(900, 700), (640, 640), (1600, 900)])
def test_names_lie_where_no_particle_ever_is_and_keep_their_place(flows: tuple[FlowSnapshot, ...],
                                                                  size: tuple[int, int]) -> None:
    for flow in flows:
        boxes = []
        for t in TIMES:
            frame = frame_at(flow, t, STORY)
            picture, pane = picture_of(frame, size)
            layer = NameLayer()
            assert layer.update(picture)
            ever = picture.mapping.to_pixels(frame.paths.x.reshape(-1, 2)).tolist()
            for name in layer._names:
                assert QRectF(0, 0, pane.width, pane.height).contains(name.box)
                assert not any(name.box.contains(QPointF(x, y)) for x, y in ever)
            boxes.append([(name.text, name.box) for name in layer._names])
        assert [text for text, _ in boxes[0]] == ["source p₀", "target p₁"]
        assert not boxes[0][0][1].intersects(boxes[0][1][1])
        assert all(later == boxes[0] for later in boxes)


def test_names_keep_away_from_annotations(flows: tuple[FlowSnapshot, ...]) -> None:
    frame = frame_at(flows[0], 0.5, STORY)
    picture, _ = picture_of(frame)
    pane = Pane()
    assert pane.update(picture)
    layer = next(layer for layer in pane._layers if isinstance(layer, NameLayer))
    free = [name.box for name in layer._names]
    assert free
    places = [tuple(map(float, picture.mapping.to_world(box.center().x(), box.center().y()))) for box in free]
    there = tuple(Annotation("text", (place,), "note") for place in places)
    marked = replace(picture, style=replace(picture.style, annotations=there))
    assert pane.update(marked)
    taken = [shape_in(marked, annotation)[1].words for annotation in there]
    assert not any(name.box.intersects(words) for name in layer._names for words in taken if words is not None)
    assert pane.update(picture)
    assert [name.box for name in layer._names] == free, "without them they are where they were"


def test_where_nothing_is_free_there_are_no_names(flows: tuple[FlowSnapshot, ...]) -> None:
    frame = frame_at(flows[0], 0.5, STORY)
    picture, pane = picture_of(frame)
    grid = np.stack(np.meshgrid(np.arange(0, pane.width, 6.0), np.arange(0, pane.height, 6.0)), axis=-1).reshape(-1, 2)
    places = np.array([picture.mapping.to_world(x, y) for x, y in grid.tolist()])
    full = replace(frame, paths=replace(frame.paths, x=np.stack([places, places])))
    assert not NameLayer().update(replace(picture, frame=full))


@pytest.mark.parametrize("layer", LAYERS)
def test_the_number_of_paths_matters_where_it_changes_what_is_drawn(flows: tuple[FlowSnapshot, ...],
                                                                   layer: str) -> None:
    few, many = (replace(Style(), layers=(layer, "particles"), paths=count) for count in (40, 300))
    changes = len(frame_at(flows[0], 0.5, few).x) != len(frame_at(flows[0], 0.5, many).x)
    assert changes == options_of(Style)["paths"].matters(few)


def test_t_is_said_once(flows: tuple[FlowSnapshot, ...]) -> None:
    """With the names comes a bar that says t; without it the headings do."""
    def drawn(style: Style, t: float) -> np.ndarray:
        frames = [frame_at(flow, t, style) for flow in flows]
        sheet = stage_sheet(frames, style, limits_of(flows, style), DARK, Decor(), len(flows), box_of_flows(flows))
        return array(Composer().image(sheet, 1200, 700)).astype(int), sheet.layout(1200, 700)

    for style, has_bar in ((STORY, True), (STORY.with_layer("names", False), False)):
        (early, layout), (late, _) = drawn(style, 0.2), drawn(style, 0.8)
        changed = np.abs(late - early).sum(axis=2) > 0
        top, foot = changed[:layout.panes[0].y].any(), changed[layout.panes[0].bottom + 1:].any()
        assert (top, foot) == (not has_bar, has_bar)


def test_what_does_not_move_says_no_t(flows: tuple[FlowSnapshot, ...]) -> None:
    style = Style(layers=("pairs", "names"))
    images = [Composer().image(stage_sheet([frame_at(flows[0], t, style)], style, limits_of(flows, style), DARK,
                                           Decor(), 1), 800, 600) for t in (0.2, 0.8)]
    assert style.is_still
    assert images[0] == images[1]


def test_the_legend_beside_the_bar_ends_where_the_panes_end(flows: tuple[FlowSnapshot, ...]) -> None:
    frames = [frame_at(flow, 0.5, STORY) for flow in flows]
    sheet = stage_sheet(frames, STORY, limits_of(flows, STORY), DARK, Decor(), len(flows), box_of_flows(flows))
    layout = sheet.layout(1600, 900)
    left, top, width, height = layout.footer
    row = array(Composer().image(sheet, 1600, 900))[top:top + height].astype(int)
    painted = np.flatnonzero((np.abs(row - row[-1, 0]).sum(axis=2) > 60).any(axis=0))
    assert left <= painted[0] < left + layout.small_px
    assert left + width - layout.small_px < painted[-1] <= left + width


def own(flow: FlowSnapshot, rows: list[int]) -> FlowSnapshot:
    """Return a flow that has been asked where it carries particles from the starts of some of its own."""
    return replace(flow, own=Carried(flow.t, flow.x[:, rows], flow.is_straight))


def pixels(flow: FlowSnapshot, style: Style, t: float = 0.5) -> np.ndarray:
    sheet = stage_sheet([frame_at(flow, t, style)], style, limits_of([flow], style), DARK, Decor(), 1)
    return array(Composer().image(sheet, *SIZE))


@pytest.mark.parametrize("colour_by", ["origin", "end", "plain"])
def test_a_chosen_start_looks_as_a_particle_that_starts_there_with_a_ring(flows: tuple[FlowSnapshot, ...],
                                                                         colour_by: str) -> None:
    flow, style = flows[0], replace(STORY, colour_by=colour_by)
    spread = frame_at(flow, 0.5, style).followed.starts
    rows = [flow.x[0].tolist().index(list(start)) for start in spread]
    chosen = replace(style, starts=spread)
    plain, ringed = pixels(flow, style).astype(int), pixels(own(flow, rows), chosen)
    assert np.array_equal(ringed, pixels(flow, chosen)), "particles stand in for who starts there"
    other = np.argwhere(np.abs(plain - ringed).sum(axis=2) > 0)
    picture, pane = picture_of(frame_at(flow, 0.5, style), style=style)
    rings = picture.mapping.to_pixels(np.array(spread))[:, ::-1] + (pane.y, pane.x)
    reach = 3 * max(2.5, picture.side / 180)
    gaps = np.hypot(*np.moveaxis(other[:, None] - rings[None], 2, 0))
    assert gaps.min(axis=1).max() < reach
    assert gaps.min(axis=0).max() < reach


def test_what_starts_nowhere_is_shown_when_it_is_known(flows: tuple[FlowSnapshot, ...]) -> None:
    flow, start = flows[0], (0.123, 0.456)
    style = replace(STORY, starts=(start,))
    assert frame_at(flow, 0.5, style).followed is None
    way = np.linspace(start, (3.0, -1.0), len(flow.t))[:, None]
    known = replace(flow, own=Carried(flow.t, way))
    followed = frame_at(known, 0.5, style).followed
    assert followed.starts == (start,)
    assert followed.x == pytest.approx((way[0] + way[-1]) / 2, abs=0.02)
    assert frame_at(known, 0.5, replace(style, starts=())).followed is None
    assert frame_at(known, 0.5, STORY).followed.starts == frame_at(flow, 0.5, STORY).followed.starts
    assert frame_at(known, 0.5, style).paths is frame_at(flow, 0.5, style).paths, "the others' paths are kept"


def test_a_place_hits_what_is_drawn_there(flows: tuple[FlowSnapshot, ...]) -> None:
    frame = frame_at(flows[0], 0.6, STORY)
    picture, _ = picture_of(frame)
    reach = REACH_PX / picture.mapping.pixels_per_unit
    for start, x in zip(frame.followed.starts, frame.followed.x.tolist(), strict=True):
        assert hit_start(frame, start, reach) == hit_start(frame, tuple(x), reach) == start
        assert "let it go" in FollowedLayer.value_at(picture, *x)
    alone = replace(frame, followed=None)
    for row in range(0, len(frame.x), 20):
        for place in (frame.origin[row], frame.x[row]):
            hit = hit_start(alone, tuple(place), reach)
            row_hit = frame.origin.tolist().index(list(hit))
            assert min(np.hypot(*(shown[row_hit] - place)) for shown in (frame.origin, frame.x)) <= 1e-12
    middle = frame.paths.x[len(frame.paths.t) // 4, 7]
    assert hit_start(alone, tuple(middle), 1e-9) is not None
    assert hit_start(frame, (100.0, 100.0), reach) is None
    assert FollowedLayer.value_at(picture, 100.0, 100.0) == ""
    assert hit_start(frame_at(flows[0], 0.5, Style().with_view("field")), tuple(frame.x[0]), reach) is None


@pytest.mark.parametrize("size", [(1200, 700), (1920, 1080), (800, 1100)])
def test_names_have_one_place_in_all_panes_and_while_flows_learn(flows: tuple[FlowSnapshot, ...],
                                                                size: tuple[int, int]) -> None:
    """The panes show nothing but the names; flows that learn have other paths between the same clouds."""
    style, seen = Style(layers=("names",)), []
    for learned in (flows, (flows[1], flows[1]), (flows[0], flows[0])):
        frames = [frame_at(flow, 0.5, style) for flow in learned]
        sheet = stage_sheet(frames, style, limits_of(flows, style), DARK, Decor(), 2, box_of_flows(flows))
        picture = array(Composer().image(sheet, *size))
        seen += [picture[box.y:box.bottom, box.x:box.right] for box in sheet.layout(*size).panes]
    assert (seen[0][20:-20, 20:-20] != seen[0][20, 20]).any()
    assert all(np.array_equal(one, seen[0]) for one in seen)
