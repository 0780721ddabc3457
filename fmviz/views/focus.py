"""Where the keyboard goes: a mouse click on a button or slider leaves the focus on the stage.

So the space bar plays and the arrows step after any click, while the Tab key still reaches every control, and
there the same keys press the button or move the slider.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QComboBox, QScrollBar, QWidget


def tab_focus_only(root: QWidget) -> None:
    """Set the policy for every button, slider and list below `root`."""
    for kind in (QAbstractButton, QAbstractSlider, QComboBox):
        for control in root.findChildren(kind):
            if control.focusPolicy() != Qt.FocusPolicy.NoFocus and not isinstance(control, QScrollBar):
                control.setFocusPolicy(Qt.FocusPolicy.TabFocus)
