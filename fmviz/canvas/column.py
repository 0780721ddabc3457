"""The column beside one pane: from its top title, name, formulas, numbers and caption, up from its foot t and legend.

What has no room goes, the least important first: lines of the caption, numbers, the caption, formulas, the legend.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtGui import QPainter

from fmviz.canvas.footer import Row, fitting_entries, paint_bar, paint_ring, paint_swatch, paint_time, swatch_px
from fmviz.canvas.geometry import StageLayout
from fmviz.canvas.header import Heading, three_digits
from fmviz.canvas.layer import Look
from fmviz.canvas.legend import ColourBar, Legend, Swatch
from fmviz.canvas.surround import MOST_CAPTION_LINES, TextBlock, block_of, caption_block, formula_block, paint_surround
from fmviz.core.export_spec import Decor
from fmviz.core.frames import Frame

# In text sizes: between two things, and where another kind of things begins.
_GAP, _PART_GAP = 0.55, 1.3
_NAME_TEXTS, _ALONE_TEXTS, _TITLE_TEXTS = 1.0, 1.3, 1.3
_MOST_TITLE_LINES = 4
# Rows of classes, at most.
_CLASS_ROWS = 4


@dataclass(frozen=True)
class _Item:
    """One thing in the column: its height, px, what paints it at its top, and the gap before it, in text sizes."""

    height: float
    paint: Callable[[float], object]
    gap: float = _GAP


def facts_of(frame: Frame, heading: Heading) -> tuple[str, ...]:
    """Return the numbers of a pane: what its heading says, and how far the end is from the target."""
    metrics = frame.metrics
    if heading.t is None or metrics is None or metrics.w2 is None:
        return heading.details
    floor = "" if metrics.w2_floor is None else f" (floor {three_digits(metrics.w2_floor)})"
    return *heading.details, f"W\u2082 = {three_digits(metrics.w2)}{floor}"


def paint_column(painter: QPainter, layout: StageLayout, decor: Decor, heading: Heading, facts: Sequence[str],
                 legend: Legend, look: Look) -> None:
    """Draw the column of a layout that has one."""
    assert layout.column is not None
    x, y, width, height = layout.column
    column = _Column(painter, layout, look, x, width)
    for above, below in _choices(column, decor, heading, facts, legend):
        if _height(above, layout) + _height(below, layout) + _PART_GAP * layout.text_px <= height:
            break
    _paint(above, layout, float(y))
    _paint(below, layout, y + height - _height(below, layout))


def _choices(column: _Column, decor: Decor, heading: Heading, facts: Sequence[str],
             legend: Legend) -> Iterator[tuple[list[_Item], list[_Item]]]:
    """Yield what stands above and what below, the fullest first."""
    below = column.legend(legend, heading.t)
    for lines in range(MOST_CAPTION_LINES, 0, -1) if decor.caption else ():
        yield column.words(decor, heading, facts, lines), below
    for count in range(len(facts), -1, -1):
        yield column.words(decor, heading, facts[:count], 0), below
    plain = replace(decor, formula="")
    yield column.words(plain, heading, (), 0), below
    yield column.words(plain, heading, (), 0), column.legend(replace(legend, marks=(), ring=()), heading.t)
    yield column.words(plain, heading, (), 0), column.legend(Legend(), heading.t)
    yield column.words(replace(plain, title=""), heading, (), 0), []


def _height(items: Sequence[_Item], layout: StageLayout) -> float:
    return sum(item.height + (item.gap * layout.text_px if k else 0.0) for k, item in enumerate(items))


def _paint(items: Sequence[_Item], layout: StageLayout, y: float) -> None:
    for k, item in enumerate(items):
        y += item.gap * layout.text_px if k else 0.0
        item.paint(y)
        y += item.height


@dataclass(frozen=True)
class _Column:
    """Where the column is and with what it is painted."""

    painter: QPainter
    layout: StageLayout
    look: Look
    x: int
    width: int

    def words(self, decor: Decor, heading: Heading, facts: Sequence[str], caption_lines: int) -> list[_Item]:
        """Return title, name, formulas, numbers and caption."""
        text, theme = self.layout.text_px, self.look.theme
        name = _NAME_TEXTS if decor.title else _ALONE_TEXTS
        caption = caption_block(decor.caption, text, self.width, caption_lines) if caption_lines else None
        blocks: list[tuple[TextBlock | None, str, float]] = [
            (block_of(decor.title, round(_TITLE_TEXTS * text), self.width, _MOST_TITLE_LINES, True), theme.text, 0.0),
            (block_of(heading.title, round(name * text), self.width, 2, True),
             theme.muted if decor.title else theme.text, _GAP),
            (formula_block(decor.formula, text, self.width, is_stacked=True), theme.text, _PART_GAP),
            *((block_of(fact, text, self.width, 2, False), theme.text, _GAP if k else _PART_GAP)
              for k, fact in enumerate(facts)),
            (caption, theme.muted, _PART_GAP),
        ]
        return [self._words(block, ink, gap) for block, ink, gap in blocks if block is not None]

    def legend(self, legend: Legend, t: float | None) -> list[_Item]:
        """Return what the dots and colours mean, the scales, and t."""
        small, text = self.layout.small_px, self.layout.text_px
        right = float(self.x + self.width)
        line, scale = 1.3 * small, round(0.5 * text) + 1.45 * small
        rows = [[mark] for mark in legend.marks] + self._class_rows(legend)
        items = [_Item(line, partial(self._swatches, row)) for row in rows]
        if legend.ring:
            items.append(_Item(line, lambda y: paint_ring(self._row(y), self.x, right, legend.ring)))
        # The most important scale is the lowest one.
        items += [_Item(scale, partial(self._bar, bar), _PART_GAP) for bar in reversed(legend.bars)]
        if t is not None:
            items.append(_Item(round(0.9 * text), lambda y: paint_time(self._row(y + 0.2 * text), self.x, right, t),
                               _PART_GAP))
        return items

    def _class_rows(self, legend: Legend) -> list[list[Swatch]]:
        """Return the classes in rows that fit."""
        row, left = self._row(0.0), 0.0
        rows: list[list[Swatch]] = [[]]
        for entry in fitting_entries(row, legend.classes, 0.75 * _CLASS_ROWS * self.width):
            if rows[-1] and left + swatch_px(row, entry) > self.width:
                rows, left = [*rows, []], 0.0
            rows[-1].append(entry)
            left += swatch_px(row, entry)
        return [entries for entries in rows if entries]

    def _swatches(self, entries: Sequence[Swatch], y: float) -> None:
        left = float(self.x)
        for entry in entries:
            left = paint_swatch(self._row(y), left, entry)

    def _bar(self, bar: ColourBar, y: float) -> None:
        paint_bar(self._row(y), bar, self.x + self.width, self.width, self.width / self.layout.text_px)

    def _row(self, y: float) -> Row:
        return Row(self.painter, self.layout, self.look, y)

    def _words(self, block: TextBlock, ink: str, gap: float) -> _Item:
        def paint(y: float) -> None:
            paint_surround(self.painter, [(replace(block, x=self.x, y=round(y)), ink)], self.look.lettering)

        return _Item(block.height, paint, gap)
