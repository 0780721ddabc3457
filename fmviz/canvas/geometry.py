"""Where everything in a picture lies: a function of its size, its panes and its decor, nothing else.

Because of that an offscreen canvas of the same size draws the same pixels, and switching a layer never
moves a pane. Text keeps a size that the last row can read; where room is short the least important rows
go first: the subtitle, then the legend, then the titles, then the axes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from fmviz.canvas.surround import Surround, TextBlock, surround_of
from fmviz.core.decor import Decor
from fmviz.core.export_spec import MOST_TEXT_SHARE
from fmviz.core.extent import Extent

_TEXT_SHARE = 0.025
MIN_TEXT_PX, MAX_TEXT_PX = 12, 34
# Where the text's size is asked for, as on paper, it may be smaller, and is not bent to the panes.
LEAST_TEXT_PX = 5
# The longest title with its chip and t takes so many text sizes.
_PANE_IN_TEXTS = 17
# Between two panes, in text sizes: the t of one keeps away from the letter of the next.
_PANE_GAP = 1.6
# A row of text is given up when the pane would get less than this share of its cell.
_LEAST_PANE_SHARE = 0.6
# Numbers of an axis: so many small text sizes to the left and below, with their ticks.
_LEFT_TEXTS, _BELOW_TEXTS = 3.4, 1.65


# Nothing is seen of what lies further from a pane, and Qt's numbers end before float32's.
_FARTHEST_PX = 1e7

PLAIN = Decor()


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
    """The whole picture, px.

    `footer` is (x, y, width, height) of the legend row, or None where it has no room. `axes` is the room for ticks and
    numbers to the left of each pane and below, or None. `names` is the room to the left of each row of a sheet.
    """

    width: int
    height: int
    text_px: int
    small_px: int
    has_subtitle: bool
    panes: tuple[PaneBox, ...]
    footer: tuple[int, int, int, int] | None
    title: TextBlock | None = None
    caption: TextBlock | None = None
    axes: tuple[int, int] | None = None
    names: int = 0

    @property
    def bottom(self) -> int:
        """Where the lowest of it ends, px; below there is nothing."""
        ends = [pane.y + pane.side + (self.axes[1] if self.axes else 0) for pane in self.panes]
        ends += [self.footer[1] + self.footer[3]] if self.footer else []
        return max(*ends, *([self.caption.y + self.caption.height] if self.caption else []), 0)


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
        xy = np.asarray(xy, dtype=np.float64)
        pixels = np.empty(xy.shape, dtype=np.float32)
        # Only what is left of a place far from the origin fits into float32. By columns: a broadcast over an axis of
        # two takes ten times as long.
        for axis, (edge, factor) in enumerate(((self.extent.left, scale), (self.extent.top, -scale))):
            column = (xy[..., axis] - edge) * factor
            np.clip(column, -_FARTHEST_PX, _FARTHEST_PX, out=pixels[..., axis], casting="same_kind")
        return pixels

    def to_world(self, x: float, y: float) -> tuple[float, float]:
        """Return the world position of a pixel of the pane."""
        scale = self.pixels_per_unit
        return self.extent.left + x / scale, self.extent.top - y / scale


@dataclass(frozen=True)
class Plan:
    """A grid of panes and which rows of text it has, before it is known how large the panes become.

    Args:
        columns, rows: of panes.
        texts: which of "title", "subtitle", "footer" and "axes" there are.
        titled: the rows of panes that have a title; the others have none.
        has_names: whether each row has a name beside it.
        is_sheet: whether the panes stand close together.
    """

    columns: int
    rows: int
    texts: tuple[str, ...] = ()
    titled: tuple[int, ...] = ()
    has_names: bool = False
    is_sheet: bool = False


@lru_cache(maxsize=32)
def stage_layout(width: int, height: int, panes: int, decor: Decor = PLAIN) -> StageLayout:
    """Place `panes` squares (1 or 2; two are stacked when the canvas is taller than wide) and their text."""
    columns, rows = (1, panes) if height > width else (panes, 1)
    plan = Plan(columns, rows, titled=tuple(range(rows)))
    is_fixed = decor.text_share > 0
    wanted = fixed_text(decor, width, height) if is_fixed else int(
        np.clip(round(_TEXT_SHARE * height), MIN_TEXT_PX, MAX_TEXT_PX))
    for texts in text_choices(decor):
        layout = placed(width, height, replace(plan, texts=texts), wanted, decor)
        limit = max(MIN_TEXT_PX, layout.panes[0].side // _PANE_IN_TEXTS)
        if wanted > limit and not is_fixed:
            layout = placed(width, height, replace(plan, texts=texts), limit, decor)
        if layout.panes[0].side >= _LEAST_PANE_SHARE * cell_of(layout, columns, rows):
            return layout
    return layout


def fixed_text(decor: Decor, width: int, height: int) -> int:
    """Return the size of the text that the decor asks for, px."""
    most = max(LEAST_TEXT_PX, int(MOST_TEXT_SHARE * min(width, height)))
    return int(np.clip(round(decor.text_share * height), LEAST_TEXT_PX, most))


def text_choices(decor: Decor) -> list[tuple[str, ...]]:
    """Return which rows of text there may be, the most wanted first."""
    rows: list[tuple[str, ...]] = [("title", "subtitle", "footer"), ("title", "footer"), ("title",)]
    axes = ("axes",) if decor.has_axes else ()
    choices = [(*texts, *axes) for texts in rows] if decor.has_text else []
    return [*choices, *([axes] if axes else []), ()]


def cell_of(layout: StageLayout, columns: int, rows: int) -> float:
    """Return the edge that a pane could have without rows of text, beside title and caption."""
    taken = sum(block.height for block in (layout.title, layout.caption) if block is not None)
    return min((layout.width - layout.names) / columns, (layout.height - taken) / rows)


def placed(width: int, height: int, plan: Plan, text: int, decor: Decor) -> StageLayout:
    """Place everything for one size of the text; the block of all that there is stands in the middle."""
    is_fixed = decor.text_share > 0
    small = max(LEAST_TEXT_PX if is_fixed else MIN_TEXT_PX, round(0.8 * text))
    texts, columns, rows = plan.texts, plan.columns, plan.rows
    header = 0
    if "title" in texts and plan.titled:
        header = round(1.3 * text + 0.5 * text) + (round(1.3 * small) if "subtitle" in texts else 0)
    headers = [header if row in plan.titled else 0 for row in range(rows)]
    footer = round(0.75 * text) + round(0.5 * text) + round(1.45 * small) if "footer" in texts else 0
    beside, below = (round(_LEFT_TEXTS * small), round(_BELOW_TEXTS * small)) if "axes" in texts else (0, 0)
    names = round(2.0 * text) if plan.has_names else 0
    margin = _margin(width, height, bool(texts), decor)
    gap_x, gap_y = max(2 * margin, round(_PANE_GAP * text)), margin
    if plan.is_sheet:
        gap_x = gap_y = max(4, round(0.6 * text))

    def fit(surround: Surround) -> int:
        return max(8, int(min(
            (width - 2 * margin - names - (columns - 1) * gap_x) / columns - beside,
            (height - 2 * margin - surround.above - surround.below - footer - sum(headers) - (rows - 1) * gap_y) / rows
            - below,
        )))

    def block_width(side: int) -> int:
        return names + columns * (beside + side) + (columns - 1) * gap_x

    surround, side = _settled(decor, text, width - 2 * margin, height, fit,
                              lambda side: block_width(side) - names - beside)
    block_height = (surround.above + sum(headers) + rows * (side + below) + (rows - 1) * gap_y + footer
                    + surround.below)
    left, top = (width - block_width(side)) // 2, (height - block_height) // 2
    boxes = []
    y = top + surround.above
    for row in range(rows):
        y += headers[row]
        boxes += [PaneBox(left + names + column * (beside + side + gap_x) + beside, y, side, headers[row])
                  for column in range(columns)]
        y += side + below + (gap_y if row < rows - 1 else 0)
    first = boxes[0].x
    row_top = y + round(0.75 * text)
    strip = (first, row_top, block_width(side) - (first - left), footer - round(0.75 * text)) if footer else None
    title = _at(surround.title, first, top, width, margin)
    caption = _at(surround.caption, first, y + footer + surround.gap, width, margin)
    return StageLayout(width, height, text, small, "subtitle" in texts, tuple(boxes), strip, title, caption,
                       (beside, below) if beside else None, names)


def _margin(width: int, height: int, has_texts: bool, decor: Decor) -> int:
    """Return the room around everything; a pane without words fills the picture."""
    if has_texts or decor.title or decor.caption:
        return max(4, round(0.02 * min(width, height)))
    return 2 if decor.has_text else 0


def _settled(decor: Decor, text: int, width: int, height: int, fit: Callable[[Surround], int],
             panes_width: Callable[[int], int]) -> tuple[Surround, int]:
    """Return title and caption, and the edge of the panes that stand between them.

    The caption is as wide as the panes where that takes few lines, else as wide as the picture. More lines make
    smaller panes, so the width is looked for.
    """
    wide = surround_of(decor, text, width, width, height)
    side = fit(wide)
    for _ in range(3):
        narrow = surround_of(decor, text, width, min(width, panes_width(side)), height)
        if not narrow.is_short or (narrow.title is None) != (wide.title is None):
            return wide, fit(wide)
        if fit(narrow) == side:
            break
        side = fit(narrow)
    return narrow, side


def _at(block: TextBlock | None, x: int, y: int, width: int, margin: int) -> TextBlock | None:
    """Return a block whose left edge is the panes', or as far left of it as its longest line needs."""
    if block is None:
        return None
    return replace(block, x=max(0, min(x, width - margin - block.width)), y=y)
