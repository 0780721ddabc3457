"""W2 beside its floor: truth measures the floor, errors measure more; live and final numbers share one floor."""

import numpy as np
import pytest

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.project import Project
from fmviz.flow.quality import FINAL_TOTAL, LIVE_TOTAL, POINTS, QualityWatch, distance, floor, measured, same_law


def test_fresh_target_points_measure_about_the_floor():
    side = Side(shape="circle")
    fresh = side.sample(LIVE_TOTAL, np.random.default_rng(5))
    assert distance(fresh, side, 1) == pytest.approx(floor(side, 1), rel=0.25)


def test_displaced_points_measure_their_displacement():
    side = Side(shape="circle")
    moved = side.sample(POINTS, np.random.default_rng(5)) + np.float32([30, 40])
    assert distance(moved, side, 1) == pytest.approx(50, rel=0.02)


def test_live_numbers_go_round_the_samples_that_the_final_one_meets():
    side = Side(shape="moons")
    points = side.sample(POINTS, np.random.default_rng(3))
    single = [distance(points, side, 1, first) for first in range(10)]
    assert len(set(single)) == 10
    assert distance(np.tile(points, (10, 1)), side, 1) == pytest.approx(np.mean(single))
    assert distance(points, side, 1, 10) == single[0]


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
        assert watch.ask_live(project.source.sample(LIVE_TOTAL, rng)).result().w2 == pytest.approx(5, rel=0.1)
        final = watch.ask_final(project.target.sample(FINAL_TOTAL, rng)).result()
        assert final.w2_floor == watch.floor
        assert watch.floor is not None
        assert watch.floor < 1
        assert final.w2.w2 == pytest.approx(final.w2_floor, rel=0.5)
        assert final.transport == pytest.approx(25, rel=0.1)
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
        assert watch.ask_final(points[np.arange(FINAL_TOTAL) % 60]).result().transport == 0
    finally:
        watch.close()


def test_the_error_is_what_other_points_differ_by() -> None:
    side = Side(shape="moons")
    rng = np.random.default_rng(5)
    found = [measured(side.sample(4 * POINTS, rng), side, seed) for seed in range(12)]
    spread = np.std([entry.w2 for entry in found])
    assert 0.3 * spread < np.mean([entry.error for entry in found]) < 3 * spread
    assert measured(side.sample(POINTS, rng), side, 1).error == 0.0
