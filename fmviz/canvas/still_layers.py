"""What is the same at every t: the dots of both clouds, and the lines of one batch of pairs."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtGui import QPainter, QPen

from fmviz.canvas.colours import class_key, class_table, colour, rgb
from fmviz.canvas.layer import Picture
from fmviz.canvas.primitives import Discs, Lines
from fmviz.core.cloud import Labels

_DOT_SHARE = 0.72
_DOT_ALPHA = 0.42
_ALONE_ALPHA = 0.85
_END_ALPHA = 0.95
# Fewer dots than these are drawn larger, up to so many times: one data point must be seen from the last row.
_FEW_DOTS, _LARGEST_DOT = 24, 3.2
# The line and the dots of a batch of so many pairs have their plain size; fewer are drawn larger.
_USUAL_PAIRS = 256
_FEW_ALPHA = 0.9
_LINE_ALPHA = {"dark": 0.42, "light": 0.50}


class _DotLayer:
    """Small half-transparent dots in the colour of their role, or of their class; beneath pair lines they step back."""

    is_still: ClassVar[bool] = True

    def __init__(self) -> None:
        self._discs = Discs()

    def _place(self, picture: Picture, xy: np.ndarray, role: str, labels: Labels | None) -> bool:
        if len(xy) == 0:
            return False
        bins, table = (0, rgb(role)[None, :]) if labels is None else (class_key(picture.frame).bins(labels),
                                                                      class_table(picture.theme))
        alpha = _ALONE_ALPHA if picture.is_clouds_only else _DOT_ALPHA
        emphasis = max(1.0, (_FEW_DOTS / len(xy)) ** 0.4)
        if picture.shows("pairs") and picture.frame.pairs is not None:
            alpha, emphasis = _DOT_ALPHA * 0.5, 1.0
        radius = max(0.9, _DOT_SHARE * picture.dot_radius(len(xy)))
        self._discs.place(picture.mapping.to_pixels(xy), bins, table, radius * min(_LARGEST_DOT, emphasis),
                          alpha=min(_END_ALPHA, alpha * emphasis), dpr=picture.dpr, is_vector=picture.is_vector)
        return True

    def paint(self, painter: QPainter) -> None:
        self._discs.paint(painter)


class SourceLayer(_DotLayer):
    """Points of the source cloud."""

    name: ClassVar[str] = "source"

    def update(self, picture: Picture) -> bool:
        return self._place(picture, picture.frame.source, picture.theme.source, picture.dot_labels(self.name))


class TargetLayer(_DotLayer):
    """Points of the target cloud."""

    name: ClassVar[str] = "target"

    def update(self, picture: Picture) -> bool:
        return self._place(picture, picture.frame.target, picture.theme.target, picture.dot_labels(self.name))


class PairLayer:
    """One batch of pairs: a line each, and its two ends."""

    name: ClassVar[str] = "pairs"
    is_still: ClassVar[bool] = True

    def __init__(self) -> None:
        self._lines = Lines()
        self._ends = (Discs(), Discs())
        self._pen = QPen()
        self._is_vector = False

    def update(self, picture: Picture) -> bool:
        pairs = picture.frame.pairs
        if pairs is None or len(pairs.x0) == 0:
            return False
        start, end = picture.mapping.to_pixels(pairs.x0), picture.mapping.to_pixels(pairs.x1)
        block = self._lines.resize(len(start))
        block[:, :2], block[:, 2:] = start, end
        theme = picture.theme
        emphasis = _USUAL_PAIRS / len(start)
        alpha = min(_FEW_ALPHA, _LINE_ALPHA[theme.name] * min(1.0, emphasis) ** 0.6 * max(1.0, emphasis) ** 0.2)
        # Up to 1 px Qt has a fast pen: 4,096 lines take 0.2 s, wider ones 0.4 s.
        width = max(1.0, picture.side / 620) * min(3.0, emphasis ** 0.25) if emphasis >= 1.0 else 1.0
        self._pen = QPen(colour(theme.lanes[picture.frame.mark.hue], alpha), width)
        radius = 1.15 * max(1.0, picture.side / 300) * min(3.2, max(0.7, emphasis ** 0.3))
        rim_px = 0.8 * min(1.0, emphasis) ** 0.5  # many rims would bleach what they part
        for discs, xy, role in zip(self._ends, (start, end), (theme.source, theme.target), strict=True):
            discs.place(xy, 0, rgb(role)[None, :], radius, alpha=_END_ALPHA, rim=rgb(theme.pane), rim_px=rim_px,
                        dpr=picture.dpr, is_vector=picture.is_vector)
        self._is_vector = picture.is_vector
        return True

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._pen)
        (self._lines.draw_path if self._is_vector else self._lines.draw)(painter)
        for discs in self._ends:
            discs.paint(painter)
