"""What a person annotates with: mouse, keys, the bar above the stage, and the field in which words are written."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QToolButton, QWidget

from fmviz.canvas.canvas import FlowCanvas, Modifiers
from fmviz.core.annotations import (
    FACTOR,
    INKS,
    KINDS,
    LEAST_FACTOR,
    LONGEST_WORDS,
    MOST_FACTOR,
    Annotation,
    Kind,
    followed,
)
from fmviz.core.follow import Place
from fmviz.core.numbers import within
from fmviz.engine.document import Document
from fmviz.engine.playhead import Playhead
from fmviz.views.annotate_tool import AnnotateTool
from fmviz.views.controls import ARROWS, Segmented, describe, label, push_button, tabular, take_key, tool_button
from fmviz.views.layouts import column, row
from fmviz.views.number_edit import NumberEdit

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

_SPIN_PX, _DECIMALS = 66, 2
_INK_TIPS = {"plain": "In the colour of words.", "strong": "In red.", "source": "In the source's colour.",
             "target": "In the target's colour."}


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


class AnnotateBar(QFrame):
    """Shows and sets what the annotating tool draws with, and what is selected; visible while it is active."""

    def __init__(self, tool: AnnotateTool, document: Document, playhead: Playhead) -> None:
        super().__init__()
        self._tool, self._playhead = tool, playhead
        self.setProperty("role", "card")
        describe(self, "Annotating", "Point at things on the stage.")
        self.kinds = {kind.key: self._kind_button(kind) for kind in KINDS.values()}
        self.inks = Segmented("Ink", INKS, _INK_TIPS)
        self.inks.setProperty("dense", True)
        self.inks.edited.connect(tool.set_ink)
        self.span = label("", "muted")
        tabular(self.span)
        self.from_here = push_button(self, "From here", "The selected one is seen from this t on.", self._begin_here)
        self.to_here = push_button(self, "To here", "The selected one is seen until this t.", self._end_here)
        self.always = push_button(self, "Always", "The selected one is seen at every t.", self._be_seen_always)
        self.factor = NumberEdit("Magnification", "How many times as large an inset shows its place", FACTOR,
                                 LEAST_FACTOR, MOST_FACTOR, decimals=_DECIMALS)
        self.factor.show_value(FACTOR)
        self.factor.spin.setSuffix(" x")
        self.factor.spin.setFixedWidth(_SPIN_PX)
        self.factor.edited.connect(lambda value: tool.change_selected("Change the magnification", factor=value))
        self.delete_button = tool_button(self, "close", tool.delete_selected, "Delete", "Delete the selected one.",
                                         "Delete")
        self.clear_button = push_button(self, "Remove all", "Remove all annotations of what is shown; undo brings "
                                        "them back.", tool.clear)
        self.done_button = push_button(self, "Done", "End annotating.", tool.stop, "Escape", role="primary")
        column(
            row(*self.kinds.values(), 6, self.inks, None, self.done_button, spacing=0),
            row(self.span, 4, self.from_here, self.to_here, self.always, 8, self.factor, None,
                row(self.delete_button, self.clear_button, spacing=2), spacing=4),
            spacing=6, margins=8, on=self)
        tool.changed.connect(self._follow)
        document.changed.connect(self._follow)
        self._follow()

    def _kind_button(self, kind: Kind) -> QToolButton:
        button = tool_button(self, kind.icon, lambda: self._choose(kind.key), kind.label,
                             f"{kind.label}: {kind.help}", kind.shortcut)
        button.setCheckable(True)
        return button

    def _choose(self, key: str) -> None:
        self._tool.set_kind(key)
        self._follow()  # a click on the chosen one must not let it go up

    def _begin_here(self) -> None:
        if (chosen := self._tool.selected) is not None:
            t = self._playhead.t
            self._tool.change_selected("Change when it is seen", t0=t, t1=max(t, chosen.t1))

    def _end_here(self) -> None:
        if (chosen := self._tool.selected) is not None:
            t = self._playhead.t
            self._tool.change_selected("Change when it is seen", t0=min(t, chosen.t0), t1=t)

    def _be_seen_always(self) -> None:
        self._tool.change_selected("Change when it is seen", t0=0.0, t1=1.0)

    def _follow(self, *_: object) -> None:
        tool, chosen = self._tool, self._tool.selected
        for key, button in self.kinds.items():
            button.setChecked(key == tool.kind)
        self.inks.show_value(tool.ink)
        for control in (self.from_here, self.to_here, self.always, self.delete_button):
            control.setEnabled(chosen is not None)
        self.clear_button.setEnabled(bool(tool.annotations))
        magnifies = chosen is not None and KINDS[chosen.kind].has_factor
        self.factor.setEnabled(magnifies)
        if chosen is not None and magnifies:
            self.factor.show_value(chosen.factor)
        self.span.setText("Seen" if chosen is None else f"t = {chosen.t0:.2f} to {chosen.t1:.2f}")


def annotating_of(canvas: FlowCanvas, tool: AnnotateTool) -> tuple[QObject, QWidget]:
    """Give a tool its mouse, its keys and its field; all of them are the canvas' or the tool's."""
    field = WordsField(canvas, tool)
    AnnotateKeys(canvas, tool, field)
    return AnnotateMouse(canvas, tool, field), field
