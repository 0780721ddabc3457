"""Colours as drawing needs them: Qt colours, lookup tables from the theme's maps, premultiplied pixels."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor

from fmviz.core.theme import Theme

HUE_BINS = 24
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


def colour(name: str, alpha: float = 1.0) -> QColor:
    """Return a theme colour (#rrggbb) with an opacity of 0 to 1."""
    result = QColor(name)
    result.setAlphaF(alpha)
    return result


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
    return map_table(theme.speed_map, *theme.speed_range, n)


def density_table(theme: Theme, n: int = 256) -> np.ndarray:
    """Return the theme's colours of density, low to high."""
    return map_table(theme.density_map, *theme.density_range, n)


def origin_table(theme: Theme, n: int = HUE_BINS) -> np.ndarray:
    """Return n colours once around the theme's cyclic map; the last one precedes the first."""
    return _cycle(theme.origin_map, n)


@lru_cache(maxsize=16)
def _cycle(stops: tuple[str, ...], n: int) -> np.ndarray:
    """Return n colours (n, 3) uint8 around evenly spaced stops, mixed in Oklab so that no mix turns grey."""
    lab = np.cbrt(_linear(np.stack([rgb(name) for name in stops]) / 255.0) @ _TO_LMS.T) @ _TO_OKLAB.T
    place = np.arange(n) * len(stops) / n
    first = place.astype(int)
    share = (place - first)[:, None]
    mixed = lab[first] * (1 - share) + lab[(first + 1) % len(stops)] * share
    linear = np.clip((mixed @ np.linalg.inv(_TO_OKLAB).T) ** 3 @ np.linalg.inv(_TO_LMS).T, 0.0, 1.0)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.round(encoded * 255).astype(np.uint8)


def _linear(encoded: np.ndarray) -> np.ndarray:
    """Return linear light of sRGB values in [0, 1]."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def origin_bins(origin: np.ndarray) -> np.ndarray:
    """Return the colour bin of each particle (N,), by the angle of its start around the middle of all starts."""
    if len(origin) == 0:
        return np.zeros(0, dtype=np.intp)
    offset = origin - origin.mean(axis=0)
    turn = np.arctan2(offset[:, 1], offset[:, 0]) / (2 * np.pi)
    return np.floor((turn % 1.0) * HUE_BINS).astype(np.intp) % HUE_BINS


def premultiplied(table: np.ndarray, alpha: np.ndarray | float) -> np.ndarray:
    """Return (n,) uint32 pixels of Format_ARGB32_Premultiplied from (n, 3) uint8 colours and opacities 0 to 1."""
    opacity = np.broadcast_to(np.asarray(alpha, dtype=np.float64), len(table))
    a = np.round(opacity * 255).astype(np.uint32)
    r, g, b = (np.round(table[:, k] * (a / 255.0)).astype(np.uint32) for k in range(3))
    return np.ascontiguousarray((a << 24) | (r << 16) | (g << 8) | b)
