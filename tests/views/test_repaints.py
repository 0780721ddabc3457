"""Numbers and curves are refreshed a few times a second, and while pictures move only between two frames of them."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from fmviz.canvas.canvas import FlowCanvas
from fmviz.core.theme import load_theme
from fmviz.views.repaints import Repaints


@pytest.fixture
def canvas(qtbot: QtBot) -> FlowCanvas:
    """A canvas on the screen, which is not painted by itself."""
    made = FlowCanvas(load_theme("dark"))
    qtbot.addWidget(made)
    made.resize(200, 150)
    with qtbot.waitExposed(made):
        made.show()
    return made


def test_what_is_asked_for_often_is_done_once(qtbot: QtBot) -> None:
    done: list[str] = []
    repaints = Repaints()

    def numbers() -> None:
        done.append("numbers")

    def curves() -> None:
        done.append("curves")

    for _ in range(20):
        repaints.soon(numbers)
        repaints.soon(curves)
    assert done == []
    qtbot.waitUntil(lambda: len(done) >= 2)
    assert done == ["numbers", "curves"]
    repaints.soon(numbers)  # which the first one did not see
    qtbot.waitUntil(lambda: done[2:] == ["numbers"])


def test_while_pictures_move_each_follows_a_frame_of_its_own(qtbot: QtBot, canvas: FlowCanvas) -> None:
    painted: list[int] = []
    seen: list[tuple[str, int]] = []
    canvas.painted.connect(lambda: painted.append(1))
    canvas.is_moving = True
    repaints = Repaints(canvas)
    repaints.soon(lambda: seen.append(("first", len(painted))))
    repaints.soon(lambda: seen.append(("second", len(painted))))
    while len(seen) < 2:
        canvas.repaint()
        qtbot.wait(1)
    (one, at_one), (two, at_two) = seen
    assert (one, two) == ("first", "second")
    assert at_one < at_two


def test_a_window_that_is_not_painted_is_refreshed_all_the_same(qtbot: QtBot, canvas: FlowCanvas) -> None:
    canvas.is_moving = True
    canvas.hide()
    done: list[int] = []
    repaints = Repaints(canvas)
    repaints.soon(lambda: done.append(1))
    qtbot.waitUntil(lambda: done == [1])
