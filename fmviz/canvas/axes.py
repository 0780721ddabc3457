"""Ticks around a pane: round numbers in world units, to the left and below.

Numbers are exact and short wherever the picture lies and whatever its unit: what all of an axis share, a power of ten
or a far offset, is written once, in the pane's corner at the axis' end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from functools import lru_cache

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPainterPath, QPen

from fmviz.canvas.colours import colour
from fmviz.canvas.fonts import Lettering
from fmviz.canvas.geometry import Mapping, PaneBox, StageLayout
from fmviz.canvas.primitives import paint_ground
from fmviz.core.numbers import within
from fmviz.core.theme import Theme

_MOST_TICKS = 7
# The fewest small text sizes between two numbers.
_APART_TEXTS = 3.4
_TICK_TEXTS = 0.35
_X, _Y = "x", "y"
# Between a name and the nearest number.
_NAME_GAP_TEXTS = 0.5
_MINUS = "\N{MINUS SIGN}"
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
# Steps are these times a power of ten.
_STEPS = (Decimal("1"), Decimal("2"), Decimal("2.5"), Decimal("5"))
# A tick that rounding has put just outside is still one.
_SLACK = Decimal("1e-9")
# More digits than a float64 near 1e13 and a step of 1e-18 can need together.
_EXACT = Context(prec=60)
# The longest number in figures, a point being half a figure, and the longest offset that is written in full.
_MOST_FIGURES, _LONGEST_OFFSET = 4.5, 8
# The ground of a common offset, which lies on the picture.
_NOTE_OPACITY = 0.75


@dataclass(frozen=True)
class AxisNumbers:
    """The ticks of one axis, world units, their numbers, and what all of these share: tick = number x 10^p + offset."""

    ticks: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()
    note: str = ""


@lru_cache(maxsize=64)
def axis_numbers(low: float, high: float, most: int) -> AxisNumbers:
    """Return at most `most` round numbers from low to high, evenly spaced: multiples of 1, 2, 2.5 or 5 times 10^n."""
    if not (math.isfinite(low) and math.isfinite(high) and high > low):
        return AxisNumbers()
    values = _round_values(Decimal(low), Decimal(high), max(1, most))
    labels, note = _written(values, Decimal(low), Decimal(high))
    return AxisNumbers(tuple(map(float, values)), labels, note)


def paint_axes(painter: QPainter, box: PaneBox, mapping: Mapping, layout: StageLayout, theme: Theme,
               lettering: Lettering) -> None:
    """Draw the ticks of one pane, their numbers and the axes' names, x at the right end and y at the upper one.

    A tick whose number would stand out beyond the pane is left out, a number that would touch a name too.
    """
    if layout.axes is None:
        return
    small = layout.small_px
    seen, scale = mapping.box, mapping.pixels_per_unit
    # As many along the shorter edge as there is room for, and as close along the longer one.
    most_x, most_y = (within(int(edge / (_APART_TEXTS * small)), 1, round(_MOST_TICKS * edge / mapping.side))
                      for edge in (box.width, box.height))
    tick = max(2, round(_TICK_TEXTS * small))
    left, right, bottom = box.x, box.right, box.bottom
    muted = colour(theme.muted)
    across, along = axis_numbers(seen.left, seen.right, most_x), axis_numbers(seen.bottom, seen.top, most_y)
    x_name = right - lettering.width(_X, small)
    beside = left - 1.6 * tick
    lettering.write(painter, _X, x_name, bottom + tick + 1.05 * small, small, muted)
    lettering.write(painter, _Y, beside - lettering.width(_Y, small), box.y + 0.72 * small, small, muted)
    lines = QPainterPath()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for value, label in zip(across.ticks, across.labels, strict=True):
        x, width = _sharp(left + (value - seen.left) * scale, left, right), lettering.width(label, small)
        if left - layout.axes[0] / 2 <= x - width / 2 and x + width / 2 <= right + small / 2:
            lines.moveTo(x, bottom)
            lines.lineTo(x, bottom + tick)
            if x + width / 2 + _NAME_GAP_TEXTS * small > x_name:
                continue
            lettering.write(painter, label, x - width / 2, bottom + tick + 1.05 * small, small, muted)
    for value, label in zip(along.ticks, along.labels, strict=True):
        y, width = _sharp(box.y + (seen.top - value) * scale, box.y, bottom), lettering.width(label, small)
        if box.y <= y - 0.36 * small and y + 0.36 * small <= bottom + 1:
            lines.moveTo(left - tick, y)
            lines.lineTo(left, y)
            if y - 0.36 * small < box.y + (0.72 + _NAME_GAP_TEXTS) * small:
                continue
            lettering.write(painter, label, beside - width, y + 0.36 * small, small, muted)
    painter.strokePath(lines, QPen(muted, 1.0))
    _paint_note(painter, across.note, right, bottom, True, small, theme, lettering)
    _paint_note(painter, along.note, left, box.y, False, small, theme, lettering)


def _paint_note(painter: QPainter, note: str, x: float, y: float, is_at_the_right: bool, small: int, theme: Theme,
                lettering: Lettering) -> None:
    """Write what an axis' numbers share into the corner (x, y) of the pane: the lower right or the upper left one."""
    if not note:
        return
    width, height, edge = lettering.width(note, small) + 0.9 * small, 1.5 * small, 0.4 * small
    ground = QRectF(x - edge - width, y - edge - height, width, height) if is_at_the_right else \
        QRectF(x + edge, y + edge, width, height)
    paint_ground(painter, ground, theme.pane, _NOTE_OPACITY, 0.3 * small)
    lettering.write(painter, note, ground.x() + 0.45 * small, ground.bottom() - 0.4 * small, small, colour(theme.muted))


def _sharp(place: float, low: float, high: float) -> float:
    """Return where a line one pixel wide is sharp, half a pixel inside."""
    return within(math.floor(place) + 0.5, low + 0.5, high - 0.5)


def _round_values(low: Decimal, high: Decimal, most: int) -> list[Decimal]:
    """Return the multiples from low to high of the smallest round step that gives no more than `most`."""
    power = _EXACT.divide(_EXACT.subtract(high, low), Decimal(most)).adjusted()
    steps = [factor.scaleb(power + further) for further in (0, 1, 2) for factor in _STEPS]
    for step in steps:
        first = int((_EXACT.divide(low, step) - _SLACK).to_integral_value(ROUND_CEILING))
        last = int((_EXACT.divide(high, step) + _SLACK).to_integral_value(ROUND_FLOOR))
        if last - first + 1 <= most:
            return [_EXACT.multiply(step, Decimal(k)) for k in range(first, last + 1)]
    return []


def _written(values: Sequence[Decimal], low: Decimal, high: Decimal) -> tuple[tuple[str, ...], str]:
    """Return a short way to write all of the numbers, and what they share: an offset only where it must be."""
    unit = Decimal(1).scaleb(_EXACT.subtract(high, low).adjusted() + 1)
    below = _EXACT.divide(low, unit).to_integral_value(ROUND_FLOOR)
    offsets = [_EXACT.multiply(unit, multiple) for multiple in (below, below + 1)]
    plain = _less(values, Decimal(0))
    far = [way for offset in offsets if offset <= high and (way := _less(values, offset)) is not None]
    if plain is not None or not far:
        return plain or (tuple(map(_plain, values)), "")
    return min(far, key=lambda way: len(way[1]) + sum(len(label) + label.count(_MINUS) for label in way[0]))


def _less(values: Sequence[Decimal], offset: Decimal) -> tuple[tuple[str, ...], str] | None:
    """Return the numbers less an offset, and what they then share; None if they are long even so."""
    rest = [_EXACT.subtract(value, offset) for value in values]
    largest = max((value.adjusted() for value in rest if value), default=0)
    for power in (0, largest):
        labels = tuple(_plain(value.scaleb(-power)) for value in rest)
        if max(map(_figures, labels), default=0.0) <= _MOST_FIGURES:
            return labels, " ".join(filter(None, (_power(power), _offset(offset))))
    return None


def _plain(value: Decimal) -> str:
    return f"{value.normalize(_EXACT) + 0:f}".replace("-", _MINUS)


def _figures(label: str) -> float:
    return len(label) - 0.5 * label.count(".")


def _power(power: int) -> str:
    return f"×10{str(power).translate(_RAISED)}" if power else ""


def _offset(offset: Decimal) -> str:
    if not offset:
        return ""
    sign = _MINUS if offset < 0 else "+"
    whole = _plain(abs(offset))
    if len(whole) <= _LONGEST_OFFSET:
        return f"{sign} {whole}"
    power = offset.adjusted()
    return f"{sign} {_plain(abs(offset).scaleb(-power))}{_power(power)}"
