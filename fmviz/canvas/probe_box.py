"""The numbers of a probe, in a box where the least of the picture is. It stays in its corner while t runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from fmviz.canvas.fonts import Lettering
from fmviz.canvas.layer import Picture
from fmviz.core.cloud import FloatArray
from fmviz.core.numbers import within
from fmviz.core.probe import Probe

# Of the pane's shorter edge, and of the headings' size at least.
_TEXT_SHARE, _LEAST_TEXT_PX, _MOST_TEXT_PX, _OF_HEADINGS = 1 / 40, 10, 24, 0.75
# A smaller text is tried before a line is left out.
_SMALLER = 0.8
# In text sizes: from the pane's edge, from the box's edge, from line to line, and between two columns.
_MARGIN, _PADDING, _LINE, _GAP = 0.8, 0.6, 1.35, 0.7
# No box takes a larger share of the pane's width and height, but for the last one of a small pane.
_MOST_WIDE, _MOST_HIGH = 0.75, 0.45
# A corner in which the probe is, or comes nearer to than so many text sizes, is worse than one full of dots.
_NEAR, _WORST = 3.0, 1e6
_FEW = 4_000
_LEAST_DENSITY = 1e-9
_PER_AREA, _NO_SOURCE_DENSITY = " per unit\u00b2", "not known: the source is one point"
_WIDEST_WORD, _WIDEST_PLACE, _WIDEST_SPEED = "learned", "(\u221288.88, \u221288.88)", "speed 88.88"
# What is left out first where there is little room.
_LESS_IMPORTANT = ("", "at", "density", "log p")


@dataclass(frozen=True)
class Line:
    """One line of the box: what it is about, "learned" or "exact" for an arrow's; its value, and a speed."""

    word: str
    value: str
    speed: str = ""


@dataclass(frozen=True, eq=False)
class Box:
    """What is written where, px: the columns of values and speeds begin so far from the left edge."""

    rect: QRectF
    lines: tuple[Line, ...]
    text_px: int
    values: float
    speeds: float

    def baseline(self, line: int) -> float:
        """Return on which height a line is written."""
        return self.rect.top() + (_PADDING + (line + 0.75) * _LINE) * self.text_px


def lines_of(probe: Probe) -> tuple[Line, ...]:
    """Return what is said of a probe; the velocity of the exact field itself is said once."""
    exactly = "" if probe.exact_density is None or not probe.is_of_place else (
        f", exactly {_density(probe.exact_density)}")
    density = Line("density", f"{_density(probe.density)}{exactly}{_PER_AREA}")
    at = Line("at", _pair(probe.place), f"t = {_number(probe.t)}" if probe.is_fixed else "")
    log_p = Line("log p", _NO_SOURCE_DENSITY if probe.has_no_likelihood else "\u2026" if probe.log_p is None
                 else f"{_number(probe.log_p)} nats")
    if probe.exact is not None and not probe.is_of_place:
        exact = Line("exact", "\u2026")
    elif probe.exact is not None:
        exact = _velocity("exact", probe.exact)
    else:
        exact = Line("exact", probe.unknown or "\u2026")
    velocities = [_velocity("learned", probe.velocity), exact]
    if probe.is_exact:
        velocities = [exact if probe.unknown else _velocity("exact", probe.velocity)]
    return at, *velocities, *((Line("", probe.note),) if probe.note else ()), density, log_p


def text_px(picture: Picture) -> int:
    """Return the size of the text of the box and of the name."""
    return int(max(within(picture.side * _TEXT_SHARE, _LEAST_TEXT_PX, _MOST_TEXT_PX),
                   round(_OF_HEADINGS * picture.text_px)))


def box_of(picture: Picture) -> Box | None:
    """Return the box; None if there is no probe, or the pane has not even room for its velocities.

    Where all does not fit, it is written a little smaller, then lines are left out, in the end all but the speeds.
    """
    probe = picture.frame.probe
    if probe is None or not picture.shows("probe"):
        return None
    usual, mapping = text_px(picture), picture.mapping
    lines = lines_of(probe)
    choices = [tuple(line for line in lines if line.word not in _LESS_IMPORTANT[:count])
               for count in range(len(_LESS_IMPORTANT) + 1)]
    choices.append(tuple(Line(line.word, line.speed or line.value) for line in choices[-1]))
    sizes = usual, max(_LEAST_TEXT_PX, round(_SMALLER * usual))
    boxes = (_laid_out(picture, some, size) for some in choices for size in sizes)
    last = _laid_out(picture, choices[-1], _LEAST_TEXT_PX)
    box = next((box for box in boxes if box.rect.width() <= _MOST_WIDE * mapping.width
                and box.rect.height() <= _MOST_HIGH * mapping.height), last)
    size, margin = box.rect.size(), _MARGIN * box.text_px
    right, bottom = mapping.width - margin - size.width(), mapping.height - margin - size.height()
    if right < margin or bottom < margin:
        return None
    rects = [QRectF(QPointF(x, y), size) for y in (margin + picture.head_px, bottom)
             for x in (right, margin)]
    dots = mapping.to_pixels(_standing(picture))
    here = mapping.to_pixels(np.array([probe.place]))
    costs = [_inside(dots, rect, 0.0) + _WORST * _inside(here, rect, _NEAR * box.text_px) for rect in rects]
    return replace(box, rect=rects[int(np.argmin(costs))])


def rect_of(picture: Picture) -> QRectF | None:
    """Return where the box is in the pane, px; None if there is none."""
    box = box_of(picture)
    return None if box is None else box.rect


def _laid_out(picture: Picture, lines: Sequence[Line], size: int) -> Box:
    """Return a box in the pane's corner that holds some lines."""
    lettering = Lettering(picture.is_vector)
    values = (_PADDING + _GAP) * size + lettering.width(_WIDEST_WORD, size)
    speeds = values + lettering.width(_WIDEST_PLACE, size) + _GAP * size
    wide = [values + lettering.width(line.value, size) for line in lines if not line.speed]
    if any(line.speed for line in lines):
        wide.append(speeds + lettering.width(_WIDEST_SPEED, size))
    rect = QRectF(0.0, 0.0, max(wide) + _PADDING * size, (len(lines) * _LINE + 2 * _PADDING) * size)
    return Box(rect, tuple(lines), size, values, speeds)


def _standing(picture: Picture) -> FloatArray:
    """Return places of what stands still, (N, 2), world units."""
    frame = picture.frame
    parts = [np.asarray(frame.source), np.asarray(frame.target)]
    if frame.paths is not None:
        parts.append(frame.paths.x.reshape(-1, 2))
    places = np.concatenate(parts)
    return places[:: -(-len(places) // _FEW) or 1]


def _inside(xy: FloatArray, box: QRectF, beyond: float) -> int:
    low, high = (box.left() - beyond, box.top() - beyond), (box.right() + beyond, box.bottom() + beyond)
    return int(((xy >= low) & (xy <= high)).all(axis=1).sum())


def _velocity(word: str, velocity: FloatArray) -> Line:
    return Line(word, _pair(velocity), f"speed {_number(math.hypot(*velocity))}")


def _pair(xy: FloatArray | tuple[float, float]) -> str:
    return f"({_number(float(xy[0]))}, {_number(float(xy[1]))})"


def _density(value: float) -> str:
    return f"{value:.3g}" if value > _LEAST_DENSITY else "0"


def _number(value: float) -> str:
    """Return a number with two decimals while it is of the size of most pictures."""
    text = f"{value:.2f}" if 0.005 <= abs(value) < 100 or value == 0 else f"{value:.3g}"
    return text.replace("-", "\u2212")
