"""Keys that a focused control may need for itself: the window acts on them only when the control did not."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence

from fmviz.views.actions import SOFT_ROWS


def pressed_keys(event: QKeyEvent) -> QKeySequence:
    """Return what was pressed, as a row of the action table writes it."""
    # On macOS the arrows count as keys of the number pad.
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return QKeySequence(QKeyCombination(modifiers, Qt.Key(event.key())))


def soft_action(event: QKeyEvent, actions: Mapping[str, QAction]) -> QAction | None:
    """Return the usable action that a key means, or None."""
    pressed = pressed_keys(event)
    for row in SOFT_ROWS:
        action = actions[row.name]
        if action.isEnabled() and any(QKeySequence(keys) == pressed for keys in row.keys):
            return action
    return None
