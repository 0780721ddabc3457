"""What is loud in a picture of the field is true: where no particles are nothing looks fast, measured in pixels.

Of the example at t = 1, where the field that OT coupling has learned is fastest far from all particles.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pictures import array, bare
from scipy.spatial import cKDTree
from sights import contrast

from fmviz.canvas.canvas import FlowCanvas
from fmviz.canvas.colours import rgb, speed_table
from fmviz.core.export_spec import Decor
from fmviz.core.fit import box_of_flows
from fmviz.core.frames import FlowSnapshot, Frame, frame_at
from fmviz.core.limits import limits_of
from fmviz.core.style import Style
from fmviz.core.theme import load_theme
from fmviz.files.project_file import load_project

SIZE = 700
# Of the example's square: .5 units.
NEAR = 0.5
THEMES = pytest.mark.parametrize("theme", ["dark", "light"])
# The speed map lets some of the pane through.
LAYERS = pytest.mark.parametrize(("layer", "opacity"), [("arrows", 1.0), ("streamlines", 1.0), ("magnitude", 0.92)])


@pytest.fixture(scope="module")
def example(root: Path) -> tuple[FlowSnapshot, ...]:
    """Both lanes of the example: random and OT coupling."""
    lanes = load_project(root / "resources" / "examples" / "first.fmviz").lanes
    return tuple(lane.snapshot for lane in lanes if lane.snapshot is not None)


def stands_out(flows: tuple[FlowSnapshot, ...], frame: Frame, style: Style,
               theme: str) -> tuple[np.ndarray, np.ndarray]:
    """Return by how much each pixel of a pane stands out from it, (H, W), and where each is in the world, (H, W, 2)."""
    shown = FlowCanvas(load_theme(theme))
    shown.resize(SIZE, SIZE)
    shown.set_style(style)
    shown.set_limits(limits_of(flows, style))
    shown.show_frames([frame])
    shown.set_fit(box_of_flows(flows))
    shown.set_decor(Decor(has_text=False))
    pane, edge = shown.pane_rect().toRect(), 8  # its border is no mark
    pixels = array(shown.to_image(SIZE, SIZE))[pane.top() + edge:pane.bottom() - edge,
                                               pane.left() + edge:pane.right() - edge]
    rows, columns = np.indices(pixels.shape[:2]) + edge + 0.5
    return contrast(pixels, rgb(load_theme(theme).pane)), shown._mapping.to_places(np.stack([columns, rows], axis=-1))


def loud_share(flows: tuple[FlowSnapshot, ...], layer: str, opacity: float, theme: str, whole_field: bool) -> float:
    """Return which share of the OT pane at t = 1 stands out as 3/4 of the limit of speed does, far from particles."""
    style = replace(bare(layer), whole_field=whole_field)
    frame = frame_at(flows[1], 1.0, style)
    found, places = stands_out(flows, frame, style, theme)
    colours, pane = speed_table(load_theme(theme), 256)[192], rgb(load_theme(theme).pane)
    least = float(contrast(opacity * colours + (1 - opacity) * pane, pane))
    is_loud = found >= least
    distance = cKDTree(flows[1].x[-1]).query(places[is_loud])[0]
    return float((distance > NEAR).sum() / is_loud.size)


@THEMES
@LAYERS
def test_where_no_particles_are_nothing_is_loud(example: tuple[FlowSnapshot, ...], layer: str, opacity: float,
                                                theme: str) -> None:
    assert loud_share(example, layer, opacity, theme, whole_field=False) <= 0.01


@THEMES
@LAYERS
def test_the_whole_field_is_shown_where_it_is_asked_for(example: tuple[FlowSnapshot, ...], layer: str, opacity: float,
                                                        theme: str) -> None:
    loud = loud_share(example, layer, opacity, theme, whole_field=True)
    assert loud > (0.1 if layer == "magnitude" else 0.001)


@THEMES
def test_the_map_ends_in_the_pane_and_not_in_the_colour_of_what_is_slow(example: tuple[FlowSnapshot, ...],
                                                                        theme: str) -> None:
    style = bare("magnitude")
    found, places = stands_out(example, frame_at(example[1], 1.0, style), style, theme)
    distance = cKDTree(example[1].x[-1]).query(places.reshape(-1, 2))[0].reshape(found.shape)
    assert found[distance > 1.15].max() < 1.1
    assert found[distance < 0.3].min() > 2.5
