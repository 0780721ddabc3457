"""The probe with the mouse: after a command it follows the mouse until a click pins it, a drag moves it, Delete, Escape
or the command remove it.

Its place is part of the style, so that scenes, exports and files have it. While it follows the mouse only the stage
shows it there; a click, or letting it go, is one undo step, and Escape gives that up.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent

from fmviz.canvas.canvas import Modifiers
from fmviz.core.follow import Place, rounded
from fmviz.core.picking import REACH_PX, hits_probe
from fmviz.core.project import Project
from fmviz.engine.document import Document
from fmviz.views.controls import take_key
from fmviz.views.stage import Stage

HOW = "The probe follows the mouse; click to pin it there, Escape leaves."
_KEYS = {Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_Escape}


class ProbeControl(QObject):
    """Pins, moves and removes the probe of a document on its stage.

    Args:
        is_drawing: whether clicks belong to another tool.

    Signals:
        message(str): something that the user should know, one sentence.
        changed(): it waits for a click, or no longer.
    """

    message = Signal(str)
    changed = Signal()

    def __init__(self, stage: Stage, document: Document, is_drawing: Callable[[], bool]) -> None:
        super().__init__(stage)
        self._stage, self._canvas, self._document, self._is_drawing = stage, stage.canvas, document, is_drawing
        self.is_waiting = False
        # Whether the canvas told values before.
        self._told = stage.canvas.tells_values
        # From the mouse to the probe, world units, while it is dragged.
        self._offset: Place | None = None
        canvas = self._canvas
        canvas.pressed.connect(self._press)
        canvas.moved.connect(self._move)
        canvas.released.connect(self._release)
        canvas.hovered.connect(self._hover)
        canvas.left.connect(self._leave)
        document.changed.connect(self._follow_document)
        canvas.installEventFilter(self)

    @property
    def uses_mouse(self) -> bool:
        return self.is_waiting or self._offset is not None

    def toggle(self) -> None:
        """Remove the probe; where nobody has pinned one, wait for a click that does, or no longer."""
        style = self._document.project.style
        if style.has_probe and style.probe is not None:
            self.remove()
        else:
            self._wait(not self.is_waiting)

    def pin(self, place: Place) -> None:
        self._wait(False)
        has_probe = self._document.project.style.has_probe
        self._document.set_probe(place, "Move the probe" if has_probe else "Pin the probe")

    def remove(self) -> None:
        self._end()
        self._wait(False)
        self._document.set_probe(None, "Remove the probe")

    def stop(self) -> None:
        """Wait for no click any more, and give up a drag."""
        self._end()
        self._wait(False)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Let keys on the stage give up a drag, a wish, or the probe, in this order."""
        if not isinstance(event, QKeyEvent) or event.key() not in _KEYS or event.modifiers() & ~(
                Qt.KeyboardModifier.KeypadModifier) or self._is_drawing():
            return False
        if event.key() == Qt.Key.Key_Escape and self.uses_mouse:
            return take_key(event, self.stop)
        return take_key(event, self.remove if self._document.project.style.has_probe else None)

    def _press(self, place: Place, pane: int, modifiers: Modifiers) -> None:
        self._end()
        if modifiers.button != "left" or self._is_drawing() or pane >= len(self._canvas.frames):
            return
        if self.is_waiting:
            self.pin(self._with_offset(place, (0.0, 0.0)))
            self._hold((0.0, 0.0))  # it follows the mouse until that is let go
            return
        probe = self._canvas.frames[pane].probe
        if probe is not None and hits_probe(self._canvas.frames[pane], place, self._reach):
            self._hold((probe.place[0] - place[0], probe.place[1] - place[1]))

    def _hold(self, offset: Place) -> None:
        self._offset = offset

    def _move(self, place: Place, _pane: int, _modifiers: Modifiers) -> None:
        if self._offset is not None:
            self._stage.try_look(probe=self._with_offset(place, self._offset))

    def _release(self, place: Place, _pane: int, _modifiers: Modifiers) -> None:
        offset, tried = self._offset, self._stage.is_trying
        self._end()
        if offset is not None and tried:
            self.pin(self._with_offset(place, offset))

    def _hover(self, place: Place, _pane: int, _modifiers: Modifiers) -> None:
        if self.is_waiting and not self._is_drawing() and not self._canvas.is_hand:
            layers = self._document.project.style.with_layer("probe", True).layers
            self._stage.try_look(layers=layers, probe=self._with_offset(place, (0.0, 0.0)))

    def _leave(self) -> None:
        if self.is_waiting:
            self._stage.try_look()

    def _with_offset(self, place: Place, offset: Place) -> Place:
        """Return a place as finely as pixels tell places apart."""
        return rounded((place[0] + offset[0], place[1] + offset[1]), 1 / self._canvas.pixels_per_unit())

    @property
    def _reach(self) -> float:
        return REACH_PX / self._canvas.pixels_per_unit()

    def _end(self) -> None:
        """Let the probe go where it was."""
        if self._offset is not None:
            self._offset = None
            self._stage.try_look()

    def _wait(self, is_waiting: bool) -> None:
        if is_waiting == self.is_waiting:
            return
        self.is_waiting = is_waiting
        # What lies under the mouse is then the probe itself, which has its numbers beside it.
        self._told, self._canvas.tells_values = self._canvas.tells_values, not is_waiting and self._told
        if is_waiting:
            self._canvas.setCursor(Qt.CursorShape.CrossCursor)
            self._canvas.setFocus()
            self.message.emit(HOW)
        else:
            self._canvas.unsetCursor()
            self._stage.try_look()
        self.changed.emit()

    def _follow_document(self, new: Project, old: Project) -> None:
        """Give up what was begun on another probe, or on other clouds."""
        if (new.style.probe, new.style.has_probe, new.source, new.target) != (
                old.style.probe, old.style.has_probe, old.source, old.target):
            self._end()
