"""The shapes of annotations in pixels of a pane: under each key of `core.annotations.KINDS` one class.

A shape has lines, filled parts, a box for its words and areas by which a mouse takes hold of it. How shapes are painted
is `annotated`'s.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath, QPolygonF

from fmviz.canvas.fonts import Lettering, line_reach, line_width
from fmviz.canvas.geometry import LEAST_TEXT_PX
from fmviz.canvas.layer import Picture
from fmviz.core.annotations import Annotation
from fmviz.core.cloud import FloatArray

# In sizes of the text: width of a line, length and half width of an arrow's head, depth of a bracket, the gap between
# words and what they stand at, the ground of words around them.
_LINE, _HEAD, _HEAD_HALF, _DEPTH, _GAP = 0.13, 0.85, 0.34, 0.75, 0.35
PADDING_X, PADDING_Y = 0.35, 0.1
_LEAST_LINE_PX = 1.5
# Of the size of headings; without these of the pane's shorter edge; at most so much of that edge.
_TEXT_SHARE, _ALONE_SHARE, _MOST_SHARE = 0.95, 1 / 26, 1 / 8
# Of an arrow's length, of a bracket's: short ones have small heads.
_MOST_HEAD, _MOST_DEPTH = 0.6, 0.25


@dataclass(frozen=True)
class MarkSize:
    """How large annotations are in one pane.

    Args:
        text_px: size of words, px.
        lettering: what writes them.
    """

    text_px: int
    lettering: Lettering

    @property
    def line_px(self) -> float:
        """Width of a line."""
        return max(_LEAST_LINE_PX, _LINE * self.text_px)

    def words(self, text: str, middle: FloatArray) -> QRectF | None:
        """Return the ground of some words around their middle, None without words."""
        if not text:
            return None
        rect = QRectF(QPointF(0.0, 0.0), self._extent(text))
        rect.moveCenter(QPointF(*middle.tolist()))
        return rect

    def beside(self, text: str, at: FloatArray, direction: FloatArray) -> QRectF | None:
        """Return the ground of words that stand at a place, in a direction (of length 1) from it."""
        extent = self._extent(text)
        reach = _GAP * self.text_px + (abs(direction[0]) * extent.x() + abs(direction[1]) * extent.y()) / 2
        return self.words(text, at + reach * direction)

    def _extent(self, text: str) -> QPointF:
        width = line_width(text, self.text_px, self.lettering, is_strong=True)
        height = sum(line_reach(text, self.text_px))
        return QPointF(width + 2 * PADDING_X * self.text_px, height + 2 * PADDING_Y * self.text_px)


@dataclass(frozen=True, eq=False)
class MarkShape:
    """One annotation in pixels.

    Args:
        lines: drawn with a pen of `line_px`.
        filled: filled without a pen.
        words: the ground of its words, or None.
        line_px: width of the lines.
        grips: areas by which a mouse takes it, besides lines and words, with the places that it then moves.
        inside: of an inset the frame of what it shows, else None.
    """

    lines: QPainterPath
    filled: QPainterPath
    words: QRectF | None
    line_px: float
    grips: tuple[tuple[QRectF, tuple[int, ...]], ...] = ()
    inside: QRectF | None = None

    @property
    def bounds(self) -> QRectF:
        """What all of it takes."""
        rect = self.lines.boundingRect().united(self.filled.boundingRect())
        return rect if self.words is None else rect.united(self.words)


class Mark(ABC):
    """What one kind of annotation looks like."""

    @staticmethod
    @abstractmethod
    def shape(annotation: Annotation, at: FloatArray, size: MarkSize) -> MarkShape:
        """Return its shape; `at` (N, 2) are its places in pixels."""


class ArrowMark(Mark):
    """A line with a head; its words stand at the tail."""

    @staticmethod
    def shape(annotation: Annotation, at: FloatArray, size: MarkSize) -> MarkShape:
        tail, tip = at
        direction, length = _direction(tail, tip)
        head = min(_HEAD * size.text_px, _MOST_HEAD * length)
        wing = head * _HEAD_HALF / _HEAD * np.array([-direction[1], direction[0]])
        base = tip - head * direction
        # The line ends within the head, so that its end does not show.
        lines = _path(tail, tip - 0.5 * head * direction)
        return MarkShape(lines, _polygon(tip, base + wing, base - wing),
                         size.beside(annotation.text, tail, -direction), size.line_px)


class TextMark(Mark):
    """Words alone."""

    @staticmethod
    def shape(annotation: Annotation, at: FloatArray, size: MarkSize) -> MarkShape:
        return MarkShape(QPainterPath(), QPainterPath(), size.words(annotation.text, at[0]), size.line_px)


class RingMark(Mark):
    """An ellipse within its frame; its words stand above."""

    @staticmethod
    def shape(annotation: Annotation, at: FloatArray, size: MarkSize) -> MarkShape:
        frame = rect_of(at[0], at[1])
        lines = QPainterPath()
        lines.addEllipse(frame)
        top = np.array([frame.center().x(), frame.top()])
        return MarkShape(lines, QPainterPath(), size.beside(annotation.text, top, np.array([0.0, -1.0])), size.line_px)


class BracketMark(Mark):
    """A curly bracket from one end to the other, open to the right of that way; its words stand at the point."""

    @staticmethod
    def shape(annotation: Annotation, at: FloatArray, size: MarkSize) -> MarkShape:
        start, end = at
        along, length = _direction(start, end)
        # Pixels count downwards: to the left of the way.
        away = np.array([along[1], -along[0]])
        depth = min(_DEPTH * size.text_px, _MOST_DEPTH * length)
        half, middle = depth / 2, (start + end) / 2
        point = middle + depth * away
        lines = _path(start)
        shoulder, bent = half * away, half * along
        _curve(lines, start + shoulder, start + shoulder + bent)
        lines.lineTo(QPointF(*(middle + shoulder - bent).tolist()))
        _curve(lines, middle + shoulder, point)
        _curve(lines, middle + shoulder, middle + shoulder + bent)
        lines.lineTo(QPointF(*(end + shoulder - bent).tolist()))
        _curve(lines, end + shoulder, end)
        return MarkShape(lines, QPainterPath(), size.beside(annotation.text, point, away), size.line_px)


class StrokeMark(Mark):
    """A freehand line: through the middles between its places, so that it has no corners."""

    @staticmethod
    def shape(annotation: Annotation, at: FloatArray, size: MarkSize) -> MarkShape:
        lines = _path(at[0])
        for here, after in pairwise(at[1:]):
            _curve(lines, here, (here + after) / 2)
        lines.lineTo(QPointF(*at[-1].tolist()))
        return MarkShape(lines, QPainterPath(), None, size.line_px)


class InsetMark(Mark):
    """A frame around a place, a larger one that shows it, and two lines from corner to corner; words stand below."""

    @staticmethod
    def shape(annotation: Annotation, at: FloatArray, size: MarkSize) -> MarkShape:
        place = rect_of(at[0], at[1])
        half = annotation.factor * np.array([place.width(), place.height()]) / 2
        inside = rect_of(at[2] - half, at[2] + half)
        lines = QPainterPath()
        lines.addRect(place)
        lines.addRect(inside)
        for start, end in _joining(place, inside):
            lines.moveTo(start)
            lines.lineTo(end)
        foot = np.array([inside.center().x(), inside.bottom()])
        return MarkShape(lines, QPainterPath(), size.beside(annotation.text, foot, np.array([0.0, 1.0])),
                         max(1.0, size.line_px / 2), ((inside, (2,)), (place, (0, 1))), inside)


MARK_TYPES: MappingOf[str, type[Mark]] = {
    "arrow": ArrowMark, "text": TextMark, "ring": RingMark, "bracket": BracketMark, "stroke": StrokeMark,
    "inset": InsetMark,
}


def mark_size(picture: Picture) -> MarkSize:
    """Return how large annotations are in a picture: as its headings, or by its pane where it has none."""
    wanted = picture.text_px * _TEXT_SHARE or picture.side * _ALONE_SHARE
    return MarkSize(max(LEAST_TEXT_PX, round(min(wanted, picture.side * _MOST_SHARE))), Lettering(picture.is_vector))


def shape_in(picture: Picture, annotation: Annotation) -> tuple[FloatArray, MarkShape]:
    """Return the places (N, 2) of an annotation and its shape, px of the pane; words that belong there stay in it."""
    at = picture.mapping.to_pixels(annotation.xy).astype(np.float64)
    shape = MARK_TYPES[annotation.kind].shape(annotation, at, mark_size(picture))
    pane = QRectF(0, 0, picture.mapping.width, picture.mapping.height)
    if shape.words is not None and pane.contains(QPointF(*at[0].tolist())):
        shape = replace(shape, words=_kept_within(shape.words, pane))
    return at, shape


def points_along(path: QPainterPath, step_px: float) -> FloatArray:
    """Return points (N, 2) along the lines of a path, at most so far from each other."""
    count = 1 + math.ceil(path.length() / step_px) if not path.isEmpty() else 0
    return np.array([(point.x(), point.y()) for point in map(path.pointAtPercent, np.linspace(0.0, 1.0, count))],
                    dtype=np.float64).reshape(-1, 2)


def rect_of(a: FloatArray, b: FloatArray) -> QRectF:
    """Return the rectangle with two opposite corners."""
    return QRectF(QPointF(*a.tolist()), QPointF(*b.tolist())).normalized()


def corners_of(rect: QRectF) -> tuple[QPointF, ...]:
    """Return the corners of a rectangle, around it."""
    return rect.topLeft(), rect.topRight(), rect.bottomRight(), rect.bottomLeft()


def _joining(one: QRectF, other: QRectF) -> list[tuple[QPointF, QPointF]]:
    """Return the lines between like corners of two rectangles that have both of them on one side: two, or none."""
    corners = [*corners_of(one), *corners_of(other)]
    xy = np.array([(corner.x(), corner.y()) for corner in corners])
    found = []
    for start, end in zip(corners[:4], corners[4:], strict=True):
        along = np.array([end.x() - start.x(), end.y() - start.y()])
        sides = (xy[:, 0] - start.x()) * along[1] - (xy[:, 1] - start.y()) * along[0]
        slack = 1e-6 * max(1.0, float(np.abs(sides).max()))
        if (sides >= -slack).all() or (sides <= slack).all():
            found.append((start, end))
    return found


def _direction(start: FloatArray, end: FloatArray) -> tuple[FloatArray, float]:
    """Return the way from a place to another, of length 1, and its length; upwards if there is none."""
    offset = end - start
    length = float(np.hypot(*offset))
    return (offset / length, length) if length > 0 else (np.array([0.0, -1.0]), 0.0)


def _path(*places: FloatArray) -> QPainterPath:
    path = QPainterPath(QPointF(*places[0].tolist()))
    for place in places[1:]:
        path.lineTo(QPointF(*place.tolist()))
    return path


def _curve(path: QPainterPath, control: FloatArray, end: FloatArray) -> None:
    path.quadTo(QPointF(*control.tolist()), QPointF(*end.tolist()))


def _polygon(*places: FloatArray) -> QPainterPath:
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(*place.tolist()) for place in places]))
    path.closeSubpath()
    return path


def _kept_within(rect: QRectF, pane: QRectF) -> QRectF:
    """Return a rectangle moved into the pane, as far as it fits."""
    dx = max(pane.left() - rect.left(), 0.0) + min(pane.right() - rect.right(), 0.0)
    dy = max(pane.top() - rect.top(), 0.0) + min(pane.bottom() - rect.bottom(), 0.0)
    return rect.translated(dx, dy)
