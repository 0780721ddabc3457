"""The probe: a mark at one place, the velocity there as it was learned and as it is exactly, the target points that
pull and the source points that push, the way of a particle that is there, and a box of numbers.

An arrow is as long as the velocity carries in a little t, as those on particles are. The way by the learned field is
solid, that by the exact one dashed; each begins with a ring and ends with a disc. A flow along the exact field has one
of both alone. The box stands where the least of the picture is, and stays in its corner while t runs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from fmviz.canvas.colours import colour
from fmviz.canvas.fonts import Lettering, line_reach, line_width, write_line
from fmviz.canvas.layer import Layer, Picture
from fmviz.canvas.layers.arrows import arrows_carrying
from fmviz.canvas.legend import ARROW, DASH_PATTERN, DASHES, LINE, Legend, Swatch
from fmviz.canvas.primitives import paint_ground, polyline
from fmviz.core.cloud import FloatArray
from fmviz.core.numbers import within
from fmviz.core.picking import REACH_PX, hits_probe
from fmviz.core.probe import Probe, Way
from fmviz.core.pulls import Acting

# Of the pane's shorter edge: radius of the mark, how stout its arrows are, a line of the strongest point, its dot.
_MARK_SHARE, _STOUT_SHARE, _LINE_SHARE, _DOT_SHARE = 1 / 90, 1 / 11, 1 / 480, 1 / 150
# And the line of a way; its rim is so many times as broad, its ends have such a radius, in widths of the line.
_WAY_SHARE, _WAY_RIM, _WAY_END = 1 / 220, 2.0, 1.7
# Of the text of the box, that of the name.
_NAME_SCALE = 1.25
_LEAST_MARK_PX, _LEAST_DOT_PX = 4.0, 2.0
# Opacity of the strongest point; the others' goes by the root of their share of it, so that twenty can be seen.
_STRONGEST, _WEAKEST = 0.6, 0.06
_GROUND_OPACITY = 0.88
# Of the mark's radius.
_CROSS, _RIM = 1.9, 0.45
# The text of the box, of the pane's shorter edge, and of the headings' size at least.
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


class ProbeLayer(Layer):
    """One place, and what acts there."""

    name: ClassVar[str] = "probe"

    def __init__(self) -> None:
        self._picture: Picture | None = None
        self._acts: list[tuple[QColor, bool, QPointF]] = []
        self._arrows: list[tuple[QPolygonF, QPen, QColor]] = []
        self._ways: list[tuple[QPainterPath, QPen, tuple[QPointF, QPointF]]] = []
        self._here = QPointF()
        self._now: QPointF | None = None
        self._name = ""
        self._box: Box | None = None

    def update(self, picture: Picture) -> bool:
        probe = picture.frame.probe
        if probe is None:
            return False
        self._picture, theme = picture, picture.theme
        self._here = _points(picture, np.array([probe.place]))[0]
        self._acts = [*_inked(picture, probe.source, theme.source, is_ring=True),
                      *_inked(picture, probe.target, theme.target, is_ring=False)]
        ink, plain = colour(theme.lanes[picture.frame.mark.hue]), colour(theme.text)
        width = max(1.2, picture.side / 420)
        self._arrows = []
        if probe.exact is not None and not probe.is_exact:
            self._arrows.append((_arrow(picture, probe.exact, 1.7), QPen(plain, width), colour(theme.pane, 0.6)))
        self._arrows.append((_arrow(picture, probe.velocity, 1.0), QPen(colour(theme.pane), 0.5 * width), ink))
        self._ways = []
        if probe.exact_way is not None and not probe.is_exact:
            self._ways.append(_way(picture, probe.exact_way, plain, is_dashed=True))
        if probe.way is not None:
            self._ways.append(_way(picture, probe.way, ink, is_dashed=False))
        self._now = None if probe.now is None else _points(picture, probe.now[None])[0]
        self._box, self._name = box_of(picture), probe.name
        return True

    def paint(self, painter: QPainter) -> None:
        picture = self._picture
        if picture is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_acts(painter, picture)
        self._paint_ways(painter, picture)
        for outline, pen, brush in self._arrows:
            painter.setPen(pen)
            painter.setBrush(brush)
            painter.drawPolygon(outline)
        self._paint_mark(painter, picture)
        if self._name:
            self._paint_name(painter, picture)
        if self._box is not None:
            self._paint_box(painter, picture, self._box)

    def _paint_acts(self, painter: QPainter, picture: Picture) -> None:
        width, radius = max(1.2, picture.side * _LINE_SHARE), max(_LEAST_DOT_PX, picture.side * _DOT_SHARE)
        for ink, _, end in self._acts:
            painter.setPen(QPen(ink, width))
            painter.drawLine(QLineF(self._here, end))
        for ink, is_ring, end in self._acts:
            painter.setPen(QPen(ink, 0.5 * radius) if is_ring else Qt.PenStyle.NoPen)
            painter.setBrush(Qt.BrushStyle.NoBrush if is_ring else ink)
            painter.drawEllipse(end, radius, radius)

    def _paint_ways(self, painter: QPainter, picture: Picture) -> None:
        rim = colour(picture.theme.pane)
        for way, pen, _ in self._ways:
            painter.strokePath(way, QPen(rim, _WAY_RIM * pen.widthF()))
        for way, pen, (begin, end) in self._ways:
            painter.strokePath(way, pen)
            radius = _WAY_END * pen.widthF()
            painter.setPen(QPen(pen.color(), pen.widthF()))
            for place, brush in ((begin, rim), (end, pen.color())):
                painter.setBrush(brush)
                painter.drawEllipse(place, radius, radius)
        if self._now is not None:
            radius = 1.6 * _WAY_END * self._ways[-1][1].widthF()
            painter.setPen(QPen(rim, 0.3 * radius))
            painter.setBrush(self._ways[-1][1].color())
            painter.drawEllipse(self._now, radius, radius)

    def _paint_name(self, painter: QPainter, picture: Picture) -> None:
        """Write the name beside the mark, within the pane, away from where the arrows point."""
        lettering, size = Lettering(picture.is_vector), round(_NAME_SCALE * text_px(picture))
        width, (above, below) = line_width(self._name, size, lettering), line_reach(self._name, size)
        gap, mapping = 2.5 * max(_LEAST_MARK_PX, picture.side * _MARK_SHARE), picture.mapping
        probe = picture.frame.probe
        is_left = probe is not None and probe.velocity[0] > 0
        x = self._here.x() - gap - width if is_left else self._here.x() + gap
        x = min(max(x, 0.3 * size), mapping.width - width - 0.3 * size)
        y = min(max(self._here.y() + 0.36 * size, above + 0.3 * size), mapping.height - below - 0.3 * size)
        ground = QRectF(x - 0.3 * size, y - above - 0.1 * size, width + 0.6 * size, above + below + 0.2 * size)
        paint_ground(painter, ground, picture.theme.pane, _GROUND_OPACITY, 0.3 * size)
        write_line(painter, self._name, x, y, size, colour(picture.theme.text), lettering)

    def _paint_mark(self, painter: QPainter, picture: Picture) -> None:
        radius = max(_LEAST_MARK_PX, picture.side * _MARK_SHARE)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for ink, line in ((picture.theme.pane, 2 * _RIM * radius), (picture.theme.text, _RIM * radius)):
            painter.setPen(QPen(colour(ink), line))
            painter.drawEllipse(self._here, radius, radius)
            for along in (QPointF(1, 0), QPointF(0, 1), QPointF(-1, 0), QPointF(0, -1)):
                painter.drawLine(QLineF(self._here + along * radius, self._here + along * _CROSS * radius))

    @staticmethod
    def _paint_box(painter: QPainter, picture: Picture, box: Box) -> None:
        theme, size, lettering, left = picture.theme, box.text_px, Lettering(picture.is_vector), box.rect.left()
        painter.setPen(QPen(colour(theme.pane_border), 1.0))
        painter.setBrush(colour(theme.pane, _GROUND_OPACITY))
        painter.drawRoundedRect(box.rect, 0.4 * size, 0.4 * size)
        own, probe = theme.lanes[picture.frame.mark.hue], picture.frame.probe
        inks = {"learned": own, "exact": own if probe is not None and probe.is_exact else theme.text}
        for row, line in enumerate(box.lines):
            y, ink = box.baseline(row), colour(theme.text)
            lettering.write(painter, line.word, left + 0.6 * size, y, size,
                            colour(inks.get(line.word, theme.muted)), line.word in inks)
            lettering.write(painter, line.value, left + box.values, y, size, ink)
            if line.speed:
                lettering.write(painter, line.speed, left + box.speeds, y, size, colour(theme.muted))

    @staticmethod
    def legend(picture: Picture) -> Legend:
        probe = picture.frame.probe
        if probe is None:
            return Legend()
        own = picture.theme.lanes[picture.frame.mark.hue]
        # Also at a time at which nothing comes there: a legend that changes with t would move the film's bar.
        shows_exact = not probe.is_exact and (probe.exact is not None or bool(probe.note))
        marks = []
        if probe.way is not None:
            marks = [Swatch("exact way", picture.theme.text, DASHES)] if shows_exact else []
            marks.append(Swatch("exact way" if probe.is_exact else "learned way", own, LINE))
        if shows_exact:
            marks.append(Swatch("exact velocity", picture.theme.text, ARROW))
        return Legend(marks=tuple(marks))

    @staticmethod
    def value_at(picture: Picture, x: float, y: float) -> str:
        probe = picture.frame.probe
        if probe is None or not hits_probe(picture.frame, (x, y), REACH_PX / picture.mapping.pixels_per_unit):
            return ""
        note = f" ({probe.note})" if probe.note else ""
        if probe.is_exact:
            return f"probe: speed {math.hypot(*probe.velocity):.3g}{note}; drag it, or press Delete"
        said = [f"probe: speed {math.hypot(*probe.velocity):.3g}"]
        if probe.exact is not None and probe.is_of_place:
            said.append(f"exactly {math.hypot(*probe.exact):.3g}{note}")
        elif probe.unknown:
            said.append(f"the exact one: {probe.unknown}")
        return ", ".join(said) + "; drag it, or press Delete"


def _points(picture: Picture, xy: FloatArray) -> list[QPointF]:
    return [QPointF(x, y) for x, y in picture.mapping.to_pixels(xy).tolist()]


def _way(picture: Picture, way: Way, ink: QColor, is_dashed: bool) -> tuple[QPainterPath, QPen,
                                                                             tuple[QPointF, QPointF]]:
    """Return a way's line, its pen and its ends."""
    width = max(1.5, picture.side * _WAY_SHARE)
    pen = QPen(ink, width, Qt.PenStyle.CustomDashLine if is_dashed else Qt.PenStyle.SolidLine,
               Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.RoundJoin)
    if is_dashed:
        pen.setDashPattern(DASH_PATTERN)
    ends = _points(picture, way.x[[0, -1]])
    return polyline(picture.mapping.to_pixels(way.x)), pen, (ends[0], ends[1])


def _inked(picture: Picture, acts: Acting, ink: str, is_ring: bool) -> list[tuple[QColor, bool, QPointF]]:
    """Return the points that act, the weakest first, as strong as they act."""
    if not len(acts.weights):
        return []
    shares = np.sqrt(acts.weights / acts.weights[0])
    opacity = (_WEAKEST + (_STRONGEST - _WEAKEST) * shares).tolist()
    return [(colour(ink, alpha), is_ring, end) for alpha, end in
            zip(opacity, _points(picture, acts.places), strict=True)][::-1]


def _arrow(picture: Picture, velocity: FloatArray, stoutness: float) -> QPolygonF:
    """Return an arrow from the probe to where a velocity carries it in the style's dt."""
    probe = picture.frame.probe
    assert probe is not None
    outline = arrows_carrying(picture, np.array([probe.place]), velocity, stoutness * picture.side * _STOUT_SHARE)[0]
    return QPolygonF([QPointF(x, y) for x, y in outline.tolist()])


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
