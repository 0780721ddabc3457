"""Whatever a file can hold can be drawn: places, sizes and speeds at the ends of what loads, without a warning."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from pictures import DARK, array

from fmviz.canvas.canvas import FlowCanvas
from fmviz.core.errors import ProjectError
from fmviz.core.export_spec import Decor
from fmviz.core.extent import Extent
from fmviz.core.frames import Curves, FlowSnapshot, Grid, Pairs, frame_at
from fmviz.core.layers import LAYERS
from fmviz.core.limits import limits_of
from fmviz.core.quantities import Metrics
from fmviz.core.style import Style
from fmviz.files.snapshot_codec import decode_snapshot, encode_snapshot

EVERYTHING = Style(layers=tuple(LAYERS))
T = np.array([0.0, 0.3, 1.0], dtype=np.float32)


def snapshot(extent: Extent, spread: float, speed: float, dots: int) -> FlowSnapshot:
    rng = np.random.default_rng(0)
    middle = (extent.cx, extent.cy)
    x = middle + spread * rng.normal(size=(3, 20, 2))
    u = (speed * rng.normal(size=(3, 4, 4, 2))).astype(np.float32)
    source, target = x[0, :dots], x[-1, :dots]
    lattice = middle + spread * rng.normal(size=(3, 3, 3, 2))
    return FlowSnapshot(0, "random", 7, T, x, extent, Grid(extent, T, u), source, target, Pairs(source, target, 1.0),
                        Curves(), Metrics(), lattice=lattice)


def draw(one: FlowSnapshot) -> None:
    canvas = FlowCanvas(DARK)
    canvas.set_panes(1)
    canvas.set_decor(Decor(has_axes=True))
    canvas.set_style(EVERYTHING)
    limits = limits_of([one], EVERYTHING)
    assert np.isfinite([limits.density, limits.speed]).all()
    canvas.set_limits(limits)
    for t in (0.2, 1.0):
        frame = frame_at(one, t, EVERYTHING)
        assert np.isfinite(frame.density).all()
        canvas.show_frames([frame])
        array(canvas.to_image(240, 240))



@pytest.mark.parametrize("half", [1e-18, 1.0, 1e18])
@pytest.mark.parametrize("centre", [0.0, 1e18])
def test_extremes_are_drawn(half: float, centre: float) -> None:
    for spread, speed, dots in itertools.product((0.0, 1e-18, 1e21), (0.0, 1e-38, 1e21), (1, 20)):
        draw(snapshot(Extent(centre, -centre, half), spread, speed, dots))


def test_dots_beyond_every_cloud_are_refused() -> None:
    far = 1e19
    one = snapshot(Extent(0, 0, 1), 1.0, 1.0, 20)
    for name in ("source", "target"):
        with pytest.raises(ProjectError, match=name):
            decode_snapshot(*encode_snapshot(replace(one, **{name: np.full((5, 2), far)})), 0)
    with pytest.raises(ProjectError, match=r"pairs\.x0"):
        decode_snapshot(*encode_snapshot(replace(one, pairs=replace(one.pairs, x0=np.full((20, 2), far)))), 0)
