"""Where everything in a picture lies: a function of its size, its panes, the shape of what they show, and its decor.

Because of that an offscreen canvas of the same size draws the same pixels, and switching a layer never
moves a pane. Panes take all the room that text leaves. Text keeps a size that the last row can read; where room is
short the least important rows go first: the subtitle, then the legend, then the titles, then the axes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from fmviz.canvas.surround import TextBlock, surround_of
from fmviz.core.export_spec import COLUMN, FULL, MOST_TEXT_SHARE, Decor
from fmviz.core.extent import Box
from fmviz.core.numbers import within

_TEXT_SHARE = 0.025
MIN_TEXT_PX, MAX_TEXT_PX = 12, 34
# Where the text's size is asked for, as on paper, it may be smaller, and is not bent to the panes.
LEAST_TEXT_PX = 5
# The longest title with its chip and t takes so many text sizes; with its details beside it, so many.
_PANE_IN_TEXTS, _WIDE_IN_TEXTS = 17, 26
# Between two panes, in text sizes: the t of one keeps away from the letter of the next.
_PANE_GAP = 1.6
# A picture that is narrower than so many small text sizes has two rows of legend.
_TWO_ROWS_BELOW = 30
# Between the panes and the legend, in text sizes; around everything, of the picture's shorter edge.
_FOOTER_GAP, _MARGIN_SHARE = 0.45, 0.011
# On a sheet, of a pane's edge: sheets have small panes, and on a wide strip a share of the height would be too little.
_SHEET_TEXT_SHARE = 0.05
# A row of text is given up when what is seen would become smaller than this share of what it is without text.
_LEAST_PANE_SHARE = 0.6
# Numbers of an axis: so many small text sizes to the left and below, with their ticks.
_LEFT_TEXTS, _BELOW_TEXTS = 3.4, 1.65
# The column beside a pane, and the whole picture at least, in text sizes.
_COLUMN_IN_TEXTS, _WIDTH_IN_TEXTS = (13, 18), 26
# Width over height from which one pane has a column by itself, if what is seen becomes no smaller by that.
_WIDE = 1.5
# Of the height of headings that stand in the panes so much is free: what there is to see has a margin of its own.
_CLEAR = 0.8
# Panes of any shape, but not threads.
_LEAST_EDGE_PX = 4

# Nothing is seen of what lies further from a pane, and Qt's numbers end before float32's.
_FARTHEST_PX = 1e7

PLAIN = Decor()


@dataclass(frozen=True)
class PaneBox:
    """One pane's rectangle, and the strip of text above it; whole pixels."""

    x: int
    y: int
    width: int
    height: int
    header: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    def contains(self, x: float, y: float) -> bool:
        """Whether a canvas pixel lies in the pane."""
        return self.x <= x < self.right and self.y <= y < self.bottom


@dataclass(frozen=True)
class StageLayout:
    """The whole picture, px.

    `footer` is (x, y, width, height) of the legend's `footer_rows`, or None where they have no room. `axes` is the room
    for ticks and numbers to the left of each pane and below, or None. `names` is the room to the left of each row of a
    sheet. Details have a row of their own below the titles (`has_subtitle`) or, where panes are wide, stand beside them
    (`is_wide`).
    `column` is (x, y, width, height) of the room beside one pane for all that is said; there is then nothing else.
    `inside` is how high the headings are where they stand in the panes, at the top.
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
    is_wide: bool = False
    footer_rows: int = 1
    formula: TextBlock | None = None
    column: tuple[int, int, int, int] | None = None
    inside: int = 0

    @property
    def bottom(self) -> int:
        """Where the lowest of it ends, px; below there is nothing."""
        ends = [pane.bottom + (self.axes[1] if self.axes else 0) for pane in self.panes]
        ends += [part[1] + part[3] for part in (self.footer, self.column) if part]
        return max(*ends, *([self.caption.y + self.caption.height] if self.caption else []), 0)

    def unit(self, shape: float) -> float:
        """Return how large a box of that shape (width over height) and of height 1 is in each pane, px."""
        return min(self.panes[0].width / shape, self.panes[0].height - _CLEAR * self.inside)


@dataclass(frozen=True)
class Mapping:
    """World units to pixels of one pane and back; y points up in the world and down on the screen.

    Args:
        box: what the pane shows, of its very shape; see `mapping_of`.
        width, height: of the pane, px.
    """

    box: Box
    width: int
    height: int

    @property
    def side(self) -> int:
        """The pane's shorter edge, px, by which sizes of dots and lines go."""
        return min(self.width, self.height)

    @property
    def pixels_per_unit(self) -> float:
        return self.width / (2 * self.box.half_x)

    def to_pixels(self, xy: np.ndarray) -> np.ndarray:
        """Return positions (..., 2) in px from the pane's top left corner."""
        scale = self.pixels_per_unit
        xy = np.asarray(xy, dtype=np.float64)
        pixels = np.empty(xy.shape, dtype=np.float32)
        # Only what is left of a place far from the origin fits into float32. By columns: a broadcast over an axis of
        # two takes ten times as long.
        for axis, (edge, factor) in enumerate(((self.box.left, scale), (self.box.top, -scale))):
            column = (xy[..., axis] - edge) * factor
            np.clip(column, -_FARTHEST_PX, _FARTHEST_PX, out=pixels[..., axis], casting="same_kind")
        return pixels

    def to_world(self, x: float, y: float) -> tuple[float, float]:
        """Return the world position of a pixel of the pane."""
        scale = self.pixels_per_unit
        return self.box.left + x / scale, self.box.top - y / scale

    def to_places(self, pixels: np.ndarray) -> np.ndarray:
        """Return the world positions (..., 2) of pixels (..., 2) of the pane."""
        return np.asarray([self.box.left, self.box.top] + pixels * np.array([1.0, -1.0]) / self.pixels_per_unit)


def mapping_of(box: Box, width: int, height: int, inside: int = 0) -> Mapping:
    """Return the mapping of a pane of that size that shows the whole of `box`, as large as it can be.

    Args:
        inside: height of a heading in the pane at its top, px: what is shown stands below it, but for its margin.
    """
    taken = _CLEAR * inside
    scale = min(width / (2 * box.half_x), max(1.0, height - taken) / (2 * box.half_y))
    higher = taken / scale / 2
    return Mapping(replace(box, cy=box.cy + higher, half_y=box.half_y + higher).shaped(width, height), width, height)


@dataclass(frozen=True)
class _Plan:
    """A grid of panes and which rows of text it has.

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


def arrangements(panes: int) -> tuple[tuple[int, int], ...]:
    """Return the grids (columns, rows) in which so many panes may stand, none with an empty row or column."""
    return tuple((columns, rows) for rows in range(1, panes + 1)
                 if (columns := -(-panes // rows)) * rows - panes < min(columns, rows))


@lru_cache(maxsize=64)
def stage_layout(width: int, height: int, panes: int, decor: Decor = PLAIN, shape: float = 1.0) -> StageLayout:
    """Place 1 to 4 panes and their text in the grid in which what they show becomes the largest.

    Args:
        shape: width over height of what there is to see in each pane.
    """
    choices = [_in_grid(width, height, panes, grid, decor, shape) for grid in arrangements(panes)]
    best = max(choices, key=lambda layout: layout.unit(shape))
    if panes == 1 and decor.has_text and decor.layout != FULL:
        beside = _with_column(width, height, decor, shape)
        if beside is not None and (decor.layout == COLUMN or (width >= _WIDE * height
                                                              and beside.unit(shape) >= best.unit(shape))):
            return beside
    return best


def _with_column(width: int, height: int, decor: Decor, shape: float) -> StageLayout | None:
    """Return one pane as high as the picture and, at its right, a column; the pane is as wide as what it shows.

    None where both have no room beside each other.
    """
    text = _text_px(decor, width, height, _TEXT_SHARE * height)
    if width < max(height, _WIDTH_IN_TEXTS * text):
        return None
    small = _small(text, decor)
    beside, below = _axes_room(small) if decor.has_axes else (0, 0)
    margin = _margin(width, height, True, decor)
    gap = max(2 * margin, text)
    pane_height = max(_LEAST_EDGE_PX, height - 2 * margin - below)
    room = width - 2 * margin - gap - beside
    narrow, wide = (round(texts * text) for texts in _COLUMN_IN_TEXTS)
    column = within(room - round(pane_height * shape), narrow, wide)
    pane = PaneBox(margin + beside, margin, max(_LEAST_EDGE_PX, room - column), pane_height, 0)
    right = pane.right + gap
    return StageLayout(width, height, text, small, False, (pane,), None, axes=(beside, below) if beside else None,
                       column=(right, margin, width - margin - right, pane_height))


def _in_grid(width: int, height: int, panes: int, grid: tuple[int, int], decor: Decor, shape: float) -> StageLayout:
    """Return the layout of one grid."""
    columns, rows = grid
    plan = _Plan(columns, rows, titled=tuple(range(rows)))
    wanted = _text_px(decor, width, height, _TEXT_SHARE * height)
    for texts in _text_choices(decor):
        layout = _placed(width, height, replace(plan, texts=texts), wanted, decor)
        limit = max(MIN_TEXT_PX, layout.panes[0].width // _PANE_IN_TEXTS)
        if wanted > limit and decor.text_share == 0:
            layout = _placed(width, height, replace(plan, texts=texts), limit, decor)
        if _keeps_enough(layout, plan, shape):
            break
    return replace(layout, panes=layout.panes[:panes])


@lru_cache(maxsize=32)
def sheet_layout(width: int, height: int, rows: int, columns: int, titled: tuple[int, ...], has_details: bool,
                 has_names: bool, decor: Decor, shape: float = 1.0) -> StageLayout:
    """Place rows x columns panes and their text.

    Args:
        titled: the rows whose panes have a title.
        has_details: whether some have a second line.
        has_names: whether each row has a name beside it.
        shape: width over height of what there is to see in each pane.
    """
    plan = _Plan(columns, rows, titled=titled, is_sheet=True)
    text = _text_px(decor, width, height, _SHEET_TEXT_SHARE * min(width / columns, height / rows))
    for choice in _text_choices(decor):
        texts = tuple(name for name in choice if has_details or name != "subtitle")
        named = replace(plan, texts=texts, has_names=has_names and "title" in texts)
        layout = _placed(width, height, named, text, decor)
        if _keeps_enough(layout, plan, shape):
            break
    return layout


def _text_px(decor: Decor, width: int, height: int, usual: float) -> int:
    """Return the size of the text that the decor asks for, or about the usual one where it asks for none, px."""
    if decor.text_share == 0:
        return within(round(usual), MIN_TEXT_PX, MAX_TEXT_PX)
    most = max(LEAST_TEXT_PX, int(MOST_TEXT_SHARE * min(width, height)))
    return within(round(decor.text_share * height), LEAST_TEXT_PX, most)


def _text_choices(decor: Decor) -> list[tuple[str, ...]]:
    """Return which rows of text there may be, the most wanted first."""
    rows: list[tuple[str, ...]] = [("title", "subtitle", "footer"), ("title", "footer"), ("title",)]
    axes = ("axes",) if decor.has_axes else ()
    choices = [(*texts, *axes) for texts in rows] if decor.has_text else []
    return [*choices, *([axes] if axes else []), ()]


def _keeps_enough(layout: StageLayout, plan: _Plan, shape: float) -> bool:
    """Whether all has room, and what is seen is not much smaller than it would be without rows of text."""
    if layout.bottom > layout.height or layout.panes[0].y < layout.panes[0].header - layout.inside:
        return False
    taken = sum(block.height for block in (layout.title, layout.formula, layout.caption) if block is not None)
    most = min((layout.width - layout.names) / plan.columns / shape, (layout.height - taken) / plan.rows)
    return layout.unit(shape) >= _LEAST_PANE_SHARE * most


def _placed(width: int, height: int, plan: _Plan, text: int, decor: Decor) -> StageLayout:
    """Place everything for one size of the text; the panes fill what it leaves."""
    small = _small(text, decor)
    texts, columns, rows = plan.texts, plan.columns, plan.rows
    beside, below = _axes_room(small) if "axes" in texts else (0, 0)
    names = round(2.0 * text) if plan.has_names else 0
    margin = _margin(width, height, bool(texts), decor)
    is_inside = decor.has_heads_inside and (columns, rows) == (2, 1) and not plan.is_sheet and "title" in texts
    gap_x, gap_y = 2 * margin if is_inside else max(2 * margin, round(_PANE_GAP * text)), margin
    if plan.is_sheet:
        gap_x = gap_y = max(4, round(0.6 * text))
    gap_x, gap_y = min(gap_x, width // (4 * columns)), min(gap_y, height // (4 * rows))
    room_x = (width - 2 * margin - names - (columns - 1) * gap_x) // columns - beside
    pane_width = max(_LEAST_EDGE_PX, room_x)
    is_wide = "subtitle" in texts and not plan.is_sheet and pane_width >= _WIDE_IN_TEXTS * text
    has_subtitle = "subtitle" in texts and not is_wide
    header = 0
    if "title" in texts and plan.titled:
        header = round(1.3 * text + 0.4 * text) + (round(1.3 * small) if has_subtitle else 0)
    headers = [header if row in plan.titled else 0 for row in range(rows)]
    inside = header if is_inside else 0
    above = [height - inside for height in headers]
    block_width = names + columns * (beside + pane_width) + (columns - 1) * gap_x
    footer_rows = 2 if block_width - names - beside < _TWO_ROWS_BELOW * small else 1
    footer = (round(_FOOTER_GAP * text) + round(0.5 * text) + round(1.45 * small)
              + (footer_rows - 1) * round(1.5 * small)) if "footer" in texts else 0
    # Words above and below keep to the panes' edges.
    surround = surround_of(decor, text, width - 2 * margin, block_width - names - beside, height)
    room_y = height - 2 * margin - surround.above - surround.below - footer - sum(above) - (rows - 1) * gap_y
    pane_height = max(_LEAST_EDGE_PX, room_y // rows - below)
    block_height = (surround.above + sum(above) + rows * (pane_height + below) + (rows - 1) * gap_y + footer
                    + surround.below)
    left, top = (width - block_width) // 2, (height - block_height) // 2
    boxes = []
    y = top + surround.above
    for row in range(rows):
        y += above[row]
        boxes += [PaneBox(left + names + column * (beside + pane_width + gap_x) + beside, y, pane_width, pane_height,
                          headers[row]) for column in range(columns)]
        y += pane_height + below + (gap_y if row < rows - 1 else 0)
    first = boxes[0].x
    row_top = y + round(_FOOTER_GAP * text)
    strip = (first, row_top, block_width - (first - left), footer - round(_FOOTER_GAP * text)) if footer else None
    title = _at(surround.title, first, top, width, margin)
    formula_top = top + (surround.title.height + surround.gap if surround.title else 0)
    formula = _at(surround.formula, first, formula_top, width, margin)
    caption = _at(surround.caption, first, y + footer + surround.gap, width, margin)
    return StageLayout(width, height, text, small, has_subtitle, tuple(boxes), strip, title, caption,
                       (beside, below) if beside else None, names, is_wide, footer_rows, formula, inside=inside)


def _small(text: int, decor: Decor) -> int:
    """Return the size of the smaller text, px."""
    return max(LEAST_TEXT_PX if decor.text_share > 0 else MIN_TEXT_PX, round(decor.small_share * text))


def _axes_room(small: int) -> tuple[int, int]:
    """Return how much ticks and numbers take to the left of a pane and below, px."""
    return round(_LEFT_TEXTS * small), round(_BELOW_TEXTS * small)


def _margin(width: int, height: int, has_texts: bool, decor: Decor) -> int:
    """Return the room around everything; a pane without words fills the picture."""
    if has_texts or decor.title or decor.formula or decor.caption:
        return max(4, round(_MARGIN_SHARE * min(width, height)))
    return 2 if decor.has_text else 0


def _at(block: TextBlock | None, x: int, y: int, width: int, margin: int) -> TextBlock | None:
    """Return a block whose left edge is the panes', or as far left of it as its longest line needs."""
    if block is None:
        return None
    return replace(block, x=max(0, min(x, width - margin - block.width)), y=y)
