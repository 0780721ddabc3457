"""A few particles that the eye can follow, with the way behind them and the way ahead.

Where somebody has chosen where they start, a ring says so.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from fmviz.canvas.colours import rgb
from fmviz.canvas.layer import Picture
from fmviz.canvas.layers.particles import OfParticles, followed_colours
from fmviz.canvas.primitives import Discs, polyline
from fmviz.core.cloud import FloatArray
from fmviz.core.picking import REACH_PX, hit_start

# Shares of the pane's shorter edge: the width of the way behind, the radius of the dot.
_WIDTH_SHARE, _DOT_SHARE = 1 / 180, 1 / 105
# Shares of that width: radius and distance of the dots ahead, the rim of the large dot.
_AHEAD_SHARE, _AHEAD_GAP, _RIM_SHARE = 0.32, 1.8, 0.45
# The way behind with its rim, in such widths: it cuts through the crowd of thin ways.
_RIMMED = 1.8
# Of that width: radius and line of the ring around a chosen start, the line of its rim on either side.
_RING_SHARE, _RING_LINE, _RING_RIM = 1.5, 0.5, 0.9
# Ways are long where a camera looks closely.
_MOST_DOTS = 4_000
# Smaller dots cover no pixel.
_LEAST_AHEAD_PX = 1.2


class FollowedLayer(OfParticles):
    """A few particles as large dots, the way behind them solid, the way ahead dotted, chosen starts as rings."""

    name: ClassVar[str] = "followed"

    def __init__(self) -> None:
        self._behind: list[QPainterPath] = []
        self._ahead, self._here = Discs(), Discs()
        self._inks: list[QColor] = []
        self._width = 0.0
        self._known: tuple[object, ...] = ()
        self._dots = np.zeros((0, 4))
        self._rings: list[QPointF] = []
        self._rim = QColor()

    def update(self, picture: Picture) -> bool:
        frame, followed = picture.frame, picture.frame.followed
        if followed is None or frame.t is None:
            return False
        paths, count = followed.paths, len(followed.x)
        self._width = width = max(2.5, picture.side * _WIDTH_SHARE)
        known = (paths, picture.mapping)
        if self._known != known:
            self._known = known
            self._points = picture.mapping.to_pixels(paths.x)
            self._dots = np.concatenate([_dots_along(self._points[:, k], paths.t, _AHEAD_GAP * width, k)
                                         for k in range(count)])
        here = picture.mapping.to_pixels(followed.x)
        passed = int(np.searchsorted(paths.t, frame.t, side="right"))
        self._behind = [polyline(np.concatenate([self._points[:passed, k], here[k:k + 1]])) for k in range(count)]
        self._rings = [QPointF(x, y) for x, y in self._points[0].tolist()] if followed.is_chosen else []
        inks, rim = followed_colours(picture, followed), rgb(picture.theme.pane)
        self._rim = QColor(*rim.tolist())
        self._inks = [QColor(*ink) for ink in inks.tolist()]
        ahead = self._dots[self._dots[:, 2] > frame.t]
        self._ahead.place(ahead[:, :2], ahead[:, 3].astype(np.intp), inks,
                          max(_LEAST_AHEAD_PX, _AHEAD_SHARE * width), dpr=picture.dpr, is_vector=picture.is_vector)
        self._here.place(here, np.arange(count), inks, max(4.5, picture.side * _DOT_SHARE), rim=rim,
                         rim_px=max(1.0, _RIM_SHARE * width), dpr=picture.dpr, is_vector=picture.is_vector)
        return True

    def paint(self, painter: QPainter) -> None:
        self._ahead.paint(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for width, inks in ((_RIMMED * self._width, [self._rim] * len(self._inks)), (self._width, self._inks)):
            for ink, way in zip(inks, self._behind, strict=True):
                painter.strokePath(way, QPen(ink, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap,
                                             Qt.PenJoinStyle.RoundJoin))
        painter.setBrush(self._rim)
        for line, pens in ((_RING_LINE + _RING_RIM, [self._rim] * len(self._rings)), (_RING_LINE, self._inks)):
            for ring, ink in zip(self._rings, pens, strict=False):
                painter.setPen(QPen(ink, line * self._width))
                painter.drawEllipse(ring, _RING_SHARE * self._width, _RING_SHARE * self._width)
        self._here.paint(painter)

    @staticmethod
    def value_at(picture: Picture, x: float, y: float) -> str:
        start = hit_start(picture.frame, (x, y), REACH_PX / picture.mapping.pixels_per_unit)
        if start is None:
            return ""
        followed = picture.frame.followed
        is_followed = followed is not None and start in followed.starts
        return "followed: drag it to another start, or click to let it go" if is_followed else "click to follow it"


def _dots_along(way: np.ndarray, t: FloatArray, gap: float, row: int) -> np.ndarray:
    """Return dots (M, 4) every `gap` px along a way (S, 2) from its end back: x, y, the time of each, and `row`."""
    length = np.concatenate([[0.0], np.hypot(*np.diff(way, axis=0).T).cumsum()])
    at = np.arange(length[-1], 0.0, -max(gap, length[-1] / _MOST_DOTS))
    return np.stack([np.interp(at, length, way[:, 0]), np.interp(at, length, way[:, 1]), np.interp(at, length, t),
                     np.full(len(at), row)], axis=1)
