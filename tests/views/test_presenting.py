"""Presentation mode: large type, the talk's keys, a black screen, a pointer; and the window comes back as it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from documents import reopen, save
from made_flows import learned
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QCloseEvent, QImage, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from fmviz.canvas.fonts import text_width
from fmviz.core.project import KeptStep, Project
from fmviz.core.style import Style
from fmviz.engine.results import State
from fmviz.views.main_window import MainWindow

Key = Qt.Key
# Type that the last row can read, as a share of the height.
READABLE = 0.025


@pytest.fixture
def window(lectern: MainWindow) -> MainWindow:
    """The lectern in presentation mode, before the first scene."""
    _do(lectern, "fullscreen")
    return lectern


def _do(window: MainWindow, name: str) -> None:
    window.actions_by_name[name].trigger()


def _type(window: MainWindow, *keys: Qt.Key) -> None:
    for key in keys:
        QTest.keyClick(window.stage.canvas, key)


def _lanes(window: MainWindow) -> tuple[int, ...]:
    project = window.parts[0].project
    return project.style.shown_lanes(len(project.lanes))


def _text_px(window: MainWindow) -> tuple[int, int]:
    """Return the sizes of titles and legends."""
    canvas = window.stage.canvas
    layout = canvas.layout_now()
    return layout.text_px, layout.small_px


def _caption(window: MainWindow) -> str:
    canvas = window.stage.canvas
    block = canvas.layout_now().caption
    return "" if block is None else " ".join(block.lines)


def _cursor(window: MainWindow) -> Qt.CursorShape:
    return window.stage.canvas.cursor().shape()


def _point(window: MainWindow) -> None:
    """Move the mouse over the stage, twice: the first time may be Qt's own doing."""
    board = window.stage.canvas
    for step in range(2):
        QTest.mouseMove(board, board.rect().center() + QPoint(7 * step, 5 * step))


def _pixels(image: QImage) -> np.ndarray:
    return np.frombuffer(image.constBits(), dtype=np.uint8).copy()


class PaintCount(QObject):
    """Counts how often a widget is painted."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


# The stage alone


def test_the_type_is_large_and_only_in_the_mode(lectern: MainWindow, qtbot: QtBot) -> None:
    usual = _text_px(lectern)
    _do(lectern, "fullscreen")
    assert lectern.isFullScreen()
    qtbot.waitUntil(lambda: lectern.stage.canvas.height() == lectern.height())
    height = lectern.height()
    text, small = _text_px(lectern)
    assert small >= READABLE * height
    assert text > 1.3 * usual[0]
    assert lectern.presenting.hint.text_px > 0.02 * height
    _do(lectern, "fullscreen")
    qtbot.waitUntil(lambda: _text_px(lectern) == usual)


def test_the_hint_of_an_empty_stage_is_large_too(lectern: MainWindow, qtbot: QtBot) -> None:
    lectern.parts[1].reset()
    hint = lectern.stage._hint
    qtbot.waitUntil(hint.isVisible)
    usual = hint.fontMetrics().height()
    _do(lectern, "fullscreen")
    qtbot.waitUntil(lambda: hint.fontMetrics().height() > 1.3 * usual)
    assert lectern.stage.canvas.rect().contains(hint.geometry())
    _do(lectern, "fullscreen")
    qtbot.waitUntil(lambda: hint.fontMetrics().height() == usual)


def test_the_window_comes_back_as_it_was(lectern: MainWindow) -> None:
    lectern.showMaximized()
    _do(lectern, "scenes")
    _do(lectern, "fullscreen")
    assert not lectern.scenes.isVisible()
    assert lectern.actions_by_name["fullscreen"].isChecked()
    _type(lectern, Key.Key_Escape)
    assert lectern.isMaximized()
    assert not lectern.isFullScreen()
    assert lectern.scenes.isVisible()
    assert not lectern.training.isVisible()
    assert not lectern.actions_by_name["fullscreen"].isChecked()


def test_captions_of_the_present_scene_stand_below(window: MainWindow) -> None:
    assert _caption(window) == ""
    seen = []
    for _ in range(3):
        _type(window, Key.Key_PageDown)
        seen.append(_caption(window))
    assert seen == ["Straight or bent", "OT alone", ""]
    _type(window, Key.Key_PageUp)
    window.talk.set_caption(1, "Changed meanwhile")
    assert _caption(window) == "Changed meanwhile"
    _type(window, Key.Key_Escape)
    assert _caption(window) == ""


def test_presenting_begins_with_the_first_scene_the_stage_alone_with_what_it_shows(lectern: MainWindow) -> None:
    _do(lectern, "present")
    assert lectern.presenting.is_on
    assert lectern.talk.index == 0
    _type(lectern, Key.Key_PageDown)
    playhead = lectern.parts[2]
    playhead.set_t(0.9)
    _do(lectern, "present")  # what a clicker's start key sends again
    assert lectern.presenting.is_on
    assert playhead.t == 0.9
    _type(lectern, Key.Key_Escape)
    _do(lectern, "fullscreen")
    assert lectern.talk.index == 1
    _type(lectern, Key.Key_Escape)
    _do(lectern, "present")
    assert lectern.talk.index == 0
    assert playhead.t == 0.25


def test_without_scenes_presenting_shows_the_stage_alone(lectern: MainWindow) -> None:
    lectern.parts[0].set_scenes((), "Empty")
    _do(lectern, "present")
    assert lectern.presenting.is_on
    _type(lectern, Key.Key_Escape)
    assert not lectern.presenting.is_on


def test_no_stray_key_changes_the_talk(lectern: MainWindow) -> None:
    document = lectern.parts[0]
    before = document.project
    _do(lectern, "present")
    style = document.project.style
    learned = lectern.parts[1].learned()
    for keys in ("Ctrl+Z", "Ctrl+Y", "Ctrl+N", "Ctrl+R", "X", "Shift+K", "T", "Shift+T", "Ctrl+T", "C"):
        QTest.keySequence(lectern.stage.canvas, QKeySequence(keys))
    assert document.project.scenes == before.scenes
    assert (document.project.source, document.project.target) == (before.source, before.target)
    assert document.project.style == style
    assert document.project.lanes == before.lanes
    assert (lectern.parts[1].state, lectern.parts[1].engine_process_id) == (State.DONE, None)
    assert [entry.snapshot for entry in lectern.parts[1].learned()] == [entry.snapshot for entry in learned]
    _type(lectern, Key.Key_Escape)
    QTest.keySequence(lectern.stage.canvas, QKeySequence("Ctrl+Z"))  # as everywhere else
    assert document.project.scenes != before.scenes


# Walking


def test_a_talk_is_walked_through(window: MainWindow) -> None:
    document, _, playhead = window.parts
    place = window.presenting.place
    assert not place.isVisible()
    seen = []
    for key in (Key.Key_PageDown, Key.Key_PageDown, Key.Key_PageDown, Key.Key_PageDown, Key.Key_PageUp):
        _type(window, key)
        assert place.isVisible()
        seen.append((place.text, document.project.style.view, playhead.is_playing))
    assert seen == [("1 / 3  Paths", "trajectories", False), ("2 / 3  Field", "field", False),
                    ("3 / 3  Moving", "density", True), ("3 / 3  Moving", "density", True),
                    ("2 / 3  Field", "field", False)]
    before = document.project
    _type(window, Key.Key_Escape)
    assert document.project == before


def test_what_lies_over_the_stage_fades_by_itself(window: MainWindow, qtbot: QtBot) -> None:
    for badge in (window.presenting.hint, window.presenting.place):
        badge.say("Soon gone", 1)
        assert badge.isVisible()
        qtbot.waitUntil(lambda badge=badge: not badge.isVisible())
        badge.say("x" * 2000, 60_000)
        assert badge.parentWidget().rect().contains(badge.geometry())
        canvas = window.stage.canvas
        legend = canvas.layout_now().footer
        assert legend is None or not badge.geometry().intersects(QRect(*legend))
    assert not window.presenting.hint.geometry().intersects(window.presenting.place.geometry())
    _do(window, "fullscreen")
    assert not window.presenting.place.isVisible()


def test_the_way_back_comes_first_and_all_keys_fit_at_1280_px(window: MainWindow) -> None:
    document, _, _ = window.parts
    document.set_lanes(("random", "ot"))
    _do(window, "fullscreen")
    _do(window, "fullscreen")
    hint, canvas = window.presenting.hint, window.stage.canvas
    assert hint.text.startswith("Esc: back")
    assert "A: other panes" in hint.text
    canvas.resize(1280, 800)
    assert text_width(hint.text, hint.text_px) <= hint._room()


def test_keys_of_views_and_time_work_in_the_mode(window: MainWindow) -> None:
    document, _, playhead = window.parts
    _type(window, Key.Key_4)
    assert document.project.style.view == "density"
    _type(window, Key.Key_End)
    assert playhead.t == 1.0
    _type(window, Key.Key_Left)
    assert playhead.t == pytest.approx(0.98)
    _type(window, Key.Key_Home, Key.Key_Space)
    assert playhead.is_playing


# Lanes


def test_a_key_walks_through_the_lanes(window: MainWindow) -> None:
    seen = [_lanes(window)]
    for _ in range(4):
        _type(window, Key.Key_A)
        seen.append(_lanes(window))
    assert seen == [(0, 1), (0,), (1,), (0, 1), (0,)]


def test_one_lane_has_nothing_to_walk_through(window: MainWindow) -> None:
    window.parts[0].set_lanes(("ot",))
    before = window.parts[0].project
    _type(window, Key.Key_A)
    assert window.parts[0].project is before
    assert Style().with_next_lanes(1) == Style()


def test_lanes_come_back_unless_a_scene_was_shown(window: MainWindow) -> None:
    document = window.parts[0]
    document.set_style(replace(document.project.style, lanes=(1,)))
    _type(window, Key.Key_A, Key.Key_A, Key.Key_3, Key.Key_Escape)
    assert document.project.style.lanes == (1,)
    assert document.project.style.view == "field"
    _do(window, "fullscreen")
    _type(window, Key.Key_A, Key.Key_PageDown, Key.Key_Escape)
    assert document.project.style == document.project.scenes[0].style


def test_an_end_of_the_talk_does_not_make_a_glance_at_one_lane_last(window: MainWindow) -> None:
    document = window.parts[0]
    window.talk.show(2)
    before = document.project.style
    _type(window, Key.Key_A, Key.Key_PageDown)
    assert window.presenting.place.isVisible()
    _type(window, Key.Key_Escape)
    assert document.project.style == before


@pytest.mark.parametrize("lanes", [(0,), (1,), ()])
def test_another_project_keeps_its_lanes(window: MainWindow, tmp_path: Path, lanes: tuple[int, ...]) -> None:
    document, session, _ = window.parts
    document.set_style(replace(document.project.style, lanes=lanes))
    save(document, tmp_path / "other.fmviz", session.learned())
    document.set_style(replace(document.project.style, lanes=()))
    document.set_scenes((), "Differ")
    _type(window, Key.Key_A)
    assert _lanes(window) == (0,)
    reopen(document, tmp_path / "other.fmviz")
    _type(window, Key.Key_Escape)
    assert document.project.style.lanes == lanes


def test_a_glance_at_one_lane_ends_in_a_new_project_too(window: MainWindow) -> None:
    document = window.parts[0]
    _type(window, Key.Key_A)
    document.new()  # which is shown in the present style
    assert document.project.style.lanes == (0,)
    _type(window, Key.Key_Escape)
    assert document.project.style.lanes == ()


def test_leaving_leaves_the_lanes_of_other_hands_alone(window: MainWindow) -> None:
    document = window.parts[0]
    changes: list[Project] = []
    _type(window, Key.Key_PageDown)
    document.changed.connect(lambda new, old: changes.append(new))
    _type(window, Key.Key_Escape)
    assert changes == []


# Black


@pytest.mark.parametrize("key", [Key.Key_B, Key.Key_Period])
def test_black_covers_all_and_any_key_only_lifts_it(window: MainWindow, key: Qt.Key) -> None:
    document, _, playhead = window.parts
    _type(window, Key.Key_PageDown)
    playhead.play()
    t = playhead.t
    _type(window, key)
    image = window.stage.grab().toImage()
    assert {image.pixelColor(x, y).name() for x in range(0, image.width(), 97) for y in range(0, image.height(), 89)
            } == {"#000000"}
    assert not playhead.is_playing
    assert playhead.t == t
    _type(window, Key.Key_Shift)
    assert window.presenting.black_screen.is_black
    before = document.project
    for other in (Key.Key_PageDown, Key.Key_D, Key.Key_Escape, Key.Key_B, Key.Key_Space):
        _type(window, other)
        assert not window.presenting.black_screen.is_black
        assert playhead.is_playing
        _type(window, key)
    assert window.presenting.is_on
    assert document.project is before
    assert not window.draw_tool.is_active


def test_a_click_lifts_the_black_and_what_stood_stands(window: MainWindow) -> None:
    playhead = window.parts[2]
    playhead.pause()
    _type(window, Key.Key_B)
    QTest.mouseClick(window.presenting.black_screen, Qt.MouseButton.LeftButton)
    assert not window.presenting.black_screen.is_black
    assert not playhead.is_playing


def test_watching_goes_on_after_the_black(window: MainWindow) -> None:
    document, session, _ = window.parts
    weights = {"net.weight": np.zeros((2, 2), dtype=np.float32)}
    kept = tuple(KeptStep(step, weights) for step in (0, 100))
    session.adopt(tuple(replace(lane, kept=kept) for lane in learned(document.project)))
    session.steps.watch()
    assert session.steps.is_watching
    _type(window, Key.Key_B)
    assert not session.steps.is_watching
    _type(window, Key.Key_B)
    assert session.steps.is_watching
    session.steps.stop_watching()


def test_what_begins_behind_the_black_waits(window: MainWindow) -> None:
    document, session, playhead = window.parts
    playhead.pause()
    weights = {"net.weight": np.zeros((2, 2), dtype=np.float32)}
    kept = tuple(KeptStep(step, weights) for step in (0, 100))
    _type(window, Key.Key_B)
    session.adopt(tuple(replace(lane, kept=kept) for lane in learned(document.project)))
    playhead.play()  # as a run's first picture does
    session.steps.watch()
    assert not playhead.is_playing
    assert not session.steps.is_watching
    _type(window, Key.Key_B)
    assert playhead.is_playing
    assert session.steps.is_watching
    session.steps.stop_watching()


def test_nothing_is_black_outside_of_the_mode(lectern: MainWindow) -> None:
    playhead = lectern.parts[2]
    playhead.set_t(0.5)
    lectern.stage.canvas.setFocus()
    _type(lectern, Key.Key_A, Key.Key_B, Key.Key_Period)
    assert not lectern.presenting.black_screen.is_black
    assert _lanes(lectern) == (0, 1)
    assert playhead.t == pytest.approx(0.52)  # the dot's other meaning


def test_closing_behind_the_black_leaves_a_window(own_lectern: MainWindow) -> None:
    window = own_lectern
    _do(window, "fullscreen")
    playhead = window.parts[2]
    playhead.play()
    _type(window, Key.Key_B)
    window.parts[0].new()
    window.closeEvent(QCloseEvent())
    assert not playhead.is_playing
    assert not window.isFullScreen()
    assert not window.presenting.black_screen.is_black


def test_closing_behind_the_black_ends_watching(own_lectern: MainWindow, tmp_path: Path) -> None:
    window = own_lectern
    _do(window, "fullscreen")
    document, session, _ = window.parts
    weights = {"net.weight": np.zeros((2, 2), dtype=np.float32)}
    kept = tuple(KeptStep(step, weights) for step in (0, 100))
    session.adopt(tuple(replace(lane, kept=kept) for lane in learned(document.project)))
    session.steps.watch()
    _type(window, Key.Key_B)
    save(document, tmp_path / "talk.fmviz", session.learned())  # closing must not ask in a test
    window.closeEvent(QCloseEvent())
    assert not session.steps.is_watching


# The pointer


def test_the_pointer_follows_rests_and_leaves(window: MainWindow) -> None:
    assert _cursor(window) == Qt.CursorShape.BlankCursor
    pointer = window.presenting.pointer
    _point(window)
    assert _cursor(window) == Qt.CursorShape.BitmapCursor
    assert pointer.rest.isActive()
    assert pointer.rest.interval() == 2000
    pointer.rest.timeout.emit()
    assert _cursor(window) == Qt.CursorShape.BlankCursor
    _point(window)
    assert _cursor(window) == Qt.CursorShape.BitmapCursor
    _do(window, "fullscreen")
    assert _cursor(window) == Qt.CursorShape.ArrowCursor
    assert not pointer.rest.isActive()
    _point(window)
    assert _cursor(window) == Qt.CursorShape.ArrowCursor


def test_the_pointer_costs_no_painting(window: MainWindow, qtbot: QtBot) -> None:
    board = window.stage.canvas
    window.parts[2].pause()
    for badge in (window.presenting.hint, window.presenting.place):
        badge.clear()
    qtbot.waitUntil(lambda: window.stage.canvas.height() == window.height())
    window.stage.canvas.show_frames(window.stage.frames())
    painted = PaintCount(board)
    qtbot.waitUntil(lambda: painted.count > 0)
    QApplication.processEvents()
    painted.count = 0
    for step in range(20):
        QTest.mouseMove(board, QPoint(200 + 3 * step, 200))
        QApplication.processEvents()
    assert _cursor(window) == Qt.CursorShape.BitmapCursor
    assert painted.count == 0


def test_the_pointer_is_bright_on_any_ground_and_as_large_as_promised(window: MainWindow) -> None:
    _point(window)
    image = window.stage.canvas.cursor().pixmap().toImage()
    middle = image.pixelColor(image.width() // 2, image.height() // 2)
    assert middle.red() > 200 > 100 > middle.green()
    ratio = image.devicePixelRatio()
    red = [x for x in range(image.width()) if image.pixelColor(x, image.height() // 2).red() > 200 >
           image.pixelColor(x, image.height() // 2).green() + 60]
    assert len(red) / ratio == pytest.approx(0.012 * window.stage.canvas.height(), abs=2)
    row = [image.pixelColor(x, image.height() // 2) for x in range(image.width())]
    assert any(pixel.alpha() > 200 and pixel.green() > 200 for pixel in row)  # a white ring


def test_nothing_of_the_mode_but_its_type_is_in_a_picture(window: MainWindow) -> None:
    _type(window, Key.Key_PageDown)
    canvas = window.stage.canvas
    canvas.show_frames(window.stage.frames())
    window.presenting.place.clear()
    window.presenting.hint.clear()
    plain = _pixels(canvas.to_image(640, 400))
    _point(window)
    window.presenting.place.say("Where the talk is", 60_000)
    assert np.array_equal(_pixels(canvas.to_image(640, 400)), plain)
    _type(window, Key.Key_B)
    assert np.array_equal(_pixels(canvas.to_image(640, 400)), plain)
    assert window.parts[0].project.export == Project().export


# Drawing in the mode


def test_while_a_cloud_is_drawn_its_keys_come_first(window: MainWindow) -> None:
    _do(window, "draw_target")
    assert window.presenting.is_on
    assert _cursor(window) == Qt.CursorShape.CrossCursor
    board = window.stage.canvas
    QTest.mouseMove(board, board.rect().center())
    QTest.mouseMove(board, QPointF(board.rect().center()).toPoint() + QPoint(9, 9))
    assert _cursor(window) == Qt.CursorShape.CrossCursor
    _type(window, Key.Key_A, Key.Key_B, Key.Key_Period, Key.Key_E, Key.Key_S)
    assert not window.presenting.black_screen.is_black
    assert _lanes(window) == (0, 1)
    assert window.draw_tool.settings.tool == "spray"
    _type(window, Key.Key_Escape)
    assert not window.draw_tool.is_active
    assert window.presenting.is_on
    assert _cursor(window) == Qt.CursorShape.BlankCursor
    _type(window, Key.Key_B)
    assert window.presenting.black_screen.is_black
