"""The bundled typeface, loaded once: fonts of a size in pixels, how a picture writes; and a Qt without a window."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QPainter, QTextLayout
from PySide6.QtWidgets import QApplication

from fmviz.core.resources import resource_path

FAMILY = "Inter"
ELLIPSIS = "…"
_FILES = ("fonts/Inter-Regular.otf", "fonts/Inter-SemiBold.otf")
_TABULAR = QFont.Tag("tnum")
# Inter lifts signs between figures.
_CONTEXTUAL = QFont.Tag("calt")
_ANY_PX, _NO_GLYPH = 16, 0


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
