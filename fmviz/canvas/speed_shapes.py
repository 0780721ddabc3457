"""Shapes in the colours of speed, as arrows and streamlines are drawn: filled polygons, grouped by colour."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPen

from fmviz.canvas.colours import SPEED_BINS, colour, speed_table
from fmviz.canvas.layer import Picture
from fmviz.canvas.primitives import Polygons


class SpeedShapes:
    """Keeps its arrays between frames.

    Args:
        rim_alpha, rim_share: opacity of the rim that parts the shapes from a speed map below them, and its width as a
            share of the pane's edge.
    """

    def __init__(self, rim_alpha: float, rim_share: float) -> None:
        self._rim_alpha, self._rim_share = rim_alpha, rim_share
        self._polygons = Polygons()
        self._groups: list[tuple[QColor, int, int]] = []
        self._rim: QPen | None = None

    def fill(self, picture: Picture, outlines: np.ndarray, share: np.ndarray) -> None:
        """Take outlines (N, P, 2), px, and the speed of each (N,) as a share of the limit, 0 to 1."""
        bins = np.minimum((share * SPEED_BINS).astype(int), SPEED_BINS - 1)
        order = np.argsort(bins, kind="stable")
        self._polygons.fill(outlines[order])
        starts = np.searchsorted(bins[order], np.arange(SPEED_BINS + 1)).tolist()
        theme = picture.theme
        if picture.shows("magnitude"):
            # The map below has the colours of speed already.
            self._groups = [(colour(theme.particle), 0, starts[-1])]
            self._rim = QPen(colour(theme.pane, self._rim_alpha), max(1.0, self._rim_share * picture.side))
            return
        self._rim = None
        self._groups = [
            (QColor(*map(int, fill)), start, stop)
            for fill, start, stop in zip(speed_table(theme, SPEED_BINS), starts, starts[1:], strict=False)
            if stop > start
        ]

    def paint(self, painter: QPainter) -> None:
        """Draw them, from the pane's top left corner."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for fill, start, stop in self._groups:
            if self._rim is not None:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(self._rim)
                self._polygons.draw(painter, start, stop)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(fill)
            self._polygons.draw(painter, start, stop)
