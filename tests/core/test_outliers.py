"""Outliers: found where a slip put them, never in clouds as people have them; the picture shows the rest."""

from __future__ import annotations

import numpy as np
import pytest

from fmviz.core.cloud import Labels, PointCloud, Side
from fmviz.core.extent import Extent, extent_of_sides, outliers_in_words, outlying, size_of, without_outliers
from fmviz.core.shapes import SHAPES, sample_shape


def ring(n: int = 300) -> np.ndarray:
    angle = np.random.default_rng(0).uniform(0, 2 * np.pi, n)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1) * 2


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("n", [25, 500, 20_000])
def test_shapes_have_none(name: str, n: int) -> None:
    assert not outlying(sample_shape(name, n, np.random.default_rng(0))).any()


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
@pytest.mark.parametrize("far", [[(5000, 5000)], [(5000, 5000), (-70, 0)], [(1e6, 0), (5000, 0), (0, -300)]])
def test_slips_are_found_in_any_unit_and_place(unit: float, far: list[tuple[float, float]]) -> None:
    points = np.concatenate([ring(), far]) * unit + 100 * unit
    assert np.array_equal(np.flatnonzero(outlying(points)), np.arange(300, 300 + len(far)))
    assert np.array_equal(outlying(points[::-1])[::-1], outlying(points))


def test_a_part_of_the_cloud_is_no_outlier() -> None:
    for points in (np.concatenate([ring(), ring(10) + 5000]), np.zeros((50, 2)), ring()[:15] * [[1e9, 1]] * 1e-9,
                   np.random.default_rng(0).standard_t(3, size=(5000, 2)), np.arange(60.0).reshape(30, 2)):
        assert not outlying(points).any()


def test_it_is_named() -> None:
    points = np.concatenate([ring(), [(5000, 5000)]])
    assert outliers_in_words(points) == "1 of 301 points lies at (5000, 5000), far from the others."
    assert outliers_in_words(np.concatenate([points, [(-90, 0)]])).startswith("2 of 302 points lie far from the others")
    assert outliers_in_words(ring()) == ""


def test_the_square_and_the_size_leave_it_aside() -> None:
    side, slipped = (Side(cloud=PointCloud(points)) for points in (ring(), np.concatenate([ring(), [(5000, 5000)]])))
    target = Side(shape="moons")
    assert extent_of_sides(slipped, target) == extent_of_sides(side, target)
    assert size_of(slipped) == size_of(side)
    assert Extent(0, 0, 3).grown_to(slipped.cloud.xy) == Extent(0, 0, 3)


def test_the_others_keep_their_weights_and_labels() -> None:
    points = np.concatenate([[(5000, 5000)], ring()])
    cloud = PointCloud(points, np.arange(1.0, 302), "a", Labels(np.arange(301) % 2, ("even", "odd")))
    rest = without_outliers(cloud)
    assert np.array_equal(rest.xy, ring())
    assert rest.weights == pytest.approx(np.arange(2.0, 302) / np.arange(2.0, 302).sum(), rel=1e-5)
    assert np.array_equal(rest.labels.codes, np.arange(1, 301) % 2)
    assert rest.name == "a"
    alone = PointCloud(points, [1.0, *[0.0] * 300])
    assert without_outliers(alone).weights is None
