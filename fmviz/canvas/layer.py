"""What a layer is: something that prepares arrays from a picture and then paints them into one pane; and what it paints
with: theme and ground, screen or paper, pixels or shapes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPaintDevice, QPainter

from fmviz.canvas.fonts import Lettering
from fmviz.canvas.geometry import Mapping
from fmviz.canvas.legend import Legend
from fmviz.core.carried import Paths
from fmviz.core.cloud import FloatArray, Labels
from fmviz.core.errors import ExportError
from fmviz.core.formats import TRANSPARENT, WHITE
from fmviz.core.frames import Frame
from fmviz.core.layers import LAYERS
from fmviz.core.limits import Limits
from fmviz.core.style import Style
from fmviz.core.theme import Theme, load_theme

CLOUD_LAYERS = ("source", "target")
_SMALLEST_NAMED_PX = 160
# A smaller disc covers no pixel wholly, wherever it lies, so that nobody sees its colour.
_LEAST_DOT_PX = 1.2
_FOR_PIXELS, _FOR_SHAPES = Lettering(), Lettering(is_vector=True)


@dataclass(frozen=True, eq=False)
class Picture:
    """All that the layers of one pane draw from.

    Args:
        frame: the values.
        style, limits, theme: how they are drawn.
        mapping: world units to pixels of the pane.
        dpr: device pixels per pixel.
        text_px: the size of the headings' text, px, 0 where there is none.
        is_vector: whether it becomes shapes of an SVG or a PDF; see `Layer`.
        is_fine: whether quality goes before speed: an export at 2 to 4 times its size, or shapes. Pens then keep
            their width at any `dpr` (are not cosmetic), images are finer.
        sizes_px: the edge by which sizes of dots and lines go, px; 0 is the pane's shorter one.
        beside: the whole paths of all panes of the picture, where they are drawn.
        head_px: how high the heading is that stands in the pane at its top.
    """

    frame: Frame
    style: Style
    limits: Limits
    theme: Theme
    mapping: Mapping
    dpr: float
    text_px: int = 0
    is_vector: bool = False
    is_fine: bool = False
    sizes_px: int = 0
    beside: tuple[Paths, ...] = ()
    head_px: int = 0

    @property
    def side(self) -> int:
        """The edge by which sizes of dots and lines go, px."""
        return self.sizes_px or self.mapping.side

    def shows(self, layer: str) -> bool:
        """Whether a layer is switched on; a picture of the clouds alone always shows both."""
        return layer in self.style.layers or (self.is_clouds_only and layer in CLOUD_LAYERS)

    @property
    def is_clouds_only(self) -> bool:
        """Whether nothing has been learned that could be shown."""
        return self.frame.t is None

    @property
    def has_coloured_map(self) -> bool:
        """Whether a map needs colour for itself, so that arrows above it have none."""
        return any(LAYERS[name].has_colours and LAYERS[name].is_map for name in self.style.layers)

    @property
    def has_own_colours(self) -> bool:
        """Whether a layer needs colour for itself, so that points have none: nobody tells two scales apart."""
        return any(LAYERS[name].has_colours for name in self.style.layers)

    @property
    def places(self) -> FloatArray | None:
        """Where each particle starts or ends, (N, 2), if that colours it."""
        # Points without classes are followed by their start, as ever.
        ends = {"origin": self.frame.origin, "class": self.frame.origin, "end": self.frame.end}
        return None if self.has_own_colours or self.labels is not None else ends.get(self.style.colour_by)

    @property
    def labels(self) -> Labels | None:
        """The classes that colour the particles, if they do: of the source or, where it has none, of the target."""
        frame = self.frame
        chosen = {"class": frame.classes.start or frame.classes.end, "end": frame.classes.end}.get(self.style.colour_by)
        return None if self.has_own_colours else chosen

    def dot_labels(self, layer: str) -> Labels | None:
        """Return the classes that colour the dots of a cloud, if they do."""
        frame = self.frame
        by = {"class": (frame.classes.source, frame.classes.target), "end": (None, frame.classes.target)}
        chosen = by.get(self.style.colour_by, (None, None))[CLOUD_LAYERS.index(layer)]
        return None if self.has_own_colours else chosen

    @property
    def is_named(self) -> bool:
        """Whether both clouds may have their names beside them: small panes, as in a strip, have no room for names."""
        return self.shows("names") and self.frame.paths is not None and self.side >= _SMALLEST_NAMED_PX

    def dot_radius(self, count: int) -> float:
        """Return the radius of a particle, px: it grows with the pane and shrinks in a crowd."""
        crowd = min(1.0, (2_500 / max(count, 1)) ** 0.25)
        return max(_LEAST_DOT_PX, min(4.5, self.side / 300 * crowd))


class Layer(ABC):
    """What draws one row of `core.layers.LAYERS`. `update` prepares, `paint` draws in pixels from the pane's top left
    corner.

    A layer keeps its arrays between frames; the pane paints only layers whose `update` said True.

    Where `picture.is_vector`, what `paint` draws becomes shapes in a file that people open and edit: no pixmaps, no
    images (but for maps), no composition modes, pens that are not cosmetic. Lines of one pen are one path
    (`Lines.draw_path`), dots are ellipses (`Discs` does both when `place` is told `is_vector`), arrows are polygons.
    Each change of pen or brush costs some 200 bytes, so group by it.
    """

    name: ClassVar[str]

    @abstractmethod
    def update(self, picture: Picture) -> bool:
        """Prepare for painting; return whether there is anything to paint."""

    @abstractmethod
    def paint(self, painter: QPainter) -> None:
        """Draw what `update` prepared."""

    @staticmethod
    def legend(_picture: Picture) -> Legend:
        """Return what explains its colours."""
        return Legend()

    @staticmethod
    def value_at(_picture: Picture, _x: float, _y: float) -> str:
        """Return what it shows at a place of the world, in words; "" for nothing that a mouse could ask for."""
        return ""


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

    def picture(self, frame: Frame, style: Style, limits: Limits, mapping: Mapping, text_px: int = 0) -> Picture:
        """Return what the layers of one pane draw from."""
        return Picture(frame, style, limits, self.theme, mapping, self.dpr, text_px, self.is_vector, self.is_fine)


def look_of(theme: Theme, background: str, dpr: float = 1.0, is_vector: bool = False, is_fine: bool = False) -> Look:
    """Return the look on a ground, a key of `formats.BACKGROUNDS`.

    White has always the light theme's colours, since the dark one's are pale.
    """
    colours = _on_white() if background == WHITE else theme
    return Look(colours, background == TRANSPARENT, dpr, is_vector, is_fine or is_vector)


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


def clear_paper(width: int, height: int, dpr: float = 1.0) -> QImage:
    """Return an empty image of so many device pixels, `dpr` of them in each pixel; raises what `new_paper` does."""
    image = new_paper(width, height, is_clear=True)
    image.setDevicePixelRatio(dpr)
    image.fill(Qt.GlobalColor.transparent)
    return image


class Drawing(NamedTuple):
    """A picture of a size, px: its pixels at so many times that size, and what draws it as shapes of a vector file."""

    width: int
    height: int
    image: Callable[[int], QImage]
    paint: Callable[[QPainter], object]


def drawing_of(width: int, height: int, look: Look, paint: Callable[[QPainter, Look], object]) -> Drawing:
    """Return the drawing of what `paint` draws in a look, from the painter's top left corner."""
    def image(scale: int) -> QImage:
        paper = new_paper(width * scale, height * scale, look.is_clear)
        paper.fill(Qt.GlobalColor.transparent)
        with painting_on(paper) as painter:
            painter.scale(scale, scale)
            paint(painter, replace(look, dpr=float(scale), is_fine=True))
        return paper

    return Drawing(width, height, image, lambda painter: paint(painter, replace(look, is_vector=True, is_fine=True)))


@contextmanager
def painting_on(device: QPaintDevice) -> Iterator[QPainter]:
    """Give a painter that ends with the block however it ends: an image that goes first takes the process with it."""
    painter = QPainter(device)
    try:
        yield painter
    finally:
        painter.end()
