"""The density, of the carried points or of the flow itself, or how far the one is above the other; low density lets the
pane through, lines bound shares of it. The densities of x and of y alone are curves along the pane's lower and left
edge in the lane's colour; and, dashed, the target's.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import ClassVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen

from fmviz.canvas.colours import colour, density_table, most_seen, premultiplied
from fmviz.canvas.fields import LEVELS, DivergingLayer, part_of, replaces, resampled, value_on
from fmviz.canvas.layer import Layer, Picture
from fmviz.canvas.legend import DASH_PATTERN, DASHES, ColourBar, Legend, Swatch
from fmviz.canvas.primitives import Lines, polyline
from fmviz.core.contours import contour_lines, contour_pieces
from fmviz.core.many import MASSES
from fmviz.core.numbers import signed
from fmviz.core.theme import Theme

# A colour's place on the scale is share^0.65 of the limit: between two piles the density falls to a fifth of its peak,
# which a linear scale hardly shows. The colour bar's numbers stand where they belong.
_POWER = 0.65
# The start of the scale fades into the pane.
_FADE = 0.16
# Contours, of the pane's shorter edge.
_LINE_SHARE, _THINNEST_PX = 1 / 560, 1.1
_PERCENT = ", ".join(f"{100 * share:.0f}" for share in MASSES)
# How high the highest curve is, and how wide curves are, of the pane's shorter edge.
_HIGH_SHARE, _CURVE_SHARE, _THINNEST_CURVE_PX = 0.13, 1 / 420, 1.3
# Between points of a curve.
_STEP_PX = 2.0
# Between the pane's border and a curve that is 0.
_GAP_PX = 2.0
# What is lower counts as 0.
_LEAST_PX = 0.25


class DensityLayer(DivergingLayer):
    """Density as colours, and its contours."""

    name: ClassVar[str] = "density"

    def __init__(self) -> None:
        super().__init__()
        self._lines = Lines()
        self._groups: list[tuple[QPen, int, int]] = []
        self._is_vector = False

    def update(self, picture: Picture) -> bool:
        density = picture.frame.density
        part = None if density is None else part_of(picture.frame.covered, picture.mapping)
        if density is None or part is None or replaces(picture, "density_difference"):
            return False
        error = picture.frame.density_error
        if error is not None:
            shares = (error / picture.limits.of(self.name)).astype(np.float32)
            self._groups = []
            self.fill_signed(picture, resampled(shares, *part.matrices(picture, error, False)), part, is_of_field=False)
            return True
        # The limit may be beyond float32, the share of it is not.
        share = (density / picture.limits.density).astype(np.float32)
        self.fill(resampled(share, *part.matrices(picture, density, False)), _pixels(picture.theme, LEVELS), part.rect)
        levels = [level / picture.limits.density for level in picture.frame.levels]
        contours = [_contour(picture, share, level) for level in levels]
        starts = np.cumsum([0, *map(len, contours)]).tolist()
        self._lines.resize(starts[-1])[:] = np.concatenate(contours) if contours else np.zeros((0, 4))
        width = max(_THINNEST_PX, picture.side * _LINE_SHARE)
        self._groups = [(QPen(colour(_ink(picture.theme, level)), width), *ends)
                        for level, ends in zip(levels, pairwise(starts), strict=True)]
        self._is_vector = picture.is_vector
        return True

    def paint(self, painter: QPainter) -> None:
        super().paint(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # A path wider than a pixel takes 25 ms, its pieces half of one.
        self._lines.draw_groups(painter, self._groups, self._is_vector)

    @staticmethod
    def legend(picture: Picture) -> Legend:
        if replaces(picture, "density_difference"):
            return Legend()
        exact = _words_of_exact(picture)
        if picture.frame.density_error is not None:
            return DivergingLayer.scale(picture, f"density of particles minus exact, 1/unit²{exact}",
                                        "particles minus exact", picture.limits.of("density"))
        what = _name(picture)
        lines = f", lines around {_PERCENT} %" if picture.frame.levels else ""
        return Legend(bars=(ColourBar(f"{what}, 1/unit²{exact}{lines}", what, picture.limits.density,
                                      _pixels(picture.theme, 256, is_scale=True), _POWER),))

    @staticmethod
    def value_at(picture: Picture, x: float, y: float) -> str:
        frame = picture.frame
        found = None if frame.density is None else value_on(frame.density, frame.covered, x, y, has_edges=False)
        if found is None:
            return ""
        if frame.density_error is not None:
            error = value_on(frame.density_error, frame.covered, x, y, has_edges=False)
            return "" if error is None else f"density of particles minus exact {signed(float(error))}"
        value = max(0.0, float(found))
        around = (share for share, level in zip(MASSES, frame.levels, strict=False) if value >= level)
        within = next((f", in the densest {100 * share:.0f} %" for share in around), "")
        log = f", log {math.log(value):.2f}" if frame.exact is not None and value > 0 else ""
        return f"{'exact density' if frame.exact is not None else 'density'} {value:.3g}{log}{within}"


def _name(picture: Picture) -> str:
    """Return what the density is one of."""
    if picture.style.density == "particles":
        return "density"
    if picture.frame.exact is not None:
        return "exact density"
    return ("density of particles, a blend has no exact one" if picture.frame.is_blend
            else "density of particles until the exact one is known")


def _words_of_exact(picture: Picture) -> str:
    """Return what there is to know about the exact density: what it sums up to, and how it was smoothed."""
    exact, t = picture.frame.exact, picture.frame.t
    if exact is None or t is None:
        return ""
    smoothed = f", source smoothed by {exact.smoothing:.2g}" if exact.smoothing > 0 else ""
    coming = "" if exact.done == 1 else ", being refined"
    return f", integral {exact.integral(t):.3f}{smoothed}{coming}"


def _contour(picture: Picture, share: np.ndarray, level: float) -> np.ndarray:
    """Return the pieces (M, 4) of the lines at a level of the density's share of its limit, px.

    For shapes they are in the order of the lines, of which each becomes one; for pixels that takes too long.
    """
    box, (rows, columns) = picture.frame.covered, share.shape
    cell = np.array([2 * box.half_x / columns, 2 * box.half_y / rows])
    if picture.is_vector:
        lines = contour_lines(share, level)
        pieces = np.concatenate([np.zeros((0, 4)), *(np.hstack([line[:-1], line[1:]]) for line in lines)])
    else:
        pieces = contour_pieces(share, level)
    ends = picture.mapping.to_pixels((pieces.reshape(-1, 2) + 0.5) * cell + (box.left, box.bottom))
    return np.asarray(ends).reshape(-1, 4)


def _ink(theme: Theme, share: float) -> str:
    """Return the colour of a contour: of the theme's text and pane, what is seen best on the map at its level."""
    table = density_table(theme, LEVELS)
    place = min(1.0, share) ** _POWER
    ground = table[round(place * (LEVELS - 1))] if place >= _FADE else None
    return theme.text if ground is None else most_seen(ground, (theme.text, theme.pane))


def _pixels(theme: Theme, n: int, is_scale: bool = False) -> np.ndarray:
    """Return the pixels of n shares of the limit from 0 to 1, or of n places on the scale."""
    place = np.linspace(0, 1, n) if is_scale else np.linspace(0, 1, n) ** _POWER
    return premultiplied(density_table(theme, n)[np.round(place * (n - 1)).astype(int)], _opacity(place))


def _opacity(place: np.ndarray) -> np.ndarray:
    """Return the opacity at places (n,) of the scale, 0 to 1: nothing at 0, full from `_FADE` on."""
    share = np.clip(place / _FADE, 0, 1)
    return share * share * (3 - 2 * share)


class MarginalLayer(Layer):
    """The densities of x and of y alone, as curves."""

    name: ClassVar[str] = "marginals"

    def __init__(self) -> None:
        self._curves: list[tuple[QPainterPath, QPen]] = []

    def update(self, picture: Picture) -> bool:
        marginals = picture.frame.marginals
        if marginals is None:
            return False
        width = max(_THINNEST_CURVE_PX, _CURVE_SHARE * picture.side)
        lane = picture.theme.lanes[picture.frame.mark.hue]
        solid, dashed = QPen(colour(lane), width), QPen(colour(picture.theme.target), width)
        dashed.setStyle(Qt.PenStyle.CustomDashLine)
        dashed.setCapStyle(Qt.PenCapStyle.FlatCap)
        dashed.setDashPattern(DASH_PATTERN)
        self._curves = [(polyline(_curve(picture, axis, curves[axis])), pen) for axis in (0, 1)
                        for curves, pen in ((marginals.target, dashed), (marginals.points, solid))]
        return True

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for path, pen in self._curves:
            painter.strokePath(path, pen)

    @staticmethod
    def legend(picture: Picture) -> Legend:
        return Legend(marks=(Swatch("target", picture.theme.target, DASHES),))

    @staticmethod
    def value_at(picture: Picture, x: float, y: float) -> str:
        marginals, mapping = picture.frame.marginals, picture.mapping
        if marginals is None:
            return ""
        across, down = mapping.to_pixels(np.array([x, y]))
        high = _HIGH_SHARE * picture.side
        said = [(f"density of {name} {both[0]:.3g}, the target's {both[1]:.3g}") for name, axis, place, is_near in
                (("x", 0, x, down >= mapping.height - high), ("y", 1, y, across <= high))
                if is_near and (both := marginals.at(axis, place)) is not None]
        return "\n".join(said)


def _curve(picture: Picture, axis: int, values: np.ndarray) -> np.ndarray:
    """Return the points of a curve (P, 2), px: along the lower edge for x, along the left one for y."""
    marginals, mapping = picture.frame.marginals, picture.mapping
    assert marginals is not None
    length = (mapping.width, mapping.height)[axis]
    seen = (mapping.box.left, mapping.box.right) if axis == 0 else (mapping.box.top, mapping.box.bottom)
    along = np.linspace(0.0, length, 2 + int(length / _STEP_PX))
    low, high = marginals.low[axis], marginals.high[axis]
    middles = low + (high - low) * (np.arange(len(values)) + 0.5) / len(values)
    places = np.linspace(*seen, len(along))
    up = _GAP_PX + np.interp(places, middles, values, 0.0, 0.0) * (_HIGH_SHARE * picture.side / marginals.limit)
    # Along the border, where there is nothing, a line would say nothing.
    seen_at = np.flatnonzero(up > _GAP_PX + _LEAST_PX)
    first, last = (seen_at[0], seen_at[-1] + 1) if len(seen_at) else (0, 1)
    along, up = along[first:last], up[first:last]
    return np.stack([along, mapping.height - up] if axis == 0 else [up, along], axis=1)
