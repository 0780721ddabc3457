"""The exact field is drawn where it is known, on the learned one's scale; the map shows what is left of the two."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pictures import DARK, EXTENT, bare, only, snapshot
from test_maps import panes, words

from fmviz.canvas.geometry import mapping_of
from fmviz.canvas.layer import Picture, look_of
from fmviz.canvas.layers import LAYER_TYPES
from fmviz.canvas.layers.arrows import arrows_of
from fmviz.canvas.legend import BAR
from fmviz.core.extent import Extent
from fmviz.core.frames import Frame, Grid
from fmviz.core.limits import Limits, limits_of
from fmviz.core.theme import load_theme

LAYERS = ("exact", "field_error")
T = np.float32([0, 1])


def known_left(name: str, note: str = "") -> Frame:
    """A velocity of (3, 4) on the left of the pane, and NaN on the right of it."""
    gx, _ = np.meshgrid(*EXTENT.axes(41))
    values = np.where((gx < EXTENT.cx)[..., None], np.float32([3, 4]), np.nan)
    return only(t=0.5, grids={name: Grid(EXTENT, T, np.tile(values.astype(np.float32), (2, 1, 1, 1)), note)})


def picture_of(frame: Frame, name: str) -> Picture:
    return look_of(DARK, "theme").picture(frame, bare(name), Limits(speed=5.0), mapping_of(EXTENT.box, 400, 400))


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("name", LAYERS)
def test_it_is_drawn_where_it_is_known_alone(name: str, theme: str) -> None:
    style = replace(bare(name), whole_field=True)
    ground = panes([only(t=0.5)], style, Limits(speed=5.0), load_theme(theme))[0]
    pixels = panes([known_left(name)], style, Limits(speed=5.0, own=((name, 5.0),)), load_theme(theme))[0]
    changed = np.abs(pixels - ground).sum(axis=2) > 30
    half = changed.shape[1] // 2
    assert changed[:, : half - 20].mean() > 0.05
    assert not changed[:, half + 20 :].any()


@pytest.mark.parametrize("name", LAYERS)
def test_nothing_known_is_nothing_drawn_or_explained(name: str) -> None:
    none = only(t=0.5, grids={name: Grid(EXTENT, T, np.full((2, 9, 9, 2), np.nan, np.float32))})
    for frame in (none, only(t=0.5)):
        picture = picture_of(frame, name)
        assert not LAYER_TYPES[name]().update(picture)
        assert LAYER_TYPES[name].legend(picture).marks == ()
        assert LAYER_TYPES[name].legend(picture).bars == ()
        assert words(name, frame, EXTENT.cx, EXTENT.cy) == ""


def test_values_are_told_where_they_are_known_with_their_note() -> None:
    left, right = EXTENT.cx - 0.5 * EXTENT.half, EXTENT.cx + 0.5 * EXTENT.half
    said = words("exact", known_left("exact", "smoothed by 0.2"), left, EXTENT.cy)
    assert said == "exact velocity 5, (3, 4) (smoothed by 0.2)"
    assert words("field_error", known_left("field_error"), left, EXTENT.cy) == "learned minus exact 5, (3, 4)"
    assert words("exact", known_left("exact"), right, EXTENT.cy) == ""


def test_the_legend_says_how_it_is_smoothed() -> None:
    for note, expected in (("smoothed by 0.2", "exact field, smoothed by 0.2"), ("", "exact field")):
        legend = LAYER_TYPES["exact"].legend(picture_of(known_left("exact", note), "exact"))
        assert [(mark.word, mark.shape) for mark in legend.marks] == [(expected, BAR)]
    bar, = LAYER_TYPES["field_error"].legend(picture_of(known_left("field_error"), "field_error")).bars
    assert bar.label == "learned minus exact, units per t"


def test_exact_arrows_stand_where_the_learned_ones_do_and_are_as_long() -> None:
    u = np.tile(np.float32([3, 4]), (15, 15, 1))
    picture = picture_of(known_left("exact"), "exact")
    learned = arrows_of(picture, u, EXTENT)
    finer = Extent(EXTENT.cx, EXTENT.cy, 2 * EXTENT.half)
    exact = arrows_of(picture, np.tile(np.float32([3, 4]), (41, 41, 1)), finer)
    assert learned is not None
    assert exact is not None
    assert exact.places == pytest.approx(learned.places)
    assert exact.length == pytest.approx(learned.length, rel=1e-4)


def test_a_fast_exact_field_alone_has_a_scale() -> None:
    assert limits_of([snapshot()], bare("exact")).speed == limits_of([snapshot()], bare("arrows")).speed
