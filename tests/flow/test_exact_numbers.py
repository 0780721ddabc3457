"""What is known of a lane without learning: its exact field, the least loss, and how far another field is from it."""

from __future__ import annotations

import numpy as np
import pytest

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.config import FlowConfig
from fmviz.core.couplings import COUPLINGS
from fmviz.core.marginal import UnknownFieldError
from fmviz.core.possible import why_no_exact_field
from fmviz.core.project import Project
from fmviz.flow.device import finish
from fmviz.flow.exact import exact_field_of, field_error, from_neighbours, known_of
from fmviz.flow.run import TrainingRun

NORMAL, EIGHT = Side(shape="gaussian"), Side(shape="8gaussians")


def project_of(source: Side, target: Side, **settings: object) -> Project:
    return Project(source, target, (FlowConfig(**settings),))


@pytest.mark.parametrize(("path", "floor"), [("straight", 9.13), ("trigonometric", 14.4), ("vp", 12.1),
                                             ("polynomial", 8.0)])
def test_the_floor_of_a_gaussian_to_eight_is_the_known_number(path: str, floor: float) -> None:
    assert known_of(project_of(NORMAL, EIGHT, path=path)).loss_floor == pytest.approx(floor, rel=0.02)


def test_samples_alone_find_the_same_floor() -> None:
    """Var(ut | xt) of a Gaussian to a point is 0, and to another Gaussian that of a regression."""
    rng = np.random.default_rng(0)
    x0, x1 = rng.normal(size=(2, 4_000, 2))
    for t in (0.2, 0.5, 0.9):
        variance = (1 - t) ** 2 + t**2
        assert from_neighbours((1 - t) * x0 + t * x1, x1 - x0) == pytest.approx(2 / variance, rel=0.08)
    assert from_neighbours(x0, 3 * x0) < 0.05


def test_points_in_one_place_have_the_spread_of_their_velocities() -> None:
    ut = np.random.default_rng(0).normal(size=(3_000, 2))
    assert from_neighbours(np.zeros_like(ut), ut) == pytest.approx(2, rel=0.3)


@pytest.mark.parametrize("key", COUPLINGS)
def test_each_coupling_has_its_field_or_says_why_not(key: str) -> None:
    source = Side(cloud=PointCloud(NORMAL.sample(200, np.random.default_rng(0))))
    project = project_of(source, EIGHT, coupling=key, pool=64)
    why = why_no_exact_field(project.source, project.target, project.lanes[0].learning)
    assert bool(why) is not bool(COUPLINGS[key].field)
    if why:
        assert COUPLINGS[key].phrase in why
        assert why.endswith(".")
        with pytest.raises(UnknownFieldError, match="couplings: random"):
            exact_field_of(project)
    else:
        x = exact_field_of(project).places(0.5, 20, np.random.default_rng(1))
        assert np.isfinite(exact_field_of(project).velocity(x, 0.5)).all()
        assert exact_field_of(project).is_known(x, 0.5).mean() > 0.7


def test_noise_around_optimal_pairs_has_no_field() -> None:
    assert "path noise of 0.1" in why_no_exact_field(NORMAL, EIGHT, FlowConfig(coupling="ot", sigma=0.1).learning)
    assert not why_no_exact_field(NORMAL, EIGHT, FlowConfig(sigma=0.1).learning)


def test_a_field_that_is_off_by_a_share_has_that_error() -> None:
    exact = exact_field_of(project_of(NORMAL, EIGHT))
    assert finish(field_error(exact.velocity, exact)) == 0
    assert finish(field_error(lambda x, t: 1.05 * exact.velocity(x, t), exact)) == pytest.approx(0.05)


def test_equal_problems_are_worked_out_once() -> None:
    xy = NORMAL.sample(150, np.random.default_rng(0))
    one, other = (project_of(Side(cloud=PointCloud(xy.copy())), EIGHT) for _ in range(2))
    assert known_of(one) is known_of(other)
    assert known_of(one) is not known_of(project_of(Side(cloud=PointCloud(xy + 1)), EIGHT))


def test_two_clouds_without_noise_have_no_floor() -> None:
    """Their field is that of smoothed clouds, which is not the one of the least loss."""
    clouds = [Side(cloud=PointCloud(side.sample(150, np.random.default_rng(0)))) for side in (NORMAL, EIGHT)]
    known = known_of(project_of(*clouds))
    assert (known.field is None, known.loss_floor) == (False, None)
    assert known_of(project_of(*clouds, sigma=0.2)).loss_floor > 0


def test_a_training_tells_the_floor_and_its_error_and_the_loss_stays_above() -> None:
    run = TrainingRun(project_of(NORMAL, EIGHT, steps=1_500, width=64, depth=2), live_interval_s=1e9)
    final = list(run.train())[-1].metrics
    assert final.loss_floor == pytest.approx(9.13, rel=0.02)
    assert 0 < final.exact_error < 0.5
    assert final.loss > 0.95 * final.loss_floor
