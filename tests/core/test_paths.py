"""Paths: where they begin and end, that the derivatives are derivatives, and that the origin means nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fmviz.core.config import FIELD, FlowConfig
from fmviz.core.errors import ConfigError
from fmviz.core.expression import EDGE
from fmviz.core.paths import PATHS, Path, path_of

ROWS = pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
INSIDE = np.linspace(0.02, 0.98, 49)[:, None]


def pairs(n: int = 49) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, 2)), 3 + rng.normal(size=(n, 2))


@ROWS
def test_at_its_ends_it_is_exactly_the_two_points(path: Path) -> None:
    x0, x1 = pairs()
    assert (path.alpha(1.0), path.beta(1.0)) == (1, 0)
    assert np.array_equal(path.points(x0, x1, 1.0), x1)
    if path.key == "vp":  # as published: the noise of its start is not infinite
        assert path.alpha(0.0) == pytest.approx(np.exp(-5.025), rel=1e-12)
        assert path.beta(0.0) ** 2 == pytest.approx(1 - np.exp(-10.05), rel=1e-12)
        return
    assert (path.alpha(0.0), path.beta(0.0)) == (0, 1)
    assert np.array_equal(path.points(x0, x1, 0.0), x0)


def alpha_of_noise(t: Any) -> Any:
    return np.exp(-((1 - t) ** 2) * (20 - 0.1) / 4 - (1 - t) * 0.1 / 2)


# alpha and beta as they are published, and how often they change sides there: t runs from noise to data.
PUBLISHED: dict[tuple[str, tuple[tuple[str, float], ...]], tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    ("straight", ()): (lambda t: t, lambda t: 1 - t),
    ("trigonometric", ()): (lambda t: np.sin(np.pi * t / 2), lambda t: np.cos(np.pi * t / 2)),
    ("vp", ()): (alpha_of_noise, lambda t: np.sqrt(1 - alpha_of_noise(t) ** 2)),
    ("polynomial", ()): (lambda t: t**2, lambda t: 1 - t**2),
    ("polynomial", (("exponent", 3.0),)): (lambda t: t**3, lambda t: 1 - t**3),
    ("linear-vp", ()): (lambda t: t, lambda t: np.sqrt(1 - t**2)),
}


@pytest.mark.parametrize("which", PUBLISHED, ids=str)
def test_shares_are_the_published_ones(which: tuple[str, tuple[tuple[str, float], ...]]) -> None:
    path, t = path_of(*which), np.linspace(0, 1 - 1e-3, 1000)
    for share, published in zip((path.alpha, path.beta), PUBLISHED[which], strict=True):
        assert np.abs(share(t) - published(t)).max() < 1e-12


@ROWS
def test_derivatives_are_finite_everywhere_and_stop_growing_at_the_edge(path: Path) -> None:
    t = np.linspace(0, 1, 100_001)
    for slope in (path.d_alpha, path.d_beta):
        assert np.isfinite(slope(t)).all()
        assert np.abs(slope(t)).max() <= 1 / np.sqrt(EDGE)


def test_the_steep_paths_are_as_steep_as_published_up_to_the_edge() -> None:
    t = 1 - np.array([0.5, 0.01, EDGE])
    assert PATHS["linear-vp"].d_beta(t) == pytest.approx(-t / np.sqrt(1 - t**2), rel=1e-9)
    noise = 9.95 * (1 - t) ** 2 + 0.1 * (1 - t)
    rate = 19.9 * (1 - t) + 0.1
    assert PATHS["vp"].d_beta(t) == pytest.approx(-rate * np.exp(-noise) / (2 * np.sqrt(1 - np.exp(-noise))), rel=1e-9)


def test_another_exponent_is_another_path_of_the_same_key() -> None:
    usual, steep = path_of("polynomial"), path_of("polynomial", (("exponent", 4.0),))
    assert usual.key == steep.key == "polynomial"
    assert (usual.alpha(0.5), steep.alpha(0.5)) == (0.25, 0.0625)
    assert FlowConfig(path="polynomial", exponent=4).full_path is steep
    assert FlowConfig(path="straight", exponent=4).full_path is PATHS["straight"]
    for settings in ((("power", 2.0),), (("exponent", 2.0), ("alpha", "t"))):
        with pytest.raises(ConfigError, match=r"polynomial has the settings .*; it takes exponent"):
            path_of("polynomial", settings)
    with pytest.raises(ConfigError, match="it takes none"):
        path_of("straight", (("exponent", 2.0),))


@ROWS
def test_settings_of_its_own_are_rows_of_the_table(path: Path) -> None:
    for name, value in path.settings:
        assert FIELD[name].default == value


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
        (after - before) / (2 * step), abs=2e-5 if away == 0 else 1e-2)


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
    with pytest.raises(ConfigError, match=r"no path 'cubic'; choose one of straight, trigonometric, vp, polynomial,"):
        path_of("cubic")
    with pytest.raises(ConfigError, match=r"Path is 'cubic'; choose one of straight, trigonometric, vp, polynomial,"):
        FlowConfig(path="cubic")


@ROWS
def test_no_point_goes_farther_than_its_reach(path: Path) -> None:
    assert path.reach >= 1
    x0, x1 = pairs()
    far = max(np.abs(x0).max(), np.abs(x1).max())
    for t in np.linspace(0, 1, 33):
        assert np.abs(path.points(x0, x1, t)).max() <= path.reach * far + 1e-9
    assert PATHS["straight"].reach == 1
