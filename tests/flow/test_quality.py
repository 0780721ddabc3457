"""W2 beside its floor: truth measures the floor, errors measure more; live and final numbers share one floor."""

import numpy as np
import pytest

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.config import FlowConfig
from fmviz.core.project import Project
from fmviz.core.quantities import MEASURED
from fmviz.flow.distances import Measured
from fmviz.flow.path_numbers import path_energies
from fmviz.flow.quality import (
    FINAL_TOTAL,
    LIVE_TOTAL,
    POINTS,
    QualityWatch,
    distance,
    floor,
    path_energy,
    same_law,
    transport_cost,
)
from fmviz.flow.run import TrainingRun

TIMES = np.array([0.0, 1.0])


def test_fresh_target_points_measure_about_the_floor():
    side = Side(shape="circle")
    fresh = side.sample(LIVE_TOTAL, np.random.default_rng(5))
    assert distance(fresh, side, 1).value == pytest.approx(floor(side, 1).value, rel=0.25)


def test_displaced_points_measure_their_displacement():
    side = Side(shape="circle")
    moved = side.sample(POINTS, np.random.default_rng(5)) + np.float32([30, 40])
    assert distance(moved, side, 1).value == pytest.approx(50, rel=0.02)


def test_live_numbers_go_round_the_samples_that_the_final_one_meets():
    side = Side(shape="moons")
    points = side.sample(POINTS, np.random.default_rng(3))
    single = [distance(points, side, 1, first).value for first in range(10)]
    assert len(set(single)) == 10
    assert distance(np.tile(points, (10, 1)), side, 1).value == pytest.approx(np.mean(single))
    assert distance(points, side, 1, 10).value == single[0]


def test_the_same_seed_measures_the_same():
    side = Side(shape="moons")
    assert floor(side, 4) == floor(side, 4)
    assert floor(side, 4) != floor(side, 5)


def test_a_watch_measures_live_and_final_points_by_one_floor():
    points = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    project = Project(Side(cloud=PointCloud(points)), Side(cloud=PointCloud(points + np.float32([5, 0]))))
    watch = QualityWatch(project)
    try:
        rng = np.random.default_rng(1)
        standing = np.stack([project.source.sample(LIVE_TOTAL, rng)] * 2)
        live = watch.ask_live(TIMES, standing).result()
        assert live["w2"] == pytest.approx(5, rel=0.1)
        assert live["npe"] is None  # its transport is solved behind the first numbers
        x0 = project.source.sample(FINAL_TOTAL, rng)
        final = watch.ask_final(TIMES, np.stack([x0, x0 + [5, 0]]), x0 + [5, 0]).result()
        assert set(final) == {*MEASURED, "w2_floor", "w2_floor_error"}
        assert (final["w2_floor"], final["w2_floor_error"]) == watch.floor
        assert watch.floor is not None
        assert watch.floor.value < 1
        assert final["w2"] == pytest.approx(final["w2_floor"], rel=0.5)
        assert final["npe"] == pytest.approx(0, abs=0.02)
        assert final["npe_own"] == pytest.approx(0, abs=1e-9)
        assert (final["straightness"], final["straightness_error"]) == (0, 0)
        assert final["crossings"] == 0
    finally:
        watch.close()


def test_a_cloud_carried_to_itself_costs_nothing():
    points = np.random.default_rng(0).normal(size=(60, 2)) + 1e9
    same = [Side(cloud=PointCloud(points, name=name)) for name in "ab"]
    other = Side(cloud=PointCloud(points[::-1]))
    assert same_law(*same)
    assert not same_law(same[0], other)
    assert not same_law(same[0], Side(cloud=PointCloud(points), jitter=0.1))
    assert same_law(Side(shape="moons"), Side(shape="moons"))
    watch = QualityWatch(Project(*same))
    try:
        standing = np.stack([points[np.arange(FINAL_TOTAL) % 60]] * 2)
        assert watch.ask_final(TIMES, standing, standing[-1]).result()["npe"] is None
    finally:
        watch.close()


def test_the_error_is_what_other_points_differ_by() -> None:
    side = Side(shape="moons")
    rng = np.random.default_rng(5)
    found = [distance(side.sample(4 * POINTS, rng), side, seed) for seed in range(12)]
    spread = np.std([entry.value for entry in found])
    assert 0.3 * spread < np.mean([entry.error for entry in found]) < 3 * spread
    assert distance(side.sample(POINTS, rng), side, 1).error == 0.0


def test_the_path_energy_of_an_affine_map_is_that_of_its_formula_within_its_error() -> None:
    # From N(0, I) to a Gaussian mixture of one mode: the map is x -> 3 + s x, and W2^2 = 9 + 2 (s - 1)^2.
    source = Side(shape="gaussian")
    rng = np.random.default_rng(7)
    found = []
    for seed in range(8):
        x0 = source.sample(FINAL_TOTAL, rng)
        x = np.stack([x0, [3, 0] + 0.5 * x0])
        numbers = path_energy(source, seed, x0, path_energies(TIMES, x), Measured(9.5, 0.0))
        found.append((numbers["npe"], numbers["npe_error"]))
    values, errors = np.array(found).T
    assert values.max() < 0.005
    assert 0.3 * values.max() < errors.mean() < 0.005
    independent = np.std(path_energies(TIMES, x)) / np.sqrt(FINAL_TOTAL) / 9.5
    assert errors.mean() < independent / 2  # the cells take most of the chance away


def test_the_cost_of_even_samples_is_that_of_many_points() -> None:
    # The best map between concentric clouds of one form stretches: W2^2 = E |x|^2.
    rng = np.random.default_rng(3)
    points = np.concatenate([x := rng.normal(size=(4_000, 2)), -x])
    cost = transport_cost(Side(cloud=PointCloud(points)), Side(cloud=PointCloud(2 * points)), 1)
    assert cost.value == pytest.approx((points**2).sum(axis=1).mean(), rel=0.05)
    assert cost.error < 0.03


def test_training_brings_w2_close_to_its_floor():
    source, target = Side(shape="gaussian"), Side(shape="circle")
    config = FlowConfig(steps=1500, width=32, depth=2, batch=64, nfe=20, lr=5e-3)
    trained = list(TrainingRun(Project(source, target, (config,))).train())[-1].metrics
    assert distance(source.sample(POINTS, np.random.default_rng(5)), target, 1).value > 5 * trained.w2_floor
    assert trained.w2 < 2 * trained.w2_floor
