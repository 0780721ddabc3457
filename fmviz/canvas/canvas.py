"""The stage as a widget, and as a maker of images: the one drawing path of window, export and command line.

`FlowCanvas` owns the panes and what they show. It draws everything in one graphics item whose pixels depend
on the size alone, so `to_image` on a second canvas gives what the window shows. It changes nothing when the
mouse acts; it says where in the world that was.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Signal
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsView, QStyleOptionGraphicsItem, QWidget

from fmviz.canvas.colours import colour
from fmviz.canvas.fonts import load_fonts
from fmviz.canvas.footer import paint_footer
from fmviz.canvas.geometry import Mapping, StageLayout, stage_layout
from fmviz.canvas.header import heading_of, paint_heading
from fmviz.canvas.layer import Picture
from fmviz.canvas.pane import Pane, paint_frame, paint_ground
from fmviz.core.extent import Extent
from fmviz.core.frames import Frame, Limits
from fmviz.core.style import Style
from fmviz.core.theme import Theme

_EMPTY_EXTENT = Extent(0.0, 0.0, 7.0)


class FlowCanvas(pg.GraphicsView):
    """Draws one frame per pane.

    Signals carry a world position (x, y), the pane's index and the `Modifiers`.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, useOpenGL=False, background=None)
        load_fonts()
        self._theme = theme
        self._style = Style()
        self._limits = Limits()
        self._count = 1
        self._lanes: tuple[int, ...] = (0,)
        self._titles: tuple[str, ...] = ()
        self._frames: tuple[Frame, ...] = ()
        self._panes = (Pane(), Pane())
        self._prepared: tuple[int, int, float] | None = None
        self.setCentralItem(None)
        self.setCacheMode(QGraphicsView.CacheModeFlag.CacheNone)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontAdjustForAntialiasing)
        self.scene().setItemIndexMethod(self.scene().ItemIndexMethod.NoIndex)
        self._item = _StageItem(self)
        self.addItem(self._item)
        self.setAccessibleName("Stage")
        self.setAccessibleDescription("The animated picture of the flow.")

    # What is shown

    def set_theme(self, theme: Theme) -> None:
        """Draw with another theme."""
        self._theme = theme
        self._changed()

    def set_style(self, style: Style) -> None:
        """Show other layers, or the same ones otherwise."""
        self._style = style
        self._changed()

    def set_limits(self, limits: Limits) -> None:
        """Set the colour limits that all panes share."""
        self._limits = limits
        self._changed()

    def set_panes(self, count: int, lanes: tuple[int, ...] = ()) -> None:
        """Show 1 or 2 panes; `lanes` says which lane each one is (0 = A), in order by default."""
        self._count = count
        self._lanes = lanes or tuple(range(count))
        self._changed()

    def set_titles(self, titles: tuple[str, ...]) -> None:
        """Name the panes; an empty name, or none, is the coupling's."""
        self._titles = titles
        self._changed()

    def show_frames(self, frames: Sequence[Frame]) -> None:
        """Show one frame per pane; the arrays are drawn, not copied."""
        self._frames = tuple(frames)
        self._changed()

    def to_image(self, width: int, height: int) -> QImage:
        """Return the stage as an opaque image of that size, one device pixel per pixel."""
        image = QImage(width, height, QImage.Format.Format_RGB32)
        painter = QPainter(image)
        self._paint(painter, width, height, 1.0)
        painter.end()
        return image

    # Where things are

    def pane_at(self, position: QPointF) -> int | None:
        """Return the pane under a widget position, or None between panes."""
        for index, box in enumerate(self._layout().panes):
            if box.contains(position.x(), position.y()):
                return index
        return None

    def world_at(self, position: QPointF, pane: int = 0) -> tuple[float, float]:
        """Return the world position of a widget position, seen as part of `pane` even when outside it."""
        box = self._layout().panes[pane]
        return self._mapping(pane, box.side).to_world(position.x() - box.x, position.y() - box.y)

    def pixels_per_unit(self, pane: int = 0) -> float:
        """Return the scale of a pane."""
        return self._mapping(pane, self._layout().panes[pane].side).pixels_per_unit

    def _layout(self) -> StageLayout:
        return stage_layout(max(1, self.width()), max(1, self.height()), self._count)

    def _mapping(self, pane: int, side: int) -> Mapping:
        return Mapping(self._frames[pane].extent if pane < len(self._frames) else _EMPTY_EXTENT, side)

    # Drawing

    def _changed(self) -> None:
        self._prepared = None
        self.viewport().update()

    def _prepare(self, layout: StageLayout, dpr: float) -> None:
        """Let the layers fill their arrays, once per change of values or size."""
        key = (layout.width, layout.height, dpr)
        if self._prepared == key:
            return
        for index, frame in enumerate(self._frames[: self._count]):
            side = layout.panes[index].side
            self._panes[index].update(Picture(frame, self._style, self._limits, self._theme,
                                              self._mapping(index, side), self._lanes[index], dpr))
        self._prepared = key

    def _paint(self, painter: QPainter, width: int, height: int, dpr: float) -> None:
        layout = stage_layout(width, height, self._count)
        self._prepare(layout, dpr)
        theme = self._theme
        painter.fillRect(0, 0, width, height, colour(theme.stage))
        for index, box in enumerate(layout.panes):
            painter.save()
            painter.setClipRect(box.x, box.y, box.side, box.side)
            painter.translate(box.x, box.y)
            paint_ground(painter, box.side, theme)
            if index < len(self._frames):
                self._panes[index].paint(painter)
            paint_frame(painter, box.side, theme)
            painter.restore()
            if index < len(self._frames):
                title = self._titles[index] if index < len(self._titles) else ""
                chip = self._lanes[index] if self._count > 1 else None
                paint_heading(painter, heading_of(self._frames[index], self._style, title, chip), box, layout, theme)
        layers = self._style.layers
        is_pairs = "pairs" in layers
        dots = tuple(role for role in ("source", "target") if role in layers or is_pairs)
        has_origin = self._style.colour_by == "origin" and ("particles" in layers or "trails" in layers)
        paint_footer(painter, layout, self._style, self._limits, theme, dots, has_origin)


class _StageItem(pg.GraphicsObject):
    """The one item of the scene: as large as the canvas, painted by it."""

    def __init__(self, canvas: FlowCanvas) -> None:
        super().__init__()
        self._canvas = canvas

    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, self._canvas.width(), self._canvas.height())

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        canvas = self._canvas
        canvas._paint(painter, canvas.width(), canvas.height(), canvas.devicePixelRatioF())
