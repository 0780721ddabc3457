"""The grid warp: a lattice that the flow carries along, so that one sees how it bends space.

Where a line is stretched it fades, where it is pressed together it stays, so the eye finds the places where the flow
gathers. Far from all particles it is faint. Both families of lines have one neutral tone: which of them began upright
says nothing about the flow, and colour is left to the particles.

A line is many pieces, since its tone changes along it, and translucent pieces show where they meet: square ends overlap
(70 % too dark there), flat ones leave a gap (14 %) unless they meet where a pixel ends. On the screen they do; a real
outline of the whole line would take 24 ms instead of 2.

The volume says by how much the flow has spread what was in each cell of the lattice, or pressed it together, as colours
that fade where nothing goes. For a one-step map at t = 1 that is log |det dT/dx|, what its likelihood is made of.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import ClassVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPen

from fmviz.canvas.colours import colour, plain
from fmviz.canvas.fields import LEVELS, OPACITIES, DivergingLayer, diverging_fading, opacity_at, unknown_at
from fmviz.canvas.layer import Layer, Picture
from fmviz.canvas.legend import Legend
from fmviz.canvas.primitives import LineLayer, Polygons
from fmviz.core.carried import spline_weights
from fmviz.core.limits import log_volumes
from fmviz.core.numbers import signed

# Lines of each family; further nodes only bend them.
_LINES = 21
_SEGMENTS = 120
_TONES = 32
# A line that nothing stretches, and one that is stretched most.
_OPACITY, _FAINTEST = 0.93, 0.20
# Of the opacity far from all particles: there the lines hold together what is true.
_UNKNOWN = 0.1
# Runs of a tone overlap by that part of what makes two half covered pixels over each other as dark as the line: with
# all of it, two pixels of which one is covered wholly would be too dark.
_OVERLAP_SHARE = 0.5
# So small a change of volume is none, nats.
_SAME = 0.005


class WarpLayer(LineLayer):
    """The carried lattice as smooth lines."""

    name: ClassVar[str] = "warp"

    def update(self, picture: Picture) -> bool:
        lattice = picture.frame.warp
        if lattice is None:
            return False
        self._as_paths = picture.is_fine
        stride = max(1, (len(lattice) - 1) // (_LINES - 1))
        families = np.stack([lattice[::stride], lattice[:, ::stride].transpose(1, 0, 2)])
        points = _smooth(picture.mapping.to_pixels(families))
        middle = (points[:, :, 1:] + points[:, :, :-1]).reshape(-1, 2) / 2
        known = np.reshape(opacity_at(picture, middle), (2, -1, _SEGMENTS) if picture.frame.known else (1, 1, 1))
        tone = _tones(points, 2 * picture.frame.extent.half * picture.mapping.pixels_per_unit, known)
        if not picture.is_fine:
            points = _snapped(points, picture.dpr)
        segments = np.concatenate([points[:, :, :-1], points[:, :, 1:]], axis=-1)
        if picture.is_fine:
            _overlap(segments, tone, picture.dpr)
        # Pieces of no length would be dots.
        is_long = (np.abs(segments[..., 2:] - segments[..., :2]).max(axis=-1) > 0).ravel()
        key, segments = tone.ravel()[is_long], segments.reshape(-1, 4)[is_long]
        # Stable, so that the segments of a line stay neighbours and become one path.
        order = np.argsort(key, kind="stable")
        self._lines.resize(len(key))[:] = segments[order]
        starts = np.searchsorted(key[order], np.arange(_TONES + 1)).tolist()
        self._groups = [
            (_pen(picture, k), start, stop)
            for k, (start, stop) in enumerate(pairwise(starts)) if stop > start
        ]
        return True


def _pen(picture: Picture, tone: int) -> QPen:
    opacity = _OPACITY * (tone + 1) / _TONES
    pen = QPen(colour(picture.theme.lattice, opacity), 1.0)
    pen.setCosmetic(not picture.is_fine)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen


def _tones(points: np.ndarray, side: float, known: np.ndarray) -> np.ndarray:
    """Return the tone (2, L, S) of each piece between points (2, L, S + 1, 2): lower where it is stretched.

    Args:
        side: edge of the lattice at t = 0, px.
        known: (2, L, S) how well the field is known at each piece, 0 to 1.
    """
    step = np.diff(points, axis=2)
    stretch = np.hypot(step[..., 0], step[..., 1]) * (_SEGMENTS / side)
    share = np.maximum(_FAINTEST, 1 / np.maximum(stretch, 1.0))
    share = share * (_UNKNOWN + (1 - _UNKNOWN) * known)
    return np.minimum((_TONES * share).astype(int), _TONES - 1)


def _snapped(points: np.ndarray, dpr: float) -> np.ndarray:
    """Return the points with each inner one moved along its line, by half a pixel at most, to where a pixel ends."""
    inner, along = points[:, :, 1:-1], points[:, :, 2:] - points[:, :, :-2]
    is_flat = np.abs(along[..., :1]) >= np.abs(along[..., 1:])
    gap = np.round(inner * dpr) / dpr - inner
    longer, missing = (np.where(is_flat, both[..., :1], both[..., 1:]) for both in (along, gap))
    moved = points.copy()
    moved[:, :, 1:-1] += along * (missing / np.where(longer == 0, 1, longer))
    return moved


def _overlap(segments: np.ndarray, tone: np.ndarray, dpr: float) -> None:
    """Let each run of one tone (2, L, S) begin a little before the last one ends; see `_OVERLAP_SHARE`."""
    family, line, place = np.nonzero(np.diff(tone, axis=2))
    first = segments[family, line, place + 1]
    along = first[:, 2:] - first[:, :2]
    length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-6)[:, None]
    opacity = _OPACITY * (tone[family, line, place + 1] + 1) / _TONES
    overlap = _OVERLAP_SHARE * (0.5 / (1 - opacity / 2) - 0.5) / dpr
    segments[family, line, place + 1, :2] -= overlap[:, None] * along / length


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


class VolumeLayer(Layer):
    """The cells of the carried lattice, filled."""

    name: ClassVar[str] = "volume"

    def __init__(self) -> None:
        self._polygons = Polygons()
        self._colours: list[QColor] = []

    def update(self, picture: Picture) -> bool:
        lattice = picture.frame.warp
        if lattice is None:
            return False
        outlines = _outlines(picture.mapping.to_pixels(lattice)).reshape(-1, 4, 2)
        share = log_volumes(lattice, picture.frame.extent).ravel() / picture.limits.of(self.name)
        level = np.clip((share + 1) / 2 * (LEVELS - 1) + 0.5, 0, LEVELS - 1).astype(int)
        opacity = np.broadcast_to(opacity_at(picture, outlines.mean(axis=1)), level.shape)
        pixels = diverging_fading(picture.theme)[(opacity * (OPACITIES - 1) + 0.5).astype(int), level]
        is_seen = pixels >> 24 > 0
        self._polygons.fill(outlines[is_seen])
        self._colours = [plain(pixel) for pixel in pixels[is_seen].tolist()]
        return True

    def paint(self, painter: QPainter) -> None:
        # With soft edges the pane would show between cells.
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        for place, ink in enumerate(self._colours):
            painter.setBrush(ink)
            self._polygons.draw(painter, place, place + 1)

    @staticmethod
    def legend(picture: Picture) -> Legend:
        return DivergingLayer.scale(picture, "log |det|, nats: pressed | spread", "log |det|",
                                    picture.limits.of("volume"))

    @staticmethod
    def value_at(picture: Picture, x: float, y: float) -> str:
        lattice = picture.frame.warp
        if lattice is None:
            return ""
        outlines = _outlines(lattice)
        is_around = ((outlines.min(axis=2) <= (x, y)) & (outlines.max(axis=2) >= (x, y))).all(axis=2)
        if not is_around.any():
            return ""
        distances = np.where(is_around, ((outlines.mean(axis=2) - (x, y)) ** 2).sum(axis=2), np.inf)
        value = float(log_volumes(lattice, picture.frame.extent).ravel()[distances.argmin()])
        way = "as large as at t = 0" if abs(value) < _SAME else "spread" if value > 0 else "pressed together"
        return f"log |det| {signed(value)}: {way}{unknown_at(picture, x, y)}"


def _outlines(lattice: np.ndarray) -> np.ndarray:
    """Return the corners (R - 1, R - 1, 4, 2) of the cells of a lattice (R, R, 2), one after the other."""
    return np.stack([lattice[:-1, :-1], lattice[:-1, 1:], lattice[1:, 1:], lattice[1:, :-1]], axis=2)
