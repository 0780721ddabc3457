"""Colours as drawing needs them: Qt colours, lookup tables from the theme's maps, premultiplied pixels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor

from fmviz.core.cloud import NO_LABEL, Labels
from fmviz.core.frames import Frame
from fmviz.core.theme import Theme

HUE_BINS = 24
# How far from its middle a diverging scale is opaque.
_OPAQUE = 0.55
SPEED_BINS = 20

# Oklab's two matrices, as published: linear sRGB to cone responses, and their cube roots to lightness, a, b.
# Source: B. Ottosson, "A perceptual color space for image processing", 2020.
_TO_LMS = np.array([
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
])
_TO_OKLAB = np.array([
    [0.2104542553, 0.7936177850, -0.0040720468],
    [1.9779984951, -2.4285922050, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.8086757660],
])
# Of linear red, green and blue. Source: IEC 61966-2-1.
_LUMINANCE = np.array([0.2126729, 0.7151522, 0.0721750])
# Of the opacities from 0 to 1: finer than a byte.
_HALVINGS = 10
# As many as can be told apart; the theme has a colour for each.
MOST_CLASSES = 8


def colour(name: str, alpha: float = 1.0) -> QColor:
    """Return a theme colour (#rrggbb) with an opacity of 0 to 1."""
    result = QColor(name)
    result.setAlphaF(alpha)
    return result


def over(ink: QColor, ground: QColor) -> QColor:
    """Return the opaque colour that an ink with its opacity has on a ground."""
    share = ink.alphaF()
    return QColor.fromRgbF(*(share * one + (1 - share) * other for one, other in
                             ((ink.redF(), ground.redF()), (ink.greenF(), ground.greenF()),
                              (ink.blueF(), ground.blueF()))))


@lru_cache(maxsize=512)
def opacity_for(ink: str, ground: str, contrast: float) -> float:
    """Return the least opacity with which an ink stands out from a ground by a contrast; 1 where none does.

    Source: WCAG 2.2, "contrast ratio".
    """
    low, high = 0.0, 1.0
    behind = _luminance(QColor(ground)) + 0.05
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        seen = _luminance(over(colour(ink, middle), QColor(ground))) + 0.05
        low, high = (low, middle) if max(seen, behind) / min(seen, behind) >= contrast else (middle, high)
    return high


def _luminance(value: QColor) -> float:
    return float(_linear(np.array([value.redF(), value.greenF(), value.blueF()])) @ _LUMINANCE)


def rgb(name: str) -> np.ndarray:
    """Return (3,) uint8."""
    value = QColor(name)
    return np.array([value.red(), value.green(), value.blue()], dtype=np.uint8)


@lru_cache(maxsize=16)
def map_table(name: str, low: float, high: float, n: int = 256) -> np.ndarray:
    """Return n colours (n, 3) uint8 of the part low to high of a named map."""
    table = pg.colormap.get(name).map(np.linspace(low, high, n), mode="byte")[:, :3]
    return np.ascontiguousarray(table)


def speed_table(theme: Theme, n: int = 256) -> np.ndarray:
    """Return the theme's colours of speed, slow to fast."""
    return _scale(theme.speed_map, n)


def density_table(theme: Theme, n: int = 256) -> np.ndarray:
    """Return the theme's colours of density, low to high."""
    return map_table(theme.density_map, *theme.density_range, n)


def diverging_pixels(theme: Theme, n: int, power: float = 1.0, opacity: float = 1.0) -> np.ndarray:
    """Return n premultiplied pixels from the least to the most of a scale around 0, where the pane shows.

    From 0 on a side's middle colour gets opaque, then turns to its end.

    Args:
        power: a value's place from the middle of the scale is share^power.
        opacity: of all, 0 to 1.
    """
    share = np.linspace(-1.0, 1.0, n)
    share[np.abs(share) < 1.5 / n] = 0.0  # an even number has two in the middle
    place = np.abs(share) ** power
    middle, end = (np.where(share[:, None] < 0, rgb(less).astype(float), rgb(more).astype(float)) for less, more in
                   (theme.diverging[1:3], theme.diverging[::3]))
    beyond = np.clip((place - _OPAQUE) / (1 - _OPAQUE), 0.0, 1.0)[:, None]
    return premultiplied(np.round(middle + beyond * (end - middle)), opacity * np.clip(place / _OPAQUE, 0.0, 1.0))


def most_seen(ground: np.ndarray, inks: Sequence[str]) -> str:
    """Return which of some theme colours stands out most from a colour (3,) uint8."""
    below = _luminance(QColor(*map(int, ground))) + 0.05
    seen = {ink: _luminance(QColor(ink)) + 0.05 for ink in inks}
    return max(inks, key=lambda ink: max(seen[ink], below) / min(seen[ink], below))


def origin_table(theme: Theme, n: int = HUE_BINS) -> np.ndarray:
    """Return n colours once around the theme's cyclic map; the last one precedes the first."""
    return _cycle(theme.origin_map, n)


@lru_cache(maxsize=16)
def _cycle(stops: tuple[str, ...], n: int) -> np.ndarray:
    """Return n colours (n, 3) uint8 around evenly spaced stops."""
    return _mixed((*stops, stops[0]), np.arange(n) * len(stops) / n)


@lru_cache(maxsize=16)
def _scale(stops: tuple[str, ...], n: int) -> np.ndarray:
    """Return n colours (n, 3) uint8 from the first to the last of evenly spaced stops."""
    return _mixed(stops, np.linspace(0, len(stops) - 1, n))


def _mixed(stops: tuple[str, ...], place: np.ndarray) -> np.ndarray:
    """Return the colours (n, 3) uint8 at places (n,), 0 at the first stop; in Oklab, so that no mix turns grey."""
    lab = np.cbrt(_linear(np.stack([rgb(name) for name in stops]) / 255.0) @ _TO_LMS.T) @ _TO_OKLAB.T
    first = np.minimum(place.astype(int), len(stops) - 2)
    share = (place - first)[:, None]
    mixed = lab[first] * (1 - share) + lab[first + 1] * share
    linear = np.clip((mixed @ np.linalg.inv(_TO_OKLAB).T) ** 3 @ np.linalg.inv(_TO_LMS).T, 0.0, 1.0)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.round(encoded * 255).astype(np.uint8)


def _linear(encoded: np.ndarray) -> np.ndarray:
    """Return linear light of sRGB values in [0, 1]."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def origin_bins(origin: np.ndarray, middle: np.ndarray | None = None) -> np.ndarray:
    """Return the colour bin of each particle (N,), by the angle of its start around the middle of all starts, which is
    that of these where it is not given.

    Bin 0 lies around angle 0: eight clouds on a ring lie in the middle of a bin each.
    """
    if len(origin) == 0:
        return np.zeros(0, dtype=np.intp)
    offset = origin - (origin.mean(axis=0) if middle is None else middle)
    turn = np.arctan2(offset[:, 1], offset[:, 0]) / (2 * np.pi)
    return np.round(turn * HUE_BINS).astype(np.intp) % HUE_BINS


def premultiplied(table: np.ndarray, alpha: np.ndarray | float) -> np.ndarray:
    """Return (n,) uint32 pixels of Format_ARGB32_Premultiplied from (n, 3) uint8 colours and opacities 0 to 1."""
    opacity = np.broadcast_to(np.asarray(alpha, dtype=np.float64), len(table))
    a = np.round(opacity * 255).astype(np.uint32)
    r, g, b = (np.round(table[:, k] * (a / 255.0)).astype(np.uint32) for k in range(3))
    return np.ascontiguousarray((a << 24) | (r << 16) | (g << 8) | b)


def plain(pixel: int) -> QColor:
    """Return the colour of a premultiplied pixel, black where it is clear."""
    alpha = pixel >> 24
    red, green, blue = (min(255, round((pixel >> shift & 255) * 255 / max(1, alpha))) for shift in (16, 8, 0))
    return QColor(red, green, blue, alpha)


@dataclass(frozen=True)
class ClassKey:
    """The classes that have a colour of their own, in the order of the colours, and whether there are others."""

    names: tuple[str, ...] = ()
    has_others: bool = False

    def bins(self, labels: Labels) -> np.ndarray:
        """Return the colour of each point, (N,): a row of `class_table`."""
        places = {name: k for k, name in enumerate(self.names)}
        # The last entry is for `NO_LABEL`, which is -1.
        table = np.array([*(places.get(name, MOST_CLASSES) for name in labels.names), MOST_CLASSES], dtype=np.intp)
        return table[labels.codes]


def class_table(theme: Theme) -> np.ndarray:
    """Return the colours of the classes, and last that of all others, (MOST_CLASSES + 1, 3) uint8."""
    return np.stack([rgb(name) for name in (*theme.classes, theme.particle)])


def class_key(frame: Frame) -> ClassKey:
    """Return which classes have which colours in a picture: the same at every t, in every lane, at every step.

    So they are counted in the dots of the clouds, not in the particles.
    """
    dots = [labels for labels in (frame.classes.source, frame.classes.target) if labels is not None]
    moving = [labels for labels in (frame.classes.start, frame.classes.end) if labels is not None]
    return key_of(*(dots or moving))


@lru_cache(maxsize=16)
def key_of(*known: Labels) -> ClassKey:
    """Return which classes of these points have which colours."""
    often: Counter[str] = Counter()
    has_unlabelled = False
    for labels in known:
        counts = np.bincount(labels.codes[labels.codes != NO_LABEL].astype(np.intp), minlength=len(labels.names))
        often.update({name: int(count) for name, count in zip(labels.names, counts, strict=True)})
        has_unlabelled |= bool((labels.codes == NO_LABEL).any())
    # Counter keeps equal counts in the order of the names.
    commonest = [name for name, count in often.most_common() if count > 0]
    chosen = sorted(commonest[:MOST_CLASSES], key=list(often).index)
    return ClassKey(tuple(chosen), len(commonest) > MOST_CLASSES or has_unlabelled)
