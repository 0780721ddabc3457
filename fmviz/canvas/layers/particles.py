"""The particles, where each has just been, and its whole way; coloured by where they started, where they end, their
class, or all alike.

Trails are fainter with age; whole ways stand still while the particles move. Both are one pixel wide and antialiased,
grouped by pen so that it changes some hundred times and not thousands. A wider pen would leave Qt's fast path: ten
times slower at 22,000 segments.
"""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise
from typing import ClassVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from fmviz.canvas.colours import ClassKey, class_key, class_table, colour, opacity_for, origin_bins, origin_table, rgb
from fmviz.canvas.layer import Layer, Picture
from fmviz.canvas.legend import Legend, ring_px, role_swatch
from fmviz.canvas.primitives import DotLayer, LineLayer
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
# Of the youngest part of a trail.
_OPACITY = {"dark": 0.72, "light": 0.80}
_FADE_POWER = 1.6
# A crowd of trails would fill the pane with one colour; but the youngest part of each is seen.
_CROWD, _TRAIL_CONTRAST = 2_500, 3.3
# In a vector file so many segments are one line of one opacity: 40 % of the bytes, and no beads where they meet. In the
# panes of a strip, which are smaller than so many px, more: three opacities instead of four.
_VECTOR_RUN, _SMALL_RUN, _SMALL_PX = 3, 4, 250
# Nobody sees a line that is less bent.
_STRAIGHT_PX = 0.2
# Each colour of ways is as faint as can be followed by one who looks for it, so that the followed ones stand before the
# crowd; where several ways run together they have 3:1.
_WAY_CONTRAST = 2.2
# The radius of a ring: of the pane's shorter edge, and at least.
_RING_SHARE, _LEAST_RING_PX = 1 / 300, 2.2


class OfParticles(Layer):
    """What layers of the particles share: what explains their colours."""

    @staticmethod
    def legend(picture: Picture) -> Legend:
        return Legend(ring=() if picture.places is None else _RINGS[picture.style.colour_by],
                      classes=ClassKey() if picture.labels is None else class_key(picture.frame))


class ParticleLayer(OfParticles, DotLayer):
    """Points carried by the learned field."""

    name: ClassVar[str] = "particles"

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
        labels = carried.classes.end if is_by_end else carried.classes.start or carried.classes.end
        bins = class_key(picture.frame).bins(labels or Labels(np.full(count, NO_LABEL), ()))
    elif (places := picture.places) is not None:
        bins = origin_bins(carried.x[-1 if is_by_end else 0], places.mean(axis=0))
    else:
        bins = np.zeros(count, dtype=np.intp)
    return table[bins]


class TrailLayer(OfParticles, LineLayer):
    """The recent positions of each particle as line segments."""

    name: ClassVar[str] = "trails"

    def update(self, picture: Picture) -> bool:
        trail = picture.frame.trail
        if trail is None or len(trail) < 2 or trail.shape[1] == 0:
            return False
        table, bins = particle_colours(picture)
        # In a file neighbours follow each other: their numbers are alike, and pack better.
        order = np.lexsort((trail[-1, :, 0], bins)) if picture.is_vector else np.argsort(bins, kind="stable")
        self._as_paths = picture.is_vector
        points = picture.mapping.to_pixels(trail[:, order])
        ages, count = len(trail) - 1, trail.shape[1]
        block = self._lines.resize(ages * count).reshape(ages, count, 4)
        run = 1
        if picture.is_vector:
            run = min(ages, _SMALL_RUN if picture.side < _SMALL_PX else _VECTOR_RUN)
        if run == 1:
            block[:, :, :2] = points[:-1]
            block[:, :, 2:] = points[1:]
        else:
            _fill_runs(block, points, run)
        starts = np.searchsorted(bins[order], np.arange(len(table) + 1))
        inks = [QColor(*ink).name() for ink in table.tolist()]
        crowd = min(1.0, (_CROWD / count) ** 0.5)
        usual, pane = _OPACITY[picture.theme.name] * crowd, picture.theme.pane
        opacities = tuple(max(usual, opacity_for(ink, pane, _TRAIL_CONTRAST)) for ink in inks)
        self._groups = _groups(table.tobytes(), tuple(starts.tolist()), ages,
                               opacities, run, not picture.is_fine)
        return True


def _fill_runs(block: np.ndarray, points: np.ndarray, run: int) -> None:
    """Fill (ages, count, 4) so that a particle's segments of `run` ages follow each other and become one line.

    Where fewer segments look the same, the others have no length.
    """
    ages, count = block.shape[:2]
    for first in range(0, ages, run):
        last = min(first + run, ages)
        stops = _thinned(points[first:last + 1].transpose(1, 0, 2))
        part = block[first:last].reshape(count, last - first, 4)
        part[:, :, :2] = stops[:, :-1]
        part[:, :, 2:] = stops[:, 1:]


def _thinned(stops: np.ndarray) -> np.ndarray:
    """Return lines (N, S + 1, 2) with stops that are not needed moved to the next one that is."""
    last = stops.shape[1] - 1
    result = stops.copy()
    for kept in ((0, last // 2, last), (0, last)):
        pieces = list(pairwise(kept))
        alike = np.all([_is_straight(stops[:, low:high + 1]) for low, high in pieces], axis=0)
        coarse = stops[:, [0, *(high for low, high in pieces for _ in range(low, high))]]
        result[alike] = coarse[alike]
    return result


def _is_straight(stops: np.ndarray) -> np.ndarray:
    """Return whether each line (N, S + 1, 2) looks like its chord, (N,)."""
    chord = stops[:, -1] - stops[:, 0]
    length = np.maximum(np.hypot(chord[:, 0], chord[:, 1]), 1e-6)[:, None]
    offset = stops[:, 1:-1] - stops[:, :1]
    across = np.abs(offset[..., 0] * chord[:, None, 1] - offset[..., 1] * chord[:, None, 0]) / length
    along = (offset * chord[:, None]).sum(axis=2) / length
    beyond = np.maximum(-along, along - length)  # where it turns back
    return np.asarray(np.maximum(across, beyond).max(axis=1, initial=0.0) < _STRAIGHT_PX)


@lru_cache(maxsize=8)
def _groups(table: bytes, starts: tuple[int, ...], ages: int, opacities: tuple[float, ...], run: int,
            is_cosmetic: bool) -> tuple[tuple[QPen, int, int], ...]:
    """Return the pen, first and last line of each group, oldest first.

    Args:
        table: the colours (B, 3) uint8.
        starts: where each colour's particles begin, B + 1 numbers; the last one is the number of particles.
        ages: segments of a trail.
        opacities: of the youngest segment in each colour.
        run: how many ages have one opacity.
        is_cosmetic: whether the pen is one device pixel wide, which is fast.
    """
    groups = []
    for age in range(0, ages, run):
        run = min(run, ages - age)
        share = ((age + (run + 1) / 2) / ages) ** _FADE_POWER
        first = age * starts[-1]
        for row, (start, stop) in enumerate(pairwise(starts)):
            if stop > start:
                red, green, blue = table[3 * row:3 * row + 3]
                pen = QPen(QColor(red, green, blue, round(255 * opacities[row] * share)), 1.0)
                pen.setCosmetic(is_cosmetic)
                if run > 1:
                    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
                groups.append((pen, first + run * start, first + run * stop))
    return tuple(groups)


class PathLayer(OfParticles, LineLayer):
    """The whole path of each particle that is drawn, thin, in the particle's colour."""

    name: ClassVar[str] = "paths"

    def update(self, picture: Picture) -> bool:
        paths = picture.frame.paths
        if paths is None or paths.x.shape[1] == 0:
            return False
        table, bins = particle_colours(picture)
        order = np.argsort(bins, kind="stable")
        points = picture.mapping.to_pixels(paths.x[:, order]).transpose(1, 0, 2)
        count, pieces = points.shape[0], points.shape[1] - 1
        block = self._lines.resize(count * pieces).reshape(count, pieces, 4)
        block[:, :, :2], block[:, :, 2:] = points[:, :-1], points[:, 1:]
        starts = np.searchsorted(bins[order], np.arange(len(table) + 1)).tolist()
        self._groups = groups = []
        for (start, stop), ink in zip(pairwise(starts), table.tolist(), strict=True):
            if stop > start:
                name = QColor(*ink).name()
                # One device pixel wide: any wider pen is ten times slower, and a live picture brings new ways.
                pen = QPen(colour(name, opacity_for(name, picture.theme.pane, _WAY_CONTRAST)), 1.0)
                pen.setCosmetic(not picture.is_fine)
                groups.append((pen, start * pieces, stop * pieces))
        self._as_paths = picture.is_vector
        return True


class RingLayer(DotLayer):
    """Where each particle that is drawn has started: a ring, which no dot is."""

    name: ClassVar[str] = "rings"

    def update(self, picture: Picture) -> bool:
        paths = picture.frame.paths
        if paths is None or paths.x.shape[1] == 0:
            return False
        inner, width = ring_px(max(_LEAST_RING_PX, picture.side * _RING_SHARE))
        self._discs.place(picture.mapping.to_pixels(paths.x[0]), 0, rgb(picture.theme.source)[None, :], inner,
                          rim_px=width, is_hollow=True, dpr=picture.dpr, is_vector=picture.is_vector)
        return True

    @staticmethod
    def legend(picture: Picture) -> Legend:
        return Legend() if picture.is_named else Legend(marks=(role_swatch("source", picture.theme),))
