"""What the next gesture draws with: the tool, the brush's size, and an amount per tool."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from fmviz.core.numbers import within
from fmviz.views.draw_tools import BRUSH, BRUSHES, TOOLS


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
