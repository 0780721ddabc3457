"""The numbers of a probe, in a box where the least of the picture is. It stays in its corner while t runs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF

from fmviz.canvas.fonts import Lettering
from fmviz.canvas.layer import Picture
from fmviz.core.cloud import FloatArray
from fmviz.core.numbers import within
from fmviz.core.probe import Probe

# Of the pane's shorter edge.
_TEXT_SHARE, _LEAST_TEXT_PX, _MOST_TEXT_PX = 1 / 40, 10, 24
# In text sizes: from the pane's edge, from the box's edge, from line to line, and between two columns.
_MARGIN, _PADDING, _LINE, _GAP = 0.8, 0.6, 1.35, 0.7
# No box takes a larger share of the pane's width and height; a smaller pane has none.
_MOST_WIDE, _MOST_HIGH = 0.75, 0.45
# A corner in which the probe is, or comes nearer to than so many text sizes, is worse than one full of dots.
_NEAR, _WORST = 3.0, 1e6
_FEW = 4_000
_LEAST_DENSITY = 1e-9
_PER_AREA, _NO_SOURCE_DENSITY = " per unit\u00b2", "not known: the source is one point"
_WIDEST_WORD, _WIDEST_PLACE, _WIDEST_SPEED = "learned", "(\u221288.88, \u221288.88)", "speed 88.88"


@dataclass(frozen=True)
class Line:
    """One line of the box: what it is about, "learned" or "exact" for an arrow's; its value, and a speed."""

    word: str
    value: str
    speed: str = ""


def lines_of(probe: Probe) -> tuple[Line, ...]:
    """Return what is said of a probe."""
    exactly = "" if probe.exact_density is None or not probe.is_of_place else (
        f", exactly {_density(probe.exact_density)}")
    density = Line("density", f"{_density(probe.density)}{exactly}{_PER_AREA}")
    at = Line("at", _pair(probe.place), f"t = {_number(probe.t)}" if probe.is_fixed else "")
    log_p = Line("log p", _NO_SOURCE_DENSITY if probe.has_no_likelihood else "\u2026" if probe.log_p is None
                 else f"{_number(probe.log_p)} nats")
    learned = Line("learned", _pair(probe.velocity), f"speed {_number(math.hypot(*probe.velocity))}")
    if probe.exact is None:
        exact = Line("exact", probe.unknown or "\u2026")
    elif probe.is_of_place:
        exact = Line("exact", _pair(probe.exact), f"speed {_number(math.hypot(*probe.exact))}")
    else:
        exact = Line("exact", "\u2026")
    return at, learned, exact, *((Line("", probe.note),) if probe.note else ()), density, log_p


def text_px(picture: Picture) -> int:
    """Return the size of the box's text."""
    return int(within(picture.side * _TEXT_SHARE, _LEAST_TEXT_PX, _MOST_TEXT_PX))


def columns_px(picture: Picture) -> tuple[float, float]:
    """Return where in the box values and speeds begin."""
    size, lettering = text_px(picture), Lettering(picture.is_vector)
    first = (_PADDING + _GAP) * size + lettering.width(_WIDEST_WORD, size)
    return first, first + lettering.width(_WIDEST_PLACE, size) + _GAP * size


def baseline_px(picture: Picture, line: int) -> float:
    """Return how far below the box's top edge a line is written."""
    return (_PADDING + (line + 0.75) * _LINE) * text_px(picture)


def box_of(picture: Picture) -> QRectF | None:
    """Return where the box is in the pane, px; None if there is no probe or no room."""
    probe = picture.frame.probe
    if probe is None or not picture.shows("probe"):
        return None
    mapping, size, lettering = picture.mapping, text_px(picture), Lettering(picture.is_vector)
    width = columns_px(picture)[1] + lettering.width(_WIDEST_SPEED, size) + _PADDING * size
    lines = lines_of(probe)
    values = max(lettering.width(line.value, size) for line in lines if not line.speed)
    width = max(width, columns_px(picture)[0] + values + _PADDING * size)
    height = (len(lines) * _LINE + 2 * _PADDING) * size
    if width > _MOST_WIDE * mapping.width or height > _MOST_HIGH * mapping.height:
        return None
    margin = _MARGIN * size
    right, bottom = mapping.width - margin - width, mapping.height - margin - height
    boxes = [QRectF(x, y, width, height) for y in (margin, bottom) for x in (right, margin)]
    dots = mapping.to_pixels(_standing(picture))
    here = mapping.to_pixels(np.array([probe.place]))
    costs = [_inside(dots, box, 0.0) + _WORST * _inside(here, box, _NEAR * size) for box in boxes]
    return boxes[int(np.argmin(costs))]


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


def _pair(xy: FloatArray | tuple[float, float]) -> str:
    return f"({_number(float(xy[0]))}, {_number(float(xy[1]))})"


def _density(value: float) -> str:
    return f"{value:.3g}" if value > _LEAST_DENSITY else "0"


def _number(value: float) -> str:
    """Return a number with two decimals while it is of the size of most pictures."""
    text = f"{value:.2f}" if 0.005 <= abs(value) < 100 or value == 0 else f"{value:.3g}"
    return text.replace("-", "\u2212")
