"""The panel of scenes: what is chosen is shown, every edit is the document's, and the keys reach all of it."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from controls_check import silent_controls
from documents import reopen, save
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from fmviz.core.project import LONGEST_CAPTION
from fmviz.core.style import VIEWS
from fmviz.core.theme import load_theme
from fmviz.engine.document import Document
from fmviz.views.controls import ICON_PX
from fmviz.views.main_window import SMALLEST_PX, MainWindow
from fmviz.views.scene_list import FACTS, IS_PRESENT, NUMBER, SceneField
from fmviz.views.stage_header import StageHeader
from fmviz.views.style_sheet import style_sheet

Key = Qt.Key
# A view button's padding beside its icon, as the style sheet has it.
PADDING_PX = 6
ALT, SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def window(lectern: MainWindow) -> MainWindow:
    """The lectern with the panel open."""
    _do(lectern, "scenes")
    return lectern


def _do(window: MainWindow, name: str) -> None:
    window.actions_by_name[name].trigger()


def _names(window: MainWindow) -> list[str]:
    return [scene.name for scene in window.parts[0].project.scenes]


def _column(window: MainWindow, role: int = Qt.ItemDataRole.DisplayRole) -> list[object]:
    model = window.scenes.list.model()
    return [model.index(row, 0).data(role) for row in range(model.rowCount())]


def _marked(window: MainWindow) -> list[object]:
    """Return the names of the rows that are marked as present."""
    return [name for name, is_present in zip(_column(window), _column(window, IS_PRESENT), strict=True) if is_present]


def _click(window: MainWindow, row: int) -> None:
    scenes = window.scenes.list
    place = scenes.visualRect(scenes.model().index(row, 0)).center()
    QTest.mouseClick(scenes.viewport(), Qt.MouseButton.LeftButton, pos=place)


def _type(window: MainWindow, key: Qt.Key, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(window.scenes.list, key, keys)


# The panel


def test_the_switch_shows_one_of_two_panels(lectern: MainWindow) -> None:
    panels = lectern.training, lectern.scenes
    for is_on in (True, False):
        QTest.mouseClick(lectern.header.scenes, Qt.MouseButton.LeftButton)
        assert [panel.isVisible() for panel in panels] == [not is_on, is_on]
        assert lectern.header.scenes.isChecked() is lectern.actions_by_name["scenes"].isChecked() is is_on
    _do(lectern, "scenes")
    lectern.scenes.back.click()
    assert [panel.isVisible() for panel in panels] == [True, False]


def test_an_empty_panel_teaches_and_one_press_fills_it(window: MainWindow) -> None:
    window.parts[0].set_scenes((), "Empty")
    panel = window.scenes
    assert panel.empty.isVisible()
    assert not panel.list.isVisible()
    assert "Page Down" in panel.empty.text()
    panel.keep.click()
    assert panel.list.isVisible()
    assert not panel.empty.isVisible()
    assert _column(window) == _marked(window) == ["Story"]


def test_a_row_says_what_its_scene_shows(window: MainWindow) -> None:
    assert _column(window, NUMBER) == ["1", "2", "3"]
    assert _column(window) == ["Paths", "Field", "Moving"]
    assert _column(window, FACTS) == ["Trails · A|B · t = 0.25", "Field · B · t = 0.50",
                                      "Density · A|B · t = 0.00 →"]
    window.parts[0].set_lanes(("random",))
    assert _column(window, FACTS)[0] == "Trails · t = 0.25"


def test_it_fits_into_the_smallest_window(window: MainWindow, qapp: QApplication, qtbot: QtBot) -> None:
    sheet, panel = qapp.styleSheet(), window.scenes
    for theme in ("dark", "light"):
        qapp.setStyleSheet(style_sheet(load_theme(theme)))
        window.resize(*SMALLEST_PX)
        qtbot.waitUntil(lambda: window.height() == SMALLEST_PX[1])
        for part in panel.findChildren(QWidget):
            if part.isVisible() and part.parentWidget() is panel:
                assert panel.rect().contains(part.geometry()), part
        assert panel.list.visualRect(panel.list.model().index(2, 0)).bottom() < panel.list.viewport().height()
    qapp.setStyleSheet(sheet)


def test_the_smallest_window_squeezes_no_icon(window: MainWindow, qtbot: QtBot) -> None:
    header = window.header
    window.resize(*SMALLEST_PX)
    qtbot.waitUntil(lambda: header.width() < 500)
    on_bar = [header.views.button(name) for name, view in VIEWS.items() if view.is_on_bar]
    qtbot.waitUntil(lambda: min(button.width() for button in on_bar) >= ICON_PX + 2 * PADDING_PX)
    assert header.export.accessibleName() == "Export"
    window.resize(1800, 800)
    qtbot.waitUntil(lambda: header.export.text() == "Export")


def test_a_wider_header_has_all_buttons_before_any_words(window: MainWindow, document: Document,
                                                            qtbot: QtBot) -> None:
    header = StageHeader(document, window.actions_by_name)
    qtbot.addWidget(header)
    header.show()
    others = [name for name, view in VIEWS.items() if view.is_on_bar]
    others.remove("story")
    seen = []
    for width in range(header.minimumSizeHint().width(), 1300, 7):
        header.resize(width, header.height())
        buttons = sum(not part.isHidden() for part in (header.compare, header.fullscreen, header.annotate,
                                                       header.scenes))
        has_words = any(header.views.button(name).toolButtonStyle() != Qt.ToolButtonStyle.ToolButtonIconOnly
                        for name in others)
        QApplication.sendPostedEvents()
        seen.append((buttons, has_words, header.export.text() == "Export"))
    assert seen == sorted(seen)
    assert seen[0][0] < 4
    assert seen[-1] == (4, True, True)


def test_every_control_says_what_it_is(window: MainWindow) -> None:
    assert silent_controls(window.scenes) == []
    assert window.scenes.caption.toolTip()
    assert window.scenes.caption.accessibleName()


def test_tab_goes_down_the_panel(window: MainWindow) -> None:
    panel = window.scenes
    _click(window, 1)
    part: QWidget | None = panel.back
    met: list[str] = []
    while part is not None and not (met and part is panel.back):
        if panel.isAncestorOf(part) and part.focusPolicy() & Qt.FocusPolicy.TabFocus and part.isVisible():
            met.append(part.accessibleName())
        part = part.nextInFocusChain()
    assert met == ["Back to training", "Keep this view", "Scenes", "Update scene", "Rename scene", "Move up",
                   "Move down", "Delete scene", "Caption", "Present"]


# Showing


def test_what_is_clicked_is_shown(window: MainWindow) -> None:
    document, _, playhead = window.parts
    _click(window, 1)
    assert document.project.style == document.project.scenes[1].style
    assert playhead.t == 0.5
    assert _marked(window) == ["Field"]
    assert window.scenes.caption.toPlainText() == "OT alone"


def test_keys_walk_through_the_list_and_stop_at_its_ends(window: MainWindow) -> None:
    seen = []
    for key in (Key.Key_Down, Key.Key_Down, Key.Key_Down, Key.Key_Down, Key.Key_Up, Key.Key_PageUp, Key.Key_PageDown):
        _type(window, key)
        seen += _marked(window)
    assert seen == ["Paths", "Field", "Moving", "Moving", "Field", "Paths", "Field"]


def test_return_shows_the_scene_from_its_beginning(window: MainWindow) -> None:
    document, _, playhead = window.parts
    _click(window, 0)
    document.set_style(document.project.style.with_view("warp"))
    playhead.set_t(0.9)
    _type(window, Key.Key_Return)
    assert (document.project.style.view, playhead.t) == ("trajectories", 0.25)


def test_keys_that_the_list_has_no_use_for_are_the_windows(window: MainWindow) -> None:
    playhead = window.parts[2]
    _click(window, 0)
    _type(window, Key.Key_Right)
    assert playhead.t == pytest.approx(0.27)
    _type(window, Key.Key_Space)
    assert playhead.is_playing


def test_the_window_walks_without_the_panel(lectern: MainWindow) -> None:
    canvas = lectern.stage.canvas
    canvas.setFocus()
    QTest.keyClick(canvas, Key.Key_PageDown)
    QTest.keyClick(canvas, Key.Key_PageDown)
    assert lectern.talk.index == 1
    assert "scene 2 of 3, Field" in lectern.statusBar().currentMessage()
    QTest.keyClick(canvas, Key.Key_PageUp)
    assert lectern.talk.index == 0


def test_walking_ends_a_drawing_and_keeps_it(lectern: MainWindow) -> None:
    _do(lectern, "draw_target")
    _do(lectern, "next_scene")
    assert not lectern.draw_tool.is_active
    assert lectern.talk.index == 0


# Editing


def test_update_takes_what_the_stage_shows(window: MainWindow) -> None:
    document = window.parts[0]
    assert not window.scenes.update_scene.isEnabled()
    _click(window, 0)
    document.set_style(document.project.style.with_view("warp"))
    window.scenes.update_scene.click()
    assert document.project.scenes[0].style.view == "warp"
    assert _names(window) == ["Paths", "Field", "Moving"]


def test_a_name_is_written_in_its_row(window: MainWindow, qtbot: QtBot) -> None:
    window.scenes.list.setFocus()
    _click(window, 1)
    for text, key, name in (("Arrows", Key.Key_Return, "Arrows"), ("No", Key.Key_Escape, "Arrows"),
                            ("  ", Key.Key_Return, "Arrows")):
        _type(window, Key.Key_F2)
        [field] = window.scenes.list.findChildren(QLineEdit)
        field.selectAll()
        QTest.keyClicks(field, text)
        QTest.keyClick(field, key)
        qtbot.waitUntil(lambda: window.scenes.list.findChildren(QLineEdit) == [])
        assert _names(window) == ["Paths", name, "Moving"]
        assert window.scenes.list.hasFocus()


def _begin_name(window: MainWindow, row: int, text: str) -> QLineEdit:
    """Show a scene and write another name into its row, without an end."""
    scenes = window.scenes.list
    scenes.setFocus()
    window.talk.show(row)
    _type(window, Key.Key_F2)
    field = scenes.viewport().findChild(SceneField)
    assert field is not None
    QTest.keyClicks(field, text)
    return field


def test_a_name_that_is_written_keeps_its_keys(window: MainWindow) -> None:
    field = _begin_name(window, 1, "Mine")
    before = window.parts[0].project
    for key, keys in product((Key.Key_Up, Key.Key_Down, Key.Key_PageUp, Key.Key_PageDown),
                             (Qt.KeyboardModifier.NoModifier, ALT)):
        QTest.keyClick(field, key, keys)
        assert window.parts[0].project is before
        assert window.talk.index == 1
        assert field.text() == "Mine"
        assert field.hasFocus()
    QTest.keyClick(field, Key.Key_Escape)
    assert window.parts[0].project is before


def test_a_name_that_is_written_is_not_begun_again(window: MainWindow) -> None:
    field = _begin_name(window, 1, "Mine")
    QTest.mouseClick(window.scenes.rename, Qt.MouseButton.LeftButton)
    assert field.hasFocus()
    assert field.text() == "Mine"


def test_a_button_keeps_a_name_that_is_being_written(window: MainWindow, qtbot: QtBot) -> None:
    for way in ("Keep this view", "Update scene", "Move up", "Delete scene"):
        name = f"Before {way}"
        _begin_name(window, 1, name)
        button = next(part for part in window.scenes.findChildren(QAbstractButton) if part.accessibleName() == way)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        if way == "Delete scene":
            window.parts[0].undo()
        assert name in _names(window)
        assert _column(window) == _names(window)
        assert window.scenes.list.hasFocus()
        qtbot.waitUntil(lambda: window.scenes.list.findChildren(QLineEdit) == [])


def test_an_action_keeps_a_name_that_is_being_written(window: MainWindow, qtbot: QtBot) -> None:
    for action in ("next_scene", "previous_scene", "keep_scene", "update_scene", "compare", "scenes"):
        name = f"Before {action}"
        _begin_name(window, 1, name)
        _do(window, action)
        assert name in _names(window)
        assert _column(window) == _names(window)
        qtbot.waitUntil(lambda: window.scenes.list.findChildren(QLineEdit) == [])


def test_undo_takes_back_a_name_that_is_being_written_and_redo_brings_it(window: MainWindow) -> None:
    document = window.parts[0]
    _begin_name(window, 1, "Mine")
    _do(window, "undo")
    assert _names(window) == ["Paths", "Field", "Moving"]
    assert window.scenes.list.hasFocus()
    document.redo()
    assert _names(window) == ["Paths", "Mine", "Moving"]


def test_what_others_change_leaves_a_name_that_is_being_written_alone(window: MainWindow, qtbot: QtBot) -> None:
    field = _begin_name(window, 1, "Mine")
    window.talk.set_caption(1, "Another caption")
    window.parts[0].set_lanes(("random",))
    assert field.text() == "Mine"
    QTest.keyClick(field, Key.Key_Return)
    qtbot.waitUntil(lambda: _names(window) == ["Paths", "Mine", "Moving"])


@pytest.mark.parametrize("way", ["undo", "open", "new"])
def test_scenes_that_go_while_a_name_is_written_take_only_the_name(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, way: str
) -> None:
    """Not by an action, which would keep the name first: as when the system hands the program a file to open."""
    document, session, _ = window.parts
    save(document, tmp_path / "talk.fmviz", session.learned())
    _do(window, "keep_scene")
    _begin_name(window, 1, "Mine")
    {"undo": document.undo, "new": document.new, "open": lambda: reopen(document, tmp_path / "talk.fmviz")}[way]()
    assert _column(window) == _names(window) == ([] if way == "new" else ["Paths", "Field", "Moving"])
    qtbot.waitUntil(lambda: window.scenes.list.findChildren(QLineEdit) == [])
    assert (window.stage.canvas if way == "new" else window.scenes.list).hasFocus()
    assert window.talk.index is None or _marked(window) == [_names(window)[window.talk.index]]


def test_a_scene_that_is_shown_by_others_keeps_the_name(window: MainWindow, qtbot: QtBot) -> None:
    _begin_name(window, 1, "Mine")
    window.talk.show(2)
    qtbot.waitUntil(lambda: _names(window) == ["Paths", "Mine", "Moving"])
    assert window.scenes.list.currentIndex().row() == 2


def test_a_project_is_saved_with_the_name_that_is_being_written(window: MainWindow, qtbot: QtBot,
                                                                tmp_path: Path) -> None:
    document, session, _ = window.parts
    save(document, tmp_path / "talk.fmviz", session.learned())
    _begin_name(window, 1, "Mine")
    _do(window, "save")
    window.files.open_path(tmp_path / "talk.fmviz")
    qtbot.waitUntil(lambda: not window.tasks.running)
    assert _names(window) == ["Paths", "Mine", "Moving"]


def test_after_the_last_scene_the_keys_are_the_stages(window: MainWindow) -> None:
    window.scenes.list.setFocus()
    _click(window, 0)
    for _ in range(3):
        _type(window, Key.Key_Delete)
    assert _names(window) == []
    assert window.stage.canvas.hasFocus()


def test_a_scene_moves_with_its_mark(window: MainWindow) -> None:
    _click(window, 0)
    assert not window.scenes.up.isEnabled()
    _type(window, Key.Key_Down, ALT)
    _type(window, Key.Key_Down, ALT)
    assert _names(window) == ["Field", "Moving", "Paths"]
    assert _marked(window) == ["Paths"]
    assert not window.scenes.down.isEnabled()
    window.scenes.up.click()
    assert _names(window) == ["Field", "Paths", "Moving"]


def test_a_dragged_row_lands_where_the_line_was(window: MainWindow) -> None:
    names = _names(window)
    scenes = window.parts[0].project.scenes
    for row, before in product(range(3), range(4)):
        wanted = [name for k, name in enumerate(names) if k != row]
        wanted.insert(before - (before > row), names[row])
        window.scenes.list.model().moveRow(QModelIndex(), row, QModelIndex(), before)
        assert _names(window) == _column(window) == wanted
        window.parts[0].set_scenes(scenes, "Back")


def test_a_deleted_scene_comes_back_and_the_mark_stays(window: MainWindow) -> None:
    document = window.parts[0]
    _click(window, 1)
    _type(window, Key.Key_Delete)
    assert _names(window) == ["Paths", "Moving"]
    assert _marked(window) == ["Moving"]
    document.undo()
    assert _names(window) == _column(window) == ["Paths", "Field", "Moving"]
    assert _marked(window) == ["Moving"]
    document.redo()
    assert _marked(window) == ["Moving"]


def test_another_project_has_no_present_scene(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    document, session, _ = window.parts
    save(document, tmp_path / "talk.fmviz", session.learned())
    _click(window, 2)
    document.set_scenes(document.project.scenes[:1], "Cut")
    window.files.open_path(tmp_path / "talk.fmviz")
    qtbot.waitUntil(lambda: not window.tasks.running)
    assert _column(window) == ["Paths", "Field", "Moving"]
    assert _marked(window) == []
    assert not window.scenes.list.currentIndex().isValid()
    assert not window.scenes.caption.isEnabled()


# The caption


def test_a_caption_is_the_present_scenes(window: MainWindow, qtbot: QtBot) -> None:
    document = window.parts[0]
    _click(window, 2)
    caption = window.scenes.caption
    caption.setFocus()
    steps = document.undo_stack.count()
    QTest.keyClicks(caption, "From here to there ")
    QTest.keyClick(caption, Key.Key_Return, SHIFT)
    QTest.keyClicks(caption, "and back, T 1")  # keys that mean something elsewhere
    assert document.project.scenes[2].caption == "From here to there \nand back, T 1"
    assert document.undo_stack.count() == steps + 1
    assert document.project.style.view == "density"
    QTest.keyClick(caption, Key.Key_Return)
    qtbot.waitUntil(window.stage.canvas.hasFocus)
    document.undo()
    assert caption.toPlainText() == ""
    _click(window, 0)
    assert caption.toPlainText() == "Straight or bent"


def test_a_caption_is_never_too_long(window: MainWindow) -> None:
    _click(window, 0)
    caption = window.scenes.caption
    caption.insertPlainText("x" * 2 * LONGEST_CAPTION)
    assert len(caption.toPlainText()) == LONGEST_CAPTION
    assert caption.toPlainText().endswith("Straight or bent")
    assert window.parts[0].project.scenes[0].caption == caption.toPlainText()
