"""The whole picture: panes, headings and the legend row, painted into any painter of any size."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QPainter

from fmviz.canvas.axes import paint_axes
from fmviz.canvas.edit_overlay import Brush, EditOverlay, EditPicture, Selection, paint_brush, paint_selection
from fmviz.canvas.footer import Legend, legend_of, paint_footer
from fmviz.canvas.geometry import Mapping, StageLayout, stage_layout
from fmviz.canvas.header import edit_heading, heading_of, paint_headings
from fmviz.canvas.heading_form import Heading
from fmviz.canvas.layer import CLOUD_LAYERS, Picture
from fmviz.canvas.look import Look, look_of
from fmviz.canvas.pane import Pane, paint_pane, paint_stage_ground
from fmviz.canvas.surround import paint_surround
from fmviz.core.decor import Decor
from fmviz.core.extent import Extent
from fmviz.core.frames import Frame, Limits
from fmviz.core.style import Style
from fmviz.core.theme import Theme

_EMPTY_EXTENT = Extent(0.0, 0.0, 7.0)


class Stage:
    """What is shown, as plain attributes; call `invalidate` after changing any but `brush` and `selection`.

    Attributes:
        theme, style, limits: how it is drawn.
        lanes: the lane of each pane, 0 for A; its length is the number of panes.
        titles: names of the panes, "" for the coupling's.
        decor: what surrounds the panes.
        frames: one per pane.
        edit: a cloud that is being drawn, in one pane instead of the frames.
        brush, selection: marks above it, world units.
    """

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.style = Style()
        self.limits = Limits()
        self.lanes: tuple[int, ...] = (0,)
        self.titles: tuple[str, ...] = ()
        self.decor = Decor()
        self.frames: tuple[Frame, ...] = ()
        self.edit: EditPicture | None = None
        self.brush: Brush | None = None
        self.selection: Selection | None = None
        self._panes = (Pane(), Pane())
        self._pictures: tuple[Picture, ...] = ()
        self._overlay = EditOverlay()
        self._prepared: tuple[int, int, Look] | None = None

    def invalidate(self) -> None:
        """Prepare again before the next painting."""
        self._prepared = None

    def layout(self, width: int, height: int) -> StageLayout:
        """Return where everything lies on a canvas of that size."""
        panes = 1 if self.edit is not None else len(self.lanes)
        return stage_layout(max(1, width), max(1, height), panes, self.decor)

    def mapping(self, pane: int, side: int) -> Mapping:
        """Return the mapping of a pane whose edge is `side` px."""
        if self.edit is not None and self.edit.extent is not None:
            return Mapping(self.edit.extent, side)
        return Mapping(self.frames[pane].extent if pane < len(self.frames) else _EMPTY_EXTENT, side)

    def paint(self, painter: QPainter, width: int, height: int, dpr: float, is_vector: bool = False,
              is_fine: bool = False) -> None:
        """Draw everything from the top left corner.

        Args:
            dpr: device pixels per pixel.
            is_vector, is_fine: see `layer.Picture`.
        """
        layout = self.layout(width, height)
        look = look_of(self.theme, self.decor.background, dpr, is_vector, is_fine)
        self._prepare(layout, look)
        paint_stage_ground(painter, width, height, look)
        for index, box in enumerate(layout.panes):
            paint_pane(painter, box, look, partial(self._paint_content, index, box.side, look))
            if layout.axes is not None:
                paint_axes(painter, box, self.mapping(index, box.side), layout, look.theme, look.lettering)
        headings = self._headings()
        paint_headings(painter, headings, layout.panes[:len(headings)], layout, look.theme, look.lettering)
        paint_footer(painter, layout, self._legend(), look)
        paint_surround(painter, layout.title, layout.caption, look.theme, look.lettering)

    def _prepare(self, layout: StageLayout, look: Look) -> None:
        """Let the layers fill their arrays, once per change of values, size or look."""
        key = (layout.width, layout.height, look)
        if self._prepared == key:
            return
        if self.edit is not None:
            self._overlay.update(self.edit, self.mapping(0, layout.panes[0].side), look.theme, look.dpr)
        else:
            self._pictures = tuple(
                look.picture(frame, self.style, self.limits, self.mapping(index, layout.panes[index].side))
                for index, frame in enumerate(self.frames[: len(self.lanes)])
            )
            for pane, picture in zip(self._panes, self._pictures, strict=False):
                pane.update(picture)
        self._prepared = key

    def _paint_content(self, index: int, side: int, look: Look, painter: QPainter) -> None:
        if self.edit is not None:
            self._overlay.paint(painter)
        elif index < len(self.frames):
            self._panes[index].paint(painter)
        if index == 0:
            self._paint_marks(painter, self.mapping(0, side), look.theme)

    def _paint_marks(self, painter: QPainter, mapping: Mapping, theme: Theme) -> None:
        if self.selection is not None:
            paint_selection(painter, self.selection, mapping, theme)
        if self.brush is not None:
            paint_brush(painter, self.brush, mapping, theme)

    def _headings(self) -> list[Heading]:
        if self.edit is not None:
            return [edit_heading(self.edit.points_role, len(self.edit.points))]
        titles = (*self.titles, "", "")
        return [heading_of(frame, self.style, titles[index], self.lanes[index] if len(self.lanes) > 1 else None)
                for index, frame in enumerate(self.frames[: len(self.lanes)])]

    def _legend(self) -> Legend:
        return legend_of(self._pictures) if self.edit is None else Legend(dots=CLOUD_LAYERS)
