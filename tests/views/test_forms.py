"""A form edit reaches the document once; the form follows undo; every row of the table has its control."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from wheel_turn import turn_wheel

from fmviz.core.config import FIELD, FIELDS, Field, checked
from fmviz.core.couplings import COUPLINGS
from fmviz.core.models import MODELS
from fmviz.core.paths import PATHS
from fmviz.core.project import Project
from fmviz.core.theme import Theme
from fmviz.engine.document import Document
from fmviz.views.controls import Segmented
from fmviz.views.editors import ChoiceEdit, Refusal, TextEdit
from fmviz.views.focus import tab_as_seen
from fmviz.views.forms import ConfigForm, editor_for
from fmviz.views.number_edit import NumberEdit


@pytest.fixture
def form(qtbot: QtBot, document: Document, theme: Theme) -> ConfigForm:
    form = ConfigForm(document, theme)
    qtbot.addWidget(form)
    return form


@pytest.fixture
def changes(document: Document) -> list[Project]:
    seen: list[Project] = []
    document.changed.connect(lambda new, old: seen.append(new))
    return seen


def shown(form: ConfigForm, name: str) -> object:
    """Return the value that a control shows."""
    editor = form.rows[name].editor
    if isinstance(editor, NumberEdit):
        return editor.value()
    if isinstance(editor, TextEdit):
        return editor.text()
    return editor.currentData() if isinstance(editor, ChoiceEdit) else editor.current()


def test_the_form_shows_every_setting(form: ConfigForm, document: Document) -> None:
    assert list(form.rows) == [field.name for field in sorted(FIELDS, key=lambda field: field.advanced)]
    for field in FIELDS:
        assert shown(form, field.name) == getattr(document.project.lanes[0], field.name)


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_the_control_suits_the_row(qtbot: QtBot, field: Field) -> None:
    editor = editor_for(field)
    qtbot.addWidget(editor)
    if field.is_text:
        assert isinstance(editor, TextEdit)
    elif field.choices is None:
        assert isinstance(editor, NumberEdit)
        assert (editor.slider is not None) == (field.log or bool(field.stops))
    else:
        has_room = len(field.choices) == 2 and len("".join(field.choices.values())) < 17
        assert isinstance(editor, Segmented if has_room else ChoiceEdit)


def test_an_edit_reaches_the_document_once(form: ConfigForm, document: Document, changes: list[Project]) -> None:
    editor = form.rows["depth"].editor
    assert isinstance(editor, NumberEdit)
    editor.spin.selectAll()
    QTest.keyClicks(editor.spin, "5")
    QTest.keyClick(editor.spin, Qt.Key.Key_Return)
    assert [project.lanes[0].depth for project in changes] == [5]
    assert document.undo_stack.count() == 1


def test_a_choice_reaches_the_document_once(form: ConfigForm, changes: list[Project]) -> None:
    editor = form.rows["solver"].editor
    assert isinstance(editor, ChoiceEdit)
    QTest.keyClick(editor, Qt.Key.Key_Down)
    assert [project.lanes[0].solver for project in changes] == ["heun"]
    coupling = form.rows["coupling"].editor
    assert isinstance(coupling, ChoiceEdit)
    QTest.keyClick(coupling, Qt.Key.Key_Down)
    assert changes[-1].lanes[0].coupling == "ot"
    assert len(changes) == 2


def type_formula(form: ConfigForm, text: str) -> TextEdit:
    editor = form.rows["alpha"].editor
    assert isinstance(editor, TextEdit)
    editor.selectAll()
    QTest.keyClicks(editor, text)
    return editor


def test_a_formula_reaches_the_document_once(form: ConfigForm, document: Document, changes: list[Project]) -> None:
    editor = type_formula(form, "3*t**2 - 2*t**3")
    assert not changes
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert [project.lanes[0].alpha for project in changes] == ["3*t**2 - 2*t**3"]
    document.undo()
    assert editor.text() == FIELD["alpha"].default


@pytest.mark.parametrize(("text", "said"), [
    ("t/2", "has to be 1"), ("t +", "no whole formula"), ("x", "there is no 'x'"),
])
def test_a_formula_that_is_none_stays_marked_until_it_is_mended_or_taken_back(
        form: ConfigForm, document: Document, changes: list[Project], text: str, said: str) -> None:
    document.set_setting("path", "own")
    form.show()
    changes.clear()
    editor = type_formula(form, text)
    assert editor.property("refused")
    QTest.mouseClick(form.rows["width"].title, Qt.MouseButton.LeftButton)
    bubble = Refusal.of(editor)
    assert bubble is not None
    assert bubble.isVisible()
    assert said in bubble.text()
    document.set_setting("width", 32)
    assert (editor.text(), editor.property("refused")) == (text, True)
    assert [project.lanes[0].alpha for project in changes] == [FIELD["alpha"].default]
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    assert (editor.text(), editor.property("refused")) == (FIELD["alpha"].default, False)
    assert not bubble.isVisible()
    type_formula(form, text)
    QTest.keyClick(editor, Qt.Key.Key_Return)
    type_formula(form, "t**2")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert not editor.property("refused")
    assert document.project.lanes[0].alpha == "t**2"


def test_another_value_takes_the_place_of_a_refused_text(form: ConfigForm, document: Document) -> None:
    document.set_setting("path", "own")
    form.show()
    editor = type_formula(form, "t +")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    document.set_setting("alpha", "t**3")
    assert (editor.text(), editor.property("refused")) == ("t**3", False)


def test_tab_goes_from_one_formula_to_the_other(form: ConfigForm, document: Document) -> None:
    document.set_setting("path", "own")
    tab_as_seen(form)
    form.show()
    form.fold.set_open(True)
    form.rows["alpha"].editor.setFocus()
    QTest.keyClick(form.rows["alpha"].editor, Qt.Key.Key_Tab)
    assert form.focusWidget() is form.rows["beta"].editor


def test_a_formula_is_taken_before_anything_else_is_done(form: ConfigForm, document: Document) -> None:
    document.set_setting("path", "own")
    form.show()
    type_formula(form, "t**2")
    QTest.mouseClick(form.rows["width"].title, Qt.MouseButton.LeftButton)
    assert document.project.lanes[0].alpha == "t**2"


def test_settings_that_change_nothing_are_left_out(form: ConfigForm, document: Document) -> None:
    form.show()
    form.fold.set_open(True)
    named = {name for path in PATHS.values() for name, _ in path.settings}
    for key, path in PATHS.items():
        document.set_setting("path", key)
        assert {name for name in named if form.rows[name].editor.isVisible()} == {name for name, _ in path.settings}
    document.add_lane(path="polynomial")
    assert all(form.rows[name].editor.isVisible() for name in named)
    form.set_lane(1)
    assert not form.rows["alpha"].editor.isVisible()
    for key, row in COUPLINGS.items():
        document.set_setting("coupling", key)
        for name in {name for other in COUPLINGS.values() for name in other.settings}:
            assert form.rows[name].title.isVisible() == (name in row.settings)


@pytest.mark.parametrize("model", MODELS)
def test_settings_that_the_model_does_not_use_are_left_out(form: ConfigForm, document: Document, model: str) -> None:
    form.show()
    form.fold.set_open(True)
    document.set_setting("model", model)
    config = document.project.lanes[0]
    assert {name for name, row in form.rows.items() if not row.editor.isHidden()} - {"noise"} == {
        name for name in form.rows if config.uses(name)} - {"noise"}


def test_undo_refreshes_the_form_without_another_edit(form: ConfigForm, document: Document) -> None:
    document.set_setting("batch", 512)
    document.set_setting("lr", 0.01)
    assert (shown(form, "batch"), shown(form, "lr")) == (512, 0.01)
    document.undo()
    document.undo()
    assert (shown(form, "batch"), shown(form, "lr")) == (FIELD["batch"].default, FIELD["lr"].default)
    assert document.undo_stack.count() == 2
    assert document.can_redo


def test_a_value_between_the_slider_stops_is_kept(form: ConfigForm, document: Document) -> None:
    document.set_setting("steps", 12_345)
    assert shown(form, "steps") == 12_345
    assert document.project.lanes[0].steps == 12_345


def type_in(form: ConfigForm, name: str, text: str) -> None:
    """Type a number into a setting's field."""
    editor = form.rows[name].editor
    assert isinstance(editor, NumberEdit)
    editor.spin.selectAll()
    QTest.keyClicks(editor.spin, text)
    QTest.keyClick(editor.spin, Qt.Key.Key_Return)


def widths(document: Document) -> list[int]:
    return [lane.width for lane in document.project.lanes]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_the_form_changes_the_lane_that_it_shows_or_all(form: ConfigForm, document: Document, count: int) -> None:
    for _ in range(1, count):
        document.add_lane()
    for lane in range(count):
        form.set_lane(lane)
        type_in(form, "width", str(32 + lane))
        assert shown(form, "width") == 32 + lane
    assert widths(document) == [32 + lane for lane in range(count)]
    type_in(form, "seed", "9")  # which all lanes share
    assert {lane.seed for lane in document.project.lanes} == {9}
    form.set_lane(None)
    assert shown(form, "width") == 32
    type_in(form, "width", "64")
    assert widths(document) == [64] * count


def test_what_differs_is_marked_and_takes_the_value_of_a_in_one_click(form: ConfigForm, document: Document) -> None:
    form.show()
    document.add_lane(width=32)
    document.add_lane(width=64, depth=2)
    marked = {}
    for lane in (None, 0, 1, 2):
        form.set_lane(lane)
        marked[lane] = marks(form)
    assert marked == {None: {"width", "depth"}, 0: set(), 1: {"width"}, 2: {"width", "depth"}}
    assert form.rows["width"].note.isVisible()
    assert form.rows["width"].note.text() == "A 128 · B 32 · C 64"
    assert not form.rows["batch"].note.isVisible()
    form.set_lane(2)
    titles = [form.fold.title]
    document.set_setting("sigma", 0.1, 2)
    titles.append(form.fold.title)
    form.rows["sigma"].button.click()
    assert titles == ["Advanced", "Advanced: differs"]
    form.rows["width"].button.click()
    assert widths(document) == [128, 32, 128]
    form.set_lane(None)
    form.rows["width"].button.click()
    assert widths(document) == [128] * 3
    assert not form.rows["width"].note.isVisible()
    assert document.undo_stack.count() == 4


def marks(form: ConfigForm) -> set[str]:
    """Return the settings whose button gives them A's value."""
    return {name for name in form.rows if form.rows[name].button.toolTip().startswith("Give ")}


@pytest.mark.parametrize("field", [field for field in FIELDS if not field.shared], ids=lambda field: field.name)
def test_any_setting_is_compared_from_its_menu(form: ConfigForm, document: Document, field: Field) -> None:
    wanted: list[tuple[str, object]] = []
    form.comparison_wanted.connect(lambda name, value: wanted.append((name, value)))
    menu = form.comparison_menu(field.name)
    for action in menu.actions():
        action.trigger()
    values = [value for name, value in wanted]
    assert {name for name, _ in wanted} <= {field.name}
    assert len(set(values)) == len(values)
    assert getattr(document.project.lanes[0], field.name) not in values
    assert (None in values) is (field.choices is None)
    for value in values:
        assert value is None or checked(field.name, value) == value
    if field.log:
        assert len(values) == 5
    menu.close()


def test_there_is_nothing_to_compare_where_it_is_shared_or_full(form: ConfigForm, document: Document) -> None:
    alone = {field.name for field in FIELDS if field.shared or (field.choices and len(field.choices) == 1)}
    assert {name for name in form.rows if not form.rows[name].button.isEnabled()} == alone
    for _ in range(3):
        document.add_lane()
    assert not any(form.rows[name].button.isEnabled() for name in form.rows)


def test_advanced_settings_are_folded(qtbot: QtBot, form: ConfigForm) -> None:
    form.show()
    assert form.rows["steps"].editor.isVisible()
    assert not form.rows["ema"].editor.isVisible()
    form.fold.set_open(True)
    assert form.rows["ema"].editor.isVisible()


def test_the_wheel_scrolls_past_a_control_that_was_not_chosen(form: ConfigForm, changes: list[Project]) -> None:
    form.show()
    for name in ("depth", "device"):
        editor = form.rows[name].editor
        target = editor.spin if isinstance(editor, NumberEdit) else editor
        target.clearFocus()
        turn_wheel(target, 1)
    assert changes == []


@pytest.mark.parametrize(("name", "text"), [("steps", "300"), ("alpha", "t")])
def test_what_all_panes_show_is_that_of_all_once_it_is_typed(form: ConfigForm, document: Document, name: str,
                                                            text: str) -> None:
    """All shows A's: typed again it is for the others too."""
    for setting, value in (("path", "own"), (name, checked(name, text))):
        document.set_setting(setting, value)
    document.add_lane(0, **{name: checked(name, "500" if name == "steps" else "t**2")})
    form.set_lane(None)
    editor = form.rows[name].editor
    field = editor.spin if isinstance(editor, NumberEdit) else editor
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert {getattr(config, name) for config in document.project.lanes} == {checked(name, text)}
