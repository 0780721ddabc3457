"""The field of an optimal plan: an affine truth is met, and where no pairs are nothing is known."""

from __future__ import annotations

import numpy as np
import pytest

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.marginal import MarginalField
from fmviz.core.paths import PATHS, Path
from fmviz.flow.displacement import DisplacementField
from fmviz.flow.distances import wasserstein2
from fmviz.flow.exact import ExactField
from fmviz.flow.strata import even_sample
from fmviz.flow.transport import solve_plan

STRAIGHT = PATHS["straight"]
ROWS = pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
# Symmetric and positive: so x -> M x + B is optimal.
M, B = np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([3.0, -1.0])


def affine_pairs(n: int) -> tuple[np.ndarray, np.ndarray]:
    x0 = np.random.default_rng(0).normal(size=(n, 2))
    return x0, x0 @ M.T + B


@ROWS
def test_pairs_of_an_affine_map_give_its_field(path: Path) -> None:
    x0, x1 = affine_pairs(600)
    field, z = DisplacementField(x0, x1, path, np.zeros(2)), np.random.default_rng(1).normal(size=(50, 2))
    for t in (0.0, 0.3, 0.9, 1.0):
        xt, ut = path.points(z, z @ M.T + B, t), path.velocities(z, z @ M.T + B, t)
        assert field.velocity(xt, t) == pytest.approx(ut, abs=1e-5 * np.abs(ut).max() + 1e-9)
        slopes = (path.d_alpha(t) * M + path.d_beta(t) * np.eye(2)) @ np.linalg.inv(
            path.alpha(t) * M + path.beta(t) * np.eye(2))
        assert field.divergence(xt, t) == pytest.approx(np.trace(slopes), rel=1e-4, abs=1e-4)


def test_a_plan_of_2048_samples_comes_near_an_affine_truth() -> None:
    rng, source = np.random.default_rng(0), Side(shape="gaussian")
    x0, x1 = even_sample(source, 2_048, rng), even_sample(source, 2_048, rng) @ M.T + B
    x0, x1 = x0 - x0.mean(axis=0), x1 - x1.mean(axis=0) + B
    rows = solve_plan(x0.astype(np.float32), (x1 - B).astype(np.float32)).argmax(axis=1)
    field, z = DisplacementField(x0, x1[rows], STRAIGHT, np.zeros(2)), source.sample(2_000, rng)
    ut = z @ M.T + B - z
    for t in (0.1, 0.5, 0.9):
        error = field.velocity(z + t * ut, t) - ut
        assert np.linalg.norm(error) <= 0.02 * np.linalg.norm(ut)


def test_following_it_turns_the_source_into_the_target() -> None:
    x0, x1 = affine_pairs(1_500)
    field, rng = DisplacementField(x0, x1, STRAIGHT, np.zeros(2)), np.random.default_rng(3)
    x = rng.normal(size=(700, 2))
    for k in range(20):
        x = x + field.velocity(x, (k + 0.5) / 20) / 20
    fresh, other = (rng.normal(size=(700, 2)) @ M.T + B for _ in range(2))
    assert wasserstein2(x, fresh) < 1.6 * wasserstein2(other, fresh)


def test_it_is_known_among_the_pairs_alone() -> None:
    x0, x1 = affine_pairs(1_000)
    field = DisplacementField(x0, x1, STRAIGHT, np.zeros(2))
    z = np.random.default_rng(1).normal(size=(500, 2))
    for t in (0.0, 0.5, 1.0):
        xt = STRAIGHT.points(z, z @ M.T + B, t)
        assert field.is_known(xt, t).mean() > 0.9
        assert not field.is_known(xt + 30, t).any()
        assert np.isfinite(field.velocity(xt + 30, t)).all()


def test_partners_in_one_place_have_a_field_all_the_same() -> None:
    x0 = np.random.default_rng(0).normal(size=(200, 2))
    field = DisplacementField(x0, np.zeros((200, 2)), STRAIGHT, np.zeros(2))
    assert np.isfinite(field.velocity(x0, 1.0)).all()
    assert field.velocity([[0.5, 0.5]], 0.5) == pytest.approx(np.array([[-1.0, -1.0]]), abs=1e-4)


class Interrupted(float):
    """A time; whenever it is looked up, another thread has just asked the same field for other times."""

    def __new__(cls, t: float, field: ExactField) -> Interrupted:
        made = super().__new__(cls, t)
        made.field = field
        return made

    def __hash__(self) -> int:
        for t in np.linspace(0.1, 0.9, 9).tolist():
            self.field.velocity(np.zeros((1, 2)), t)
        return super().__hash__()


@pytest.mark.parametrize("make", [
    lambda: DisplacementField(*affine_pairs(20), STRAIGHT, np.zeros(2)),
    lambda: MarginalField(*(Side(cloud=PointCloud(x)) for x in affine_pairs(30)), STRAIGHT, 0.0,
                          np.random.default_rng(0)),
], ids=["displacement", "marginal"])
def test_threads_may_share_a_field(make) -> None:
    field, place = make(), np.array([[0.3, 0.2]])
    expected = field.velocity(place, 0.25)
    assert np.array_equal(field.velocity(place, Interrupted(0.25, field)), expected)
