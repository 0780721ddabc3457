"""Densities of x and of y alone, as curves along the pane's lower and left edge in the lane's colour; and, dashed, the
target's.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen

from fmviz.canvas.colours import colour
from fmviz.canvas.layer import Layer, Picture
from fmviz.canvas.legend import DASH_PATTERN, DASHES, Legend, Swatch
from fmviz.canvas.primitives import polyline

# How high the highest curve is, and how wide lines are, of the pane's shorter edge.
_HIGH_SHARE, _LINE_SHARE, _THINNEST_PX = 0.13, 1 / 420, 1.3
# Between points of a curve.
_STEP_PX = 2.0
# Between the pane's border and a curve that is 0.
_GAP_PX = 2.0
# What is lower counts as 0.
_LEAST_PX = 0.25


class MarginalLayer(Layer):
    """The curves."""

    name: ClassVar[str] = "marginals"

    def __init__(self) -> None:
        self._curves: list[tuple[QPainterPath, QPen]] = []

    def update(self, picture: Picture) -> bool:
        marginals = picture.frame.marginals
        if marginals is None:
            return False
        width = max(_THINNEST_PX, _LINE_SHARE * picture.side)
        lane = picture.theme.lanes[picture.frame.mark.hue]
        solid, dashed = QPen(colour(lane), width), QPen(colour(picture.theme.target), width)
        dashed.setStyle(Qt.PenStyle.CustomDashLine)
        dashed.setCapStyle(Qt.PenCapStyle.FlatCap)
        dashed.setDashPattern(DASH_PATTERN)
        self._curves = [(polyline(_curve(picture, axis, curves[axis])), pen) for axis in (0, 1)
                        for curves, pen in ((marginals.target, dashed), (marginals.points, solid))]
        return True

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for path, pen in self._curves:
            painter.strokePath(path, pen)

    @staticmethod
    def legend(picture: Picture) -> Legend:
        return Legend(marks=(Swatch("target", picture.theme.target, DASHES),))

    @staticmethod
    def value_at(picture: Picture, x: float, y: float) -> str:
        marginals, mapping = picture.frame.marginals, picture.mapping
        if marginals is None:
            return ""
        across, down = mapping.to_pixels(np.array([x, y]))
        high = _HIGH_SHARE * picture.side
        said = [(f"density of {name} {both[0]:.3g}, the target's {both[1]:.3g}") for name, axis, place, is_near in
                (("x", 0, x, down >= mapping.height - high), ("y", 1, y, across <= high))
                if is_near and (both := marginals.at(axis, place)) is not None]
        return "\n".join(said)


def _curve(picture: Picture, axis: int, values: np.ndarray) -> np.ndarray:
    """Return the points of a curve (P, 2), px: along the lower edge for x, along the left one for y."""
    marginals, mapping = picture.frame.marginals, picture.mapping
    assert marginals is not None
    length = (mapping.width, mapping.height)[axis]
    seen = (mapping.box.left, mapping.box.right) if axis == 0 else (mapping.box.top, mapping.box.bottom)
    along = np.linspace(0.0, length, 2 + int(length / _STEP_PX))
    low, high = marginals.low[axis], marginals.high[axis]
    middles = low + (high - low) * (np.arange(len(values)) + 0.5) / len(values)
    places = np.linspace(*seen, len(along))
    up = _GAP_PX + np.interp(places, middles, values, 0.0, 0.0) * (_HIGH_SHARE * picture.side / marginals.limit)
    # Along the border, where there is nothing, a line would say nothing.
    seen_at = np.flatnonzero(up > _GAP_PX + _LEAST_PX)
    first, last = (seen_at[0], seen_at[-1] + 1) if len(seen_at) else (0, 1)
    along, up = along[first:last], up[first:last]
    return np.stack([along, mapping.height - up] if axis == 0 else [up, along], axis=1)
