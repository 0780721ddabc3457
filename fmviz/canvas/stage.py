"""The whole picture: panes, headings and the legend row, painted into any painter of any size.

There is one composer, for stage and sheet: ground, panes, axes, headings, names of rows, legend, title and caption.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter

from fmviz.canvas.axes import paint_axes
from fmviz.canvas.edit_overlay import Brush, EditOverlay, EditPicture, Selection, paint_brush, paint_selection
from fmviz.canvas.footer import legend_of, paint_footer
from fmviz.canvas.geometry import Mapping, StageLayout, mapping_of, stage_layout
from fmviz.canvas.header import Heading, edit_heading, forms_of, heading_of, paint_form, paint_headings
from fmviz.canvas.layer import CLOUD_LAYERS, Look, Picture, look_of
from fmviz.canvas.legend import Legend
from fmviz.canvas.pane import Pane, paint_pane, paint_stage_ground
from fmviz.canvas.surround import paint_surround
from fmviz.core.export_spec import Decor
from fmviz.core.extent import Box
from fmviz.core.fit import box_of_clouds
from fmviz.core.frames import Frame, Limits
from fmviz.core.style import Style
from fmviz.core.theme import Theme

Content = Callable[[QPainter], None]
_EMPTY = Box(0.0, 0.0, 7.0, 7.0)


def paint_picture(painter: QPainter, layout: StageLayout, look: Look, contents: Sequence[tuple[Mapping, Content]],
                  headings: Sequence[Heading], legend: Legend, row_names: Sequence[Heading] = ()) -> None:
    """Draw everything from the painter's top left corner.

    Args:
        contents: what each pane shows, and what draws it from the pane's top left corner; may be fewer than the panes.
        headings: of the first panes.
        row_names: what stands beside each row of panes.
    """
    paint_stage_ground(painter, layout.width, layout.height, look)
    for box, (mapping, content) in zip(layout.panes, contents, strict=False):
        paint_pane(painter, box, look, content)
        paint_axes(painter, box, mapping, layout, look.theme, look.lettering)
    paint_headings(painter, headings, layout.panes[:len(headings)], layout, look.theme, look.lettering)
    _paint_names(painter, row_names, layout, look)
    paint_footer(painter, layout, legend, look)
    paint_surround(painter, layout.title, layout.caption, look.theme, look.lettering)


def _paint_names(painter: QPainter, names: Sequence[Heading], layout: StageLayout, look: Look) -> None:
    """Write the name of each row beside it, upwards."""
    if not layout.names:
        return
    left = layout.panes[0].x - layout.names - (layout.axes[0] if layout.axes else 0)
    baseline = layout.names - round(0.62 * layout.text_px)
    rows = [box for box in layout.panes if box.x == layout.panes[0].x]
    forms = forms_of(names, [box.height for box in rows], layout.text_px, look.lettering)
    for box, heading, form in zip(rows, names, forms, strict=True):
        width = form.width(look.lettering)
        painter.save()
        painter.translate(left, box.y + (box.height + width) / 2)
        painter.rotate(-90)
        paint_form(painter, form, heading, QPointF(0, baseline), width, look.theme, look.lettering)
        painter.restore()


class StagePicture:
    """What is shown, as plain attributes; call `invalidate` after changing any but `brush` and `selection`.

    Attributes:
        theme, style, limits: how it is drawn.
        pane_count: how many panes there are.
        decor: what surrounds the panes.
        frames: one per pane.
        fit: what there is to see in all of them; None is what their clouds fill.
        edit: a cloud that is being drawn, in one pane instead of the frames.
        brush, selection: marks above it, world units.
    """

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.style = Style()
        self.limits = Limits()
        self.pane_count = 1
        self.decor = Decor()
        self.frames: tuple[Frame, ...] = ()
        self.fit: Box | None = None
        self.edit: EditPicture | None = None
        self.brush: Brush | None = None
        self.selection: Selection | None = None
        self._panes: list[Pane] = []
        self._pictures: tuple[Picture, ...] = ()
        self._overlay = EditOverlay()
        self._prepared: tuple[int, int, Look] | None = None

    def invalidate(self) -> None:
        """Prepare again before the next painting."""
        self._prepared = None

    @property
    def box(self) -> Box:
        """What every pane shows the whole of."""
        return self.fitted if self.style.camera is None else self.style.camera.box

    @property
    def fitted(self) -> Box:
        """What every pane shows the whole of without a camera."""
        if self.edit is not None and self.edit.extent is not None:
            return self.edit.extent.box
        if self.fit is not None:
            return self.fit
        return box_of_clouds(self.frames) if self.frames else _EMPTY

    def layout(self, width: int, height: int) -> StageLayout:
        """Return where everything lies on a canvas of that size."""
        panes = 1 if self.edit is not None else self.pane_count
        return stage_layout(max(1, width), max(1, height), panes, self.decor, self.fitted.shape)

    def mapping(self, layout: StageLayout) -> Mapping:
        """Return the mapping of every pane of a layout."""
        return mapping_of(self.box, layout.panes[0].width, layout.panes[0].height)

    def paint(self, painter: QPainter, width: int, height: int, dpr: float, is_vector: bool = False,
              is_fine: bool = False) -> None:
        """Draw everything from the top left corner.

        Args:
            dpr: device pixels per pixel.
            is_vector, is_fine: see `layer.Picture`.
        """
        layout = self.layout(width, height)
        mapping, look = self.mapping(layout), look_of(self.theme, self.decor.background, dpr, is_vector, is_fine)
        self._prepare(layout, mapping, look)
        contents = [(mapping, partial(self._paint_content, index, mapping, look)) for index in range(len(layout.panes))]
        paint_picture(painter, layout, look, contents, self._headings(), self._legend())

    def values_at(self, pane: int, x: float, y: float) -> tuple[str, ...]:
        """Return what a pane shows at a place of the world, in words; nothing of a cloud that is being drawn."""
        return () if self.edit is not None or pane >= len(self._pictures) else self._panes[pane].values_at(x, y)

    def _prepare(self, layout: StageLayout, mapping: Mapping, look: Look) -> None:
        """Let the layers fill their arrays, once per change of values, size or look."""
        key = (layout.width, layout.height, look)
        if self._prepared == key:
            return
        if self.edit is not None:
            self._overlay.update(self.edit, mapping, look.theme, look.dpr)
        else:
            self._pictures = tuple(look.picture(frame, self.style, self.limits, mapping)
                                   for frame in self.frames[: self.pane_count])
            self._panes += [Pane() for _ in self._pictures[len(self._panes):]]
            for pane, picture in zip(self._panes, self._pictures, strict=False):
                pane.update(picture)
        self._prepared = key

    def _paint_content(self, index: int, mapping: Mapping, look: Look, painter: QPainter) -> None:
        if self.edit is not None:
            self._overlay.paint(painter)
        elif index < len(self._pictures):
            self._panes[index].paint(painter)
        if index == 0:
            self._paint_marks(painter, mapping, look.theme)

    def _paint_marks(self, painter: QPainter, mapping: Mapping, theme: Theme) -> None:
        if self.selection is not None:
            paint_selection(painter, self.selection, mapping, theme)
        if self.brush is not None:
            paint_brush(painter, self.brush, mapping, theme)

    def _headings(self) -> list[Heading]:
        if self.edit is not None:
            return [edit_heading(self.edit.points_role, len(self.edit.points))]
        return [heading_of(frame, self.style, self.pane_count > 1) for frame in self.frames[: self.pane_count]]

    def _legend(self) -> Legend:
        return legend_of(self._pictures) if self.edit is None else Legend(dots=CLOUD_LAYERS)
