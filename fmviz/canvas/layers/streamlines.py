"""Streamlines: strokes along the velocity field at one t, each with an arrow that runs along it.

The strokes belong to the pane: as many as can be told apart at its size. The arrows move with the frame's phase, so
that a picture is a function of its frame alone, and each still of them says where the flow goes.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtGui import QPainter

from fmviz.canvas.fields import FieldLayer, opacity_at
from fmviz.canvas.layer import Picture
from fmviz.canvas.primitives import SpeedShapes
from fmviz.core.frames import BEYOND
from fmviz.core.streamlines import arrows, seeds, strokes

_GAP_PX = 34
_FEWEST, _MOST = 9, 24
# Half the widest width as a share of the pane's edge, and the least, px.
_WIDEST, _LEAST_PX = 1 / 280, 1.1


class StreamlineLayer(FieldLayer):
    """Arrows along the field, coloured by speed."""

    name: ClassVar[str] = "streamlines"

    def __init__(self) -> None:
        self._shapes = SpeedShapes(0.6, 1 / 600)

    def update(self, picture: Picture) -> bool:
        u = picture.frame.u
        if u is None:
            return False
        mapping, extent = picture.mapping, picture.frame.field_extent
        per_side = int(np.clip(round(mapping.side / _GAP_PX), _FEWEST, _MOST))
        count = round(per_side**2 * max(mapping.width, mapping.height) / mapping.side)
        # Places of the unit square that the field covers; y points up. The pane may show a part of it, or more.
        seen, edge = mapping.box, 2 * extent.half
        scale = np.array([2 * seen.half_x / edge, 2 * seen.half_y / edge], dtype=np.float32)
        corner = np.array([(seen.left - extent.left) / edge, (seen.bottom - extent.bottom) / edge], dtype=np.float32)
        starts = corner + scale * seeds(count)
        is_known = ((starts >= -BEYOND) & (starts <= 1 + BEYOND)).all(axis=1)
        if not is_known.any():
            return False
        gap = 2 * min(seen.half_x, seen.half_y) / edge / per_side
        curve, speed = strokes(u, starts[is_known], picture.limits.speed, gap)
        places, width = arrows(curve, np.flatnonzero(is_known), picture.frame.phase)
        points = mapping.to_pixels(places.astype(np.float64) * edge + (extent.left, extent.bottom))
        widest = max(_LEAST_PX, _WIDEST * picture.side)
        share = np.clip(speed / picture.limits.speed, 0.0, 1.0)
        middle = points[:, points.shape[1] // 2]
        self._shapes.fill(picture, _ribbons(points, widest * width), share, opacity_at(picture, middle))
        return True

    def paint(self, painter: QPainter) -> None:
        self._shapes.paint(painter)


def _ribbons(points: np.ndarray, half_width: np.ndarray) -> np.ndarray:
    """Return outlines (S, 2 P, 2) of ribbons along curves (S, P, 2) that are 2 half_width (S, P) wide, px."""
    along = np.gradient(points, axis=1)
    length = np.maximum(np.hypot(along[..., 0], along[..., 1]), 1e-6)
    aside = np.stack([-along[..., 1], along[..., 0]], axis=-1) * (half_width / length)[..., None]
    return np.concatenate([points + aside, (points - aside)[:, ::-1]], axis=1)
