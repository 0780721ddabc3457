"""The layer of cells: one colour a cell, unlike its neighbours', and a word where a coupling has none."""

from dataclasses import replace

import numpy as np
import pytest
from pictures import EXTENT, snapshot, view

from fmviz.canvas.cell_layer import cell_pixels
from fmviz.canvas.header import heading_of
from fmviz.core.cells import Cells, cell_raster
from fmviz.core.frames import frame_at
from fmviz.core.theme import load_theme

RNG = np.random.default_rng(0)
SITES = RNG.normal(size=(300, 2)) + (EXTENT.cx, EXTENT.cy)
CELLS = Cells(SITES + 1.0, SITES, 0.1 * RNG.random(300))


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_cells_that_touch_have_different_colours(theme: str) -> None:
    raster = cell_raster(CELLS, EXTENT.box, 400, 400)
    colours = cell_pixels(CELLS, raster, load_theme(theme))[raster]
    for axis in (0, 1):
        is_edge = np.diff(raster, axis=axis) != 0
        assert (np.diff(colours.astype(np.int64), axis=axis) != 0)[is_edge].all()


def test_a_pane_without_cells_says_so() -> None:
    style = replace(view("pairs"), layers=("cells", "pairs"))
    without = frame_at(snapshot(), 0.5, style)
    assert without.pairs is not None
    heading = heading_of(without, style, False)
    assert heading.details[0] == "no cells with this coupling"
    assert all(line.startswith("no cells") for line in heading.briefs)
    with_cells = replace(without, pairs=replace(without.pairs, cells=CELLS))
    assert "cells" not in " ".join(heading_of(with_cells, style, False).details)
