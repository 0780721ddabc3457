"""The bundled typeface: loading it once, and fonts of a size in pixels."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtGui import QFont, QFontDatabase, QFontMetricsF

from fmviz.core.resources import resource_path

FAMILY = "Inter"
_FILES = ("fonts/Inter-Regular.otf", "fonts/Inter-SemiBold.otf")
_TABULAR = QFont.Tag("tnum")


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
    font = QFont(FAMILY)
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
