"""The row under the panes: what the dots mean on the left, the colour bars on the right."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QConicalGradient, QImage, QPainter, QPainterPath, QPen

from fmviz.canvas.colours import colour, density_table, origin_table, premultiplied, speed_table
from fmviz.canvas.fonts import stage_font, text_width
from fmviz.canvas.geometry import StageLayout
from fmviz.canvas.image_layer import DENSITY_POWER, density_opacity
from fmviz.core.frames import Limits
from fmviz.core.theme import Theme

_BAR_TEXTS = 11
_SHORTEST_BAR_TEXTS = 6


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
        dots: roles, of "source" and "target".
        has_origin: whether particles are coloured by where they started.
        layers: the visible layers, which decide the colour bars.
        limits: the ends of their scales.
    """

    dots: tuple[str, ...] = ()
    has_origin: bool = False
    layers: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)


def bars_of(legend: Legend, theme: Theme) -> tuple[ColourBar, ...]:
    """Return the scales of the visible layers."""
    bars = []
    if "density" in legend.layers:
        bars.append(ColourBar("density, 1/unit²", "density", legend.limits.density,
                              premultiplied(density_table(theme), density_opacity(np.linspace(0, 1, 256))),
                              DENSITY_POWER))
    if "magnitude" in legend.layers or "arrows" in legend.layers:
        bars.append(ColourBar("speed |u|, units per t", "speed |u|", legend.limits.speed,
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


def _ticks_with_room(bar: ColourBar, length: float, size_px: int) -> tuple[float, ...]:
    """Return the most ticks whose labels stay a figure's width apart."""
    for most in (4, 3, 2, 1):
        ticks = round_ticks(bar.limit, most)
        widest = max(text_width(f"{tick:g}", size_px) for tick in ticks)
        gaps = [(bar.place(high) - bar.place(low)) * length for low, high in pairwise(ticks)]
        if min(gaps, default=length) >= widest + size_px:
            return ticks
    return ticks[:1]


def paint_footer(painter: QPainter, layout: StageLayout, legend: Legend, theme: Theme) -> None:
    """Draw the row; what has no room is left out, the scales and the dots' names last."""
    if layout.footer is None:
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    x, y, width, _ = layout.footer
    right = float(x + width)
    legend_width = _legend_width(layout, legend.dots)
    bars = bars_of(legend, theme)
    for k, bar in enumerate(bars):
        # Each bar may use its share of what the dots' legend leaves; the first is the most important.
        room = (right - x - legend_width) / (len(bars) - k) - layout.text_px
        right = _paint_bar(painter, bar, right, y, room, layout, theme)
    left = _paint_dots(painter, float(x), y, right, layout, theme, legend.dots)
    if legend.has_origin:
        _paint_origin(painter, left, y, right, layout, theme)


def _paint_bar(painter: QPainter, bar: ColourBar, right: float, y: float, room: float, layout: StageLayout,
               theme: Theme) -> float:
    """Draw a scale whose right end is at `right`; return where the next thing may end."""
    text, small = layout.text_px, layout.small_px
    gap = round(0.6 * text)
    for label in (bar.label, bar.short_label, ""):
        taken = text_width(label, small) + gap if label else 0.0
        length = min(_BAR_TEXTS * text, room - taken)
        if length >= _SHORTEST_BAR_TEXTS * text:
            break
    else:
        return right
    height = round(0.5 * text)
    start = round(right - length - 0.5 * text)
    rect = QRectF(start, y, round(length), height)
    pixels = np.ascontiguousarray(bar.pixels)
    image = QImage(pixels.data, 256, 1, 1024, QImage.Format.Format_ARGB32_Premultiplied)
    outline = QPainterPath()
    outline.addRoundedRect(rect, height / 2, height / 2)
    painter.fillPath(outline, colour(theme.pane))
    brush = QBrush(image)
    transform = brush.transform()
    transform.translate(rect.x(), rect.y())
    transform.scale(rect.width() / 256, height)
    brush.setTransform(transform)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.fillPath(outline, brush)
    painter.strokePath(outline, QPen(colour(theme.pane_border), 1.0))
    painter.setFont(stage_font(small))
    painter.setPen(colour(theme.muted))
    baseline = y + height + round(1.15 * small)
    for tick in _ticks_with_room(bar, rect.width(), small):
        label = f"{tick:g}"
        place = rect.x() + rect.width() * bar.place(tick)
        painter.drawText(QPointF(place - text_width(label, small) / 2, baseline), label)
    if taken:
        name = bar.label if text_width(bar.label, small) + gap == taken else bar.short_label
        painter.drawText(QPointF(start - taken, y + height / 2 + 0.36 * small), name)
    return start - taken - text


def _legend_width(layout: StageLayout, dots: tuple[str, ...]) -> float:
    return sum(text_width(role, layout.small_px) + 2.2 * layout.small_px for role in dots)


def _paint_dots(painter: QPainter, left: float, y: float, right: float, layout: StageLayout, theme: Theme,
                dots: tuple[str, ...]) -> float:
    """Draw a dot and a word for each role; return where the next entry begins."""
    small = layout.small_px
    middle = y + round(0.5 * layout.text_px) / 2
    for role in dots:
        end = left + text_width(role, small) + 1.0 * small
        if end > right:
            return right
        radius = 0.30 * small
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(theme.source if role == "source" else theme.target))
        painter.drawEllipse(QPointF(left + radius, middle), radius, radius)
        _word(painter, role, left + small, middle, small, theme)
        left = end + 1.2 * small
    return left


def _paint_origin(painter: QPainter, left: float, y: float, right: float, layout: StageLayout, theme: Theme) -> None:
    """Draw the ring of origin colours."""
    small = layout.small_px
    middle = y + round(0.5 * layout.text_px) / 2
    word = "colour: where it started"
    if left + text_width(word, small) + 1.4 * small > right:
        word = "by origin"
        if left + text_width(word, small) + 1.4 * small > right:
            return
    radius = 0.42 * small
    centre = QPointF(left + radius, middle)
    gradient = QConicalGradient(centre, 0.0)
    table = origin_table(theme)
    for k, (r, g, b) in enumerate((*table, table[0])):
        gradient.setColorAt(k / len(table), colour(f"#{r:02x}{g:02x}{b:02x}"))
    ring = QPainterPath()
    ring.addEllipse(centre, radius, radius)
    ring.addEllipse(centre, 0.45 * radius, 0.45 * radius)
    painter.fillPath(ring, QBrush(gradient))
    _word(painter, word, left + 1.3 * small, middle, small, theme)


def _word(painter: QPainter, text: str, x: float, middle: float, size_px: int, theme: Theme) -> None:
    painter.setFont(stage_font(size_px))
    painter.setPen(colour(theme.muted))
    painter.drawText(QPointF(x, middle + 0.36 * size_px), text)
