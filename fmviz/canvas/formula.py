"""Lines of text in which formulas stand: how wide and how high they are, and how they are written, on one baseline.

A formula has the colour and the size of the words around it and is a filled path, of which a vector file keeps the
shapes. One that cannot be set is written as its text.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath

from fmviz.canvas.fonts import Lettering, unknown_letters
from fmviz.core.errors import quoted
from fmviz.core.tex import Outline, Part, complaints_of, has_formula, outline_of, parts_of

# A line of words reaches so far from its baseline, in sizes of its text; a higher formula makes room for itself, with
# a little air.
_ABOVE, _BELOW, _AIR = 0.98, 0.34, 0.12


def complaints_of_words(texts: Iterable[str]) -> tuple[str, ...]:
    """Return a sentence for each formula that cannot be set, and for letters that no font has."""
    given = tuple(texts)
    words = "".join(part.text for text in given for part in parts_of(text) if not part.is_formula)
    unknown = unknown_letters(words)
    boxes = "a box stands in its place" if len(unknown) == 1 else "a box stands in the place of each"
    return (*complaints_of(given),
            *([f"No font of this computer has {quoted(unknown)}; {boxes}."] if unknown else []))


def line_width(text: str, size_px: int, lettering: Lettering, is_strong: bool = False) -> float:
    """Return how wide a line is, px."""
    if not has_formula(text):
        return lettering.width(text, size_px, is_strong)
    return sum(_width(part, size_px, lettering, is_strong) for part in parts_of(text))


def line_reach(text: str, size_px: int) -> tuple[int, int]:
    """Return how far a line reaches above and below its baseline, px."""
    above, below = _ABOVE, _BELOW
    for outline in map(_outline, parts_of(text) if has_formula(text) else ()):
        if outline is not None:
            above, below = max(above, outline.above + _AIR), max(below, outline.below + _AIR)
    return round(above * size_px), round((above + below) * size_px) - round(above * size_px)


def write_line(painter: QPainter, text: str, x: float, baseline: float, size_px: int, ink: QColor,
               lettering: Lettering, is_strong: bool = False) -> None:
    """Write a line from x on."""
    if not has_formula(text):
        lettering.write(painter, text, x, baseline, size_px, ink, is_strong)
        return
    for part in parts_of(text):
        if _outline(part) is not None:
            painter.fillPath(_path(part.text, size_px).translated(x, baseline), ink)
        elif words := _words(part).strip():
            # Spaces at its ends are left out of a vector file's text.
            spaces = _words(part)[:len(_words(part)) - len(_words(part).lstrip())]
            lettering.write(painter, words, x + lettering.width(spaces, size_px, is_strong), baseline, size_px, ink,
                            is_strong)
        x += _width(part, size_px, lettering, is_strong)


def _width(part: Part, size_px: int, lettering: Lettering, is_strong: bool) -> float:
    outline = _outline(part)
    return lettering.width(_words(part), size_px, is_strong) if outline is None else outline.width * size_px


def _outline(part: Part) -> Outline | None:
    return outline_of(part.text) if part.is_formula else None


def _words(part: Part) -> str:
    """Return what is written of a part that is not drawn: a formula that cannot be set keeps its dollar signs."""
    return part.source if part.is_formula else part.text


@lru_cache(maxsize=256)
def _path(tex: str, size_px: int) -> QPainterPath:
    """Return a formula as a path from the start of its baseline, px."""
    path, outline = QPainterPath(), outline_of(tex)
    # Parts of a root and its line overlap.
    path.setFillRule(Qt.FillRule.WindingFill)
    for name, places in outline.steps if outline is not None else ():
        at = [size_px * place for place in places]
        if name == "M":
            path.moveTo(*at)
        elif name == "L":
            path.lineTo(*at)
        elif name == "Q":
            path.quadTo(*at)
        elif name == "C":
            path.cubicTo(*at)
        else:
            path.closeSubpath()
    return path
