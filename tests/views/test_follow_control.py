"""Choosing what is followed in the real window: clicks, drags, one undo step each, the same starts in all panes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from fmviz.core.camera import Camera
from fmviz.core.export_spec import changed
from fmviz.core.follow import MOST_FOLLOWED, Starts
from fmviz.core.frames import Frame
from fmviz.film.painter import FilmPainter
from fmviz.views.main_window import MainWindow

NONE, LEFT = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton


def show_example(window: MainWindow) -> MainWindow:
    """Show the example in the story view, with two panes and no engine, at t = 0."""
    window.files.open_example()
    document, _, playhead = window.parts
    playhead.pause()
    playhead.set_t(0.0)
    document.set_style(document.project.style.with_view("story"))
    window.stage._draw()
    return window


@pytest.fixture
def window(shared_window: MainWindow) -> MainWindow:
    return show_example(shared_window)


def pixel(window: MainWindow, place: tuple[float, float], pane: int = 0) -> QPoint:
    """Return the canvas position of a place in a pane."""
    canvas = window.stage.canvas
    rect, scale = canvas.pane_rect(pane), canvas.pixels_per_unit()
    left, top = canvas.world_at(rect.topLeft(), pane)
    return QPoint(round(rect.left() + (place[0] - left) * scale), round(rect.top() + (top - place[1]) * scale))


def click(window: MainWindow, place: tuple[float, float], pane: int = 0) -> None:
    QTest.mouseClick(window.stage.canvas, LEFT, NONE, pixel(window, place, pane))
    window.stage._draw()


def press_and_move(window: MainWindow, *places: tuple[float, float], pane: int = 0) -> None:
    QTest.mousePress(window.stage.canvas, LEFT, NONE, pixel(window, places[0], pane))
    for place in places[1:]:
        QTest.mouseMove(window.stage.canvas, pixel(window, place, pane))
        window.stage._draw()


def release(window: MainWindow, place: tuple[float, float], pane: int = 0) -> None:
    QTest.mouseRelease(window.stage.canvas, LEFT, NONE, pixel(window, place, pane))
    window.stage._draw()


def starts(window: MainWindow) -> Starts | None:
    return window.parts[0].project.style.starts


def shown(window: MainWindow) -> list[Starts]:
    """Return from where particles are followed in each pane."""
    return [() if frame.followed is None else frame.followed.starts for frame in window.stage.frames()]


def steps(window: MainWindow) -> int:
    return window.parts[0].undo_stack.index()


def lone(frame: Frame) -> tuple[float, float]:
    """Return where a particle starts that is far from those that are followed, and from all others as far as can be."""
    assert frame.origin is not None
    assert frame.followed is not None
    gaps = np.hypot(*np.moveaxis(frame.origin[:, None] - frame.origin[None], 2, 0))
    np.fill_diagonal(gaps, np.inf)
    gaps[gaps[:, [tuple(place) in frame.followed.starts for place in frame.origin.tolist()]].min(axis=1) < 0.6] = 0.0
    gaps[[tuple(place) in frame.followed.starts for place in frame.origin.tolist()]] = 0.0
    x, y = frame.origin[gaps.min(axis=1).argmax()].tolist()
    return x, y


@pytest.mark.parametrize("pane", [0, 1])
def test_a_click_follows_a_particle_and_another_lets_it_go_in_all_panes(window: MainWindow, pane: int) -> None:
    spread, place = shown(window)[0], lone(window.stage.frames()[0])
    click(window, place, pane)
    assert starts(window) == (*spread, place)
    assert shown(window) == [(*spread, place)] * 2
    click(window, place, pane)
    assert starts(window) == spread
    for expected in ((*spread, place), None):
        window.parts[0].undo()
        assert starts(window) == expected
    assert not window.parts[0].is_modified


def test_the_spread_ones_come_back_and_can_be_taken_back(window: MainWindow) -> None:
    action, place = window.actions_by_name["spread"], lone(window.stage.frames()[0])
    assert not action.isEnabled()
    click(window, place)
    chosen = starts(window)
    assert action.isEnabled()
    QTest.keyClick(window, Qt.Key.Key_F)
    assert starts(window) is None
    window.parts[0].undo()
    assert starts(window) == chosen


def test_all_can_be_let_go(window: MainWindow) -> None:
    window.parts[0].set_starts(shown(window)[0][:1], "Give")
    window.stage._draw()
    click(window, shown(window)[0][0])
    assert starts(window) == ()
    assert shown(window) == [(), ()]


def test_no_more_are_followed_than_can_be(window: MainWindow) -> None:
    frame = window.stage.frames()[0]
    assert frame.origin is not None
    place = lone(frame)
    full = tuple((x, y) for x, y in frame.origin[:MOST_FOLLOWED + 1].tolist() if (x, y) != place)[:MOST_FOLLOWED]
    window.parts[0].set_starts(full, "Give")
    window.stage._draw()
    click(window, place)
    assert starts(window) == full
    assert str(MOST_FOLLOWED) in window.statusBar().currentMessage()


def test_two_quick_clicks_fit_the_picture_and_choose_nothing(window: MainWindow) -> None:
    document, place = window.parts[0], lone(window.stage.frames()[0])
    document.set_style(replace(document.project.style, camera=Camera(*place, 8.0)))
    window.stage._draw()
    before = steps(window)
    QTest.mouseClick(window.stage.canvas, LEFT, NONE, pixel(window, place))
    QTest.mouseDClick(window.stage.canvas, LEFT, NONE, pixel(window, place))
    assert document.project.style.camera is None
    assert (starts(window), steps(window)) == (None, before)


def test_a_drag_is_one_undo_step_and_shows_on_the_way(window: MainWindow) -> None:
    spread = shown(window)[0]
    begin, before = spread[0], steps(window)
    press_and_move(window, begin, (0.5, 0.5), (1.0, -1.0))
    assert (starts(window), steps(window)) == (None, before)
    assert window.follow.is_dragging
    assert not window._may_drag_picture()
    release(window, (1.0, -1.0))
    moved = starts(window)
    assert moved is not None
    assert moved[1:] == spread[1:]
    assert moved[0] == pytest.approx((1.0, -1.0), abs=2 / window.stage.canvas.pixels_per_unit())
    assert moved[0] == tuple(round(number, 2) for number in moved[0])  # a pixel's digits
    assert steps(window) == before + 1
    assert window._may_drag_picture()
    window.parts[0].undo()
    assert starts(window) is None


def test_escape_gives_a_drag_up(window: MainWindow) -> None:
    begin, before = shown(window)[0][0], steps(window)
    press_and_move(window, begin, (0.5, 0.5), (1.0, -1.0))
    QTest.keyClick(window.stage.canvas, Qt.Key.Key_Escape)
    release(window, (1.0, -1.0))
    assert (starts(window), steps(window), window.follow.is_dragging) == (None, before, False)


@pytest.mark.parametrize("change", ["view", "drawing", "hand"])
def test_where_the_mouse_means_something_else_it_chooses_nothing(window: MainWindow, change: str) -> None:
    document, place = window.parts[0], lone(window.stage.frames()[0])
    if change == "view":
        document.set_style(document.project.style.with_view("trajectories"))
    elif change == "drawing":
        window.draw_tool.start("source")
    else:
        QTest.keyPress(window, Qt.Key.Key_Space)
    window.stage._draw()
    click(window, place)
    window.draw_tool.stop()
    if change == "hand":
        QTest.keyRelease(window, Qt.Key.Key_Space)
    assert starts(window) is None


def test_the_cursor_says_what_the_mouse_would_do(window: MainWindow) -> None:
    canvas, frame = window.stage.canvas, window.stage.frames()[0]
    assert frame.followed is not None
    usual = canvas.cursor().shape()
    seen = []
    for place in (frame.followed.starts[0], lone(frame), (frame.extent.cx, frame.extent.cy + 0.98 * frame.extent.half)):
        QTest.mouseMove(canvas, pixel(window, place))
        seen.append(canvas.cursor().shape())
    assert seen == [Qt.CursorShape.OpenHandCursor, Qt.CursorShape.PointingHandCursor, usual]
    said = canvas.words_at(QPointF(pixel(window, frame.followed.starts[0])))
    assert "drag" in said


def test_a_drag_carries_a_particle_anew_in_all_panes_and_a_file_shows_the_same(own_window: MainWindow,
                                                                               qtbot: QtBot) -> None:
    window = show_example(own_window)
    document, session, playhead = window.parts
    window.start()
    playhead.pause()
    playhead.set_t(0.5)
    window.presenting.enter()  # dragging works before an audience too
    window.stage._draw()
    begin, end = shown(window)[0][0], (0.25, 0.5)
    frame = window.stage.frames()[0]
    assert frame.followed is not None
    x, y = frame.followed.x[0].tolist()  # by its dot, where it is now
    press_and_move(window, (x, y), (x + 0.5 * (end[0] - begin[0]), y), (x + end[0] - begin[0], y + end[1] - begin[1]))
    tried = window.stage.shown_style.own_starts
    assert tried[0] == pytest.approx(end, abs=2 / window.stage.canvas.pixels_per_unit())
    qtbot.waitUntil(lambda: shown(window) == [tried] * 2)
    frames = window.stage.frames()
    assert np.abs(frames[0].followed.paths.x[-1] - frames[1].followed.paths.x[-1]).max() > 0.01
    release(window, (x + end[0] - begin[0], y + end[1] - begin[1]))
    window.presenting.leave()
    kept = starts(window)
    assert kept is not None
    qtbot.waitUntil(lambda: shown(window) == [kept] * 2)
    # Another solver, and an earlier step, carry them otherwise.
    for change in (lambda: document.set_solver_steps(2), lambda: session.steps.set_step(session.steps.steps[3])):
        before = [one.followed.paths for one in window.stage.frames()]
        change()
        qtbot.waitUntil(lambda before=before: shown(window) == [kept] * 2 and all(
            one.followed.paths is not old for one, old in zip(window.stage.frames(), before, strict=True)))
    session.steps.set_step(None)
    qtbot.waitUntil(lambda: shown(window) == [kept] * 2 and len(window.stage.frames()[0].followed.carried.t) == 3)
    window.stage._draw()
    canvas, choice = window.stage.canvas, window.export_dialog.choice
    document.set_export(changed(document.project.export, format="png", width=canvas.width(), height=canvas.height(),
                                at=0.5))
    qtbot.waitUntil(lambda: choice.film() is not None)
    film = choice.film()
    assert film is not None
    window.stage._draw()
    assert FilmPainter(film).image(film.shots[0]) == canvas.to_image(canvas.width(), canvas.height())
