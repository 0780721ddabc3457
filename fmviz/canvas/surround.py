"""Title, line of formulas and caption: broken into lines, placed above and below everything, painted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from PySide6.QtGui import QPainter

from fmviz.canvas.colours import colour
from fmviz.canvas.fonts import ELLIPSIS, Lettering, line_reach, line_width, write_line
from fmviz.core.export_spec import Decor
from fmviz.core.tex import atoms_of

TITLE_TEXTS, FORMULA_TEXTS, CAPTION_TEXTS = 1.3, 1.15, 0.9
# A line of formulas becomes smaller down to this share before its end is left out.
_LEAST_FORMULA = 0.6
_NO_BREAK = "\N{NO-BREAK SPACE}"
_BETWEEN = f"{2 * _NO_BREAK}·{2 * _NO_BREAK}"
_LEAST_CAPTION_PX = 12
MOST_TITLE_LINES, MOST_CAPTION_LINES = 2, 6
# All together never take more of the height.
_MOST_SHARE = 0.4
# Figures of a vector file are a little wider or narrower than those that are measured.
_SLACK = 0.99
_MEASURE = Lettering()


@dataclass(frozen=True)
class TextBlock:
    """Lines of one size, px; (x, y) is the top left corner of the first."""

    lines: tuple[str, ...]
    x: int
    y: int
    size_px: int
    is_strong: bool

    @property
    def height(self) -> int:
        return sum(map(sum, self._reaches))

    @property
    def width(self) -> int:
        return max((int(line_width(line, self.size_px, _MEASURE, self.is_strong)) + 1 for line in self.lines),
                   default=0)

    @property
    def baselines(self) -> tuple[int, ...]:
        """Where each line stands, px from the picture's top."""
        reaches = self._reaches
        tops = accumulate(map(sum, reaches), initial=self.y)
        return tuple(top + above for top, (above, _) in zip(tops, reaches, strict=False))

    @property
    def _reaches(self) -> list[tuple[int, int]]:
        return [line_reach(line, self.size_px) for line in self.lines]


@dataclass(frozen=True)
class Surround:
    """Title, formulas and caption before they have their place, or None where there is none."""

    title: TextBlock | None
    formula: TextBlock | None
    caption: TextBlock | None
    gap: int

    @property
    def above(self) -> int:
        """Height of what stands above the panes and the gaps under it, px."""
        return sum(block.height + self.gap for block in (self.title, self.formula) if block)

    @property
    def below(self) -> int:
        """Height of the caption and the gap over it, px."""
        return self.caption.height + self.gap if self.caption else 0


@lru_cache(maxsize=64)
def surround_of(decor: Decor, text_px: int, width: int, caption_width: int, height: int) -> Surround:
    """Return title, formulas and caption in lines that fit into those widths, in at most a part of `height`, px.

    The caption gives way first, then the formulas.
    """
    gap = round(0.6 * text_px)
    for title_lines, has_formula_line, caption_lines in _choices(decor):
        surround = Surround(title_block(decor.title, text_px, width, title_lines),
                            formula_block(decor.formula if has_formula_line else "", text_px, width),
                            caption_block(decor.caption, text_px, caption_width, caption_lines), gap)
        if surround.above + surround.below <= _MOST_SHARE * height:
            return surround
    return Surround(None, None, None, gap)


def title_block(text: str, text_px: int, width: int, most: int = MOST_TITLE_LINES) -> TextBlock | None:
    """Return a title in at most so many lines, or None where it has no room."""
    return block_of(text, round(TITLE_TEXTS * text_px), width, most, True)


def caption_block(text: str, text_px: int, width: int, most: int = MOST_CAPTION_LINES) -> TextBlock | None:
    """Return a caption in at most so many lines, or None where it has no room."""
    return block_of(text, max(round(CAPTION_TEXTS * text_px), min(text_px, _LEAST_CAPTION_PX)), width, most, False)


def formula_block(text: str, text_px: int, width: int, is_stacked: bool = False) -> TextBlock | None:
    """Return formulas, as large as they can be, or None where there are none.

    Args:
        is_stacked: whether each has a line of its own, instead of all being in one.
    """
    lines = text.splitlines() if is_stacked else [_BETWEEN.join(text.splitlines())]
    full = round(FORMULA_TEXTS * text_px)
    for size in range(full, max(1, round(_LEAST_FORMULA * full)), -1):
        if all(line_width(line, size, _MEASURE) <= _SLACK * width for line in lines):
            break
    return block_of("\n".join(lines), size, width, len(lines), False) if text else None


def _choices(decor: Decor) -> list[tuple[int, bool, int]]:
    """Return the lines of the title, whether there are formulas, and the caption's lines, the most wanted first."""
    captions = range(MOST_CAPTION_LINES, 0, -1) if decor.caption else []
    titles = range(MOST_TITLE_LINES, 0, -1) if decor.title else [0]
    formulas = [True, False] if decor.formula else [False]
    return [*((title, formulas[0], caption) for caption in captions for title in titles),
            *((title, formula, 0) for formula in formulas for title in titles)]


def block_of(text: str, size_px: int, width: int, most: int, is_strong: bool) -> TextBlock | None:
    """Return a text in at most `most` lines, or None where it has no room."""
    def measure(part: str) -> float:
        return line_width(part, size_px, _MEASURE, is_strong)

    lines = wrapped(text, _SLACK * width, measure, most) if most else ()
    return TextBlock(lines, 0, 0, size_px, is_strong) if lines else None


def wrapped(text: str, width: float, measure: Callable[[str], float], most: int) -> tuple[str, ...]:
    """Return `text` in at most `most` lines that are not wider than `width`; what is too long ends in an ellipsis.

    Line breaks in the text are kept. Nothing is returned where not even one character has room.
    """
    lines: list[str] = []
    for paragraph in text.strip().splitlines():
        line = ""
        for word in _words(paragraph):
            longer = f"{line} {word}" if line else word
            if line and measure(longer) > width:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    rest = lines[most:]
    lines = lines[:most]
    if rest and lines:
        lines[-1] = f"{lines[-1]} {rest[0]}"
    short = [line if measure(line) <= width and not (rest and k == len(lines) - 1) else _shortened(line, width, measure)
             for k, line in enumerate(lines)]
    return tuple(short) if all(short) or (short and any(short)) else ()


def _words(paragraph: str) -> list[str]:
    """Return the words of a paragraph, between which it can be broken: a formula is part of one."""
    words = [""]
    for atom in atoms_of(paragraph):
        if not atom.isspace() or atom == _NO_BREAK:
            words[-1] += atom
        elif words[-1]:
            words.append("")
    return [word for word in words if word]


def _shortened(line: str, width: float, measure: Callable[[str], float]) -> str:
    """Return the longest start of a line that has room with an ellipsis, or ""."""
    atoms = atoms_of(line)
    starts = ["", *accumulate(atoms)]
    low, high = 0, len(atoms)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(starts[middle].rstrip(" .,;:") + ELLIPSIS) <= width:
            low = middle
        else:
            high = middle - 1
    return starts[low].rstrip(" .,;:") + ELLIPSIS if low else ""


def paint_surround(painter: QPainter, blocks: Sequence[tuple[TextBlock | None, str]], lettering: Lettering) -> None:
    """Draw blocks, each in its ink, as far as they are there."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for block, ink in blocks:
        if block is not None:
            for line, baseline in zip(block.lines, block.baselines, strict=True):
                write_line(painter, line, block.x, baseline, block.size_px, colour(ink), lettering, block.is_strong)
