"""The row under the panes: what the dots mean on the left, the colour bars on the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QConicalGradient,
    QImage,
    QLinearGradient,
    QPainter,
    QPainterPath,
    QPen,
)

from fmviz.canvas.colours import ClassKey, class_key, colour, density_table, origin_table, premultiplied, speed_table
from fmviz.canvas.fonts import ELLIPSIS, Lettering
from fmviz.canvas.geometry import StageLayout
from fmviz.canvas.image_layer import DENSITY_POWER, density_opacity
from fmviz.canvas.layer import CLOUD_LAYERS, Look, Picture
from fmviz.core.frames import Limits
from fmviz.core.numbers import within
from fmviz.core.theme import Theme

_BAR_TEXTS = 11
_SHORTEST_BAR_TEXTS = 6
_GRADIENT_STOPS = 52
_ORIGIN = ("colour: where it starts", "where it starts")
_RINGS = {"origin": _ORIGIN, "class": _ORIGIN, "end": ("colour: where it ends", "where it ends")}
_CLASS_LETTERS = (20, 14, 10, 8)
# They have the colours of speed.
_SPEED_LAYERS = ("magnitude", "arrows", "streamlines")


@dataclass(frozen=True, eq=False)
class ColourBar:
    """One scale from 0 to `limit`: its label and (256,) premultiplied pixels; a value's place is share^power."""

    label: str
    short_label: str
    limit: float
    pixels: np.ndarray
    power: float = 1.0

    def place(self, value: float) -> float:
        """Return where a value lies along the bar, 0 to 1."""
        return (value / self.limit) ** self.power if self.limit > 0 else 0.0


@dataclass(frozen=True)
class Legend:
    """What the row explains.

    Args:
        dots: roles, of "source" and "target", whose dots have the colour of their role.
        ring: what the colours of directions say, longest words first; empty for nothing.
        classes: the classes that have colours.
        layers: the visible layers, which decide the colour bars.
        limits: the ends of their scales.
    """

    dots: tuple[str, ...] = ()
    ring: tuple[str, ...] = ()
    classes: ClassKey = field(default_factory=ClassKey)
    layers: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)


def legend_of(pictures: Sequence[Picture]) -> Legend:
    """Return what explains all panes; a scale that would not hold for all of them is left out."""
    if not pictures:
        return Legend(dots=CLOUD_LAYERS)
    first_picture = next((picture for picture in pictures if not picture.is_clouds_only), pictures[0])
    roles = tuple(role for role in CLOUD_LAYERS if first_picture.dot_labels(role) is None)
    if first_picture.is_clouds_only:
        return Legend(dots=roles, classes=class_key(first_picture.frame) if len(roles) < 2 else ClassKey())
    layers = {name for picture in pictures for name in picture.style.layers}
    dots = tuple(role for role in CLOUD_LAYERS if (role in layers and role in roles) or "pairs" in layers)
    has_particles = "particles" in layers or "trails" in layers
    ring = _RINGS[first_picture.style.colour_by] if has_particles and first_picture.places is not None else ()
    has_classes = (has_particles and first_picture.labels is not None) or any(
        role in layers and role not in roles for role in CLOUD_LAYERS)
    classes = class_key(first_picture.frame) if has_classes else ClassKey()
    first = first_picture.limits
    if any(picture.limits != first for picture in pictures):
        first = _common_limits(pictures, layers)
    return Legend(dots, ring, classes, tuple(layers), first)


def _common_limits(pictures: Sequence[Picture], layers: set[str]) -> Limits:
    """Return the ends of the scales that are the same in all panes; takes the layers of the others out of `layers`."""
    limits = Limits()
    for name, needs in (("density", {"density"}), ("speed", set(_SPEED_LAYERS))):
        ends = {getattr(picture.limits, name) for picture in pictures if needs & set(picture.style.layers)}
        if len(ends) == 1:
            limits = replace(limits, **{name: ends.pop()})
        else:
            layers -= needs
    return limits


def bars_of(legend: Legend, theme: Theme) -> tuple[ColourBar, ...]:
    """Return the scales of the visible layers."""
    bars = []
    if "density" in legend.layers:
        bars.append(ColourBar("density, 1/unit²", "density", legend.limits.density,
                              premultiplied(density_table(theme), density_opacity(np.linspace(0, 1, 256))),
                              DENSITY_POWER))
    if {"magnitude", "arrows", "streamlines"} & set(legend.layers):
        bars.append(ColourBar("speed, units per t", "speed", legend.limits.speed,
                              premultiplied(speed_table(theme), 1.0)))
    return tuple(bars)


def round_ticks(limit: float, most: int = 4) -> tuple[float, ...]:
    """Return 0 and up to `most` more round numbers up to `limit`, evenly spaced.

    Steps are 1, 2, 2.5 or 5 times a power of ten; the smallest one that gives no more than `most` is taken.
    """
    if not (np.isfinite(limit) and limit > 0):
        return (0.0,)
    power = 10.0 ** np.floor(np.log10(limit))
    steps = [factor * power * scale for scale in (0.1, 1.0) for factor in (1.0, 2.0, 2.5, 5.0)]
    step = next((step for step in steps if limit / step * (1 + 1e-9) < most + 1), limit)
    count = int(np.floor(limit / step * (1 + 1e-9)))
    return tuple(float(f"{step * k:.12g}") for k in range(count + 1))


def _labels_with_room(bar: ColourBar, length: float, size_px: int, lettering: Lettering) -> list[tuple[str, float]]:
    """Return the most labels that stay a figure's width apart and where each begins, px from the bar's left end.

    A label stands under its value, but does not leave the bar: its ends are the panes' edges.
    """
    for most in (4, 3, 2, 1):
        ticks = round_ticks(bar.limit, most)
        labels = [f"{tick:g}" for tick in ticks]
        widths = [lettering.width(label, size_px) for label in labels]
        starts = [within(bar.place(tick) * length - width / 2, 0.0, length - width)
                  for tick, width in zip(ticks, widths, strict=True)]
        found = list(zip(labels, starts, widths, strict=True))
        if all(later >= start + width + size_px for (_, start, width), (_, later, _) in pairwise(found)):
            return [(label, start) for label, start, _ in found]
    return [(labels[0], starts[0])]


@dataclass(frozen=True)
class _Row:
    """Where and how the row is painted."""

    painter: QPainter
    layout: StageLayout
    look: Look
    y: float

    @property
    def theme(self) -> Theme:
        return self.look.theme

    @property
    def lettering(self) -> Lettering:
        return self.look.lettering

    @property
    def middle(self) -> float:
        """Of dots and words."""
        return self.y + round(0.5 * self.layout.text_px) / 2

    def word(self, text: str, x: float) -> None:
        small = self.layout.small_px
        self.lettering.write(self.painter, text, x, self.middle + 0.36 * small, small, colour(self.theme.muted))

    def width(self, text: str) -> float:
        return self.lettering.width(text, self.layout.small_px)


def paint_footer(painter: QPainter, layout: StageLayout, legend: Legend, look: Look) -> None:
    """Draw the row; what has no room is left out, the scales and the dots' names last."""
    if layout.footer is None:
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    x, y, width, _ = layout.footer
    row = _Row(painter, layout, look, y)
    right = float(x + width)
    legend_width = sum(row.width(role) + 2.2 * layout.small_px for role in legend.dots)
    bars = bars_of(legend, look.theme)
    for k, bar in enumerate(bars):
        # Each bar may use its share of what the dots' legend leaves; the first is the most important.
        room = (right - x - legend_width) / (len(bars) - k) - layout.text_px
        right = _paint_bar(row, bar, right, room)
    theme = look.theme
    left = _paint_dots(row, float(x), right, [(role, getattr(theme, role)) for role in legend.dots])
    left = _paint_dots(row, left, right, _fitting_entries(row, legend.classes, right - left))
    if legend.ring:
        _paint_ring(row, left, right, legend.ring)


def _paint_bar(row: _Row, bar: ColourBar, right: float, room: float) -> float:
    """Draw a scale whose right end is at `right`; return where the next thing may end."""
    painter, y = row.painter, row.y
    text, small = row.layout.text_px, row.layout.small_px
    gap = round(0.6 * text)
    for label in (bar.label, bar.short_label, ""):
        taken = row.width(label) + gap if label else 0.0
        length = min(_BAR_TEXTS * text, room - taken)
        if length >= _SHORTEST_BAR_TEXTS * text:
            break
    else:
        return right
    height = round(0.5 * text)
    start = round(right - length)
    rect = QRectF(start, y, right - start, height)
    outline = QPainterPath()
    outline.addRoundedRect(rect, height / 2, height / 2)
    if not row.look.is_clear:
        painter.fillPath(outline, colour(row.theme.pane))
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    # The image must outlive its brush's pixels.
    pixels = np.ascontiguousarray(bar.pixels)
    painter.fillPath(outline, _gradient(pixels, rect) if row.look.is_vector else _texture(pixels, rect))
    painter.strokePath(outline, QPen(colour(row.theme.pane_border), 1.0))
    muted = colour(row.theme.muted)
    baseline = y + height + round(1.15 * small)
    for label, place in _labels_with_room(bar, rect.width(), small, row.lettering):
        row.lettering.write(painter, label, rect.x() + place, baseline, small, muted)
    if taken:
        name = bar.label if row.width(bar.label) + gap == taken else bar.short_label
        row.word(name, start - taken)
    return start - taken - text


def _texture(pixels: np.ndarray, rect: QRectF) -> QBrush:
    brush = QBrush(QImage(pixels.data, 256, 1, 1024, QImage.Format.Format_ARGB32_Premultiplied))
    transform = brush.transform()
    transform.translate(rect.x(), rect.y())
    transform.scale(rect.width() / 256, rect.height())
    brush.setTransform(transform)
    return brush


def _gradient(pixels: np.ndarray, rect: QRectF) -> QBrush:
    """Return the same colours as a gradient, which a vector file keeps as such."""
    gradient = QLinearGradient(rect.topLeft(), rect.topRight())
    stop = QColor()
    for k in np.linspace(255, 0, _GRADIENT_STOPS).astype(int):
        alpha = int(pixels[k]) >> 24
        # What is fully transparent has lost its colour; black would shine through beside it.
        stop = _unpremultiplied(int(pixels[k])) if alpha else QColor(stop.red(), stop.green(), stop.blue(), 0)
        gradient.setColorAt(k / 255, stop)
    return QBrush(gradient)


def _unpremultiplied(pixel: int) -> QColor:
    alpha = pixel >> 24
    red, green, blue = (min(255, round((pixel >> shift & 255) * 255 / max(1, alpha))) for shift in (16, 8, 0))
    return QColor(red, green, blue, alpha)


def _fitting_entries(row: _Row, key: ClassKey, room: float) -> list[tuple[str, str]]:
    """Return the words and the colour of each class: shorter words where there is little room, at last fewer."""
    # The words are foreign: they stay on their line.
    words = ["".join(mark if mark.isprintable() else " " for mark in name) for name in key.names]
    others = [("others", row.theme.muted)] if key.has_others else []
    for longest in _CLASS_LETTERS:
        short = _shortened(words, longest)
        entries = [*zip(short, row.theme.classes, strict=False), *others]
        if _length(row, entries) <= room:
            return entries
    for count in range(len(entries) - 1, 0, -1):
        fewer = [*entries[:count], (f"+{len(entries) - count}", row.theme.muted)]
        if _length(row, fewer) <= room:
            return fewer
    return []


def _shortened(words: Sequence[str], longest: int) -> list[str]:
    """Return the words with at most so many letters: without their ends, or their middles where the ends differ."""
    for tail in (0, longest // 2):
        head = longest - 1 - tail
        short = [word if len(word) <= longest else word[:head] + ELLIPSIS + word[len(word) - tail:] for word in words]
        if len(set(short)) == len(set(words)):
            break
    return short


def _length(row: _Row, entries: Sequence[tuple[str, str]]) -> float:
    """Return how long entries are, px."""
    return sum(row.width(word) + 2.2 * row.layout.small_px for word, _ in entries) - 1.2 * row.layout.small_px


def _paint_dots(row: _Row, left: float, right: float, dots: Sequence[tuple[str, str]]) -> float:
    """Draw a dot and its word for each entry as far as there is room; return where the next entry begins."""
    small = row.layout.small_px
    for word, ink in dots:
        end = left + row.width(word) + 1.0 * small
        if end > right:
            return right
        radius = 0.30 * small
        row.painter.setPen(Qt.PenStyle.NoPen)
        row.painter.setBrush(colour(ink))
        row.painter.drawEllipse(QPointF(left + radius, row.middle), radius, radius)
        row.word(word, left + small)
        left = end + 1.2 * small
    return left


def _paint_ring(row: _Row, left: float, right: float, words: tuple[str, ...]) -> None:
    """Draw the ring of the directions' colours."""
    small = row.layout.small_px
    word = next((word for word in words if left + row.width(word) + 1.4 * small <= right), None)
    if word is None:
        return
    radius = 0.42 * small
    centre = QPointF(left + radius, row.middle)
    colours = [QColor(*map(int, stop)) for stop in origin_table(row.theme)]
    if row.look.is_vector:
        _paint_wedges(row.painter, centre, radius, colours)
    else:
        gradient = QConicalGradient(centre, 0.0)
        for k, stop in enumerate((*colours, colours[0])):
            gradient.setColorAt(k / len(colours), stop)
        ring = QPainterPath()
        ring.addEllipse(centre, radius, radius)
        ring.addEllipse(centre, 0.45 * radius, 0.45 * radius)
        row.painter.fillPath(ring, QBrush(gradient))
    row.word(word, left + 1.3 * small)


def _paint_wedges(painter: QPainter, centre: QPointF, radius: float, colours: list[QColor]) -> None:
    """Draw the ring as arcs: vector files have no gradient around a point."""
    middle = 0.725 * radius
    rect = QRectF(centre.x() - middle, centre.y() - middle, 2 * middle, 2 * middle)
    turn = 360 / len(colours)
    for k, stop in enumerate(colours):
        arc = QPainterPath()
        arc.arcMoveTo(rect, (k - 0.5) * turn)
        # A little longer, so that no ground shines through between two.
        arc.arcTo(rect, (k - 0.5) * turn, 1.15 * turn)
        painter.strokePath(arc, QPen(stop, 0.55 * radius, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
