"""The annotating mode of the stage: which kind, which one is selected, and gestures that become undo steps.

A gesture holds the annotation as it would be if it ended now; while it runs only the canvas shows it. Mouse, keys,
buttons and the field for words are `annotate_input`'s.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from fmviz.canvas.annotated import Grip
from fmviz.canvas.canvas import FlowCanvas
from fmviz.canvas.fonts import complaints_of_words
from fmviz.core.annotations import FACTOR, KINDS, MOST_ANNOTATIONS, Annotation, circled, inset_beside, simplified
from fmviz.core.errors import ConfigError
from fmviz.core.extent import Box
from fmviz.core.follow import Place
from fmviz.core.project import Project
from fmviz.engine.document import Document

# A shorter drag is a click.
_LEAST_PX = 6.0
# A stroke keeps what is so many times finer than the shortest drag.
_FINER = 6.0
HOW = "Drag to draw, drag one to move it, Delete removes it, a double click writes words, Escape leaves."
KEPT = "K keeps it as a scene, Shift+K in the present one; another scene shows its own."


class Gesture(ABC):
    """From press to release.

    Attributes:
        index: which of the annotations it changes; that behind the last one is new.
        made: as it would be now; None while there is too little of it.
    """

    def __init__(self, index: int, made: Annotation | None) -> None:
        self.index, self.made = index, made

    def move(self, place: Place, is_constrained: bool) -> None:
        """The mouse is at `place`; `is_constrained` asks for a circle. Where none can be made, the last one stays."""
        with suppress(ConfigError):  # a corner of an inset on the row of the other, a place too far away
            self.made = self._made_at(place, is_constrained)

    @abstractmethod
    def _made_at(self, place: Place, is_constrained: bool) -> Annotation | None:
        """Return the annotation with the mouse there.

        Raises:
            ConfigError: it cannot be drawn.
        """


class Draw(Gesture):
    """Makes an arrow, a ring, a bracket, a stroke or an inset; words are written otherwise.

    Args:
        kind: key of `KINDS`.
        least: a shorter drag makes nothing, world units; a stroke leaves out what is finer.
        seen: what the pane shows, for insets.
    """

    def __init__(self, index: int, kind: str, ink: str, place: Place, least: float, seen: Box) -> None:
        super().__init__(index, None)
        self._kind, self._ink, self._least, self._seen = kind, ink, least, seen
        self._way = [place]

    def _made_at(self, place: Place, is_constrained: bool) -> Annotation | None:
        kind, start = KINDS[self._kind], self._way[0]
        end = circled(start, place) if is_constrained and self._kind == "ring" else place
        dx, dy = abs(end[0] - start[0]), abs(end[1] - start[1])
        if kind.most > len(kind.places):
            return self._stroke([*self._way, place])
        if kind.has_factor:
            if min(dx, dy) < self._least:
                return None
            middle, factor = inset_beside(start, end, FACTOR, self._seen)
            return Annotation(self._kind, (start, end, middle), ink=self._ink, factor=factor)
        is_there = min(dx, dy) >= self._least if self._kind == "ring" else max(dx, dy) >= self._least
        return Annotation(self._kind, (start, end), ink=self._ink) if is_there else None

    def _stroke(self, way: list[Place]) -> Annotation | None:
        kept = simplified(np.array(way), self._least / _FINER)
        is_long = np.ptp(kept, axis=0).max() >= self._least
        made = Annotation(self._kind, tuple((x, y) for x, y in kept.tolist()), ink=self._ink) if is_long else None
        self._way = way
        return made


class Move(Gesture):
    """Moves an annotation, or some of its places.

    Args:
        places: which ones; () is all.
        place: where the mouse took it.
    """

    def __init__(self, index: int, before: Annotation, places: tuple[int, ...], place: Place) -> None:
        super().__init__(index, before)
        self._before, self._places, self._from = before, places, place

    def _made_at(self, place: Place, is_constrained: bool) -> Annotation:
        moved = self._before.moved(place[0] - self._from[0], place[1] - self._from[1], self._places)
        row = KINDS[moved.kind]
        if is_constrained and row.key == "ring" and len(self._places) == 1:
            (here,) = self._places
            there = circled(moved.places[1 - here], moved.places[here])
            offset = there[0] - moved.places[here][0], there[1] - moved.places[here][1]
            moved = moved.moved(*offset, self._places)
        return moved


class AnnotateTool(QObject):
    """Draws, moves and changes the annotations of a document on one canvas.

    Attributes:
        kind: what the next drag makes, a key of `KINDS`.
        selected_index: which one is selected, -1 for none.

    Signals:
        active_changed(bool): the mode began or ended.
        changed(): another kind, ink or selection.
        annotations_changed(new, old): tuples of them, whoever changed them.
        message(str): something that the user should know, in one sentence.
    """

    active_changed = Signal(bool)
    changed = Signal()
    annotations_changed = Signal(object, object)
    message = Signal(str)

    def __init__(self, canvas: FlowCanvas, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._canvas, self._document = canvas, document
        self.kind, self._ink = next(iter(KINDS)), "plain"
        self.selected_index = -1
        self._gesture: Gesture | None = None
        self._is_writing = False
        self.is_active = False
        document.changed.connect(self._follow_document)

    @property
    def annotations(self) -> tuple[Annotation, ...]:
        return self._document.project.style.annotations

    @property
    def ink(self) -> str:
        """Of the selected one, or of the next."""
        return self._ink if self.selected is None else self.selected.ink

    @property
    def selected(self) -> Annotation | None:
        return self.annotations[self.selected_index] if 0 <= self.selected_index < len(self.annotations) else None

    @property
    def is_dragging(self) -> bool:
        return self._gesture is not None

    def start(self) -> None:
        if not self.is_active:
            self.is_active = True
            self.active_changed.emit(True)
            self.message.emit(HOW)

    def stop(self) -> None:
        """End the mode; a gesture under way becomes a change, as do words that are being written."""
        if self.is_active:
            self.release()
            self.is_active = False
            self.active_changed.emit(False)
            self.select(-1)  # last, for what becomes a change is selected by it

    def toggle(self) -> None:
        if self.is_active:
            self.stop()
        else:
            self.start()

    def step_back(self) -> None:
        """Give up the gesture, else the selection, else end the mode."""
        if self._gesture is not None:
            self.cancel()
        elif self.selected_index >= 0:
            self.select(-1)
        else:
            self.stop()

    def set_kind(self, kind: str) -> None:
        """Choose what the next drag makes.

        Raises:
            KeyError: there is no such kind.
        """
        self.kind = KINDS[kind].key
        self.select(-1)
        self.changed.emit()

    def set_ink(self, ink: str) -> None:
        """Choose the ink of the next one, and of the selected one."""
        self._ink = ink
        self.change_selected("Change the ink", ink=ink)
        self.changed.emit()

    def select(self, index: int) -> None:
        """Select one, -1 for none."""
        if index != self.selected_index:
            self.selected_index = index
            self._canvas.set_selected(index)
            self.changed.emit()

    def change_selected(self, text: str, **values: Any) -> None:
        if self.selected is not None:
            self._try(self.selected_index, text, partial(replace, self.selected, **values))

    def nudge(self, right: float, up: float) -> None:
        """Move the selected one by shares of half of what is seen."""
        if (old := self.selected) is not None:
            reach = min(self._canvas.seen().half_x, self._canvas.seen().half_y)
            self._try(self.selected_index, f"Move the {_name(old)}", partial(old.moved, right * reach, up * reach))

    def delete_selected(self) -> None:
        if (gone := self.selected) is not None:
            index = self.selected_index
            self.select(-1)
            self._set((*self.annotations[:index], *self.annotations[index + 1:]), f"Delete the {_name(gone)}")

    def clear(self) -> None:
        self.cancel()
        self.select(-1)
        self._set((), "Remove all annotations")

    def write(self, index: int, text: str, place: Place | None = None) -> None:
        """Give one of them words; behind the last one, new words at a place. Words that are empty remove words alone.

        Args:
            place: where new ones stand.
        """
        text = text.strip()
        if index < len(self.annotations):
            old = self.annotations[index]
            if KINDS[old.kind].needs_text and not text:
                self.select(index)
                self.delete_selected()
            elif text != old.text:
                self._try(index, "Change words", partial(replace, old, text=text))
                self._say_formulas(text)
        elif text and place is not None:
            self._try(index, "Write words", partial(Annotation, "text", (place,), text, self._ink))
            self._say_formulas(text)

    def _say_formulas(self, text: str) -> None:
        """Say which formula of some words cannot be set."""
        if complaints := complaints_of_words((text,)):
            self.message.emit(complaints[0])

    def _try(self, index: int, step: str, make: Callable[[], Annotation]) -> None:
        """Put what `make` returns; say why, if there is no such annotation."""
        try:
            made = make()
        except ConfigError as error:
            self.message.emit(str(error))
            return
        self._put(index, made, step)

    def _put(self, index: int, made: Annotation, text: str) -> None:
        """Let one of them be another one, or be added behind the last; it is then selected."""
        if self._set((*self.annotations[:index], made, *self.annotations[index + 1:]), text):
            self.select(index)

    def _set(self, annotations: tuple[Annotation, ...], text: str) -> bool:
        is_first = len(annotations) > len(self.annotations)
        self._is_writing = True
        try:
            self._document.set_annotations(annotations, text)
        except ConfigError as error:
            self.message.emit(str(error))
            return False
        finally:
            self._is_writing = False
        if is_first and self._document.project.scenes:
            self.message.emit(KEPT)
        return True

    def press(self, place: Place, pane: int) -> bool:
        """Begin to move what lies at a place, or to draw there; return whether words are to be written there."""
        self.cancel()
        grip = self._canvas.grip_at(place, pane, self.selected_index)
        if grip is not None:
            self.select(grip.index)
            self._gesture = Move(grip.index, self.annotations[grip.index], grip.places, place)
            return False
        self.select(-1)
        if len(self.annotations) >= MOST_ANNOTATIONS:
            self.message.emit(f"The picture has {MOST_ANNOTATIONS} annotations, as many as it can have; delete one "
                              "first.")
            return False
        if KINDS[self.kind].needs_text:
            return True
        least = _LEAST_PX / self._canvas.pixels_per_unit()
        self._gesture = Draw(len(self.annotations), self.kind, self._ink, place, least, self._canvas.seen())
        return False

    def drag(self, place: Place, is_constrained: bool) -> None:
        gesture = self._gesture
        if gesture is None:
            return
        gesture.move(place, is_constrained)
        before = self.annotations
        made = () if gesture.made is None else (gesture.made,)
        self._canvas.set_draft((*before[:gesture.index], *made, *before[gesture.index + 1:]))

    def release(self) -> None:
        """End the gesture: one undo step, if anything has changed."""
        gesture, self._gesture = self._gesture, None
        if gesture is not None and gesture.made is not None:
            verb = "Move" if isinstance(gesture, Move) else "Draw"
            self._put(gesture.index, gesture.made, f"{verb} the {_name(gesture.made)}")
        self._canvas.set_draft(None)

    def cancel(self) -> None:
        if self._gesture is not None:
            self._gesture = None
            self._canvas.set_draft(None)

    def grip_at(self, place: Place, pane: int) -> Grip | None:
        """Return what a press would take hold of."""
        return self._canvas.grip_at(place, pane, self.selected_index)

    def _follow_document(self, new: Project, old: Project) -> None:
        """Let go of what others have changed: an undo, another scene, another project."""
        now, before = new.style.annotations, old.style.annotations
        if now == before:
            return
        if not self._is_writing:
            self.cancel()
            self.select(-1)
        self.annotations_changed.emit(now, before)


def _name(annotation: Annotation) -> str:
    return "words" if annotation.kind == "text" else annotation.kind
