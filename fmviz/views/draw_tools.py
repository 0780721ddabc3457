"""The drawing tools: one table, what the next gesture draws with, and what each gesture does to the points.

No canvas, no document, no clock: a gesture starts from the points as they were, and holds the points as they would be
if it ended now.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from fmviz.core import editing
from fmviz.core.cloud import MAX_POINTS, NEW_ROW, FloatArray
from fmviz.core.editing import INSIDE, Handle, Rect, Selection
from fmviz.core.follow import Place
from fmviz.core.numbers import within

# A dragged stamp sets so many Gaussians a second.
STAMPS_PER_SECOND = 6.0


@dataclass(frozen=True)
class Tool:
    """One tool.

    Args:
        name: key of `TOOLS`.
        label: what the user reads.
        key: its shortcut while drawing.
        icon: file name under resources/icons.
        help: one sentence for the tooltip.
        amount_label: what the amount counts, or "" if the tool has none.
        amount: the amount at the start.
        amounts: where the amount's slider can stand, ascending.
        has_brush: whether the brush's size matters.
    """

    name: str
    label: str
    key: str
    icon: str
    help: str
    amount_label: str = ""
    amount: int = 0
    amounts: tuple[int, ...] = ()
    has_brush: bool = True


_RATES = (10, 20, 50, 100, 200, 400, 800, 1500, 3000, 6000, 12_000)
_COUNTS = (2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)

TOOLS: dict[str, Tool] = {
    tool.name: tool
    for tool in (
        Tool("spray", "Spray", "S", "spray", "Points fall evenly into the brush for as long as the button is held.",
             "points / s", 800, _RATES),
        Tool("line", "Line", "L", "line", "Drag a straight line; its points lie evenly along it, as wide as the brush.",
             "points / line", 200, _COUNTS),
        Tool("eraser", "Eraser", "E", "eraser", "Removes the points under the brush; the right button always does."),
        Tool("stamp", "Gaussian stamp", "G", "stamp",
             "Each click sets a Gaussian whose 2 sigma circle is the brush; dragging sets more.",
             "points / stamp", 200, _COUNTS),
        Tool("select", "Select", "M", "select",
             "Drag a rectangle; then move it, scale it by its handles, nudge it by arrow keys, or press Delete.",
             has_brush=False),
    )
}

# The brush's radius in percent of half the picture's edge.
BRUSHES = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 22, 26, 30, 36, 44, 52, 60)
BRUSH = 10


class DrawSettings(QObject):
    """The choices of the drawing mode; they outlive it."""

    tool_changed = Signal(str)
    brush_changed = Signal(int)
    amount_changed = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tool = next(iter(TOOLS))
        self._brush = BRUSH
        self._amounts = {tool.name: tool.amount for tool in TOOLS.values()}

    @property
    def tool(self) -> str:
        """Key of `TOOLS`."""
        return self._tool

    @property
    def brush(self) -> int:
        """The brush's radius in percent of half the picture's edge."""
        return self._brush

    @property
    def amount(self) -> int:
        """The current tool's amount: points per second, per line or per stamp."""
        return self._amounts[self._tool]

    def set_tool(self, name: str) -> None:
        """Choose the tool; its amount is what it was when it was last used."""
        if name != self._tool:
            self._tool = name
            self.tool_changed.emit(name)
            self.amount_changed.emit(self.amount)

    def set_brush(self, percent: float) -> None:
        if int(percent) != self._brush:
            self._brush = int(percent)
            self.brush_changed.emit(self._brush)

    def step_brush(self, steps: int) -> None:
        """Make the brush so many of `BRUSHES` larger; negative: smaller."""
        row = min(range(len(BRUSHES)), key=lambda index: abs(BRUSHES[index] - self._brush)) + steps
        self.set_brush(BRUSHES[within(row, 0, len(BRUSHES) - 1)])

    def set_amount(self, amount: float) -> None:
        if int(amount) != self.amount:
            self._amounts[self._tool] = int(amount)
            self.amount_changed.emit(self.amount)


@dataclass(frozen=True)
class Brush:
    """What a gesture draws with: radius in world units, and the tool's amount."""

    radius: float
    amount: int


class Gesture:
    """From press to release.

    Attributes:
        points: (N, 2) the drawing as it would be now.
        rows: (N,) which of the points before each one is, `NEW_ROW` for a new one.
        is_timed: whether holding still does something, so that `advance` must be called.
        is_full: whether points were left out because the cloud is full.
    """

    is_timed = False

    def __init__(self, points: FloatArray) -> None:
        self.points = self._before = points
        self.rows: NDArray[np.int64] = np.arange(len(points))
        self.is_full = False

    @property
    def has_changed(self) -> bool:
        """Whether the points differ from those before."""
        return self.points is not self._before

    def move(self, place: Place, is_constrained: bool) -> None:
        """The mouse is at `place`; `is_constrained` asks for equal proportions."""

    def advance(self, seconds: float) -> None:
        """So much time has passed since the last call."""

    def _add(self, new: FloatArray) -> None:
        room = MAX_POINTS - len(self.points)
        self.is_full = self.is_full or len(new) > room
        if len(new) and room > 0:
            self.points = np.concatenate([self.points, new[:room]])
            self.rows = np.concatenate([self.rows, np.full(len(new[:room]), NEW_ROW)])


class Spray(Gesture):
    """Points fall into the brush at a rate, along the way that the mouse went since the last tick."""

    is_timed = True

    def __init__(self, points: FloatArray, place: Place, brush: Brush, rng: np.random.Generator) -> None:
        super().__init__(points)
        self._brush, self._rng = brush, rng
        self._way = [place]

    def move(self, place: Place, is_constrained: bool) -> None:
        self._way.append(place)

    def advance(self, seconds: float) -> None:
        way = np.array(self._way)
        self._way = self._way[-1:]
        self._add(editing.spray(way, self._brush.radius, self._brush.amount, seconds, self._rng))


class Line(Gesture):
    """A straight line from the press to the mouse; the same noise at every move, so that it does not flicker."""

    def __init__(self, points: FloatArray, place: Place, brush: Brush, rng: np.random.Generator) -> None:
        super().__init__(points)
        self._from, self._brush = place, brush
        self._seed = int(rng.integers(2**32))

    def move(self, place: Place, is_constrained: bool) -> None:
        self.points, self.rows, self.is_full = self._before, self.rows[: len(self._before)], False
        if place != self._from:
            rng = np.random.default_rng(self._seed)
            self._add(editing.line(self._from, place, self._brush.radius, self._brush.amount, rng))


class Erase(Gesture):
    """Everything under the brush goes, also between two mouse events."""

    def __init__(self, points: FloatArray, place: Place, brush: Brush) -> None:
        super().__init__(points)
        self._last, self._radius = place, brush.radius
        self.move(place, False)

    def move(self, place: Place, is_constrained: bool) -> None:
        is_left = editing.missed(self.points, np.array([self._last, place]), self._radius)
        self._last = place
        if not is_left.all():
            self.points, self.rows = self.points[is_left], self.rows[is_left]


class Stamp(Gesture):
    """A Gaussian at the press, and further ones at a steady rate while the mouse is dragged."""

    is_timed = True

    def __init__(self, points: FloatArray, place: Place, brush: Brush, rng: np.random.Generator) -> None:
        super().__init__(points)
        self._brush, self._rng = brush, rng
        self._place = self._stamped = place
        self._wait = 0.0
        self._stamp()

    def move(self, place: Place, is_constrained: bool) -> None:
        self._place = place

    def advance(self, seconds: float) -> None:
        self._wait += seconds
        if self._wait * STAMPS_PER_SECOND >= 1 and self._place != self._stamped:
            self._stamp()

    def _stamp(self) -> None:
        self._wait = 0.0
        self._stamped = self._place
        self._add(editing.stamp_gaussian(self._place, self._brush.radius, self._brush.amount, self._rng))


class PickRectangle(Gesture):
    """A rectangle is drawn over the points that are to be selected."""

    def __init__(self, points: FloatArray, place: Place) -> None:
        super().__init__(points)
        self._from = place
        self.rect: Rect = editing.rect_between(place, place)

    def move(self, place: Place, is_constrained: bool) -> None:
        self.rect = editing.rect_between(self._from, place)

    def caught(self) -> Selection | None:
        """Return what the rectangle has caught."""
        return editing.select(self.points, self.rect)


class Arrange(Gesture):
    """The selected points are moved, or scaled by a handle of their rectangle."""

    def __init__(self, points: FloatArray, selection: Selection, handle: Handle, place: Place) -> None:
        super().__init__(points)
        self._start = self._now = selection
        self._handle, self._from = handle, place

    @property
    def rect(self) -> Rect:
        """The selection's rectangle as it would be now."""
        return self._now.rect

    def move(self, place: Place, is_constrained: bool) -> None:
        offset = place[0] - self._from[0], place[1] - self._from[1]
        if offset == (0.0, 0.0):
            self.points, self._now = self._before, self._start
        elif self._handle == INSIDE:
            self.points, self._now = editing.move(self._before, self._start, offset)
        else:
            self.points, self._now = editing.resize(self._before, self._start, self._handle, offset, is_constrained)

    def caught(self) -> Selection | None:
        """Return the selection as it would be now."""
        return self._now


_ADDING: dict[str, type[Spray] | type[Line] | type[Stamp]] = {"spray": Spray, "line": Line, "stamp": Stamp}


def begin(tool: str, points: FloatArray, place: Place, brush: Brush, rng: np.random.Generator) -> Gesture:
    """Return the gesture that a press with a tool begins; selecting needs more and is begun by the caller."""
    if tool == "eraser":
        return Erase(points, place, brush)
    return _ADDING[tool](points, place, brush, rng)
