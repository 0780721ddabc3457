"""The square that is drawn in: it has room, and grows without moving its centre."""

from __future__ import annotations

import numpy as np
import pytest

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.extent import Extent, drawing_extent, extent_of_sides

TINY = Side(cloud=PointCloud(np.array([[0, 0], [0.1, 0.1]])))


def test_a_new_drawing_has_room_for_a_shape() -> None:
    extent = drawing_extent(Side(shape="point"), TINY)
    assert extent.left <= -6 < 6 <= extent.right
    assert extent.bottom <= -6 < 6 <= extent.top


@pytest.mark.parametrize(("unit", "away"), [(1e-6, 0.0), (1.0, 5e6), (0.001, 51.4), (1e5, 1.7e9)])
def test_a_new_drawing_beside_a_cloud_of_another_size_or_place_is_at_its_scale(unit: float, away: float) -> None:
    other = Side(cloud=PointCloud(np.random.default_rng(0).normal(size=(50, 2)) * unit + away))
    extent = drawing_extent(Side(shape="moons"), other)
    assert unit < extent.half < 10 * unit
    assert extent.grown_to(other.cloud.xy) is extent


def test_a_small_cloud_is_edited_at_its_own_size() -> None:
    assert drawing_extent(TINY, TINY) == extent_of_sides(TINY, TINY)


def test_growing_keeps_the_centre_and_takes_everything_in() -> None:
    extent = Extent(1.0, 2.0, 3.0)
    points = np.array([[1, 2], [30, -4]])
    grown = extent.grown_to(points)
    assert (grown.cx, grown.cy) == (1.0, 2.0)
    assert grown.left < -4 < 30 < grown.right
    assert grown.grown_to(points) is grown


def test_what_fits_grows_nothing() -> None:
    extent = Extent(0.0, 0.0, 3.0)
    assert extent.grown_to(np.array([[-3, 3], [0, 0]])) is extent
    assert extent.grown_to(np.zeros((0, 2))) is extent


def test_shares_are_of_half_the_edge() -> None:
    assert Extent(5.0, 5.0, 8.0).share(25) == pytest.approx(2.0)


@pytest.mark.parametrize("width", [1e-40, 1e-20, 0.0])
def test_points_that_no_picture_can_tell_apart_are_one_point(width: float) -> None:
    side = Side(cloud=PointCloud(np.array([[0, 0], [width, width]])))
    assert extent_of_sides(side, side).half == 1.0
