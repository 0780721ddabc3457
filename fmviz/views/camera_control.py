"""The camera under the user's hands: the wheel zooms at the mouse, a drag moves, a double click fits.

The camera itself is part of the style, so that scenes, exports and files have it; here it is only changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QCursor, QKeyEvent
from PySide6.QtWidgets import QWidget

from fmviz.canvas.canvas import FlowCanvas, Modifiers
from fmviz.core.camera import Camera, camera_of, moved, zoomed
from fmviz.core.follow import Place
from fmviz.core.project import Project
from fmviz.engine.document import Document

# Nearer there is nothing to see, and farther neither: widths as shares of what there is to see.
_NEAREST, _FARTHEST = 1e-4, 20.0
# Of a key or a menu.
_KEY_NOTCHES = 3.0


class CameraControl(QObject):
    """Changes the style's camera: wheel, middle button, Space and left button, double click; keys call its methods.

    Args:
        is_drawing: whether clicks belong to the drawing tool.
        play: what Space does when nothing was dragged while it was held.
    """

    def __init__(self, window: QWidget, canvas: FlowCanvas, document: Document, is_drawing: Callable[[], bool],
                 play: Callable[[], object]) -> None:
        super().__init__(canvas)
        self._canvas, self._document, self._is_drawing, self._play = canvas, document, is_drawing, play
        self._held: Place | None = None
        self._has_moved = False
        self._cursor: QCursor | None = None  # that was there before the hand
        canvas.wheeled.connect(self._zoom_at)
        canvas.pressed.connect(self._press)
        canvas.moved.connect(self._move)
        canvas.released.connect(self._release)
        canvas.double_clicked.connect(self._follow_double_click)
        document.edited.connect(self._follow_document)
        window.installEventFilter(self)

    def fit(self) -> None:
        self._look(None)

    def zoom_in(self) -> None:
        self._zoom_by_key(_KEY_NOTCHES)

    def zoom_out(self) -> None:
        self._zoom_by_key(-_KEY_NOTCHES)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Let Space be a hand while it is held, and play when it is let go without a drag."""
        if event.type() == QEvent.Type.WindowDeactivate and self._canvas.is_hand:
            self._set_hand(False)
        if not isinstance(event, QKeyEvent) or event.key() != Qt.Key.Key_Space or event.modifiers():
            return False
        if event.type() == QEvent.Type.KeyPress:
            if not event.isAutoRepeat():
                self._has_moved = False
                self._set_hand(True)
            return True
        if event.type() == QEvent.Type.KeyRelease and self._canvas.is_hand:
            if not event.isAutoRepeat():
                self._set_hand(False)
                if not self._has_moved:
                    self._play()
            return True
        return False

    def _set_hand(self, is_hand: bool) -> None:
        self._canvas.is_hand = is_hand
        self._show_hand()

    def _show_hand(self) -> None:
        """Show a hand in place of the cursor, closed while it drags, or the cursor that was there before."""
        canvas = self._canvas
        if self._held is None and not canvas.is_hand:
            if self._cursor is not None:
                canvas.setCursor(self._cursor)
                self._cursor = None
            return
        if self._cursor is None:
            self._cursor = canvas.cursor()
        canvas.setCursor(Qt.CursorShape.OpenHandCursor if self._held is None else Qt.CursorShape.ClosedHandCursor)

    def _zoom_by_key(self, notches: float) -> None:
        seen = self._canvas.seen()
        self._zoom_at((seen.cx, seen.cy), notches)

    def _zoom_at(self, place: Place, notches: float) -> None:
        seen, most = self._canvas.seen(), camera_of(self._canvas.fitted).width
        camera = zoomed(seen, place, notches)
        now = camera_of(seen).width
        low, high = min(_NEAREST * most, now), max(_FARTHEST * most, now)
        if low <= camera.width <= high:
            self._look(camera)

    def _press(self, place: Place, _pane: int, modifiers: Modifiers) -> None:
        if modifiers.button == "middle":
            self._held, self._has_moved = place, True
            self._show_hand()

    def _move(self, place: Place, _pane: int, _modifiers: Modifiers) -> None:
        if self._held is not None:
            self._look(moved(self._canvas.seen(), self._held[0] - place[0], self._held[1] - place[1]))

    def _release(self, _place: Place, _pane: int, _modifiers: Modifiers) -> None:
        if self._held is not None:
            self._held = None
            self._show_hand()

    def _follow_double_click(self) -> None:
        if not self._is_drawing():
            self.fit()

    def _follow_document(self, new: Project, old: Project) -> None:
        """Fit when other clouds have come: what was looked at may not be there any more. A file has its own camera."""
        if (new.source, new.target) != (old.source, old.target) and not self._is_drawing() and (
                new.style.camera == old.style.camera):
            self.fit()

    def _look(self, camera: Camera | None) -> None:
        style = self._document.project.style
        if camera != style.camera:
            self._document.set_style(replace(style, camera=camera))
