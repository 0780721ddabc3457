"""A form edit reaches the document once; the form follows undo; every row of the table has its control."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from wheel_turn import turn_wheel

from fmviz.core.config import FIELD, FIELDS, Field
from fmviz.core.project import Project
from fmviz.engine.document import Document
from fmviz.views.forms import ChoiceEdit, ConfigForm, TwoChoiceEdit, editor_for
from fmviz.views.number_edit import NumberEdit


@pytest.fixture
def form(qtbot: QtBot, document: Document) -> ConfigForm:
    form = ConfigForm(document)
    qtbot.addWidget(form)
    return form


@pytest.fixture
def changes(document: Document) -> list[Project]:
    seen: list[Project] = []
    document.changed.connect(lambda new, old: seen.append(new))
    return seen


def shown(form: ConfigForm, name: str) -> object:
    """Return the value that a control shows."""
    editor = form.editors[name]
    if isinstance(editor, NumberEdit):
        return editor.value()
    return editor.currentData() if isinstance(editor, ChoiceEdit) else editor.current()


def test_the_form_shows_every_setting(form: ConfigForm, document: Document) -> None:
    assert list(form.editors) == [field.name for field in sorted(FIELDS, key=lambda field: field.advanced)]
    for field in FIELDS:
        assert shown(form, field.name) == getattr(document.project.lanes[0], field.name)


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_the_control_suits_the_row(qtbot: QtBot, field: Field) -> None:
    editor = editor_for(field)
    qtbot.addWidget(editor)
    if field.choices is None:
        assert isinstance(editor, NumberEdit)
        assert (editor.slider is not None) == field.log
    else:
        assert isinstance(editor, TwoChoiceEdit if len(field.choices) == 2 else ChoiceEdit)


def test_an_edit_reaches_the_document_once(form: ConfigForm, document: Document, changes: list[Project]) -> None:
    editor = form.editors["depth"]
    assert isinstance(editor, NumberEdit)
    editor.spin.selectAll()
    QTest.keyClicks(editor.spin, "5")
    QTest.keyClick(editor.spin, Qt.Key.Key_Return)
    assert [project.lanes[0].depth for project in changes] == [5]
    assert document.undo_stack.count() == 1


def test_a_choice_reaches_the_document_once(form: ConfigForm, changes: list[Project]) -> None:
    editor = form.editors["solver"]
    assert isinstance(editor, ChoiceEdit)
    QTest.keyClick(editor, Qt.Key.Key_Down)
    assert [project.lanes[0].solver for project in changes] == ["heun"]
    coupling = form.editors["coupling"]
    assert isinstance(coupling, TwoChoiceEdit)
    coupling.button("ot").click()
    assert changes[-1].lanes[0].coupling == "ot"
    assert len(changes) == 2


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


def test_a_form_for_the_second_lane_changes_that_lane(qtbot: QtBot, document: Document) -> None:
    form = ConfigForm(document, [FIELD["coupling"]], lane=1)
    qtbot.addWidget(form)
    document.set_lanes(("random", "ot"))
    assert shown(form, "coupling") == "ot"
    coupling = form.editors["coupling"]
    assert isinstance(coupling, TwoChoiceEdit)
    coupling.button("random").click()
    assert [lane.coupling for lane in document.project.lanes] == ["random", "random"]


def test_advanced_settings_are_folded(qtbot: QtBot, form: ConfigForm) -> None:
    form.show()
    assert form.editors["steps"].isVisible()
    assert not form.editors["ema"].isVisible()
    form.fold.set_open(True)
    assert form.editors["ema"].isVisible()


def test_the_wheel_scrolls_past_a_control_that_was_not_chosen(form: ConfigForm, changes: list[Project]) -> None:
    form.show()
    for name in ("depth", "device"):
        editor = form.editors[name]
        target = editor.spin if isinstance(editor, NumberEdit) else editor
        target.clearFocus()
        turn_wheel(target, 1)
    assert changes == []
