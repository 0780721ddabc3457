"""The bundled typeface, loaded once: fonts of a size in pixels, how a picture writes; and a Qt without a window.

Lines of text may hold formulas, on one baseline. A formula has the colour and the size of the words around it and is a
filled path, of which a vector file keeps the shapes. One that cannot be set is written as its text.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QPainter, QPainterPath, QTextLayout
from PySide6.QtWidgets import QApplication

from fmviz.core.errors import quoted
from fmviz.core.resources import resource_path
from fmviz.core.tex import Outline, Part, complaints_of, has_formula, outline_of, parts_of

FAMILY = "Inter"
ELLIPSIS = "…"
_FILES = ("fonts/Inter-Regular.otf", "fonts/Inter-SemiBold.otf")
_TABULAR = QFont.Tag("tnum")
# Inter lifts signs between figures.
_CONTEXTUAL = QFont.Tag("calt")
_ANY_PX, _NO_GLYPH = 16, 0
# A line of words reaches so far from its baseline, in sizes of its text; a higher formula makes room for itself, with
# a little air.
_ABOVE, _BELOW, _AIR = 0.98, 0.34, 0.12


@lru_cache(maxsize=1)
def load_fonts() -> str:
    """Register the bundled fonts with the running application and return the family's name.

    Raises:
        RuntimeError: Qt cannot read them; the installation is damaged.
    """
    for name in _FILES:
        if QFontDatabase.addApplicationFont(str(resource_path(name))) < 0:
            raise RuntimeError(f"Qt cannot read the font {name!r}; install fmviz again.")
    return FAMILY


@lru_cache(maxsize=64)
def stage_font(size_px: int, is_strong: bool = False) -> QFont:
    """Return the stage's font. Figures are tabular, so that a running t does not jitter."""
    font = QFont(load_fonts())
    font.setPixelSize(size_px)
    font.setWeight(QFont.Weight.DemiBold if is_strong else QFont.Weight.Normal)
    # Hinting moves glyphs with the platform's taste; without it a window and an export agree.
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    font.setFeature(_TABULAR, 1)
    return font


@lru_cache(maxsize=512)
def text_width(text: str, size_px: int, is_strong: bool = False) -> float:
    """Return how wide the stage's font writes `text`, px."""
    return QFontMetricsF(stage_font(size_px, is_strong)).horizontalAdvance(text)


def unknown_letters(text: str) -> str:
    """Return the characters of a text, each once, that no font of this computer has: a box is drawn for each."""
    return "".join(letter for letter in dict.fromkeys(text) if not letter.isascii() and _is_unknown(letter))


@lru_cache(maxsize=512)
def _is_unknown(letter: str) -> bool:
    layout = QTextLayout(letter, stage_font(_ANY_PX))
    layout.beginLayout()
    layout.createLine()
    layout.endLayout()
    return any(_NO_GLYPH in run.glyphIndexes() for run in layout.glyphRuns())


@dataclass(frozen=True)
class Lettering:
    """Writes the words of a picture.

    Args:
        is_vector: whether into a file that keeps them as text. A PDF cannot tell which character a tabular figure or a
            lifted sign is, and an SVG does not ask for them, so they are then as they come.
    """

    is_vector: bool = False

    def font(self, size_px: int, is_strong: bool = False) -> QFont:
        """Return the font of a size."""
        font = stage_font(size_px, is_strong)
        return _plain(font) if self.is_vector else font

    def width(self, text: str, size_px: int, is_strong: bool = False) -> float:
        """Return how wide it writes `text`, px."""
        if self.is_vector:
            return QFontMetricsF(self.font(size_px, is_strong)).horizontalAdvance(text)
        return text_width(text, size_px, is_strong)

    def write(self, painter: QPainter, text: str, x: float, baseline: float, size_px: int, ink: QColor,
              is_strong: bool = False) -> None:
        """Write `text` from x on."""
        painter.setFont(self.font(size_px, is_strong))
        painter.setPen(ink)
        painter.drawText(QPointF(x, baseline), text)

    def fitting(self, candidates: Sequence[str], room: float, size_px: int, is_strong: bool = False) -> str:
        """Return the first candidate that is not wider than `room`, or ""."""
        return next((text for text in candidates if self.width(text, size_px, is_strong) <= room), "")


def _plain(font: QFont) -> QFont:
    plain = QFont(font)
    plain.unsetFeature(_TABULAR)
    plain.setFeature(_CONTEXTUAL, 0)
    return plain


def offscreen_app() -> QApplication:
    """Return the running application, or make one that needs no screen; the bundled font is loaded.

    A process that already has an application keeps it. A new one uses Qt's offscreen platform unless the
    environment asks for another, so exports work over ssh and in containers.
    """
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        app = QApplication(["fmviz"])
        app.setQuitOnLastWindowClosed(False)
    load_fonts()
    return app


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
