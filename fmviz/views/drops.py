"""Drops on the window: whatever is let go outside of the cards, and a word that says that it may be."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QMimeData, QObject
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QGraphicsView, QWidget

from fmviz.views.dropped import may_hold_points


class Drops(QObject):
    """Event filter of a window.

    Args:
        is_free: whether the window takes anything now.
        take: gets what was dropped.
        show: is told whether something is being dragged over the window.
    """

    def __init__(self, window: QWidget, canvas: QGraphicsView, is_free: Callable[[], bool],
                 take: Callable[[QMimeData], object], show: Callable[[bool], object]) -> None:
        super().__init__(window)
        self._is_free, self._take, self._show = is_free, take, show
        window.setAcceptDrops(True)
        # A view of graphics takes drops for its items, which want none.
        canvas.setAcceptDrops(False)
        canvas.viewport().setAcceptDrops(False)
        window.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Take what is dropped; the drag of the own picture goes elsewhere."""
        if isinstance(event, QDragEnterEvent) and event.type() == QEvent.Type.DragEnter:
            if event.source() is None and self._is_free() and may_hold_points(event.mimeData()):
                event.acceptProposedAction()
                self._show(True)
                return True
        elif event.type() == QEvent.Type.DragLeave:
            self._show(False)
        elif isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            self._show(False)
            event.acceptProposedAction()
            self._take(event.mimeData())
            return True
        return False
