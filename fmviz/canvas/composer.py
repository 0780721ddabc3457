"""The whole picture: panes, headings, legend, title and caption, painted into any painter of any size.

A `Sheet` says what is shown, a `Composer` paints it: the stage, whose panes have all the room that there is, and a grid
of small panes close together alike.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial, reduce

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QImage, QPainter

from fmviz.canvas.annotated import Annotated
from fmviz.canvas.axes import paint_axes
from fmviz.canvas.column import facts_of, paint_column
from fmviz.canvas.edit_overlay import Brush, EditOverlay, EditPicture, Selection, paint_brush, paint_selection
from fmviz.canvas.fonts import load_fonts, offscreen_app
from fmviz.canvas.footer import has_time_bar, legend_of, paint_footer
from fmviz.canvas.geometry import Mapping, PaneBox, StageLayout, mapping_of, sheet_layout, stage_layout
from fmviz.canvas.header import Heading, edit_heading, forms_of, heading_of, paint_form, paint_headings
from fmviz.canvas.layer import CLOUD_LAYERS, Drawing, Look, Picture, look_of, new_paper, painting_on
from fmviz.canvas.legend import Legend, role_swatch
from fmviz.canvas.pane import Pane, paint_pane, paint_stage_ground
from fmviz.canvas.surround import paint_surround
from fmviz.core.camera import Camera
from fmviz.core.export_spec import Decor
from fmviz.core.extent import Box
from fmviz.core.film import STRIP_TIMES, Film
from fmviz.core.fit import box_of_clouds, box_of_flows
from fmviz.core.formats import TRANSPARENT
from fmviz.core.frames import Frame, compared, frame_at
from fmviz.core.limits import Limits, limits_at, limits_of
from fmviz.core.style import Style
from fmviz.core.theme import Theme, load_theme

# Pictures larger than this are not kept to be painted on again: at 8 K two of them would be half a gigabyte.
_LARGE_PX = 16_000_000
_EMPTY = Box(0.0, 0.0, 7.0, 7.0)


@dataclass(frozen=True, eq=False)
class PaneContent:
    """What one pane shows, how, and what stands above it."""

    frame: Frame
    style: Style
    limits: Limits
    heading: Heading = Heading("")  # noqa: RUF009  a frozen value


@dataclass(frozen=True, eq=False)
class Sheet:
    """What a picture shows.

    Args:
        contents: of the panes, row by row; fewer leave the last ones empty.
        theme: its colours (a white ground takes the light theme's).
        decor: title, caption, axes, ground and text.
        grid: rows and columns of small panes; None gives `panes` of them as much room as there is.
        row_names: what stands beside each row of a grid, or ().
        box: what there is to see in all panes; None fits each pane of a grid to its clouds.
        camera: where all panes look instead; those of a grid have their styles' cameras.
        edit: a cloud that is being drawn, in one pane instead of the contents.
    """

    contents: tuple[PaneContent, ...]
    theme: Theme
    decor: Decor = Decor()  # noqa: RUF009  a frozen value
    panes: int = 1
    grid: tuple[int, int] | None = None
    row_names: tuple[Heading, ...] = ()
    box: Box | None = None
    camera: Camera | None = None
    edit: EditPicture | None = None

    @property
    def fitted(self) -> Box:
        """What there is to see, whatever cameras show."""
        return self.box or (box_of_clouds([content.frame for content in self.contents]) if self.contents else _EMPTY)

    def box_of(self, pane: int) -> Box:
        """Return what a pane shows the whole of."""
        if self.grid is None:
            return self.fitted if self.camera is None else self.camera.box
        content = self.contents[pane]
        camera = content.style.camera
        return camera.box if camera is not None else self.box or box_of_clouds((content.frame,))

    def layout(self, width: int, height: int) -> StageLayout:
        """Return where everything lies in a picture of that size."""
        if self.grid is None:
            panes = 1 if self.edit is not None else self.panes
            return stage_layout(max(1, width), max(1, height), panes, self.decor, self.fitted.shape)
        rows, columns = self.grid
        headings = [content.heading for content in self.contents]
        titled = tuple(row for row in range(rows)
                       if any(heading != Heading("") for heading in headings[row * columns:(row + 1) * columns]))
        shape = reduce(Box.united, map(self.box_of, range(len(self.contents)))).shape
        return sheet_layout(width, height, rows, columns, titled, any(heading.details for heading in headings),
                            bool(self.row_names), self.decor, shape)

    def mapping(self, layout: StageLayout, pane: int = 0) -> Mapping:
        """Return the mapping of a pane of a layout."""
        return mapping_of(self.box_of(pane), layout.panes[pane].width, layout.panes[pane].height, layout.inside)


def stage_sheet(frames: Sequence[Frame], style: Style, limits: Limits, theme: Theme, decor: Decor, panes: int,
                fit: Box | None = None, edit: EditPicture | None = None) -> Sheet:
    """Return the sheet of frames beside each other.

    Args:
        panes: how many panes there are; the frames may come later.
        fit: what there is to see in all of them; None is what their clouds fill.
        edit: a cloud that is being drawn, in one pane instead of the frames.
    """
    limits = limits_at(limits, frames[:panes], style)
    contents = tuple(PaneContent(frame, style, limits, heading_of(frame, style, panes > 1)) for frame in frames[:panes])
    if edit is not None and edit.extent is not None:
        fit = edit.extent.box
    elif fit is None and frames:
        fit = box_of_clouds(frames)
    return Sheet(contents, theme, decor, panes, box=fit, camera=style.camera, edit=edit)


def strip_of(film: Film) -> Sheet:
    """Return the film strip: t = 0, .25, .5, .75 and 1 in a row for each lane.

    The times stand above the columns, the lanes beside the rows.
    """
    newest, style = film.moments[-1], film.style
    limits = film.limits or limits_of(newest, style)
    contents, names = [], []
    lanes = list(zip(newest, film.marks, strict=True))
    columns = [compared([frame_at(snapshot, t, style, mark=mark, first=newest[0]) for snapshot, mark in lanes], style)
               for t in STRIP_TIMES]
    of_times = [limits_at(limits, column, style) for column in columns]
    for row in range(len(newest)):
        frames = [column[row] for column in columns]
        names.append(heading_of(replace(frames[0], t=None), style, len(newest) > 1))
        contents += [PaneContent(frame, style, own, Heading(f"t = {t:.2f}" if row == 0 else ""))
                     for t, frame, own in zip(STRIP_TIMES, frames, of_times, strict=True)]
    return Sheet(tuple(contents), load_theme(film.spec.theme_key), film.decor,
                 grid=(len(newest), len(STRIP_TIMES)), row_names=tuple(names), box=box_of_flows(newest))


def sheet_drawing(sheet: Sheet, width: int, height: int) -> Drawing:
    """Return a sheet of that size as pixels or shapes."""
    offscreen_app()
    composer = Composer()
    return Drawing(width, height, lambda scale: composer.image(sheet, width, height, scale),
                   lambda painter: composer.paint_shapes(painter, sheet, width, height))


class Composer:
    """Paints sheets; what layers have prepared is kept while the sheet, its size and its look are the same.

    Attributes:
        brush, selection: marks of a drawing tool in the first pane, world units.
        is_complete: whether the last painting had the time to prepare all; see `Pane.update`.
    """

    def __init__(self) -> None:
        load_fonts()
        self.brush: Brush | None = None
        self.selection: Selection | None = None
        self.is_complete = True
        self._panes: list[Pane] = []
        self._annotated: list[Annotated] = []
        self._pictures: tuple[Picture, ...] = ()
        self._overlay = EditOverlay()
        self._prepared: tuple[Sheet, int, int, Look] | None = None
        self._paper = QImage()

    def image(self, sheet: Sheet, width: int, height: int, scale: int = 1) -> QImage:
        """Return an image of (width, height) times `scale` pixels; the layout is that of scale 1.

        It is opaque (RGB32) unless the decor's ground is transparent (ARGB32, premultiplied).
        """
        is_clear = sheet.decor.background == TRANSPARENT
        if self._paper.size() != QSize(width * scale, height * scale) or self._paper.hasAlphaChannel() != is_clear:
            self._paper = QImage()  # the old one's memory first
            self._paper = new_paper(width * scale, height * scale, is_clear)
        self._paper.setDevicePixelRatio(scale)
        with painting_on(self._paper) as painter:
            self.paint(painter, sheet, width, height, float(scale), is_fine=scale > 1)
        if width * height * scale * scale > _LARGE_PX:
            image, self._paper = self._paper, QImage()
        else:
            # WORKAROUND PySide 6.11: each image made in Python leaks six references to None when first painted on.
            image = self._paper.copy()
        image.setDevicePixelRatio(1.0)
        return image

    def paint_shapes(self, painter: QPainter, sheet: Sheet, width: int, height: int) -> None:
        """Draw into the painter of a vector file, from its top left corner."""
        self.paint(painter, sheet, width, height, 1.0, is_vector=True)

    def paint(self, painter: QPainter, sheet: Sheet, width: int, height: int, dpr: float, is_vector: bool = False,
              is_fine: bool = False, still_s: float = math.inf) -> None:
        """Draw everything from the painter's top left corner.

        Args:
            dpr: device pixels per pixel.
            is_vector, is_fine: see `layer.Picture`.
            still_s: how long it may prepare what new ways of the particles change; see `Pane.update`.
        """
        layout = sheet.layout(width, height)
        look = look_of(sheet.theme, sheet.decor.background, dpr, is_vector, is_fine)
        self._prepare(sheet, layout, look, time.perf_counter() + still_s)
        theme, lettering = look.theme, look.lettering
        paint_stage_ground(painter, layout.width, layout.height, look)
        for index, box in enumerate(layout.panes if sheet.grid is None else layout.panes[:len(sheet.contents)]):
            mapping = sheet.mapping(layout, index)
            paint_pane(painter, box, look, partial(self._paint_content, sheet, index, mapping, look))
            paint_axes(painter, box, mapping, layout, theme, lettering)
        legend = legend_of(self._pictures) if self._pictures else Legend(
            marks=tuple(role_swatch(role, theme) for role in CLOUD_LAYERS))
        if layout.column is not None and sheet.contents:
            content = sheet.contents[0]
            facts = facts_of(content.frame, content.heading)
            paint_column(painter, layout, sheet.decor, content.heading, facts, legend, look)
        elif layout.column is None:
            self._paint_around(painter, sheet, layout, legend, look)

    def _paint_around(self, painter: QPainter, sheet: Sheet, layout: StageLayout, legend: Legend, look: Look) -> None:
        """Draw what is said above the panes, beside and below them."""
        theme, lettering = look.theme, look.lettering
        headings = [content.heading for content in sheet.contents[:len(layout.panes)]] if sheet.edit is None else [
            edit_heading(sheet.edit.points_role, len(sheet.edit.points))]
        if has_time_bar(painter, layout, legend, look):
            headings = [replace(heading, t=None) for heading in headings]
        paint_headings(painter, headings, layout.panes[:len(headings)], layout, theme, lettering,
                       not look.is_clear)
        _paint_names(painter, sheet.row_names, layout, look)
        paint_footer(painter, layout, legend, look)
        paint_surround(painter, ((layout.title, theme.text), (layout.formula, theme.text),
                                 (layout.caption, theme.muted)), lettering)

    def values_at(self, pane: int, x: float, y: float) -> tuple[str, ...]:
        """Return what a pane has shown last at a place of the world, in words."""
        return self._panes[pane].values_at(x, y) if pane < len(self._pictures) else ()

    def annotated(self, pane: int) -> Annotated | None:
        """Return the annotations that a pane has shown last; None where it shows no flow."""
        return self._annotated[pane] if pane < len(self._pictures) else None

    def paint_selected(self, painter: QPainter, index: int, boxes: Sequence[PaneBox]) -> None:
        """Draw a frame around one of the annotations that were shown last, in panes at these places."""
        for annotated, box, _ in zip(self._annotated, boxes, self._pictures, strict=False):
            painter.save()
            painter.setClipRect(box.x, box.y, box.width, box.height)
            painter.translate(box.x, box.y)
            annotated.paint_selected(painter, index)
            painter.restore()

    def _prepare(self, sheet: Sheet, layout: StageLayout, look: Look, until: float) -> None:
        """Let the layers fill their arrays."""
        key = (sheet, layout.width, layout.height, look)
        if self._prepared == key:
            return
        self._pictures = ()
        if sheet.edit is not None:
            self._overlay.update(sheet.edit, sheet.mapping(layout), look.theme, look.dpr)
        else:
            shown = sheet.contents[:len(layout.panes)]
            ways = tuple(content.frame.paths for content in shown if content.frame.paths is not None)
            self._pictures = tuple(replace(look.picture(content.frame, content.style, content.limits,
                                                        sheet.mapping(layout, k),
                                                        layout.text_px if _has_words(layout, k) else 0), beside=ways,
                                           head_px=layout.inside)
                                   for k, content in enumerate(shown))
        self._panes += [Pane() for _ in self._pictures[len(self._panes):]]
        self._annotated += [Annotated() for _ in self._pictures[len(self._annotated):]]
        self.is_complete = True
        for pane, annotated, picture in zip(self._panes, self._annotated, self._pictures, strict=False):
            self.is_complete &= pane.update(picture, until if self.is_complete else -math.inf)
            annotated.update(picture)
        self._prepared = key if self.is_complete else None

    def _paint_content(self, sheet: Sheet, index: int, mapping: Mapping, look: Look, painter: QPainter) -> None:
        if sheet.edit is not None:
            self._overlay.paint(painter)
        elif index < len(self._pictures):
            self._panes[index].paint(painter)
            self._annotated[index].paint(painter, look.is_clear)
        if index == 0 and self.selection is not None:
            paint_selection(painter, self.selection, mapping, look.theme)
        if index == 0 and self.brush is not None:
            paint_brush(painter, self.brush, mapping, look.theme)


def _has_words(layout: StageLayout, pane: int) -> bool:
    """Whether anything is said about a pane."""
    return bool(layout.panes[pane].header or layout.footer or layout.column)


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
        paint_form(painter, form, heading, QPointF(0, baseline), width, look.theme, look.lettering, is_upwards=True)
        painter.restore()
