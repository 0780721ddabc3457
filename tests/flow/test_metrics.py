"""Metrics: distances of known samples, lengths and energies of known trajectories."""

import numpy as np
import pytest

from fmviz.flow.quality import path_energy_error, path_numbers, wasserstein2


def points(n: int = 200) -> np.ndarray:
    return np.random.default_rng(3).normal(size=(n, 2)).astype(np.float32)


def test_a_sample_is_at_distance_zero_from_itself():
    x = points()
    assert wasserstein2(x, np.random.default_rng(0).permutation(x)) == 0


def test_a_shifted_copy_is_as_far_as_the_shift():
    assert wasserstein2(points(), points() + np.float32([3, 4])) == pytest.approx(5, rel=1e-6)


@pytest.mark.parametrize("scale", [1e-20, 1e20])
def test_the_distance_scales_with_the_points(scale):
    assert wasserstein2(points() * scale, 2 * points() * scale) == pytest.approx(
        scale * wasserstein2(points(), 2 * points()), rel=1e-5)


def test_repeated_points_change_nothing():
    x, y = points(60), points(40) + 1
    assert wasserstein2(np.repeat(x, 2, axis=0), y) == pytest.approx(wasserstein2(x, y), rel=1e-6)


def test_straight_transport_has_no_path_energy_error():
    x0 = points()
    t = np.linspace(0, 1, 11)
    shift = np.float32([2, 1])
    numbers = path_numbers(t, x0 + t[:, None, None] * shift)
    assert numbers.path_length == pytest.approx(numbers.straight_length, rel=1e-5)
    assert numbers.energy == pytest.approx(5, rel=1e-5)
    assert path_energy_error(numbers.energy, wasserstein2(x0, x0 + shift) ** 2) == pytest.approx(0, abs=1e-5)


def test_a_detour_is_longer_and_costs_more():
    x0, t = points(), np.array([0, 0.25, 1.0])
    x = np.stack([x0, x0 + np.float32((0, 1)), x0 + np.float32((2, 0))])
    numbers = path_numbers(t, x)
    assert numbers.path_length == pytest.approx(1 + np.sqrt(5))
    assert numbers.straight_length == pytest.approx(2)
    assert numbers.energy == pytest.approx(1 / 0.25 + 5 / 0.75)


def test_equal_clouds_have_no_normalised_energy():
    assert path_energy_error(1.0, 0.0) is None


def test_path_errors_are_what_other_particles_differ_by():
    rng = np.random.default_rng(0)
    t = np.linspace(0, 1, 9)

    def sample():
        x0, x1 = rng.normal(size=(500, 2)), rng.normal(size=(500, 2)) + 4
        bend = np.sin(np.pi * t)[:, None, None] * rng.normal(size=(1, 500, 2))
        return path_numbers(t, (1 - t)[:, None, None] * x0 + t[:, None, None] * x1 + bend)

    found = [sample() for _ in range(40)]
    for error, value in (("ratio_error", lambda n: n.path_length / n.straight_length),
                         ("energy_error", lambda n: n.energy)):
        spread = np.std([value(entry) for entry in found])
        assert 0.6 * spread < np.mean([getattr(entry, error) for entry in found]) < 1.7 * spread
