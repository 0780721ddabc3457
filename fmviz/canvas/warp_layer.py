"""The grid warp: a lattice that the flow carries along, so that one sees how it bends space.

The two families of lines have two tones; where a line is stretched it fades, where it is pressed together it
stays, so the eye finds the places where the flow gathers.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import ClassVar

import numpy as np
from PySide6.QtGui import QPainter, QPen

from fmviz.canvas.colours import colour
from fmviz.canvas.layer import Picture
from fmviz.canvas.primitives import Lines
from fmviz.core.spline import spline_weights

# Lines of each family; further nodes only bend them.
_LINES = 21
_SEGMENTS = 120
_TONES = 8
_OPACITY = {"dark": 0.85, "light": 0.80}
_FAINTEST = 0.10


class WarpLayer:
    """The carried lattice as smooth lines."""

    name: ClassVar[str] = "warp"
    is_still: ClassVar[bool] = False

    def __init__(self) -> None:
        self._lines = Lines()
        self._groups: list[tuple[QPen, int, int]] = []
        self._is_vector = False

    def update(self, picture: Picture) -> bool:
        lattice = picture.frame.warp
        if lattice is None:
            return False
        self._is_vector = picture.is_vector
        stride = max(1, (len(lattice) - 1) // (_LINES - 1))
        families = np.stack([lattice[::stride], lattice[:, ::stride].transpose(1, 0, 2)])
        points = picture.mapping.to_pixels(_smooth(families))
        segments = np.concatenate([points[:, :, :-1], points[:, :, 1:]], axis=-1)
        length = np.hypot(segments[..., 2] - segments[..., 0], segments[..., 3] - segments[..., 1])
        stretch = length * (_SEGMENTS / picture.side)
        tone = np.clip(np.floor(_TONES * np.maximum(_FAINTEST, 1 / np.maximum(stretch, 1.0))), 0, _TONES - 1)
        key = (tone.astype(int) + _TONES * np.arange(2)[:, None, None]).ravel()
        # Stable, so that the segments of a line stay neighbours and become one path of a vector file.
        order = np.argsort(key, kind="stable")
        block = self._lines.resize(len(key))
        block[:] = segments.reshape(-1, 4)[order]
        starts = np.searchsorted(key[order], np.arange(2 * _TONES + 1)).tolist()
        self._groups = [
            (_pen(picture, k), start, stop)
            for k, (start, stop) in enumerate(pairwise(starts)) if stop > start
        ]
        return True

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for pen, start, stop in self._groups:
            painter.setPen(pen)
            (self._lines.draw_path if self._is_vector else self._lines.draw)(painter, start, stop)


def _pen(picture: Picture, key: int) -> QPen:
    theme = picture.theme
    family, tone = divmod(key, _TONES)
    name = theme.accent if family == 0 else theme.particle
    pen = QPen(colour(name, _OPACITY[theme.name] * (tone + 1) / _TONES), 1.0)
    pen.setCosmetic(not picture.is_fine)
    return pen


def _smooth(lines: np.ndarray) -> np.ndarray:
    """Return smooth curves (2, L, _SEGMENTS + 1, 2) through the nodes of lines (2, L, R, 2)."""
    weights = _weights(lines.shape[2])
    return np.asarray(np.einsum("sr,flrc->flsc", weights, lines, optimize=True), dtype=np.float32)


@lru_cache(maxsize=4)
def _weights(nodes: int) -> np.ndarray:
    """Return (_SEGMENTS + 1, nodes) that samples a cubic through the nodes evenly."""
    used, weights = spline_weights(np.linspace(0, 1, nodes, dtype=np.float32), np.linspace(0, 1, _SEGMENTS + 1))
    matrix = np.zeros((_SEGMENTS + 1, nodes), dtype=np.float32)
    matrix[:, used] = weights
    return matrix
