"""Drawing with a real mouse on a real canvas: strokes, time, undo, limits."""

from __future__ import annotations

import numpy as np
import pytest
from easel import LEFT, NO_KEYS, RIGHT, TICK_S, Easel
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from fmviz.core.cloud import MAX_POINTS, Side
from fmviz.core.theme import Theme
from fmviz.engine.document import Document


@pytest.fixture
def easel(qtbot: QtBot, document: Document, theme: Theme) -> Easel:
    easel = Easel(document, theme)
    qtbot.addWidget(easel)
    easel.show()
    qtbot.waitExposed(easel)
    return easel


def cross(n: int = 40) -> np.ndarray:
    """Points on two lines through the origin, from -4 to 4."""
    along = np.linspace(-4, 4, n)
    return np.concatenate([np.stack([along, 0 * along], 1), np.stack([0 * along, along], 1)]).astype(np.float32)


def test_a_stroke_is_one_step_and_undo_restores_every_byte(easel: Easel) -> None:
    easel.tool.start("target")
    easel.spray((-2, 0))
    first = easel.target
    assert first.cloud is not None
    kept = first.cloud.xy.tobytes()
    easel.spray((2, 1))
    assert easel.steps == 2
    assert easel.target.cloud is not None
    assert len(easel.target.cloud) > len(first.cloud)
    easel.tool.undo()
    assert easel.target.cloud is not None
    assert easel.target.cloud.xy.tobytes() == kept
    assert easel.tool.points.tobytes() == kept
    easel.tool.redo()
    assert easel.steps == 2


def test_the_document_waits_for_the_release(easel: Easel) -> None:
    easel.tool.start("target")
    before = easel.target
    easel.press((0, 0))
    easel.wait(0.32)
    assert easel.target is before
    assert len(easel.tool.points) > 100
    easel.release((0, 0))
    assert easel.target is not before


@pytest.mark.parametrize("moves_per_tick", [0, 1, 7])
def test_a_spray_counts_time_and_not_mouse_events(easel: Easel, moves_per_tick: int) -> None:
    easel.tool.start("target")
    easel.tool.settings.set_amount(500)
    easel.press((0, 0))
    for tick in range(125):
        for step in range(moves_per_tick):
            easel.move(((tick * 7 + step) % 50 / 10 - 2.5, 0.3 * step))
        easel.wait(TICK_S)
    easel.release((0, 0))
    # Each of 125 ticks rounds at random, by a standard deviation of at most a half.
    assert len(easel.tool.points) == pytest.approx(500 * 125 * TICK_S, abs=30)


def test_a_fast_mouse_leaves_no_gaps(easel: Easel) -> None:
    easel.tool.start("target")
    easel.tool.settings.set_amount(12_000)
    easel.press((-5, 0))
    easel.move((5, 0))
    easel.wait(0.048)
    easel.release((5, 0))
    along = np.sort(easel.tool.points[:, 0])
    assert np.diff(along).max() < 0.5
    assert along[0] < -4.5
    assert along[-1] > 4.5


def test_a_pause_of_the_window_makes_no_blot(easel: Easel) -> None:
    easel.tool.start("target")
    easel.press((0, 0))
    easel.now += 60.0
    easel.tool.tick()
    easel.release((0, 0))
    assert len(easel.tool.points) < 200


def test_a_shape_starts_empty_and_one_undo_brings_it_back(easel: Easel) -> None:
    moons = easel.target
    easel.tool.start("target")
    assert len(easel.tool.points) == 0
    assert easel.target is moons
    easel.spray()
    assert easel.target.shape is None
    easel.tool.undo()
    assert easel.target is moons
    assert len(easel.tool.points) == 0


def test_a_cloud_goes_on(easel: Easel) -> None:
    easel.give_points(cross())
    easel.spray((3, 3))
    assert easel.target.cloud is not None
    assert np.array_equal(easel.target.cloud.xy[:80], cross())


def test_jitter_outlives_a_stroke(easel: Easel) -> None:
    easel.document.set_side("target", Side(shape="moons", jitter=0.3), "Jitter")
    easel.tool.start("target")
    easel.spray()
    assert easel.target.jitter == 0.3


def test_a_release_outside_ends_the_stroke(easel: Easel) -> None:
    easel.tool.start("target")
    easel.press((0, 0))
    easel.wait(0.16)
    QTest.mouseRelease(easel.canvas, LEFT, NO_KEYS, QPoint(-300, 2000))
    assert easel.steps == 1
    n = len(easel.tool.points)
    easel.wait(0.32)
    assert len(easel.tool.points) == n


def test_hiding_the_stage_ends_the_stroke(easel: Easel) -> None:
    easel.tool.start("target")
    easel.press((0, 0))
    easel.wait(0.16)
    easel.canvas.hide()
    assert easel.steps == 1
    assert easel.tool.gesture is None


def test_escape_gives_the_stroke_up(easel: Easel) -> None:
    easel.give_points(cross())
    before = easel.target
    easel.press((2, 2))
    easel.wait(0.32)
    easel.key(Qt.Key.Key_Escape)
    assert np.array_equal(easel.tool.points, cross())
    easel.move((3, 3))
    easel.wait(0.1)
    easel.release((3, 3))
    assert easel.target is before
    assert easel.steps == 1
    assert easel.tool.is_active
    easel.key(Qt.Key.Key_Escape)
    assert not easel.tool.is_active


def test_erasing_follows_the_whole_way(easel: Easel) -> None:
    easel.give_points(cross())
    easel.tool.settings.set_tool("eraser")
    easel.drag((-5, 0), (5, 0))
    left = easel.tool.points
    assert len(left)
    assert np.abs(left[:, 1]).min() > 0.4
    assert easel.steps == 2


def test_the_right_button_erases_with_any_tool(easel: Easel) -> None:
    easel.give_points(cross())
    for tool in ("spray", "select"):
        easel.tool.settings.set_tool(tool)
        n = len(easel.tool.points)
        easel.drag((4, 0), (3, 0), button=RIGHT)
        assert len(easel.tool.points) < n
        assert easel.tool.settings.tool == tool
        easel.tool.undo()
        assert len(easel.tool.points) == n


def test_an_eraser_that_meets_nothing_is_no_step(easel: Easel) -> None:
    easel.give_points(cross())
    easel.drag((4, 4), (3, 4), button=RIGHT)
    assert easel.steps == 1


def test_a_second_button_does_not_disturb(easel: Easel) -> None:
    easel.tool.start("target")
    easel.press((0, 0))
    easel.wait(0.16)
    easel.press((1, 0), RIGHT)
    easel.release((1, 0), RIGHT)
    easel.wait(0.16)
    easel.release((0, 0))
    assert easel.steps == 1
    assert len(easel.tool.points) == pytest.approx(800 * 0.32, abs=15)


def test_erasing_everything_keeps_the_old_side(easel: Easel) -> None:
    easel.give_points(cross())
    before = easel.target
    easel.tool.clear()
    assert len(easel.tool.points) == 0
    assert easel.target is before
    assert easel.steps == 1
    assert "at least 2 points" in easel.messages[-1]
    assert easel.tool.drawing.can_undo
    easel.tool.undo()
    assert np.array_equal(easel.tool.points, cross())
    assert easel.target is before
    assert easel.messages[-1] == ""


def test_one_point_waits_for_a_second(easel: Easel) -> None:
    moons = easel.target
    easel.tool.start("target")
    easel.tool.settings.set_tool("stamp")
    easel.tool.settings.set_amount(1)
    easel.drag((1, 1))
    assert len(easel.tool.points) == 1
    assert easel.target is moons
    assert easel.messages == ["Draw at least 2 points; until then the target stays Two moons."]
    easel.drag((2, 1))
    assert easel.messages[1:] == [""]
    assert easel.target.label == "Drawn"
    assert easel.target.cloud is not None
    assert len(easel.target.cloud) == 2
    assert easel.steps == 1


def test_leaving_with_too_few_points_says_so(easel: Easel) -> None:
    easel.give_points(cross())
    before = easel.target
    easel.tool.clear()
    easel.messages.clear()
    easel.tool.stop()
    assert easel.messages == [f"The target stays {before.label}: the drawing had fewer than 2 points."]
    assert easel.target is before
    easel.tool.start("target")
    assert np.array_equal(easel.tool.points, cross())


def test_a_full_cloud_says_so_and_stops(easel: Easel) -> None:
    easel.give_points(np.zeros((MAX_POINTS - 50, 2)))
    easel.tool.settings.set_tool("stamp")
    easel.drag((1, 1))
    assert len(easel.tool.points) == MAX_POINTS
    assert len(easel.messages) == 1
    assert "200,000" in easel.messages[0]


def test_a_line_is_previewed_and_is_one_step(easel: Easel) -> None:
    easel.tool.start("target")
    easel.tool.settings.set_tool("line")
    easel.tool.settings.set_amount(300)
    easel.press((-4, -4))
    easel.move((0, 0))
    assert len(easel.tool.points) == 300
    easel.move((4, 4))
    preview = easel.tool.points
    easel.release((4, 4))
    assert np.array_equal(easel.tool.points, preview)
    assert easel.steps == 1
    assert np.ptp(preview, axis=0).min() > 7


def test_a_click_with_the_line_draws_nothing(easel: Easel) -> None:
    easel.tool.start("target")
    easel.tool.settings.set_tool("line")
    easel.drag((1, 1))
    assert easel.steps == 0


def test_a_stamp_repeats_by_time_while_it_is_dragged(easel: Easel) -> None:
    easel.tool.start("target")
    easel.tool.settings.set_tool("stamp")
    easel.tool.settings.set_amount(50)
    easel.press((0, 0))
    assert len(easel.tool.points) == 50
    easel.wait(1.0)
    assert len(easel.tool.points) == 50
    for step in range(100):
        easel.move((0.02 * step, 0))
    assert len(easel.tool.points) == 50
    easel.wait(0.32)
    assert len(easel.tool.points) == 100
    easel.release((2, 0))
    assert easel.steps == 1


def test_the_square_stands_still_during_a_stroke_and_grows_after_it(easel: Easel) -> None:
    easel.tool.start("target")
    extent = easel.tool.drawing.extent
    easel.tool.settings.set_brush(30)
    easel.press((extent.right * 0.99, 0))
    easel.wait(0.5)
    assert easel.tool.drawing.extent is extent
    outside = easel.tool.points[:, 0] > extent.right
    # Nothing is pushed back to the edge: about half of the brush lies beyond it.
    assert 0.3 < outside.mean() < 0.6
    easel.release((extent.right * 0.99, 0))
    grown = easel.tool.drawing.extent
    assert grown.right > easel.tool.points[:, 0].max()
    assert (grown.cx, grown.cy) == (extent.cx, extent.cy)


def test_undo_from_elsewhere_ends_the_stroke(easel: Easel) -> None:
    easel.give_points(cross())
    easel.press((0, 0))
    easel.wait(0.1)
    easel.document.undo()
    assert easel.tool.gesture is None
    assert len(easel.tool.points) == 0
    easel.release((0, 0))
    assert easel.steps == 0


def test_changing_sides_keeps_both_drawings(easel: Easel) -> None:
    easel.tool.start("target")
    easel.spray()
    drawn = easel.target
    seen: list[object] = []
    easel.tool.active_changed.connect(seen.append)
    easel.tool.start("source")
    assert len(easel.tool.points) == 0
    assert easel.target is drawn
    easel.spray()
    assert easel.document.project.source.cloud is not None
    easel.tool.start("target")
    assert easel.tool.points is drawn.cloud.xy  # type: ignore[union-attr]
    easel.tool.stop()
    assert seen == ["source", "target", None]


def test_nothing_happens_before_the_start_and_after_the_end(easel: Easel) -> None:
    easel.spray()
    assert easel.steps == 0
    easel.tool.start("target")
    easel.tool.stop()
    easel.tool.stop()
    easel.spray()
    assert easel.steps == 0


def test_the_brush_is_seen_on_the_canvas_only(easel: Easel) -> None:
    easel.tool.start("target")
    bare = easel.canvas.to_image(500, 500)
    easel.move((0, 0))
    with_brush = easel.canvas.to_image(500, 500)
    assert with_brush != bare
    easel.tool.settings.step_brush(3)
    assert easel.canvas.to_image(500, 500) not in (bare, with_brush)
    QTest.mouseMove(easel.canvas, QPoint(1, 1))
    assert easel.canvas.to_image(500, 500) == bare


def test_the_canvas_comes_back_as_it_was(easel: Easel) -> None:
    before = easel.canvas.to_image(500, 500)
    easel.tool.start("source")
    easel.move((0, 0))
    easel.spray()
    easel.tool.select_all()
    easel.tool.stop()
    assert easel.canvas.to_image(500, 500) == before
