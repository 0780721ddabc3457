"""A few particles that the eye can follow, with the way behind them and the way ahead."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from fmviz.canvas.colours import rgb
from fmviz.canvas.layer import Layer, Picture
from fmviz.canvas.layers.particles import particle_colours, particle_legend
from fmviz.canvas.legend import Legend
from fmviz.canvas.primitives import Discs, polyline
from fmviz.core.cloud import FloatArray

# Shares of the pane's shorter edge: the width of the way behind, the radius of the dot.
_WIDTH_SHARE, _DOT_SHARE = 1 / 180, 1 / 105
# Shares of that width: radius and distance of the dots ahead, the rim of the large dot.
_AHEAD_SHARE, _AHEAD_GAP, _RIM_SHARE = 0.32, 1.8, 0.45
# Ways are long where a camera looks closely.
_MOST_DOTS = 4_000


class FollowedLayer(Layer):
    """A few particles as large dots, the way behind them solid, the way ahead dotted."""

    name: ClassVar[str] = "followed"

    def __init__(self) -> None:
        self._behind: list[QPainterPath] = []
        self._ahead, self._here = Discs(), Discs()
        self._inks: list[QColor] = []
        self._width = 0.0
        self._known: tuple[object, ...] = ()
        self._dots = np.zeros((0, 4))

    def update(self, picture: Picture) -> bool:
        frame, paths = picture.frame, picture.frame.paths
        if paths is None or frame.x is None or frame.t is None or not paths.followed:
            return False
        chosen = list(paths.followed)
        self._width = width = max(2.5, picture.side * _WIDTH_SHARE)
        known = (paths, picture.mapping)
        if self._known != known:
            self._known = known
            self._points = picture.mapping.to_pixels(paths.x[:, chosen])
            self._dots = np.concatenate([_dots_along(self._points[:, k], paths.t, _AHEAD_GAP * width, k)
                                         for k in range(len(chosen))])
        here = picture.mapping.to_pixels(frame.x[chosen])
        passed = int(np.searchsorted(paths.t, frame.t, side="right"))
        self._behind = [polyline(np.concatenate([self._points[:passed, k], here[k:k + 1]]))
                        for k in range(len(chosen))]
        table, bins = particle_colours(picture)
        inks, rim = table[bins[chosen]], rgb(picture.theme.pane)
        self._inks = [QColor(*ink) for ink in inks.tolist()]
        ahead = self._dots[self._dots[:, 2] > frame.t]
        self._ahead.place(ahead[:, :2], ahead[:, 3].astype(np.intp), inks, _AHEAD_SHARE * width, dpr=picture.dpr,
                          is_vector=picture.is_vector)
        self._here.place(here, np.arange(len(chosen)), inks, max(4.5, picture.side * _DOT_SHARE), rim=rim,
                         rim_px=max(1.0, _RIM_SHARE * width), dpr=picture.dpr, is_vector=picture.is_vector)
        return True

    def paint(self, painter: QPainter) -> None:
        self._ahead.paint(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for ink, way in zip(self._inks, self._behind, strict=True):
            painter.strokePath(way, QPen(ink, self._width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap,
                                         Qt.PenJoinStyle.RoundJoin))
        self._here.paint(painter)

    @staticmethod
    def legend(picture: Picture) -> Legend:
        return particle_legend(picture)


def _dots_along(way: np.ndarray, t: FloatArray, gap: float, row: int) -> np.ndarray:
    """Return dots (M, 4) every `gap` px along a way (S, 2) from its end back: x, y, the time of each, and `row`."""
    length = np.concatenate([[0.0], np.hypot(*np.diff(way, axis=0).T).cumsum()])
    at = np.arange(length[-1], 0.0, -max(gap, length[-1] / _MOST_DOTS))
    return np.stack([np.interp(at, length, way[:, 0]), np.interp(at, length, way[:, 1]), np.interp(at, length, t),
                     np.full(len(at), row)], axis=1)
