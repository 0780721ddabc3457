"""The dots of both clouds."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtGui import QPainter

from fmviz.canvas.colours import class_key, class_table, rgb
from fmviz.canvas.layer import Layer, Picture
from fmviz.canvas.legend import Legend
from fmviz.canvas.primitives import Discs
from fmviz.core.cloud import Labels

_DOT_SHARE = 0.72
# A dot alone has a contrast of 3 to 1 with the pane, as have the marks of all layers.
_DOT_ALPHA = {"dark": 0.54, "light": 0.75}
_ALONE_ALPHA, _BENEATH_ALPHA = 0.85, 0.21
_MOST_ALPHA = 0.95
# Fewer dots than these are drawn larger, up to so many times: one data point must be seen from the last row.
_FEW_DOTS, _LARGEST_DOT = 24, 3.2


class _CloudLayer(Layer):
    """Small half-transparent dots in the colour of their role, or of their class; beneath pair lines they step back."""

    def __init__(self) -> None:
        self._discs = Discs()

    def _place(self, picture: Picture, xy: np.ndarray, role: str, labels: Labels | None) -> bool:
        if len(xy) == 0:
            return False
        bins, table = (0, rgb(role)[None, :]) if labels is None else (class_key(picture.frame).bins(labels),
                                                                      class_table(picture.theme))
        alpha = _ALONE_ALPHA if picture.is_clouds_only else _DOT_ALPHA[picture.theme.name]
        emphasis = max(1.0, (_FEW_DOTS / len(xy)) ** 0.4)
        if picture.shows("pairs") and picture.frame.pairs is not None:
            alpha, emphasis = _BENEATH_ALPHA, 1.0
        radius = max(0.9, _DOT_SHARE * picture.dot_radius(len(xy)))
        self._discs.place(picture.mapping.to_pixels(xy), bins, table, radius * min(_LARGEST_DOT, emphasis),
                          alpha=min(_MOST_ALPHA, alpha * emphasis), dpr=picture.dpr, is_vector=picture.is_vector)
        return True

    def paint(self, painter: QPainter) -> None:
        self._discs.paint(painter)

    @classmethod
    def legend(cls, picture: Picture) -> Legend:
        if picture.dot_labels(cls.name) is None:
            return Legend(dots=(cls.name,))
        return Legend(classes=class_key(picture.frame))


class SourceLayer(_CloudLayer):
    """Points of the source cloud."""

    name: ClassVar[str] = "source"

    def update(self, picture: Picture) -> bool:
        return self._place(picture, picture.frame.source, picture.theme.source, picture.dot_labels(self.name))


class TargetLayer(_CloudLayer):
    """Points of the target cloud."""

    name: ClassVar[str] = "target"

    def update(self, picture: Picture) -> bool:
        return self._place(picture, picture.frame.target, picture.theme.target, picture.dot_labels(self.name))
