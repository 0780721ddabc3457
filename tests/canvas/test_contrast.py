"""Every mark is seen: at its strongest it stands out from the pane by 3 to 1 in both themes, measured in pixels.

A mark is drawn where no other one makes it darker. What is drawn in one of several colours is seen in each of them,
but for trails, which have that contrast in most.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pictures import EXTENT, array, bare, only
from sights import contrast, lab, linear

from fmviz.canvas.canvas import FlowCanvas
from fmviz.canvas.colours import rgb
from fmviz.core.export_spec import Decor
from fmviz.core.frames import Frame, Grid, Pairs
from fmviz.core.lanes import MAX_LANES, LaneMark
from fmviz.core.limits import Limits
from fmviz.core.many import Marginals
from fmviz.core.style import VIEWS, Style
from fmviz.core.theme import load_theme

SIZE = 600
LEAST = 3.0
# The pane's border is no mark.
BORDER_PX = 8
# Only the story has them, which is looked at in other tests.
OF_THE_STORY = {"rings", "paths", "outline", "names", "followed"}
THEMES = pytest.mark.parametrize("theme", ["dark", "light"])


def pixels(frame: Frame, style: Style, theme: str) -> np.ndarray:
    """Return the pixels of the pane, (H, W, 3)."""
    shown = FlowCanvas(load_theme(theme))
    shown.resize(SIZE, SIZE)
    shown.set_style(style)
    shown.set_limits(Limits())
    shown.show_frames([frame])
    shown.set_fit(EXTENT.box)
    shown.set_decor(Decor(has_text=False))
    pane = shown.pane_rect().toRect()
    return array(shown.to_image(SIZE, SIZE))[pane.top():pane.bottom() + 1, pane.left():pane.right() + 1]


def contrasts(frame: Frame, style: Style, theme: str, ground: np.ndarray | None = None) -> np.ndarray:
    """Return by how much each pixel of the pane stands out from it, or from what it was before, (H, W)."""
    found = contrast(pixels(frame, style, theme), rgb(load_theme(theme).pane) if ground is None else ground)
    inner = np.ones_like(found)
    part = (slice(BORDER_PX, -BORDER_PX),) * 2
    inner[part] = found[part]
    return inner


def places() -> np.ndarray:
    """Return 256 places that are far from each other, (256, 2)."""
    axis = np.linspace(-4.7, 4.7, 16) + 0.003 * np.arange(16)
    return (np.stack(np.meshgrid(axis, axis), axis=2).reshape(-1, 2) + (EXTENT.cx, EXTENT.cy)).astype(np.float32)


def rows() -> np.ndarray:
    """Return where 128 level lines that do not touch each other end, (128, 2)."""
    y = np.linspace(-4.7, 4.7, 128)
    return (np.stack([0 * y + 4.2, y], axis=1) + (EXTENT.cx, EXTENT.cy)).astype(np.float32)


def field(speed: float) -> np.ndarray:
    """Return a velocity of that speed everywhere, to the right."""
    return np.full((9, 9, 2), (speed, 0.0), dtype=np.float32)


def test_the_layers_of_all_views_are_measured_here() -> None:
    measured = {"source", "target", "pairs", "trails", "arrows", "streamlines", "magnitude", "density", "warp",
                "particles", "divergence"}
    # The probe and what is about it are measured in `test_legible`.
    drawn = {name for view in VIEWS.values() for name in view.layers} - {"probe", "conditionals"}
    assert drawn == measured | OF_THE_STORY


@THEMES
@pytest.mark.parametrize("role", ["source", "target"])
def test_dots(theme: str, role: str) -> None:
    assert contrasts(replace(only(t=0.5), **{role: places()}), bare(role), theme).max() >= LEAST


@THEMES
@pytest.mark.parametrize("hue", range(MAX_LANES))
def test_pair_lines(theme: str, hue: int) -> None:
    # The usual number of them, half of which lie outside, as do the dots at their ends, which are stronger.
    end = np.vstack([rows(), rows() + [0, 400]])
    x0, x1 = ((end + [x, 0]).astype(np.float32) for x in (-40, 40))
    pairs = Pairs(x0, x1, 1.0)
    assert contrasts(only(t=0.5, pairs=pairs, mark=LaneMark(0, "", hue)), bare("pairs"), theme).max() >= LEAST


@THEMES
@pytest.mark.parametrize("colour_by", ["plain", "origin"])
def test_the_youngest_part_of_a_trail(theme: str, colour_by: str) -> None:
    end = rows()
    trail = np.stack([end - [8 * k, 0] for k in np.linspace(1, 0, 9)]).astype(np.float32)
    angle = np.arange(len(end)) % 8 * np.pi / 4
    origin = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)
    frame = only(t=0.5, x=end, origin=origin, trail=trail)
    found = contrasts(frame, replace(bare("trails"), colour_by=colour_by), theme)
    row = (len(found) * (EXTENT.top - end[:, 1]) / (2 * EXTENT.half)).astype(int)
    strongest = [max(found[at - 1:at + 2].max() for at in row[hue::8]) for hue in range(8)]
    assert np.median(strongest) >= LEAST
    assert min(strongest) >= 2.2


def test_directions_have_the_same_hues_in_both_themes() -> None:
    turns = []
    for theme in ("dark", "light"):
        _, a, b = lab(linear(np.stack([rgb(name) for name in load_theme(theme).origin_map]))).T
        turns.append(np.degrees(np.arctan2(b, a)))
    assert np.abs((turns[0] - turns[1] + 180) % 360 - 180).max() < 25


@THEMES
def test_the_colour_of_each_particle(theme: str) -> None:
    angle = np.arange(24) * np.pi / 12
    xy = (4 * np.stack([np.cos(angle), np.sin(angle)], axis=1) + (EXTENT.cx, EXTENT.cy)).astype(np.float32)
    found = contrasts(only(t=0.5, x=xy, origin=xy), bare("particles"), theme)
    scale = len(found) / (2 * EXTENT.half)
    for x, y in xy:
        column, row = int((x - EXTENT.left) * scale), int((EXTENT.top - y) * scale)
        assert found[row - 2:row + 3, column - 2:column + 3].max() >= LEAST


@THEMES
@pytest.mark.parametrize("speed", [0.0, 0.5, 1.0])
def test_particles_on_the_speed_map(theme: str, speed: float) -> None:
    xy, u = places(), field(speed)
    ground = pixels(only(t=0.5, x=xy[:0], u=u), bare("magnitude", "particles"), theme)
    found = contrasts(only(t=0.5, x=xy, u=u), bare("magnitude", "particles"), theme, ground)
    scale = len(found) / (2 * EXTENT.half)
    for x, y in xy[:len(xy) // 4]:
        column, row = int((x - EXTENT.left) * scale), int((EXTENT.top - y) * scale)
        assert found[row - 3:row + 4, column - 3:column + 4].max() >= LEAST


@THEMES
def test_the_slowest_arrow_on_a_particle(theme: str) -> None:
    xy = places()
    assert contrasts(only(t=0.5, x=xy, u=field(0.02)), bare("velocities"), theme).max() >= LEAST


@THEMES
@pytest.mark.parametrize("layer", ["arrows", "streamlines"])
def test_the_slowest_arrows(theme: str, layer: str) -> None:
    style = replace(bare(layer), arrows="equal")
    assert contrasts(only(t=0.5, u=field(0.02)), style, theme).max() >= LEAST


@THEMES
def test_the_ends_of_the_maps(theme: str) -> None:
    assert contrasts(only(t=0.5, u=field(1.0)), bare("magnitude"), theme).max() >= LEAST
    density = np.ones((8, 8), dtype=np.float32)
    assert contrasts(only(t=0.5, density=density), bare("density"), theme).max() >= LEAST


@THEMES
@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_both_ends_of_a_diverging_map(theme: str, sign: float) -> None:
    grid = Grid(EXTENT, np.float32([0, 1]), np.full((2, 9, 9), sign, dtype=np.float32))
    frame = only(t=0.5, grids={"divergence": grid})
    assert contrasts(frame, bare("divergence"), theme).max() >= LEAST


@THEMES
@pytest.mark.parametrize("growth", [1 / np.e, np.e])
def test_both_ends_of_the_volume(theme: str, growth: float) -> None:
    lattice = np.stack(np.meshgrid(*EXTENT.axes(21)), axis=-1) * np.float32([1, growth])
    assert contrasts(only(t=0.5, warp=lattice.astype(np.float32)), bare("volume"), theme).max() >= LEAST


@THEMES
@pytest.mark.parametrize("level", [0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9])
def test_contours_on_the_map_below_them(theme: str, level: float) -> None:
    # A little aslant: a line is strongest in the middle of a pixel.
    density = level * (np.linspace(2, 0, 64) + np.linspace(-0.1, 0.1, 64)[:, None])
    frame = only(t=0.5, density=density, levels=(level,))
    plain = contrasts(replace(frame, levels=()), bare("density"), theme)
    lined = contrasts(frame, bare("density"), theme)
    part = (slice(200, 260), slice(BORDER_PX, -BORDER_PX))
    ratio = np.maximum(lined[part], plain[part]) / np.minimum(lined[part], plain[part])
    assert np.percentile(ratio.max(axis=1), 80) >= LEAST


@THEMES
@pytest.mark.parametrize("hue", range(MAX_LANES))
def test_the_curves_of_the_marginals(theme: str, hue: int) -> None:
    curve = np.full((2, 64), 0.5)
    low, high = (EXTENT.left, EXTENT.bottom), (EXTENT.right, EXTENT.top)
    for ours, theirs in ((curve, 2 * curve), (2 * curve, curve)):
        frame = only(t=0.5, marginals=Marginals(low, high, ours, theirs, 1.0), mark=LaneMark(0, "", hue))
        found = contrasts(frame, bare("marginals"), theme)
        for height in (0.5, 1.0):
            row = len(found) - 1 - round(2 + 0.13 * height * len(found))
            assert np.median(found[row - 2:row + 3, 100:-100].max(axis=0)) >= LEAST


@THEMES
def test_the_grid_where_nothing_stretches_it(theme: str) -> None:
    # On the screen a line of one pixel is strongest in the middle of a pixel.
    half_px = EXTENT.half / SIZE
    lattice = np.stack(np.meshgrid(*EXTENT.axes(21)), axis=2).astype(np.float32) + np.float32(half_px)
    found = contrasts(only(t=0.5, warp=lattice), bare("warp"), theme)
    # A tenth of it are crossings.
    assert np.percentile(found[found > 1.05], 90) >= LEAST
