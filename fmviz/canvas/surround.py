"""Title and caption: broken into lines, placed above and below everything, painted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtGui import QPainter

from fmviz.canvas.colours import colour
from fmviz.canvas.fonts import ELLIPSIS, Lettering, text_width
from fmviz.core.export_spec import Decor
from fmviz.core.theme import Theme

TITLE_TEXTS, CAPTION_TEXTS = 1.3, 0.9
_LEAST_CAPTION_PX = 12
# In more lines than these a caption is as wide as the picture: beside one pane in large type it was a column of words.
_FEW_LINES = 2
MOST_TITLE_LINES, MOST_CAPTION_LINES = 2, 6
# Title and caption together never take more of the height.
_MOST_SHARE = 0.4
_LINE = 1.32
# Figures of a vector file are a little wider or narrower than those that are measured.
_SLACK = 0.99


@dataclass(frozen=True)
class TextBlock:
    """Lines of one size, px; (x, y) is the top left corner of the first."""

    lines: tuple[str, ...]
    x: int
    y: int
    size_px: int
    line_px: int
    is_strong: bool

    @property
    def height(self) -> int:
        return self.line_px * len(self.lines)

    @property
    def width(self) -> int:
        return max((int(text_width(line, self.size_px, self.is_strong)) + 1 for line in self.lines), default=0)


@dataclass(frozen=True)
class Surround:
    """Title and caption before they have their place, or None where there is none."""

    title: TextBlock | None
    caption: TextBlock | None
    gap: int

    @property
    def above(self) -> int:
        """Height of the title and the gap under it, px."""
        return self.title.height + self.gap if self.title else 0

    @property
    def below(self) -> int:
        """Height of the caption and the gap over it, px."""
        return self.caption.height + self.gap if self.caption else 0

    @property
    def is_short(self) -> bool:
        """Whether nothing was left out and the caption has few lines."""
        blocks = [block for block in (self.title, self.caption) if block is not None]
        return all(not block.lines[-1].endswith(ELLIPSIS) for block in blocks) and (
            self.caption is None or len(self.caption.lines) <= _FEW_LINES)


@lru_cache(maxsize=64)
def surround_of(decor: Decor, text_px: int, width: int, caption_width: int, height: int) -> Surround:
    """Return title and caption in lines that fit into those widths, in at most a part of `height`, px.

    The caption gives way before the title.
    """
    gap = round(0.6 * text_px)
    caption_px = max(round(CAPTION_TEXTS * text_px), min(text_px, _LEAST_CAPTION_PX))
    for title_lines, caption_lines in _choices(bool(decor.title), bool(decor.caption)):
        title = _block(decor.title, round(TITLE_TEXTS * text_px), width, title_lines, True)
        caption = _block(decor.caption, caption_px, caption_width, caption_lines, False)
        surround = Surround(title, caption, gap)
        if surround.above + surround.below <= _MOST_SHARE * height:
            return surround
    return Surround(None, None, gap)


def _choices(has_title: bool, has_caption: bool) -> list[tuple[int, int]]:
    """Return numbers of lines of title and caption, the most wanted first."""
    captions = range(MOST_CAPTION_LINES, 0, -1) if has_caption else [0]
    titles = range(MOST_TITLE_LINES, 0, -1) if has_title else [0]
    return [(title, caption) for caption in captions for title in titles] + [(title, 0) for title in titles]


def _block(text: str, size_px: int, width: int, most: int, is_strong: bool) -> TextBlock | None:
    def measure(part: str) -> float:
        return text_width(part, size_px, is_strong)

    lines = wrapped(text, _SLACK * width, measure, most) if most else ()
    return TextBlock(lines, 0, 0, size_px, round(_LINE * size_px), is_strong) if lines else None


def wrapped(text: str, width: float, measure: Callable[[str], float], most: int) -> tuple[str, ...]:
    """Return `text` in at most `most` lines that are not wider than `width`; what is too long ends in an ellipsis.

    Line breaks in the text are kept. Nothing is returned where not even one character has room.
    """
    lines: list[str] = []
    for paragraph in text.strip().splitlines():
        line = ""
        for word in paragraph.split():
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


def _shortened(line: str, width: float, measure: Callable[[str], float]) -> str:
    """Return the longest start of a line that has room with an ellipsis, or ""."""
    low, high = 0, len(line)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(line[:middle].rstrip(" .,;:") + ELLIPSIS) <= width:
            low = middle
        else:
            high = middle - 1
    return line[:low].rstrip(" .,;:") + ELLIPSIS if low else ""


def paint_surround(painter: QPainter, title: TextBlock | None, caption: TextBlock | None, theme: Theme,
                   lettering: Lettering) -> None:
    """Draw both, as far as they are there."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for block, ink in ((title, theme.text), (caption, theme.muted)):
        if block is not None:
            for k, line in enumerate(block.lines):
                baseline = block.y + k * block.line_px + round(0.98 * block.size_px)
                lettering.write(painter, line, block.x, baseline, block.size_px, colour(ink), block.is_strong)
