"""The pen of a presentation: freehand strokes over the stage that go with the scene, unless they are kept.

They are annotations of what is shown, so that keeping the view as a scene keeps them, but no undo steps: what is drawn
before an audience is wiped away by a key, by the next scene and by the end of the presentation.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from fmviz.canvas.canvas import FlowCanvas, Modifiers
from fmviz.core.annotations import MOST_ANNOTATIONS, Annotation
from fmviz.core.follow import Place
from fmviz.engine.document import Document
from fmviz.engine.scenes import Talk
from fmviz.views.annotate_tool import Draw

_INK = "strong"
# A shorter drag is a click; a finger's tremble on a clicker's pad is as short.
_LEAST_PX = 3.0
_BUTTON = "right"


class Pen(QObject):
    """Draws while it is on with the left mouse button, and while it may draw at all with the right one.

    Attributes:
        may_draw: whether there is a presentation whose stage it may draw on.

    Signals:
        changed(bool): it was taken or put away.
        message(str): why a stroke was not drawn.
    """

    changed = Signal(bool)
    message = Signal(str)

    def __init__(self, canvas: FlowCanvas, document: Document, talk: Talk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._canvas, self._document, self._talk = canvas, document, talk
        self._strokes: tuple[Annotation, ...] = ()
        self._gesture: Draw | None = None
        self.is_on = self.may_draw = False
        canvas.pressed.connect(self._press)
        canvas.moved.connect(self._move)
        canvas.released.connect(self._release)
        talk.shown.connect(self._forget)

    @property
    def strokes(self) -> tuple[Annotation, ...]:
        """What it has drawn on what is shown, and nobody has wiped away."""
        return tuple(stroke for stroke in self._strokes if stroke in self._annotations)

    @property
    def _annotations(self) -> tuple[Annotation, ...]:
        return self._document.project.style.annotations

    def set_on(self, is_on: bool) -> None:
        """Take it, or put it away; a stroke under way stays."""
        if is_on != self.is_on:
            self._finish()
            self.is_on = is_on
            self.changed.emit(is_on)

    def toggle(self) -> None:
        self.set_on(not self.is_on)

    def erase(self) -> None:
        """Wipe away what it has drawn."""
        self._drop()
        if gone := self.strokes:
            self._show(tuple(one for one in self._annotations if one not in gone))
        self._strokes = ()

    def leave(self) -> None:
        """End with the presentation; what the present scene was kept with stays."""
        self.set_on(False)
        scene = self._talk.scene
        if scene is not None and scene.style.annotations == self._annotations:
            self._forget()
        self.erase()

    def _forget(self) -> None:
        """Another scene is shown, or the strokes were kept: they are the pen's no more."""
        self._drop()
        self._strokes = ()

    def _press(self, place: Place, _pane: int, modifiers: Modifiers) -> None:
        if not self.may_draw or not (modifiers.button == _BUTTON or (self.is_on and modifiers.button == "left")):
            return
        if len(self._annotations) >= MOST_ANNOTATIONS:
            self.message.emit("The picture is full of strokes   ·   E: erase them")
            return
        least = _LEAST_PX / self._canvas.pixels_per_unit()
        self._gesture = Draw(len(self._annotations), "stroke", _INK, place, least, self._canvas.seen())

    def _move(self, place: Place, _pane: int, _modifiers: Modifiers) -> None:
        if self._gesture is not None:
            self._gesture.move(place, False)
            made = self._gesture.made
            self._canvas.set_draft(None if made is None else (*self._annotations, made))

    def _release(self, place: Place, pane: int, modifiers: Modifiers) -> None:
        self._move(place, pane, modifiers)
        self._finish()

    def _finish(self) -> None:
        gesture, self._gesture = self._gesture, None
        if gesture is not None and gesture.made is not None:
            self._strokes = (*self._strokes, gesture.made)
            self._show((*self._annotations, gesture.made))
        self._canvas.set_draft(None)

    def _drop(self) -> None:
        if self._gesture is not None:
            self._gesture = None
            self._canvas.set_draft(None)

    def _show(self, annotations: tuple[Annotation, ...]) -> None:
        self._document.set_style(replace(self._document.project.style, annotations=annotations))
