"""Colours as drawing needs them: Qt colours, lookup tables from the theme's maps, premultiplied pixels."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor

from fmviz.core.theme import Theme

HUE_BINS = 24
SPEED_BINS = 20


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
    return map_table(theme.origin_map, 0.0, 1.0, n + 1)[:n]


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
