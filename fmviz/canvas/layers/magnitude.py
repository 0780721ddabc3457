"""The speed map: |u| as colours; the velocity is interpolated, so that its zeros stay zeros."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtGui import QPainter

from fmviz.canvas.colours import premultiplied, speed_table
from fmviz.canvas.fields import LEVELS, FieldImage, FieldLayer, part_of, resampled
from fmviz.canvas.layer import Picture
from fmviz.core.frames import BEYOND

_OPACITY = 0.92


class MagnitudeLayer(FieldLayer):
    """Speed as colours."""

    name: ClassVar[str] = "magnitude"

    def __init__(self) -> None:
        self._image = FieldImage()

    def update(self, picture: Picture) -> bool:
        u = picture.frame.u
        part = None if u is None else part_of(picture.frame.field_extent.box, picture.mapping, BEYOND)
        if u is None or part is None:
            return False
        rows, columns = part.matrices(picture, u, True)
        ux, uy = (resampled(np.divide(u[..., k], picture.limits.speed, dtype=np.float32), rows, columns)
                  for k in (0, 1))
        self._image.fill(np.sqrt(ux * ux + uy * uy), premultiplied(speed_table(picture.theme, LEVELS), _OPACITY),
                         part.rect)
        self._image.fade(part, picture.mapping)
        return True

    def paint(self, painter: QPainter) -> None:
        self._image.paint(painter)
