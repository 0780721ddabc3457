"""The exact field is the mean of the conditional velocities, and it carries the source into the target."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from exact_fields import gaussian_mixture_velocity

from fmviz.core.marginal import paired_velocity
from fmviz.core.paths import PATHS, Path
from fmviz.core.shapes import EIGHT_CENTRES, EIGHT_SIGMA

STRAIGHT = PATHS["straight"]
MEANS = np.array([[2.0, 0.0], [-1.0, 1.5]])
ROWS = pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)


@lru_cache(maxsize=1)
def two_clouds() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return two million standard normal starts, ends around two means, and standard normal noise, (n, 2) each."""
    rng = np.random.default_rng(0)
    n = 2_000_000
    x1 = MEANS[rng.integers(0, 2, n)] + rng.normal(0, 0.5, (n, 2))
    return rng.normal(size=(n, 2)), x1, rng.normal(size=(n, 2))


@ROWS
@pytest.mark.parametrize("path_sigma", [0.0, 0.3])
def test_it_is_the_mean_velocity_of_the_paths_through_a_place(path: Path, path_sigma: float) -> None:
    x0, x1, eps = two_clouds()
    for t, place in ((0.2, (0.3, 0.1)), (0.5, (0.6, 0.4)), (0.8, (0.4, 0.8))):
        xt = path.points(x0, x1, t) + path_sigma * eps
        is_near = ((xt - place) ** 2).sum(axis=1) < 0.05**2
        near = path.velocities(x0[is_near], x1[is_near], t)
        exact = gaussian_mixture_velocity([place], t, MEANS, 0.5, path, path_sigma=path_sigma)[0]
        assert exact == pytest.approx(near.mean(axis=0), abs=5 * near.std() / np.sqrt(is_near.sum()) + 0.02)


@ROWS
def test_of_pairs_of_gaussians_it_is_the_regression_of_the_velocity_on_the_place(path: Path) -> None:
    """Of one pair it is affine, so least squares over samples of the path find it; the source lies off the origin."""
    rng = np.random.default_rng(0)
    n, a, b = 400_000, np.array([[4.0, -2.0]]), np.array([[-1.0, 3.0]])
    x0, x1 = a + 0.5 * rng.normal(size=(n, 2)), b + 1.5 * rng.normal(size=(n, 2))
    for t in (0.2, 0.5, 0.8):
        xt = path.points(x0, x1, t, a[0]) + 0.3 * rng.normal(size=(n, 2))
        design = np.column_stack([np.ones(n), xt])
        fit = np.linalg.lstsq(design, path.velocities(x0, x1, t, a[0]), rcond=None)[0]
        exact = paired_velocity(xt[:50], t, a, b, path, 0.5, 1.5, 0.3)
        assert design[:50] @ fit == pytest.approx(exact, abs=0.03)


def test_at_the_start_it_points_from_the_place_to_the_mean() -> None:
    x = np.random.default_rng(0).normal(size=(20, 2))
    v = gaussian_mixture_velocity(x, 0.0, EIGHT_CENTRES, EIGHT_SIGMA, STRAIGHT)
    assert v == pytest.approx(EIGHT_CENTRES.mean(axis=0) - x, abs=1e-5)


def test_one_gaussian_to_another_is_affine() -> None:
    x = np.random.default_rng(0).normal(size=(20, 2))
    for t in (0.1, 0.5, 0.9):
        variance = (1 - t) ** 2 + 4 * t**2
        expected = np.array([3, -1]) + (4 * t - (1 - t)) / variance * (x - t * np.array([3, -1]))
        assert gaussian_mixture_velocity(x, t, [[3, -1]], 2.0, STRAIGHT) == pytest.approx(expected)


@ROWS
def test_following_it_turns_the_source_into_the_target(path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(4000, 2))
    steps = 200
    for k in range(steps):
        v = gaussian_mixture_velocity(x, k / steps, EIGHT_CENTRES, EIGHT_SIGMA, path)
        middle = x + v / (2 * steps)
        x = x + gaussian_mixture_velocity(middle, (k + 0.5) / steps, EIGHT_CENTRES, EIGHT_SIGMA, path) / steps
    nearest = np.linalg.norm(x[:, None] - EIGHT_CENTRES, axis=2).argmin(axis=1)
    assert np.bincount(nearest, minlength=8) / 4000 == pytest.approx(np.full(8, 1 / 8), abs=0.02)
    assert (x - EIGHT_CENTRES[nearest]).std() == pytest.approx(EIGHT_SIGMA, rel=0.06)


@ROWS
def test_pairs_of_points_move_along_their_paths(path: Path) -> None:
    a, b = np.array([[0.0, 0.0], [10.0, 0.0]]), np.array([[0.0, 4.0], [10.0, -6.0]])
    for t in (0.0, 0.3, 1.0):
        xt, ut = path.points(a, b, t, a.mean(axis=0)), path.velocities(a, b, t, a.mean(axis=0))
        assert paired_velocity(xt, t, a, b, path, path_sigma=0.1) == pytest.approx(ut, abs=1e-9)


def test_all_pairs_are_the_random_coupling_and_weights_count() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(3, 2)), rng.normal(size=(4, 2))
    start, end = np.repeat(a, len(b), axis=0), np.tile(b, (len(a), 1))
    assert len(start) == len(end) == 12
    assert len(np.unique(np.concatenate([start, end], axis=1), axis=0)) == 12
    x = rng.normal(size=(7, 2))
    doubled = paired_velocity(x, 0.4, np.repeat(start, 2, axis=0), np.repeat(end, 2, axis=0), STRAIGHT, path_sigma=0.5)
    assert paired_velocity(x, 0.4, start, end, STRAIGHT, path_sigma=0.5) == pytest.approx(doubled)
    only = paired_velocity(x, 0.4, start, end, STRAIGHT, path_sigma=0.5, weights=[1, *[0] * 11])
    assert only == pytest.approx(np.repeat(end[:1] - start[:1], 7, axis=0))


def test_many_places_are_computed_in_blocks_like_few() -> None:
    rng = np.random.default_rng(0)
    x, centres = rng.normal(size=(900, 2)), rng.normal(size=(9000, 2))
    whole = gaussian_mixture_velocity(x, 0.6, centres, 0.3, STRAIGHT)
    parts = np.concatenate([gaussian_mixture_velocity(x[i : i + 100], 0.6, centres, 0.3, STRAIGHT)
                            for i in range(0, 900, 100)])
    assert whole == pytest.approx(parts)


@ROWS
def test_far_away_and_late_it_stays_finite(path: Path) -> None:
    v = gaussian_mixture_velocity([[1e3, -1e3]], 0.999, EIGHT_CENTRES, EIGHT_SIGMA, path)
    assert np.isfinite(v).all()


@ROWS
def test_without_width_there_is_no_field(path: Path) -> None:
    with pytest.raises(ValueError, match="no width at t = 1"):
        gaussian_mixture_velocity([[0, 0]], 1.0, EIGHT_CENTRES, 0.0, path)
