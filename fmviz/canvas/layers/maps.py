"""Maps of the field as colours: speed, divergence, and by how much a pane differs from the first one beside it.

The velocity is interpolated, so that its zeros stay zeros. Where the field is not known a map fades into the pane: the
colour of the slowest would say that it is slow there. Where the divergence is negative the flow presses points
together, where it is positive it spreads them.

    d(log p)/dt = -div v    along a path
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from fmviz.canvas.fields import (
    DivergingLayer,
    FieldLayer,
    MapLayer,
    Part,
    fading_speeds,
    opacity_over,
    part_of,
    replaces,
    resampled,
    unknown_at,
    value_on,
    whole_pane,
)
from fmviz.canvas.layer import Picture
from fmviz.canvas.legend import Legend
from fmviz.core.frames import BEYOND, Frame
from fmviz.core.numbers import signed


class MagnitudeLayer(MapLayer, FieldLayer):
    """Speed as colours."""

    name: ClassVar[str] = "magnitude"

    def update(self, picture: Picture) -> bool:
        u = picture.frame.u
        part = None if u is None else part_of(picture.frame.field_extent.box, picture.mapping, BEYOND)
        if u is None or part is None or replaces(picture, "speed_difference"):
            return False
        pixels, opacity = fading_speeds(picture.theme), opacity_over(picture, part)
        self.fill(_speed(picture.frame, picture, part, picture.limits.speed),
                  pixels[-1] if opacity is None else pixels, part.rect, opacity)
        self.fade(part, picture.mapping)
        return True


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


class DensityDifferenceLayer(DivergingLayer):
    """Density minus the first pane's, as colours."""

    name: ClassVar[str] = "density_difference"

    def update(self, picture: Picture) -> bool:
        frame, base, limit = picture.frame, picture.frame.base, picture.limits.of(self.name)
        if base is None or frame.density is None or base.density is None:
            return False
        pane = whole_pane(picture)
        # The limit may be beyond float32, the share of it is not.
        own, other = (resampled((each / limit).astype(np.float32),
                                *pane.over(box, picture.mapping).matrices(picture, each, False))
                      for each, box in ((frame.density, frame.covered), (base.density, base.covered)))
        self.fill_signed(picture, own - other, pane, is_of_field=False)
        return True

    @staticmethod
    def legend(picture: Picture) -> Legend:
        return _scale(picture, "density", "1/unit²", "density_difference")

    @staticmethod
    def value_at(picture: Picture, x: float, y: float) -> str:
        frame, base = picture.frame, picture.frame.base
        if base is None or frame.density is None or base.density is None:
            return ""
        own, other = (0.0 if (value := value_on(each.density, each.covered, x, y, has_edges=False)) is None
                      else float(value) for each in (frame, base) if each.density is not None)
        return f"density minus {base.mark.letter}'s {signed(own - other)}"


class SpeedDifferenceLayer(DivergingLayer):
    """Speed of the field minus the first pane's, as colours."""

    name: ClassVar[str] = "speed_difference"

    def update(self, picture: Picture) -> bool:
        frame, base = picture.frame, picture.frame.base
        if base is None or frame.u is None or base.u is None:
            return False
        pane, limit = whole_pane(picture), picture.limits.of(self.name)
        own, other = (_speed(each, picture, pane.over(each.field_extent.box, picture.mapping), limit)
                      for each in (frame, base))
        self.fill_signed(picture, own - other, pane, is_of_field=True)
        return True

    @staticmethod
    def legend(picture: Picture) -> Legend:
        return _scale(picture, "speed", "units per t", "speed_difference")

    @staticmethod
    def value_at(picture: Picture, x: float, y: float) -> str:
        frame, base = picture.frame, picture.frame.base
        if base is None or frame.u is None or base.u is None:
            return ""
        both = [value_on(each.u, each.field_extent.box, x, y, has_edges=True) for each in (frame, base)
                if each.u is not None]
        if any(value is None for value in both):
            return ""
        own, other = (float(np.hypot(*value)) for value in both if value is not None)
        return f"speed minus {base.mark.letter}'s {signed(own - other)}{unknown_at(picture, x, y)}"


def _speed(frame: Frame, picture: Picture, part: Part, limit: float) -> np.ndarray:
    """Return how fast the field is over a part of the pane, as a share of the limit; its zeros stay zeros."""
    assert frame.u is not None
    rows, columns = part.matrices(picture, frame.u, True)
    ux, uy = (resampled(np.divide(frame.u[..., k], limit, dtype=np.float32), rows, columns) for k in (0, 1))
    return np.sqrt(ux * ux + uy * uy)


def _scale(picture: Picture, what: str, unit: str, name: str) -> Legend:
    base = picture.frame.base
    if base is None:
        return Legend()
    return DivergingLayer.scale(picture, f"{what}, {unit}: less | more than {base.mark.letter}",
                                f"{what} minus {base.mark.letter}'s", picture.limits.of(name))
