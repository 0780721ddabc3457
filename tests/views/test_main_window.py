"""The window as a whole, offscreen, with real objects: what a key or a menu does is what the user then has."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from documents import save
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QFileDialog, QFrame, QMessageBox
from pytestqt.qtbot import QtBot

from fmviz.app import application
from fmviz.app.settings import Settings
from fmviz.core.cloud import PointCloud, Side
from fmviz.core.style import VIEWS
from fmviz.core.theme import load_theme
from fmviz.engine.document import Document
from fmviz.engine.session import Stale, State
from fmviz.files.project_file import load_project
from fmviz.views.annotate_tool import HOW
from fmviz.views.dialogs import Answer
from fmviz.views.main_window import SMALLEST_PX, MainWindow
from fmviz.views.style_sheet import style_sheet


@pytest.fixture
def window(shared_window: MainWindow) -> MainWindow:
    return shared_window


def _press(window: MainWindow, name: str) -> None:
    window.actions_by_name[name].trigger()


def test_the_first_window_leaves_room_for_its_frame(own_window: MainWindow) -> None:
    window = own_window
    room = window.screen().availableSize()
    assert window.height() <= max(window.minimumHeight(), room.height() - 40)


def test_a_window_that_is_gone_leaves_nothing(qapp: QApplication, tmp_path: Path) -> None:
    made = application.build_window(Settings(tmp_path / "settings.ini"))
    made.files.open_example()
    left = [weakref.ref(part) for part in (made, *made.parts, made.stage, made.export_dialog)]
    made.parts[1].shutdown()
    made.close()
    made.deleteLater()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    del made
    gc.collect()
    assert [part() for part in left] == [None] * len(left)


def test_the_first_start_shows_a_finished_flow(window: MainWindow) -> None:
    window.files.open_example()
    document, session, _ = window.parts
    frames = window.stage.frames()
    assert len(frames) == len(document.project.lanes) == 2
    assert all(frame.x is not None and np.isfinite(frame.x).all() for frame in frames)
    assert session.state is State.DONE
    assert not document.is_modified
    assert document.path is None


def test_the_status_bar_tells_how_to_annotate_while_one_does(window: MainWindow) -> None:
    window.files.open_example()
    _press(window, "annotate")
    assert window.statusBar().currentMessage() == HOW
    _press(window, "annotate")
    assert window.statusBar().currentMessage() == ""
    _press(window, "annotate")
    window.say("Something else.")
    _press(window, "annotate")
    assert window.statusBar().currentMessage() == "Something else."


def test_a_view_key_shows_that_view(own_window: MainWindow) -> None:
    window = own_window
    window.files.open_example()
    for name in VIEWS:
        _press(window, f"view_{name}")
        assert window.parts[0].project.style.layers == VIEWS[name].layers
        assert window.header.views.current() == (name if VIEWS[name].is_on_bar else None)


def test_new_clouds_never_wear_an_old_field(window: MainWindow) -> None:
    window.files.open_example()
    document = window.parts[0]
    document.set_side("target", Side(shape="heart"), "Pick heart")
    for frame in window.stage.frames():
        assert frame.x is None
        assert frame.u is None
        assert frame.density is None
    document.undo()
    assert all(frame.x is not None for frame in window.stage.frames())


def test_undo_and_redo_follow_the_stack(window: MainWindow) -> None:
    document = window.parts[0]
    undo, redo = window.actions_by_name["undo"], window.actions_by_name["redo"]
    assert not undo.isEnabled()
    before = document.project
    document.set_side("source", Side(shape="rings"), "Pick rings")
    assert undo.isEnabled()
    undo.trigger()
    assert document.project == before
    assert redo.isEnabled()
    assert not undo.isEnabled()


def test_compare_is_one_click_and_back(window: MainWindow) -> None:
    document = window.parts[0]
    _press(window, "compare")
    assert [lane.coupling for lane in document.project.lanes] == ["random", "ot"]
    assert window.actions_by_name["compare"].isChecked()
    _press(window, "compare")
    assert [lane.coupling for lane in document.project.lanes] == ["random"]
    assert not window.header.compare.isChecked()


def test_stage_only_hides_the_rest_and_escape_brings_it_back(window: MainWindow, qtbot: QtBot) -> None:
    _press(window, "fullscreen")
    hidden = (window.menuBar(), window.clouds, window.training, window.metrics, window.transport, window.header)
    assert not any(part.isVisible() for part in hidden)
    assert window.stage.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert all(part.isVisible() for part in hidden)


def test_panels_fold_away_and_come_back_as_they_were(window: MainWindow, qtbot: QtBot) -> None:
    _press(window, "scenes")
    panels = (window.clouds, window.scenes, window.metrics)
    before = window.stage.canvas.layout_now().panes[0]
    qtbot.keyClick(window, Qt.Key.Key_P)
    assert window.is_folded
    assert not any(part.isVisible() for part in (*panels, window.training))
    assert window.header.isVisible()
    assert window.time_bars.isVisible()
    qtbot.waitUntil(lambda: window.stage.canvas.layout_now().panes[0].width > before.width)
    window.header.panels.click()
    assert not window.is_folded
    assert all(part.isVisible() for part in panels)
    assert not window.training.isVisible()


def test_asking_for_scenes_opens_the_panels(window: MainWindow) -> None:
    _press(window, "panels")
    _press(window, "scenes")
    assert not window.is_folded
    assert window.scenes.isVisible()
    assert not window.actions_by_name["panels"].isChecked()


def test_folded_panels_are_remembered(own_window: MainWindow, tmp_path: Path) -> None:
    window = own_window
    _press(window, "panels")
    window.closing.emit()
    again = application.build_window(Settings(tmp_path / "settings.ini"))
    assert again.is_folded
    again.shut_down()
    again.deleteLater()


def test_drawing_pauses_the_time_and_leaves_on_escape(window: MainWindow, qtbot: QtBot) -> None:
    window.files.open_example()
    playhead = window.parts[2]
    playhead.play()
    _press(window, "draw_target")
    assert window.draw_tool.which == "target"
    assert not playhead.is_playing
    assert window.draw_bar.isVisible()
    assert not window.actions_by_name["play"].isEnabled()
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.draw_tool.is_active
    assert window.actions_by_name["play"].isEnabled()


def test_soft_keys_reach_the_play_head(window: MainWindow, qtbot: QtBot) -> None:
    playhead = window.parts[2]
    playhead.set_t(0.5)
    window.stage.canvas.setFocus()
    qtbot.keyClick(window.stage.canvas, Qt.Key.Key_Right)
    assert playhead.t == pytest.approx(0.52)
    qtbot.keyClick(window.stage.canvas, Qt.Key.Key_Home)
    assert playhead.t == 0.0
    qtbot.keyClick(window.stage.canvas, Qt.Key.Key_Space)
    assert playhead.is_playing


def test_arrows_of_a_mac_keyboard_count_too(window: MainWindow, qtbot: QtBot) -> None:
    playhead = window.parts[2]
    playhead.set_t(0.5)
    qtbot.keyClick(window.stage.canvas, Qt.Key.Key_Left, Qt.KeyboardModifier.KeypadModifier)
    assert playhead.t == pytest.approx(0.48)


def test_both_themes_dress_every_part(own_window: MainWindow) -> None:
    window = own_window
    window.files.open_example()
    window.stage.canvas.show_frames(window.stage.frames())
    pictures = []
    for name in ("dark", "light"):
        window.theme_chosen.emit(name)
        pictures.append(window.grab().toImage().pixelColor(2, window.height() // 2).lightnessF())
    assert pictures[0] < 0.3 < 0.7 < pictures[1]
    assert load_theme("dark") != load_theme("light")


@pytest.mark.usefixtures("few_points_engine")
def test_train_save_open_by_the_window(own_window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    window = own_window
    document, session, playhead = window.parts
    rng = np.random.default_rng(0)
    document.set_side("source", Side(cloud=PointCloud(rng.normal(0, 1, (40, 2)))), "Draw source")
    for name, value in (("steps", 40), ("width", 16), ("depth", 1)):
        document.set_setting(name, value)
    with qtbot.waitSignal(session.ready):
        window.start()
    with qtbot.waitSignal(session.state_changed, check_params_cb=lambda state: state is State.DONE):
        _press(window, "train")
    assert playhead.is_playing
    path = tmp_path / "work.fmviz"
    save(document, path, session.learned())
    assert not document.is_modified
    learned = load_project(path).learned[0]
    assert learned.weights is not None
    assert learned.snapshot is not None
    document.new()
    window.files.open_path(path)
    qtbot.waitUntil(lambda: not window.tasks.running)
    assert document.project.source.cloud is not None
    assert np.array_equal(document.project.source.cloud.xy, load_project(path).project.source.cloud.xy)
    assert window.stage.frames()[0].x is not None


@pytest.mark.parametrize("change", [
    lambda document: document.set_setting("seed", 5),
    lambda document: document.set_setting("lr", 0.01),
    lambda document: document.set_side("target", Side(shape="heart"), "Pick heart"),
    lambda document: document.set_lanes(("random",)),
    lambda document: document.set_lanes(("ot",)),
], ids=["seed", "setting", "cloud", "one lane", "the other lane"])
def test_saving_keeps_what_was_learned_whatever_changed(window: MainWindow, qtbot: QtBot, tmp_path: Path,
                                                        change: Callable[[Document], object]) -> None:
    document, session, _ = window.parts
    path = tmp_path / "work.fmviz"
    window.files.open_example()
    save(document, path, session.learned())
    before = document.project
    size = path.stat().st_size
    change(document)
    assert document.is_modified
    shown = [snapshot and snapshot.step for snapshot in session.snapshots], session.stale
    save(document, path, session.learned())
    assert path.stat().st_size > 0.99 * size
    document.new()
    window.files.open_path(path)
    qtbot.waitUntil(lambda: not window.tasks.running)
    assert ([snapshot and snapshot.step for snapshot in session.snapshots], session.stale) == shown
    assert (session.state, document.is_modified) == (State.DONE, False)
    assert session.steps.steps
    document.set_side("target", before.target, "Pick again")
    document.set_setting("seed", before.lanes[0].seed)
    document.set_setting("lr", before.lanes[0].lr)
    document.set_lanes(("random", "ot"))
    assert session.stale is Stale.NONE
    assert all(snapshot is not None for snapshot in session.snapshots)


def test_menu_and_panel_offer_the_same(window: MainWindow) -> None:
    def offered() -> list[tuple[bool, bool]]:
        panel = window.training
        buttons = {"stop": panel.stop, "longer": panel.longer, "reset": panel.reset}
        return [(button.isEnabled(), window.actions_by_name[name].isEnabled()) for name, button in buttons.items()]

    assert offered() == [(False, False)] * 3
    window.files.open_example()
    assert offered() == [(False, False), (True, True), (True, True)]
    window.parts[0].set_side("target", Side(shape="heart"), "Pick heart")
    assert offered() == [(False, False), (False, False), (True, True)]


@pytest.mark.usefixtures("made_engine")
@pytest.mark.parametrize("does_close", [False, True])
def test_a_second_close_does_not_answer_the_question_of_the_first(own_window: MainWindow, does_close: bool,
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    window = own_window
    window.parts[0].set_side("target", Side(shape="heart"), "Pick heart")
    closed, seen = list[None](), list[bool]()
    window.closing.connect(lambda: closed.append(None))

    def save_first(_title: str) -> Answer:
        again = QCloseEvent()
        QApplication.sendEvent(window.windowHandle(), again)
        seen.append(window.isVisible() and not again.isAccepted())
        return Answer.DISCARD if does_close else Answer.CANCEL

    monkeypatch.setattr(window.dialogs, "save_first", save_first)
    assert window.close() is does_close
    assert seen == [True]
    assert len(closed) == does_close
    assert window.isVisible() is not does_close


def test_closing_ends_the_engine(own_window: MainWindow, qtbot: QtBot) -> None:
    window = own_window
    session = window.parts[1]
    with qtbot.waitSignal(session.ready):
        window.start()
    event = QCloseEvent()
    window.closeEvent(event)
    assert event.isAccepted()
    assert session.engine_process_id is None


@pytest.mark.usefixtures("made_engine")
def test_a_damaged_example_does_not_keep_the_engine_away(own_window: MainWindow, qtbot: QtBot,
                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    window = own_window
    monkeypatch.setattr("fmviz.views.project_files.EXAMPLE", "theme.json")
    said: list[str] = []
    monkeypatch.setattr(window.dialogs, "error", said.append)
    with qtbot.waitSignal(window.parts[1].ready):
        application.after_first_paint(window, None)
    assert len(said) == 1
    assert "damaged" in said[0]
    gc.unfreeze()


def test_a_stage_without_bars_is_not_the_next_start(own_window: MainWindow) -> None:
    window = own_window
    _press(window, "fullscreen")
    assert window.isFullScreen()
    window.closing.connect(lambda: states.append(window.isFullScreen()))
    states: list[bool] = []
    window.closeEvent(QCloseEvent())
    assert states == [False]


@pytest.mark.parametrize("does_discard", [True, False])
def test_a_stroke_under_way_does_not_follow_into_another_project(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does_discard: bool
) -> None:
    monkeypatch.setattr(QMessageBox, "exec", lambda box: QMessageBox.StandardButton.Discard if does_discard
                        else QMessageBox.StandardButton.Cancel)
    document, session, _ = window.parts
    save(document, tmp_path / "other.fmviz", session.learned())
    _press(window, "draw_target")
    board = window.stage.canvas
    QTest.mousePress(board, Qt.MouseButton.LeftButton, pos=board.rect().center())

    def has_drawn() -> bool:
        window.draw_tool.tick()
        return window.draw_tool.gesture is not None and window.draw_tool.gesture.has_changed

    qtbot.waitUntil(has_drawn)
    window.files.open_path(tmp_path / "other.fmviz")
    qtbot.waitUntil(lambda: not window.tasks.running)
    assert (document.project.target.shape == "moons") is does_discard
    assert document.is_modified is not does_discard
    assert not window.draw_tool.is_active


@pytest.mark.parametrize("does_replace", [True, False])
def test_a_file_that_only_its_ending_names_is_not_replaced_unasked(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does_replace: bool
) -> None:
    old = tmp_path / "talk.fmviz"
    old.write_text("old")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "talk"), ""))
    monkeypatch.setattr(QMessageBox, "exec", lambda box: QMessageBox.StandardButton.Yes if does_replace
                        else QMessageBox.StandardButton.Cancel)
    _press(window, "save_as")
    qtbot.waitUntil(lambda: not window.tasks.running)
    assert (old.read_bytes() != b"old") is does_replace


def test_return_in_a_field_gives_the_keys_back(window: MainWindow, qtbot: QtBot) -> None:
    field = window.training.findChild(QAbstractSpinBox)
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(window.stage.canvas.hasFocus)


def test_new_clouds_never_wear_old_numbers(window: MainWindow) -> None:
    window.files.open_example()
    document, session, _ = window.parts
    lanes = len(document.project.lanes)
    numbers = [cell.text() for cells in window.metrics.cells[:lanes] for cell in cells.values()]
    assert set(numbers) != {"—"}  # an older file lacks some
    document.set_side("source", Side(shape="rings"), "Pick rings")
    assert {cell.text() for cells in window.metrics.cells[:lanes] for cell in cells.values()} == {"—"}
    document.undo()
    assert [cell.text() for cells in window.metrics.cells[:lanes] for cell in cells.values()] == numbers
    assert session.state is State.DONE


def test_the_table_names_the_coupling_that_was_learned(window: MainWindow) -> None:
    window.files.open_example()
    document = window.parts[0]
    document.set_lanes(("random",))
    assert "Random" in window.metrics.names[0].text()
    document.set_lanes(("ot",))
    frame = window.stage.frames()[0]
    name = window.metrics.names[0].text()
    assert frame.mark.title in name


@pytest.mark.usefixtures("made_engine")
def test_a_stroke_under_way_is_learned(own_window: MainWindow, qtbot: QtBot) -> None:
    window = own_window
    document, session, _ = window.parts
    with qtbot.waitSignal(session.ready):
        window.start()
    _press(window, "draw_target")
    canvas = window.stage.canvas
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=canvas.rect().center())
    qtbot.waitUntil(lambda: len(window.draw_tool.points) >= 10)
    _press(window, "train")
    assert not window.draw_tool.is_active
    assert document.project.target.cloud is not None
    assert session.run_project is not None
    assert session.run_project.target is document.project.target


def test_everything_fits_into_the_smallest_window(window: MainWindow, qapp: QApplication, qtbot: QtBot) -> None:
    sheet = qapp.styleSheet()
    qapp.setStyleSheet(style_sheet(load_theme("dark")))
    window.files.open_example()
    window.resize(*SMALLEST_PX)
    qtbot.waitUntil(lambda: (window.width(), window.height()) == SMALLEST_PX)
    bars = window.header, window.time_bars.transport, window.time_bars.steps, window.training.coupling, window.draw_bar
    for bar in bars:
        if bar is window.draw_bar:
            window.draw_tool.start("source")
            qtbot.waitUntil(lambda: window.draw_bar.width() < 500)
        for part in bar.findChildren(QAbstractButton):
            if part.isVisible():
                assert bar.rect().contains(QRect(part.mapTo(bar, QPoint(0, 0)), part.size())), part.accessibleName()
    qapp.setStyleSheet(sheet)


@pytest.mark.parametrize("size", [SMALLEST_PX, (1280, 760)])
def test_the_layers_lie_beside_the_panes(window: MainWindow, qtbot: QtBot, size: tuple[int, int]) -> None:
    window.resize(*size)
    qtbot.waitUntil(lambda: window.size() == QSize(*size))
    window.header.layers.click()
    popup = next(widget for widget in window.header.findChildren(QFrame) if widget.isWindow() and widget.isVisible())
    stage = QRect(window.stage.mapToGlobal(QPoint(0, 0)), window.stage.size())
    assert window.screen().availableGeometry().contains(popup.geometry())
    if window.frameGeometry().right() <= window.screen().availableGeometry().right():
        assert stage.right() - popup.x() < 8, "no more than the margin of the panes"
    popup.close()
