"""The kernel density estimate of the particles; low density lets the pane through."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from fmviz.canvas.colours import density_table, premultiplied
from fmviz.canvas.fields import LEVELS, MapLayer, part_of, resampled, value_on
from fmviz.canvas.layer import Picture
from fmviz.canvas.legend import ColourBar, Legend
from fmviz.core.extent import Box

# A colour's place on the scale is share^0.65 of the limit: between two piles the density falls to a fifth of its peak,
# which a linear scale hardly shows. The colour bar's numbers stand where they belong.
_POWER = 0.65
# The start of the scale fades into the pane.
_FADE = 0.16


class DensityLayer(MapLayer):
    """Density as colours."""

    name: ClassVar[str] = "density"

    def update(self, picture: Picture) -> bool:
        density = picture.frame.density
        part = None if density is None else part_of(_box(picture), picture.mapping)
        if density is None or part is None:
            return False
        # The limit may be beyond float32, the share of it is not.
        share = (density / picture.limits.density).astype(np.float32)
        place = np.linspace(0, 1, LEVELS) ** _POWER
        table = density_table(picture.theme, LEVELS)[np.round(place * (LEVELS - 1)).astype(int)]
        self.fill(resampled(share, *part.matrices(picture, density, False)),
                  premultiplied(table, _opacity(place)), part.rect)
        return True

    @staticmethod
    def legend(picture: Picture) -> Legend:
        pixels = premultiplied(density_table(picture.theme), _opacity(np.linspace(0, 1, 256)))
        return Legend(bars=(ColourBar("density, 1/unit²", "density", picture.limits.density, pixels, _POWER),))

    @staticmethod
    def value_at(picture: Picture, x: float, y: float) -> str:
        density = picture.frame.density
        value = None if density is None else value_on(density, _box(picture), x, y, has_edges=False)
        return "" if value is None else f"density {max(0.0, float(value)):.3g}"


def _box(picture: Picture) -> Box:
    return picture.frame.density_box or picture.frame.extent.box


def _opacity(place: np.ndarray) -> np.ndarray:
    """Return the opacity at places (n,) of the scale, 0 to 1: nothing at 0, full from `_FADE` on."""
    share = np.clip(place / _FADE, 0, 1)
    return share * share * (3 - 2 * share)
