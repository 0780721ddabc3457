"""Files that are dragged from outside and let go over a widget."""

from __future__ import annotations

from pathlib import Path

from PySide6 import __version_info__ as version_info
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

_COPY = Qt.DropAction.CopyAction


def drop(target: object, *paths: Path) -> None:
    """Drag files over a widget, which has to take them, and let them go."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    # From 6.12 on the place is a QPointF, and a QPoint is warned of.
    at = QPointF(5, 5) if version_info >= (6, 12) else QPoint(5, 5)
    enter = QDragEnterEvent(at, _COPY, data, buttons, keys)
    QApplication.sendEvent(target, enter)  # type: ignore[arg-type]
    assert enter.isAccepted()
    QApplication.sendEvent(target, QDropEvent(QPointF(5, 5), _COPY, data, buttons, keys))  # type: ignore[arg-type]
