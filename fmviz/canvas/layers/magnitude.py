"""The speed map: |u| as colours; the velocity is interpolated, so that its zeros stay zeros."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from fmviz.canvas.colours import premultiplied, speed_table
from fmviz.canvas.fields import LEVELS, FieldLayer, MapLayer, part_of, resampled
from fmviz.canvas.layer import Picture
from fmviz.core.frames import BEYOND

_OPACITY = 0.92


class MagnitudeLayer(MapLayer, FieldLayer):
    """Speed as colours."""

    name: ClassVar[str] = "magnitude"

    def update(self, picture: Picture) -> bool:
        u = picture.frame.u
        part = None if u is None else part_of(picture.frame.field_extent.box, picture.mapping, BEYOND)
        if u is None or part is None:
            return False
        rows, columns = part.matrices(picture, u, True)
        ux, uy = (resampled(np.divide(u[..., k], picture.limits.speed, dtype=np.float32), rows, columns)
                  for k in (0, 1))
        self.fill(np.sqrt(ux * ux + uy * uy), premultiplied(speed_table(picture.theme, LEVELS), _OPACITY),
                  part.rect)
        self.fade(part, picture.mapping)
        return True
