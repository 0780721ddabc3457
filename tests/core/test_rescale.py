"""Settings in world units follow a cloud of quite another size, and stay for one like the last."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.config import FlowConfig
from fmviz.core.placing import with_rescaled_side
from fmviz.core.project import Project

POINTS = np.random.default_rng(0).normal(size=(200, 2))


def project(jitter: float = 0.3, sigma: float = 0.1) -> Project:
    return Project(Side(shape="moons", jitter=jitter), Side(shape="gaussian"), (FlowConfig(sigma=sigma),))


@pytest.mark.parametrize("unit", [1e-9, 1e-3, 1e3, 1e9])
def test_jitter_is_the_same_share_of_another_cloud(unit: float) -> None:
    side = Side(cloud=PointCloud(POINTS * unit), jitter=0.3)
    changed, said = with_rescaled_side(project(), "source", side)
    assert changed.source.jitter == pytest.approx(0.3 * unit, rel=0.6)
    assert "jitter of the source went from 0.3" in said[0]
    back, _ = with_rescaled_side(changed, "source", Side(shape="moons", jitter=changed.source.jitter))
    assert back.source.jitter == pytest.approx(0.3, rel=0.05)


def test_path_noise_follows_the_larger_of_both() -> None:
    small = Side(cloud=PointCloud(POINTS * 1e-3))
    changed, _ = with_rescaled_side(project(), "source", small)
    assert changed.lanes[0].sigma == 0.1
    changed, said = with_rescaled_side(changed, "target", small)
    assert changed.lanes[0].sigma == pytest.approx(1e-4, rel=0.6)
    assert "path noise" in said[-1]


@pytest.mark.parametrize("sigmas", [(0.1, 0.5), (0.0, 0.5), (0.3, 0.3, 0.1)])
def test_each_lane_keeps_its_own_share_of_path_noise(sigmas: tuple[float, ...]) -> None:
    lanes = tuple(FlowConfig(sigma=sigma) for sigma in sigmas)
    changed, said = with_rescaled_side(replace(project(), lanes=lanes), "target", Side(cloud=PointCloud(POINTS * 1e3)))
    factor = changed.lanes[1].sigma / sigmas[1]
    assert factor > 100
    assert [lane.sigma for lane in changed.lanes] == pytest.approx([factor * sigma for sigma in sigmas], rel=0.05)
    assert len(said) == len(set(sigmas) - {0.0})


def test_what_is_as_large_or_has_no_noise_stays() -> None:
    changed, said = with_rescaled_side(project(), "source", Side(shape="8gaussians", jitter=0.3))
    assert (changed.source.jitter, changed.lanes, said) == (0.3, project().lanes, ())
    changed, said = with_rescaled_side(project(0.0, 0.0), "target", Side(cloud=PointCloud(POINTS * 1e6)))
    assert (changed.target.jitter, said) == (0.0, ())
    assert replace(changed, target=project().target) == project(0.0, 0.0)
