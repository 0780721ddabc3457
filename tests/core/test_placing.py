"""Placing: what must be kept is kept, and what was asked for is so."""

from __future__ import annotations

import numpy as np
import pytest

from fmviz.core.cloud import Labels, PointCloud, Side
from fmviz.core.errors import CloudError
from fmviz.core.placing import FIT, KEEP, MATCH, MATCH_AXES, PLACES, placed
from fmviz.core.shapes import SHAPES

RNG = np.random.default_rng(0)
WEIGHTS = RNG.random(500)
CLOUD = PointCloud(RNG.normal(0, [3.0, 0.5], (500, 2)) + [388096.5, 5548996.25], WEIGHTS, "utm",
                   Labels(np.arange(500) % 3, ("a", "b", "c")))
OTHER = Side(cloud=PointCloud(RNG.normal(0, [0.1, 0.7], (300, 2)) - [4, 9]))


def moments(xy: np.ndarray, weights: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    mean = np.average(xy, axis=0, weights=weights)
    return mean, np.sqrt(np.average((xy - mean) ** 2, axis=0, weights=weights))


@pytest.mark.parametrize("how", PLACES)
def test_weights_labels_and_name_stay(how: str) -> None:
    cloud = placed(CLOUD, how, OTHER, flips_y=True)
    assert cloud.name == "utm"
    assert cloud.labels is CLOUD.labels
    assert np.array_equal(cloud.weights, CLOUD.weights)


def test_keeping_changes_nothing() -> None:
    assert np.array_equal(placed(CLOUD, KEEP).xy, CLOUD.xy)


def test_fitting_is_a_similarity_to_where_the_shapes_are() -> None:
    fitted = placed(CLOUD, FIT).xy
    reach = {np.abs(Side(shape=name).sample(2_000, np.random.default_rng(0))).max() for name in SHAPES}
    assert min(reach) < np.abs(fitted).max() < max(reach) * 1.5
    assert np.abs(np.median(fitted, axis=0)).max() < 1
    before, after = (np.linalg.norm(xy[1:] - xy[:-1], axis=1) for xy in (CLOUD.xy, fitted))
    np.testing.assert_allclose(after / before, after[0] / before[0], rtol=1e-6)


def test_one_outlier_does_not_decide_the_scale() -> None:
    xy = np.vstack([CLOUD.xy, CLOUD.xy[:1] + 5_000])
    assert np.ptp(placed(PointCloud(xy), FIT).xy[:-1, 0]) > 9


def test_matching_gives_centre_and_spread_of_the_other() -> None:
    centre, spread = moments(OTHER.cloud.xy)
    for how in (MATCH, MATCH_AXES):
        found_centre, found_spread = moments(placed(CLOUD, how, OTHER).xy, CLOUD.weights)
        np.testing.assert_allclose(found_centre, centre, atol=1e-6)
        np.testing.assert_allclose(np.hypot(*found_spread), np.hypot(*spread), rtol=1e-6)
    np.testing.assert_allclose(found_spread, spread, rtol=1e-6)
    uniform = placed(CLOUD, MATCH, OTHER).xy
    np.testing.assert_allclose(np.ptp(uniform, axis=0) / np.ptp(uniform, axis=0)[0],
                               np.ptp(CLOUD.xy, axis=0) / np.ptp(CLOUD.xy, axis=0)[0], rtol=1e-6)


def test_a_shape_can_be_matched() -> None:
    found, _ = moments(placed(CLOUD, MATCH, Side(shape="two-piles-left")).xy, CLOUD.weights)
    wanted, _ = moments(Side(shape="two-piles-left").sample(20_000, np.random.default_rng(1)))
    np.testing.assert_allclose(found, wanted, atol=0.1)


def test_flipping_turns_up_and_down_round_in_the_same_range() -> None:
    flipped = placed(CLOUD, KEEP, flips_y=True)
    assert np.array_equal(flipped.xy[:, 0], CLOUD.xy[:, 0])
    np.testing.assert_allclose(np.sort(flipped.xy[:, 1])[[0, -1]], np.sort(CLOUD.xy[:, 1])[[0, -1]], atol=1e-8)
    assert np.corrcoef(flipped.xy[:, 1], CLOUD.xy[:, 1])[0, 1] == pytest.approx(-1)
    np.testing.assert_allclose(placed(flipped, KEEP, flips_y=True).xy, CLOUD.xy, atol=1e-8)


@pytest.mark.parametrize("how", PLACES)
def test_points_on_a_line_or_in_one_place_stay_finite(how: str) -> None:
    for xy in ([[1, 2], [1, 2]], [[1, 2], [1, 5]], [[5e-324, 0], [0, 0]]):
        assert np.isfinite(placed(PointCloud(np.array(xy, dtype=float)), how, OTHER).xy).all()
        assert np.isfinite(placed(CLOUD, how, Side(cloud=PointCloud(np.array(xy, dtype=float)))).xy).all()


def test_what_cannot_be_done_is_said() -> None:
    with pytest.raises(CloudError, match="'nearby'; give one of keep, fit"):
        placed(CLOUD, "nearby")
    with pytest.raises(CloudError, match="no other cloud"):
        placed(CLOUD, MATCH)
