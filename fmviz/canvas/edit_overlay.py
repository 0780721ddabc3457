"""What is seen while a cloud is drawn: its points, the other cloud as a ghost, the brush, the selection."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPen

from fmviz.canvas.colours import colour, opacity_for, premultiplied, rgb
from fmviz.canvas.geometry import Mapping
from fmviz.canvas.legend import is_ring, ring_px
from fmviz.canvas.primitives import Discs
from fmviz.core.extent import Extent
from fmviz.core.theme import Theme

Role = Literal["source", "target"]
Brush = tuple[float, float, float]
Selection = tuple[float, float, float, float]

# Above so many points dots become pixels of one image: 200,000 points in 10 ms instead of 50.
_MOST_DISCS = 10_000
_LEVELS = 32
_POINT_OPACITY = 0.95
# Drawn points are told from the other cloud by shape and strength.
_GHOST_CONTRAST = 3.1
_HANDLE_PX = 8.0
_LINE_PX = 1.5


@dataclass(frozen=True, eq=False)
class EditPicture:
    """The clouds while one of them is edited.

    Args:
        points: (N, 2) points of the edited side, world units; N may be 0.
        ghost: (M, 2) points of the other side.
        points_role: which side is edited.
        extent: what the pane shows; None keeps the extent of the frame.
    """

    points: np.ndarray
    ghost: np.ndarray
    points_role: Role
    extent: Extent | None = None

    @property
    def ghost_role(self) -> Role:
        return "target" if self.points_role == "source" else "source"


class _Cloud:
    """Points of one colour: discs, or beyond `_MOST_DISCS` an image."""

    def __init__(self) -> None:
        self._discs = Discs()
        self._image: QImage | None = None

    def update(self, xy: np.ndarray, mapping: Mapping, role: Role, opacity: float, theme: Theme, dpr: float) -> None:
        self._image, name = None, getattr(theme, role)
        place = mapping.to_pixels(xy)
        if len(place) > _MOST_DISCS:
            self._image = _splat(place, mapping, name, opacity, dpr)
            place = place[:0]
        is_solid = opacity > 0.5
        radius = max(1.4, mapping.side / 290 * min(1.0, (2_500 / max(len(place), 1)) ** 0.25))
        radius, rim_px = ring_px(radius) if is_ring(role) else (radius, 0.6 if is_solid else 0.0)
        self._discs.place(place, 0, rgb(name)[None, :], radius, alpha=opacity, rim=rgb(theme.pane), rim_px=rim_px,
                          dpr=dpr, is_hollow=is_ring(role))

    def paint(self, painter: QPainter) -> None:
        if self._image is not None:
            painter.drawImage(0, 0, self._image)
        self._discs.paint(painter)


def _splat(place: np.ndarray, mapping: Mapping, name: str, opacity: float, dpr: float) -> QImage:
    """Return an image with 2x2 pixels per point; where points fall together it is more opaque."""
    rows, columns = round(mapping.height * dpr), round(mapping.width * dpr)
    cell = np.floor(place * dpr).astype(np.int32)
    column, row = cell[:, 0], cell[:, 1]
    inside = (column >= 0) & (column < columns - 1) & (row >= 0) & (row < rows - 1)
    counts = np.bincount(row[inside] * columns + column[inside], minlength=rows * columns)
    # Bytes from here on: four of them at most add up to less than 256, and the sums take an eighth of the time.
    one_each = np.minimum(counts, _LEVELS - 1).astype(np.uint8).reshape(rows, columns)
    tall = one_each.copy()
    tall[1:] += one_each[:-1]
    wide = tall.copy()
    wide[:, 1:] += tall[:, :-1]
    # The more points, the fainter each: a heap must not become a flat stain.
    one = opacity * float(np.clip((_MOST_DISCS / len(place)) ** 0.6, 0.12, 0.75))
    alpha = 1.0 - (1.0 - one) ** np.arange(_LEVELS)
    table = premultiplied(np.repeat(rgb(name)[None, :], _LEVELS, axis=0), alpha)
    pixels = np.take(table, np.minimum(wide, _LEVELS - 1))
    image = QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_ARGB32_Premultiplied).copy()
    image.setDevicePixelRatio(dpr)
    return image


class EditOverlay:
    """Draws an `EditPicture` into a pane."""

    def __init__(self) -> None:
        self._points = _Cloud()
        self._ghost = _Cloud()

    def update(self, edit: EditPicture, mapping: Mapping, theme: Theme, dpr: float) -> None:
        """Prepare both clouds."""
        ghost = opacity_for(getattr(theme, edit.ghost_role), theme.pane, _GHOST_CONTRAST)
        self._ghost.update(edit.ghost, mapping, edit.ghost_role, ghost, theme, dpr)
        self._points.update(edit.points, mapping, edit.points_role, _POINT_OPACITY, theme, dpr)

    def paint(self, painter: QPainter) -> None:
        """Draw the ghost, then the points."""
        self._ghost.paint(painter)
        self._points.paint(painter)


def paint_brush(painter: QPainter, brush: Brush, mapping: Mapping, theme: Theme) -> None:
    """Draw the outline of the brush in its true size, visible on any ground."""
    x, y = (float(part) for part in mapping.to_pixels(np.array(brush[:2])))
    radius = brush[2] * mapping.pixels_per_unit
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in _contrast(theme, theme.text):
        painter.setPen(pen)
        painter.drawEllipse(QPointF(x, y), radius, radius)


def paint_selection(painter: QPainter, selection: Selection, mapping: Mapping, theme: Theme) -> None:
    """Draw the selected rectangle with a handle at each corner and in the middle of each edge."""
    corners = mapping.to_pixels(np.array(selection, dtype=np.float64).reshape(2, 2))
    rect = QRectF(QPointF(*map(float, corners[0])), QPointF(*map(float, corners[1]))).normalized()
    painter.fillRect(rect, colour(theme.accent, 0.08))
    paint_frame(painter, rect, map(handle_at, handle_places(rect)), theme)


def paint_frame(painter: QPainter, rect: QRectF, handles: Iterable[QRectF], theme: Theme,
                line: Qt.PenStyle = Qt.PenStyle.SolidLine) -> None:
    """Draw the frame around something selected, and its handles."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in _contrast(theme, theme.accent):
        pen.setStyle(line)
        painter.setPen(pen)
        painter.drawRect(rect)
    painter.setBrush(colour(theme.pane))
    painter.setPen(QPen(colour(theme.accent), _LINE_PX))
    for handle in handles:
        painter.drawRoundedRect(handle, 2, 2)


def handle_at(place: QPointF) -> QRectF:
    """Return the handle at a place, px."""
    half = _HANDLE_PX / 2
    return QRectF(place.x() - half, place.y() - half, _HANDLE_PX, _HANDLE_PX)


def handle_places(rect: QRectF) -> tuple[QPointF, ...]:
    """Return the eight handles of a rectangle, row by row."""
    middle = rect.center()
    return tuple(
        QPointF(x, y)
        for y in (rect.top(), middle.y(), rect.bottom()) for x in (rect.left(), middle.x(), rect.right())
        if (x, y) != (middle.x(), middle.y())
    )


def _contrast(theme: Theme, name: str) -> tuple[QPen, QPen]:
    """Return a wide pen in the pane's colour and a narrow one above it."""
    return QPen(colour(theme.pane, 0.7), _LINE_PX + 2), QPen(colour(name), _LINE_PX)
