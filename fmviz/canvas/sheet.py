"""Several pictures in a grid, each with its own frame, style, limits and heading, under one title."""

from __future__ import annotations

from dataclasses import dataclass

from fmviz.canvas.header import Heading
from fmviz.core.decor import Decor
from fmviz.core.frames import Frame, Limits
from fmviz.core.style import Style
from fmviz.core.theme import Theme


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
