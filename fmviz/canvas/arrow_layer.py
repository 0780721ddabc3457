"""The velocity field as arrows: filled shapes on a regular grid, coloured by speed.

The grid belongs to the pane, not to the snapshot: as many arrows as can be read at this size, with the
velocity interpolated. An arrow is centred on its place, never longer than 1.2 grid steps and never shorter
than a dot, so it neither tangles nor vanishes.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pyqtgraph.functions import arrayToQPath
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from fmviz.canvas.colours import SPEED_BINS, colour, speed_table
from fmviz.canvas.image_layer import interpolation_matrix
from fmviz.canvas.layer import Picture

_STEP_PX = 33
_FEWEST, _MOST = 7, 26
_LONGEST, _EQUAL = 1.2, 0.85


class ArrowLayer:
    """Arrows of the field, one path per colour."""

    name: ClassVar[str] = "arrows"
    is_still: ClassVar[bool] = False

    def __init__(self) -> None:
        self._paths: list[tuple[QColor, QPainterPath]] = []
        self._halo: QPen | None = None

    def update(self, picture: Picture) -> bool:
        u = picture.frame.u
        if u is None:
            return False
        side = picture.side
        n = int(np.clip(round(side / _STEP_PX), _FEWEST, _MOST))
        step = side / n
        matrix = interpolation_matrix(u.shape[0], n, True)
        across = interpolation_matrix(u.shape[1], n, True)
        ux, uy = (((matrix @ u[..., k]) @ across.T).ravel() for k in (0, 1))
        speed = np.hypot(ux, uy)
        share = np.clip(speed / max(picture.limits.speed, 1e-12), 0.0, 1.0)
        place = (np.arange(n) + 0.5) * step
        x, y = np.tile(place, n), np.repeat(side - place, n)
        length = np.full(n * n, _EQUAL * step) if picture.style.arrows == "equal" else _LONGEST * step * share
        outline = _outlines(x, y, ux, -uy, speed, length, step)
        bins = np.minimum((share * SPEED_BINS).astype(int), SPEED_BINS - 1)
        self._colour(picture, outline, bins)
        return True

    def _colour(self, picture: Picture, outline: np.ndarray, bins: np.ndarray) -> None:
        if picture.shows("magnitude"):
            # The map below has the colours of speed already.
            self._paths = [(colour(picture.theme.particle), _path(outline))]
            self._halo = QPen(colour(picture.theme.pane, 0.75), max(1.0, picture.side / 500))
            return
        self._halo = None
        table = speed_table(picture.theme, SPEED_BINS)
        self._paths = [
            (QColor(*(int(part) for part in table[row])), _path(outline[bins == row]))
            for row in np.unique(bins)
        ]

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for fill, path in self._paths:
            if self._halo is not None:
                painter.strokePath(path, self._halo)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.fillPath(path, fill)


def _outlines(x: np.ndarray, y: np.ndarray, dx: np.ndarray, dy: np.ndarray, speed: np.ndarray, length: np.ndarray,
              step: float) -> np.ndarray:
    """Return (N, 8, 2) closed outlines of arrows centred on (x, y), px; the slowest ones become dots."""
    still = speed < 1e-9
    safe = np.where(still, 1.0, speed)
    along = np.stack([np.where(still, 1.0, dx / safe), np.where(still, 0.0, dy / safe)], axis=1)
    beside = np.stack([-along[:, 1], along[:, 0]], axis=1)
    shaft = max(0.55, step / 46)
    dot = 2.2 * shaft
    length = np.maximum(length, dot)
    head = np.minimum(0.62 * length, 0.34 * step)
    barb = np.maximum(0.5 * head, shaft)
    # Distances along the arrow from its middle, and beside it.
    tail, neck, tip = -length / 2, length / 2 - head, length / 2
    wide = np.full_like(length, shaft)
    thin = 0.45 * wide
    forward = np.stack([tail, neck, neck - 0.12 * head, tip, neck - 0.12 * head, neck, tail, tail], axis=1)
    aside = np.stack([thin, wide, barb, 0 * barb, -barb, -wide, -thin, thin], axis=1)
    centre = np.stack([x, y], axis=1)
    return centre[:, None] + forward[..., None] * along[:, None] + aside[..., None] * beside[:, None]


def _path(outline: np.ndarray) -> QPainterPath:
    """Return all outlines (N, 8, 2) as one path."""
    corners = outline.shape[1]
    connect = np.tile(np.arange(corners) < corners - 1, len(outline)).astype(np.int32)
    flat = outline.reshape(-1, 2).astype(np.float64)
    path = arrayToQPath(np.ascontiguousarray(flat[:, 0]), np.ascontiguousarray(flat[:, 1]), connect=connect,
                        finiteCheck=False)
    path.setFillRule(Qt.FillRule.WindingFill)
    return path
