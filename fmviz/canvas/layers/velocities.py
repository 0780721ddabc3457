"""Arrows on particles: the velocity of some of them, drawn from where each is to where it carries in a little t."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtGui import QPainter

from fmviz.canvas.fields import FieldLayer
from fmviz.canvas.layer import Picture
from fmviz.canvas.layers.arrows import arrow_outlines, step_px
from fmviz.canvas.primitives import SpeedShapes
from fmviz.core.bilinear import bilinear_over

# Particles with an arrow, for each arrow of the field that would stand across the pane. Particles are in no order.
_PER_ACROSS = 6
# How stout they are, against arrows of the field: they are many and short.
_STOUTNESS = 0.7


class VelocityLayer(FieldLayer):
    """The velocity of some particles, exactly v dt long."""

    name: ClassVar[str] = "velocities"

    def __init__(self) -> None:
        self._shapes = SpeedShapes(1.0, 1 / 300, is_above_dots=True)

    def update(self, picture: Picture) -> bool:
        frame, style = picture.frame, picture.style
        if frame.u is None or frame.x is None or len(frame.x) == 0:
            return False
        x = frame.x[:_PER_ACROSS * style.across]
        extent = frame.field_extent
        v = bilinear_over(frame.u, extent, x)
        start, end = (picture.mapping.to_pixels(xy) for xy in (x, x + v * style.arrow_dt))
        along = end - start
        outlines = arrow_outlines((start + end) / 2, along, np.hypot(along[:, 0], along[:, 1]),
                                  _STOUTNESS * step_px(picture))
        self._shapes.fill(picture, outlines, np.clip(np.hypot(*v.T) / picture.limits.speed, 0.0, 1.0))
        return True

    def paint(self, painter: QPainter) -> None:
        self._shapes.paint(painter)
