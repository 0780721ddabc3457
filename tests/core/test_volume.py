"""The volume of a lattice's cells: that of an affine map is its determinant."""

from dataclasses import replace

import numpy as np
import pytest
from pictures import snapshot

from fmviz.core.extent import Extent
from fmviz.core.limits import log_volumes, most_volume

EXTENT = Extent(1.0, -2.0, 3.0)


@pytest.mark.parametrize("matrix", [np.eye(2), np.array([[2.0, 0.7], [0.0, 3.0]]), np.array([[0.0, 0.1], [0.2, 0.0]])])
def test_that_of_an_affine_map_is_its_determinant(matrix: np.ndarray) -> None:
    nodes = np.stack(np.meshgrid(*EXTENT.axes(7)), axis=-1)
    found = log_volumes(np.stack([nodes, nodes @ matrix.T + 5]), EXTENT)
    assert found.shape == (2, 6, 6)
    np.testing.assert_allclose(found[0], 0, atol=1e-9)
    np.testing.assert_allclose(found[1], np.log(abs(np.linalg.det(matrix))), atol=1e-9)


def test_the_limit_is_of_cells_in_which_particles_start() -> None:
    nodes = np.stack(np.meshgrid(*EXTENT.axes(7)), axis=-1)
    torn = nodes * np.where(nodes[..., :1] > EXTENT.cx, 100, 1)  # where nothing starts
    still = snapshot()
    left = np.tile([EXTENT.left + 0.5, EXTENT.cy], (len(still.t), 5, 1))
    flow = replace(still, x=left, extent=EXTENT, lattice=np.stack([nodes, torn] + [nodes] * (len(still.t) - 2)))
    assert most_volume(flow) == pytest.approx(0, abs=1e-9)
    assert most_volume(replace(flow, x=left + [4.5, 0])) > 8
    assert most_volume(replace(flow, lattice=None)) == 0


def test_a_cell_of_no_area_has_a_number() -> None:
    assert np.isfinite(log_volumes(np.zeros((3, 3, 2)), EXTENT)).all()
