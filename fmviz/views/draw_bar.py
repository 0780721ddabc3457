"""The bar above the stage in the drawing mode: side, tool, brush, amount, undo, clear, done. `draw_tool` acts."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QToolButton

from fmviz.core.cloud import MAX_POINTS, MIN_POINTS
from fmviz.core.numbers import counted
from fmviz.engine.document import Document
from fmviz.views import words
from fmviz.views.controls import Segmented, describe, label, push_button, tabular, tool_button
from fmviz.views.draw_tool import DrawTool
from fmviz.views.draw_tools import BRUSH, BRUSHES, TOOLS, Tool
from fmviz.views.layouts import column, row
from fmviz.views.number_edit import NumberEdit

_SIDES = {"source": "Source", "target": "Target"}
_SPIN_PX = 66
_EDIT_PX = 230
# A narrower bar leaves out what is also elsewhere: the sliders beside their fields, the count in the stage's heading.
_ROOM_PX = 560
# From so many points on, the count says how many there may be.
_NEARLY_FULL = MAX_POINTS // 2


def count_in_words(n: int) -> str:
    """Return how many points the drawing has, and near a limit which one."""
    if n < MIN_POINTS:
        return f"{counted(n, 'point')}, draw at least {MIN_POINTS}"
    if n > _NEARLY_FULL:
        return f"{words.count(n)} of at most {words.count(MAX_POINTS)} points"
    return f"{words.count(n)} points"


class DrawBar(QFrame):
    """Shows and sets what the drawing tool draws with; visible while it is active."""

    def __init__(self, tool: DrawTool, document: Document) -> None:
        super().__init__()
        self._tool = tool
        self.setProperty("role", "card")
        describe(self, "Drawing", "Draw a cloud on the stage.")
        self.sides = Segmented("Side", _SIDES, {key: f"Draw the {key}." for key in _SIDES},
                               {"source": "D", "target": "Shift+D"})
        self.sides.setProperty("dense", True)
        self.sides.edited.connect(tool.start)
        self.tools = {name: self._tool_button(row) for name, row in TOOLS.items()}
        self.undo_button = tool_button(self, "undo", tool.undo)
        self.redo_button = tool_button(self, "redo", tool.redo)
        self.clear_button = tool_button(self, "clear", tool.clear, "Clear",
                                        "Empty the drawing; the cloud stays until you draw.")
        self.done_button = push_button(self, "Done", "End the drawing.", tool.stop, "Escape", role="primary")
        self.brush_edit = NumberEdit("Brush size", "Radius of the brush, percent of half the stage; [ and ] change it",
                                     BRUSH, BRUSHES[0], BRUSHES[-1], BRUSHES, is_live=True)
        self.brush_edit.spin.setSuffix(" %")
        self.brush_edit.edited.connect(tool.settings.set_brush)
        self._brush_label = label("Brush", "muted")
        self._amount_label = label("", "muted")
        self.amount_edits = {
            row.name: NumberEdit(f"{row.label}: {row.amount_label}", f"How many {row.amount_label.replace('/', 'per')}",
                                 row.amount, row.amounts[0], row.amounts[-1], row.amounts, is_live=True)
            for row in TOOLS.values() if row.amounts
        }
        self.count_label = label("", "muted", self)
        self.count_label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.count_label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        tabular(self.count_label)
        for edit in (self.brush_edit, *self.amount_edits.values()):
            edit.spin.setFixedWidth(_SPIN_PX)
            edit.setMinimumWidth(_SPIN_PX)
            edit.setMaximumWidth(_EDIT_PX)
        for edit in self.amount_edits.values():
            edit.edited.connect(tool.settings.set_amount)
        # The stage below keeps its place when a tool without a brush is chosen.
        policy = self.brush_edit.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.brush_edit.setSizePolicy(policy)
        self._lay_out()
        tool.active_changed.connect(self._follow_side)
        tool.points_changed.connect(self._show_count)
        tool.drawing.undo_changed.connect(self._follow_undo)
        document.undo_stack.undoTextChanged.connect(self._name_undo)
        document.undo_stack.redoTextChanged.connect(self._name_redo)
        tool.settings.tool_changed.connect(self._follow_tool)
        tool.settings.brush_changed.connect(self.brush_edit.show_value)
        tool.settings.amount_changed.connect(self._show_amount)
        self.brush_edit.show_value(tool.settings.brush)
        self._follow_tool(tool.settings.tool)
        self._show_amount(tool.settings.amount)
        self._follow_side(tool.which)
        self._show_count(len(tool.points))
        self._follow_undo()
        self._name_undo(document.undo_stack.undoText())
        self._name_redo(document.undo_stack.redoText())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        has_room = self.width() >= _ROOM_PX
        self.count_label.setVisible(has_room)
        for edit in (self.brush_edit, *self.amount_edits.values()):
            if edit.slider is not None:
                edit.slider.setVisible(has_room)

    def _tool_button(self, tool: Tool) -> QToolButton:
        button = tool_button(self, tool.icon, lambda: self._choose(tool.name), tool.label,
                             f"{tool.label}: {tool.help}", tool.key)
        button.setCheckable(True)
        return button

    def _choose(self, name: str) -> None:
        self._tool.settings.set_tool(name)
        self._follow_tool(name)  # a click on the chosen one must not let it go up

    def _lay_out(self) -> None:
        amounts = ((edit, 3) for edit in self.amount_edits.values())
        column(
            row(self.sides, 4, *self.tools.values(), None, (self.count_label, 20), 10, self.done_button, spacing=0),
            row(self._brush_label, (self.brush_edit, 3), 6, self._amount_label, *amounts, None,
                row(self.undo_button, self.redo_button, self.clear_button, spacing=2), spacing=8),
            spacing=6, margins=8, on=self)

    def _follow_side(self, which: object) -> None:
        self.sides.show_value(None if which is None else str(which))

    def _follow_tool(self, name: str) -> None:
        for key, button in self.tools.items():
            button.setChecked(key == name)
        row = TOOLS[name]
        self._brush_label.setVisible(row.has_brush)
        self.brush_edit.setVisible(row.has_brush)
        self._amount_label.setText(row.amount_label)
        self._amount_label.setVisible(bool(row.amounts))
        for key, edit in self.amount_edits.items():
            edit.setVisible(key == name)

    def _show_amount(self, amount: int) -> None:
        edit = self.amount_edits.get(self._tool.settings.tool)
        if edit is not None:
            edit.show_value(amount)

    def _show_count(self, n: int) -> None:
        text = count_in_words(n)
        if text != self.count_label.text():
            self.count_label.setText(text)
            describe(self.count_label, "Points of the drawing", text)

    def _follow_undo(self) -> None:
        self.undo_button.setEnabled(self._tool.drawing.can_undo)
        self.redo_button.setEnabled(self._tool.drawing.can_redo)

    def _name_undo(self, step: str) -> None:
        tip = f"{words.step_named('Undo', step)}." if step else "Take the last stroke back."
        describe(self.undo_button, "Undo", tip, "Ctrl+Z")

    def _name_redo(self, step: str) -> None:
        tip = f"{words.step_named('Redo', step)}." if step else "Do it again."
        describe(self.redo_button, "Redo", tip, "Ctrl+Shift+Z")
