"""Where everything on the stage lies: a function of the canvas' size and the number of panes, nothing else.

Because of that an offscreen canvas of the same size draws the same pixels, and switching a layer never
moves a pane. Text keeps a size that the last row can read; where room is short the least important rows
go first: the subtitle, then the legend, then the titles.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from fmviz.core.extent import Extent

_TEXT_SHARE = 0.025
MIN_TEXT_PX, MAX_TEXT_PX = 12, 34
# The longest title with its chip and t takes so many text sizes.
_PANE_IN_TEXTS = 17
# A row of text is given up when the pane would get less than this share of its cell.
_LEAST_PANE_SHARE = 0.6


@dataclass(frozen=True)
class PaneBox:
    """One pane's square, and the strip of text above it; whole pixels."""

    x: int
    y: int
    side: int
    header: int

    def contains(self, x: float, y: float) -> bool:
        """Whether a canvas pixel lies in the square."""
        return self.x <= x < self.x + self.side and self.y <= y < self.y + self.side


@dataclass(frozen=True)
class StageLayout:
    """The whole stage, px. `footer` is (x, y, width, height) of the legend row, or None where it has no room."""

    width: int
    height: int
    text_px: int
    small_px: int
    has_subtitle: bool
    panes: tuple[PaneBox, ...]
    footer: tuple[int, int, int, int] | None


@dataclass(frozen=True)
class Mapping:
    """World units to pixels of one pane and back; y points up in the world and down on the screen."""

    extent: Extent
    side: int

    @property
    def pixels_per_unit(self) -> float:
        return self.side / (2 * self.extent.half)

    def to_pixels(self, xy: np.ndarray) -> np.ndarray:
        """Return positions (..., 2) in px from the pane's top left corner."""
        scale = self.pixels_per_unit
        corner = np.array((self.extent.left, self.extent.top), dtype=np.float32)
        return (np.asarray(xy, dtype=np.float32) - corner) * np.array((scale, -scale), dtype=np.float32)

    def to_world(self, x: float, y: float) -> tuple[float, float]:
        """Return the world position of a pixel of the pane."""
        scale = self.pixels_per_unit
        return self.extent.left + x / scale, self.extent.top - y / scale


@lru_cache(maxsize=32)
def stage_layout(width: int, height: int, panes: int) -> StageLayout:
    """Place `panes` squares (1 or 2; two are stacked when the canvas is taller than wide) and their text."""
    columns, rows = (1, panes) if height > width else (panes, 1)
    cell = min(width / columns, height / rows)
    wanted = int(np.clip(round(_TEXT_SHARE * height), MIN_TEXT_PX, MAX_TEXT_PX))
    for texts in (("title", "subtitle", "footer"), ("title", "footer"), ("title",), ()):
        layout = _placed(width, height, columns, rows, wanted, texts)
        limit = max(MIN_TEXT_PX, layout.panes[0].side // _PANE_IN_TEXTS)
        if wanted > limit:
            layout = _placed(width, height, columns, rows, limit, texts)
        if layout.panes[0].side >= _LEAST_PANE_SHARE * cell:
            return layout
    return layout


def _placed(width: int, height: int, columns: int, rows: int, text: int, texts: tuple[str, ...]) -> StageLayout:
    small = max(MIN_TEXT_PX, round(0.8 * text))
    header = 0
    if "title" in texts:
        header = round(1.3 * text + 0.5 * text) + (round(1.3 * small) if "subtitle" in texts else 0)
    footer = round(0.75 * text) + round(0.5 * text) + round(1.45 * small) if "footer" in texts else 0
    margin = max(4, round(0.02 * min(width, height))) if texts else 2
    gap_x = max(2 * margin, text)
    gap_y = margin
    side = max(8, int(min(
        (width - 2 * margin - (columns - 1) * gap_x) / columns,
        (height - 2 * margin - footer - rows * header - (rows - 1) * gap_y) / rows,
    )))
    block_width = columns * side + (columns - 1) * gap_x
    block_height = rows * (header + side) + (rows - 1) * gap_y + footer
    left, top = (width - block_width) // 2, (height - block_height) // 2
    boxes = tuple(
        PaneBox(left + column * (side + gap_x), top + row * (header + side + gap_y) + header, side, header)
        for row in range(rows) for column in range(columns)
    )
    last = boxes[-1]
    row_top = last.y + last.side + round(0.75 * text)
    strip = (left, row_top, block_width, footer - round(0.75 * text)) if footer else None
    return StageLayout(width, height, text, small, "subtitle" in texts, boxes, strip)
