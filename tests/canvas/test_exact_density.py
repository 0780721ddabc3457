"""The density of the flow itself in a picture: what is drawn, what the legend and the pointer say, limits, contours."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from pictures import DARK, lanes

from fmviz.canvas.geometry import mapping_of
from fmviz.canvas.layer import Picture, look_of
from fmviz.canvas.layers import LAYER_TYPES
from fmviz.core.frames import FlowSnapshot, frame_at
from fmviz.core.limits import limits_at, limits_of
from fmviz.core.log_density import LogDensities
from fmviz.core.style import Style

EXACT, DIFFERENCE = (Style(layers=("density",), density=kind) for kind in ("exact", "difference"))


@pytest.fixture
def flow() -> FlowSnapshot:
    """A flow that rests: a Gaussian of deviation 2 in the middle at every t."""
    snapshot = lanes()[0]
    extent = snapshot.extent
    x, y = np.meshgrid(*extent.axes(65))
    log = -((x - extent.cx)**2 + (y - extent.cy)**2) / 8 - math.log(8 * math.pi)
    return replace(snapshot, log_density=LogDensities(extent, np.float32([0, 1]), np.float32([log, log]), 0.25))


def pictured(flow: FlowSnapshot, style: Style, t: float = 0.5) -> Picture:
    frame = frame_at(flow, t, style)
    limits = limits_at(limits_of([flow], style), [frame], style)
    return look_of(DARK, "theme").picture(frame, style, limits, mapping_of(flow.extent.box, 300, 300))


def test_the_exact_density_is_drawn_and_said(flow: FlowSnapshot) -> None:
    picture, kind = pictured(flow, EXACT), LAYER_TYPES["density"]
    assert kind().update(picture)
    assert picture.frame.density.max() == pytest.approx(1 / (8 * math.pi), rel=0.01)
    assert picture.limits.density == pytest.approx(1 / (8 * math.pi), rel=0.01)
    label = kind.legend(picture).bars[0].label
    assert label.startswith("exact density")
    assert "source smoothed by 0.25" in label
    assert f"integral {flow.log_density.integral(0.5):.3f}" in label
    assert "log -3.22" in kind.value_at(picture, flow.extent.cx, flow.extent.cy)
    # A Gaussian has a share s of its mass above s of its peak's fall: the densest 60 % are above .4 of the peak.
    assert picture.frame.levels[1] == pytest.approx(0.4 * picture.frame.density.max(), rel=0.1)


def test_the_difference_is_that_of_the_two_densities(flow: FlowSnapshot) -> None:
    picture, particles = pictured(flow, DIFFERENCE), frame_at(flow, 0.5, Style(layers=("density",)))
    error = picture.frame.density_error
    exact = flow.log_density.on(0.5, particles.covered, particles.density.shape)
    np.testing.assert_allclose(error, particles.density - exact)
    assert picture.frame.levels == ()
    assert picture.limits.of("density") >= 0.9 * np.abs(error).max()
    own = pictured(flow, replace(DIFFERENCE, density_scale="moment"))
    assert own.limits.of("density") == pytest.approx(np.abs(error).max())
    bar, = LAYER_TYPES["density"].legend(picture).bars
    assert bar.is_signed
    assert LAYER_TYPES["density"]().update(picture)
    assert "minus exact" in LAYER_TYPES["density"].value_at(picture, flow.extent.cx, flow.extent.cy)


@pytest.mark.parametrize("style", [EXACT, DIFFERENCE])
def test_until_it_is_known_the_legend_says_what_is_drawn(flow: FlowSnapshot, style: Style) -> None:
    picture = pictured(replace(flow, log_density=None), style)
    assert "until the exact one is known" in LAYER_TYPES["density"].legend(picture).bars[0].label
    assert picture.frame.density_error is None
    blend = pictured(replace(flow, is_map=True), style)
    assert "a blend has no exact one" in LAYER_TYPES["density"].legend(blend).bars[0].label
