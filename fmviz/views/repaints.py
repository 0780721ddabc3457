"""One clock for what changes with a training, and is not in the picture: its numbers, its curves, its progress.

They come many times a second from each lane; an eye reads them well at five. While pictures move, each is refreshed
right after a frame was painted, one after each frame: begun at any other moment it would make the next frame late.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt

from fmviz.canvas.canvas import FlowCanvas
from fmviz.views.controls import single_shot

_INTERVAL_MS = 200
# Longer than between two frames: pictures that move may be hidden, and are not painted then.
_LONGEST_MS = 50

Refresh = Callable[[], object]


class Repaints(QObject):
    """Refreshes parts of the window, each at most once in an interval.

    Args:
        canvas: whose frames come first, None if there is none.
        parent: owner.
    """

    def __init__(self, canvas: FlowCanvas | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._asked: list[Refresh] = []
        self._due: list[Refresh] = []
        self._interval = single_shot(self, _INTERVAL_MS, self._begin)
        self._hidden = single_shot(self, _LONGEST_MS, self._refresh_all)
        if canvas is not None:
            # Queued: it is painted wholly then.
            canvas.painted.connect(self._refresh_one, Qt.ConnectionType.QueuedConnection)

    def soon(self, refresh: Refresh) -> None:
        """Call `refresh` within an interval, once however often this is asked for."""
        if refresh not in self._asked:
            self._asked.append(refresh)
        if not self._interval.isActive() and not self._due:
            self._interval.start()

    def _begin(self) -> None:
        self._due, self._asked = self._asked, []
        if self._canvas is not None and self._canvas.is_moving:
            self._hidden.start()
        else:
            self._refresh_all()

    def _refresh_one(self) -> None:
        if self._due:
            try:
                self._due.pop(0)()
            finally:  # the others come, whatever becomes of this one
                self._end()

    def _refresh_all(self) -> None:
        try:
            while self._due:
                self._due.pop(0)()
        finally:
            self._end()

    def _end(self) -> None:
        if self._due:
            self._hidden.start()
            return
        self._hidden.stop()
        if self._asked:
            self._interval.start()
