"""Turning the mouse wheel over a widget."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

NOTCH = 120


def turn_wheel(widget: QWidget, notches: int) -> None:
    """Turn the wheel over a widget, away from the user if positive."""
    at = QPointF(5, 5)
    event = QWheelEvent(at, widget.mapToGlobal(at), QPoint(), QPoint(0, NOTCH * notches), Qt.MouseButton.NoButton,
                        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(widget, event)
