"""The grid warp's lines: even where the flow is even, fading smoothly where it stretches, on any ground and scale."""

import time
from itertools import pairwise

import numpy as np
import pytest
from pictures import DARK, EXTENT, array, bare, only
from PySide6.QtCore import QLineF
from PySide6.QtGui import QImage, QPainter

from fmviz.canvas.canvas import FlowCanvas
from fmviz.canvas.layers.warp import VolumeLayer
from fmviz.core.export_spec import Decor
from fmviz.core.theme import Theme, load_theme

SIZE = 500
CENTRE = np.array((EXTENT.cx, EXTENT.cy), dtype=np.float32)


def outline(angle: float, middle: float = 0.5) -> np.ndarray:
    """Return a lattice (3, 3, 2) turned by an angle; its upright lines stand at 0, `middle` and 1."""
    x, y = np.meshgrid((-1.0, 2 * middle - 1.0, 1.0), (-1.0, 0.0, 1.0))
    turned = np.stack([x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)], axis=2)
    return (0.55 * EXTENT.half * turned + CENTRE).astype(np.float32)


def image(lattice: np.ndarray | None, scale: int = 1, theme: Theme = DARK, background: str = "theme") -> QImage:
    shown = FlowCanvas(theme)
    shown.set_decor(Decor(has_text=False, background=background))
    shown.set_style(bare("warp"))
    shown.show_frames([only(warp=lattice)])
    return shown.to_image(SIZE, SIZE, scale)


def along_the_top(lattice: np.ndarray, **more: object) -> np.ndarray:
    """Return how much ink each column of pixels has around the upper edge of a lattice, away from other lines."""
    ink = np.abs(array(image(lattice, **more)).astype(int) - array(image(None, **more))).sum(axis=2)
    scale = len(ink) / (2 * EXTENT.half)
    ends = (lattice[2, [0, 2]] - (EXTENT.left, EXTENT.top)) * (scale, -scale)
    crossing = (lattice[2, 1, 0] - EXTENT.left) * scale
    found = []
    for column in range(int(ends[0, 0]) + 15, int(ends[1, 0]) - 15):
        share = (column + 0.5 - ends[0, 0]) / (ends[1, 0] - ends[0, 0])
        row = ends[0, 1] + share * (ends[1, 1] - ends[0, 1])
        if abs(column - crossing) > 12:
            found.append(ink[int(row) - 5:int(row) + 6, column].sum())
    return np.array(found, dtype=float)


@pytest.mark.parametrize("angle", [0.0, 0.11, -0.3, 0.7])
@pytest.mark.parametrize("scale", [1, 2, 3])
def test_an_even_line_has_no_beads(scale: int, angle: float) -> None:
    ink = along_the_top(outline(angle), scale=scale)
    assert ink.mean() > 100
    assert ink.std() < 0.03 * ink.mean()
    assert np.ptp(ink) < 0.12 * ink.mean()


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("scale", [1, 2])
def test_a_line_fades_without_steps(scale: int, theme: str) -> None:
    lattice = outline(0.05, 0.12)
    # Half a line in an eighth of its room, so that its tone runs over much of the scale.
    ink = along_the_top(1.6 * (lattice - CENTRE) + CENTRE, scale=scale,
                        theme=load_theme(theme))
    assert ink.max() > 1.5 * ink.min()
    assert np.abs(np.diff(ink)).max() < 0.07 * ink.max()


def test_a_clear_ground_stays_clear_between_the_lines() -> None:
    picture = image(outline(0.2), background="transparent")
    alpha = np.frombuffer(picture.constBits(), dtype=np.uint8).reshape(SIZE, SIZE, 4)[..., 3]
    assert (alpha == 0).mean() > 0.9
    assert alpha[50:-50, 50:-50].max() > 150


def test_a_fine_lattice_costs_little_more_than_its_lines() -> None:
    turn = np.linspace(0, 3, 41)[:, None] * np.ones(41)
    x, y = np.meshgrid(*EXTENT.axes(41))
    lattice = np.stack([x + 0.4 * np.sin(turn + y), y + 0.4 * np.sin(x)], axis=2).astype(np.float32)
    shown = FlowCanvas(DARK)
    shown.set_decor(Decor(has_text=False))
    shown.set_style(bare("warp"))
    segments = [QLineF(*start, *end) for line in (*lattice, *lattice.swapaxes(0, 1))
                for start, end in pairwise((450 + 90 * line).tolist())]
    paper, times, plain = QImage(900, 900, QImage.Format.Format_RGB32), [], []
    for k in range(15):
        start = time.thread_time()
        shown.show_frames([only(warp=lattice + np.float32(0.01 * k))])
        shown.to_image(900, 900)
        times.append(time.thread_time() - start)
        start = time.thread_time()
        painter = QPainter(paper)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawLines(segments)
        painter.end()
        plain.append(time.thread_time() - start)
    # So a frame keeps its 16 ms on every machine that can draw these lines at all.
    assert min(times) < 3 * min(plain), (min(times), min(plain))


def test_the_volume_is_told_of_the_cell_below_the_mouse_and_nowhere_else() -> None:
    x, y = np.meshgrid([0.0, 1.0, 1.2], [0.0, 1.0, 2.0])  # a long cell beside a short one
    lattice = np.stack([x, y], axis=2) * EXTENT.half + (EXTENT.left, EXTENT.bottom)
    shown = FlowCanvas(DARK)
    shown.set_style(bare("volume"))
    shown.show_frames([only(t=0.5, warp=lattice.astype(np.float32))])
    shown.to_image(SIZE, SIZE)

    def told(across: float, up: float) -> str:
        place = (EXTENT.left + across * EXTENT.half, EXTENT.bottom + up * EXTENT.half)
        return VolumeLayer.value_at(shown._composer._pictures[0], *place)

    assert told(0.98, 0.5) == told(0.5, 0.5) == "log |det| +0: as large as at t = 0"
    assert told(1.1, 1.5) == "log |det| \N{MINUS SIGN}1.61: pressed together"
    assert told(1.3, 0.5) == told(0.5, -0.1) == ""
