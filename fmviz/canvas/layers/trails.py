"""Trails: where each particle has just been, fainter with age.

One pixel wide and antialiased, grouped by age and colour so that a pen changes some hundred times and not thousands. A
wider pen would leave Qt's fast path: ten times slower at 22,000 segments.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import ClassVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from fmviz.canvas.colours import opacity_for
from fmviz.canvas.layer import Picture
from fmviz.canvas.layers.particles import ParticleLines, particle_colours

_OPACITY = {"dark": 0.72, "light": 0.80}
_FADE_POWER = 1.6
# A crowd of trails would fill the pane with one colour; but the youngest part of each is seen.
_CROWD, _CONTRAST = 2_500, 3.3
# In a vector file so many segments are one line of one opacity: 40 % of the bytes, and no beads where they meet. In the
# panes of a strip, which are smaller than so many px, more: three opacities instead of four.
_VECTOR_RUN, _SMALL_RUN, _SMALL_PX = 3, 4, 250
# Nobody sees a line that is less bent.
_STRAIGHT_PX = 0.2


class TrailLayer(ParticleLines):
    """The recent positions of each particle as line segments."""

    name: ClassVar[str] = "trails"

    def update(self, picture: Picture) -> bool:
        trail = picture.frame.trail
        if trail is None or len(trail) < 2 or trail.shape[1] == 0:
            return False
        table, bins = particle_colours(picture)
        # In a file neighbours follow each other: their numbers are alike, and pack better.
        order = np.lexsort((trail[-1, :, 0], bins)) if picture.is_vector else np.argsort(bins, kind="stable")
        self._is_vector = picture.is_vector
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
        opacities = tuple(max(_OPACITY[picture.theme.name] * crowd, opacity_for(ink, picture.theme.pane, _CONTRAST))
                          for ink in inks)
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
