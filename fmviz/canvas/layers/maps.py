"""Maps of the field as colours: speed, divergence, what is left between the learned and the exact field, and by how
much a pane differs from the first one beside it.

The velocity is interpolated, so that its zeros stay zeros. Where the field is not known a map fades into the pane: the
colour of the slowest would say that it is slow there. Where the divergence is negative the flow presses points
together, where it is positive it spreads them.

    d(log p)/dt = -div v    along a path
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from fmviz.canvas.colours import premultiplied, speed_table
from fmviz.canvas.fields import (
    DivergingLayer,
    FieldLayer,
    MapLayer,
    Part,
    fading_speeds,
    known_grid,
    opacity_over,
    part_of,
    replaces,
    resampled,
    unknown_at,
    value_on,
    vector_words,
    whole_pane,
)
from fmviz.canvas.layer import Picture
from fmviz.canvas.legend import ColourBar, Legend
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
        values = known_grid(picture, self.name)
        part = None if values is None else part_of(picture.frame.grids[self.name].extent.box, picture.mapping, BEYOND)
        if values is None or part is None:
            return False
        shares = values / picture.limits.of(self.name)
        self.fill_signed(picture, resampled(shares, *part.matrices(picture, shares, True)), part, is_of_field=True)
        self.fade(part, picture.mapping)
        return True

    @staticmethod
    def legend(picture: Picture) -> Legend:
        return DivergingLayer.scale(picture, "compresses | expands, 1/t", "compression",
                                    picture.limits.of("divergence"))

    @staticmethod
    def value_at(picture: Picture, x: float, y: float) -> str:
        values = known_grid(picture, "divergence")
        value = None if values is None else value_on(values, picture.frame.grids["divergence"].extent.box, x, y,
                                                     has_edges=True)
        if value is None:
            return ""
        way = "expands" if value > 0 else "compresses"
        return f"divergence {signed(float(value))}: {way}{unknown_at(picture, x, y)}"


class FieldErrorLayer(MapLayer):
    """How long the difference of the learned and the exact velocity is, as colours."""

    name: ClassVar[str] = "field_error"

    def update(self, picture: Picture) -> bool:
        values = known_grid(picture, self.name)
        part = None if values is None else part_of(picture.frame.grids[self.name].extent.box, picture.mapping, BEYOND)
        if values is None or part is None:
            return False
        rows, columns = part.matrices(picture, values, True)
        is_known = np.isfinite(values).all(axis=2)
        shares = np.where(is_known[..., None], values, 0) / np.float32(picture.limits.of(self.name))
        dx, dy = (resampled(shares[..., k], rows, columns) for k in (0, 1))
        opacity = np.clip(resampled(is_known.astype(np.float32), rows, columns), 0, 1)
        near = opacity_over(picture, part)
        opacity = opacity if near is None else near * opacity
        self.fill(np.hypot(dx, dy), fading_speeds(picture.theme), part.rect, opacity)
        self.fade(part, picture.mapping)
        return True

    @staticmethod
    def legend(picture: Picture) -> Legend:
        if known_grid(picture, "field_error") is None:
            return Legend()
        limit, pixels = picture.limits.of("field_error"), premultiplied(speed_table(picture.theme), 1.0)
        return Legend(bars=(ColourBar("learned minus exact, units per t", "learned minus exact", limit, pixels,
                                      is_open=True),))

    @staticmethod
    def value_at(picture: Picture, x: float, y: float) -> str:
        return vector_words(picture, "field_error", "learned minus exact", x, y)


class _DifferenceLayer(DivergingLayer):
    """A map of what a pane has more or less than the first one beside it; `what` it is, and its unit."""

    what: ClassVar[tuple[str, str]]

    @classmethod
    def legend(cls, picture: Picture) -> Legend:
        base, (what, unit) = picture.frame.base, cls.what
        if base is None:
            return Legend()
        return DivergingLayer.scale(picture, f"{what}, {unit}: less | more than {base.mark.letter}",
                                    f"{what} minus {base.mark.letter}'s", picture.limits.of(cls.name))


class DensityDifferenceLayer(_DifferenceLayer):
    """Density minus the first pane's, as colours."""

    name: ClassVar[str] = "density_difference"
    what: ClassVar[tuple[str, str]] = ("density", "1/unit²")

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
    def value_at(picture: Picture, x: float, y: float) -> str:
        frame, base = picture.frame, picture.frame.base
        if base is None or frame.density is None or base.density is None:
            return ""
        own, other = (0.0 if (value := value_on(each.density, each.covered, x, y, has_edges=False)) is None
                      else float(value) for each in (frame, base) if each.density is not None)
        return f"density minus {base.mark.letter}'s {signed(own - other)}"


class SpeedDifferenceLayer(_DifferenceLayer):
    """Speed of the field minus the first pane's, as colours."""

    name: ClassVar[str] = "speed_difference"
    what: ClassVar[tuple[str, str]] = ("speed", "units per t")

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
