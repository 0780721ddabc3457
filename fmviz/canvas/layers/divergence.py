"""The map of compression: the divergence of the learned field as colours; where it is 0 the pane shows.

    d(log p)/dt = -div v    along a path

Where it is negative the flow presses points together, where it is positive it spreads them.
"""

from __future__ import annotations

from typing import ClassVar

from fmviz.canvas.fields import DivergingLayer, part_of, resampled, unknown_at, value_on
from fmviz.canvas.layer import Picture
from fmviz.canvas.legend import Legend
from fmviz.core.frames import BEYOND
from fmviz.core.numbers import signed


class DivergenceLayer(DivergingLayer):
    """Divergence as colours."""

    name: ClassVar[str] = "divergence"

    def update(self, picture: Picture) -> bool:
        grid, t = picture.frame.grids.get(self.name), picture.frame.t
        part = None if grid is None else part_of(grid.extent.box, picture.mapping, BEYOND)
        if grid is None or part is None or t is None:
            return False
        shares = grid.at(t) / picture.limits.of(self.name)
        self.fill_signed(picture, resampled(shares, *part.matrices(picture, shares, True)), part, is_of_field=True)
        self.fade(part, picture.mapping)
        return True

    @staticmethod
    def legend(picture: Picture) -> Legend:
        return DivergingLayer.scale(picture, "compresses | expands, 1/t", "compression",
                                    picture.limits.of("divergence"))

    @staticmethod
    def value_at(picture: Picture, x: float, y: float) -> str:
        grid, t = picture.frame.grids.get("divergence"), picture.frame.t
        value = None if grid is None or t is None else value_on(grid.at(t), grid.extent.box, x, y, has_edges=True)
        if value is None:
            return ""
        way = "expands" if value > 0 else "compresses"
        return f"divergence {signed(float(value))}: {way}{unknown_at(picture, x, y)}"
