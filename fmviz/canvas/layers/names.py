"""The names of both clouds, written where nothing else is, with a line to what they name where that is not beside them.

A name keeps its place while t runs: no particle ever comes there, and no annotation is there at any t. It has one place
in all panes, which follows from the clouds alone while no path of any pane goes there: so it stands still while a flow
learns, too.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from fmviz.canvas.colours import colour
from fmviz.canvas.fonts import Lettering, line_reach, line_width, write_line
from fmviz.canvas.geometry import LEAST_TEXT_PX, Mapping
from fmviz.canvas.layer import Layer, Picture
from fmviz.canvas.layers.clouds import outline_of
from fmviz.canvas.layers.probe import rect_of
from fmviz.canvas.legend import Legend
from fmviz.canvas.marks import points_along, shape_in
from fmviz.core.carried import Paths
from fmviz.core.cloud import FloatArray
from fmviz.core.extent import outlying
from fmviz.core.numbers import within
from fmviz.core.tex import has_formula

SOURCE, TARGET = "source p\u2080", "target p\u2081"
# Of the headings' size; of the pane's shorter edge at most, and where there are no headings.
_TEXT_SHARE, _MOST_SHARE, _ALONE_SHARE = 0.85, 1 / 14, 1 / 26
# The pane is divided into squares of such a share of the text's size; a name keeps a square away from everything.
_SQUARE = 0.5
# Nearer than so many text sizes no line leads to what is named; it ends before that.
_LINE_FROM, _LINE_GAP = 1.1, 0.25
# So many places are weighed first, by their distance to so many points; then those within so many squares of the best.
_ROUGH_PLACES, _ROUGH_ANCHORS, _NEAR_SQUARES, _MOST_ANCHORS = 400, 100, 3, 500
# What lies between both clouds is known by so many straight ways of so many points. The stride has no factor in common
# with usual numbers of points.
_WAYS, _WAY_POINTS, _STRIDE = 600, 60, 7919
# Names keep so many text sizes away from each other.
_APART = 2.0


@dataclass(frozen=True, eq=False)
class _Name:
    """A name in its place: the text's box, the ink, and the end of a line to what it names."""

    text: str
    box: QRectF
    ink: QColor
    line: QLineF | None


_Placed = tuple[list[_Name], bool]
# What was asked last, and where the names stand then.
_PLACED: deque[tuple[object, _Placed]] = deque(maxlen=4)


class NameLayer(Layer):
    """Source and target by name."""

    name: ClassVar[str] = "names"

    def __init__(self) -> None:
        self._names: list[_Name] = []
        # What they were placed for; () where paths have moved one from where the clouds would have it.
        self._known: tuple[object, ...] = ()
        self._size = 0
        self._lettering = Lettering()

    def update(self, picture: Picture) -> bool:
        paths = picture.frame.paths
        if paths is None or paths.x.shape[1] == 0 or not picture.is_named:
            return False
        mapping = picture.mapping
        size = max(LEAST_TEXT_PX, round(
            min(picture.text_px * _TEXT_SHARE or picture.side * _ALONE_SHARE, picture.side * _MOST_SHARE)))
        lines = outline_of(np.asarray(picture.frame.target, dtype=np.float64).tobytes())
        target = np.concatenate(lines) if lines else np.asarray(picture.frame.target, dtype=np.float64)
        starts = np.asarray(paths.x[0], dtype=np.float64)
        source_name, target_name = picture.style.cloud_names
        texts, own, box = (source_name or SOURCE, target_name or TARGET), picture.style.own_starts, rect_of(picture)
        ways = [_ways(each, mapping, size) for each in (*picture.beside, paths)]
        head = QRectF(0, 0, mapping.width, picture.head_px)
        known = (mapping, size, picture.head_px, picture.theme.name, picture.is_vector, texts, own, box,
                 starts.tobytes(), target.tobytes(), picture.style.annotations)
        # A live picture brings other paths and the same clouds: what they wish for holds while it is free.
        if known == self._known and not any(room.is_taken(name.box) for room in ways for name in self._names):
            return bool(self._names)
        self._size, self._lettering = size, Lettering(picture.is_vector)
        # Panes beside each other ask for the same; only what stands beside the paths of one pane alone is not shared.
        asked = known, picture.beside or (paths,)
        found = next((found for placed_for, found in _PLACED if placed_for == asked), None)
        if found is None:
            rooms = _rooms(mapping, size, starts, target, ways)
            if own:
                for room in rooms[1:]:
                    room.take(mapping.to_pixels(np.array(own)))
            marks = [shape_in(picture, annotation)[1] for annotation in picture.style.annotations]
            for room in rooms:
                for rect in (box, head, *(rect for mark in marks for rect in (mark.words, mark.inside))):
                    if rect is not None:
                        room.take_box(rect)
                for mark in marks:
                    room.take(points_along(mark.lines, _SQUARE * size))
            inks = [colour(ink) for ink in (picture.theme.source, picture.theme.target)]
            anchors = [mapping.to_pixels(places) for places in (paths.x[0], target)]
            found = self._place_all(texts, anchors, inks, rooms[:-1])
            if len(found[0]) == len(texts):
                _PLACED.append((asked, found))
            else:
                found = self._place_all(texts, anchors, inks, rooms)
        self._names, is_wished = found
        self._known = known if is_wished else ()
        return bool(self._names)

    def _place_all(self, texts: Sequence[str], anchors: Sequence[np.ndarray], inks: Sequence[QColor],
                   rooms: Sequence[_Room]) -> _Placed:
        """Return those names that have a place, and whether all are where the clouds alone would have them."""
        rooms = [room.copy() for room in rooms]
        names, are_wished = [], True
        for text, near, ink in zip(texts, anchors, inks, strict=True):
            name, is_wished = self._placed(text, near, ink, rooms)
            are_wished &= is_wished
            if name is not None:
                names.append(name)
                far = _APART * self._size
                for room in rooms:
                    room.take_box(name.box.adjusted(-far, -far, far, far))
        return names, are_wished

    def _placed(self, text: str, anchors: np.ndarray, ink: QColor,
                rooms: Sequence[_Room]) -> tuple[_Name | None, bool]:
        """Return a name in its place, and whether that is where the clouds alone would have it."""
        width = line_width(text, self._size, self._lettering)
        height = float(sum(line_reach(text, self._size))) if has_formula(text) else 1.15 * self._size
        anchors = anchors[:: -(-len(anchors) // _MOST_ANCHORS)]
        # The first room is that of the clouds: its place holds if it is free in the second one, which knows all paths.
        box = rooms[0].place(width, height, anchors)
        is_wished = box is not None and not rooms[1].is_taken(box)
        if not is_wished:
            box = next((place for room in rooms[1:]
                        if (place := room.place(width, height, anchors)) is not None), None)
        if box is None:
            return None, False
        nearest = anchors[_distances(np.array([[box.x(), box.y()]]), width, height, anchors)[0].argmin()]
        end = QPointF(*nearest.tolist())
        start = QPointF(within(end.x(), box.left(), box.right()), within(end.y(), box.top(), box.bottom()))
        line = QLineF(start, end)
        if line.length() < _LINE_FROM * self._size:
            return _Name(text, box, ink, None), is_wished
        gap = _LINE_GAP * self._size
        line.setLength(line.length() - 0.3 * gap)
        return _Name(text, box, ink, QLineF(line.pointAt(gap / line.length()), line.p2())), is_wished

    @staticmethod
    def legend(picture: Picture) -> Legend:
        return Legend(t=None if picture.style.is_still else picture.frame.t)

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for name in self._names:
            if name.line is not None:
                painter.setPen(QPen(name.ink, max(1.0, self._size / 20)))
                painter.drawLine(name.line)
            baseline = name.box.center().y() + 0.34 * self._size
            write_line(painter, name.text, name.box.x(), baseline, self._size, name.ink, self._lettering)


class _Room:
    """Which squares of a pane are free."""

    def __init__(self, mapping: Mapping, size_px: int) -> None:
        self._square = _SQUARE * size_px
        self._taken = np.zeros((max(1, int(mapping.height / self._square)), max(1, int(mapping.width / self._square))),
                               dtype=bool)

    def copy(self) -> _Room:
        """Return a room of its own that knows the same."""
        other = copy(self)
        other._taken = self._taken.copy()
        return other

    def take(self, xy: np.ndarray) -> None:
        """Know that something is at these pixels (N, 2)."""
        at = np.floor(xy / self._square).astype(int)
        rows, columns = self._taken.shape
        inside = at[(at >= 0).all(axis=1) & (at[:, 0] < columns) & (at[:, 1] < rows)]
        self._taken[inside[:, 1], inside[:, 0]] = True

    def take_box(self, box: QRectF) -> None:
        """Know that a box is taken."""
        low = np.floor(np.array([box.left(), box.top()]) / self._square).astype(int).clip(0)
        high = np.ceil(np.array([box.right(), box.bottom()]) / self._square).astype(int)
        self._taken[low[1]:high[1], low[0]:high[0]] = True

    def take_between(self, some: np.ndarray, others: np.ndarray) -> None:
        """Know that straight ways go from some pixels (N, 2) to others (M, 2)."""
        k = np.arange(_WAYS)
        start, end = some[k * len(some) // _WAYS], others[k * _STRIDE % len(others)]
        along = np.linspace(0, 1, _WAY_POINTS)[:, None, None]
        self.take((start + along * (end - start)).reshape(-1, 2))

    def add(self, other: _Room) -> None:
        """Know what another room of the same pane knows."""
        self._taken |= other._taken

    def is_taken(self, box: QRectF) -> bool:
        """Return whether something is in a box."""
        low = np.floor(np.array([box.left(), box.top()]) / self._square).astype(int).clip(0)
        high = np.ceil(np.array([box.right(), box.bottom()]) / self._square).astype(int)
        return bool(self._taken[low[1]:high[1], low[0]:high[0]].any())

    def place(self, width: float, height: float, anchors: np.ndarray) -> QRectF | None:
        """Return where a box has room, as near as can be to one of the anchors (N, 2); None if nowhere."""
        across, down = int(np.ceil(width / self._square)) + 1, int(np.ceil(height / self._square)) + 1
        rows, columns = self._taken.shape
        if across + 2 > columns or down + 2 > rows or len(anchors) == 0:
            return None
        sums = np.zeros((rows + 1, columns + 1), dtype=np.int64)
        sums[1:, 1:] = self._taken.cumsum(axis=0).cumsum(axis=1)
        taken = sums[down:, across:] - sums[:-down, across:] - sums[down:, :-across] + sums[:-down, :-across]
        taken[[0, -1]] = taken[:, [0, -1]] = 1  # not at the very edge
        free = np.argwhere(taken == 0)
        if len(free) == 0:
            return None
        # Roughly first, then all the places near the best one.
        rough = free[:: -(-len(free) // _ROUGH_PLACES)]
        some = anchors[:: -(-len(anchors) // _ROUGH_ANCHORS)]
        first = rough[self._nearest(rough, width, height, some)]
        near = free[np.abs(free - first).max(axis=1) <= _NEAR_SQUARES]
        best = self._corners(near[[self._nearest(near, width, height, anchors)]])[0]
        return QRectF(float(best[0]), float(best[1]), width, height)

    def _nearest(self, places: np.ndarray, width: float, height: float, anchors: np.ndarray) -> int:
        return int(_distances(self._corners(places), width, height, anchors).min(axis=1).argmin())

    def _corners(self, places: np.ndarray) -> np.ndarray:
        """Return the top left corners, px, of boxes at places (row, column)."""
        return (places[:, ::-1] + 0.5) * self._square


# Of all panes, for panes beside each other ask for the same.
@lru_cache(maxsize=8)
def _ways(paths: Paths, mapping: Mapping, size_px: int) -> _Room:
    """Return where paths are; nobody changes it."""
    room = _Room(mapping, size_px)
    room.take(mapping.to_pixels(paths.x.reshape(-1, 2)))
    return room


@lru_cache(maxsize=4)
def _between(mapping: Mapping, size_px: int, starts: bytes, target: bytes) -> _Room:
    """Return where straight ways from float64 starts to the target are; nobody changes it. Keyed by content: each
    picture of a run brings the same ones.
    """
    room = _Room(mapping, size_px)
    first, last = (np.frombuffer(points).reshape(-1, 2) for points in (starts, target))
    room.take(mapping.to_pixels(first))
    if len(last):
        near = first[~outlying(first)]
        room.take_between(mapping.to_pixels(near if len(near) else first), mapping.to_pixels(last))
    return room


def _rooms(mapping: Mapping, size_px: int, starts: FloatArray, target: FloatArray,
           ways: Sequence[_Room]) -> list[_Room]:
    """Return where a name may stand, the most wanted first: beside all ways between the clouds, and there beside the
    paths of all panes; beside these; beside the paths of one pane, the last of `ways`.
    """
    of_clouds, around, of_all, of_one = (_Room(mapping, size_px) for _ in range(4))
    of_clouds.add(_between(mapping, size_px, starts.tobytes(), target.tobytes()))
    around.add(of_clouds)
    for room in (around, of_all):
        for each in ways:
            room.add(each)
    of_one.add(ways[-1])
    for room in (of_clouds, around, of_all, of_one):
        room.take(mapping.to_pixels(target))
    return [of_clouds, around, of_all, of_one]


def _distances(corners: FloatArray, width: float, height: float, anchors: FloatArray) -> FloatArray:
    """Return how far each anchor (N, 2) is from each box (M, 2), given by its top left corner: (M, N), px."""
    gaps = [np.maximum(np.maximum(corners[:, None, axis] - anchors[None, :, axis],
                                  anchors[None, :, axis] - corners[:, None, axis] - size), 0.0)
            for axis, size in enumerate((width, height))]
    return np.hypot(*gaps)
