"""A form for the settings of a flow, made from `core.config.FIELDS`: one control per row of the table.

An edit becomes one `Document.set_setting`, of the lane that the form shows or of all; the form follows
`Document.changed`, so undo, opening a file and a second form all show through. Which settings are in the form is the
caller's choice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QLabel, QMenu, QToolButton, QWidget

from fmviz.core.config import FIELDS, Field, FlowConfig, Value
from fmviz.core.lanes import LETTERS, MAX_LANES
from fmviz.core.models import MODELS
from fmviz.core.noise import why_no_noise
from fmviz.core.possible import why_impossible
from fmviz.core.project import Project
from fmviz.core.theme import Theme
from fmviz.engine.document import Document
from fmviz.views import words
from fmviz.views.controls import FIELD_HEIGHT_PX, Fold, Segmented, describe, label, tool_button
from fmviz.views.editors import ChoiceEdit, TextEdit
from fmviz.views.layouts import column, grid
from fmviz.views.number_edit import NumberEdit, nearest, round_values
from fmviz.views.path_curves import PathCurves
from fmviz.views.style_sheet import icon

_LABEL_WIDTH_PX = 92
_ICON_PX, _BUTTON_PX = 12, 14
# Of two choices that have room beside each other.
_MOST_LETTERS = 16
# What a number is compared with at one click, as shares of it.
_FACTORS = (0.25, 0.5, 2.0, 4.0)


Editor = NumberEdit | ChoiceEdit | Segmented | TextEdit


def editor_for(field: Field) -> Editor:
    """Return the control that suits a row of the table."""
    if field.choices is not None:
        is_short = len(field.choices) == 2 and sum(map(len, field.choices.values())) <= _MOST_LETTERS
        if is_short:
            return Segmented(field.label, field.choices, dict.fromkeys(field.choices, field.help))
        return ChoiceEdit(field.label, field.choices, field.help)
    if field.check is not None:
        return TextEdit(field.label, field.help, field.check)
    default = field.default if isinstance(field.default, int) else float(field.default)
    stops = field.stops or (round_values(field.low, field.high, default) if field.log else ())
    return NumberEdit(field.label, field.help, default, field.low, field.high, stops)


def shown_value(field: Field, value: Value) -> str:
    """Return a value of a setting as the form shows it."""
    if field.choices is not None:
        return field.choices[str(value)]
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else words.plain(float(value))


def proposals(field: Field, value: Value) -> tuple[Value, ...]:
    """Return other values of a setting that a comparison is offered with."""
    if field.choices is not None:
        return tuple(key for key in field.choices if key != value)
    if not field.log and not field.stops:
        return ()
    assert isinstance(field.default, int | float)
    stops = field.stops or round_values(field.low, field.high, field.default)
    kind = int if isinstance(field.default, int) else float
    near = {kind(stops[nearest(stops, factor * (float(value) or 1.0))]) for factor in _FACTORS}
    return tuple(sorted(near - {value}))


def refusals(project: Project, lane: int | None, name: str) -> dict[str, str]:
    """Return which choices of a setting a lane, or one of all, cannot have, and why."""
    if name != "model":
        return {}
    lanes = project.lanes if lane is None else (project.lanes[lane],)
    return {key: why for key in MODELS for config in reversed(lanes) if (why := why_impossible(
        key, project.source, project.target, replace(config, model=key).learning))}


def why_greyed(project: Project, shown: Sequence[FlowConfig], name: str) -> str:
    """Return why a setting can change nothing in any of the shown lanes, where that needs a sentence; else ""."""
    if name != "noise":
        return ""
    reasons = [why_no_noise(project.source, config) for config in shown]
    return reasons[0] if all(reasons) else ""


@dataclass
class Row:
    """One setting of the form: its control, a button beside it, and a note below where the lanes differ."""

    field: Field
    title: QLabel
    editor: Editor
    button: QToolButton
    note: QLabel
    is_near: bool = False


class ConfigForm(QWidget):
    """The settings of a lane, or of all: the plain ones at once, the advanced ones in a fold.

    Where the lanes differ, the title is marked, a note under the field says how, and the button beside it takes A's
    value. Elsewhere the button compares: it shows under the mouse, and its menu adds a lane that differs there.
    Settings that change nothing with the coupling, the path and the solver of what is shown are left out, or grey where
    somebody could miss them.

    Args:
        fields: rows of the table to show, in order.
        below: what stands under the control of a setting, beside the curves under the path.

    Attributes:
        rows: by the names of the settings.

    Signals:
        comparison_wanted(name, value): one more lane shall differ in this setting; None leaves the value to the user.
    """

    comparison_wanted = Signal(str, object)

    def __init__(self, document: Document, theme: Theme, fields: Sequence[Field] = FIELDS,
                 below: Mapping[str, QWidget] | None = None) -> None:
        super().__init__()
        self._document, self._theme = document, theme
        self.path_curves = PathCurves(theme, self)
        self._below = {"path": self.path_curves, **(below or {})}
        self._lane: int | None = None
        self.rows: dict[str, Row] = {}
        plain = self._grid([field for field in fields if not field.advanced])
        advanced = [field for field in fields if field.advanced]
        self.fold = Fold("Advanced", "Settings that seldom need a change.", self._grid(advanced))
        self.fold.setVisible(bool(advanced))
        column(plain, self.fold, None, spacing=8, margins=0, on=self)
        document.changed.connect(self._follow)
        self._show(document.project)

    def set_lane(self, lane: int | None) -> None:
        """Show and change the settings of one lane; None is all of them, and shows A's."""
        self._lane = lane
        self._show(self._document.project)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.path_curves.set_theme(theme)
        self._show(self._document.project)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show the button that compares while the mouse or the focus is at its setting."""
        is_near = {QEvent.Type.Enter: True, QEvent.Type.FocusIn: True, QEvent.Type.Leave: False,
                   QEvent.Type.FocusOut: False}.get(event.type())
        if is_near is not None:
            for row in self.rows.values():
                if watched in (row.title, row.editor, row.button):
                    row.is_near = is_near
                    self._show_button(row)
        return super().eventFilter(watched, event)

    def _grid(self, fields: Sequence[Field]) -> QWidget:
        box = QWidget(self)
        cells = grid(3, 6, _LABEL_WIDTH_PX, margins=0, on=box)
        for index, field in enumerate(fields):
            row = self._row(field)
            # Under every setting there is room for a note, and for what belongs to it.
            first = 3 * index
            cells.addWidget(row.title, first, 0, Qt.AlignmentFlag.AlignVCenter)
            cells.addWidget(row.editor, first, 1)
            cells.addWidget(row.note, first + 1, 0, 1, 3)
            if field.name in self._below:
                cells.addWidget(self._below[field.name], first + 2, 1)
            self.rows[field.name] = row
        # The last in the layout, so that Tab goes from one setting to the next before it comes to the buttons.
        for index, field in enumerate(fields):
            cells.addWidget(self.rows[field.name].button, 3 * index, 2, Qt.AlignmentFlag.AlignVCenter)
        return box

    def _row(self, field: Field) -> Row:
        title, editor, note = label(field.label, "muted"), editor_for(field), label("", "muted", wraps=True)
        title.setToolTip(field.help)
        title.setBuddy(editor)
        note.setAlignment(Qt.AlignmentFlag.AlignRight)
        note.setVisible(False)
        editor.edited.connect(lambda value: self._document.set_setting(field.name, value, self._lane))
        button = tool_button(self, act=lambda: self._press(field), role="small", size_px=_ICON_PX)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setFixedSize(_BUTTON_PX, FIELD_HEIGHT_PX)
        row = Row(field, title, editor, button, note)
        for widget in (title, editor, button):
            widget.installEventFilter(self)
        return row

    def _follow(self, new: Project, old: Project) -> None:
        if (new.lanes, new.hues, new.source, new.target) != (old.lanes, old.hues, old.source, old.target):
            self._show(new)

    def _differs(self, row: Row) -> bool:
        """Whether the shown lane, or any if all are shown, has another value than A."""
        lanes = self._document.project.lanes
        values = [getattr(config, row.field.name) for config in lanes]
        chosen = values if self._lane is None else values[self._lane:self._lane + 1]
        return any(value != values[0] for value in chosen)

    def _show(self, project: Project) -> None:
        if self._lane is not None and self._lane >= len(project.lanes):
            return  # whoever chooses the lane is about to choose another one
        self.path_curves.show_path(project.lanes[self._lane or 0].full_path)
        for name, row in self.rows.items():
            row.editor.show_value(getattr(project.lanes[self._lane or 0], name))
            if isinstance(row.editor, ChoiceEdit):
                row.editor.refuse(refusals(project, self._lane, name))
            values = [getattr(config, name) for config in project.lanes]
            if isinstance(row.editor, NumberEdit | TextEdit):
                row.editor.is_mixed = self._lane is None and len(set(values)) > 1
            row.note.setText(" · ".join(f"{letter} {shown_value(row.field, value)}"
                                        for letter, value in zip(LETTERS, values, strict=False)))
            shown = project.lanes if self._lane is None else (project.lanes[self._lane],)
            is_used = any(config.uses(name) for config in shown)
            reason = why_greyed(project, shown, name)
            for widget in (row.title, row.editor, row.button):
                widget.setVisible(is_used or bool(reason))
            row.editor.setEnabled(not reason)
            row.title.setToolTip(reason or row.field.help)
            row.editor.setToolTip(reason or row.field.help)
            row.note.setVisible((is_used or bool(reason)) and len(set(values)) > 1)
            colour = self._theme.text if self._lane is None else self._theme.lanes[project.hues[self._lane]]
            row.title.setStyleSheet(f"color: {colour}; font-weight: 600;" if self._differs(row) else "")
            self._show_button(row)
        differs = any(row.field.advanced and self._differs(row) for row in self.rows.values())
        self.fold.set_title("Advanced: differs" if differs else "Advanced")

    def _show_button(self, row: Row) -> None:
        count = len(self._document.project.lanes)
        is_single = row.field.choices is not None and len(row.field.choices) == 1
        is_reset, can_compare = self._differs(row), not row.field.shared and not is_single and count < MAX_LANES
        is_seen = is_reset or (row.is_near and can_compare)
        row.button.setIcon((icon("reset") if is_reset else icon("compare", "muted")) if is_seen else QIcon())
        row.button.setEnabled(is_reset or can_compare)
        if is_reset:
            whose = "all panes" if self._lane is None else f"pane {LETTERS[self._lane]}"
            value = shown_value(row.field, getattr(self._document.project.lanes[0], row.field.name))
            describe(row.button, f"{row.field.label}: take the value of A", f"Give {whose} the value of A, {value}.")
        else:
            describe(row.button, f"Compare: {row.field.label}", "One more pane that differs in this setting."
                     if can_compare else f"There are {MAX_LANES} panes already." if count == MAX_LANES else
                     "All panes have the same.")

    def _press(self, field: Field) -> None:
        row, project = self.rows[field.name], self._document.project
        if self._differs(row):
            self._document.set_setting(field.name, getattr(project.lanes[0], field.name), self._lane)
            return
        menu = self.comparison_menu(field.name)
        menu.popup(row.button.mapToGlobal(row.button.rect().bottomLeft()))

    def comparison_menu(self, name: str) -> QMenu:
        """Return the values that a setting can be compared with, each one click."""
        field = self.rows[name].field
        value = getattr(self._document.project.lanes[self._lane or 0], name)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        refused = refusals(self._document.project, self._lane or 0, name)
        for other in proposals(field, value):
            action = menu.addAction(f"Compare with {shown_value(field, other)}")
            action.triggered.connect(lambda _=False, other=other: self.comparison_wanted.emit(name, other))
            if why := refused.get(str(other)):
                action.setEnabled(False)
                action.setToolTip(why)
        if field.choices is None:
            menu.addAction("Compare with another value…").triggered.connect(
                lambda: self.comparison_wanted.emit(name, None))
        return menu
