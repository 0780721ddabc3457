"""Streamlines: strokes along the velocity field at one t."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtGui import QPainter

from fmviz.canvas.layer import Picture


class StreamlineLayer:
    """Strokes along the field."""

    name: ClassVar[str] = "streamlines"
    is_still: ClassVar[bool] = False

    def update(self, picture: Picture) -> bool:
        return False

    def paint(self, painter: QPainter) -> None:
        pass
