"""The rows under the panes: what the marks mean on the left, the colour bars on the right; two rows where the picture
is narrow for its text. What has no room even so is counted at the end of the last row.
"""

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
    QPolygonF,
)

from fmviz.canvas.axes import axis_numbers
from fmviz.canvas.colours import ClassKey, colour, origin_table, over, plain
from fmviz.canvas.fonts import ELLIPSIS, Lettering
from fmviz.canvas.geometry import StageLayout
from fmviz.canvas.layer import CLOUD_LAYERS, Look, Picture
from fmviz.canvas.layers import LAYER_TYPES
from fmviz.canvas.legend import (
    ARROW,
    BAR,
    CROSS,
    DASH_PATTERN,
    DASHES,
    DISC,
    LINE,
    RING,
    ColourBar,
    Legend,
    Swatch,
    joined,
    ring_px,
)
from fmviz.core.layers import LAYERS
from fmviz.core.numbers import within
from fmviz.core.theme import Theme

BAR_TEXTS = 11
_SHORTEST_BAR_TEXTS = 6
_SHORTEST_TIME_TEXTS = 12
# Half of what the numbers of a scale take below it, in small text sizes.
_ALONE_TEXTS = 0.72
_GRADIENT_STOPS = 52
_CLASS_LETTERS = (20, 14, 10, 8)
# From the beginning of a mark to its word, and from the word to the next mark, in small text sizes.
_DOT_TEXTS, _DASHED_TEXTS, _GAP_TEXTS = 1.0, 2.0, 1.2
# The width of a line or of an arrow's shaft.
_LINE_TEXTS = 0.14
# A bar as a mark: its length and width, likewise.
_BAR_TEXTS, _BAR_WIDTH_TEXTS = 0.75, 0.28
# The width of a cross's lines, in halves of it: as in the pane.
_CROSS_LINE = 0.25


def legend_of(pictures: Sequence[Picture]) -> Legend:
    """Return what explains all panes, of one at least; a scale that would not hold for all of them is left out."""
    if all(picture.is_clouds_only for picture in pictures):
        return joined([LAYER_TYPES[name].legend(pictures[0]) for name in CLOUD_LAYERS], CLOUD_LAYERS)
    pictures = [picture for picture in pictures if not picture.is_clouds_only]
    legend = joined([LAYER_TYPES[name].legend(picture) for name in LAYERS for picture in pictures
                     if name in picture.style.layers], CLOUD_LAYERS)
    # Of several times none is shown.
    return legend if len({picture.frame.t for picture in pictures}) == 1 else replace(legend, t=None)


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
            if bar.is_signed:
                ticks = (*(-tick for tick in reversed(ticks[1:])), *ticks)
            labels = [("\N{MINUS SIGN}" if tick < 0 else "") + f"{abs(tick):g}" for tick in ticks]
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
class Row:
    """Where and how a row of what is explained is painted, here or in the column beside a pane."""

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
        """Of marks and words."""
        return self.y + round(0.5 * self.layout.text_px) / 2

    @property
    def small(self) -> int:
        """The size of the words, px."""
        return self.layout.small_px

    def word(self, text: str, x: float) -> None:
        small = self.small
        self.lettering.write(self.painter, text, x, self.middle + 0.36 * small, small, colour(self.theme.muted))

    def width(self, text: str) -> float:
        return self.lettering.width(text, self.layout.small_px)


def paint_footer(painter: QPainter, layout: StageLayout, legend: Legend, look: Look) -> None:
    """Draw the rows; scales and t stand in the first one."""
    if layout.footer is None:
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    x, y, width, _ = layout.footer
    has_second = layout.footer_rows > 1
    # Without scales, whose numbers stand below them, there is as much room above as below.
    row = Row(painter, layout, look, y if legend.bars or has_second else y + round(_ALONE_TEXTS * layout.small_px))
    left, right = float(x), float(x + width)
    # Each bar may use its share of what the marks leave; the first is the most important.
    named = 0.0 if has_second else sum(swatch_px(row, mark) for mark in legend.marks)
    for k, bar in enumerate(legend.bars):
        right = paint_bar(row, bar, right, (right - x - named) / (len(legend.bars) - k) - layout.text_px)
    has_time = has_time_bar(painter, layout, legend, look)
    if legend.t is not None and has_time:
        named = 0.0 if has_second else _named_px(row, legend, right - x)
        end = right - named - 2 * layout.text_px if named else right
        paint_time(row, x, end, legend.t)
        left = end + 2 * layout.text_px
    rows = [(row, left, right)]
    if has_second:
        is_full = has_time or bool(legend.bars)
        lower = round(0.5 * layout.text_px) + round(1.45 * layout.small_px) if is_full else round(1.6 * layout.small_px)
        second = (replace(row, y=y + lower), float(x), float(x + width))
        rows = [second] if is_full else [*rows, second]
    _paint_entries(rows, legend)


def _paint_entries(rows: Sequence[tuple[Row, float, float]], legend: Legend) -> None:
    """Draw what the marks, the classes' and the directions' colours mean into rows that go from left to right."""
    (row, left, right), *below = rows
    missing = 0
    for k, mark in enumerate(legend.marks):
        if left + swatch_px(row, mark) - _GAP_TEXTS * row.small > right and below:
            (row, left, right), *below = below
        if left + swatch_px(row, mark) - _GAP_TEXTS * row.small > right:
            missing += len(legend.marks) - k
            break
        left = paint_swatch(row, left, mark)
    if legend.classes != ClassKey():
        if below and _length(row, _class_swatches(row, legend.classes, _CLASS_LETTERS[0])) > right - left:
            (row, left, right), *below = below
        entries = fitting_entries(row, legend.classes, right - left)
        missing += 0 if entries else 1
        for entry in entries:
            left = paint_swatch(row, left, entry)
    if legend.ring:
        if below and left + row.width(legend.ring[0]) + 1.4 * row.small > right:
            (row, left, right), *below = below
        missing += not paint_ring(row, left, right, legend.ring)
    if missing:
        row.word(f"+{missing}", max(rows[-1][1], right - row.width(f"+{missing}")))


def has_time_bar(painter: QPainter, layout: StageLayout, legend: Legend, look: Look) -> bool:
    """Return whether t has a bar in the row, beside all that is named there: then it need not stand anywhere else."""
    if legend.t is None or layout.footer is None:
        return False
    _, y, width, _ = layout.footer
    bars = len(legend.bars) * (_SHORTEST_BAR_TEXTS + 1) * layout.text_px
    named = 0.0 if layout.footer_rows > 1 else _named_px(Row(painter, layout, look, y), legend, width)
    return width - bars - named - 2 * layout.text_px >= _SHORTEST_TIME_TEXTS * layout.text_px


def _named_px(row: Row, legend: Legend, room: float) -> float:
    """Return how long the entries of marks, classes and directions are."""
    classes = fitting_entries(row, legend.classes, room)
    named = sum(swatch_px(row, mark) for mark in legend.marks) + (_length(row, classes) if classes else 0.0)
    return named + (row.width(legend.ring[0]) + 1.5 * row.small if legend.ring else 0.0)


def paint_time(row: Row, left: float, right: float, t: float) -> None:
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


def paint_bar(row: Row, bar: ColourBar, right: float, room: float, most: float = BAR_TEXTS) -> float:
    """Draw a scale whose right end is at `right`; return where the next thing may end.

    Args:
        room: how much it may take with its name, px.
        most: how long it becomes, in sizes of the text.
    """
    painter, y = row.painter, row.y
    text, small = row.layout.text_px, row.layout.small_px
    gap = round(0.6 * text)
    for label in (bar.label, bar.short_label, ""):
        taken = row.width(label) + gap if label else 0.0
        length = min(most * text, room - taken)
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
        stop = plain(int(pixels[k])) if alpha else QColor(stop.red(), stop.green(), stop.blue(), 0)
        gradient.setColorAt(k / 255, stop)
    return QBrush(gradient)


def fitting_entries(row: Row, key: ClassKey, room: float) -> list[Swatch]:
    """Return what explains each class: shorter words where there is little room, at last fewer."""
    for longest in _CLASS_LETTERS:
        entries = _class_swatches(row, key, longest)
        if _length(row, entries) <= room:
            return entries
    for count in range(len(entries) - 1, 0, -1):
        fewer = [*entries[:count], Swatch(f"+{len(entries) - count}", row.theme.particle, DISC)]
        if _length(row, fewer) <= room:
            return fewer
    return []


def _class_swatches(row: Row, key: ClassKey, longest: int) -> list[Swatch]:
    # The words are foreign: they stay on their line.
    words = ["".join(mark if mark.isprintable() else " " for mark in name) for name in key.names]
    named = [Swatch(word, ink, DISC) for word, ink in zip(_shortened(words, longest), row.theme.classes, strict=False)]
    return [*named, Swatch("others", row.theme.particle, DISC)] if key.has_others else named


def _shortened(words: Sequence[str], longest: int) -> list[str]:
    """Return the words with at most so many letters: without their ends, or their middles where the ends differ."""
    for tail in (0, longest // 2):
        head = longest - 1 - tail
        short = [word if len(word) <= longest else word[:head] + ELLIPSIS + word[len(word) - tail:] for word in words]
        if len(set(short)) == len(set(words)):
            break
    return short


def _length(row: Row, entries: Sequence[Swatch]) -> float:
    """Return how long entries are, px."""
    return sum(swatch_px(row, entry) for entry in entries) - _GAP_TEXTS * row.small


def swatch_px(row: Row, mark: Swatch) -> float:
    """Return how long a mark, its word and the gap after it are, px."""
    return row.width(mark.word) + (_lead(mark) + _GAP_TEXTS) * row.small


def _lead(mark: Swatch) -> float:
    """Return how far it is from the beginning of a mark to its word, in small text sizes."""
    return _DASHED_TEXTS if mark.shape in (DASHES, ARROW, LINE) else _DOT_TEXTS


def paint_swatch(row: Row, left: float, mark: Swatch) -> float:
    """Draw a mark and its word; return where the next entry begins."""
    painter, small, theme = row.painter, row.small, row.theme
    ink = colour(mark.ink, mark.opacity)
    ink = ink if row.look.is_clear else over(ink, colour(theme.pane))
    radius = 0.30 * small
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if mark.shape == DASHES:
        width = _DASHED_TEXTS / (sum(DASH_PATTERN) + DASH_PATTERN[0] + 3) * small
        pen = QPen(ink, width, Qt.PenStyle.CustomDashLine, Qt.PenCapStyle.FlatCap)
        pen.setDashPattern(DASH_PATTERN)
        end = left + (sum(DASH_PATTERN) + DASH_PATTERN[0]) * width
        painter.setPen(pen)
        painter.drawLine(QPointF(left, row.middle), QPointF(end, row.middle))
    elif mark.shape in (ARROW, LINE):
        end, line = left + 0.8 * _DASHED_TEXTS * small, _LINE_TEXTS * small
        painter.setPen(QPen(ink, line, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        head = 0.5 * small if mark.shape == ARROW else 0.0
        painter.drawLine(QPointF(left, row.middle), QPointF(end - 0.6 * head, row.middle))
        if head:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ink)
            painter.drawPolygon(QPolygonF([QPointF(end, row.middle), QPointF(end - head, row.middle + 0.45 * head),
                                           QPointF(end - head, row.middle - 0.45 * head)]))
    elif mark.shape == BAR:
        painter.setPen(QPen(ink, _BAR_WIDTH_TEXTS * small, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        painter.drawLine(QPointF(left, row.middle), QPointF(left + _BAR_TEXTS * small, row.middle))
    elif mark.shape == CROSS:
        painter.setPen(QPen(ink, max(1.0, _CROSS_LINE * radius)))
        middle = QPointF(left + 0.45 * small, row.middle)
        for corner in (QPointF(radius, radius), QPointF(radius, -radius)):
            painter.drawLine(middle - corner, middle + corner)
    else:
        if mark.shape == RING:
            inner, width = ring_px(radius)
            painter.setPen(QPen(ink, width))
            radius = inner + width / 2
        else:
            painter.setBrush(ink)
        painter.drawEllipse(QPointF(left + 0.45 * small, row.middle), radius, radius)
    row.word(mark.word, left + _lead(mark) * small)
    return left + swatch_px(row, mark)


def paint_ring(row: Row, left: float, right: float, words: tuple[str, ...]) -> bool:
    """Draw the ring of the directions' colours; return whether it has room."""
    small = row.layout.small_px
    word = next((word for word in words if left + row.width(word) + 1.4 * small <= right), None)
    if word is None:
        return False
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
    return True


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
