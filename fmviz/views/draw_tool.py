"""The drawing mode of the stage: mouse, keys and time become gestures, a finished gesture becomes one undo step.

While a gesture runs only the canvas shows it. What a gesture does to the points is `draw_gestures`', the points and
the document are `drawing`'s, buttons are `draw_bar`'s.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence

from fmviz.canvas.canvas import FlowCanvas, Modifiers
from fmviz.core import editing
from fmviz.core.cloud import MAX_POINTS, FloatArray
from fmviz.core.editing import INSIDE, Handle, Selection, handle_at
from fmviz.core.follow import Place
from fmviz.engine.document import Document
from fmviz.views import words
from fmviz.views.controls import ARROWS, take_key
from fmviz.views.draw_tools import TOOLS, Arrange, Brush, DrawSettings, Erase, Gesture, PickRectangle, begin
from fmviz.views.drawing import NO_POINTS, Drawing

_TICK_MS = 16
# A pause of the window's loop (a dialog, a slow disk) must not end in a blot of points.
_LONGEST_TICK_S = 0.1
_HANDLE_REACH_PX = 9
_CURSORS: dict[Handle, Qt.CursorShape] = {
    INSIDE: Qt.CursorShape.SizeAllCursor,
    (-1, 0): Qt.CursorShape.SizeHorCursor, (1, 0): Qt.CursorShape.SizeHorCursor,
    (0, -1): Qt.CursorShape.SizeVerCursor, (0, 1): Qt.CursorShape.SizeVerCursor,
    (-1, 1): Qt.CursorShape.SizeFDiagCursor, (1, -1): Qt.CursorShape.SizeFDiagCursor,
    (1, 1): Qt.CursorShape.SizeBDiagCursor, (-1, -1): Qt.CursorShape.SizeBDiagCursor,
}
_NUDGE, _FAR_NUDGE = 1.0, 5.0  # percent of half the picture's edge
_LOST_MOUSE = (QEvent.Type.Hide, QEvent.Type.WindowDeactivate, QEvent.Type.FocusOut)
Act = Callable[[], None]


class DrawTool(QObject):
    """Draws one side of a document on one canvas.

    Args:
        clock: seconds that only go forward; how much a spray adds follows from it.
        rng: where the points fall.

    Attributes:
        settings: what the next gesture draws with.
        drawing: the cloud that is drawn.
        selection: what the select tool has caught.
        gesture: what is under way.

    Signals:
        active_changed(object): "source", "target", or None when drawing ends.
        points_changed(int): how many points the drawing has now, also during a gesture.
        message(str): something that the user should know, in one sentence; "" when the last one is over.
    """

    active_changed = Signal(object)
    points_changed = Signal(int)
    message = Signal(str)

    def __init__(self, canvas: FlowCanvas, document: Document, parent: QObject | None = None,
                 clock: Callable[[], float] = time.perf_counter, rng: np.random.Generator | None = None) -> None:
        super().__init__(parent)
        self._canvas, self._clock = canvas, clock
        self.rng = rng if rng is not None else np.random.default_rng()
        self.drawing = Drawing(document, self)
        self.settings = DrawSettings(self)
        self._keys = DrawKeys(self)
        self._mouse = DrawMouse(canvas, self)
        self.selection: Selection | None = None
        self.gesture: Gesture | None = None
        self._gesture_text = ""
        self._nudged: Place | None = None
        self._last_time = 0.0
        self._shown: FloatArray | None = None
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.tick)
        self.drawing.changed.connect(self._follow)
        self.settings.tool_changed.connect(self._follow_tool)
        self.drawing.message.connect(self.message)

    @property
    def which(self) -> str | None:
        """The side that is being drawn, or None."""
        return self.drawing.which

    @property
    def is_active(self) -> bool:
        return self.which is not None

    @property
    def points(self) -> FloatArray:
        """The drawing as it is shown, (N, 2), with the gesture that is under way."""
        return self.drawing.points if self.gesture is None else self.gesture.points

    @property
    def is_nudging(self) -> bool:
        return self._nudged is not None

    def start(self, which: str) -> None:
        """Draw one side; a shape begins as an empty drawing, a cloud goes on."""
        if which == self.which:
            return
        if self.is_active:
            self.finish()
            self.drawing.end()
        else:
            for watched in (self._canvas.window(), self._canvas):
                watched.installEventFilter(self._keys)
        self.drawing.begin(which)
        self._canvas.setFocus()
        self.active_changed.emit(which)

    def start_empty(self, which: str) -> None:
        """Draw one side from nothing; the document keeps it until there are points."""
        self.start(which)
        self.clear()

    def stop(self) -> None:
        """End the drawing and give the canvas back; a gesture under way counts."""
        if not self.is_active:
            return
        self.finish()
        self.drawing.end()
        self.selection = None
        for watched in (self._canvas.window(), self._canvas):
            watched.removeEventFilter(self._keys)
        self._canvas.set_edit(None)
        self._canvas.set_selection(None)
        self.active_changed.emit(None)

    def clear(self) -> None:
        """Empty the drawing; the document keeps the old side until there are points again."""
        self.cancel()
        if len(self.drawing.points):
            self.drawing.keep(NO_POINTS, np.arange(0), "")

    def undo(self) -> None:
        """Take the last stroke back; one that is under way is given up instead."""
        if self.gesture is not None:
            self.cancel()
        else:
            self.drawing.undo()

    def redo(self) -> None:
        if self.gesture is None:
            self.drawing.redo()

    def select_all(self) -> None:
        self.finish()
        self.settings.set_tool("select")
        self.select(editing.select_all(self.points))

    def delete_selected(self) -> None:
        self.finish()
        if self.selection is not None:
            rows = np.flatnonzero(~self.selection.chosen)
            self.drawing.keep(self.points[rows], rows, f"Delete points of the {self.which}")

    def nudge(self, direction: Handle, percent: float) -> None:
        """Move the selection by a share of half the picture's edge; `finish` makes all nudges one step."""
        if self.gesture is None and self.selection is not None:
            self._nudged = (0.0, 0.0)
            self.begin(Arrange(self.points, self.selection, INSIDE, self._nudged), f"Move points of the {self.which}")
        if self._nudged is not None and isinstance(self.gesture, Arrange):
            step = self.drawing.extent.share(percent)
            self._nudged = (self._nudged[0] + direction[0] * step, self._nudged[1] + direction[1] * step)
            self.move(self._nudged, False)

    def step_back(self) -> None:
        """Give up the gesture, else the selection, else end the drawing."""
        if self.gesture is not None:
            self.cancel()
        elif self.selection is not None:
            self.select(None)
        else:
            self.stop()

    def begin(self, gesture: Gesture, text: str) -> None:
        """Let a gesture run; `text` will name its undo step."""
        self.gesture, self._gesture_text = gesture, text
        self._last_time = self._clock()
        if gesture.is_timed:
            self._timer.start()
        self._show()

    def move(self, place: Place, is_constrained: bool) -> None:
        if self.gesture is not None:
            self.gesture.move(place, is_constrained)
            self._show()

    def tick(self) -> None:
        """Let the time since the last tick act on the gesture."""
        now = self._clock()
        seconds, self._last_time = min(now - self._last_time, _LONGEST_TICK_S), now
        if self.gesture is not None and self.gesture.is_timed and seconds > 0:
            self.gesture.advance(seconds)
            self._show()

    def cancel(self) -> None:
        """Give up the gesture: the drawing is what it was before."""
        if self.gesture is not None:
            self._drop_gesture()
            self._show()

    def finish(self) -> None:
        """End the gesture as if the button had been let go here."""
        self.tick()
        gesture = self.gesture
        if gesture is None:
            return
        self._drop_gesture()
        if gesture.has_changed:
            self.drawing.keep(gesture.points, gesture.rows, self._gesture_text)
        if isinstance(gesture, PickRectangle | Arrange):
            self.select(gesture.caught())
        if gesture.is_full:
            self.message.emit(f"The {self.which} is full: a cloud has at most {words.count(MAX_POINTS)} points; erase "
                              "some to draw on.")

    def _drop_gesture(self) -> None:
        self._timer.stop()
        self.gesture = self._nudged = None

    def _follow_tool(self, _name: str) -> None:
        self.finish()
        self.select(None)

    def _follow(self) -> None:
        """The drawing has changed, by a finished gesture or by others: what was begun on the old points ends."""
        self._drop_gesture()
        self.selection = self._shown = None
        self._show()

    def select(self, selection: Selection | None) -> None:
        """Show and remember what is selected; None is nothing."""
        if selection is not self.selection:
            self.selection = selection
            self._show()

    def _show(self) -> None:
        if not self.is_active:
            return
        gesture = self.gesture
        rect = gesture.rect if isinstance(gesture, PickRectangle | Arrange) else (
            None if self.selection is None else self.selection.rect)
        self._canvas.set_selection(rect)
        points = self.points
        if points is not self._shown:  # an eraser that meets nothing costs nothing
            self._shown = points
            self._canvas.set_edit(self.drawing.picture(points))
            self.points_changed.emit(len(points))


class DrawMouse(QObject):
    """Follows the canvas' mouse signals while the drawing mode is on.

    The left button draws with the chosen tool, the right one erases. A second button that goes down meanwhile does
    nothing; the canvas makes sure that every press is released.
    """

    def __init__(self, canvas: FlowCanvas, tool: DrawTool) -> None:
        super().__init__(tool)
        self._canvas, self._tool = canvas, tool
        self._place: Place | None = None
        canvas.pressed.connect(self._press)
        canvas.moved.connect(self._move)
        canvas.released.connect(self._release)
        canvas.hovered.connect(self._hover)
        canvas.left.connect(self._leave)
        tool.active_changed.connect(self._follow)
        tool.settings.brush_changed.connect(self._show_brush)
        tool.settings.tool_changed.connect(self._show_brush)

    def _press(self, place: Place, pane: int, modifiers: Modifiers) -> None:
        tool = self._tool
        if not tool.is_active:
            return
        tool.finish()
        self._place = place
        settings, which = tool.settings, tool.which
        brush = Brush(self._radius(), settings.amount)
        if modifiers.button == "right":
            tool.select(None)
            tool.begin(Erase(tool.points, place, brush), f"Erase on the {which}")
        elif modifiers.button == "left" and settings.tool == "select":
            self._press_selection(place)
        elif modifiers.button == "left":
            gesture = begin(settings.tool, tool.points, place, brush, tool.rng)
            tool.begin(gesture, f"{TOOLS[settings.tool].label} on the {which}")
        self._show_brush()

    def _press_selection(self, place: Place) -> None:
        tool, handle = self._tool, self._handle_at(place)
        if tool.selection is None or handle is None:
            tool.select(None)
            tool.begin(PickRectangle(tool.points, place), "")
        else:
            verb = "Move" if handle == INSIDE else "Scale"
            tool.begin(Arrange(tool.points, tool.selection, handle, place), f"{verb} points of the {tool.which}")

    def _move(self, place: Place, pane: int, modifiers: Modifiers) -> None:
        self._place = place
        if not self._tool.is_nudging:
            self._tool.move(place, modifiers.shift)
        self._show_brush()

    def _release(self, place: Place, pane: int, modifiers: Modifiers) -> None:
        if not self._tool.is_nudging:
            self._tool.move(place, modifiers.shift)
            self._tool.finish()
        self._show_brush()

    def _hover(self, place: Place, pane: int, modifiers: Modifiers) -> None:
        self._place = place
        if self._tool.is_active:
            handle = self._handle_at(place)
            self._canvas.setCursor(Qt.CursorShape.CrossCursor if handle is None else _CURSORS[handle])
            self._show_brush()

    def _leave(self) -> None:
        self._place = None
        self._show_brush()

    def _follow(self, which: str | None) -> None:
        if which is None:
            self._canvas.unsetCursor()
        else:
            self._canvas.setCursor(Qt.CursorShape.CrossCursor)
        self._show_brush()

    def _handle_at(self, place: Place) -> Handle | None:
        if self._tool.selection is None:
            return None
        return handle_at(self._tool.selection.rect, place, _HANDLE_REACH_PX / self._canvas.pixels_per_unit())

    def _radius(self) -> float:
        return self._tool.drawing.extent.share(self._tool.settings.brush)

    def _show_brush(self, *_: object) -> None:
        has_brush = TOOLS[self._tool.settings.tool].has_brush or isinstance(self._tool.gesture, Erase)
        if self._tool.is_active and has_brush and self._place is not None:
            self._canvas.set_brush((*self._place, self._radius()))
        else:
            self._canvas.set_brush(None)


class DrawKeys(QObject):
    """Event filter for the canvas and for its window: a focused control that needs a key keeps it.

    Letters choose tools; [ and ] change the brush; arrows nudge the selection, with Shift further; Delete removes it;
    Escape gives up the gesture, then the selection, then the drawing mode.
    """

    def __init__(self, tool: DrawTool) -> None:
        super().__init__(tool)
        self._tool = tool

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in _LOST_MOUSE:
            self._tool.finish()
        elif isinstance(event, QKeyEvent):
            if kind == QEvent.Type.KeyRelease:
                return self._release(event)
            return take_key(event, self._action_of(event))
        return False

    def _release(self, event: QKeyEvent) -> bool:
        if not self._tool.is_nudging or event.key() not in ARROWS:
            return False
        if not event.isAutoRepeat():
            self._tool.finish()
        return True

    def _action_of(self, event: QKeyEvent) -> Act | None:
        tool, key = self._tool, event.key()
        for standard, action in (
            (QKeySequence.StandardKey.SelectAll, tool.select_all),
            (QKeySequence.StandardKey.Undo, tool.undo),
            (QKeySequence.StandardKey.Redo, tool.redo),
        ):
            if event.matches(standard):
                return action
        # By their text: on many keyboards the brackets need a modifier.
        if event.text() in ("[", "]"):
            return lambda: tool.settings.step_brush(1 if event.text() == "]" else -1)
        if event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier):
            return None
        if key == Qt.Key.Key_Escape:
            return tool.step_back
        if tool.selection is not None:
            if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
                return tool.delete_selected
            if key in ARROWS:
                percent = _FAR_NUDGE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else _NUDGE
                return lambda: tool.nudge(ARROWS[key], percent)
        if not event.modifiers():
            for row in TOOLS.values():
                if key == Qt.Key[f"Key_{row.key}"]:
                    return partial(tool.settings.set_tool, row.name)
        return None
