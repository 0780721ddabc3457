"""Turning the mouse wheel over a widget."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

NOTCH = 120


def turn_wheel(widget: QWidget, notches: float, place: QPoint | None = None) -> None:
    """Turn the wheel over a widget, at its upper left corner or another place, away from the user if positive."""
    at = QPointF(5, 5) if place is None else QPointF(place)
    turned = QPoint(0, round(NOTCH * notches))
    event = QWheelEvent(at, widget.mapToGlobal(at), QPoint(), turned, Qt.MouseButton.NoButton,
                        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(widget, event)
