"""What acts on a place: weights that sum to 1, whose mean is the exact velocity, of points on either side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.marginal import MarginalField, paired_velocity
from fmviz.core.paths import PATHS, Path
from fmviz.core.probe import MOST_PULLS, ActingPoints, Exact, Probed, probe_at
from fmviz.core.pulls import Acting
from fmviz.core.shapes import sample_shape

STRAIGHT = PATHS["straight"]
TIMES = (0.0, 0.2, 0.5, 0.9, 1.0)
# Near the middle of all pairs something comes at every time.
PLACES = np.array([[0.4, -0.3], [-0.2, 0.5]])


def cloud(shape: str, n: int, weights: np.ndarray | None = None) -> Side:
    points = sample_shape(shape, n, np.random.default_rng(1)).astype(np.float64)
    return Side(cloud=PointCloud(points, weights=weights))


SIDES = {
    "blobs": (Side(shape="8gaussians"), Side(shape="two-piles-right")),
    "one blob": (Side(shape="gaussian"), cloud("moons", 700)),
    "clouds": (cloud("moons", 300), cloud("rings", 400, np.arange(1.0, 401.0))),
    "few points": (cloud("moons", 3), cloud("rings", 4)),
}


def field_of(sides: tuple[Side, Side], path: Path = STRAIGHT, sigma: float = 0.0) -> MarginalField:
    return MarginalField(*sides, path, sigma, np.random.default_rng(0))


@pytest.mark.parametrize("sides", SIDES.values(), ids=SIDES)
@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_the_mean_of_what_the_points_ask_for_is_the_exact_velocity(sides: tuple[Side, Side], path: Path) -> None:
    field = field_of(sides, path, 0.1)
    for t in TIMES:
        for x in PLACES:
            found = field.pulls(x, t)
            for acting in (found.source, found.target):
                assert acting.weights.sum() == pytest.approx(1)
                assert acting.weights.min() >= 0
                assert len(acting.places) == len(acting.weights)
            assert found.velocity == pytest.approx(found.target.weights @ found.conditional)
            if found.is_reached:
                # A convolution errs by some thousandths of the fastest.
                assert found.velocity == pytest.approx(field.velocity(x[None], t)[0], abs=0.03, rel=0.01)
                if sides is SIDES["blobs"] or sides is SIDES["few points"]:
                    assert found.velocity == pytest.approx(field.velocity(x[None], t)[0], rel=1e-9, abs=1e-9)


def test_of_two_clouds_it_is_the_sum_over_all_pairs() -> None:
    sides = SIDES["clouds"]
    field = field_of(sides)
    a, b = (side.cloud.xy for side in sides)
    masses = sides[1].cloud.weights.astype(np.float64)
    weights = np.outer(np.full(len(a), 1 / len(a)), masses / masses.sum()).ravel()
    pairs = np.repeat(a, len(b), axis=0), np.tile(b, (len(a), 1))
    for t in (0.1, 0.6):
        whole = paired_velocity(PLACES, t, *pairs, STRAIGHT, *field.smoothing, weights=weights)
        assert np.stack([field.pulls(x, t).velocity for x in PLACES]) == pytest.approx(whole, rel=1e-6)
        # One of the two sides as pairs with each point of the other.
        one = field.pulls(PLACES[0], t)
        strongest = int(one.target.weights.argmax())
        alone = paired_velocity(PLACES[:1], t, a, np.tile(b[strongest], (len(a), 1)), STRAIGHT, *field.smoothing)
        assert one.conditional[strongest] == pytest.approx(alone[0], rel=1e-6)
        assert one.target.places[strongest] == pytest.approx(b[strongest])


def test_between_points_it_is_the_nearest_pair_that_acts() -> None:
    source, target = Side(cloud=PointCloud([[0.0, 0.0], [0.0, 4.0]])), Side(cloud=PointCloud([[4.0, 0.0], [4.0, 9.0]]))
    found = field_of((source, target), sigma=0.05).pulls((2.0, 0.0), 0.5)
    assert found.target.weights == pytest.approx([1, 0], abs=1e-6)
    assert found.source.weights == pytest.approx([1, 0], abs=1e-6)
    assert found.velocity == pytest.approx([4, 0], abs=1e-3)


def test_in_a_blob_a_point_acts_from_where_it_is_expected() -> None:
    field = field_of((Side(shape="gaussian"), Side(cloud=PointCloud([[3.0, 0.0], [3.0, 0.0], [-3.0, 0.0]]))))
    found = field.pulls((2.0, 0.7), 0.9)
    # All comes from x0 = (x - t x1) / (1 - t), where one target point alone pulls.
    assert found.source.places[0] == pytest.approx((np.array([2.0, 0.7]) - 0.9 * np.array([3.0, 0.0])) / 0.1, rel=1e-3)


def test_where_nothing_comes_it_says_so() -> None:
    field = field_of(SIDES["blobs"])
    assert field.pulls((4.0, 0.0), 0.0).is_reached
    assert not field.pulls((40.0, 0.0), 0.0).is_reached


def probed(place: tuple[float, float] = (1.0, 2.0), reached: tuple[bool, ...] = (True, True, True)) -> Probed:
    rng, t = np.random.default_rng(0), np.array([0.0, 0.5, 1.0])
    weights = rng.uniform(size=(3, 50))
    course = ActingPoints(rng.normal(size=(3, 50, 2)), weights / weights.sum(axis=1, keepdims=True))
    exact = Exact(rng.normal(size=(3, 2)), np.array(reached), course, course, rng.normal(size=(3, 50, 2)))
    return Probed(place, t, rng.normal(size=(3, 2)), exact)


def test_a_picture_has_the_strongest_points_and_is_linear_between_times() -> None:
    known = probed()
    assert known.exact is not None
    for k, t in enumerate(known.t.tolist()):
        probe = probe_at((1.0, 2.0), t, known, np.zeros(2), 0.5)
        assert probe.velocity == pytest.approx(known.velocity[k])
        assert probe.exact == pytest.approx(known.exact.velocity[k])
        assert probe.target.weights == pytest.approx(np.sort(known.exact.target.weights[k])[::-1][:MOST_PULLS])
    between = probe_at((1.0, 2.0), 0.25, known, np.zeros(2), 0.5)
    assert between.velocity == pytest.approx(known.velocity[:2].mean(axis=0))
    assert between.is_of_place


def test_numbers_are_never_those_of_another_place() -> None:
    probe = probe_at((1.5, 2.0), 0.5, probed(), np.array([7.0, 8.0]), 0.5)
    assert probe.velocity.tolist() == [7.0, 8.0]
    assert not probe.is_of_place
    assert len(probe.target.weights) == MOST_PULLS, "what is drawn of the last place stands in"


def test_where_nothing_comes_nothing_acts() -> None:
    probe = probe_at((1.0, 2.0), 0.6, probed(reached=(True, False, True)), np.zeros(2), 0.0)
    assert (probe.exact, probe.unknown) == (None, "nothing comes here")
    assert isinstance(probe.target, Acting)
    assert len(probe.target.weights) == len(probe.source.weights) == 0


def test_the_density_is_that_of_all_pairs_together() -> None:
    """Of one Gaussian on either side it is a Gaussian."""
    found = field_of((Side(shape="gaussian"), Side(cloud=PointCloud([[3.0, 0.0]] * 2)))).pulls((2.0, 0.7), 0.6)
    away = (2.0 - 0.6 * 3.0) ** 2 + 0.7**2
    assert found.log_density == pytest.approx(-away / (2 * 0.4**2) - np.log(2 * np.pi * 0.4**2))


def test_what_acts_at_another_time_does_not_stand_in() -> None:
    known = replace(probed(), t=np.array([0.3, 0.32, 0.34]))
    assert len(probe_at((1.0, 2.0), 0.36, known, np.zeros(2), 0.5).target.weights) == MOST_PULLS
    far = probe_at((1.0, 2.0), 0.9, known, np.zeros(2), 0.5)
    assert (far.exact, far.unknown, far.is_of_place, len(far.target.weights)) == (None, "", False, 0)
