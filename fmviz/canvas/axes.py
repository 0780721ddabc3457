"""Ticks around a pane: round numbers in world units, to the left and below."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from PySide6.QtGui import QPainter, QPainterPath, QPen

from fmviz.canvas.colours import colour
from fmviz.canvas.fonts import Lettering
from fmviz.canvas.geometry import Mapping, PaneBox, StageLayout
from fmviz.core.theme import Theme

# The fewest small text sizes between two numbers.
_APART_TEXTS = 3.4
_TICK_TEXTS = 0.35
_MINUS = "\N{MINUS SIGN}"
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
# Numbers outside of these are written with a power of ten.
_SMALLEST_STEP, _LARGEST = 0.01, 10_000


def axis_ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    """Return at most `most` round numbers from low to high, evenly spaced: multiples of 1, 2, 2.5 or 5 times 10^n."""
    span = high - low
    if not (math.isfinite(span) and span > 0):
        return ()
    power = 10.0 ** math.floor(math.log10(span / max(1, most)))
    for step in (factor * power * scale for scale in (1.0, 10.0) for factor in (1.0, 2.0, 2.5, 5.0)):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= most:
            return tuple(float(f"{step * k:.12g}") for k in range(first, last + 1))
    return ()


def power_of(ticks: tuple[float, ...]) -> int:
    """Return the power of ten that numbers are written as multiples of; 0 where they are short without."""
    largest = max(map(abs, ticks), default=0.0)
    step = min((b - a for a, b in pairwise(sorted(set(ticks)))), default=largest)
    is_long = largest >= _LARGEST or step < _SMALLEST_STEP
    return math.floor(math.log10(largest)) if is_long and largest > 0 else 0


def tick_label(tick: float, power: int) -> str:
    """Return how a tick is written."""
    return f"{tick / 10.0**power:.5g}".replace("-", _MINUS)


def paint_axes(painter: QPainter, box: PaneBox, mapping: Mapping, layout: StageLayout, theme: Theme,
               lettering: Lettering) -> None:
    """Draw the ticks of one pane and their numbers; a number that would stand out beyond the pane is left out."""
    if layout.axes is None:
        return
    small = layout.small_px
    extent, scale = mapping.extent, mapping.pixels_per_unit
    most = int(np.clip(box.side / (_APART_TEXTS * small), 1, 7))
    tick = max(2, round(_TICK_TEXTS * small))
    left, bottom = box.x, box.y + box.side
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    muted = colour(theme.muted)
    ticks_x, ticks_y = (axis_ticks(low, high, most) for low, high in ((extent.left, extent.right),
                                                                     (extent.bottom, extent.top)))
    power = power_of((*ticks_x, *ticks_y))
    # Half a pixel, so that a line one pixel wide is sharp.
    across = [math.floor(box.x + (value - extent.left) * scale) + 0.5 for value in ticks_x]
    along = [math.floor(box.y + (extent.top - value) * scale) + 0.5 for value in ticks_y]
    across = [min(max(x, box.x + 0.5), box.x + box.side - 0.5) for x in across]
    along = [min(max(y, box.y + 0.5), bottom - 0.5) for y in along]
    lines = QPainterPath()
    for x in across:
        lines.moveTo(x, bottom)
        lines.lineTo(x, bottom + tick)
    for y in along:
        lines.moveTo(left - tick, y)
        lines.lineTo(left, y)
    painter.strokePath(lines, QPen(muted, 1.0))
    for x, value in zip(across, ticks_x, strict=True):
        label = tick_label(value, power)
        width = lettering.width(label, small)
        if box.x - 1 <= x - width / 2 and x + width / 2 <= box.x + box.side + 1:
            lettering.write(painter, label, x - width / 2, bottom + tick + 1.05 * small, small, muted)
    for y, value in zip(along, ticks_y, strict=True):
        label = tick_label(value, power)
        width = lettering.width(label, small)
        if width <= layout.axes[0] - 1.4 * tick and box.y <= y - 0.36 * small and y + 0.36 * small <= bottom + 1:
            lettering.write(painter, label, left - 1.6 * tick - width, y + 0.36 * small, small, muted)
    if power:
        factor = f"×10{str(power).translate(_RAISED)}"
        width = lettering.width(factor, small)
        place = max(0.0, left - 0.6 * tick - width)
        lettering.write(painter, factor, place, bottom + tick + 1.05 * small, small, muted)
