"""Cells: each place goes to the point of the least power distance, and neighbours are told apart."""

import numpy as np
import pytest

from fmviz.core.cells import Cells, cell_raster, cell_tones
from fmviz.core.extent import Box


def cells(n: int, spread: float = 1.0, at: float = 0.0) -> Cells:
    rng = np.random.default_rng(n)
    sites = rng.normal(size=(n, 2)) + at
    return Cells(sites + 100, sites, spread * rng.random(n))


@pytest.mark.parametrize("n", [1, 2, 7, 60, 400])
@pytest.mark.parametrize("spread", [0.0, 0.3, 5.0])
@pytest.mark.parametrize("at", [0.0, 1e9])
def test_the_raster_holds_what_each_place_goes_to(n: int, spread: float, at: float) -> None:
    of, box = cells(n, spread, at), Box(at + 0.3, at - 0.2, 2.0, 3.0)
    raster = cell_raster(of, box, 50, 70)
    x, y = box.left + (np.arange(50) + 0.5) / 50 * 4, box.bottom + (np.arange(70) + 0.5) / 70 * 6
    places = np.stack(np.meshgrid(x, y), axis=-1)
    assert raster.shape == (70, 50)
    assert (raster == of.at(places)).mean() > 0.999  # a place may lie on an edge


def test_equal_potentials_send_each_place_to_the_nearest_point() -> None:
    of, places = cells(30, 0.0), np.random.default_rng(1).normal(size=(200, 2))
    nearest = ((places[:, None] - of.sites) ** 2).sum(axis=2).argmin(axis=1)
    np.testing.assert_array_equal(of.at(places), nearest)


def test_a_larger_potential_makes_a_larger_cell() -> None:
    of, box = cells(30, 0.2), Box(0.0, 0.0, 2.0, 2.0)
    before = (cell_raster(of, box, 100, 100) == 4).sum()
    raised = of.potentials.copy()
    raised[4] += 0.3
    assert (cell_raster(Cells(of.points, of.sites, raised), box, 100, 100) == 4).sum() > before


@pytest.mark.parametrize("n", [2, 40, 2000])
def test_neighbours_have_different_tones(n: int) -> None:
    raster = cell_raster(cells(n, 0.05), Box(0.0, 0.0, 2.5, 2.5), 300, 300)
    shown = cell_tones(raster, n)[raster]
    assert (shown >= 0).all()
    assert shown.max() < 7
    for one, other, is_edge in ((shown[:, 1:], shown[:, :-1], raster[:, 1:] != raster[:, :-1]),
                                (shown[1:], shown[:-1], raster[1:] != raster[:-1])):
        assert (one != other)[is_edge].all()
