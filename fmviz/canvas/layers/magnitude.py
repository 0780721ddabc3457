"""The speed map: |u| as colours; the velocity is interpolated, so that its zeros stay zeros.

Where the field is not known the map fades into the pane: the colour of the slowest would say that it is slow there.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from fmviz.canvas.fields import FieldLayer, MapLayer, fading_speeds, opacity_over, part_of, replaces, resampled
from fmviz.canvas.layer import Picture
from fmviz.core.frames import BEYOND


class MagnitudeLayer(MapLayer, FieldLayer):
    """Speed as colours."""

    name: ClassVar[str] = "magnitude"

    def update(self, picture: Picture) -> bool:
        u = picture.frame.u
        part = None if u is None else part_of(picture.frame.field_extent.box, picture.mapping, BEYOND)
        if u is None or part is None or replaces(picture, "speed_difference"):
            return False
        rows, columns = part.matrices(picture, u, True)
        ux, uy = (resampled(np.divide(u[..., k], picture.limits.speed, dtype=np.float32), rows, columns)
                  for k in (0, 1))
        pixels, opacity = fading_speeds(picture.theme), opacity_over(picture, part)
        self.fill(np.sqrt(ux * ux + uy * uy), pixels[-1] if opacity is None else pixels, part.rect, opacity)
        self.fade(part, picture.mapping)
        return True
