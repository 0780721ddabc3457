"""The ruler: truth measures the floor, errors measure more; the watch answers every question."""

import numpy as np
import pytest

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.project import Project
from fmviz.flow.quality import FINAL, LIVE, QualityWatch, Ruler

RULER = Ruler(points=100, parts=6)


def test_fresh_target_points_measure_about_the_floor():
    side = Side(shape="circle")
    fresh = side.sample(RULER.total, np.random.default_rng(5))
    assert RULER.w2(fresh, side, 1) == pytest.approx(RULER.floor(side, 1), rel=0.25)


def test_displaced_points_measure_their_displacement():
    side = Side(shape="circle")
    moved = side.sample(RULER.total, np.random.default_rng(5)) + np.float32([30, 40])
    assert RULER.w2(moved, side, 1) == pytest.approx(50, rel=0.02)


def test_the_floor_falls_with_the_number_of_points():
    side = Side(shape="moons")
    assert Ruler(300, 3).floor(side, 0) < Ruler(20, 3).floor(side, 0)


def test_the_same_seed_measures_the_same():
    side = Side(shape="moons")
    assert RULER.floor(side, 4) == RULER.floor(side, 4)
    assert RULER.floor(side, 4) != RULER.floor(side, 5)


def test_a_watch_measures_live_and_final_points():
    points = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    project = Project(Side(cloud=PointCloud(points)), Side(cloud=PointCloud(points + np.float32([5, 0]))))
    watch = QualityWatch(project)
    try:
        rng = np.random.default_rng(1)
        assert watch.ask_live(project.source.sample(LIVE.total, rng)).result() == pytest.approx(5, rel=0.1)
        assert watch.live_floor < 1
        final = watch.ask_final(project.target.sample(FINAL.total, rng)).result()
        assert final.w2 == pytest.approx(final.w2_floor, rel=0.5)
        assert final.transport == pytest.approx(25, rel=0.1)
    finally:
        watch.close()
