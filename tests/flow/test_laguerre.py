"""Borders of cells: equally near to two cells and nearer to no other; shades tell cells beside each other apart."""

import numpy as np
import pytest

from fmviz.core.cells import Cells
from fmviz.flow.semidiscrete import with_borders


def cells(n: int, spread: float) -> Cells:
    rng = np.random.default_rng(n)
    sites = rng.normal(size=(n, 2))
    return with_borders(sites, sites, spread * rng.random(n))


@pytest.mark.parametrize("n", [2, 3, 40, 500])
@pytest.mark.parametrize("spread", [0.0, 0.01, 1.0])
def test_a_border_is_equally_near_to_both_cells_and_nearer_to_no_other(n: int, spread: float) -> None:
    of = cells(n, spread)
    assert len(of.borders) > 0
    for share in (0.02, 0.5, 0.98):
        places = (1 - share) * of.borders[:, 0] + share * of.borders[:, 1]
        places = places[is_near := (np.abs(places) < 20).all(axis=1)]
        away = ((places[:, None] - of.sites) ** 2).sum(axis=2) - of.potentials
        both = np.take_along_axis(away, of.beside[is_near], axis=1)
        np.testing.assert_allclose(both[:, 0], both[:, 1], atol=1e-7)
        np.testing.assert_allclose(both[:, 0], away.min(axis=1), atol=1e-7)


@pytest.mark.parametrize("n", [1, 2, 3, 40, 2000])
def test_six_shades_tell_cells_with_a_common_border_apart(n: int) -> None:
    of = cells(n, 0.01)
    assert of.tones.shape == (n,)
    assert 0 <= of.tones.min() <= of.tones.max() < 6
    assert (of.tones[of.beside[:, 0]] != of.tones[of.beside[:, 1]]).all()
