"""Choosing what the eye follows: a click on a particle follows it or lets it go, a drag moves where it starts.

The starts are part of the style, so that scenes, exports and files have them; here they are only changed. While a start
is dragged only the stage shows it; letting it go is one undo step, and Escape gives it up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QCursor, QKeyEvent
from PySide6.QtWidgets import QApplication

from fmviz.canvas.canvas import Modifiers
from fmviz.core.follow import MOST_FOLLOWED, Place, Starts, rounded, with_start
from fmviz.core.picking import REACH_PX, hit_start, hits_probe
from fmviz.core.project import Project
from fmviz.engine.document import Document
from fmviz.views.controls import take_key
from fmviz.views.stage import Stage

_FULL = f"{MOST_FOLLOWED} particles are followed, which is the most; click on one of them to let it go."


@dataclass(frozen=True)
class _Press:
    """A press on a particle.

    Args:
        place: where, world units.
        start: of the particle that was hit.
        starts: those that were followed, and whether somebody had chosen them.
    """

    place: Place
    start: Place
    starts: Starts
    were_chosen: bool

    @property
    def is_followed(self) -> bool:
        return self.start in self.starts

    def moved(self, place: Place, unit: float) -> Starts:
        """Return the starts after the mouse has come to a place, with the digits of a unit, world units."""
        x, y = (self.start[axis] + place[axis] - self.place[axis] for axis in range(2))
        return tuple(rounded((x, y), unit) if start == self.start else start for start in self.starts)


class FollowControl(QObject):
    """Changes which starts are followed, with the left button, where followed particles are shown.

    Args:
        is_drawing: whether clicks belong to the drawing tool.

    Signals:
        message(str): something that the user should know, one sentence.
    """

    message = Signal(str)

    def __init__(self, stage: Stage, document: Document, is_drawing: Callable[[], bool]) -> None:
        super().__init__(stage)
        self._stage, self._canvas, self._document, self._is_drawing = stage, stage.canvas, document, is_drawing
        self._press_on: _Press | None = None
        self._has_moved = False
        # Of the last click, and of the one before the press under way: what was followed before it. A click that is
        # taken back has the same number, so that its undo step vanishes.
        self._clicked: tuple[Starts | None, int] | None = None
        self._clicked_before: tuple[Starts | None, int] | None = None
        self._clicks = 0
        self._cursor: QCursor | None = None  # that was there before ours
        canvas = self._canvas
        canvas.pressed.connect(self._press)
        canvas.moved.connect(self._move)
        canvas.released.connect(self._release)
        canvas.hovered.connect(self._hover)
        canvas.left.connect(lambda: self._point(None))
        canvas.double_clicked.connect(self._take_click_back)
        document.changed.connect(self._follow_document)

    @property
    def is_dragging(self) -> bool:
        """Whether a start is being dragged, or will be with the next move of the mouse."""
        return self._press_on is not None and self._press_on.is_followed

    def spread(self) -> None:
        """Follow particles spread over the source again."""
        self._document.set_starts(None, "Follow the spread ones")

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """While a start is dragged, let Escape give it up."""
        return isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape and take_key(event, self._give_up)

    def _give_up(self) -> None:
        self._end()
        self._point(None)

    def _press(self, place: Place, pane: int, modifiers: Modifiers) -> None:
        self._end()
        self._clicked_before, self._clicked = self._clicked, None
        start = self._hit(place, pane) if modifiers.button == "left" and self._is_free(pane) else None
        if start is None:
            return
        style, followed = self._document.project.style, self._canvas.frames[pane].followed
        starts = style.starts if style.starts is not None else () if followed is None else followed.starts
        self._press_on, self._has_moved = _Press(place, start, starts, style.starts is not None), False
        if self.is_dragging:
            # Asked for now, so that its paths are there when the mouse moves.
            self._stage.try_look(starts=starts)
            for watched in (self._canvas.window(), self._canvas):
                watched.installEventFilter(self)

    def _move(self, place: Place, _pane: int, _modifiers: Modifiers) -> None:
        press = self._press_on
        if press is None:
            return
        if not self._has_moved:
            way = abs(place[0] - press.place[0]) + abs(place[1] - press.place[1])
            self._has_moved = way * self._canvas.pixels_per_unit() >= QApplication.startDragDistance()
        if self._has_moved and press.is_followed:
            self._point(Qt.CursorShape.ClosedHandCursor)
            self._stage.try_look(starts=press.moved(place, self._pixel))

    def _release(self, place: Place, pane: int, modifiers: Modifiers) -> None:
        press, has_moved = self._press_on, self._has_moved
        if press is None:
            return
        if has_moved and press.is_followed:
            self._document.set_starts(press.moved(place, self._pixel), "Drag a followed particle")
        elif not has_moved:
            self._click(press)
        self._end()
        self._hover(place, pane, modifiers)

    @property
    def _pixel(self) -> float:
        """The size of a pixel, world units."""
        return 1 / self._canvas.pixels_per_unit()

    def _click(self, press: _Press) -> None:
        starts = with_start(press.starts, press.start)
        if len(starts) > MOST_FOLLOWED:
            self.message.emit(_FULL)
            return
        self._clicks += 1
        self._clicked = press.starts if press.were_chosen else None, self._clicks
        self._document.set_starts(starts, "Let a particle go" if press.is_followed else "Follow a particle",
                                  self._clicks)

    def _take_click_back(self) -> None:
        """Take the first of two quick clicks for no choice: two fit the picture."""
        self._end()
        if self._clicked_before is not None:
            starts, number = self._clicked_before
            self._document.set_starts(starts, "Follow a particle", number)

    def _end(self) -> None:
        """Forget a press, and what was tried out."""
        if self.is_dragging:
            self._stage.try_look()
            for watched in (self._canvas.window(), self._canvas):
                watched.removeEventFilter(self)
        self._press_on = None

    def _hit(self, place: Place, pane: int) -> Place | None:
        """Return where the particle starts that is hit in a free pane; None if it is none, or something above it is."""
        if not self._document.project.style.follows or self._is_on_probe(place, pane):
            return None
        return hit_start(self._canvas.frames[pane], place, self._reach)

    def _is_free(self, pane: int) -> bool:
        """Whether clicks in a pane mean what is shown there."""
        return not self._is_drawing() and pane < len(self._canvas.frames)

    def _is_on_probe(self, place: Place, pane: int) -> bool:
        """Whether a place is on the probe, which lies above and is `probe_control`'s."""
        return hits_probe(self._canvas.frames[pane], place, self._reach)

    @property
    def _reach(self) -> float:
        return REACH_PX / self._canvas.pixels_per_unit()

    def _hover(self, place: Place, pane: int, _modifiers: Modifiers) -> None:
        """Show what can be done at a place; a probe is dragged as a start is."""
        is_free = self._is_free(pane) and not self._canvas.is_hand
        start = self._hit(place, pane) if is_free else None
        followed = self._canvas.frames[pane].followed if start is not None else None
        if (is_free and self._is_on_probe(place, pane)) or (followed is not None and start in followed.starts):
            self._point(Qt.CursorShape.OpenHandCursor)
        else:
            self._point(None if start is None else Qt.CursorShape.PointingHandCursor)

    def _point(self, shape: Qt.CursorShape | None) -> None:
        """Show a shape in place of the cursor, or the cursor that was there before."""
        if shape is None:
            if self._cursor is not None and not self._is_drawing():
                self._canvas.setCursor(self._cursor)
            self._cursor = None
        else:
            if self._cursor is None:
                self._cursor = self._canvas.cursor()
            self._canvas.setCursor(shape)

    def _follow_document(self, new: Project, old: Project) -> None:
        """Give up what was begun on other starts, or on other clouds."""
        if (new.style.starts, new.style.layers, new.source, new.target) != (
                old.style.starts, old.style.layers, old.source, old.target):
            self._end()
