"""The layer of cells: one colour a cell, unlike its neighbours', and a word where a coupling has none."""

from dataclasses import replace

import numpy as np
import pytest
from pictures import EXTENT, snapshot, view
from PySide6.QtGui import QImage

from fmviz.canvas.geometry import mapping_of
from fmviz.canvas.header import heading_of
from fmviz.canvas.layer import Look, painting_on
from fmviz.canvas.layers.pairs import CellLayer, cell_pixels
from fmviz.core.extent import Box
from fmviz.core.frames import frame_at
from fmviz.core.limits import limits_of
from fmviz.core.theme import load_theme
from fmviz.flow.semidiscrete import with_borders

RNG = np.random.default_rng(0)
SITES = RNG.normal(size=(300, 2)) + (EXTENT.cx, EXTENT.cy)
CELLS = with_borders(SITES + 1.0, SITES, 0.1 * RNG.random(300))


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_cells_with_a_common_border_have_different_colours(theme: str) -> None:
    colours = cell_pixels(CELLS, load_theme(theme))[CELLS.beside]
    assert len(colours) > 100
    assert (colours[:, 0] != colours[:, 1]).all()


def test_a_cell_keeps_its_colour_wherever_a_camera_looks() -> None:
    style, layer, side = view("pairs"), CellLayer(), 400
    plain = frame_at(snapshot(), 0.5, style)
    assert plain.pairs is not None
    frame = replace(plain, pairs=replace(plain.pairs, cells=CELLS))
    reach = 8 * EXTENT.half / side  # some pixels: inside of a cell
    inner = [place for place in RNG.normal(size=(400, 2)) * 0.2 * EXTENT.half + (EXTENT.cx, EXTENT.cy)
             if len({int(CELLS.at(place + (dx, dy))) for dx in (-reach, 0, reach) for dy in (-reach, 0, reach)}) == 1]
    assert len(inner) > 20
    seen = []
    for zoom, dx in ((1.0, 0.0), (0.97, 0.0), (0.8, 0.02), (1.3, -0.05)):
        half = EXTENT.half * zoom
        mapping = mapping_of(Box(EXTENT.cx + dx * half, EXTENT.cy, half, half), side, side)
        image = QImage(side, side, QImage.Format.Format_ARGB32)
        image.fill(0)
        assert layer.update(Look(load_theme("dark")).picture(frame, style, limits_of([snapshot()], style), mapping))
        with painting_on(image) as painter:
            layer.paint(painter)
        seen.append([image.pixel(*map(int, mapping.to_pixels(place))) for place in inner])
    assert all(colours == seen[0] for colours in seen)
    assert len(set(seen[0])) > 4


def test_a_pane_without_cells_says_so() -> None:
    style = replace(view("pairs"), layers=("cells", "pairs"))
    without = frame_at(snapshot(), 0.5, style)
    assert without.pairs is not None
    heading = heading_of(without, style, False)
    assert heading.details[0] == "no cells with this coupling"
    assert all(line.startswith("no cells") for line in heading.briefs)
    with_cells = replace(without, pairs=replace(without.pairs, cells=CELLS))
    assert "cells" not in " ".join(heading_of(with_cells, style, False).details)
