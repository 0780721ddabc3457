"""The particles: discs coloured by where they started, where they end, their class, or all alike."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from PySide6.QtGui import QPainter, QPen

from fmviz.canvas.colours import ClassKey, class_key, class_table, origin_bins, origin_table, rgb
from fmviz.canvas.layer import Layer, Picture
from fmviz.canvas.legend import Legend
from fmviz.canvas.primitives import Discs, Lines
from fmviz.core.carried import Followed
from fmviz.core.cloud import NO_LABEL, Labels

# The rim keeps touching discs apart; on small discs it would be all that is seen.
_RIM_PX, _RIM_SHARE = 0.7, 0.28
# On a map a wider rim sets them apart from colours as bright as they are, and a quarter of them leaves it to be seen.
_MAP_RIM_PX, _MAP_RIM_SHARE, _MAP_PART = 1.5, 0.5, 4
# Beside arrows the particles step back.
_QUIET_SIZE, _LEAST_PX = 0.78, 1.2
_ORIGIN = ("colour: where it starts", "where it starts")
_RINGS = {"origin": _ORIGIN, "class": _ORIGIN, "end": ("colour: where it ends", "where it ends")}


class ParticleLayer(Layer):
    """Points carried by the learned field."""

    name: ClassVar[str] = "particles"

    def __init__(self) -> None:
        self._discs = Discs()

    def update(self, picture: Picture) -> bool:
        x = picture.frame.x
        if x is None or len(x) == 0:
            return False
        table, bins = particle_colours(picture)
        size = _QUIET_SIZE if picture.shows("arrows") or picture.shows("velocities") else 1.0
        rim_px, rim_share = _RIM_PX, _RIM_SHARE
        if picture.has_coloured_map:
            rim_px, rim_share = _MAP_RIM_PX, _MAP_RIM_SHARE
            x, bins = (values[:math.ceil(len(x) / _MAP_PART)] for values in (x, bins))
        radius = max(_LEAST_PX, size * picture.dot_radius(len(x)))
        self._discs.place(picture.mapping.to_pixels(x), bins, table, radius,
                          rim=rgb(picture.theme.pane), rim_px=min(rim_px, rim_share * radius), dpr=picture.dpr,
                          is_vector=picture.is_vector)
        return True

    def paint(self, painter: QPainter) -> None:
        self._discs.paint(painter)

    @staticmethod
    def legend(picture: Picture) -> Legend:
        return particle_legend(picture)


class ParticleLines(Layer):
    """Lines in the particles' colours, in groups of one pen each."""

    def __init__(self) -> None:
        self._lines = Lines()
        self._groups: Sequence[tuple[QPen, int, int]] = ()
        self._is_vector = False

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._lines.draw_groups(painter, self._groups, self._is_vector)

    @staticmethod
    def legend(picture: Picture) -> Legend:
        return particle_legend(picture)


def particle_colours(picture: Picture) -> tuple[np.ndarray, np.ndarray]:
    """Return the table of colours (B, 3) and each particle's row of it (N,)."""
    x = picture.frame.x
    count = 0 if x is None else len(x)
    if (labels := picture.labels) is not None:
        return class_table(picture.theme), class_key(picture.frame).bins(labels)[:count]
    if (places := picture.places) is not None:
        return origin_table(picture.theme), origin_bins(places)
    # On a map the strongest colour that there is.
    ink = picture.theme.text if picture.has_coloured_map else picture.theme.particle
    return rgb(ink)[None, :], np.zeros(count, dtype=np.intp)


def followed_colours(picture: Picture, followed: Followed) -> np.ndarray:
    """Return the colour (F, 3) of each particle that the eye can follow: that of a particle with its start."""
    table, _ = particle_colours(picture)
    carried, is_by_end = followed.carried, picture.style.colour_by == "end"
    count = carried.x.shape[1]
    if picture.labels is not None:
        labels = carried.end_labels if is_by_end else carried.start_labels or carried.end_labels
        bins = class_key(picture.frame).bins(labels or Labels(np.full(count, NO_LABEL), ()))
    elif (places := picture.places) is not None:
        bins = origin_bins(carried.x[-1 if is_by_end else 0], places.mean(axis=0))
    else:
        bins = np.zeros(count, dtype=np.intp)
    return table[bins]


def particle_legend(picture: Picture) -> Legend:
    """Return what explains the colours of particles and of what they draw."""
    return Legend(ring=() if picture.places is None else _RINGS[picture.style.colour_by],
                  classes=ClassKey() if picture.labels is None else class_key(picture.frame))
