"""A form for the settings of a flow, made from `core.config.FIELDS`: one control per row of the table.

An edit becomes one `Document.set_setting`; the form follows `Document.changed`, so undo, opening a file and a
second form all show through. Which settings are in the form is the caller's choice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QVBoxLayout, QWidget

from fmviz.core.config import FIELDS, Field, Value
from fmviz.core.project import Project
from fmviz.engine.document import Document
from fmviz.views.controls import FIELD_HEIGHT_PX, Fold, Segmented, WheelNeedsFocus, describe, label
from fmviz.views.number_edit import NumberEdit, round_values

_LABEL_WIDTH_PX = 92


class ChoiceEdit(QComboBox):
    """A list of named values; `edited(key)` comes from the user only."""

    edited = Signal(object)

    def __init__(self, name: str, choices: dict[str, str], tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        for key, text in choices.items():
            self.addItem(text, key)
        self.activated.connect(lambda index: self.edited.emit(self.itemData(index)))
        self.setFixedHeight(FIELD_HEIGHT_PX)
        describe(self, name, tip)
        WheelNeedsFocus(self)

    def show_value(self, value: Value) -> None:
        """Show a value without telling anyone."""
        self.setCurrentIndex(self.findData(value))


class TwoChoiceEdit(Segmented):
    """Two named values beside each other."""

    edited = Signal(object)

    def __init__(self, name: str, choices: dict[str, str], tip: str, parent: QWidget | None = None) -> None:
        super().__init__(name, choices, dict.fromkeys(choices, tip), parent=parent)
        self.chosen.connect(self.edited.emit)

    def show_value(self, value: Value) -> None:
        """Show a value without telling anyone."""
        self.show_choice(str(value))


def editor_for(field: Field) -> NumberEdit | ChoiceEdit | TwoChoiceEdit:
    """Return the control that suits a row of the table."""
    if field.choices is not None:
        kind = TwoChoiceEdit if len(field.choices) == 2 else ChoiceEdit
        return kind(field.label, dict(field.choices), field.help)
    default = field.default if isinstance(field.default, int) else float(field.default)
    stops = round_values(field.low, field.high, default) if field.log else ()
    return NumberEdit(field.label, field.help, default, field.low, field.high, stops)


class ConfigForm(QWidget):
    """The settings of one lane: the plain ones at once, the advanced ones in a fold.

    Args:
        fields: rows of the table to show, in order.
        lane: whose value is shown and changed for settings that the lanes do not share.
    """

    def __init__(
        self,
        document: Document,
        fields: Sequence[Field] = FIELDS,
        lane: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._lane = lane
        self.editors: dict[str, NumberEdit | ChoiceEdit | TwoChoiceEdit] = {}
        self._places: dict[str, tuple[QGridLayout, int]] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._rows([field for field in fields if not field.advanced]))
        advanced = [field for field in fields if field.advanced]
        if advanced:
            self.fold = Fold("Advanced", "Settings that seldom need a change.", self._rows(advanced))
            column.addWidget(self.fold)
        column.addStretch(1)
        document.changed.connect(self._follow)
        self._show(document.project)

    def add_note(self, name: str, note: QWidget) -> None:
        """Put a widget under one setting's control."""
        grid, row = self._places[name]
        grid.addWidget(note, row + 1, 1)

    def _rows(self, fields: Sequence[Field]) -> QWidget:
        box = QWidget(self)
        grid = QGridLayout(box)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        grid.setColumnMinimumWidth(0, _LABEL_WIDTH_PX)
        grid.setColumnStretch(1, 1)
        for index, field in enumerate(fields):
            title = label(field.label, "muted")
            title.setToolTip(field.help)
            editor = editor_for(field)
            title.setBuddy(editor)
            editor.edited.connect(self._sender(field.name))
            # Every second row is kept for a note.
            grid.addWidget(title, 2 * index, 0, Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(editor, 2 * index, 1)
            self.editors[field.name] = editor
            self._places[field.name] = (grid, 2 * index)
        return box

    def _sender(self, name: str) -> Callable[[Value], None]:
        return lambda value: self._document.set_setting(name, value, self._lane)

    def _follow(self, new: Project, old: Project) -> None:
        if new.lanes != old.lanes:
            self._show(new)

    def _show(self, project: Project) -> None:
        if self._lane < len(project.lanes):
            config = project.lanes[self._lane]
            for name, editor in self.editors.items():
                editor.show_value(getattr(config, name))
