"""Where the keyboard goes: a mouse click on a button or slider leaves the focus on the stage.

So the space bar plays and the arrows step after any click, while the Tab key still reaches every control, and
there the same keys press the button or move the slider. Return in a field gives the keys back to the stage too. On keys
that a focused control may need for itself the window acts only when the control did not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from PySide6.QtCore import QEvent, QKeyCombination, QObject, Qt, QTimer
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLayout,
    QLineEdit,
    QScrollArea,
    QScrollBar,
    QWidget,
)

from fmviz.views.actions import SOFT_ROWS

_LEAVING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)


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


def tab_focus_only(root: QWidget) -> None:
    """Set the policy for every button, slider and list below `root`."""
    for kind in (QAbstractButton, QAbstractSlider, QComboBox):
        for control in root.findChildren(kind):
            if control.focusPolicy() != Qt.FocusPolicy.NoFocus and not isinstance(control, QScrollBar):
                control.setFocusPolicy(Qt.FocusPolicy.TabFocus)


def tab_as_seen(root: QWidget) -> None:
    """Let the Tab key walk the controls below `root` in the order of its layouts: left to right, top to bottom.

    By itself it walks them in the order in which they were made. Where it begins is not said: who shows `root` gives
    the focus to the first control.
    """
    for before, control in pairwise(_controls_of(root)):
        QWidget.setTabOrder(before, control)


def _controls_of(part: QWidget) -> Iterator[QWidget]:
    if isinstance(part, QScrollArea):
        inside = part.widget()
        assert inside is not None
        yield from _controls_of(inside)
    elif (layout := part.layout()) is not None:
        for control in _laid_out(layout):
            if control is part.focusProxy():
                yield part  # Tab takes it for a control of its own, and would come back to it
            yield control
    elif part.focusPolicy() & Qt.FocusPolicy.TabFocus:
        yield part


def _laid_out(layout: QLayout) -> Iterator[QWidget]:
    for index in range(layout.count()):
        item = layout.itemAt(index)
        assert item is not None
        if (inner := item.layout()) is not None:
            yield from _laid_out(inner)
        elif (part := item.widget()) is not None:
            yield from _controls_of(part)


class LeaveFields(QObject):
    """Moves the focus to `home` when Return or Escape is pressed in a field below `root`; the field acts first."""

    def __init__(self, root: QWidget, home: QWidget) -> None:
        super().__init__(root)
        self._home = home
        for kind in (QAbstractSpinBox, QLineEdit):
            for field in root.findChildren(kind):
                if field.window() is root:  # a dialog keeps its keys
                    field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() in _LEAVING:
            QTimer.singleShot(0, self._home, self._home.setFocus)
        return False
