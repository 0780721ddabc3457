"""Annotating with a real mouse on the real stage: draw, select, move, words, delete, undo; nothing while it is off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from fmviz.core.annotations import KINDS, MOST_ANNOTATIONS, MOST_PLACES, Annotation
from fmviz.core.camera import FARTHEST, Camera
from fmviz.core.extent import Box
from fmviz.core.follow import Place
from fmviz.core.project import Scene
from fmviz.core.theme import Theme
from fmviz.engine.document import Document
from fmviz.engine.playhead import Playhead
from fmviz.engine.session import Session
from fmviz.views.annotate_input import AnnotateBar, WordsField, annotating_of
from fmviz.views.annotate_tool import AnnotateTool, Draw, Move
from fmviz.views.layouts import column
from fmviz.views.stage import Stage

LEFT, NO_KEYS, SHIFT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
Key = Qt.Key


class Board(QWidget):
    """A window with the stage, the annotating tool and its bar; the mouse is in world units."""

    def __init__(self, document: Document, session: Session, playhead: Playhead, theme: Theme) -> None:
        super().__init__()
        self.document, self.playhead = document, playhead
        self.stage = Stage(document, session, playhead, theme)
        self.canvas = self.stage.canvas
        self.tool = AnnotateTool(self.canvas, document, self)
        annotating_of(self.canvas, self.tool)
        self.bar = AnnotateBar(self.tool, document, playhead)
        self.messages: list[str] = []
        self.tool.message.connect(self.messages.append)
        column(self.bar, (self.stage, 1), on=self)
        self.resize(700, 760)

    @property
    def shown(self) -> tuple[Annotation, ...]:
        return self.document.project.style.annotations

    @property
    def field(self) -> WordsField:
        return self.canvas.findChild(WordsField)  # type: ignore[return-value]

    def at(self, place: Place) -> QPoint:
        return self.canvas.position_of(place).toPoint()

    def drag(self, *places: Place, keys: Qt.KeyboardModifier = NO_KEYS) -> None:
        QTest.mousePress(self.canvas, LEFT, keys, self.at(places[0]))
        for place in places[1:]:
            QTest.mouseMove(self.canvas, self.at(place))
        QTest.mouseRelease(self.canvas, LEFT, keys, self.at(places[-1]))
        self.canvas.grab()  # what a mouse can take hold of is what was painted

    def click(self, place: Place) -> None:
        self.drag(place)

    def key(self, key: Qt.Key | str) -> None:
        QTest.keyClick(self.canvas, key)


@pytest.fixture
def board(qtbot: QtBot, document: Document, session: Session, playhead: Playhead, theme: Theme) -> Board:
    board = Board(document, session, playhead, theme)
    qtbot.addWidget(board)
    board.show()
    qtbot.waitExposed(board)
    board.activateWindow()
    qtbot.waitUntil(board.isActiveWindow)
    board.canvas.setFocus()
    qtbot.waitUntil(lambda: bool(board.stage.frames()) and board.canvas.seen().half_x > 1)
    board.canvas.show_frames(board.stage.frames())
    board.canvas.grab()
    return board


def near(one: Annotation, *places: Place, slack: float = 0.1) -> bool:
    return bool(np.allclose(one.xy, np.array(places), atol=slack))


def test_a_drag_makes_one_and_is_one_step(board: Board) -> None:
    board.tool.start()
    board.drag((-4, -4), (0, 0), (1, 2))
    [arrow] = board.shown
    assert (arrow.kind, arrow.t0, arrow.t1) == ("arrow", 0.0, 1.0)
    assert near(arrow, (-4, -4), (1, 2))
    assert board.document.undo_stack.count() == 1
    board.document.undo()
    assert board.shown == ()
    board.document.redo()
    assert board.shown == (arrow,)


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if not kind.needs_text], ids=lambda kind: kind.key)
def test_every_kind_is_chosen_by_its_key_and_dragged(board: Board, kind) -> None:
    board.tool.start()
    board.key(kind.shortcut)
    assert board.bar.kinds[kind.key].isChecked()
    board.drag((-1, -1), (0, 1), (1, 0.5))
    [made] = board.shown
    assert made.kind == kind.key
    assert near(replace(made, places=made.places[:1]) if kind.key == "text" else made, *made.places)
    assert abs(made.places[0][0] + 1) < 0.1
    board.canvas.grab()


def test_a_long_stroke_has_few_places(board: Board) -> None:
    board.tool.start()
    board.tool.set_kind("stroke")
    turn = np.linspace(0, 40, 1_500)
    board.drag(*((t / 12 * np.cos(t), t / 12 * np.sin(t)) for t in turn.tolist()))
    assert 20 < len(board.shown[0].places) <= MOST_PLACES


def test_shift_makes_a_circle(board: Board) -> None:
    board.tool.start()
    board.tool.set_kind("ring")
    board.drag((0, 0), (3, 1), keys=SHIFT)
    (x0, y0), (x1, y1) = board.shown[0].places
    assert abs(x1 - x0) == pytest.approx(abs(y1 - y0))


def test_a_click_draws_nothing(board: Board) -> None:
    board.tool.start()
    for kind in ("arrow", "ring", "bracket", "stroke", "inset"):
        board.tool.set_kind(kind)
        board.click((1, 1))
    assert (board.shown, board.document.can_undo) == ((), False)


def test_words_are_typed_where_they_stand(board: Board) -> None:
    board.tool.start()
    board.key("T")
    board.click((1, 2))
    assert board.field.hasFocus()
    QTest.keyClicks(board.field, "they cross")
    assert board.shown == ()
    QTest.keyClick(board.field, Key.Key_Return)
    [words] = board.shown
    assert (words.kind, words.text) == ("text", "they cross")
    assert near(words, (1, 2))
    assert board.canvas.hasFocus()
    assert board.tool.is_active


def test_words_that_are_given_up_or_empty_are_none(board: Board) -> None:
    board.tool.start()
    board.key("T")
    for last in (Key.Key_Escape, Key.Key_Return):
        board.click((1, 2))
        if last == Key.Key_Escape:
            QTest.keyClicks(board.field, "no")
        QTest.keyClick(board.field, last)
        assert not board.field.is_open
    assert (board.shown, board.document.can_undo, board.tool.is_active) == ((), False, True)


def test_a_double_click_writes_words_and_emptied_words_vanish(board: Board) -> None:
    board.tool.start()
    board.drag((-3, 0), (3, 0))
    QTest.mouseDClick(board.canvas, LEFT, NO_KEYS, board.at((0, 0)))
    QTest.mouseRelease(board.canvas, LEFT, NO_KEYS, board.at((0, 0)))
    QTest.keyClicks(board.field, "straight")
    board.click((0, -5))  # a click elsewhere takes them, and does nothing else
    assert [(one.kind, one.text) for one in board.shown] == [("arrow", "straight")]
    assert near(board.shown[0], (-3, 0), (3, 0))
    board.click((0, 0))
    board.key(Key.Key_Return)
    board.field.clear()
    QTest.keyClick(board.field, Key.Key_Return)
    assert [(one.kind, one.text) for one in board.shown] == [("arrow", "")]
    assert board.document.undo_stack.count() == 3


def test_letters_in_the_field_are_letters(board: Board) -> None:
    board.tool.start()
    board.key("T")
    board.click((1, 2))
    QTest.keyClicks(board.field, "ABRFI")
    assert (board.field.text(), board.tool.kind) == ("ABRFI", "text")


def test_a_click_selects_a_drag_moves_and_delete_removes(board: Board) -> None:
    board.tool.start()
    board.drag((-3, 0), (3, 0))
    board.drag((0, 4), (3, 4))
    board.click((0, 0))
    assert board.tool.selected_index == 0
    board.drag((0, 0), (1, -1), (1, -2))
    assert near(board.shown[0], (-2, -2), (4, -2))
    assert near(board.shown[1], (0, 4), (3, 4))
    board.key(Key.Key_Delete)
    assert len(board.shown) == 1
    assert near(board.shown[0], (0, 4), (3, 4))
    for _ in range(2):
        board.document.undo()
    assert near(board.shown[0], (-3, 0), (3, 0))


def test_arrow_keys_move_the_selected_one(board: Board) -> None:
    board.tool.start()
    board.drag((-3, 0), (3, 0))
    before, step = board.shown[0].xy, 0.01 * board.canvas.seen().half_y
    board.key(Key.Key_Up)
    assert np.allclose(board.shown[0].xy, before + (0, step))
    QTest.keyClick(board.canvas, Key.Key_Left, SHIFT)
    assert np.allclose(board.shown[0].xy, before + (-5 * step, step))
    for _ in range(2):
        board.document.undo()
    assert np.array_equal(board.shown[0].xy, before)


def test_a_handle_moves_one_end(board: Board) -> None:
    board.tool.start()
    board.drag((-3, 0), (3, 0))
    board.drag((3, 0), (3, 3))
    assert near(board.shown[0], (-3, 0), (3, 3))


def test_an_inset_is_moved_by_its_frame_and_by_its_place(board: Board) -> None:
    board.tool.start()
    board.tool.set_kind("inset")
    board.drag((-0.5, -0.5), (0.5, 0.5))
    x, y = board.shown[0].places[2]
    board.drag((x, y), (x * 0.9, y * 0.9))
    assert near(board.shown[0], (-0.5, -0.5), (0.5, 0.5), (0.9 * x, 0.9 * y))
    board.drag((0, 0), (1, 0))
    assert near(board.shown[0], (0.5, -0.5), (1.5, 0.5), (0.9 * x, 0.9 * y))


def test_an_inset_keeps_its_place_while_a_corner_is_on_the_others_row(board: Board) -> None:
    board.tool.start()
    board.tool.set_kind("inset")
    board.drag((-0.5, -0.5), (0.5, 0.5))
    corner = board.shown[0].places[0]
    gesture = Move(0, board.shown[0], (1,), (0.0, 0.0))
    gesture.move((0.25, 0.25), is_constrained=False)
    kept = gesture.made
    gesture.move((0.0, corner[1] - board.shown[0].places[1][1]), is_constrained=False)
    assert gesture.made is kept
    gesture.move((0.0, 0.0), is_constrained=False)
    assert gesture.made == board.shown[0]


@pytest.mark.parametrize("kind", [kind.key for kind in KINDS.values() if not kind.needs_text])
def test_a_drag_to_too_far_away_leaves_what_was_drawn(kind: str) -> None:
    far = (2 * FARTHEST, 1.0)
    gesture = Draw(0, kind, "plain", (0.0, 0.0), 0.1, Box(0.0, 0.0, 5.0, 5.0))
    gesture.move((1.0, 2.0), is_constrained=False)
    kept = gesture.made
    assert kept is not None
    gesture.move(far, is_constrained=False)
    assert gesture.made is kept
    gesture.move((2.0, 1.0), is_constrained=False)
    assert gesture.made != kept
    moving = Move(0, kept, (), (0.0, 0.0))
    moving.move(far, is_constrained=False)
    assert moving.made is kept


def test_what_would_be_moved_too_far_away_stays_with_a_sentence(board: Board) -> None:
    arrow = Annotation("arrow", ((0.0, 0.0), (1.0, 0.0)))
    board.document.set_annotations((arrow,), "Give")
    board.tool.start()
    board.tool.select(0)
    board.tool.nudge(2 * FARTHEST, 0.0)
    assert board.shown == (arrow,)
    assert "give two numbers" in board.messages[-1]


def test_a_camera_moves_nothing_in_the_plane(board: Board) -> None:
    board.tool.start()
    board.drag((-3, 0), (3, 0))
    before = board.shown
    board.document.set_style(replace(board.document.project.style, camera=Camera(1, 1, 5)))
    board.canvas.grab()
    assert board.shown == before
    assert board.canvas.grip_at((0, 0)) is not None
    board.drag((0, 0), (0.5, 0))
    assert near(board.shown[0], (-2.5, 0), (3.5, 0))


def test_escape_gives_up_the_drag_then_the_selection_then_the_mode(board: Board) -> None:
    board.tool.start()
    board.drag((-3, 0), (3, 0))
    QTest.mousePress(board.canvas, LEFT, NO_KEYS, board.at((0, 0)))
    QTest.mouseMove(board.canvas, board.at((0, 3)))
    board.key(Key.Key_Escape)
    QTest.mouseRelease(board.canvas, LEFT, NO_KEYS, board.at((0, 3)))
    assert near(board.shown[0], (-3, 0), (3, 0))
    assert board.tool.selected is not None
    board.key(Key.Key_Escape)
    assert (board.tool.selected, board.tool.is_active) == (None, True)
    board.key(Key.Key_Escape)
    assert not board.tool.is_active


def test_the_end_of_the_mode_takes_words_and_a_drag(board: Board) -> None:
    board.tool.start()
    board.key("T")
    board.click((1, 2))
    QTest.keyClicks(board.field, "they cross")
    board.tool.stop()
    assert [(one.kind, one.text) for one in board.shown] == [("text", "they cross")]
    assert (board.field.is_open, board.tool.selected_index) == (False, -1)
    board.tool.start()
    board.key("A")
    QTest.mousePress(board.canvas, LEFT, NO_KEYS, board.at((-3, -3)))
    QTest.mouseMove(board.canvas, board.at((0, -3)))
    board.tool.stop()
    QTest.mouseRelease(board.canvas, LEFT, NO_KEYS, board.at((2, -3)))
    assert near(board.shown[1], (-3, -3), (0, -3))
    assert (len(board.shown), board.tool.selected_index, board.document.undo_stack.count()) == (2, -1, 2)


def test_nothing_is_drawn_while_the_mode_is_off(board: Board) -> None:
    board.drag((-3, 0), (3, 0))
    board.key("T")
    assert (board.shown, board.tool.kind) == ((), "arrow")


def test_the_bar_changes_the_selected_one(board: Board) -> None:
    board.tool.start()
    assert not board.bar.from_here.isEnabled()
    board.drag((-3, 0), (3, 0))
    board.bar.inks.button("target").click()
    board.playhead.set_t(0.25)
    board.bar.from_here.click()
    board.playhead.set_t(0.5)
    board.bar.to_here.click()
    [arrow] = board.shown
    assert (arrow.ink, arrow.t0, arrow.t1) == ("target", 0.25, 0.5)
    assert board.bar.span.text() == "t = 0.25 to 0.50"
    board.playhead.set_t(0.1)
    board.bar.to_here.click()
    assert (board.shown[0].t0, board.shown[0].t1) == (0.1, 0.1)
    board.bar.always.click()
    assert (board.shown[0].t0, board.shown[0].t1) == (0.0, 1.0)
    assert not board.bar.factor.isEnabled()
    board.bar.delete_button.click()
    assert board.shown == ()


def test_an_insets_magnification_is_changed(board: Board) -> None:
    board.tool.start()
    board.tool.set_kind("inset")
    board.drag((-0.5, -0.5), (0.5, 0.5))
    assert board.bar.factor.value() == 3.0
    board.bar.factor.spin.setValue(4.0)
    assert board.shown[0].factor == 4.0
    board.tool.change_selected("Give", factor=2.692857)
    assert board.bar.factor.spin.text() == "2.69 x"
    assert board.shown[0].factor == 2.692857


def test_all_are_removed_by_a_button_that_says_so_and_come_back(board: Board) -> None:
    board.tool.start()
    board.drag((-3, 0), (3, 0))
    shown = board.shown
    assert board.bar.clear_button.text() == "Remove all"
    board.bar.clear_button.click()
    assert board.shown == ()
    board.document.undo()
    assert board.shown == shown


def test_a_formula_that_cannot_be_set_is_said(board: Board) -> None:
    board.tool.start()
    for text, said in ((r"$\foo$", "shown as its text"), (r"$\bar$", "shown as its text"), ("$x_t$", "")):
        board.messages.clear()
        board.tool.write(0, text, (0.0, 0.0))
        assert board.shown[0].text == text
        assert said in "".join(board.messages)
        assert bool(board.messages) is bool(said)


def test_what_others_change_is_let_go(board: Board) -> None:
    board.tool.start()
    board.drag((-3, 0), (3, 0))
    QTest.mousePress(board.canvas, LEFT, NO_KEYS, board.at((0, 0)))
    board.document.undo()
    QTest.mouseMove(board.canvas, board.at((0, 3)))
    QTest.mouseRelease(board.canvas, LEFT, NO_KEYS, board.at((0, 3)))
    assert (board.shown, board.tool.selected_index) == ((), -1)


def test_words_stay_with_their_annotation_and_go_with_it(board: Board) -> None:
    arrow, ring = (Annotation(kind, ((0.0, y), (1.0, y + 1))) for kind, y in (("arrow", 0.0), ("ring", 3.0)))
    board.document.set_annotations((arrow,), "One")
    board.document.set_annotations((arrow, ring), "Two")
    board.tool.start()
    board.tool.select(1)
    board.key(Key.Key_Return)
    QTest.keyClicks(board.field, "around")
    board.document.set_annotations((ring,), "Take one")
    QTest.keyClick(board.field, Key.Key_Return)
    assert board.shown == (replace(ring, text="around"),)
    for _ in range(2):
        board.document.undo()
    board.tool.select(1)
    board.key(Key.Key_Return)
    QTest.keyClicks(board.field, "around")
    board.document.undo()
    assert not board.field.is_open
    assert board.shown == (arrow,)


def test_too_many_are_refused_in_a_sentence(board: Board) -> None:
    many = tuple(Annotation("text", ((0.1 * k, 5.0),), "x") for k in range(MOST_ANNOTATIONS))
    board.document.set_annotations(many, "Give")
    board.tool.start()
    board.drag((-3, 0), (3, 0))
    assert board.shown == many
    assert "delete one first" in board.messages[-1]


def test_with_a_talk_it_says_how_to_keep_them(board: Board) -> None:
    board.document.set_scenes((Scene("One"),), "Give")
    board.tool.start()
    board.drag((-3, 0), (3, 0))
    assert "Shift+K" in board.messages[-1]
