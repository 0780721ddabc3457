"""Where the parts of the window stand, and which of them are seen: all, without the panels, those of drawing, or the
stage alone. The stage gets all the room that the others leave.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from fmviz.views.controls import spaced

_GAP_PX = 4


@dataclass(frozen=True)
class Parts:
    """What stands around the stage: `left`, `right` beside it, the rest above and below it, from top to bottom."""

    left: QWidget
    right: tuple[QWidget, ...]
    header: QWidget
    draw_bar: QWidget
    stage: QWidget
    metrics: QWidget
    time_bars: QWidget


class WindowLayout:
    """Lays the parts out once, and shows those that the present work needs.

    Attributes:
        is_drawing: the drawing bar instead of what is about time.
        is_alone: nothing but the stage, from edge to edge.
        is_folded: without the panels beside the stage and the numbers below it.
        right: which of the panels on the right is seen.
        centre: what holds them all.
    """

    def __init__(self, window: QMainWindow, parts: Parts) -> None:
        self._window, self._parts = window, parts
        self.is_drawing = self.is_alone = self.is_folded = False
        self.right = parts.right[0]
        self._middle = QVBoxLayout()
        self._middle.setSpacing(_GAP_PX)
        for part in (parts.header, parts.draw_bar, parts.stage, parts.metrics, parts.time_bars):
            self._middle.addWidget(part, 1 if part is parts.stage else 0)
        row = spaced(QHBoxLayout(), 0, 0)
        row.addWidget(parts.left)
        row.addLayout(self._middle, 1)
        for part in parts.right:
            row.addWidget(part)
        self.centre = QWidget()
        self.centre.setLayout(row)
        window.setCentralWidget(self.centre)
        window.statusBar().setSizeGripEnabled(False)
        self.refresh()

    def refresh(self) -> None:
        """Show what belongs to the attributes."""
        parts, has_bars = self._parts, not self.is_alone
        has_panels = has_bars and not self.is_folded
        self._window.menuBar().setVisible(has_bars)
        self._window.statusBar().setVisible(has_bars)
        parts.left.setVisible(has_panels)
        for part in parts.right:
            part.setVisible(has_panels and part is self.right)
        for part in (parts.header, parts.time_bars):
            part.setVisible(has_bars and not self.is_drawing)
        parts.metrics.setVisible(has_panels and not self.is_drawing)
        parts.draw_bar.setVisible(has_bars and self.is_drawing)
        gap = _GAP_PX if has_bars else 0
        self._middle.setContentsMargins(gap, gap, gap, gap)
