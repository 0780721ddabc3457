"""The velocity field as arrows: filled shapes on a regular grid, coloured by speed.

The grid belongs to the pane, not to the snapshot: as many arrows as can be read at this size, with the
velocity interpolated. An arrow is centred on its place, never longer than 1.2 grid steps and never shorter
than a dot, so it neither tangles nor vanishes.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtGui import QPainter

from fmviz.canvas.image_layer import interpolation_matrix, resampled
from fmviz.canvas.layer import Picture
from fmviz.canvas.speed_shapes import SpeedShapes

_STEP_PX = 33
_FEWEST, _MOST = 7, 26
_LONGEST, _EQUAL = 1.2, 0.85
# Below this share of the fastest there is no direction.
_STILL = 1e-9


class ArrowLayer:
    """Arrows of the field, grouped by colour."""

    name: ClassVar[str] = "arrows"
    is_still: ClassVar[bool] = False

    def __init__(self) -> None:
        self._shapes = SpeedShapes(0.75, 1 / 500)

    def update(self, picture: Picture) -> bool:
        u = picture.frame.u
        if u is None:
            return False
        side = picture.side
        n = int(np.clip(round(side / _STEP_PX), _FEWEST, _MOST))
        step = side / n
        rows, columns = (interpolation_matrix(nodes, n, True) for nodes in u.shape[:2])
        ux, uy = (resampled(u[..., k], rows, columns).ravel() for k in (0, 1))
        speed = np.hypot(ux, uy)
        share = np.clip(speed / picture.limits.speed, 0.0, 1.0)
        place = (np.arange(n) + 0.5) * step
        x, y = np.tile(place, n), np.repeat(side - place, n)
        length = np.full(n * n, _EQUAL * step) if picture.style.arrows == "equal" else _LONGEST * step * share
        outlines = _outlines(x, y, ux, -uy, speed, length, step)
        self._shapes.fill(picture, outlines, share)
        return True

    def paint(self, painter: QPainter) -> None:
        self._shapes.paint(painter)


def _outlines(x: np.ndarray, y: np.ndarray, dx: np.ndarray, dy: np.ndarray, speed: np.ndarray, length: np.ndarray,
              step: float) -> np.ndarray:
    """Return (N, 7, 2) outlines of arrows centred on (x, y), px; the slowest ones become dots."""
    still = speed <= _STILL * speed.max(initial=0.0)
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
    forward = np.stack([tail, neck, neck - 0.12 * head, tip, neck - 0.12 * head, neck, tail], axis=1)
    aside = np.stack([thin, wide, barb, 0 * barb, -barb, -wide, -thin], axis=1)
    centre = np.stack([x, y], axis=1)
    return centre[:, None] + forward[..., None] * along[:, None] + aside[..., None] * beside[:, None]
