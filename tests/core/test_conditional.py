"""The flow to one point: paths that all end there, and the field that the exact formula gives."""

from __future__ import annotations

import numpy as np
import pytest
from exact_fields import gaussian_mixture_velocity

from fmviz.commandline.gallery_laws import conditional_snapshot
from fmviz.core.carried import positions_at
from fmviz.core.conditional import conditional_velocity
from fmviz.core.frames import UNLEARNED, lattice_at
from fmviz.core.paths import PATHS, Path

Z = np.array([2.0, -1.5], dtype=np.float32)
ORIGIN, MEAN0 = np.zeros(2), np.array([0.5, -4.0])
STRAIGHT = PATHS["straight"]
ROWS = pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)


@pytest.fixture
def x0() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((200, 2), dtype=np.float32)


@ROWS
def test_the_field_is_the_exact_one_of_a_gaussian_and_one_point(x0: np.ndarray, path: Path) -> None:
    for t in (0.0, 0.3, 0.9):
        exact = gaussian_mixture_velocity(x0, t, Z[None], 0.0, path)
        assert conditional_velocity(x0, t, Z, path, ORIGIN) == pytest.approx(exact, abs=1e-9)


@ROWS
def test_on_a_path_it_is_the_velocity_of_the_path(x0: np.ndarray, path: Path) -> None:
    for t in (0.0, 0.5, 0.97):
        xt, ut = path.points(x0, Z, t, MEAN0), path.velocities(x0, Z, t, MEAN0)
        assert conditional_velocity(xt, t, Z, path, MEAN0) == pytest.approx(ut, abs=1e-5)


def test_on_the_straight_path_the_field_points_to_the_point(x0: np.ndarray) -> None:
    for t in (0.0, 0.5, 0.97):
        assert conditional_velocity(x0, t, Z, STRAIGHT, MEAN0) == pytest.approx((Z - x0) / (1 - t), abs=1e-4)


def test_on_the_trigonometric_path_it_is_what_its_words_say(x0: np.ndarray) -> None:
    t = 0.4
    said = np.pi / 2 * (Z - np.sin(np.pi * t / 2) * x0) / np.cos(np.pi * t / 2)
    assert conditional_velocity(x0, t, Z, PATHS["trigonometric"], ORIGIN) == pytest.approx(said, abs=1e-5)


@ROWS
def test_there_is_no_field_at_the_end(path: Path) -> None:
    with pytest.raises(ValueError, match="t = 1"):
        conditional_velocity(Z, 1.0, Z, path, ORIGIN)


@ROWS
def test_the_snapshot_starts_at_the_samples_and_ends_in_the_point(x0: np.ndarray, path: Path) -> None:
    snapshot = conditional_snapshot(x0, Z, path)
    assert snapshot.step == UNLEARNED
    start = positions_at(snapshot, np.array([0.0]))[0]
    assert start == pytest.approx(path.points(x0, Z, 0.0, x0.mean(axis=0)), abs=1e-6)
    assert path.key == "vp" or np.array_equal(start, x0)
    assert positions_at(snapshot, np.array([1.0]))[0] == pytest.approx(np.broadcast_to(Z, x0.shape), abs=1e-5)
    assert positions_at(snapshot, np.array([0.37]))[0] == pytest.approx(
        path.points(x0, Z, 0.37, x0.mean(axis=0)), abs=1e-4)
    assert np.isfinite(snapshot.velocity.values).all()


def test_the_lattice_shrinks_towards_the_point(x0: np.ndarray) -> None:
    snapshot = conditional_snapshot(x0, Z, STRAIGHT)
    start, later = lattice_at(snapshot, 0.0), lattice_at(snapshot, 0.75)
    assert start is not None
    assert later is not None
    assert later - Z == pytest.approx(0.25 * (start - Z), abs=1e-4)


@ROWS
def test_the_grid_holds_the_field(x0: np.ndarray, path: Path) -> None:
    snapshot, mean0 = conditional_snapshot(x0, Z, path), x0.mean(axis=0)
    assert snapshot.velocity.extent is not None
    x, y = snapshot.velocity.extent.axes(snapshot.velocity.values.shape[1])
    assert snapshot.velocity.at(0.5)[3, 5] == pytest.approx(
        conditional_velocity((x[5], y[3]), 0.5, Z, path, mean0), rel=1e-4)
