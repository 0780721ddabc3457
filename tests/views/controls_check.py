"""Every control says what it is: to the eye by a tooltip, to a screen reader by a name."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QMenu,
    QScrollBar,
    QWidget,
)

_CONTROLS = (QAbstractButton, QAbstractItemView, QAbstractSlider, QAbstractSpinBox, QComboBox)


def controls_of(root: QWidget) -> list[QWidget]:
    """Return the controls below `root`, without the parts that Qt makes them of."""
    found = [control for kind in _CONTROLS for control in root.findChildren(kind)]
    return [control for control in found if not isinstance(control, QScrollBar) and not _is_inside(control, root)]


def silent_controls(root: QWidget) -> list[str]:
    """Return what lacks a tooltip or an accessible name: classes of controls, texts of menu entries."""
    silent = [f"{type(control).__name__} {control.objectName()}" for control in controls_of(root)
              if not control.toolTip() or not control.accessibleName()]
    for menu in root.findChildren(QMenu):
        silent += [action.text() for action in menu.actions() if not action.isSeparator() and not action.toolTip()]
    return silent


def _is_inside(control: QWidget, root: QWidget) -> bool:
    parent = control.parentWidget()
    while parent is not None and parent is not root:
        if isinstance(parent, QComboBox | QAbstractSpinBox | QAbstractItemView):
            return True
        parent = parent.parentWidget()
    return False
