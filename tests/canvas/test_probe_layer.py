"""The probe in a picture: arrows of the right length, its points, its box of numbers, the same in window and export."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pictures import EXTENT, array, canvas, lanes
from PySide6.QtCore import QPointF, QRectF

from fmviz.canvas.layers.probe import ProbeLayer, box_of, lines_of, rect_of
from fmviz.core.export_spec import ExportSpec
from fmviz.core.film import Shot, film_of
from fmviz.core.frames import UNLEARNED, FlowSnapshot, frame_at
from fmviz.core.probe import ActingPoints, Exact, Likelihood, Probe, Probed, Ways
from fmviz.core.style import VIEWS, Style
from fmviz.core.theme import load_theme
from fmviz.film.painter import FilmPainter

PLACE = (1.5, 0.5)
STYLE = Style(particles=50).with_view("field").with_probe(PLACE)


def flow(place: tuple[float, float] = PLACE, unknown: str = "") -> FlowSnapshot:
    """Return a flow with an answer about a place: it is pulled down to the left, exactly to the right."""
    t, times, away = np.array([0.0, 1.0]), np.linspace(0, 1, 11), np.array([[-3.0, -2.0], [-2.0, -3.0]])
    course = ActingPoints(np.stack([np.array(place) + away] * 2), np.array([[0.7, 0.3], [0.6, 0.4]]))
    asked = np.array([[[4.0, 3.0], [4.0, -4.0]]] * 2)
    velocity = np.array([[4.0, 0.0], [4.0, 0.0]])
    exact = None if unknown else Exact(velocity, np.ones(2, dtype=bool), course, course, asked)
    ways, exact_ways = (Ways(times, np.array([[np.array(place) + (s - t) * np.array(v) for s in times] for t in times]))
                        for v in ((0.0, 6.0), (4.0, 0.0)))
    return replace(lanes()[0], probed=Probed(place, t, np.array([[0.0, 6.0], [0.0, 6.0]]), exact, unknown, ways,
                                             None if unknown else exact_ways, Likelihood(t, np.array([-3.0, -5.0]))))


def pixels(one: FlowSnapshot, style: Style, theme: str = "dark") -> tuple[np.ndarray, object]:
    shown = canvas(style, theme=load_theme(theme))
    shown.resize(700, 560)
    shown.show_frames([frame_at(one, 0.5, style)])
    return array(shown.to_image(700, 560)).astype(int), shown


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_learned_arrow_reaches_where_the_velocity_carries_in_dt(theme: str) -> None:
    style = replace(STYLE, layers=("probe",), arrow_dt=0.3)
    one = flow(unknown="unknown")
    picture, shown = pixels(replace(one, probed=replace(one.probed, ways=None)), style, theme)
    ink = np.array([int(load_theme(theme).lanes[0][k:k + 2], 16) for k in (1, 3, 5)])
    box = shown.pane_rect().toRect()
    is_ink = np.abs(picture - ink).max(axis=2) < 12
    rows, columns = np.nonzero(is_ink[box.top():box.bottom(), box.left():box.right()])
    start, end = (shown.position_of(place) - QPointF(box.topLeft()) for place in (PLACE, (1.5, 0.5 + 0.3 * 6.0)))
    near = np.abs(columns - start.x()) < 12  # the box has a word of the same ink
    assert rows[near].min() == pytest.approx(end.y(), abs=4)  # its rim


@pytest.mark.parametrize("view", VIEWS)
def test_it_is_seen_in_every_view_and_stays_with_another_one(view: str) -> None:
    style = STYLE.with_view(view)
    assert style.has_probe
    one = flow()
    with_probe, _ = pixels(one, style)
    without, _ = pixels(one, style.with_layer("probe", False))
    assert (with_probe != without).any(axis=2).sum() > 400


def test_lines_lead_to_the_points_that_pull() -> None:
    style = replace(STYLE, layers=("probe",))
    still = replace(flow(), probed=replace(flow().probed, ways=None, exact_ways=None))
    picture, shown = pixels(still, style)
    without, _ = pixels(replace(flow(), probed=None), style)
    for away in ((-3.0, -2.0), (-2.0, -3.0)):
        at = shown.position_of((PLACE[0] + away[0], PLACE[1] + away[1]))
        assert (picture[round(at.y()), round(at.x())] != without[round(at.y()), round(at.x())]).any()


@pytest.mark.parametrize("layer", [(), ("paths", "names", "particles")])
def test_window_and_export_show_the_same(layer: tuple[str, ...]) -> None:
    style = STYLE if not layer else replace(STYLE, layers=(*layer, "probe"))
    one = flow()
    exported = FilmPainter(film_of([one], style, ExportSpec(700, 560, layout="full"))).image(Shot(0, 0.5, 0.5))
    assert np.array_equal(pixels(one, style)[0], array(exported))


@pytest.mark.parametrize("place", [(EXTENT.cx + 4.5 * x, EXTENT.cy + 4.5 * y) for x in (-1, 0, 1) for y in (-1, 0, 1)])
def test_the_box_is_not_over_the_probe_and_stays_while_t_runs(place: tuple[float, float]) -> None:
    style, boxes = STYLE.with_probe(place), []
    for t in (0.0, 0.4, 1.0):
        shown = canvas(style)
        shown.resize(700, 560)
        shown.show_frames([frame_at(flow(place), t, style)])
        shown.to_image(700, 560)
        picture = shown._composer._pictures[0]
        box = rect_of(picture)
        assert box is not None
        boxes.append(box)
        assert not box.contains(*map(float, picture.mapping.to_pixels(np.array(place))))
    assert boxes[0] == boxes[1] == boxes[2]


@pytest.mark.parametrize("size", [160, 240, 320, 480, 700])
def test_a_small_pane_keeps_the_velocities_in_its_box(size: int) -> None:
    shown = canvas(STYLE)
    shown.resize(size, size)
    shown.show_frames([frame_at(flow(), 0.5, STYLE)])
    shown.to_image(size, size)
    picture = shown._composer._pictures[0]
    box = box_of(picture)
    assert box is not None
    assert {"learned", "exact"} <= {line.word for line in box.lines}
    assert QRectF(0, 0, picture.mapping.width, picture.mapping.height).contains(box.rect)
    if size >= 480:
        assert box.lines == lines_of(picture.frame.probe)


def test_the_box_is_as_large_as_the_text_of_a_presentation() -> None:
    picture = pixels(flow(), STYLE)[1]._composer._pictures[0]
    box = box_of(replace(picture, text_px=40))
    assert box is not None
    assert box.text_px >= 0.6 * 40


def test_the_box_says_what_is_known() -> None:
    probe = Probe((1.0, -2.0), np.array([3.0, -4.0]), 0.25, np.array([0.0, 1.5]), is_of_place=True)
    assert [(line.word, line.value, line.speed) for line in lines_of(probe)] == [
        ("at", "(1.00, \u22122.00)", ""), ("learned", "(3.00, \u22124.00)", "speed 5.00"),
        ("exact", "(0.00, 1.50)", "speed 1.50"), ("density", "0.25 per unit\u00b2", ""), ("log p", "\u2026", "")]
    whole = replace(probe, exact_density=0.2, log_p=-1.5, is_fixed=True, t=0.3)
    assert [line.value for line in lines_of(whole)[3:]] == ["0.25, exactly 0.2 per unit\u00b2", "\u22121.50 nats"]
    assert lines_of(whole)[0].speed == "t = 0.30"
    assert "one point" in lines_of(replace(probe, has_no_likelihood=True))[4].value
    unknown = replace(probe, exact=None, unknown="not known with batch OT coupling")
    assert lines_of(unknown)[2].value == "not known with batch OT coupling"
    assert lines_of(replace(probe, is_of_place=False))[2].value == "\u2026"
    smooth = replace(probe, note="smoothed by 0.18")
    assert (lines_of(smooth)[3].word, lines_of(smooth)[3].value) == ("", "smoothed by 0.18")
    own = lines_of(replace(smooth, is_exact=True))
    assert [(line.word, line.speed) for line in own[:3]] == [("at", ""), ("exact", "speed 5.00"), ("", "")]
    assert len(lines_of(replace(smooth, exact=None, unknown="nothing comes here"))) == 6, "the box keeps its size"


def test_the_mouse_is_told_what_the_probe_is_and_what_can_be_done() -> None:
    shown = pixels(flow(), STYLE)[1]
    assert "probe: speed 6, exactly 4; drag it" in shown.words_at(shown.position_of(PLACE))
    assert "probe" not in shown.words_at(shown.position_of((PLACE[0] + 2, PLACE[1])))
    shown = pixels(flow(unknown="not known with batch OT coupling"), STYLE)[1]
    assert "the exact one: not known with batch OT coupling" in shown.words_at(shown.position_of(PLACE))


def test_by_itself_it_is_in_the_middle_and_has_the_velocity_of_the_field() -> None:
    style = replace(Style(), layers=("probe",))
    frame = frame_at(lanes()[0], 0.0, style)
    assert frame.probe is not None
    assert frame.probe.place == (EXTENT.cx, EXTENT.cy)
    assert frame.probe.velocity == pytest.approx([0, 0], abs=1e-5)
    away = frame_at(lanes()[0], 0.0, style.with_probe((EXTENT.cx + 2, EXTENT.cy))).probe
    assert away is not None
    assert away.velocity == pytest.approx([-1.0, 3.0], abs=1e-4)
    assert frame_at(lanes()[0], 0.5, Style()).probe is None


def test_the_ways_lead_from_t_0_to_1_through_the_place_at_every_t() -> None:
    for t in (0.0, 0.33, 1.0):
        probe = frame_at(flow(), t, STYLE).probe
        assert probe is not None
        for way, v in ((probe.way, (0.0, 6.0)), (probe.exact_way, (4.0, 0.0))):
            assert way is not None
            assert way.at(t) == pytest.approx(PLACE)
            for s in (0.0, 0.7, 1.0):
                assert way.at(s) == pytest.approx(np.array(PLACE) + (s - t) * np.array(v))
        assert probe.log_p == pytest.approx(-3.0 - 2 * t)


def test_a_probe_with_a_time_stays_there_while_t_runs() -> None:
    style = replace(STYLE, probe_t=0.5)
    for t in (0.2, 0.9):
        probe = frame_at(flow(), t, style).probe
        assert probe is not None
        assert (probe.t, probe.is_fixed) == (0.5, True)
        assert probe.now == pytest.approx([PLACE[0], PLACE[1] + 6.0 * (t - 0.5)])


def test_each_pair_asks_for_its_own_velocity_and_the_legend_says_so() -> None:
    style = replace(STYLE, layers=("conditionals",), arrow_dt=0.3)
    frame = frame_at(flow(), 0.5, replace(style, layers=("conditionals", "probe")))
    shown = canvas(style)
    shown.resize(700, 560)
    shown.show_frames([frame])
    picture = array(shown.to_image(700, 560)).astype(int)
    ink = np.array([int(load_theme("dark").pointer[k:k + 2], 16) for k in (1, 3, 5)])
    box = shown.pane_rect().toRect()
    rows, columns = np.nonzero((np.abs(picture - ink).max(axis=2) < 12)[box.top():box.bottom(), box.left():box.right()])
    end = shown.position_of((PLACE[0] + 0.3 * 4.0, PLACE[1] + 0.3 * 3.0)) - QPointF(box.topLeft())
    assert np.hypot(rows - end.y(), columns - end.x()).min() < 4


def test_its_name_is_beside_it() -> None:
    named, _ = pixels(flow(), replace(STYLE, probe_name="$x^*$"))
    without, _ = pixels(flow(), STYLE)
    assert (named != without).any(axis=2).sum() > 40


def test_the_legend_is_one_for_all_times_of_a_film() -> None:
    """Also where nothing comes to the probe at some of them: a legend that changes moves the bar of t beside it."""
    one = flow()
    assert one.probed is not None
    assert one.probed.exact is not None
    exact = one.probed.exact
    reached = np.zeros(len(exact.is_reached), dtype=bool)
    reached[len(reached) // 2:] = True
    one = replace(one, probed=replace(one.probed, exact=replace(exact, is_reached=reached, note="smoothed by 0.1")))
    shown = canvas(STYLE)
    frames = [frame_at(one, t, STYLE) for t in (0.0, 0.3, 0.8, 1.0)]
    assert {frame.probe.exact is None for frame in frames if frame.probe is not None} == {True, False}
    legends = []
    for frame in frames:
        shown.show_frames([frame])
        shown.to_image(400, 400)
        legends.append(tuple(mark.word for mark in ProbeLayer.legend(shown._composer._pictures[0]).marks))
    assert len(set(legends)) == 1
    assert "exact velocity" in legends[0]


def test_a_flow_along_the_exact_field_has_nothing_learned() -> None:
    one = replace(flow(), step=UNLEARNED)
    shown = pixels(one, STYLE)[1]
    picture = shown._composer._pictures[0]
    assert [mark.word for mark in ProbeLayer.legend(picture).marks] == ["exact way"]
    assert "learned" not in {line.word for line in box_of(picture).lines}
    assert "probe: speed 6; drag it" in shown.words_at(shown.position_of(PLACE))
