"""The velocity field as shapes in the colours of speed: arrows on a regular grid or on particles, and streamlines;
and the exact field below it in one colour.

The grid of arrows belongs to the pane, not to the snapshot: as many as were asked for, or as have room, with the
velocity interpolated. Beyond the field's grid and far from all particles there are none. An arrow is centred on its
place, never longer than 1.2 grid steps and never shorter than a dot, so it neither tangles nor vanishes. Arrows on
particles go from where each is to where its velocity carries it in a little t.

Streamlines are strokes along the field at one t, as many as can be told apart in the pane, each with an arrow that runs
along it. These arrows move with the frame's phase, so that a picture is a function of its frame alone.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import ClassVar, NamedTuple

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPen

from fmviz.canvas.colours import SPEED_BINS, colour, rgb, speed_table
from fmviz.canvas.fields import WHOLE, FieldLayer, interpolation_at, known_grid, opacity_at, resampled, vector_words
from fmviz.canvas.layer import Layer, Picture
from fmviz.canvas.legend import BAR, Legend, Swatch
from fmviz.canvas.primitives import Polygons, tinted
from fmviz.core.extent import Extent, bilinear_over
from fmviz.core.frames import BEYOND
from fmviz.core.streamlines import arrows, seeds, strokes

# So many opacities can be told apart.
_OPACITIES = 12
# Closer arrows cannot be read.
_CLOSEST_PX = 18
_LONGEST, _EQUAL = 1.2, 0.85
# Half the width of a shaft and the length of a head, in steps: 4 and 16 px where arrows are 60 px apart.
_SHAFT, _HEAD = 1 / 30, 0.27
# Below this share of the fastest there is no direction.
_STILL = 1e-9
# Particles with an arrow, for each arrow of the field that would stand across the pane. Particles are in no order.
_PER_ACROSS = 6
# How stout they are, against arrows of the field: they are many and short.
_STOUTNESS = 0.7
# A learned arrow lies within an exact one, and what sticks out of it is the error.
_EXACT_BREADTH, _EXACT_OPACITY, _EXACT_FAINTEST = 2.2, 0.6, 0.3
# Between streamlines, and how many stand across the pane's shorter edge.
_GAP_PX, _FEWEST, _MOST = 34, 9, 24
# Half their widest width as a share of the pane's edge, and the least, px.
_WIDEST, _LEAST_PX = 1 / 280, 1.1


class SpeedLayer(FieldLayer):
    """Shapes in the colours of speed, with a rim that parts them from a speed map below.

    Args:
        rim: its opacity, and its width as a share of the pane's edge.
        is_above_dots: whether they have it in any case, as they lie on dots of many colours.
    """

    rim: ClassVar[tuple[float, float]]
    is_above_dots: ClassVar[bool] = False

    def __init__(self) -> None:
        self._polygons = Polygons()
        self._groups: list[tuple[QColor, QPen | None, int, int]] = []

    def fill(self, picture: Picture, outlines: np.ndarray, share: np.ndarray,
             opacity: np.ndarray | float = 1.0) -> None:
        """Take outlines (N, P, 2), px, the speed of each (N,) as a share of the limit, and how opaque each is (N,)."""
        theme, has_map = picture.theme, picture.has_coloured_map
        # Where a map below has the colours of speed already, all have one.
        bins = 0 * share.astype(int) if has_map else np.minimum((share * SPEED_BINS).astype(int), SPEED_BINS - 1)
        steps = np.broadcast_to(np.round(np.asarray(opacity) * _OPACITIES).astype(int), bins.shape)
        key = np.where(steps > 0, bins * _OPACITIES + steps - 1, SPEED_BINS * _OPACITIES)
        order = np.argsort(key, kind="stable")
        self._polygons.fill(outlines[order])
        inks = rgb(theme.text)[None] if has_map else speed_table(theme, SPEED_BINS)
        starts = np.searchsorted(key[order], np.arange(SPEED_BINS * _OPACITIES + 1)).tolist()
        rim_alpha, rim_share = self.rim
        self._groups = []
        for group, (start, stop) in enumerate(pairwise(starts)):
            if stop > start:
                alpha = (group % _OPACITIES + 1) / _OPACITIES
                rim = QPen(colour(theme.pane, rim_alpha * alpha), max(1.0, rim_share * picture.side))
                self._groups.append((tinted(inks[group // _OPACITIES], alpha),
                                     rim if has_map or self.is_above_dots else None, start, stop))

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for fill, rim, start, stop in self._groups:
            if rim is not None:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(rim)
                self._polygons.draw(painter, start, stop)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(fill)
            self._polygons.draw(painter, start, stop)


class ArrowLayer(SpeedLayer):
    """Arrows of the field, grouped by colour."""

    name: ClassVar[str] = "arrows"
    rim: ClassVar[tuple[float, float]] = (0.75, 1 / 500)

    def update(self, picture: Picture) -> bool:
        u = picture.frame.u
        found = None if u is None else arrows_of(picture, u, picture.frame.field_extent)
        if found is None:
            return False
        outlines = arrow_outlines(found.places, found.along, found.length, found.step)
        self.fill(picture, outlines, found.share, opacity_at(picture, found.places))
        return True


class Arrows(NamedTuple):
    """Arrows of a pane: middles and directions (N, 2), lengths and shares of the speed limit (N,), their distance, px.
    """

    places: np.ndarray
    along: np.ndarray
    length: np.ndarray
    share: np.ndarray
    step: float


def arrows_of(picture: Picture, u: np.ndarray, extent: Extent) -> Arrows | None:
    """Return the arrows of a velocity (G, G, 2) over an extent, without those that need a NaN; None if it is not seen.
    """
    mapping = picture.mapping
    step = step_px(picture)
    x, y = (_spread(edge, step) for edge in (mapping.width, mapping.height))
    seen, scale = mapping.box, mapping.pixels_per_unit
    along_x = (seen.left + x / scale - extent.left) / (2 * extent.half)
    along_y = (seen.top - y / scale - extent.bottom) / (2 * extent.half)
    x, along_x, y, along_y = (values[(along >= -BEYOND) & (along <= 1 + BEYOND)] for values, along in
                              ((x, along_x), (along_x, along_x), (y, along_y), (along_y, along_y)))
    if not (len(x) and len(y)):
        return None
    rows, columns = interpolation_at(u.shape[0], along_y), interpolation_at(u.shape[1], along_x)
    is_known = np.isfinite(u).all(axis=2)
    ux, uy = (resampled(np.where(is_known, u[..., k], 0), rows, columns).ravel() for k in (0, 1))
    speed = np.hypot(ux, uy)
    share = np.clip(speed / picture.limits.speed, 0.0, 1.0)
    x, y = np.tile(x, len(y)), np.repeat(y, len(x))
    length = np.full(len(x), _EQUAL * step) if picture.style.arrows == "equal" else _LONGEST * step * share
    places = np.stack([x, y], axis=1)
    whole = resampled(is_known.astype(np.float32), rows, columns).ravel() > WHOLE
    return Arrows(places[whole], np.stack([ux, -uy], axis=1)[whole], length[whole], share[whole], step)


def _spread(edge: int, step: float) -> np.ndarray:
    """Return places along an edge, px: as many steps as it has, in its middle."""
    count = max(1, round(edge / step))
    return edge / 2 + (np.arange(count) - (count - 1) / 2) * step


def step_px(picture: Picture) -> float:
    """Return how far arrows are apart in a pane, px."""
    return picture.side / max(1, min(picture.style.across, picture.side // _CLOSEST_PX))


def arrow_outlines(centre: np.ndarray, along: np.ndarray, length: np.ndarray, step: float,
                   breadth: float = 1.0) -> np.ndarray:
    """Return (N, 7, 2) outlines of arrows, px; the shortest ones become dots.

    Args:
        centre: (N, 2) their middles, px.
        along: (N, 2) where they point, of any length.
        length: (N,) px.
        step: how far neighbours are apart, px, which says how stout they are.
        breadth: how many times as broad they are as usual.
    """
    speed = np.hypot(along[:, 0], along[:, 1])
    still = speed <= _STILL * speed.max(initial=0.0)
    along = np.where(still[:, None], (1.0, 0.0), along / np.where(still, 1.0, speed)[:, None])
    beside = np.stack([-along[:, 1], along[:, 0]], axis=1)
    shaft = breadth * max(0.55, _SHAFT * step)
    length = np.maximum(length, 2.2 * shaft)
    head = np.minimum(0.62 * length, _HEAD * step)
    barb = np.maximum(0.5 * math.sqrt(breadth) * head, shaft)
    # Distances along the arrow from its middle, and beside it.
    tail, neck, tip = -length / 2, length / 2 - head, length / 2
    wide = np.full_like(length, shaft)
    thin = 0.45 * wide
    forward = np.stack([tail, neck, neck - 0.12 * head, tip, neck - 0.12 * head, neck, tail], axis=1)
    aside = np.stack([thin, wide, barb, 0 * barb, -barb, -wide, -thin], axis=1)
    return np.asarray(centre[:, None] + forward[..., None] * along[:, None] + aside[..., None] * beside[:, None])


def arrows_carrying(picture: Picture, x: np.ndarray, v: np.ndarray, step: float) -> np.ndarray:
    """Return outlines (N, 7, 2) of arrows from places x (N, 2) to where velocities v carry them in the style's dt, px.

    step: as in `arrow_outlines`.
    """
    start, end = (picture.mapping.to_pixels(xy) for xy in (x, x + v * picture.style.arrow_dt))
    along = end - start
    return arrow_outlines((start + end) / 2, along, np.hypot(along[:, 0], along[:, 1]), step)


class VelocityLayer(SpeedLayer):
    """The velocity of some particles, exactly v dt long."""

    name: ClassVar[str] = "velocities"
    rim: ClassVar[tuple[float, float]] = (1.0, 1 / 300)
    is_above_dots: ClassVar[bool] = True

    def update(self, picture: Picture) -> bool:
        frame, style = picture.frame, picture.style
        if frame.u is None or frame.x is None or len(frame.x) == 0:
            return False
        x = frame.x[:_PER_ACROSS * style.across]
        extent = frame.field_extent
        v = bilinear_over(frame.u, extent, x)
        outlines = arrows_carrying(picture, x, v, _STOUTNESS * step_px(picture))
        self.fill(picture, outlines, np.clip(np.hypot(*v.T) / picture.limits.speed, 0.0, 1.0))
        return True


class StreamlineLayer(SpeedLayer):
    """Arrows along the field, coloured by speed."""

    name: ClassVar[str] = "streamlines"
    rim: ClassVar[tuple[float, float]] = (0.6, 1 / 600)

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
        self.fill(picture, _ribbons(points, widest * width), share, opacity_at(picture, middle))
        return True


def _ribbons(points: np.ndarray, half_width: np.ndarray) -> np.ndarray:
    """Return outlines (S, 2 P, 2) of ribbons along curves (S, P, 2) that are 2 half_width (S, P) wide, px."""
    along = np.gradient(points, axis=1)
    length = np.maximum(np.hypot(along[..., 0], along[..., 1]), 1e-6)
    aside = np.stack([-along[..., 1], along[..., 0]], axis=-1) * (half_width / length)[..., None]
    return np.concatenate([points + aside, (points - aside)[:, ::-1]], axis=1)


class ExactArrowLayer(Layer):
    """Broad arrows of one colour: the exact field, which no training changes, below the learned one."""

    name: ClassVar[str] = "exact"

    def __init__(self) -> None:
        self._polygons = Polygons()
        self._count, self._ink = 0, colour("#000000")

    def update(self, picture: Picture) -> bool:
        u = known_grid(picture, self.name)
        found = None if u is None else arrows_of(picture, u, picture.frame.grids[self.name].extent)
        if found is None:
            return False
        outlines = arrow_outlines(found.places, found.along, found.length, found.step, _EXACT_BREADTH)
        is_seen = np.broadcast_to(opacity_at(picture, found.places), found.share.shape) >= _EXACT_FAINTEST
        self._count, self._ink = int(is_seen.sum()), colour(picture.theme.muted, _EXACT_OPACITY)
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
        if grid is None or known_grid(picture, "exact") is None:
            return Legend()
        words = f"exact field, {grid.note}" if grid.note else "exact field"
        return Legend(marks=(Swatch(words, picture.theme.muted, BAR, _EXACT_OPACITY),))

    @staticmethod
    def value_at(picture: Picture, x: float, y: float) -> str:
        return vector_words(picture, "exact", "exact velocity", x, y)
