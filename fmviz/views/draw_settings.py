"""The drawing tools in one table, and what the next gesture draws with: tool, brush size, an amount per tool."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from fmviz.core.numbers import within


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
        """Choose the brush's radius."""
        if int(percent) != self._brush:
            self._brush = int(percent)
            self.brush_changed.emit(self._brush)

    def step_brush(self, steps: int) -> None:
        """Make the brush so many of `BRUSHES` larger; negative: smaller."""
        row = min(range(len(BRUSHES)), key=lambda index: abs(BRUSHES[index] - self._brush)) + steps
        self.set_brush(BRUSHES[within(row, 0, len(BRUSHES) - 1)])

    def set_amount(self, amount: float) -> None:
        """Choose the current tool's amount."""
        if int(amount) != self.amount:
            self._amounts[self._tool] = int(amount)
            self.amount_changed.emit(self.amount)
