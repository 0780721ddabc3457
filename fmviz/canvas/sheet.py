"""Several pictures in a grid, each with its own frame, style, limits and heading, under one title."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce

from PySide6.QtGui import QImage, QPainter

from fmviz.canvas.fonts import offscreen_app
from fmviz.canvas.footer import legend_of
from fmviz.canvas.geometry import StageLayout, mapping_of, sheet_layout
from fmviz.canvas.header import Heading, heading_of
from fmviz.canvas.layer import Look, look_of, new_paper, painting_on
from fmviz.canvas.pane import Pane
from fmviz.canvas.stage import paint_picture
from fmviz.core.export_spec import Decor
from fmviz.core.extent import Box
from fmviz.core.film import STRIP_TIMES, Film
from fmviz.core.fit import box_of_clouds, box_of_flows
from fmviz.core.formats import TRANSPARENT
from fmviz.core.frames import Frame, Limits, frame_at, limits_of
from fmviz.core.style import Style
from fmviz.core.theme import Theme, load_theme


@dataclass(frozen=True, eq=False)
class Cell:
    """One pane of a sheet.

    Args:
        frame, style, limits: what it shows and how.
        title: what stands above it, "" for nothing.
        details: short muted facts under the title, the most important first.
        has_t: whether the frame's t stands at the right of the title.
        has_chip: whether the lane's letter stands before the title.
    """

    frame: Frame
    style: Style
    limits: Limits
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
        box: what all cells show; None fits each of them to its clouds.
    """

    cells: tuple[Cell, ...]
    rows: int
    columns: int
    decor: Decor
    theme: Theme
    row_names: tuple[Heading, ...] = ()
    box: Box | None = None

    def box_of(self, cell: Cell) -> Box:
        """Return what a cell shows."""
        camera = cell.style.camera
        return camera.box if camera is not None else self.box or box_of_clouds((cell.frame,))


def strip_of(film: Film) -> Sheet:
    """Return the film strip: t = 0, .25, .5, .75 and 1 in a row for each lane.

    The times stand above the columns, the lanes beside the rows.
    """
    newest, style = film.moments[-1], film.style
    limits = film.limits or limits_of(newest, style)
    cells, names = [], []
    for row, (snapshot, mark) in enumerate(zip(newest, film.marks, strict=True)):
        frames = [frame_at(snapshot, t, style, mark=mark) for t in STRIP_TIMES]
        names.append(heading_of(replace(frames[0], t=None), style, len(newest) > 1))
        cells += [Cell(frame, style, limits, f"t = {t:g}" if row == 0 else "")
                  for t, frame in zip(STRIP_TIMES, frames, strict=True)]
    return Sheet(tuple(cells), len(newest), len(STRIP_TIMES), film.spec.decor, load_theme(film.spec.theme_key),
                 tuple(names), box_of_flows(newest))


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
    pictures, contents = [], []
    for cell, box in zip(sheet.cells, layout.panes, strict=False):
        mapping = mapping_of(sheet.box_of(cell), box.width, box.height)
        picture = look.picture(cell.frame, cell.style, cell.limits, mapping)
        pane = Pane()
        pane.update(picture)
        pictures.append(picture)
        contents.append((mapping, pane.paint))
    paint_picture(painter, layout, look, contents, [_heading(cell) for cell in sheet.cells[:len(contents)]],
                  legend_of(pictures), sheet.row_names[:sheet.rows])


def layout_of(sheet: Sheet, width: int, height: int) -> StageLayout:
    """Return where everything on a sheet of that size lies."""
    titled = tuple(row for row in range(sheet.rows) if any(
        cell.title or cell.details or cell.has_t or cell.has_chip
        for cell in sheet.cells[row * sheet.columns:(row + 1) * sheet.columns]
    ))
    has_details = any(cell.details for cell in sheet.cells)
    shape = reduce(Box.united, map(sheet.box_of, sheet.cells)).shape
    return sheet_layout(width, height, sheet.rows, sheet.columns, titled, has_details, bool(sheet.row_names),
                        sheet.decor, shape)


def _heading(cell: Cell) -> Heading:
    return Heading(cell.title, cell.details, cell.frame.t if cell.has_t else None,
                   cell.frame.mark if cell.has_chip else None)
