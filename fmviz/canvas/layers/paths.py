"""The whole way of the particles that are drawn, from where each has started: it stands still while they move."""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar

import numpy as np
from PySide6.QtGui import QColor, QPainter, QPen

from fmviz.canvas.colours import colour, opacity_for, rgb
from fmviz.canvas.layer import Layer, Picture
from fmviz.canvas.layers.particles import ParticleLines, particle_colours
from fmviz.canvas.legend import Legend, ring_px, role_swatch
from fmviz.canvas.primitives import Discs

# Each colour is as faint as can be followed by one who looks for it, so that the followed ones stand before the crowd;
# where several ways run together they have 3:1.
_CONTRAST = 2.2
# The radius of a ring: of the pane's shorter edge, and at least.
_RING_SHARE, _LEAST_RING_PX = 1 / 300, 2.2


class PathLayer(ParticleLines):
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
                pen = QPen(colour(name, opacity_for(name, picture.theme.pane, _CONTRAST)), 1.0)
                pen.setCosmetic(not picture.is_fine)
                groups.append((pen, start * pieces, stop * pieces))
        self._is_vector = picture.is_vector
        return True


class RingLayer(Layer):
    """Where each particle that is drawn has started: a ring, which no dot is."""

    name: ClassVar[str] = "rings"

    def __init__(self) -> None:
        self._rings = Discs()

    def update(self, picture: Picture) -> bool:
        paths = picture.frame.paths
        if paths is None or paths.x.shape[1] == 0:
            return False
        inner, width = ring_px(max(_LEAST_RING_PX, picture.side * _RING_SHARE))
        self._rings.place(picture.mapping.to_pixels(paths.x[0]), 0, rgb(picture.theme.source)[None, :], inner,
                          rim_px=width, is_hollow=True, dpr=picture.dpr, is_vector=picture.is_vector)
        return True

    def paint(self, painter: QPainter) -> None:
        self._rings.paint(painter)

    @staticmethod
    def legend(picture: Picture) -> Legend:
        return Legend() if picture.is_named else Legend(marks=(role_swatch("source", picture.theme),))
