"""Cells: each place goes to the point of the least power distance, in a raster too."""

import numpy as np
import pytest

from fmviz.core.cells import Cells, cell_raster
from fmviz.core.extent import Box
from fmviz.flow.semidiscrete import with_borders


def cells(n: int, spread: float = 1.0, at: float = 0.0) -> Cells:
    rng = np.random.default_rng(n)
    sites = rng.normal(size=(n, 2)) + at
    return with_borders(sites + 100, sites, spread * rng.random(n))


def centres(box: Box, width: int, height: int) -> np.ndarray:
    x, y = (middle + half * (2 * np.arange(n) + 1 - n) / n
            for middle, half, n in ((box.cx, box.half_x, width), (box.cy, box.half_y, height)))
    return np.stack(np.meshgrid(x, y), axis=-1)


def share_right(of: Cells, box: Box, width: int, height: int) -> float:
    raster = cell_raster(of, np.arange(len(of.sites)), box, width, height)
    assert raster.shape == (height, width)
    return float((raster == of.at(centres(box, width, height))).mean())


@pytest.mark.parametrize("n", [1, 2, 3, 7, 60, 400])
@pytest.mark.parametrize("spread", [0.0, 0.3, 5.0])
@pytest.mark.parametrize("at", [0.0, 1e9])
def test_the_raster_holds_what_each_place_goes_to(n: int, spread: float, at: float) -> None:
    of = cells(n, spread, at)
    for box in (Box(at + 0.3, at - 0.2, 2.0, 3.0), Box(at, at, 0.01, 0.02), Box(at, at, 70.0, 50.0)):
        assert share_right(of, box, 50, 70) > 0.999  # a place may lie on a border


@pytest.mark.parametrize("n", [2, 20])
def test_points_on_a_line_and_on_a_circle_have_cells_too(n: int) -> None:
    turn = 2 * np.pi * np.arange(n) / n
    for sites in (np.outer(np.arange(n), (1.0, 2.0)), np.stack([np.cos(turn), np.sin(turn)], axis=1),
                  np.stack(np.meshgrid(np.arange(n), np.arange(n)), axis=-1).reshape(-1, 2)):
        of = with_borders(sites, sites, np.zeros(len(sites)))
        assert share_right(of, Box(*(sites.mean(axis=0) + (0.013, 0.017)), n, n), 60, 50) > 0.999


def test_equal_potentials_send_each_place_to_the_nearest_point() -> None:
    of, places = cells(30, 0.0), np.random.default_rng(1).normal(size=(200, 2))
    nearest = ((places[:, None] - of.sites) ** 2).sum(axis=2).argmin(axis=1)
    np.testing.assert_array_equal(of.at(places), nearest)


def test_a_larger_potential_makes_a_larger_cell() -> None:
    of, box = cells(30, 0.2), Box(0.0, 0.0, 2.0, 2.0)
    raised = of.potentials.copy()
    raised[4] += 0.3
    before, after = (cell_raster(each, np.arange(30), box, 100, 100) == 4
                     for each in (of, with_borders(of.points, of.sites, raised)))
    assert after.sum() > before.sum()


@pytest.mark.parametrize("dtype", [np.uint32, np.float32])
def test_the_raster_holds_any_values(dtype: type[np.generic]) -> None:
    of, box = cells(40), Box(0.0, 0.0, 2.0, 2.0)
    values = np.arange(1000, 1040).astype(dtype)
    raster = cell_raster(of, values, box, 30, 20)
    assert raster.dtype == dtype
    np.testing.assert_array_equal(raster, values[cell_raster(of, np.arange(40), box, 30, 20)])
