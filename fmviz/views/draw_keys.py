"""The keys of the drawing mode. While it is on they go before the window's own shortcuts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from fmviz.views.draw_settings import TOOLS

if TYPE_CHECKING:
    from fmviz.views.draw_tool import DrawTool

_NUDGE, _FAR_NUDGE = 1.0, 5.0  # percent of half the picture's edge
_ARROWS: dict[int, tuple[int, int]] = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1),
}
_LOST_MOUSE = (QEvent.Type.Hide, QEvent.Type.WindowDeactivate, QEvent.Type.FocusOut)
Action = Callable[[], None]


class DrawKeys(QObject):
    """Event filter for the canvas and for its window: a focused control that needs a key keeps it.

    Letters choose tools; [ and ] change the brush; arrows nudge the selection, with Shift further; Delete removes it;
    Escape gives up the gesture, then the selection, then the drawing mode.
    """

    def __init__(self, tool: DrawTool) -> None:
        super().__init__(tool)
        self._tool = tool

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in _LOST_MOUSE:
            self._tool.finish()
        elif isinstance(event, QKeyEvent):
            if kind == QEvent.Type.KeyRelease:
                return self._release(event)
            action = self._action_of(event)
            if action is not None and kind == QEvent.Type.ShortcutOverride:
                event.accept()  # it comes back as a key press instead of a shortcut
                return True
            if action is not None and kind == QEvent.Type.KeyPress:
                action()
                return True
        return False

    def _release(self, event: QKeyEvent) -> bool:
        if not self._tool.is_nudging or event.key() not in _ARROWS:
            return False
        if not event.isAutoRepeat():
            self._tool.finish()
        return True

    def _action_of(self, event: QKeyEvent) -> Action | None:
        tool, key = self._tool, event.key()
        for standard, action in (
            (QKeySequence.StandardKey.SelectAll, tool.select_all),
            (QKeySequence.StandardKey.Undo, tool.undo),
            (QKeySequence.StandardKey.Redo, tool.redo),
        ):
            if event.matches(standard):
                return action
        # By their text: on many keyboards the brackets need a modifier.
        if event.text() in ("[", "]"):
            return lambda: tool.settings.step_brush(1 if event.text() == "]" else -1)
        if event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier):
            return None
        if key == Qt.Key.Key_Escape:
            return tool.step_back
        if tool.selection is not None:
            if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
                return tool.delete_selected
            if key in _ARROWS:
                percent = _FAR_NUDGE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else _NUDGE
                return lambda: tool.nudge(_ARROWS[key], percent)
        if not event.modifiers():
            for row in TOOLS.values():
                if key == Qt.Key[f"Key_{row.key}"]:
                    return self._chooser(row.name)
        return None

    def _chooser(self, name: str) -> Action:
        return lambda: self._tool.settings.set_tool(name)
