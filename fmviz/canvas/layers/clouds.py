"""The dots of both clouds: rings of the source, discs of the target."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtGui import QPainter

from fmviz.canvas.colours import class_key, class_table, opacity_for, rgb
from fmviz.canvas.layer import Layer, Picture
from fmviz.canvas.legend import Legend, is_ring, ring_px, role_swatch
from fmviz.canvas.primitives import Discs

_DOT_SHARE = 0.72
_LEAST_PX = 1.2
# A crowd of target dots lets its density be seen. The source's are fainter by themselves.
_OPACITY = {"source": 1.0, "target": 0.85}
# Beneath pair lines dots step back, to a contrast that is still seen; the two are still told apart.
_BENEATH_CONTRAST = {"source": 3.2, "target": 5.8}
# Fewer dots than these are drawn larger, up to so many times: one data point must be seen from the last row.
_FEW_DOTS, _LARGEST_DOT = 24, 3.2


class _CloudLayer(Layer):
    """Small dots in the colour of their role, or of their class; beneath pair lines they step back."""

    def __init__(self) -> None:
        self._discs = Discs()

    def _place(self, picture: Picture, xy: np.ndarray) -> bool:
        if len(xy) == 0:
            return False
        labels, ink = picture.dot_labels(self.name), getattr(picture.theme, self.name)
        bins, table = (0, rgb(ink)[None, :]) if labels is None else (class_key(picture.frame).bins(labels),
                                                                     class_table(picture.theme))
        emphasis = 1.0 if _is_beneath(picture) else max(1.0, (_FEW_DOTS / len(xy)) ** 0.4)
        radius = max(_LEAST_PX, _DOT_SHARE * picture.dot_radius(len(xy))) * min(_LARGEST_DOT, emphasis)
        is_hollow = is_ring(self.name)
        inner, width = ring_px(radius) if is_hollow else (radius, 0.0)
        self._discs.place(picture.mapping.to_pixels(xy), bins, table, inner, rim_px=width, is_hollow=is_hollow,
                          alpha=_opacity(picture, self.name), dpr=picture.dpr, is_vector=picture.is_vector)
        return True

    def paint(self, painter: QPainter) -> None:
        self._discs.paint(painter)

    @classmethod
    def legend(cls, picture: Picture) -> Legend:
        if picture.dot_labels(cls.name) is None:
            return Legend(marks=(role_swatch(cls.name, picture.theme, _opacity(picture, cls.name)),))
        return Legend(classes=class_key(picture.frame))


def _is_beneath(picture: Picture) -> bool:
    return picture.shows("pairs") and picture.frame.pairs is not None


def _opacity(picture: Picture, role: str) -> float:
    """Return the opacity of the dots of "source" or "target"."""
    if not _is_beneath(picture):
        return _OPACITY[role]
    return opacity_for(getattr(picture.theme, role), picture.theme.pane, _BENEATH_CONTRAST[role])


class SourceLayer(_CloudLayer):
    """Points of the source cloud."""

    name: ClassVar[str] = "source"

    def update(self, picture: Picture) -> bool:
        return self._place(picture, picture.frame.source)


class TargetLayer(_CloudLayer):
    """Points of the target cloud."""

    name: ClassVar[str] = "target"

    def update(self, picture: Picture) -> bool:
        return self._place(picture, picture.frame.target)
