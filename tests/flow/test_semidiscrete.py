"""Semidiscrete transport: cells have the masses of their points, pairs cost hardly more than optimal ones, and odd
clouds have cells too."""

import numpy as np
import pytest

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.config import FlowConfig
from fmviz.core.project import Project
from fmviz.flow.batch_pairs import PairPool, pool_of
from fmviz.flow.pools import FIRST_POOL, Lesson, PooledPairs, exchange_steps
from fmviz.flow.quantized import quantized
from fmviz.flow.semidiscrete import CellMaker, SourceDraws, assigned, solved
from fmviz.flow.transport import solve_plan, squared_distances
from fmviz.flow.units import units_of

RNG = np.random.default_rng(5)
POOLED = (("pool", 512),)


def finite(n: int, shift: float = 0.0, weights: np.ndarray | None = None) -> Side:
    return Side(cloud=PointCloud(RNG.normal(shift, 1, size=(n, 2)), weights))


WEIGHTS = RNG.random(300) + 0.05
DOUBLED = Side(cloud=PointCloud(np.repeat(RNG.normal(size=(5, 2)), [1, 2, 3, 4, 90], axis=0)))
CASES = {
    "shapes": (Side(shape="8gaussians"), Side(shape="moons")),
    "weights": (Side(shape="gaussian"), finite(300, 2, WEIGHTS)),
    "a few source points": (finite(10), finite(200, 3)),
    "one source point": (Side(shape="point"), Side(shape="moons")),
    "two target points": (Side(shape="moons"), finite(2)),
    "points of the same place": (Side(shape="gaussian"), DOUBLED),
    "far apart": (finite(400, 1e8), Side(shape="moons")),
    "jitter": (Side(shape="checkerboard"), Side(cloud=finite(50).cloud, jitter=0.1)),
    "equal clouds": (Side(shape="moons"), Side(shape="moons")),
}


@pytest.mark.parametrize("case", CASES)
def test_cells_have_the_masses_of_their_points(case: str) -> None:
    """Chi^2 of the masses above the noise of so many draws; a plan alone has 1."""
    source, target = CASES[case]
    rng, units = np.random.default_rng(0), units_of(source, target)
    draws = SourceDraws(source, units, rng)
    targets = quantized(target, units.target_to_unit, 512, rng)
    potentials = solved(draws, targets)
    _, rows = assigned(targets.points, potentials, draws(200_000)[1])
    masses = np.bincount(rows, minlength=len(targets)) / len(rows)
    noise = (len(targets) - 1) / len(rows)
    assert ((masses - targets.shares) ** 2 / targets.shares).sum() - noise < 0.06


def test_each_place_is_assigned_to_the_least_value() -> None:
    rng = np.random.default_rng(4)
    points, potentials, x = rng.normal(size=(500, 2)), rng.normal(size=500), rng.normal(size=(2000, 2))
    values = ((x[:, None] - points) ** 2).sum(axis=2) - potentials
    least, rows = assigned(points, potentials, x)
    np.testing.assert_array_equal(rows, values.argmin(axis=1))
    np.testing.assert_allclose(least, values.min(axis=1), atol=1e-12)


def test_pairs_of_finite_clouds_cost_hardly_more_than_their_plan() -> None:
    source, target = finite(400), finite(300, 2, WEIGHTS)
    pool = PairPool(source, target, 0)
    pool.solve_optimum()
    pairs = pool.batch("semidiscrete", 4096, POOLED)
    assert pairs.optimum is not None
    assert pairs.cost == pytest.approx(pairs.optimum, rel=0.03)


def test_a_batch_of_any_size_is_paired_alike() -> None:
    pool = PairPool(Side(shape="gaussian"), finite(60, 2), 0)
    small, large = (pool.batch("semidiscrete", size, POOLED) for size in (16, 512))
    np.testing.assert_array_equal(small.x1, large.x1[:16])
    assert small.cells is large.cells
    assert small.cells is not None
    assert (small.cells.points[small.cells.at(small.x0)] == small.x1).all(axis=1).mean() > 0.9  # but for the blur


def test_the_cells_shown_are_of_as_many_points_as_the_lane_learns_with() -> None:
    project = Project(Side(shape="gaussian"), Side(shape="moons"),
                      tuple(FlowConfig(coupling="semidiscrete", pool=points) for points in (20, 50)))
    for lane in project.lanes:
        pairs = pool_of(project).batch(lane.coupling, 2048, lane.batch_settings)
        assert pairs.cells is not None
        assert len(pairs.cells.points) == lane.pool
        assert len(np.unique(pairs.x1, axis=0)) > 1000  # each point stands for what lies nearest to it


def test_cells_in_the_world_are_those_of_the_coupling_wherever_the_clouds_lie() -> None:
    near, there = Side(shape="gaussian"), finite(40, 2)
    far = Side(cloud=PointCloud(there.cloud.xy + 1e6))  # type: ignore[union-attr]
    here = PairPool(near, there, 0).batch("semidiscrete", 256, POOLED)
    away = PairPool(near, far, 0).batch("semidiscrete", 256, POOLED)
    assert here.cells is not None
    assert away.cells is not None
    np.testing.assert_allclose(away.x1 - 1e6, here.x1, atol=1e-6)
    assert (here.cells.at(here.x0) == away.cells.at(here.x0)).mean() > 0.98


def training(source: Side, target: Side, pool: int, seed: int = 0) -> PooledPairs:
    config = FlowConfig(pool=pool, seed=seed, batch=64)
    lesson = Lesson(source, target, units_of(source, target), config, 0, 1000, "cpu")
    return PooledPairs(lesson, CellMaker(lesson))


def after_exchanges(pairs: PooledPairs, count: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw until so many pools were taken up, then n pairs."""
    try:
        step = 0
        for _ in range(count):
            step += 10 * exchange_steps(1.0, 1000, 64, "cpu")
            while not pairs.is_ready(step):
                pairs.wait(0.05)
            drawn = pairs.draw(step, n)
        return drawn
    finally:
        pairs.close()


def test_an_endless_target_is_met_at_other_points_in_each_pool() -> None:
    source, target = Side(shape="gaussian"), Side(shape="moons")
    first, later = (np.unique(after_exchanges(training(source, target, 64), count, 20_000)[1], axis=0)
                    for count in (1, 3))
    both = np.concatenate([first, later])
    assert min(len(first), len(later)) > 7_000
    assert len(np.unique(both, axis=0)) > 0.98 * len(both)


def test_a_finite_target_is_met_at_its_points_as_often_as_they_weigh() -> None:
    target = finite(300, 2, WEIGHTS)
    source = Side(shape="gaussian")
    _, x1 = after_exchanges(training(source, target, FIRST_POOL), 2, 60_000)
    points = units_of(source, target).target_to_unit(target.cloud.xy)  # type: ignore[union-attr]
    shares = (x1[:, None, 0] == points[None, :, 0]).mean(axis=0)
    np.testing.assert_allclose(shares, WEIGHTS / WEIGHTS.sum(), atol=0.002)


def test_a_seed_repeats_the_pairs() -> None:
    source, target = Side(shape="gaussian"), Side(shape="moons")
    first, again, other = (after_exchanges(training(source, target, 64, seed), 2, 500) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first[0], other[0])


def test_costs_are_near_those_of_the_plan_of_the_same_points() -> None:
    source, target = Side(shape="8gaussians"), Side(shape="moons")
    rng, units = np.random.default_rng(0), units_of(source, target)
    draws = SourceDraws(source, units, rng)
    targets = quantized(target, units.target_to_unit, 512, rng)
    x0, places = draws(2048)
    _, rows = assigned(targets.points, solved(draws, targets), places)
    cost = float(((x0 - targets.points[rows]) ** 2).sum(axis=1).mean())
    best = float((solve_plan(x0, targets.points) * squared_distances(x0, targets.points)).sum())
    assert cost == pytest.approx(best, rel=0.05)
