"""One pane: its background, its layers from low to high, its rounded frame, and marks at its edge.

The layers that do not move with t are kept as an image while their values stay the same arrays. A training brings new
ones some times a second; while a window plays, they are painted a few at a time, between its frames. A mark says that
points of a cloud lie far from all others and outside of what the pane shows, how many, and where to.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator
from itertools import groupby

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPen, QPolygonF

from fmviz.canvas.colours import colour
from fmviz.canvas.fonts import Lettering
from fmviz.canvas.geometry import PaneBox
from fmviz.canvas.layer import CLOUD_LAYERS, Layer, Look, Picture, clear_paper, painting_on
from fmviz.canvas.layers import LAYER_TYPES
from fmviz.canvas.layers.probe import rect_of
from fmviz.canvas.primitives import paint_ground
from fmviz.core.cloud import Labels
from fmviz.core.layers import LAYERS
from fmviz.core.numbers import within

_Run = tuple[list[Layer], QImage | None]
# The ways of the particles, and all else.
_Key = tuple[tuple[object, ...], tuple[object, ...]]
# A fitted picture holds all points but outliers; draws of a shape may fall a little outside.
_FAR_HALVES = 2.0
# Points in one of so many directions share a mark.
_DIRECTIONS = 8
# The words can be read on a map of colours.
_GROUND_OPACITY = 0.9
_TEXT_SHARE, _LEAST_TEXT_PX, _MOST_TEXT_PX = 1 / 42, 9, 22
# They are as large as the legend at least.
_OF_HEADINGS = 0.8
_CORNER_PX = 10


class OutsideMarks:
    """A triangle and a number for each direction in which unseen outliers lie, in the colour of the cloud."""

    def __init__(self) -> None:
        self._marks: list[tuple[str, float, int]] = []
        self._picture: Picture | None = None

    def update(self, picture: Picture) -> None:
        """Find what lies outside."""
        self._picture = picture
        extent, seen, theme, self._marks = picture.frame.extent, picture.mapping.box, picture.theme, []
        for xy, ink in ((picture.frame.source, theme.source), (picture.frame.target, theme.target)):
            is_far = np.abs(xy - (extent.cx, extent.cy)).max(axis=1, initial=0.0) > _FAR_HALVES * extent.half
            offset = xy - (seen.cx, seen.cy)
            far = offset[is_far & (np.abs(offset) > (seen.half_x, seen.half_y)).any(axis=1)]
            turns = np.round(np.arctan2(far[:, 1], far[:, 0]) / (2 * np.pi) * _DIRECTIONS) % _DIRECTIONS
            self._marks += [(ink, 2 * math.pi * turn / _DIRECTIONS, int((turns == turn).sum()))
                            for turn in np.unique(turns).tolist()]

    def paint(self, painter: QPainter) -> None:
        """Draw the marks, from the pane's top left corner."""
        picture = self._picture
        if picture is None or not self._marks:
            return
        mapping, lettering = picture.mapping, Lettering(picture.is_vector)
        middle = QPointF(mapping.width / 2, mapping.height / 2)
        text = max(int(within(mapping.side * _TEXT_SHARE, _LEAST_TEXT_PX, _MOST_TEXT_PX)),
                   round(_OF_HEADINGS * picture.text_px))
        painter.save()
        for ink, angle, count in self._marks:
            along, aside = (math.cos(angle), -math.sin(angle)), (math.sin(angle), math.cos(angle))
            reach = min((half - 0.6 * text) / max(abs(part), 1e-9)
                        for half, part in zip((middle.x(), middle.y()), along, strict=True))
            tip = middle + QPointF(reach * along[0], reach * along[1])
            back = QPointF(0.9 * text * along[0], 0.9 * text * along[1])
            wing = QPointF(0.45 * text * aside[0], 0.45 * text * aside[1])
            label = f"{count:,} outside"
            width = lettering.width(label, text)
            inwards = 1.2 * text + abs(along[0]) * width / 2 + abs(along[1]) * 0.5 * text
            ground = QRectF(0, 0, width + 0.8 * text, 1.5 * text)
            ground.moveCenter(tip - QPointF(inwards * along[0], inwards * along[1]))
            paint_ground(painter, ground, picture.theme.pane, _GROUND_OPACITY, 0.3 * text)
            painter.setBrush(colour(ink))
            painter.drawPolygon(QPolygonF([tip, tip - back + wing, tip - back - wing]))
            lettering.write(painter, label, ground.x() + 0.4 * text, ground.center().y() + 0.36 * text, text,
                            colour(picture.theme.text))
        painter.restore()


class Pane:
    """Draws one picture into a rectangle.

    Args:
        tells_outside: whether marks say what lies outside.
    """

    def __init__(self, tells_outside: bool = True) -> None:
        self._layers = tuple(LAYER_TYPES[name]() for name in LAYERS)
        self._picture: Picture | None = None
        # From low to high: layers that move, or the image of layers that stand still.
        self._runs: list[_Run] = []
        self._still_runs: list[_Run] = []
        # What these were made for, and what others are being made for.
        self._still_key: _Key = ((), ())
        self._next_key: _Key = ((), ())
        self._making: Generator[None, None, list[_Run]] | None = None
        self._outside = OutsideMarks() if tells_outside else None

    def update(self, picture: Picture, until: float = math.inf) -> bool:
        """Prepare all visible layers; return whether they are complete.

        Args:
            until: reading of `time.perf_counter` up to which it may take, -inf for no time at all. Where just the ways
                of the particles are others, images of them are made as far as there is time, at least of one layer,
                and the ones before are shown till then.
        """
        self._picture = picture
        visible = [layer for layer in self._layers if picture.shows(layer.name)]
        groups = [(is_still, list(layers)) for is_still, layers in groupby(visible, _stands_still)]
        key = _ways_of(picture), _still_key(picture)
        is_complete = _are_same(key, self._still_key) or self._make_still(
            key, [layers for is_still, layers in groups if is_still], picture, until)
        still = iter(self._still_runs)
        self._runs = [next(still) if is_still else ([layer for layer in layers if layer.update(picture)], None)
                      for is_still, layers in groups]
        return is_complete

    def _make_still(self, key: _Key, groups: list[list[Layer]], picture: Picture, until: float) -> bool:
        """Go on with the images of what stands still; return whether those of this picture are made."""
        # What was made for other clouds, another size or another look is never shown, and not made to its end.
        is_patient = _hold_the_same(key[1], self._still_key[1])
        if not (is_patient and _hold_the_same(key[1], self._next_key[1])):
            self._making = None
        has_time = until > -math.inf
        while not is_patient or has_time:
            if self._making is None:
                self._making, self._next_key = _still_runs(groups, picture), key
            try:
                next(self._making)
            except StopIteration as made:
                self._still_runs, self._still_key, self._making = made.value, self._next_key, None
                if _are_same(key, self._still_key):
                    if self._outside is not None:
                        self._outside.update(picture)
                    return True
            has_time = time.perf_counter() < until
        return False

    def paint(self, painter: QPainter) -> None:
        """Draw the layers, from the pane's top left corner."""
        for layers, image in self._runs:
            if image is not None:
                painter.drawImage(0, 0, image)
            else:
                _paint_each(layers, painter)
        if self._outside is not None:
            self._outside.paint(painter)

    def values_at(self, x: float, y: float) -> tuple[str, ...]:
        """Return what the visible layers show at a place of the world, in words, the uppermost first."""
        picture = self._picture
        words = [layer.value_at(picture, x, y) for layer in reversed(self._layers)
                 if picture is not None and picture.shows(layer.name)]
        return tuple(dict.fromkeys(filter(None, words)))


def _stands_still(layer: Layer) -> bool:
    """Whether the pane keeps it as an image; a map keeps its own."""
    row = LAYERS[layer.name]
    return row.is_still and not row.is_map


def _still_runs(groups: list[list[Layer]], picture: Picture) -> Generator[None, None, list[_Run]]:
    """Make, with a pause after each layer, the runs of layers that stand still: those of each group that have anything
    to paint, and their image, but for a vector file.
    """
    runs: list[_Run] = []
    mapping, dpr = picture.mapping, picture.dpr
    for layers in groups:
        shown: list[Layer] = []
        image = None
        for layer in layers:
            if layer.update(picture):
                shown.append(layer)
                if not picture.is_vector:
                    image = image or clear_paper(round(mapping.width * dpr), round(mapping.height * dpr), dpr)
                    with painting_on(image) as painter:
                        _paint_each([layer], painter)
            yield
        runs.append((shown, image))
    return runs


def paint_stage_ground(painter: QPainter, width: int, height: int, look: Look) -> None:
    """Fill the whole picture, or clear it where there is no ground."""
    if not look.is_clear:
        painter.fillRect(0, 0, width, height, colour(look.theme.stage))
    elif not look.is_vector:
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
        painter.fillRect(0, 0, width, height, Qt.GlobalColor.transparent)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)


def paint_pane(painter: QPainter, box: PaneBox, look: Look, content: Callable[[QPainter], None]) -> None:
    """Draw a pane in its place: ground, `content` from its top left corner, rounded frame."""
    painter.save()
    if look.is_vector:
        painter.setClipPath(_rounded(box).translated(box.x, box.y))
    else:
        painter.setClipRect(box.x, box.y, box.width, box.height)
    painter.translate(box.x, box.y)
    if not look.is_clear:
        painter.fillRect(0, 0, box.width, box.height, colour(look.theme.pane))
    content(painter)
    _paint_frame(painter, box, look)
    painter.restore()


def _paint_frame(painter: QPainter, box: PaneBox, look: Look) -> None:
    """Round the corners by painting the stage over them, and draw the border.

    A rounded clip would be neither antialiased nor fast; a vector file has one, so that nothing is hidden there. Where
    there is no stage the corners are taken away.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if not look.is_vector:
        corners = QPainterPath()
        corners.addRect(QRectF(0, 0, box.width, box.height))
        corners.addPath(_rounded(box))
        if look.is_clear:
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationOut)
        painter.fillPath(corners, colour(look.theme.stage))
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
    radius = _radius(box) - 0.5
    painter.setPen(QPen(colour(look.theme.pane_border), 1.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(0.5, 0.5, box.width - 1, box.height - 1), radius, radius)


def _radius(box: PaneBox) -> float:
    return min(_CORNER_PX, min(box.width, box.height) / 16)


def _rounded(box: PaneBox) -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(0, 0, box.width, box.height), _radius(box), _radius(box))
    return path


def _paint_each(layers: list[Layer], painter: QPainter) -> None:
    for layer in layers:
        painter.save()
        layer.paint(painter)
        painter.restore()


def _ways_of(picture: Picture) -> tuple[object, ...]:
    return (picture.frame.paths, *picture.beside)


def _still_key(picture: Picture) -> tuple[object, ...]:
    """Return what, beside the ways, decides about the layers that stand still."""
    frame = picture.frame
    ends = (None, None) if frame.pairs is None else (frame.pairs.x0, frame.pairs.x1)
    return (frame.source, frame.target, picture.labels, *ends,
            *map(picture.dot_labels, CLOUD_LAYERS), picture.style.layers, picture.style.colour_by,
            picture.style.names, picture.style.annotations if picture.shows("names") else (),
            picture.style.strong, picture.style.follow, picture.style.own_starts, rect_of(picture),
            picture.theme, picture.mapping, picture.text_px, picture.head_px, frame.mark.hue, picture.dpr,
            picture.sizes_px, picture.is_clouds_only, picture.is_vector, picture.is_fine)


def _are_same(one: _Key, other: _Key) -> bool:
    return _same(one[0], other[0]) and _same(one[1], other[1])


def _same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Whether the same arrays and labels, and equal values, are in both."""
    return len(one) == len(other) and all(
        a is b or (not (isinstance(a, np.ndarray | Labels) or isinstance(b, np.ndarray | Labels)) and a == b)
        for a, b in zip(one, other, strict=True))


def _hold_the_same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Whether equal arrays, the same labels and equal values are in both."""
    return len(one) == len(other) and all(
        np.array_equal(a, b) if isinstance(a, np.ndarray) and isinstance(b, np.ndarray) else _same((a,), (b,))
        for a, b in zip(one, other, strict=True))
