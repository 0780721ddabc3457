"""The mouse: world positions, the pane of the press, the release that always comes."""

import pytest
from pictures import EXTENT, canvas, view
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from fmviz.canvas.canvas import FlowCanvas, Modifiers

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


class Log(list):
    """What the canvas said, in order."""

    def __init__(self, shown: FlowCanvas) -> None:
        super().__init__()
        for name in ("pressed", "moved", "released", "hovered"):
            getattr(shown, name).connect(lambda world, pane, keys, name=name: self.append((name, world, pane, keys)))
        shown.left.connect(lambda: self.append(("left",)))

    def names(self) -> list[str]:
        return [entry[0] for entry in self]


@pytest.fixture
def shown(qtbot) -> FlowCanvas:
    result = canvas(view("trajectories"), count=2)
    qtbot.addWidget(result)
    result.resize(900, 500)
    with qtbot.waitExposed(result):
        result.show()
    return result


def test_world_at_inverts_the_drawing(shown: FlowCanvas) -> None:
    for pane in (0, 1):
        rect = shown.pane_rect(pane)
        seen = shown.seen()
        assert shown.world_at(rect.topLeft(), pane) == pytest.approx((seen.left, seen.top), abs=1e-6)
        assert seen.left <= EXTENT.left
        assert seen.top >= EXTENT.top - 0.6  # of the less high axis only what the clouds need
        assert shown.world_at(rect.center(), pane) == pytest.approx((EXTENT.cx, EXTENT.cy), abs=1e-6)
        assert shown.pane_at(rect.center()) == pane
        assert shown.pixels_per_unit() == pytest.approx(rect.width() / (2 * seen.half_x))
    assert shown.pane_at(QPointF(1, 1)) is None
    between = (shown.pane_rect(0).right() + shown.pane_rect(1).left()) / 2
    assert shown.pane_at(QPointF(between, shown.pane_rect().center().y())) is None


def test_a_gesture_belongs_to_the_pane_of_its_press(shown: FlowCanvas) -> None:
    log = Log(shown)
    start = shown.pane_rect(0).center().toPoint()
    end = shown.pane_rect(1).center().toPoint()
    QTest.mousePress(shown, LEFT, Qt.KeyboardModifier.ShiftModifier, start)
    QTest.mouseMove(shown, end)
    QTest.mouseRelease(shown, LEFT, NONE, end)
    assert log.names() == ["pressed", "moved", "released"]
    assert {entry[2] for entry in log} == {0}
    assert log[0][3] == Modifiers(shift=True, button="left")
    assert log[1][3].button == "left"
    assert log[1][1][0] > EXTENT.right
    assert log[0][1] == pytest.approx(shown.world_at(QPointF(start), 0))


def test_a_release_outside_the_canvas_arrives(shown: FlowCanvas) -> None:
    log = Log(shown)
    QTest.mousePress(shown, LEFT, NONE, shown.pane_rect(1).center().toPoint())
    QTest.mouseRelease(shown, LEFT, NONE, QPoint(-200, 5_000))
    assert log.names()[-1] == "released"
    assert log[-1][1][1] < EXTENT.bottom
    QTest.mousePress(shown, LEFT, NONE, shown.pane_rect(1).center().toPoint())
    assert log.names()[-1] == "pressed"


def test_hiding_the_canvas_ends_a_gesture(shown: FlowCanvas) -> None:
    log = Log(shown)
    QTest.mousePress(shown, LEFT, NONE, shown.pane_rect(0).center().toPoint())
    shown.hide()
    assert log.names() == ["pressed", "released"]


def test_a_second_quick_click_is_a_press_too(shown: FlowCanvas) -> None:
    log = Log(shown)
    place = shown.pane_rect(0).center().toPoint()
    QTest.mouseClick(shown, LEFT, NONE, place)
    QTest.mouseDClick(shown, LEFT, NONE, place)
    QTest.mouseRelease(shown, LEFT, NONE, place)
    assert log.names() == ["pressed", "released"] * 2


def test_hovering_is_told_over_panes_only(shown: FlowCanvas) -> None:
    log = Log(shown)
    QTest.mouseMove(shown, shown.pane_rect(0).center().toPoint())
    QTest.mouseMove(shown, QPoint(2, 2))
    QTest.mouseMove(shown, QPoint(3, 3))
    assert log.names() == ["hovered", "left"]
    assert log[0][3] == Modifiers()


def test_another_button_does_not_interrupt(shown: FlowCanvas) -> None:
    log = Log(shown)
    place = shown.pane_rect(0).center().toPoint()
    QTest.mousePress(shown, LEFT, NONE, place)
    QTest.mousePress(shown, Qt.MouseButton.RightButton, NONE, place)
    QTest.mouseRelease(shown, Qt.MouseButton.RightButton, NONE, place)
    assert log.names() == ["pressed"]
    QTest.mouseRelease(shown, LEFT, NONE, place)
    assert log.names() == ["pressed", "released"]


def test_a_move_without_the_button_ends_a_gesture(shown: FlowCanvas) -> None:
    """As after a picture was dragged into another program: the release went with it."""
    log = Log(shown)
    start = shown.pane_rect(0).center()
    QTest.mousePress(shown, LEFT, NONE, start.toPoint())
    place = shown.pane_rect(1).center()
    QApplication.sendEvent(shown, QMouseEvent(
        QEvent.Type.MouseMove, place, shown.mapToGlobal(place), Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton, NONE))
    assert log.names() == ["pressed", "released", "hovered"]
    assert log[1][1] == pytest.approx(shown.world_at(QPointF(start.toPoint()), 0))
    assert log[2][2] == 1
    QTest.mouseRelease(shown, LEFT, NONE, place.toPoint())
    assert log.names() == ["pressed", "released", "hovered"]


def test_a_release_that_a_dialog_swallowed_is_made_up_for(shown: FlowCanvas) -> None:
    log = Log(shown)
    place = shown.pane_rect(0).center().toPoint()
    for _ in range(2):
        QTest.mousePress(shown, LEFT, NONE, place)
    QTest.mouseRelease(shown, LEFT, NONE, place)
    assert log.names() == ["pressed", "released"] * 2


def test_a_press_beside_the_panes_starts_nothing(shown: FlowCanvas) -> None:
    log = Log(shown)
    QTest.mouseClick(shown, LEFT, NONE, QPoint(2, 2))
    assert log.names() == []
