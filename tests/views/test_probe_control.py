"""The probe in the real window: a command and a click pin it, a drag moves it, keys remove it, each one undo step."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from fmviz.core.follow import Place
from fmviz.views.layers_panel import LayersPanel
from fmviz.views.main_window import MainWindow

NONE, LEFT = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
PLACE, OTHER = (0.5, -1.0), (-1.5, 1.0)


@pytest.fixture
def window(shared_window: MainWindow) -> MainWindow:
    """The example in the story view, with two panes and no engine, at t = 0."""
    shared_window.files.open_example()
    document, _, playhead = shared_window.parts
    playhead.pause()
    playhead.set_t(0.0)
    document.set_style(document.project.style.with_view("story"))
    shared_window.stage._draw()
    return shared_window


def pixel(window: MainWindow, place: Place, pane: int = 0) -> QPoint:
    return window.stage.canvas.position_of(place, pane).toPoint()


def pin(window: MainWindow, place: Place = PLACE, pane: int = 0) -> None:
    window.actions_by_name["probe"].trigger()
    QTest.mouseClick(window.stage.canvas, LEFT, NONE, pixel(window, place, pane))
    window.stage._draw()


def near(place: Place | None, other: Place, window: MainWindow) -> bool:
    assert place is not None
    return max(abs(a - b) for a, b in zip(place, other, strict=True)) * window.stage.canvas.pixels_per_unit() < 1.5


def probe(window: MainWindow) -> Place | None:
    style = window.parts[0].project.style
    return style.probe if style.has_probe else None


def shown(window: MainWindow) -> list[Place | None]:
    return [None if frame.probe is None else frame.probe.place for frame in window.stage.frames()]


def steps(window: MainWindow) -> int:
    return window.parts[0].undo_stack.index()


@pytest.mark.parametrize("pane", [0, 1])
def test_the_command_and_a_click_pin_it_in_all_panes(window: MainWindow, pane: int) -> None:
    before, starts = steps(window), window.parts[0].project.style.starts
    pin(window, PLACE, pane)
    assert near(probe(window), PLACE, window)
    assert shown(window) == [probe(window)] * 2
    assert window.actions_by_name["probe"].isChecked()
    assert steps(window) == before + 1
    assert window.parts[0].project.style.starts == starts, "the click follows no particle"
    assert not window.parts[0].is_modified
    window.parts[0].undo()
    assert shown(window) == [None] * 2
    assert not window.actions_by_name["probe"].isChecked()
    window.parts[0].redo()
    assert near(probe(window), PLACE, window)


def test_until_a_click_pins_it_it_follows_the_mouse(window: MainWindow) -> None:
    window.actions_by_name["probe"].trigger()
    canvas, before = window.stage.canvas, steps(window)
    for place in (PLACE, OTHER):
        QTest.mouseMove(canvas, pixel(window, place))
        window.stage._draw()
        assert all(near(one, place, window) for one in shown(window))
    assert (probe(window), steps(window)) == (None, before)
    assert "probe" in canvas.sheet.contents[0].style.layers
    assert not canvas.tells_values, "no tooltip comes between the mouse and the place"
    canvas.left.emit()
    window.stage._draw()
    assert shown(window) == [None] * 2
    QTest.mouseMove(canvas, pixel(window, PLACE))
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    window.stage._draw()
    assert shown(window) == [None] * 2
    assert "probe" not in canvas.sheet.contents[0].style.layers
    assert canvas.tells_values


def test_it_can_be_named_and_stay_at_a_time_each_one_undo_step(window: MainWindow) -> None:
    pin(window)
    panel, document, before = window.header.findChild(LayersPanel), window.parts[0], steps(window)
    assert panel is not None
    document.set_probe_part("probe_name", "$x$", "Name the probe")
    assert panel.editors["probe_name"].text() == "$x$"
    document.set_probe_part("probe_t", 0.25, "Change the probe's time")
    assert panel.editors["probe"].text().endswith("@0.25")
    assert steps(window) == before + 2
    document.undo()
    document.undo()
    assert (document.project.style.probe_name, document.project.style.probe_t) == ("", None)


def test_a_drag_moves_it_and_only_its_end_is_a_step(window: MainWindow) -> None:
    pin(window)
    before, canvas, was = steps(window), window.stage.canvas, probe(window)
    QTest.mousePress(canvas, LEFT, NONE, pixel(window, PLACE))
    for share in (0.3, 0.6, 1.0):
        place = tuple(a + share * (b - a) for a, b in zip(PLACE, OTHER, strict=True))
        QTest.mouseMove(canvas, pixel(window, place))
        window.stage._draw()
        assert all(near(one, place, window) for one in shown(window))
        assert probe(window) == was
    assert steps(window) == before
    QTest.mouseRelease(canvas, LEFT, NONE, pixel(window, OTHER))
    assert near(probe(window), OTHER, window)
    assert steps(window) == before + 1
    window.parts[0].undo()
    assert probe(window) == was


def test_escape_gives_a_drag_up_and_the_probe_stays(window: MainWindow) -> None:
    pin(window)
    canvas, was = window.stage.canvas, probe(window)
    QTest.mousePress(canvas, LEFT, NONE, pixel(window, PLACE))
    QTest.mouseMove(canvas, pixel(window, OTHER))
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    QTest.mouseRelease(canvas, LEFT, NONE, pixel(window, OTHER))
    assert shown(window) == [was] * 2


@pytest.mark.parametrize("key", [Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_Escape, None])
def test_keys_and_the_command_remove_it(window: MainWindow, key: Qt.Key | None) -> None:
    pin(window)
    if key is None:
        window.actions_by_name["probe"].trigger()
    else:
        QTest.keyClick(window.stage.canvas, key)
    assert shown(window) == [None] * 2
    assert not window.actions_by_name["probe"].isChecked()
    window.parts[0].undo()
    assert near(probe(window), PLACE, window)


def test_a_wish_that_was_given_up_leaves_the_click_what_it_was(window: MainWindow) -> None:
    for give_up in (lambda: QTest.keyClick(window.stage.canvas, Qt.Key.Key_Escape),
                    window.actions_by_name["probe"].trigger):
        window.actions_by_name["probe"].trigger()
        assert window.actions_by_name["probe"].isChecked()
        give_up()
        assert not window.actions_by_name["probe"].isChecked()
        QTest.mouseClick(window.stage.canvas, LEFT, NONE, pixel(window, PLACE))
        assert probe(window) is None


def test_the_panel_shows_and_moves_it(window: MainWindow) -> None:
    panel = window.header.findChild(LayersPanel)
    panel.boxes["probe"].click()
    middle = window.stage.frames()[0].extent
    assert shown(window) == [(middle.cx, middle.cy)] * 2
    for text in ("1.5,-0.25", "1;2,3", "1,2@3"):
        panel.editors["probe"].setText(text)
        panel.editors["probe"].textEdited.emit(text)
        panel.editors["probe"].editingFinished.emit()
        assert shown(window) == [(1.5, -0.25)] * 2
    assert panel.editors["probe"].property("refused")
    assert shown(window) == [(1.5, -0.25)] * 2
    panel.boxes["probe"].click()
    assert shown(window) == [None] * 2


def test_other_clouds_have_no_probe_and_another_view_keeps_it(window: MainWindow) -> None:
    pin(window)
    window.actions_by_name["view_field"].trigger()
    assert near(probe(window), PLACE, window)
    window.parts[0].new()
    assert probe(window) is None


def test_the_view_crossing_says_what_to_do_and_what_it_waits_for(window: MainWindow) -> None:
    document, stage = window.parts[0], window.stage
    document.set_style(document.project.style.with_view("crossing"))
    stage._draw()
    assert "being computed" in stage._hint_for(stage.frames())
    window.probe.remove()
    assert "V, then click" in stage._hint_for(stage.frames())
    document.undo()
    window.actions_by_name["probe"].trigger()
    assert window.probe.is_waiting, "the probe in the middle is nobody's"
    window.probe.stop()
