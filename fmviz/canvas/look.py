"""In which colours and on what a picture is painted: theme and ground, screen or paper, pixels or shapes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache

from PySide6.QtGui import QImage, QPainter

from fmviz.canvas.fonts import Lettering
from fmviz.canvas.geometry import Mapping
from fmviz.canvas.layer import Picture
from fmviz.core.errors import ExportError
from fmviz.core.formats import TRANSPARENT, WHITE
from fmviz.core.frames import Frame, Limits
from fmviz.core.style import Style
from fmviz.core.theme import Theme, load_theme

_FOR_PIXELS, _FOR_SHAPES = Lettering(), Lettering(is_vector=True)


@dataclass(frozen=True)
class Look:
    """How everything is painted.

    Args:
        theme: the colours, those of the ground already in place.
        is_clear: whether there is no ground: only what is drawn covers what lies behind the picture.
        dpr: device pixels per pixel.
        is_vector, is_fine: see `layer.Picture`.
    """

    theme: Theme
    is_clear: bool = False
    dpr: float = 1.0
    is_vector: bool = False
    is_fine: bool = False

    @property
    def lettering(self) -> Lettering:
        """What writes."""
        return _FOR_SHAPES if self.is_vector else _FOR_PIXELS

    def picture(self, frame: Frame, style: Style, limits: Limits, mapping: Mapping) -> Picture:
        """Return what the layers of one pane draw from."""
        return Picture(frame, style, limits, self.theme, mapping, self.dpr, self.is_vector, self.is_fine)


def look_of(theme: Theme, background: str, dpr: float = 1.0, is_vector: bool = False, is_fine: bool = False) -> Look:
    """Return the look on a ground, a key of `formats.BACKGROUNDS`."""
    return Look(grounded(theme, background), background == TRANSPARENT, dpr, is_vector, is_fine or is_vector)


def grounded(theme: Theme, background: str) -> Theme:
    """Return the colours on that ground: on white always the light theme's, since the dark one's are pale."""
    return _on_white() if background == WHITE else theme


@lru_cache(maxsize=1)
def _on_white() -> Theme:
    light = load_theme("light")
    return replace(light, stage=light.pane)


def new_paper(width: int, height: int, is_clear: bool) -> QImage:
    """Return an image to paint on: RGB32, or with a clear ground ARGB32, premultiplied.

    Raises:
        ExportError: there is no memory for it.
    """
    kind = QImage.Format.Format_ARGB32_Premultiplied if is_clear else QImage.Format.Format_RGB32
    image = QImage(width, height, kind)
    if image.isNull():
        raise ExportError(f"There is no memory for a picture of {width}x{height} pixels; choose a smaller size or "
                          "scale.")
    return image


@contextmanager
def painting_on(image: QImage) -> Iterator[QPainter]:
    """Give a painter that ends with the block however it ends: an image that goes first takes the process with it."""
    painter = QPainter(image)
    try:
        yield painter
    finally:
        painter.end()
