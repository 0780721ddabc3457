"""The camera in the real window: the wheel zooms at the mouse, drags move, 0 fits; drawing goes on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from wheel_turn import turn_wheel

from fmviz.core.camera import Camera
from fmviz.core.cloud import Side
from fmviz.core.frames import frame_at
from fmviz.core.project import LearnedLane
from fmviz.files.project_file import ProjectFile
from fmviz.views.main_window import MainWindow

NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def window(shared_window: MainWindow) -> MainWindow:
    shared_window.files.open_example()
    shared_window.parts[2].pause()
    return shared_window


def camera(window: MainWindow) -> Camera | None:
    return window.parts[0].project.style.camera


def middle(window: MainWindow, dx: int = 0, dy: int = 0) -> QPoint:
    return window.stage.canvas.pane_rect(0).center().toPoint() + QPoint(dx, dy)


def drag(window: MainWindow, button: Qt.MouseButton) -> None:
    board = window.stage.canvas
    QTest.mousePress(board, button, NONE, middle(window))
    for step in range(1, 5):
        QTest.mouseMove(board, middle(window, 15 * step, -10 * step))
    QTest.mouseRelease(board, button, NONE, middle(window, 60, -40))


def test_the_wheel_zooms_at_the_mouse(window: MainWindow) -> None:
    canvas, place = window.stage.canvas, middle(window, 70, 50)
    world, scale = canvas.world_at(QPointF(place)), canvas.pixels_per_unit()
    turn_wheel(canvas, 3, place)
    assert canvas.pixels_per_unit() == pytest.approx(scale * 1.15**3)
    assert canvas.world_at(QPointF(place)) == pytest.approx(world, abs=1e-6)
    assert not window.parts[0].can_undo
    assert not window.parts[0].is_modified
    turn_wheel(canvas, -3, place)
    assert canvas.pixels_per_unit() == pytest.approx(scale)


def test_the_middle_button_takes_the_world_along(window: MainWindow) -> None:
    canvas = window.stage.canvas
    world = canvas.world_at(QPointF(middle(window)))
    drag(window, Qt.MouseButton.MiddleButton)
    assert canvas.world_at(QPointF(middle(window, 60, -40))) == pytest.approx(world, abs=1e-6)
    assert camera(window) is not None


def test_space_is_a_hand_and_plays_only_when_nothing_was_dragged(window: MainWindow) -> None:
    playhead, canvas = window.parts[2], window.stage.canvas
    world = canvas.world_at(QPointF(middle(window)))
    QTest.keyPress(window, Qt.Key.Key_Space)
    drag(window, Qt.MouseButton.LeftButton)
    QTest.keyRelease(window, Qt.Key.Key_Space)
    assert canvas.world_at(QPointF(middle(window, 60, -40))) == pytest.approx(world, abs=1e-6)
    assert not playhead.is_playing
    QTest.keyClick(window, Qt.Key.Key_Space)
    assert playhead.is_playing


def test_a_double_click_0_and_the_button_fit(window: MainWindow) -> None:
    board = window.stage.canvas
    for fit in (lambda: QTest.mouseDClick(board, Qt.MouseButton.LeftButton, NONE, middle(window)),
                lambda: QTest.keyClick(window, Qt.Key.Key_0), window.header.fit.click):
        turn_wheel(board, 5, middle(window))
        assert camera(window) is not None
        assert not window.header.fit.isHidden()
        fit()
        assert camera(window) is None
        assert window.header.fit.isHidden()


def test_zooming_ends_where_there_is_nothing_more_to_see(window: MainWindow) -> None:
    canvas = window.stage.canvas
    for notches in (200, -400):
        for _ in range(4):
            turn_wheel(canvas, notches / 4, middle(window))
        assert camera(window) is None or 1e-4 < camera(window).width < 1e4  # type: ignore[union-attr]


def test_drawing_is_in_the_world_under_any_camera(window: MainWindow) -> None:
    document, canvas = window.parts[0], window.stage.canvas
    document.set_style(replace(document.project.style, camera=Camera(2.0, 1.0, 1.0)))
    window.draw_tool.start_empty("source")
    window.draw_tool.settings.set_tool("stamp")
    board, place = canvas, middle(window, 20, 30)
    world = canvas.world_at(QPointF(place))
    QTest.mousePress(board, Qt.MouseButton.LeftButton, NONE, place)
    QTest.mouseRelease(board, Qt.MouseButton.LeftButton, NONE, place)
    points = window.draw_tool.points
    assert len(points) > 0
    assert abs(points.mean(axis=0) - world).max() < 1.0
    drag(window, Qt.MouseButton.MiddleButton)
    assert len(window.draw_tool.points) == len(points)
    window.draw_tool.stop()


def test_other_clouds_are_seen_whole(window: MainWindow) -> None:
    document = window.parts[0]
    turn_wheel(window.stage.canvas, 5, middle(window))
    document.bring_side("target", Side(shape="heart"), "Pick heart")
    assert camera(window) is None


def test_another_project_keeps_the_camera_of_its_file_whatever_was_seen_before(window: MainWindow) -> None:
    document = window.parts[0]
    turn_wheel(window.stage.canvas, 5, middle(window))
    kept, project = camera(window), replace(document.project, target=Side(shape="heart"))
    document.show(ProjectFile(project, (LearnedLane(),) * len(project.lanes)), None)
    assert camera(window) == kept
    document.bring_side("target", Side(shape="moons"), "Pick moons")
    assert camera(window) is None


def test_a_scene_keeps_its_camera(window: MainWindow) -> None:
    turn_wheel(window.stage.canvas, 5, middle(window))
    kept = camera(window)
    window.talk.keep()
    window.camera.fit()
    assert camera(window) is None
    window.talk.show(0)
    assert camera(window) == kept


def test_a_closer_look_brings_a_finer_field_and_exports_have_it(own_window: MainWindow, qtbot: QtBot) -> None:
    window = own_window
    window.files.open_example()
    window.parts[2].pause()
    document, session, _ = window.parts
    document.set_style(replace(document.project.style.with_view("field"), camera=Camera(1.0, 0.5, 1.0)))
    window.start()
    qtbot.waitUntil(lambda: all(frame.u_extent is not None and frame.u_extent.half < 3
                                for frame in window.stage.frames()))
    for frame, lane in zip(window.stage.frames(), session.snapshots, strict=True):
        assert lane is not None
        assert frame.u_extent is not None
        assert frame.u is not None
        assert frame.u_extent.holds(window.stage.canvas.seen())
        whole = frame_at(lane, window.parts[2].t, document.project.style)
        assert np.abs(frame.u).max() <= np.abs(whole.u).max() * 1.2
    window.export_dialog.show()
    qtbot.waitUntil(lambda: window.export_dialog.choice.film() is not None)
    film = window.export_dialog.choice.film()
    assert film is not None
    assert all(snapshot.detail is not None for snapshot in film.moments[-1])
    window.export_dialog.hide()
    before = session.grids.drawn()
    assert all(one is other for one, other in zip(before, session.grids.drawn(), strict=True))
    step = session.steps.steps[len(session.steps.steps) // 2]
    session.steps.set_step(step)
    qtbot.waitUntil(lambda: [(frame.step, frame.u_extent.half < 3) for frame in window.stage.frames()]
                    == [(step, True)] * len(session.snapshots))
    for frame, old in zip(window.stage.frames(), before, strict=True):
        assert old is not None
        assert old.detail is not None
        assert frame.u is not None
        assert not np.allclose(frame.u, old.detail.at(window.parts[2].t))
    session.steps.set_step(None)
    window.camera.fit()
    assert all(frame.u_extent is not None and frame.u_extent.half > 3 for frame in window.stage.frames())
