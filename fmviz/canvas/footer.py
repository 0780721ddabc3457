"""The row under the panes: what the dots mean on the left, the colour bars on the right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
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

from fmviz.canvas.axes import axis_numbers
from fmviz.canvas.colours import ClassKey, colour, origin_table
from fmviz.canvas.fonts import ELLIPSIS, Lettering
from fmviz.canvas.geometry import StageLayout
from fmviz.canvas.layer import CLOUD_LAYERS, Look, Picture
from fmviz.canvas.layers import LAYER_TYPES
from fmviz.canvas.legend import ColourBar, Legend, joined
from fmviz.core.layers import LAYERS
from fmviz.core.numbers import within
from fmviz.core.theme import Theme

_BAR_TEXTS = 11
_SHORTEST_BAR_TEXTS = 6
_SHORTEST_TIME_TEXTS = 12
_GRADIENT_STOPS = 52
_CLASS_LETTERS = (20, 14, 10, 8)


def legend_of(pictures: Sequence[Picture]) -> Legend:
    """Return what explains all panes; a scale that would not hold for all of them is left out."""
    if not pictures:
        return Legend(dots=CLOUD_LAYERS)
    first = next((picture for picture in pictures if not picture.is_clouds_only), pictures[0])
    if first.is_clouds_only:
        return joined([LAYER_TYPES[name].legend(first) for name in CLOUD_LAYERS], CLOUD_LAYERS)
    drawn = {name for picture in pictures for name in picture.style.layers}
    legend = joined([LAYER_TYPES[name].legend(first) for name in LAYERS if name in drawn], CLOUD_LAYERS)
    # Scales are each pane's own; of several times none is shown.
    t = legend.t if len({picture.frame.t for picture in pictures}) == 1 else None
    return replace(legend, t=t, bars=joined([LAYER_TYPES[name].legend(picture) for picture in pictures
                                        for name in picture.style.layers], CLOUD_LAYERS).bars)


def round_ticks(limit: float, most: int = 4) -> tuple[float, ...]:
    """Return 0 and up to `most` more round numbers up to `limit`, evenly spaced."""
    return axis_numbers(0.0, limit, most + 1).ticks or (0.0,)


def _labels_with_room(bar: ColourBar, length: float, size_px: int, lettering: Lettering) -> list[tuple[str, float]]:
    """Return the most labels that stay a figure's width apart and where each begins, px from the bar's left end.

    A label stands under its value, but does not leave the bar: its ends are the panes' edges. The end of a scale beyond
    which there are values says so, in words beside at least two numbers, else by a sign.
    """
    number = f"{float(f'{bar.limit:.2g}'):g}"
    ends = ((f"at least {number}", 2), (f"\N{GREATER-THAN OR EQUAL TO} {number}", 1)) if bar.is_open else (("", 1),)
    for end, fewest in ends:
        last = length - lettering.width(end, size_px) if end else math.inf
        for most in (4, 3, 2, 1):
            ticks = round_ticks(bar.limit, most)
            labels = [f"{tick:g}" for tick in ticks]
            widths = [lettering.width(label, size_px) for label in labels]
            starts = [within(bar.place(tick) * length - width / 2, 0.0, length - width)
                      for tick, width in zip(ticks, widths, strict=True)]
            found = [(label, start, width) for label, start, width in zip(labels, starts, widths, strict=True)
                     if start + width + size_px <= last]
            if len(found) >= fewest and all(later >= start + width + size_px
                                            for (_, start, width), (_, later, _) in pairwise(found)):
                return [*((label, start) for label, start, _ in found), *([(end, last)] if end else [])]
    return [("0", 0.0)]


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
    for k, bar in enumerate(legend.bars):
        # Each bar may use its share of what the dots' legend leaves; the first is the most important.
        room = (right - x - legend_width) / (len(legend.bars) - k) - layout.text_px
        right = _paint_bar(row, bar, right, room)
    theme, left = look.theme, float(x)
    if legend.t is not None and has_time_bar(painter, layout, legend, look):
        named = _named_px(row, legend, right - x)
        end = right - named - 2 * layout.text_px if named else right
        _paint_time(row, x, end, legend.t)
        left = end + 2 * layout.text_px
    left = _paint_dots(row, left, right, [(role, getattr(theme, role)) for role in legend.dots])
    left = _paint_dots(row, left, right, _fitting_entries(row, legend.classes, right - left))
    if legend.ring:
        _paint_ring(row, left, right, legend.ring)


def has_time_bar(painter: QPainter, layout: StageLayout, legend: Legend, look: Look) -> bool:
    """Return whether t has a bar in the row, beside all that is named there: then it need not stand anywhere else."""
    if legend.t is None or layout.footer is None:
        return False
    _, y, width, _ = layout.footer
    bars = len(legend.bars) * (_SHORTEST_BAR_TEXTS + 1) * layout.text_px
    named = _named_px(_Row(painter, layout, look, y), legend, width)
    return width - bars - named - 2 * layout.text_px >= _SHORTEST_TIME_TEXTS * layout.text_px


def _named_px(row: _Row, legend: Legend, room: float) -> float:
    """Return how long the entries of dots, classes and directions are."""
    small = row.layout.small_px
    classes = _fitting_entries(row, legend.classes, room)
    named = sum(row.width(role) + 2.2 * small for role in legend.dots) + (_length(row, classes) if classes else 0.0)
    return named + (row.width(legend.ring[0]) + 1.5 * small if legend.ring else 0.0)


def _paint_time(row: _Row, left: float, right: float, t: float) -> None:
    """Draw t as a number and as a bar from 0 to 1."""
    painter, text, small = row.painter, row.layout.text_px, row.layout.small_px
    word = f"t = {t:.2f}"
    row.lettering.write(painter, word, left, row.middle + 0.36 * small, small, colour(row.theme.text))
    radius = 0.42 * text
    start = left + row.width(word) + small + radius
    groove = QRectF(start, row.middle - 0.16 * text, max(1.0, right - radius - start), 0.32 * text)
    passed = QRectF(groove.x(), groove.y(), groove.width() * t, groove.height())
    painter.setPen(Qt.PenStyle.NoPen)
    for part, ink in ((groove, row.theme.pane_border), (passed, row.theme.accent)):
        painter.setBrush(colour(ink))
        painter.drawRoundedRect(part, 0.16 * text, 0.16 * text)
    painter.drawEllipse(QPointF(passed.right(), row.middle), radius, radius)


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
