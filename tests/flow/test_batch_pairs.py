"""Laws of the batches of the Pairs view: nested, optimal within themselves, dearer the smaller they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.config import FlowConfig
from fmviz.core.project import Project, compared
from fmviz.core.shapes import EIGHT_CENTRES
from fmviz.flow.batch_pairs import EVEN, POOL, PairPool, batch_pairs, pool_of
from fmviz.flow.transport import solve_plan, squared_distances

SIZES = (2, 4, 8, 32, 128, 256, 512)


def cloud(seed, n=60, shift=(3.0, 1.0), weights=None):
    rng = np.random.default_rng(seed)
    return Side(cloud=PointCloud(rng.normal(size=(n, 2)) + np.array(shift) * seed, weights))


FINITE = compared(Project(cloud(0), cloud(1, 50)), ("random", "ot"))


@pytest.fixture(scope="module")
def pool():
    """8 Gaussians to two moons."""
    return PairPool(Side(shape="8gaussians"), Side(shape="moons"), 0)


@pytest.mark.parametrize("size", SIZES)
def test_a_batch_holds_every_smaller_one(pool, size):
    for coupling in ("random", "ot"):
        small, large = pool.batch(coupling, size), pool.batch(coupling, 2 * size)
        np.testing.assert_array_equal(small.x0, large.x0[:size])
        assert set(map(tuple, small.x1)) <= set(map(tuple, large.x1))


@pytest.mark.parametrize("size", SIZES)
def test_lanes_pair_the_same_points_and_ot_pairs_them_best(pool, size):
    random, best = (pool.batch(coupling, size) for coupling in ("random", "ot"))
    np.testing.assert_array_equal(random.x0, best.x0)
    np.testing.assert_array_equal(np.sort(random.x1, axis=0), np.sort(best.x1, axis=0))
    assert best.cost <= random.cost
    assert best.cost == pytest.approx(((best.x1.astype(float) - best.x0) ** 2).sum(axis=1).mean())
    plan = solve_plan(random.x0, random.x1)
    assert best.cost == pytest.approx((plan * squared_distances(random.x0, random.x1)).sum(), rel=1e-5)


def test_ot_within_batches_costs_less_the_larger_they_are(pool):
    """Exact, not by chance: two halves joined can be paired at least as well as each by itself."""
    costs = []
    for size in SIZES:
        pool.solve_usual("ot", size)
        pool.solve_usual("random", size)
        costs.append(pool.batch("ot", size).usual)
        assert pool.batch("random", size).usual > costs[-1]
    assert costs == sorted(costs, reverse=True)
    assert costs[0] > 2 * costs[-1]


def test_independent_pairs_cost_the_same_in_batches_of_any_size(pool):
    costs = []
    for size in SIZES:
        pool.solve_usual("random", size)
        costs.append(pool.batch("random", size).usual)
    assert costs == pytest.approx([costs[0]] * len(costs))


def test_the_optimum_of_finite_clouds_is_that_of_all_their_points():
    x0, x1 = (side.cloud.xy for side in (FINITE.source, FINITE.target))
    expected = float((solve_plan(x0, x1) * squared_distances(x0, x1)).sum())
    for size in (2, 64, 512):
        random, best = batch_pairs(FINITE, size)
        assert random.optimum == best.optimum == pytest.approx(expected, rel=1e-5)
        assert best.usual > expected
        assert random.usual > expected


def test_small_batches_are_far_from_the_optimum_and_large_ones_near():
    excess = [batch_pairs(FINITE, size)[1].usual / batch_pairs(FINITE, size)[1].optimum for size in (2, 16, 128, 1024)]
    assert excess == sorted(excess, reverse=True)
    assert excess[0] > 1.2
    assert excess[-1] < 1.05


def test_weights_count_in_the_optimum():
    weights = np.zeros(60)
    weights[7] = 1.0
    project = replace(FINITE, source=cloud(0, weights=weights))
    point, target = project.source.cloud.xy[7], project.target.cloud.xy
    only = float(((target.astype(float) - point) ** 2).sum(axis=1).mean())
    for pairs in batch_pairs(project, 8):
        assert pairs.optimum == pytest.approx(only, rel=1e-5)


def test_the_largest_batch_is_the_optimum_of_what_has_no_end():
    """Two points at most on a line keep the plan of all drawn points quick."""
    project = Project(Side(shape="point"), Side(shape="gaussian"), (FlowConfig(coupling="ot"),))
    (pairs,) = batch_pairs(project, POOL)
    assert pairs.cost == pytest.approx(pairs.optimum)
    assert pairs.usual is None


@pytest.mark.parametrize("coupling", ["ot", "semidiscrete"])
def test_the_targets_of_even_pairs_have_the_shares_of_the_modes(coupling):
    pool = PairPool(Side(shape="gaussian"), Side(shape="8gaussians"), 0)
    _, x1 = pool.even_pairs(coupling, FlowConfig(coupling=coupling).batch_settings)
    share = np.bincount(squared_distances(x1, EIGHT_CENTRES).argmin(axis=1), minlength=8) / EVEN
    # Of independent points they are off by 0.007.
    assert np.sqrt(((share - 1 / 8) ** 2).mean()) < 0.003


def test_equal_problems_share_what_is_solved():
    again = replace(FINITE, source=cloud(0), lanes=tuple(replace(lane, width=17) for lane in FINITE.lanes))
    assert pool_of(again) is pool_of(FINITE)
    other = replace(FINITE, lanes=tuple(replace(lane, seed=1) for lane in FINITE.lanes))
    assert pool_of(other) is not pool_of(FINITE)
    assert (batch_pairs(other, 8)[0].x0 != batch_pairs(FINITE, 8)[0].x0).any()


def test_huge_clouds_have_finite_costs():
    rng = np.random.default_rng(0)
    side = Side(cloud=PointCloud(rng.normal(size=(50, 2)) * 1e11))
    for pairs in batch_pairs(Project(side, side, FINITE.lanes), 64):
        assert np.isfinite([pairs.cost, pairs.usual, pairs.optimum]).all()
