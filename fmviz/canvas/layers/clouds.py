"""The clouds: rings of the source's dots, discs of the target's, and a line around most of the target."""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen

from fmviz.canvas.colours import class_key, class_table, colour, opacity_for, rgb
from fmviz.canvas.layer import Layer, Picture
from fmviz.canvas.legend import DASH_PATTERN, DASHES, Legend, Swatch, is_ring, ring_px, role_swatch
from fmviz.canvas.primitives import DotLayer, polyline
from fmviz.core.cloud import FloatArray
from fmviz.core.contours import contour_lines
from fmviz.core.density import best_bandwidth, kde
from fmviz.core.extent import Extent, outlying

_DOT_SHARE = 0.72
_LEAST_PX = 1.2
# A crowd of target dots lets its density be seen. The source's are fainter by themselves.
_OPACITY = {"source": 1.0, "target": 0.85}
# Beneath pair lines dots step back, to a contrast that is still seen; the two are still told apart.
_BENEATH_CONTRAST = {"source": 3.2, "target": 5.8}
# Fewer dots than these are drawn larger, up to so many times: one data point must be seen from the last row.
_FEW_DOTS, _LARGEST_DOT = 24, 3.2
# The width of the outline, of the pane's shorter edge.
_WIDTH_SHARE = 1 / 380
# The circle around a point where there are no more than two, its radius as such a share, and the least.
_ROUND_SHARE, _LEAST_ROUND_PX = 1 / 60, 5.0
# So many of the cloud's points are outside. The raster has so many cells, a bandwidth covers so many of them at least,
# and so many bandwidths lie beyond the points. A line needs less detail than a map.
_OUTSIDE, _CELLS, _BLURRED, _MARGIN, _SMOOTHER = 0.04, 160, 1.5, 4.0, 1.5
# In a smaller cloud squares of distances are no longer numbers.
_LEAST_REACH = 1e-100


class _CloudLayer(DotLayer):
    """Small dots in the colour of their role, or of their class; beneath pair lines they step back."""

    def update(self, picture: Picture) -> bool:
        xy: np.ndarray = getattr(picture.frame, self.name)
        if len(xy) == 0:
            return False
        labels, ink = picture.dot_labels(self.name), getattr(picture.theme, self.name)
        bins, table = (0, rgb(ink)[None, :]) if labels is None else (class_key(picture.frame).bins(labels),
                                                                     class_table(picture.theme))
        emphasis = 1.0 if _is_beneath(picture) else max(1.0, (_FEW_DOTS / len(xy)) ** 0.4)
        radius = max(_LEAST_PX, _DOT_SHARE * picture.dot_radius(len(xy))) * min(_LARGEST_DOT, emphasis)
        is_hollow = is_ring(self.name)
        inner, width = ring_px(radius) if is_hollow else (radius, 0.0)
        self._discs.place(picture.mapping.to_pixels(xy), bins, table, inner, rim_px=width, is_hollow=is_hollow,
                          alpha=_opacity(picture, self.name), dpr=picture.dpr, is_vector=picture.is_vector)
        return True

    @classmethod
    def legend(cls, picture: Picture) -> Legend:
        if picture.dot_labels(cls.name) is None:
            return Legend(marks=(role_swatch(cls.name, picture.theme, _opacity(picture, cls.name)),))
        return Legend(classes=class_key(picture.frame))


def _is_beneath(picture: Picture) -> bool:
    return picture.shows("pairs") and picture.frame.pairs is not None


def _opacity(picture: Picture, role: str) -> float:
    """Return the opacity of the dots of "source" or "target"."""
    if not _is_beneath(picture):
        return _OPACITY[role]
    return opacity_for(getattr(picture.theme, role), picture.theme.pane, _BENEATH_CONTRAST[role])


class SourceLayer(_CloudLayer):
    """Points of the source cloud."""

    name: ClassVar[str] = "source"


class TargetLayer(_CloudLayer):
    """Points of the target cloud."""

    name: ClassVar[str] = "target"


class OutlineLayer(Layer):
    """A dashed line around most of the target cloud: it has no particle's colour, and lies above them."""

    name: ClassVar[str] = "outline"

    def __init__(self) -> None:
        self._path = QPainterPath()
        self._pen = QPen()

    def update(self, picture: Picture) -> bool:
        target = np.asarray(picture.frame.target, dtype=np.float64)
        lines = outline_of(target.tobytes())
        self._path = QPainterPath()
        for line in lines:
            self._path.addPath(polyline(picture.mapping.to_pixels(line)))
        if not lines:  # too few points for an outline of all
            radius = max(_LEAST_ROUND_PX, picture.side * _ROUND_SHARE)
            for x, y in np.unique(picture.mapping.to_pixels(target), axis=0).tolist():
                self._path.addEllipse(QPointF(x, y), radius, radius)
        if self._path.isEmpty():
            return False
        width = max(1.2, picture.side * _WIDTH_SHARE)
        self._pen = QPen(colour(picture.theme.target), width, Qt.PenStyle.CustomDashLine, Qt.PenCapStyle.FlatCap)
        self._pen.setDashPattern(DASH_PATTERN)
        return True

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.strokePath(self._path, self._pen)

    @staticmethod
    def legend(picture: Picture) -> Legend:
        return Legend() if picture.is_named else Legend(marks=(Swatch("target", picture.theme.target, DASHES),))


@lru_cache(maxsize=8)
def outline_of(points: bytes) -> tuple[FloatArray, ...]:
    """Return closed lines (M, 2) around all but a few of float64 points, world units; () for fewer than three.

    They are a level of the points' kernel density on a raster of their own. Keyed by content: every picture of a run
    brings the same dots.
    """
    xy = np.frombuffer(points).reshape(-1, 2)
    xy = xy[~outlying(xy)]
    if len(xy) < 3:
        return ()
    middle = (xy.min(axis=0) + xy.max(axis=0)) / 2
    near = xy - middle  # so that a cloud that lies far away keeps its digits
    reach = float(np.abs(near).max())
    if reach <= _LEAST_REACH:
        return ()
    bandwidth = max(_SMOOTHER * best_bandwidth(near, Extent(0.0, 0.0, reach)), 2 * _BLURRED * reach / _CELLS)
    extent = Extent(0.0, 0.0, reach + _MARGIN * bandwidth)
    cell = 2 * extent.half / _CELLS
    density = kde(near, extent, _CELLS, bandwidth)
    at = np.clip((near + extent.half) / cell, 0, _CELLS - 1).astype(int)
    level = float(np.quantile(density[at[:, 1], at[:, 0]], _OUTSIDE))
    return tuple(middle + (cell * (line + 0.5) - extent.half) for line in contour_lines(density, level)
                 if len(line) > 3)
