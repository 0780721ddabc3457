"""Metrics: distances of known samples, lengths and energies of known trajectories."""

import numpy as np
import pytest

from fmviz.flow.distances import energy_distance, wasserstein2
from fmviz.flow.path_numbers import (
    crossings,
    own_energy_excess,
    path_energies,
    path_energy_error,
    path_numbers,
)


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
    x = x0 + t[:, None, None] * shift
    numbers, energies = path_numbers(x), path_energies(t, x)
    assert numbers.path_length == pytest.approx(numbers.straight_length, rel=1e-5)
    assert energies == pytest.approx(5, rel=1e-5)
    assert path_energy_error(energies.mean(), wasserstein2(x0, x0 + shift) ** 2) == pytest.approx(0, abs=1e-5)
    own = own_energy_excess(energies, x0, x[-1])
    assert own is not None
    assert own == pytest.approx((0, 0), abs=1e-5)


def test_a_detour_is_longer_and_costs_more():
    x0, t = points(), np.array([0, 0.25, 1.0])
    x = np.stack([x0, x0 + np.float32((0, 1)), x0 + np.float32((2, 0))])
    numbers = path_numbers(x)
    assert numbers.path_length == pytest.approx(1 + np.sqrt(5))
    assert numbers.straight_length == pytest.approx(2)
    assert path_energies(t, x) == pytest.approx(1 / 0.25 + 5 / 0.75)


def test_equal_clouds_have_no_normalised_energy():
    assert path_energy_error(1.0, 0.0) is None


def test_path_errors_are_what_other_particles_differ_by():
    rng = np.random.default_rng(0)
    t = np.linspace(0, 1, 9)

    def sample():
        x0, x1 = rng.normal(size=(500, 2)), rng.normal(size=(500, 2)) + 4
        bend = np.sin(np.pi * t)[:, None, None] * rng.normal(size=(1, 500, 2))
        x = (1 - t)[:, None, None] * x0 + t[:, None, None] * x1 + bend
        numbers = path_numbers(x)
        return {"ratio": (numbers.path_length / numbers.straight_length, numbers.ratio_error),
                "crossings": crossings(x), "energy distance": energy_distance(x0, x1),
                "own": own_energy_excess(path_energies(t, x)[:200], x[0, :200], x[-1, :200])}

    found = [sample() for _ in range(24)]
    for name in found[0]:
        values, errors = np.array([entry[name] for entry in found]).T
        assert 0.5 * values.std() < errors.mean() < 2 * values.std()


def test_two_samples_of_one_law_have_no_energy_distance():
    rng = np.random.default_rng(4)
    found = [energy_distance(rng.normal(size=(150, 2)), rng.normal(size=(200, 2))) for _ in range(30)]
    assert abs(np.mean([each.value for each in found])) < 3 * np.std([each.value for each in found]) / np.sqrt(30)


def test_the_energy_distance_of_two_points_is_twice_their_distance():
    a, b = np.zeros((5, 2)), np.tile([3.0, 4.0], (7, 1))
    assert energy_distance(a, b).value == pytest.approx(2 * 5)


def test_crossings_are_those_of_each_pair_of_pieces():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(4, 40, 2)).cumsum(axis=0)

    def turn(a, b, c):
        return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

    def meet(a, b, c, d):
        return turn(a, b, c) * turn(a, b, d) < 0 and turn(c, d, a) * turn(c, d, b) < 0

    pairs = [(i, j) for i in range(40) for j in range(i)]
    crossing = [any(meet(x[k, i], x[k + 1, i], x[m, j], x[m + 1, j]) for k in range(3) for m in range(3))
                for i, j in pairs]
    assert crossings(x).value == pytest.approx(np.mean(crossing))
    assert crossings(1e-12 * x + 1).value == pytest.approx(np.mean(crossing), abs=0.02)
    assert crossings(x[:1].repeat(2, axis=0)).value == 0  # nothing moves
    fan = np.stack([np.zeros((30, 2)), rng.normal(size=(30, 2))])
    assert crossings(fan).value == 0  # a common start is no crossing
