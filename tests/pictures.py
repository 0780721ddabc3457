"""Small made-up flows and frames, and pixels as arrays, for the tests of the canvas."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from PySide6.QtGui import QImage

from fmviz.canvas.canvas import FlowCanvas
from fmviz.core.extent import Extent
from fmviz.core.frames import Curves, FlowSnapshot, Frame, Grid, Pairs, compared, frame_at
from fmviz.core.limits import limits_of
from fmviz.core.quantities import Metrics
from fmviz.core.style import VIEWS, Style
from fmviz.core.theme import Theme, load_theme

EXTENT = Extent(0.5, -0.5, 6.0)
EVERYTHING = Style(layers=("magnitude", "density", "source", "target", "pairs", "trails", "arrows", "particles"))
DARK = load_theme("dark")


def snapshot(lane: int = 0, coupling: str = "random", n: int = 300, grid: int = 9) -> FlowSnapshot:
    """Points of a ring that turn and shrink around the middle, with the field that carries them."""
    rng = np.random.default_rng(lane)
    t = np.linspace(0, 1, 9, dtype=np.float32)
    angle = rng.uniform(0, 2 * np.pi, n)
    radius = 4 + 0.3 * rng.normal(size=n)
    turn, shrink = 1.5 - 0.25 * lane, 0.5
    r = radius * (1 - shrink * t[:, None])
    a = angle + turn * t[:, None]
    x = np.stack([EXTENT.cx + r * np.cos(a), EXTENT.cy + r * np.sin(a)], axis=2).astype(np.float32)
    gx, gy = np.meshgrid(*EXTENT.axes(grid))
    gx, gy = gx - EXTENT.cx, gy - EXTENT.cy
    pull = (shrink / (1 - shrink * t))[:, None, None]
    u = np.stack([-pull * gx - turn * gy, -pull * gy + turn * gx], axis=3).astype(np.float32)
    nodes = np.stack(np.meshgrid(*EXTENT.axes(8)), axis=2) - (EXTENT.cx, EXTENT.cy)
    turned = np.stack([np.stack([nodes[..., 0] * np.cos(a) - nodes[..., 1] * np.sin(a),
                                 nodes[..., 0] * np.sin(a) + nodes[..., 1] * np.cos(a)], axis=2) for a in turn * t])
    carried = turned * (1 - shrink * t)[:, None, None, None] + (EXTENT.cx, EXTENT.cy)
    pairs = Pairs(x[0, :40], x[-1, :40], float(((x[-1] - x[0]) ** 2).sum(axis=1).mean()))
    divergence = Grid(EXTENT, t, np.broadcast_to(-2 * pull, (len(t), grid, grid)).astype(np.float32))
    return FlowSnapshot(lane, coupling, 4200, t, x, EXTENT, Grid(EXTENT, t, u), x[0, :150], x[-1, :150], pairs,
                        Curves(), Metrics(), lattice=carried.astype(np.float32), grids={
                            "divergence": divergence, "exact": Grid(EXTENT, t, u, "smoothed by 0.2"),
                            "field_error": Grid(EXTENT, t, 0.3 * u[..., ::-1])})


@lru_cache(maxsize=1)
def lanes() -> tuple[FlowSnapshot, FlowSnapshot]:
    """Lanes A and B."""
    return snapshot(0), snapshot(1, "ot")


def frames(style: Style, t: float = 0.5, count: int = 1) -> list[Frame]:
    """Return a frame for each of the first `count` lanes."""
    return compared([frame_at(one, t, style) for one in lanes()[:count]], style)


def canvas(style: Style, t: float = 0.5, count: int = 1, theme: Theme = DARK) -> FlowCanvas:
    """Return a canvas that shows it, with the limits of the flows."""
    result = FlowCanvas(theme)
    result.set_panes(count)
    result.set_style(style)
    result.set_limits(limits_of(lanes()[:count], style))
    result.show_frames(frames(style, t, count))
    return result


def view(name: str) -> Style:
    """Return the preset of a view."""
    assert name in VIEWS
    return Style().with_view(name)


def bare(*layers: str) -> Style:
    """Return a style with just those layers."""
    return replace(Style(), layers=layers)


def colours_in(pixels):
    """Return the colours (R, G, B) of pixels (..., 3), each once."""
    # Numbers are told apart ten times as fast as rows are.
    numbers = np.unique(pixels.astype(np.uint32) @ np.array([2**16, 2**8, 1], dtype=np.uint32))
    return {(number >> 16, number >> 8 & 255, number & 255) for number in numbers.tolist()}


def array(image: QImage) -> np.ndarray:
    """Return (H, W, 3) uint8."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    packed = np.frombuffer(image.constBits(), dtype=np.uint32).reshape(image.height(), image.width())
    return np.stack([(packed >> shift) & 255 for shift in (16, 8, 0)], axis=2).astype(np.uint8)


def only(**values: object) -> Frame:
    """Return a frame without clouds that holds just these values."""
    nothing = np.zeros((0, 2), dtype=np.float32)
    return Frame(extent=EXTENT, source=nothing, target=nothing, **values)  # type: ignore[arg-type]
