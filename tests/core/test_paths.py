"""Paths: where they begin and end, that the derivatives are derivatives, and that the origin means nothing."""

from __future__ import annotations

import numpy as np
import pytest

from fmviz.core.config import FIELD, FlowConfig
from fmviz.core.errors import ConfigError
from fmviz.core.paths import PATHS, Path, path_of

ROWS = pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
INSIDE = np.linspace(0.02, 0.98, 49)[:, None]


def pairs(n: int = 49) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, 2)), 3 + rng.normal(size=(n, 2))


@ROWS
def test_at_its_ends_it_is_exactly_the_two_points(path: Path) -> None:
    assert [path.alpha(0.0), path.alpha(1.0), path.beta(0.0), path.beta(1.0)] == [0, 1, 1, 0]
    x0, x1 = pairs()
    assert np.array_equal(path.points(x0, x1, 0.0), x0)
    assert np.array_equal(path.points(x0, x1, 1.0), x1)


@ROWS
def test_the_shares_rise_and_fall(path: Path) -> None:
    t = np.linspace(0, 1, 101)
    assert (np.diff(path.alpha(t)) > 0).all()
    assert (np.diff(path.beta(t)) < 0).all()


@ROWS
def test_the_derivatives_are_the_derivatives(path: Path) -> None:
    step = 1e-6
    for share, slope in ((path.alpha, path.d_alpha), (path.beta, path.d_beta)):
        by_differences = (share(INSIDE + step) - share(INSIDE - step)) / (2 * step)
        assert slope(INSIDE) == pytest.approx(by_differences, abs=1e-8)


@ROWS
@pytest.mark.parametrize("away", [0.0, 1e9])
def test_the_velocity_is_the_derivative_of_the_path(path: Path, away: float) -> None:
    step = 1e-4
    x0, x1 = (x + away for x in pairs())
    before, after = (path.points(x0, x1, INSIDE + sign * step, np.full(2, away)) for sign in (-1, 1))
    assert path.velocities(x0, x1, INSIDE, np.full(2, away)) == pytest.approx(
        (after - before) / (2 * step), abs=1e-6 if away == 0 else 1e-2)


@ROWS
def test_a_shift_of_both_clouds_shifts_the_path(path: Path) -> None:
    (x0, x1), move, mean0 = pairs(), np.array([1e9, -3e8]), np.array([0.2, -0.4])
    moved = path.points(x0 + move, x1 + move, INSIDE, mean0 + move)
    assert moved - move == pytest.approx(path.points(x0, x1, INSIDE, mean0), abs=1e-6)


@ROWS
def test_single_precision_is_kept_and_enough(path: Path) -> None:
    x0, x1, t = (x.astype(np.float32) for x in (*pairs(), INSIDE))
    for made in (path.points, path.velocities):
        assert made(x0, x1, t).dtype == np.float32
        assert made(x0, x1, t) == pytest.approx(made(*pairs(), INSIDE), abs=1e-5)


def test_the_trigonometric_path_keeps_the_spread_of_like_clouds() -> None:
    path = PATHS["trigonometric"]
    assert path.alpha(INSIDE) ** 2 + path.beta(INSIDE) ** 2 == pytest.approx(1)
    assert path.beta(INSIDE) == pytest.approx(np.cos(np.pi * INSIDE / 2))


@ROWS
def test_it_has_its_words(path: Path) -> None:
    assert PATHS[path.key] is path_of(path.key) is path
    choices = FIELD["path"].choices
    assert choices is not None
    assert choices[path.key] == path.label
    assert path.help.endswith(".")
    assert f"{path.label}: {path.help}" in FIELD["path"].help
    assert path.label
    assert path.towards
    assert path.field_towards


def test_what_is_no_path_is_refused_with_the_paths() -> None:
    with pytest.raises(ConfigError, match=r"no path 'cubic'; choose one of straight, trigonometric\."):
        path_of("cubic")
    with pytest.raises(ConfigError, match=r"Path is 'cubic'; choose one of straight, trigonometric\."):
        FlowConfig(path="cubic")


@ROWS
def test_no_point_goes_farther_than_its_reach(path: Path) -> None:
    assert path.reach >= 1
    x0, x1 = pairs()
    far = max(np.abs(x0).max(), np.abs(x1).max())
    for t in np.linspace(0, 1, 33):
        assert np.abs(path.points(x0, x1, t)).max() <= path.reach * far + 1e-9
    assert PATHS["straight"].reach == 1
