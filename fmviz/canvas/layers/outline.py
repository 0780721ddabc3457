"""A line around most of the target cloud."""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar

import numpy as np
from pyqtgraph.functions import isocurve
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen

from fmviz.canvas.colours import colour
from fmviz.canvas.layer import Layer, Picture
from fmviz.canvas.primitives import polyline
from fmviz.core.cloud import FloatArray
from fmviz.core.density import best_bandwidth, kde
from fmviz.core.extent import Extent, outlying

# Of the pane's shorter edge.
_WIDTH_SHARE = 1 / 380
# So many of the cloud's points are outside; the raster has so many cells, and a line needs less detail than a map.
_OUTSIDE, _CELLS, _SMOOTHER = 0.04, 128, 2.0


class OutlineLayer(Layer):
    """A dashed line around most of the target cloud: it has no particle's colour, and lies above them."""

    name: ClassVar[str] = "outline"

    def __init__(self) -> None:
        self._path = QPainterPath()
        self._pen = QPen()

    def update(self, picture: Picture) -> bool:
        frame = picture.frame
        lines = outline_of(np.asarray(frame.target, dtype=np.float64).tobytes(), frame.extent)
        if not lines:
            return False
        self._path = QPainterPath()
        for line in lines:
            self._path.addPath(polyline(picture.mapping.to_pixels(line)))
        width = max(1.2, picture.side * _WIDTH_SHARE)
        self._pen = QPen(colour(picture.theme.text), width, Qt.PenStyle.CustomDashLine, Qt.PenCapStyle.FlatCap)
        self._pen.setDashPattern([4.0, 2.5])
        return True

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.strokePath(self._path, self._pen)


@lru_cache(maxsize=8)
def outline_of(points: bytes, extent: Extent) -> tuple[FloatArray, ...]:
    """Return lines (M, 2) around all but a few of float64 points, world units; () for fewer than three.

    They are a level of the points' kernel density, closed unless they leave the extent. Keyed by content: every picture
    of a run brings the same dots.
    """
    xy = np.frombuffer(points).reshape(-1, 2)
    xy = xy[~outlying(xy)]
    if len(xy) < 3:
        return ()
    cell = 2 * extent.half / _CELLS
    bandwidth = max(_SMOOTHER * best_bandwidth(xy, extent), 1.5 * cell)
    density = kde(xy, extent, _CELLS, bandwidth)
    at = np.clip((xy - (extent.cx - extent.half, extent.cy - extent.half)) / cell, 0, _CELLS - 1).astype(int)
    level = float(np.quantile(density[at[:, 1], at[:, 0]], _OUTSIDE))
    corner = np.array([extent.cx, extent.cy]) - extent.half + 0.5 * cell
    lines = isocurve(density.T, level, connected=True)
    return tuple(corner + cell * np.asarray(line, dtype=np.float64) for line in lines if len(line) > 3)
