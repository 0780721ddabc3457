"""The drawing tools in one table: what each is called, its key, and what its amount means. Gestures are elsewhere."""

from __future__ import annotations

from dataclasses import dataclass


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
