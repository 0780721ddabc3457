"""Several pictures in a grid, each with its own frame, style, limits and heading, under one title."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage, QPainter

from fmviz.canvas.application import offscreen_app
from fmviz.canvas.axes import paint_axes
from fmviz.canvas.footer import legend_of, paint_footer
from fmviz.canvas.geometry import Mapping, StageLayout
from fmviz.canvas.header import heading_of, paint_form, paint_headings
from fmviz.canvas.heading_form import Heading, forms_of
from fmviz.canvas.look import Look, look_of, new_paper, painting_on
from fmviz.canvas.pane import Pane, paint_pane, paint_stage_ground
from fmviz.canvas.sheet_layout import sheet_layout
from fmviz.canvas.surround import paint_surround
from fmviz.core.decor import Decor
from fmviz.core.film import STRIP_TIMES, Film
from fmviz.core.formats import TRANSPARENT
from fmviz.core.frames import Frame, Limits, frame_at, limits_of
from fmviz.core.style import Style
from fmviz.core.theme import Theme, load_theme


@dataclass(frozen=True, eq=False)
class Cell:
    """One pane of a sheet.

    Args:
        frame, style, limits: what it shows and how.
        lane: 0 for A, 1 for B; decides the colour of pair lines.
        title: what stands above it, "" for nothing.
        details: short muted facts under the title, the most important first.
        has_t: whether the frame's t stands at the right of the title.
        has_chip: whether the lane's letter stands before the title.
    """

    frame: Frame
    style: Style
    limits: Limits
    lane: int = 0
    title: str = ""
    details: tuple[str, ...] = ()
    has_t: bool = False
    has_chip: bool = False


@dataclass(frozen=True, eq=False)
class Sheet:
    """A grid of panes.

    Args:
        cells: row by row; fewer than rows x columns leave the last places empty.
        rows, columns: at least 1.
        decor: title, caption, axes, ground and text.
        theme: its colours (a white ground takes the light theme's).
        row_names: what stands beside each row, or ().
    """

    cells: tuple[Cell, ...]
    rows: int
    columns: int
    decor: Decor
    theme: Theme
    row_names: tuple[Heading, ...] = ()


def strip_of(film: Film) -> Sheet:
    """Return the film strip: t = 0, .25, .5, .75 and 1 in a row for each lane.

    The times stand above the columns, the lanes beside the rows.
    """
    newest, style = film.moments[-1], film.style
    limits = film.limits or limits_of(newest, style)
    cells, names = [], []
    for row, snapshot in enumerate(newest):
        frames = [frame_at(snapshot, t, style) for t in STRIP_TIMES]
        chip = snapshot.lane if len(newest) > 1 else None
        names.append(heading_of(replace(frames[0], t=None), style, "", chip))
        cells += [Cell(frame, style, limits, snapshot.lane, f"t = {t:g}" if row == 0 else "")
                  for t, frame in zip(STRIP_TIMES, frames, strict=True)]
    return Sheet(tuple(cells), len(newest), len(STRIP_TIMES), film.spec.decor, load_theme(film.spec.theme_key),
                 tuple(names))


def sheet_image(sheet: Sheet, width: int, height: int, scale: int = 1) -> QImage:
    """Return a sheet as an image of (width, height) times `scale` pixels; opaque unless its ground is transparent."""
    offscreen_app()
    image = new_paper(width * scale, height * scale, sheet.decor.background == TRANSPARENT)
    image.setDevicePixelRatio(scale)
    look = look_of(sheet.theme, sheet.decor.background, scale, is_fine=scale > 1)
    with painting_on(image) as painter:
        paint_sheet(painter, sheet, width, height, look)
    image.setDevicePixelRatio(1.0)
    return image


def paint_sheet(painter: QPainter, sheet: Sheet, width: int, height: int, look: Look) -> None:
    """Draw a sheet from the painter's top left corner."""
    layout = layout_of(sheet, width, height)
    paint_stage_ground(painter, width, height, look)
    pictures = []
    for cell, box in zip(sheet.cells, layout.panes, strict=False):
        mapping = Mapping(cell.frame.extent, box.side)
        picture = look.picture(cell.frame, cell.style, cell.limits, mapping)
        pane = Pane()
        pane.update(picture)
        paint_pane(painter, box, look, pane.paint)
        paint_axes(painter, box, mapping, layout, look.theme, look.lettering)
        pictures.append(picture)
    boxes = layout.panes[:len(pictures)]
    paint_headings(painter, [_heading(cell) for cell in sheet.cells[:len(boxes)]], boxes, layout, look.theme,
                   look.lettering)
    _paint_names(painter, sheet, layout, look)
    paint_footer(painter, layout, legend_of(pictures), look)
    paint_surround(painter, layout.title, layout.caption, look.theme, look.lettering)


def layout_of(sheet: Sheet, width: int, height: int) -> StageLayout:
    """Return where everything on a sheet of that size lies."""
    titled = tuple(row for row in range(sheet.rows) if any(
        cell.title or cell.details or cell.has_t or cell.has_chip
        for cell in sheet.cells[row * sheet.columns:(row + 1) * sheet.columns]
    ))
    has_details = any(cell.details for cell in sheet.cells)
    return sheet_layout(width, height, sheet.rows, sheet.columns, titled, has_details, bool(sheet.row_names), True,
                        sheet.decor)


def _heading(cell: Cell) -> Heading:
    return Heading(cell.title, cell.details, cell.frame.t if cell.has_t else None, cell.lane if cell.has_chip else None,
                   coupling=cell.frame.coupling)


def _paint_names(painter: QPainter, sheet: Sheet, layout: StageLayout, look: Look) -> None:
    """Write the name of each row beside it, upwards."""
    if not layout.names:
        return
    left = layout.panes[0].x - layout.names - (layout.axes[0] if layout.axes else 0)
    baseline = layout.names - round(0.62 * layout.text_px)
    names = sheet.row_names[: sheet.rows]
    forms = forms_of(names, [layout.panes[0].side] * len(names), layout.text_px, look.lettering)
    for row, (heading, form) in enumerate(zip(names, forms, strict=True)):
        box = layout.panes[row * sheet.columns]
        width = form.width(look.lettering)
        painter.save()
        painter.translate(left, box.y + (box.side + width) / 2)
        painter.rotate(-90)
        paint_form(painter, form, heading, QPointF(0, baseline), width, look.theme, look.lettering)
        painter.restore()
