"""The pen of a presentation: a real mouse draws, E and the next scene wipe, K keeps, Escape puts it away first."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from fmviz.core.annotations import MOST_ANNOTATIONS, Annotation
from fmviz.core.follow import Place
from fmviz.views.main_window import MainWindow

LEFT, RIGHT, NO_KEYS = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier
Key = Qt.Key


@pytest.fixture
def window(lectern: MainWindow) -> MainWindow:
    """The lectern in presentation mode, at the first scene."""
    lectern.actions_by_name["present"].trigger()
    lectern.stage.canvas.grab()
    return lectern


def _type(window: MainWindow, *keys: Qt.Key) -> None:
    for key in keys:
        QTest.keyClick(window.stage.canvas, key)


def _drag(window: MainWindow, *places: Place, button: Qt.MouseButton = LEFT) -> None:
    board = window.stage.canvas
    at = [board.position_of(place).toPoint() for place in places]
    QTest.mousePress(board, button, NO_KEYS, at[0])
    for each in at[1:]:
        QTest.mouseMove(board, each)
    QTest.mouseRelease(board, button, NO_KEYS, at[-1])


def _shown(window: MainWindow) -> tuple[Annotation, ...]:
    return window.parts[0].project.style.annotations


def test_it_draws_while_a_key_says_so(window: MainWindow) -> None:
    _drag(window, (-2, 0), (0, 1), (2, 0))
    assert _shown(window) == ()
    _type(window, Key.Key_P)
    _drag(window, (-2, 0), (0, 1), (2, 0))
    _drag(window, (-2, -1), (2, -1))
    assert [one.kind for one in _shown(window)] == ["stroke", "stroke"]
    _type(window, Key.Key_P)
    _drag(window, (-2, 0), (0, 1), (2, 0))
    assert len(_shown(window)) == 2


def test_the_right_button_draws_without_the_key(window: MainWindow) -> None:
    _drag(window, (-2, 0), (0, 1), (2, 0), button=RIGHT)
    assert len(_shown(window)) == 1
    assert not window.presenting.pen.is_on


def test_a_key_wipes_its_strokes_and_nothing_else(window: MainWindow) -> None:
    document = window.parts[0]
    arrow = Annotation("arrow", ((0.0, 0.0), (1.0, 1.0)))
    document.set_annotations((arrow,), "Give")
    _type(window, Key.Key_P)
    _drag(window, (-2, 0), (2, 0))
    assert len(_shown(window)) == 2
    _type(window, Key.Key_E)
    assert _shown(window) == (arrow,)
    assert window.presenting.pen.is_on


def test_the_next_scene_has_none_and_the_scene_keeps_none(window: MainWindow) -> None:
    _type(window, Key.Key_P)
    _drag(window, (-2, 0), (2, 0))
    _type(window, Key.Key_PageDown)
    assert _shown(window) == ()
    _type(window, Key.Key_PageUp)
    assert _shown(window) == ()
    assert all(scene.style.annotations == () for scene in window.talk.scenes)


def test_keeping_the_view_keeps_them(window: MainWindow) -> None:
    _type(window, Key.Key_P)
    _drag(window, (-2, 0), (2, 0))
    _type(window, Key.Key_K)
    strokes = _shown(window)
    assert window.talk.scene is not None
    assert window.talk.scene.style.annotations == strokes
    _type(window, Key.Key_Escape, Key.Key_Escape)
    assert not window.presenting.is_on
    assert _shown(window) == strokes


def test_escape_puts_it_away_first_and_leaving_wipes(window: MainWindow) -> None:
    document = window.parts[0]
    was_modified, steps = document.is_modified, document.undo_stack.count()
    _type(window, Key.Key_P)
    _drag(window, (-2, 0), (2, 0))
    _type(window, Key.Key_Escape)
    assert (window.presenting.is_on, window.presenting.pen.is_on, len(_shown(window))) == (True, False, 1)
    _type(window, Key.Key_Escape)
    assert not window.presenting.is_on
    assert (_shown(window), document.is_modified, document.undo_stack.count()) == ((), was_modified, steps)


def test_outside_of_the_mode_there_is_no_pen(lectern: MainWindow) -> None:
    _type(lectern, Key.Key_E)
    _drag(lectern, (-2, 0), (2, 0), button=RIGHT)
    _drag(lectern, (-2, 0), (2, 0))
    assert _shown(lectern) == ()


def test_a_stroke_under_way_goes_with_its_scene(window: MainWindow) -> None:
    board = window.stage.canvas
    _type(window, Key.Key_P)
    QTest.mousePress(board, LEFT, NO_KEYS, board.position_of((-2, 0)).toPoint())
    QTest.mouseMove(board, board.position_of((2, 0)).toPoint())
    _type(window, Key.Key_PageDown)
    QTest.mouseRelease(board, LEFT, NO_KEYS, board.position_of((2, 0)).toPoint())
    assert _shown(window) == ()


def test_a_full_picture_says_so(window: MainWindow) -> None:
    many = tuple(Annotation("text", ((0.1 * k, 5.0),), "x") for k in range(MOST_ANNOTATIONS))
    window.parts[0].set_annotations(many, "Give")
    _type(window, Key.Key_P)
    _drag(window, (-2, 0), (2, 0))
    assert _shown(window) == many
    assert "full" in window.presenting.hint.text


def test_the_pointer_gives_way_and_comes_back(window: MainWindow) -> None:
    _type(window, Key.Key_P)
    assert not window.presenting.pointer.is_on
    assert window.stage.canvas.cursor().shape() == Qt.CursorShape.BitmapCursor
    _type(window, Key.Key_P)
    assert window.presenting.pointer.is_on
    assert window.stage.canvas.cursor().shape() == Qt.CursorShape.BlankCursor


def test_two_quick_dots_do_not_move_the_camera(window: MainWindow) -> None:
    _type(window, Key.Key_P)
    document = window.parts[0]
    window.camera.zoom_in()
    camera = document.project.style.camera
    QTest.mouseDClick(window.stage.canvas, LEFT)
    QTest.mouseRelease(window.stage.canvas, LEFT)
    assert document.project.style.camera == camera
