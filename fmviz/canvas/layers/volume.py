"""By how much the flow has spread what was in each cell of its lattice, or pressed it together, as colours.

For a one-step map at t = 1 that is log |det dT/dx|, what its likelihood is made of. Where nothing goes it fades.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter

from fmviz.canvas.fields import LEVELS, OPACITIES, DivergingLayer, diverging_fading, opacity_at, unknown_at
from fmviz.canvas.layer import Layer, Picture
from fmviz.canvas.legend import Legend
from fmviz.canvas.primitives import Polygons
from fmviz.core.numbers import signed
from fmviz.core.volume import log_volumes

# So small a change of volume is none, nats.
_SAME = 0.005


class VolumeLayer(Layer):
    """The cells of the carried lattice, filled."""

    name: ClassVar[str] = "volume"

    def __init__(self) -> None:
        self._polygons = Polygons()
        self._colours: list[QColor] = []

    def update(self, picture: Picture) -> bool:
        lattice = picture.frame.warp
        if lattice is None:
            return False
        outlines = _outlines(picture.mapping.to_pixels(lattice)).reshape(-1, 4, 2)
        share = log_volumes(lattice, picture.frame.extent).ravel() / picture.limits.of(self.name)
        level = np.clip((share + 1) / 2 * (LEVELS - 1) + 0.5, 0, LEVELS - 1).astype(int)
        opacity = np.broadcast_to(opacity_at(picture, outlines.mean(axis=1)), level.shape)
        pixels = diverging_fading(picture.theme)[(opacity * (OPACITIES - 1) + 0.5).astype(int), level]
        is_seen = pixels >> 24 > 0
        self._polygons.fill(outlines[is_seen])
        # The pixels are premultiplied.
        self._colours = [QColor.fromRgba(_plain(pixel)) for pixel in pixels[is_seen].tolist()]
        return True

    def paint(self, painter: QPainter) -> None:
        # With soft edges the pane would show between cells.
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        for place, ink in enumerate(self._colours):
            painter.setBrush(ink)
            self._polygons.draw(painter, place, place + 1)

    @staticmethod
    def legend(picture: Picture) -> Legend:
        return DivergingLayer.scale(picture, "log |det|, nats: pressed | spread", "log |det|",
                                    picture.limits.of("volume"))

    @staticmethod
    def value_at(picture: Picture, x: float, y: float) -> str:
        lattice = picture.frame.warp
        if lattice is None:
            return ""
        outlines = _outlines(lattice)
        is_around = ((outlines.min(axis=2) <= (x, y)) & (outlines.max(axis=2) >= (x, y))).all(axis=2)
        if not is_around.any():
            return ""
        distances = np.where(is_around, ((outlines.mean(axis=2) - (x, y)) ** 2).sum(axis=2), np.inf)
        value = float(log_volumes(lattice, picture.frame.extent).ravel()[distances.argmin()])
        way = "as large as at t = 0" if abs(value) < _SAME else "spread" if value > 0 else "pressed together"
        return f"log |det| {signed(value)}: {way}{unknown_at(picture, x, y)}"


def _outlines(lattice: np.ndarray) -> np.ndarray:
    """Return the corners (R - 1, R - 1, 4, 2) of the cells of a lattice (R, R, 2), one after the other."""
    return np.stack([lattice[:-1, :-1], lattice[:-1, 1:], lattice[1:, 1:], lattice[1:, :-1]], axis=2)


def _plain(pixel: int) -> int:
    """Return a premultiplied pixel as one that is not."""
    alpha = pixel >> 24
    parts = [min(255, round((pixel >> shift & 255) * 255 / alpha)) for shift in (16, 8, 0)]
    return alpha << 24 | parts[0] << 16 | parts[1] << 8 | parts[2]
