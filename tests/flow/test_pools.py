"""Pairs for training: marginals, optimality, whole plans of finite clouds, and exchange at fixed steps."""

import threading
from typing import Any

import numpy as np
import pytest
from patience import PATIENCE_S

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.config import FlowConfig
from fmviz.core.shapes import EIGHT_CENTRES
from fmviz.flow.plans import PlanMaker
from fmviz.flow.pools import Lesson, Pool, PooledPairs, RandomPairs, exchange_steps
from fmviz.flow.transport import plan_seconds, solve_plan, squared_distances
from fmviz.flow.units import units_of


def lesson(source: Side, target: Side, size: int = 128, seed: int = 0) -> Lesson:
    config = FlowConfig(pool=size, seed=seed, batch=64)
    return Lesson(source, target, units_of(source, target), config, 0, 1000, "cpu")


def planned(*asked: Any, **more: int) -> PooledPairs:
    return PooledPairs(lesson(*asked, **more), PlanMaker(lesson(*asked, **more)))


def advance(pairs: PooledPairs, steps: int, every: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Draw on as a training does, and return the last draw."""
    drawn = pairs.draw(0, 64)
    for step in range(every, steps, every):
        while not pairs.is_ready(step):
            pairs.wait(0.05)
        drawn = pairs.draw(step, 64)
    return drawn


def finite(n: int, seed: int, shift: float = 0.0, weights: np.ndarray | None = None) -> Side:
    xy = np.random.default_rng(seed).normal(shift, 1, size=(n, 2))
    return Side(cloud=PointCloud(xy, weights))


def cost(x0: np.ndarray, x1: np.ndarray) -> float:
    return float(((x1 - x0) ** 2).sum(1).mean())


def test_planned_pairs_cost_less_than_random_ones():
    source, target = Side(shape="8gaussians"), Side(shape="moons")
    random = RandomPairs(lesson(source, target))
    pairs = planned(source, target)
    try:
        assert cost(*pairs.draw(0, 4000)) < 0.6 * cost(*random.draw(0, 4000))
    finally:
        pairs.close()


def test_two_finite_clouds_end_with_their_own_plan():
    weights = np.random.default_rng(1).random(700) + 0.1
    source, target = finite(600, 0), finite(700, 1, 3, weights)
    units = units_of(source, target)
    pairs = planned(source, target)
    last = 10 + 2 * exchange_steps(60.0, 1000, 64, "cpu")
    advance(pairs, last, every=last // 2)
    assert pairs.is_ready(10**9)
    x0, x1 = pairs.draw(last, 50_000)
    z0, z1 = units.source_to_unit(source.cloud.xy), units.target_to_unit(target.cloud.xy)
    rows, columns = ((x[:, None, 0] == z[None, :, 0]).argmax(1) for x, z in ((x0, z0), (x1, z1)))
    plan = solve_plan(z0, z1, None, target.cloud.weights)
    assert (plan[rows, columns] > 0).all()
    assert cost(x0, x1) == pytest.approx((plan * squared_distances(z0, z1)).sum(), rel=0.02)
    shares = np.bincount(columns, minlength=700) / len(columns)
    np.testing.assert_allclose(shares, target.cloud.weights, atol=0.002)


def test_small_finite_clouds_have_their_plan_first():
    pairs = planned(finite(40, 0), finite(50, 1))
    pairs.draw(0, 100)
    assert pairs.is_ready(10**9)
    assert pairs.draw(0, 100)[0].shape == (100, 2)


def test_modes_are_met_as_often_as_they_weigh_and_at_other_points_in_each_pool():
    source, target = Side(shape="gaussian"), Side(shape="8gaussians")
    of = lesson(source, target, 256)
    maker, seen = PlanMaker(of), []
    for number in (1, 2):
        x1 = maker.make(256, number).table.x1
        world = x1.astype(np.float64) * of.units.scale + of.units.mean1
        mode = ((world[:, None] - EIGHT_CENTRES) ** 2).sum(axis=2).argmin(axis=1)
        np.testing.assert_allclose(np.bincount(mode) / len(mode), 1 / 8, atol=0.004)
        seen.append(np.unique(x1, axis=0))
    assert min(map(len, seen)) > 30_000
    assert len(np.unique(np.concatenate(seen), axis=0)) > 0.98 * sum(map(len, seen))


class HeldMaker(PlanMaker):
    """Makes no pool before it may, and knows which thread did."""

    def __init__(self, of: Lesson) -> None:
        super().__init__(of)
        self.may_go = threading.Event()
        self.threads: list[threading.Thread] = []

    def make(self, size: int, number: int) -> Pool:
        assert self.may_go.wait(PATIENCE_S)
        self.threads.append(threading.current_thread())
        return super().make(size, number)


def test_not_even_the_first_pool_is_made_in_the_thread_that_trains():
    of = lesson(Side(shape="gaussian"), Side(shape="moons"))
    maker = HeldMaker(of)
    pairs = PooledPairs(of, maker)
    try:
        assert not pairs.is_ready(0)
        maker.may_go.set()
        while not pairs.is_ready(0):
            pairs.wait(0.05)
        assert pairs.draw(0, 10)[0].shape == (10, 2)
        assert threading.main_thread() not in maker.threads
    finally:
        pairs.close()


def test_jitter_and_size_lead_back_to_pools():
    jittered = Side(cloud=finite(40, 0).cloud, jitter=0.5)
    for source in (jittered, finite(20_000, 0)):
        pairs = planned(source, finite(50, 1), size=64)
        try:
            x0, _ = pairs.draw(0, 500)
            assert len(np.unique(x0, axis=0)) > 50
            assert not pairs.is_ready(10**9) or pairs.draw(10**9, 10)[0].shape == (10, 2)
        finally:
            pairs.close()


def test_pools_grow_and_a_seed_repeats_them():
    source, target = Side(shape="gaussian"), Side(shape="moons")
    draws = []
    for seed in (0, 0, 1):
        pairs = planned(source, target, size=128, seed=seed)
        try:
            draws.append(advance(pairs, 400))
        finally:
            pairs.close()
    for same, other in zip(draws[0], draws[1], strict=True):
        np.testing.assert_array_equal(same, other)
    assert not np.array_equal(draws[0][0], draws[2][0])


def test_pools_are_exchanged_at_steps_that_the_settings_alone_decide():
    large, small = plan_seconds(2048), plan_seconds(1024)
    assert exchange_steps(large, 40_000, 256, "cpu") > exchange_steps(small, 40_000, 256, "cpu")
    assert exchange_steps(large, 40_000, 256, "cuda") > exchange_steps(large, 40_000, 256, "cpu")
    assert exchange_steps(large, 400_000, 4096, "cpu") < exchange_steps(large, 40_000, 256, "cpu")
