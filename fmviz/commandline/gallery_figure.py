"""What a figure of the gallery is, where it stands, and what all drawing functions share: styles, words, sheets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from fmviz.canvas.composer import PaneContent, Sheet, sheet_drawing
from fmviz.canvas.layer import Drawing
from fmviz.commandline.gallery_flows import Flows
from fmviz.commandline.output import calm
from fmviz.commandline.progress import ProgressPart
from fmviz.core.cloud import FloatArray, Side
from fmviz.core.export_spec import Decor
from fmviz.core.frames import FlowSnapshot
from fmviz.core.project import Project
from fmviz.core.style import Style
from fmviz.core.theme import load_theme
from fmviz.film.stills import write_drawing

SUFFIXES = (".png", ".pdf")
# Sheets are looked at on screens of every kind.
SCALE = 2
# The article's sections, in order.
ASKED, MAPS, FLOWS, CONDITIONAL, MARGINAL, TRANSPORT = "asked", "maps", "flows", "conditional", "marginal", "transport"
SECTIONS = {
    ASKED: "As asked for",
    MAPS: "Normalizing flows and likelihood",
    FLOWS: "Flow matching",
    CONDITIONAL: "Conditional flow matching: one data point",
    MARGINAL: "From conditional to marginal",
    TRANSPORT: "Optimal transport",
}
_PARTICLES = 900
# A lattice over this share of the source: outside of it nothing was learned.
_INNER = 0.01
_LONGEST_NAME = 40


@dataclass(frozen=True)
class Gallery:
    """What figures are made from.

    Args:
        folder: where they go.
        flows: what is learned.
        width, height: of one picture, px.
        theme: key of `export_spec.THEMES`.
        title: above each picture, "" for none.
        caption: below each picture; None is a sheet's own sentence.
    """

    folder: Path
    flows: Flows
    width: int
    height: int
    theme: str
    title: str = ""
    caption: str | None = None


def always(_project: Project) -> str:
    """Return why a figure that is true of all clouds is not: "" for nothing."""
    return ""


@dataclass(frozen=True)
class Figure:
    """One figure.

    Args:
        key: the name of its files without their endings, the first of which is the one to show.
        title: what stands over it.
        problem: key of the problem that it shows.
        draw: writes its files and returns its sentence, in which formulas stand in $...$.
        section: key of `SECTIONS`.
        equation: what it shows, in TeX.
        suffixes: the endings of its files.
        columns: how many pictures wide it is among others, four in a row.
        cost: about how many seconds it takes at the usual size.
        needs_flow: whether the problem must be learned for it.
        is_of_layers: whether it shows the layers that somebody has asked for.
        beside: key of another problem whose flow it shows too, "" for none.
        why_not: returns why it would not be true of a problem, one sentence, or "".
    """

    key: str
    title: str
    problem: str
    draw: Callable[[Gallery, str, ProgressPart], str]
    section: str
    equation: str = ""
    suffixes: tuple[str, ...] = SUFFIXES
    columns: int = 1
    cost: float = 1.5
    needs_flow: bool = True
    is_of_layers: bool = False
    beside: str = ""
    why_not: Callable[[Project], str] = always

    @property
    def files(self) -> tuple[str, ...]:
        """The names of its files."""
        return tuple(f"{self.key}{suffix}" for suffix in self.suffixes)


def styled(project: Project, view: str) -> Style:
    """Return the project's own style with that view; fewer particles than usual, so that each can be seen."""
    style = replace(project.style.with_view(view), lanes=(), annotations=())
    return style if style.particles != Style().particles else replace(style, particles=_PARTICLES)


def way(project: Project) -> str:
    """Return what becomes what, for a sentence."""
    return f"{named(project.source)} to {named(project.target)}"


def named(side: Side) -> str:
    """Return what a side is called in a sentence: a file's name may be long."""
    name = side.label
    return f"“{name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + '…'}”"


def sheet_of(gallery: Gallery, cells: Sequence[PaneContent], rows: int, columns: int, caption: str) -> Sheet:
    """Return a sheet of panes with a sentence below."""
    return Sheet(tuple(cells), load_theme(gallery.theme), Decor(caption=caption), grid=(rows, columns))


def write_panes(gallery: Gallery, key: str, sheet: Sheet, size: tuple[int, float]) -> None:
    """Write a sheet's files.

    Args:
        size: width and height in pictures.
    """
    width, height = size[0] * gallery.width, round(size[1] * gallery.height)
    caption = sheet.decor.caption if gallery.caption is None else gallery.caption
    sheet = replace(sheet, decor=replace(sheet.decor, title=gallery.title, caption=caption))
    write_files(gallery, key, sheet_drawing(sheet, width, height), gallery.title)


def write_files(gallery: Gallery, key: str, drawing: Drawing, title: str, scale: int = SCALE) -> None:
    """Write a drawing, called so, as the files of a figure."""
    for suffix in SUFFIXES:
        with calm():
            write_drawing(gallery.folder / f"{key}{suffix}", drawing, scale, title)


def inner_lattice(warp: FloatArray | None, snapshot: FlowSnapshot) -> FloatArray | None:
    """Return the square part of a carried lattice whose nodes began around the samples."""
    if warp is None:
        return None
    low, high = np.quantile(snapshot.x[0], (_INNER, 1 - _INNER), axis=0)
    count = len(warp)
    axes = snapshot.extent.axes(count)
    spans = [np.searchsorted(nodes, (low[k], high[k])).clip(0, count - 1) for k, nodes in enumerate(axes)]
    side = max(2, *(int(end - start) for start, end in spans)) + 1
    columns, rows = (slice(first, first + side) for first in
                     (int(np.clip((start + end - side) // 2, 0, count - side)) for start, end in spans))
    return warp[rows, columns]
