"""The mouse of the drawing mode: which gesture a press begins, and the brush and the cursor that follow it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from fmviz.canvas.canvas import FlowCanvas, Modifiers
from fmviz.core.selection import INSIDE, Handle, Place, handle_at
from fmviz.views.draw_gestures import Arrange, Brush, Erase, PickRectangle, begin
from fmviz.views.draw_settings import TOOLS

if TYPE_CHECKING:
    from fmviz.views.draw_tool import DrawTool

_HANDLE_REACH_PX = 9
_CURSORS: dict[Handle, Qt.CursorShape] = {
    INSIDE: Qt.CursorShape.SizeAllCursor,
    (-1, 0): Qt.CursorShape.SizeHorCursor, (1, 0): Qt.CursorShape.SizeHorCursor,
    (0, -1): Qt.CursorShape.SizeVerCursor, (0, 1): Qt.CursorShape.SizeVerCursor,
    (-1, 1): Qt.CursorShape.SizeFDiagCursor, (1, -1): Qt.CursorShape.SizeFDiagCursor,
    (1, 1): Qt.CursorShape.SizeBDiagCursor, (-1, -1): Qt.CursorShape.SizeBDiagCursor,
}


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
            self._canvas.viewport().setCursor(Qt.CursorShape.CrossCursor if handle is None else _CURSORS[handle])
            self._show_brush()

    def _leave(self) -> None:
        self._place = None
        self._show_brush()

    def _follow(self, which: str | None) -> None:
        if which is None:
            self._canvas.viewport().unsetCursor()
        else:
            self._canvas.viewport().setCursor(Qt.CursorShape.CrossCursor)
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
