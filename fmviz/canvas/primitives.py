"""Arrays that Qt draws in one call: lines, sprites and polygons by numpy, without one Python object per shape.

Qt copies a sprite only to whole pixels when it is to be fast, which makes slow particles jump; so dots are antialiased
discs in an atlas that holds each at 4 x 4 positions within a pixel. Measured at 900x900: 2,000 dots .4 ms, 20,000 dots
3.6 ms; the same dots as antialiased points take 20 times as long. In a vector file each is an ellipse.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from pyqtgraph.functions import create_qpolygonf, ndarray_from_qpolygonf
from pyqtgraph.Qt import compat
from pyqtgraph.Qt.internals import PrimitiveArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from fmviz.canvas.colours import colour
from fmviz.canvas.layer import Layer

_LINE_BYTES = 4 * 8
_PHASES = 4
# A vector file gets shorter when dots of a colour follow each other, and a crowd takes on the last colour. So the dots
# are sorted within so many parts.
_PARTS = 8


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

    def draw_groups(self, painter: QPainter, groups: Iterable[tuple[QPen, int, int]], as_paths: bool) -> None:
        """Draw groups of lines, each with a pen of its own, from its start to its stop, as paths or as they are."""
        draw = self.draw_path if as_paths else self.draw
        for pen, start, stop in groups:
            painter.setPen(pen)
            draw(painter, start, stop)

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


def polyline(points: np.ndarray) -> QPainterPath:
    """Return a line through (N, 2) points, px."""
    polygon, path = create_qpolygonf(len(points)), QPainterPath()
    ndarray_from_qpolygonf(polygon)[:] = points
    path.addPolygon(polygon)
    return path


@lru_cache(maxsize=32)
def _atlas(colours: bytes, radius: float, alpha: float, rim: bytes, rim_px: float,
           is_hollow: bool) -> tuple[QPixmap, int]:
    """Return the atlas (a row per colour, a column per position in the pixel) and the edge of its cells, px."""
    table = np.frombuffer(colours, dtype=np.uint8).reshape(-1, 3).astype(np.float64)
    edge = np.frombuffer(rim, dtype=np.uint8).astype(np.float64)
    reach = radius + rim_px
    cell = 2 * int(np.ceil(reach + 1.0)) + 1
    phase = (np.arange(_PHASES) + 0.5) / _PHASES
    centre = cell // 2 + phase
    pixel = np.arange(cell) + 0.5
    dx2 = (pixel[None, :] - centre[:, None]) ** 2
    # (phase y, phase x, row, column)
    distance = np.sqrt(dx2[:, None, :, None] + dx2[None, :, None, :])
    disc = np.clip(radius + 0.5 - distance, 0.0, 1.0)
    whole = np.clip(reach + 0.5 - distance, 0.0, 1.0) if rim_px > 0 else disc
    if is_hollow:
        whole, disc = whole - disc, 0.0 * disc
    strip = np.zeros((len(table), _PHASES**2, cell, cell, 4))
    for k, fill in enumerate(table):
        mixed = disc[..., None] * fill + (whole - disc)[..., None] * (fill if is_hollow else edge)
        strip[k, :, :, :, :3] = (mixed * alpha).reshape(_PHASES**2, cell, cell, 3)
        strip[k, :, :, :, 3] = (whole * alpha * 255).reshape(_PHASES**2, cell, cell)
    # A row of cells per colour, BGRA in memory.
    sheet = np.round(strip).astype(np.uint8).transpose(0, 2, 1, 3, 4)
    sheet = np.ascontiguousarray(sheet.reshape(len(table) * cell, _PHASES**2 * cell, 4)[..., [2, 1, 0, 3]])
    image = QImage(sheet.data, sheet.shape[1], sheet.shape[0], 4 * sheet.shape[1],
                   QImage.Format.Format_ARGB32_Premultiplied)
    return QPixmap.fromImage(image.copy()), cell


class Discs:
    """Many discs of a few colours, drawn in one call."""

    def __init__(self) -> None:
        self._fragments = Fragments()
        self._pixmap: QPixmap | None = None
        self._shapes: _Shapes | None = None

    def place(self, xy: np.ndarray, bins: np.ndarray | int, table: np.ndarray, radius: float, *, alpha: float = 1.0,
              rim: np.ndarray | None = None, rim_px: float = 0.0, dpr: float = 1.0, is_vector: bool = False,
              is_hollow: bool = False) -> None:
        """Prepare discs.

        Args:
            xy: (N, 2) centres, px.
            bins: (N,) rows of `table`, or one row for all.
            table: (B, 3) uint8 colours.
            radius: px, without the rim.
            rim, rim_px: colour (3,) and width of an outline that keeps touching discs apart.
            dpr: device pixels per pixel.
            is_vector: whether they are drawn as ellipses.
            is_hollow: whether they are rings: nothing but their outline, in the colours of the table.
        """
        rim = table[0] if rim is None else rim
        self._shapes = None
        if is_vector:
            self._shapes = _Shapes(xy, np.broadcast_to(np.asarray(bins), len(xy)), table, radius, alpha, rim, rim_px,
                                   is_hollow)
            return
        self._pixmap, cell = _atlas(np.ascontiguousarray(table, dtype=np.uint8).tobytes(), round(radius * dpr, 2),
                                    alpha, rim.tobytes(), rim_px * dpr, is_hollow)
        quarter = np.floor(xy.astype(np.float64) * (dpr * _PHASES))
        pixel = np.floor_divide(quarter, _PHASES)
        phase = quarter - pixel * _PHASES
        block = self._fragments.resize(len(xy))
        block[:, :2] = (pixel - cell // 2 + cell / 2) / dpr
        block[:, 2] = (phase[:, 1] * _PHASES + phase[:, 0]) * cell
        block[:, 3] = np.asarray(bins) * cell
        block[:, 4:6] = cell
        block[:, 6:8] = 1 / dpr
        block[:, 8] = 0.0
        block[:, 9] = 1.0

    def paint(self, painter: QPainter) -> None:
        """Draw what was placed last."""
        if self._shapes is not None:
            self._shapes.paint(painter)
        elif self._pixmap is not None:
            self._fragments.draw(painter, self._pixmap)


@dataclass(frozen=True, eq=False)
class _Shapes:
    """The arguments of `Discs.place`, to be drawn one by one."""

    xy: np.ndarray
    bins: np.ndarray
    table: np.ndarray
    radius: float
    alpha: float
    rim: np.ndarray
    rim_px: float
    is_hollow: bool

    def paint(self, painter: QPainter) -> None:
        # The rim lies outside the radius; a pen lies on both sides of its line.
        radius = self.radius + self.rim_px / 2
        painter.setPen(QPen(tinted(self.rim, self.alpha), self.rim_px) if self.rim_px > 0 else Qt.PenStyle.NoPen)
        part = np.arange(len(self.xy)) * _PARTS // max(1, len(self.xy))
        # Where no rim says which lies above, neighbours follow each other: their numbers are alike, and pack better.
        order = np.lexsort((self.xy[:, 0] if self.rim_px <= 0 else part, self.bins, part))
        places = self.xy[order].astype(np.float64).round(2).tolist()
        last = -1
        for row, (x, y) in zip(self.bins[order].tolist(), places, strict=True):
            if row != last:
                ink = tinted(self.table[row], self.alpha)
                if self.is_hollow:
                    painter.setPen(QPen(ink, self.rim_px))
                else:
                    painter.setBrush(QBrush(ink))
                last = row
            painter.drawEllipse(QPointF(x, y), radius, radius)


def tinted(ink: np.ndarray, alpha: float) -> QColor:
    """Return a colour (3,) uint8 of an opacity, 0 to 1."""
    red, green, blue = map(int, ink)
    return QColor(red, green, blue, round(255 * alpha))


def paint_ground(painter: QPainter, rect: QRectF, ink: str, opacity: float, radius: float) -> None:
    """Draw a rounded ground on which words can be read over a picture."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour(ink, opacity))
    painter.drawRoundedRect(rect, radius, radius)


class DotLayer(Layer):
    """A layer of discs."""

    def __init__(self) -> None:
        self._discs = Discs()

    def paint(self, painter: QPainter) -> None:
        self._discs.paint(painter)


class LineLayer(Layer):
    """A layer of lines in groups of one pen each, from a first to a last one; `as_paths` where they become shapes."""

    def __init__(self) -> None:
        self._lines = Lines()
        self._groups: Sequence[tuple[QPen, int, int]] = ()
        self._as_paths = False

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._lines.draw_groups(painter, self._groups, self._as_paths)
