"""The exact field, what no training changes: as broad arrows below the learned ones, and what is left between the two.

Where it is not known nothing is drawn.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter

from fmviz.canvas.colours import colour, premultiplied, speed_table
from fmviz.canvas.fields import MapLayer, fading_speeds, opacity_at, opacity_over, part_of, resampled, value_on
from fmviz.canvas.layer import Layer, Picture
from fmviz.canvas.layers.arrows import WHOLE, arrow_outlines, arrows_of
from fmviz.canvas.legend import BAR, ColourBar, Legend, Swatch
from fmviz.canvas.primitives import Polygons
from fmviz.core.frames import BEYOND

# A learned arrow lies within an exact one, and what sticks out of it is the error.
_BREADTH, _OPACITY = 2.2, 0.6
_FAINTEST = 0.3


def _grid_at(picture: Picture, name: str) -> np.ndarray | None:
    """Return the values (G, G, 2) of a layer at the picture's time, if there are any that are known."""
    grid, t = picture.frame.grids.get(name), picture.frame.t
    values = None if grid is None or t is None else grid.at(t)
    return values if values is not None and np.isfinite(values).any() else None


class ExactArrowLayer(Layer):
    """Broad arrows of one colour."""

    name: ClassVar[str] = "exact"

    def __init__(self) -> None:
        self._polygons = Polygons()
        self._count, self._ink = 0, colour("#000000")

    def update(self, picture: Picture) -> bool:
        u = _grid_at(picture, self.name)
        found = None if u is None else arrows_of(picture, u, picture.frame.grids[self.name].extent)
        if found is None:
            return False
        outlines = arrow_outlines(found.places, found.along, found.length, found.step, _BREADTH)
        is_seen = np.broadcast_to(opacity_at(picture, found.places), found.share.shape) >= _FAINTEST
        self._count, self._ink = int(is_seen.sum()), colour(picture.theme.muted, _OPACITY)
        self._polygons.fill(outlines[is_seen])
        return self._count > 0

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._ink)
        self._polygons.draw(painter, 0, self._count)

    @staticmethod
    def legend(picture: Picture) -> Legend:
        grid = picture.frame.grids.get("exact")
        if grid is None or _grid_at(picture, "exact") is None:
            return Legend()
        words = f"exact field, {grid.note}" if grid.note else "exact field"
        return Legend(marks=(Swatch(words, picture.theme.muted, BAR, _OPACITY),))

    @staticmethod
    def value_at(picture: Picture, x: float, y: float) -> str:
        return _words_at(picture, "exact", "exact velocity", x, y)


class FieldErrorLayer(MapLayer):
    """How long the difference of the two velocities is, as colours."""

    name: ClassVar[str] = "field_error"

    def update(self, picture: Picture) -> bool:
        values = _grid_at(picture, self.name)
        part = None if values is None else part_of(picture.frame.grids[self.name].extent.box, picture.mapping, BEYOND)
        if values is None or part is None:
            return False
        rows, columns = part.matrices(picture, values, True)
        is_known = np.isfinite(values).all(axis=2)
        shares = np.where(is_known[..., None], values, 0) / np.float32(picture.limits.of(self.name))
        dx, dy = (resampled(shares[..., k], rows, columns) for k in (0, 1))
        opacity = np.clip(resampled(is_known.astype(np.float32), rows, columns), 0, 1)
        near = opacity_over(picture, part)
        opacity = opacity if near is None else near * opacity
        self.fill(np.hypot(dx, dy), fading_speeds(picture.theme), part.rect, opacity)
        self.fade(part, picture.mapping)
        return True

    @staticmethod
    def legend(picture: Picture) -> Legend:
        if _grid_at(picture, "field_error") is None:
            return Legend()
        limit, pixels = picture.limits.of("field_error"), premultiplied(speed_table(picture.theme), 1.0)
        return Legend(bars=(ColourBar("learned minus exact, units per t", "learned minus exact", limit, pixels,
                                      is_open=True),))

    @staticmethod
    def value_at(picture: Picture, x: float, y: float) -> str:
        return _words_at(picture, "field_error", "learned minus exact", x, y)


def _words_at(picture: Picture, name: str, what: str, x: float, y: float) -> str:
    values = _grid_at(picture, name)
    if values is None:
        return ""
    is_known, box = np.isfinite(values).all(axis=2), picture.frame.grids[name].extent.box
    value = value_on(np.where(is_known[..., None], values, 0), box, x, y, has_edges=True)
    share = value_on(is_known.astype(np.float32), box, x, y, has_edges=True)
    if value is None or share is None or share < WHOLE:
        return ""
    note = f" ({grid.note})" if (grid := picture.frame.grids[name]).note else ""
    return f"{what} {math.hypot(*value):.3g}, ({value[0]:.3g}, {value[1]:.3g}){note}"
