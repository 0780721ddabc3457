"""Arrays that Qt draws in one call: lines and sprites filled by numpy, without one Python object per shape."""

from __future__ import annotations

import numpy as np
from pyqtgraph.functions import create_qpolygonf, ndarray_from_qpolygonf
from pyqtgraph.Qt import compat
from pyqtgraph.Qt.internals import PrimitiveArray
from PySide6.QtCore import QLineF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPixmap, QPolygonF

_LINE_BYTES = 4 * 8


class Lines:
    """A reusable block of lines, (n, 4) as x0, y0, x1, y1 in px."""

    def __init__(self) -> None:
        self._array = PrimitiveArray(QLineF, 4)
        self._address = 0
        # Wrapping a pointer costs ten times as much as the drawing call it is for.
        self._pointers: dict[int, QLineF] = {}

    def resize(self, n: int) -> np.ndarray:
        """Return the (n, 4) block to fill."""
        self._array.resize(n)
        block: np.ndarray = self._array.ndarray()
        if block.ctypes.data != self._address:
            self._address = block.ctypes.data
            self._pointers.clear()
        return block

    def draw(self, painter: QPainter, start: int = 0, stop: int | None = None) -> None:
        """Draw lines start to stop with the painter's pen."""
        stop = len(self._array) if stop is None else stop
        if stop <= start:
            return
        pointer = self._pointers.get(start)
        if pointer is None:
            pointer = self._pointers[start] = compat.wrapinstance(self._address + start * _LINE_BYTES, QLineF)
        painter.drawLines(pointer, stop - start)

    def draw_path(self, painter: QPainter, start: int = 0, stop: int | None = None) -> None:
        """Draw the same lines, but those of no length, as one path: one shape of a vector file instead of thousands."""
        path = QPainterPath()
        end = None
        for x0, y0, x1, y1 in self._array.ndarray()[start:stop].round(2).tolist():
            if (x0, y0) == (x1, y1):
                continue
            if (x0, y0) != end:
                path.moveTo(x0, y0)
            path.lineTo(x1, y1)
            end = x1, y1
        if not path.isEmpty():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(path)


class Fragments:
    """A reusable block of sprites cut out of one pixmap."""

    def __init__(self) -> None:
        self._array = PrimitiveArray(QPainter.PixmapFragment, 10)

    def resize(self, n: int) -> np.ndarray:
        """Return the (n, 10) block to fill: centre x, y; source x, y, width, height; scale x, y; angle; opacity."""
        self._array.resize(n)
        return self._array.ndarray()

    def draw(self, painter: QPainter, atlas: QPixmap) -> None:
        """Draw all sprites."""
        if len(self._array):
            painter.drawPixmapFragments(*self._array.drawargs(), atlas)  # type: ignore[call-arg]


class Polygons:
    """Reusable polygons of equal numbers of corners.

    One by one, because a path that holds them all makes Qt's antialiasing sort every edge against every other:
    625 arrows took 12 ms as one path, 5 ms as a path per colour, 2 ms as polygons.
    """

    def __init__(self) -> None:
        self._corners = 0
        self._polygons: list[QPolygonF] = []
        self._views: list[np.ndarray] = []

    def fill(self, outlines: np.ndarray) -> None:
        """Take the corners (N, C, 2), px."""
        count, corners = outlines.shape[:2]
        if corners != self._corners or count > len(self._polygons):
            self._corners = corners
            self._polygons = [create_qpolygonf(corners) for _ in range(count)]
            self._views = [ndarray_from_qpolygonf(polygon) for polygon in self._polygons]
        for view, outline in zip(self._views, outlines, strict=False):
            view[:] = outline

    def draw(self, painter: QPainter, start: int, stop: int) -> None:
        """Draw polygons start to stop with the painter's pen and brush."""
        for polygon in self._polygons[start:stop]:
            painter.drawPolygon(polygon)
