"""The moving frame: there and back, at every size and place that float32 has."""

import numpy as np
import pytest

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.paths import PATHS
from fmviz.flow.units import MovingFrame, units_of


@pytest.mark.parametrize("key", PATHS)
@pytest.mark.parametrize(("centre", "spread"), [(0, 1), (1e6, 1e3), (-300, 1e-6), (0, 1e11), (0, 1e-25)])
def test_points_go_there_and_back(key, centre, spread):
    rng = np.random.default_rng(0)
    source, target = (Side(cloud=PointCloud(centre + spread * rng.normal(size=(300, 2)))) for _ in range(2))
    units = units_of(source, target)
    frame = MovingFrame(units, PATHS[key])
    for side, t, to_unit in ((source, 0.0, units.source_to_unit), (target, 1.0, units.target_to_unit)):
        z = to_unit(side.cloud.xy)
        assert np.isfinite(z).all()
        # A path that starts with a share of the target starts so far ahead of the source's mean.
        ahead = np.float32(PATHS[key].alpha(0.0)) * (units.mean1 - units.mean0) / units.scale * (t == 0)
        there = frame.to_unit(side.cloud.xy, t)
        assert z == pytest.approx(there + ahead, abs=1e-5)
        assert key == "vp" or np.array_equal(z, there)
        np.testing.assert_allclose(frame.to_world(there, t), side.cloud.xy, rtol=1e-5, atol=1e-5 * spread)


def test_both_clouds_have_mean_zero_and_unit_spread():
    units = units_of(Side(shape="8gaussians"), Side(shape="moons"))
    rng = np.random.default_rng(1)
    z0 = units.source_to_unit(Side(shape="8gaussians").sample(20_000, rng))
    z1 = units.target_to_unit(Side(shape="moons").sample(20_000, rng))
    assert np.abs(z0.mean(0)).max() < 0.05
    assert np.abs(z1.mean(0)).max() < 0.05
    assert np.sqrt((z0.var() + z1.var()) / 2) == pytest.approx(1, abs=0.03)


def test_single_points_have_a_scale():
    cloud = Side(cloud=PointCloud(np.full((5, 2), 7.0)))
    assert units_of(cloud, cloud).scale == 1.0
