"""The grid warp: a lattice that the flow carries along."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtGui import QPainter

from fmviz.canvas.layer import Picture


class WarpLayer:
    """The carried lattice as lines."""

    name: ClassVar[str] = "warp"
    is_still: ClassVar[bool] = False

    def update(self, picture: Picture) -> bool:
        return False

    def paint(self, painter: QPainter) -> None:
        pass
