"""One batch of pairs: a line each, and its two ends."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtGui import QPainter, QPen

from fmviz.canvas.colours import colour, rgb
from fmviz.canvas.layer import CLOUD_LAYERS, Layer, Picture
from fmviz.canvas.legend import Legend
from fmviz.canvas.primitives import Discs, Lines

_END_ALPHA = 0.95
# The line and the dots of a batch of so many pairs have their plain size; fewer are drawn larger.
_USUAL_PAIRS = 256
_FEW_ALPHA = 0.9
_LINE_ALPHA = {"dark": 0.64, "light": 0.72}


class PairLayer(Layer):
    """Lines from source points to target points."""

    name: ClassVar[str] = "pairs"

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

    @staticmethod
    def legend(picture: Picture) -> Legend:
        return Legend(dots=CLOUD_LAYERS)
