"""What a person does with mouse and keys while annotating, and the field in which words are written on the stage."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from fmviz.canvas.canvas import FlowCanvas, Modifiers
from fmviz.core.annotations import KINDS, LONGEST_WORDS, Annotation, followed
from fmviz.core.follow import Place
from fmviz.core.numbers import within
from fmviz.views.annotate_tool import AnnotateTool
from fmviz.views.controls import ARROWS, describe, take_key

_FIELD_PX = 220
_LOST_MOUSE = (QEvent.Type.Hide, QEvent.Type.WindowDeactivate)
# Of half of what is seen.
_NUDGES = {Qt.KeyboardModifier.NoModifier: 0.01, Qt.KeyboardModifier.ShiftModifier: 0.05}
# What belongs to the mode, with its sentence for the page of shortcuts.
ANNOTATE_KEYS: dict[str, tuple[tuple[str, ...], str]] = {
    **{kind.key: ((kind.shortcut,), f"{kind.label}.") for kind in KINDS.values()},
    "write": (("Return",), "Write words at the selected one; a double click does it too."),
    "nudge": (("Left", "Right", "Up", "Down"), "Move the selected one; with Shift further."),
    "delete": (("Delete", "Backspace"), "Delete the selected one."),
    "leave": (("Escape",), "Give up the drag; again: let go of the selected one; again: leave annotating."),
}
Act = Callable[[], object]


class AnnotateMouse(QObject):
    """Follows the canvas' mouse signals while the mode is on: the left button draws, moves and selects."""

    def __init__(self, canvas: FlowCanvas, tool: AnnotateTool, field: WordsField) -> None:
        super().__init__(tool)
        self._canvas, self._tool, self._field = canvas, tool, field
        self._words_at: tuple[Place, int] | None = None
        self._last: tuple[Place, int] = ((0.0, 0.0), 0)
        canvas.pressed.connect(self._press)
        canvas.moved.connect(self._move)
        canvas.released.connect(self._release)
        canvas.hovered.connect(self._hover)
        canvas.double_clicked.connect(self._write)
        tool.active_changed.connect(self._follow)

    def _press(self, place: Place, pane: int, modifiers: Modifiers) -> None:
        self._last, self._words_at = (place, pane), None
        if not self._tool.is_active or modifiers.button != "left":
            return
        if self._field.is_open:
            self._field.finish()
        elif self._tool.press(place, pane):
            self._words_at = place, pane

    def _move(self, place: Place, _pane: int, modifiers: Modifiers) -> None:
        if self._tool.is_active:
            self._tool.drag(place, modifiers.shift)

    def _release(self, place: Place, pane: int, modifiers: Modifiers) -> None:
        if not self._tool.is_active:
            return
        if self._tool.is_dragging:
            self._tool.drag(place, modifiers.shift)
            self._tool.release()
        elif self._words_at is not None:
            self._field.open_new(place, pane)
        self._words_at = None

    def _hover(self, place: Place, pane: int, _modifiers: Modifiers) -> None:
        if self._tool.is_active and not self._canvas.is_hand:
            is_over = self._tool.grip_at(place, pane) is not None
            self._canvas.setCursor(Qt.CursorShape.SizeAllCursor if is_over else Qt.CursorShape.CrossCursor)

    def _write(self) -> None:
        """Write words where a double click has hit; its first press has selected what is there."""
        if self._tool.is_active and self._tool.grip_at(*self._last) is not None:
            self._tool.cancel()
            self._field.open_selected(self._last[1])

    def _follow(self, is_active: bool) -> None:
        self._words_at = None
        if is_active:
            self._canvas.setCursor(Qt.CursorShape.CrossCursor)
        else:
            self._field.finish()
            self._canvas.unsetCursor()


class AnnotateKeys(QObject):
    """Event filter for the canvas and for its window while the mode is on; a focused field keeps its keys."""

    def __init__(self, canvas: FlowCanvas, tool: AnnotateTool, field: WordsField) -> None:
        super().__init__(tool)
        self._canvas, self._tool, self._field = canvas, tool, field
        tool.active_changed.connect(self._follow)

    def _follow(self, is_active: bool) -> None:
        for watched in (self._canvas.window(), self._canvas):
            if is_active:
                watched.installEventFilter(self)
            else:
                watched.removeEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() in _LOST_MOUSE:
            self._tool.cancel()
        elif isinstance(event, QKeyEvent) and not self._field.hasFocus():
            return take_key(event, self._act_of(event))
        return False

    def _act_of(self, event: QKeyEvent) -> Act | None:
        tool, key = self._tool, event.key()
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if tool.selected is not None and key in ARROWS and modifiers in _NUDGES:
            share = _NUDGES[modifiers]
            return partial(tool.nudge, *(share * part for part in ARROWS[key]))
        if modifiers:
            return None
        if key == Qt.Key.Key_Escape:
            return tool.step_back
        if tool.selected is not None:
            if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
                return tool.delete_selected
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                return self._field.open_selected
        for kind in KINDS.values():
            if key == Qt.Key[f"Key_{kind.shortcut}"]:
                return partial(tool.set_kind, kind.key)
        return None


class WordsField(QLineEdit):
    """Lies on the stage where the words will stand; Return or a click elsewhere takes them, Escape does not."""

    def __init__(self, canvas: FlowCanvas, tool: AnnotateTool) -> None:
        super().__init__(canvas)
        self._canvas, self._tool = canvas, tool
        self._index, self._place = 0, (0.0, 0.0)
        self.setMaxLength(LONGEST_WORDS)
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        describe(self, "Words of the annotation", "Type the words, formulas between dollar signs; Return keeps them, "
                 "Escape leaves them as they were.")
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)  # which would take the focus
        self.returnPressed.connect(self.finish)
        tool.annotations_changed.connect(self._follow)
        self.hide()

    @property
    def is_open(self) -> bool:
        return not self.isHidden()

    def open_selected(self, pane: int = 0) -> None:
        """Change the words of the selected annotation, if its kind has any."""
        chosen = self._tool.selected
        if chosen is None or not KINDS[chosen.kind].has_text:
            return
        rect = self._canvas.words_rect(self._tool.selected_index, pane)
        middle = self._canvas.position_of(chosen.places[0], pane) if rect is None else rect.center()
        self._open(self._tool.selected_index, chosen.text, middle)

    def open_new(self, place: Place, pane: int) -> None:
        """Write new words at a place."""
        self._place = place
        self._open(len(self._tool.annotations), "", self._canvas.position_of(place, pane))

    def _open(self, index: int, text: str, middle: QPointF) -> None:
        self._index = index
        self.setText(text)
        size = self.sizeHint()
        width = min(_FIELD_PX, self._canvas.width())
        left = within(round(middle.x()) - width // 2, 0, max(0, self._canvas.width() - width))
        top = within(round(middle.y()) - size.height() // 2, 0, max(0, self._canvas.height() - size.height()))
        self.setGeometry(left, top, width, size.height())
        self.show()
        self.raise_()
        self.setFocus()
        self.selectAll()

    def finish(self) -> None:
        """Take what was typed."""
        if self.is_open:
            text = self.text()
            self.give_up()
            self._tool.write(self._index, text, self._place)

    def give_up(self) -> None:
        """Close without a change."""
        if self.is_open:
            had_focus = self.hasFocus()
            self.hide()
            if had_focus:
                self._canvas.setFocus()

    def _follow(self, new: tuple[Annotation, ...], old: tuple[Annotation, ...]) -> None:
        """Stay with the annotation whose words these are; if it is gone, so are they."""
        if self.is_open:
            index = followed(self._index, old, new)
            if index is None:
                self.give_up()
            else:
                self._index = index

    def focusOutEvent(self, event: QEvent) -> None:  # type: ignore[override]
        super().focusOutEvent(event)  # type: ignore[arg-type]
        self.finish()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.give_up()
            return
        super().keyPressEvent(event)
        event.accept()  # none of its keys is the stage's

    def event(self, event: QEvent) -> bool:
        """Keep every plain key from the window's shortcuts while words are typed."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and not (
                event.modifiers() & Qt.KeyboardModifier.ControlModifier):
            event.accept()
            return True
        return super().event(event)


def annotating_of(canvas: FlowCanvas, tool: AnnotateTool) -> tuple[QObject, QWidget]:
    """Give a tool its mouse, its keys and its field; all of them are the canvas' or the tool's."""
    field = WordsField(canvas, tool)
    AnnotateKeys(canvas, tool, field)
    return AnnotateMouse(canvas, tool, field), field
