"""Points that stand for a side: each for what is nearest to it, as often as it is drawn, and all of a small cloud."""

import numpy as np
import pytest

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.shapes import EIGHT_CENTRES
from fmviz.flow.quantized import quantized
from fmviz.flow.units import Units

PLAIN = Units(np.zeros(2), np.zeros(2), 1.0)
CLOUD = PointCloud(np.random.default_rng(1).normal(size=(900, 2)))
SIDES = {
    "shape": Side(shape="8gaussians"),
    "cloud of more points": Side(cloud=CLOUD),
    "weights": Side(cloud=PointCloud(CLOUD.xy, np.random.default_rng(2).random(900))),
    "jitter": Side(cloud=CLOUD, jitter=0.2),
    "one place": Side(shape="point"),
}


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.mark.parametrize("side", SIDES.values(), ids=SIDES)
def test_draws_are_nearest_to_the_point_that_stands_for_them(side: Side) -> None:
    few = quantized(side, PLAIN.target_to_unit, 60, rng())
    rows = rng().integers(0, len(few), 3000)
    x = few.near(rows, rng())
    away = ((x[:, None] - few.world) ** 2).sum(axis=2)
    np.testing.assert_allclose(np.take_along_axis(away, rows[:, None], axis=1)[:, 0], away.min(axis=1), atol=1e-6)


@pytest.mark.parametrize("side", SIDES.values(), ids=SIDES)
def test_draws_as_the_shares_say_are_draws_of_the_side(side: Side) -> None:
    few, n = quantized(side, PLAIN.target_to_unit, 200, rng()), 40_000
    assert few.shares.sum() == pytest.approx(1.0)
    x = few.near(rng().choice(len(few), n, p=few.shares), rng())
    truth = side.sample(n, np.random.default_rng(8))
    np.testing.assert_allclose(x.mean(axis=0), truth.mean(axis=0), atol=0.1)
    np.testing.assert_allclose(np.cov(x.T), np.cov(truth.T), atol=0.25)
    assert len(np.unique(x, axis=0)) >= min(len(np.unique(truth, axis=0)), 10_000) * 0.9


def test_modes_have_their_shares() -> None:
    few = quantized(SIDES["shape"], PLAIN.target_to_unit, 512, rng())
    mode = ((few.points[:, None] - EIGHT_CENTRES) ** 2).sum(axis=2).argmin(axis=1)
    np.testing.assert_allclose(np.bincount(mode, few.shares), 1 / 8, atol=0.005)


def test_a_small_cloud_stands_for_itself() -> None:
    cloud = PointCloud(np.repeat(CLOUD.xy[:5], [1, 2, 3, 4, 90], axis=0))
    whole = quantized(Side(cloud=cloud), PLAIN.target_to_unit, 100, rng())
    rows = (whole.world[:, None] == CLOUD.xy[:5]).all(axis=2).argmax(axis=1)
    np.testing.assert_allclose(whole.shares, np.array([0.01, 0.02, 0.03, 0.04, 0.9])[rows])
    np.testing.assert_array_equal(whole.near(np.array([3, 1, 3]), rng()), whole.world[[3, 1, 3]])


def test_points_without_weight_stand_for_nothing() -> None:
    cloud = PointCloud(CLOUD.xy[:3], np.array([0.25, 0.0, 0.75]))
    assert sorted(quantized(Side(cloud=cloud), PLAIN.target_to_unit, 3, rng()).shares) == [0.25, 0.75]
