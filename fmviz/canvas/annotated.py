"""The annotations of one pane: painted above its layers, taken hold of by a mouse, magnified places drawn in insets.

What an inset shows are the layers of its own pane, through a mapping of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import reduce

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPainterPathStroker, QPen

from fmviz.canvas.colours import colour
from fmviz.canvas.edit_overlay import handle_at, paint_frame
from fmviz.canvas.fonts import Lettering, line_reach, write_line
from fmviz.canvas.geometry import LEAST_TEXT_PX, Mapping
from fmviz.canvas.layer import Picture, clear_paper, painting_on
from fmviz.canvas.marks import MARK_TYPES, PADDING_X, PADDING_Y, MarkShape, MarkSize, mark_size, shape_in
from fmviz.canvas.pane import Pane
from fmviz.canvas.primitives import paint_ground
from fmviz.core.annotations import KINDS, Annotation
from fmviz.core.cloud import FloatArray
from fmviz.core.extent import Box
from fmviz.core.theme import Theme

# Around lines, in widths of them, so that they stand out from what lies below; of words the ground.
_HALO, _HALO_OPACITY, _GROUND_OPACITY = 0.9, 0.8, 0.85
_REACH_PX = 7.0
# So many places have handles of their own.
_MOST_HANDLES = 3
# Words in an inset would say again what stands in the pane.
_LEFT_OUT = ("names",)


@dataclass(frozen=True)
class Grip:
    """What a mouse takes hold of: which of the annotations, and which of its places it moves, () for all."""

    index: int
    places: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class _Seen:
    index: int
    annotation: Annotation
    at: FloatArray
    shape: MarkShape


class Annotated:
    """Keeps the shapes of a pane's annotations, and a pane for each inset."""

    def __init__(self) -> None:
        self._seen: list[_Seen] = []
        self._panes: list[Pane] = []
        self._insets: list[tuple[QRect, Pane]] = []
        self._picture: Picture | None = None
        self._image = QImage()
        self._image_key: tuple[object, ...] = ()
        self._key: tuple[object, ...] = ()
        self._frame = QRect()
        self._size = MarkSize(LEAST_TEXT_PX, Lettering())

    def update(self, picture: Picture) -> None:
        """Prepare what is seen at the picture's time."""
        self._picture, annotations, size = picture, picture.style.annotations, mark_size(picture)
        key = (annotations, tuple(one.is_seen(picture.frame.t) for one in annotations), picture.mapping, size)
        if key != self._key:
            # A pen leaves many strokes, which stay the same from frame to frame: 200 of them take 40 ms to shape.
            self._key, self._size = key, size
            self._seen = [seen for index, annotation in enumerate(annotations) if annotation.is_seen(picture.frame.t)
                          and (seen := self._shaped(index, annotation, picture)) is not None]
            self._frame = self._framed(picture.mapping)
        pane_rect = QRect(0, 0, picture.mapping.width, picture.mapping.height)
        insets = [(seen.annotation, inside, part) for seen in self._seen if seen.shape.inside is not None
                  and not (part := (inside := _whole(seen.shape.inside)).intersected(pane_rect)).isEmpty()]
        self._panes += [Pane(tells_outside=False) for _ in insets[len(self._panes):]]
        self._insets = []
        for pane, (annotation, inside, part) in zip(self._panes, insets, strict=False):
            pane.update(_magnified(picture, annotation, inside, part))
            self._insets.append((part, pane))

    def _shaped(self, index: int, annotation: Annotation, picture: Picture) -> _Seen | None:
        """Return an annotation in pixels; None if nothing of it lies in the pane."""
        at, shape = shape_in(picture, annotation)
        pane = QRectF(0, 0, picture.mapping.width, picture.mapping.height)
        return _Seen(index, annotation, at, shape) if shape.bounds.adjusted(-1, -1, 1, 1).intersects(pane) else None

    def paint(self, painter: QPainter, is_clear: bool = False) -> None:
        """Draw all of them, from the pane's top left corner: what insets show first, so that one can point into it.

        Args:
            is_clear: whether there is no ground, so that nothing is put around them either.
        """
        picture = self._picture
        if picture is None or not self._seen:
            return
        for part, pane in self._insets:
            _paint_inside(painter, part, pane, picture.theme, is_clear)
        if picture.is_vector:
            self._paint_shapes(painter, picture.theme, is_clear)
            return
        key = (self._key, picture.theme, picture.dpr, is_clear)
        if key != self._image_key:
            self._image_key, self._image = key, self._drawn(picture, is_clear)
        painter.drawImage(self._frame.topLeft(), self._image)

    def _framed(self, mapping: Mapping) -> QRect:
        """Return the part of the pane, whole pixels, in which the shapes lie."""
        bounds = reduce(QRectF.united, [seen.shape.bounds for seen in self._seen], QRectF())
        room = math.ceil((1 + _HALO) * self._size.line_px) + 1
        pane = QRect(0, 0, mapping.width, mapping.height)
        return bounds.toAlignedRect().adjusted(-room, -room, room, room).intersected(pane)

    def _drawn(self, picture: Picture, is_clear: bool) -> QImage:
        frame = self._frame
        dpr = picture.dpr
        image = clear_paper(math.ceil(frame.width() * dpr), math.ceil(frame.height() * dpr), dpr)
        with painting_on(image) as painter:
            painter.translate(-frame.topLeft())
            self._paint_shapes(painter, picture.theme, is_clear)
        return image

    def _paint_shapes(self, painter: QPainter, theme: Theme, is_clear: bool) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for seen in self._seen:
            self._paint_shape(painter, seen, theme, is_clear)
        painter.restore()

    def _paint_shape(self, painter: QPainter, seen: _Seen, theme: Theme, is_clear: bool) -> None:
        shape, ink, size = seen.shape, colour(ink_of(seen.annotation, theme)), self._size
        outlines = QPainterPath(shape.lines)
        outlines.addPath(shape.filled)
        if not is_clear and not outlines.isEmpty():
            painter.strokePath(outlines, _round_pen(colour(theme.pane, _HALO_OPACITY),
                                                    (1 + 2 * _HALO) * shape.line_px))
        painter.strokePath(shape.lines, _round_pen(ink, shape.line_px))
        painter.fillPath(shape.filled, ink)
        if shape.words is not None:
            if not is_clear:
                paint_ground(painter, shape.words, theme.pane, _GROUND_OPACITY, 0.25 * size.text_px)
            painter.setBrush(ink)  # whose opacity an SVG gives to text
            text, above = seen.annotation.text, line_reach(seen.annotation.text, size.text_px)[0]
            write_line(painter, text, shape.words.x() + PADDING_X * size.text_px,
                       shape.words.y() + PADDING_Y * size.text_px + above, size.text_px, ink, size.lettering,
                       is_strong=True)

    def grip_at(self, x: float, y: float, selected: int = -1) -> Grip | None:
        """Return what lies under a pixel of the pane, the uppermost first; the handles of a selected one before all."""
        here = QPointF(x, y)
        for seen in self._seen:
            if seen.index == selected:
                for place, handle in enumerate(_handles(seen)):
                    if handle.adjusted(-2, -2, 2, 2).contains(here):
                        return Grip(seen.index, (place,))
        for seen in reversed(self._seen):
            for area, places in seen.shape.grips:
                if area.contains(here):
                    return Grip(seen.index, places)
            stroker = QPainterPathStroker()
            stroker.setWidth(2 * _REACH_PX)
            words = seen.shape.words
            if (words is not None and words.contains(here)) or seen.shape.filled.contains(here) or (
                    stroker.createStroke(seen.shape.lines).contains(here)):
                return Grip(seen.index)
        return None

    def words_rect(self, index: int) -> QRectF | None:
        """Return where the words of one of them stand or would stand, in pixels of the pane; None if it is not seen."""
        for seen in self._seen:
            if seen.index == index:
                shown = seen.annotation if seen.annotation.text else replace(seen.annotation, text="…")
                return MARK_TYPES[shown.kind].shape(shown, seen.at, self._size).words
        return None

    def paint_selected(self, painter: QPainter, index: int) -> None:
        """Draw a frame around one of them, and handles at its places."""
        picture = self._picture
        seen = next((seen for seen in self._seen if seen.index == index), None)
        if picture is None or seen is None:
            return
        paint_frame(painter, seen.shape.bounds.adjusted(-4, -4, 4, 4), _handles(seen), picture.theme,
                    Qt.PenStyle.DashLine)


def ink_of(annotation: Annotation, theme: Theme) -> str:
    """Return the colour of an annotation, #rrggbb."""
    return {"plain": theme.text, "strong": theme.pointer, "source": theme.source, "target": theme.target}[
        annotation.ink]


def _whole(inside: QRectF) -> QRect:
    """Return the frame of an inset in whole pixels, at least one."""
    return QRect(round(inside.left()), round(inside.top()), max(1, round(inside.width())),
                 max(1, round(inside.height())))


def _magnified(picture: Picture, annotation: Annotation, inside: QRect, part: QRect) -> Picture:
    """Return what a part of an inset shows: dots and lines as large as in the pane, only farther from each other.

    Near a camera an inset is many times as large as the pane; so only the `part` of its frame `inside` that lies in the
    pane is drawn.
    """
    (x0, y0), (x1, y1) = annotation.places[:2]
    scale = annotation.factor * picture.mapping.pixels_per_unit
    right = (2 * part.x() + part.width() - 2 * inside.x() - inside.width()) / 2
    down = (2 * part.y() + part.height() - 2 * inside.y() - inside.height()) / 2
    box = Box((x0 + x1) / 2 + right / scale, (y0 + y1) / 2 - down / scale, part.width() / scale / 2,
              part.height() / scale / 2)
    layers = tuple(name for name in picture.style.layers if name not in _LEFT_OUT)
    return replace(picture, style=replace(picture.style, layers=layers, annotations=()), text_px=0,
                   mapping=Mapping(box, part.width(), part.height()), sizes_px=picture.side)


def _paint_inside(painter: QPainter, part: QRect, pane: Pane, theme: Theme, is_clear: bool) -> None:
    """Draw the pane of an inset in its frame."""
    painter.save()
    painter.setClipRect(part, Qt.ClipOperation.IntersectClip)
    if not is_clear:
        painter.fillRect(part, colour(theme.pane))
    painter.translate(part.topLeft())
    pane.paint(painter)
    painter.restore()


def _round_pen(ink: object, width: float) -> QPen:
    return QPen(ink, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap,  # type: ignore[call-overload,no-any-return]
                Qt.PenJoinStyle.RoundJoin)


def _handles(seen: _Seen) -> list[QRectF]:
    """Return the handles at the places of an annotation; none of words, which move as a whole, and of a stroke."""
    if not 1 < len(seen.annotation.places) <= _MOST_HANDLES or KINDS[seen.annotation.kind].most > _MOST_HANDLES:
        return []
    return [handle_at(QPointF(x, y)) for x, y in seen.at.tolist()]
