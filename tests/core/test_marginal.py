"""The exact field of a random coupling: its closed forms, the sum over all pairs, and what the flow makes of points."""

from __future__ import annotations

import numpy as np
import pytest

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.conditional import conditional_velocity
from fmviz.core.convolution import Points, fast_length, merged
from fmviz.core.marginal import MarginalField, UnknownFieldError, paired_velocity
from fmviz.core.paths import PATHS, Path
from fmviz.core.shapes import SHAPES, sample_shape

STRAIGHT = PATHS["straight"]
ROWS = pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
WITH_MIXTURE = [name for name, shape in SHAPES.items() if shape.mixture is not None]


def field_of(source: Side, target: Side, path: Path = STRAIGHT, path_sigma: float = 0.0) -> MarginalField:
    return MarginalField(source, target, path, path_sigma, np.random.default_rng(0))


def cloud(shape: str, n: int, seed: int, scale: float = 1.0, shift: float = 0.0, jitter: float = 0.0) -> Side:
    points = sample_shape(shape, n, np.random.default_rng(seed)).astype(np.float64)
    return Side(cloud=PointCloud(scale * points + shift), jitter=jitter)


def places_of(source: Side, target: Side, field: MarginalField, path: Path, t: float, n: int) -> tuple[
        np.ndarray, np.ndarray]:
    """Return n smoothed places at time t and the velocities of their pairs."""
    rng = np.random.default_rng(5)
    x0, x1 = (side.sample(n, rng) + h * rng.normal(size=(n, 2)) for side, h in
              zip((source, target), field.smoothing, strict=True))
    return path.points(x0, x1, t, field.mean0), path.velocities(x0, x1, t, field.mean0)


@pytest.mark.parametrize("name", WITH_MIXTURE)
def test_a_shape_in_closed_form_is_what_is_sampled(name: str) -> None:
    mixture, points = SHAPES[name].mixture, sample_shape(name, 40_000, np.random.default_rng(0)).astype(np.float64)
    assert mixture is not None
    centres = np.asarray(mixture.centres)
    nearest = np.linalg.norm(points[:, None] - centres, axis=2).argmin(axis=1)
    share = np.bincount(nearest, minlength=len(centres)) / len(points)
    assert share == pytest.approx(np.full(len(centres), 1 / len(centres)), abs=0.015)
    assert (points - centres[nearest]).std() == pytest.approx(mixture.sigma, rel=0.02)
    assert len(np.unique(centres, axis=0)) == len(centres)


@ROWS
def test_between_two_gaussians_it_is_affine(path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(20, 2))
    field = field_of(Side(shape="gaussian"), Side(shape="gaussian", jitter=np.sqrt(3)), path)
    for t in (0.1, 0.5, 0.9):
        alpha, beta, d_alpha, d_beta = (float(of(t)) for of in (path.alpha, path.beta, path.d_alpha, path.d_beta))
        slope = (4 * d_alpha * alpha + d_beta * beta) / (4 * alpha**2 + beta**2)
        assert field.velocity(x, t) == pytest.approx(slope * x)
    assert field.smoothing == (0, 0)


@ROWS
def test_towards_one_point_it_is_the_conditional_velocity(path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(20, 2))
    z = np.array([3.0, -1.0])
    target = Side(cloud=PointCloud(np.stack([z, z])))
    for t in (0.0, 0.4, 0.95):
        expected = conditional_velocity(x, t, z, path, np.zeros(2))
        assert field_of(Side(shape="gaussian"), target, path).velocity(x, t) == pytest.approx(expected)


def test_towards_two_points_it_is_their_weighted_mean() -> None:
    """The weights are those of N(x; t z, (1 - t)^2), with the points' masses."""
    x, t = np.array([[0.3, 0.2], [-0.4, 1.0]]), 0.6
    z, masses = np.array([[2.0, 0.0], [-2.0, 1.0]]), np.array([0.25, 0.75])
    squared = ((x[:, None] - t * z) ** 2).sum(axis=2)
    weights = masses * np.exp(-squared / (2 * (1 - t) ** 2))
    mean = (weights / weights.sum(axis=1, keepdims=True)) @ z
    field = field_of(Side(shape="gaussian"), Side(cloud=PointCloud(z, masses)))
    assert field.velocity(x, t) == pytest.approx((mean - x) / (1 - t), rel=1e-5)
    assert field.smoothing == (0, 0)


@ROWS
@pytest.mark.parametrize("path_sigma", [0.0, 0.2])
def test_the_convolution_is_the_sum_over_all_pairs(path: Path, path_sigma: float) -> None:
    source, target = cloud("moons", 150, 0), cloud("8gaussians", 130, 1)
    field = field_of(source, target, path, path_sigma)
    h0, h1 = field.smoothing
    assert min(h0, h1) > 0
    a, b = np.repeat(source.cloud.xy, 130, axis=0), np.tile(target.cloud.xy, (150, 1))
    errors, sizes = [], []
    for t in (0.15, 0.5, 0.85):
        x, _ = places_of(source, target, field, path, t, 200)
        exact = paired_velocity(x, t, a, b, path, h0, h1, path_sigma, mean0=field.mean0)
        assert field.is_known(x, t).all()
        errors.append(np.linalg.norm(field.velocity(x, t) - exact))
        sizes.append(np.linalg.norm(exact))
    assert np.linalg.norm(errors) <= 2e-3 * np.linalg.norm(sizes)


def test_weights_of_clouds_count_in_the_convolution() -> None:
    rng = np.random.default_rng(0)
    source, xy, weights = cloud("moons", 150, 0), rng.normal(size=(60, 2)), rng.random(60)
    target = Side(cloud=PointCloud(xy, weights))
    field = field_of(source, target)
    a, b = np.repeat(source.cloud.xy, 60, axis=0), np.tile(xy, (150, 1))
    x, _ = places_of(source, target, field, STRAIGHT, 0.5, 200)
    exact = paired_velocity(x, 0.5, a, b, STRAIGHT, *field.smoothing, 0.0, np.tile(weights, 150), field.mean0)
    assert np.linalg.norm(field.velocity(x, 0.5) - exact) <= 2e-3 * np.linalg.norm(exact)


@pytest.mark.parametrize("shapes", [("moons", "8gaussians"), ("gaussian", "spirals"), ("gaussian", "8gaussians")])
@ROWS
def test_it_is_the_mean_velocity_at_each_place(path: Path, shapes: tuple[str, str]) -> None:
    """E (ut - u(xt)) f(xt) = 0 for whatever f: z-scores of some."""
    source, target = (Side(shape=shape) for shape in shapes)
    field = field_of(source, target, path)
    for t in (0.1, 0.5, 0.9):
        xt, ut = places_of(source, target, field, path, t, 40_000)
        rest = ut - field.velocity(xt, t)
        for weight in (np.ones(len(xt)), xt[:, 0], xt[:, 1], np.sin(2 * xt[:, 0]), np.cos(3 * xt[:, 1])):
            values = rest * weight[:, None]
            assert (np.abs(values.mean(axis=0)) / (values.std(axis=0) / 200)).max() < 5


@pytest.mark.parametrize(("scale", "shift"), [(1e-6, 0.0), (1e5, 3e9), (1e-3, -50.0)])
def test_any_size_and_place_of_the_clouds_has_the_same_field(scale: float, shift: float) -> None:
    x = np.random.default_rng(0).normal(size=(50, 2))
    usual = field_of(cloud("moons", 200, 0), cloud("rings", 200, 1))
    other = field_of(cloud("moons", 200, 0, scale, shift), cloud("rings", 200, 1, scale, shift))
    for t in (0.2, 0.8):
        assert other.velocity(scale * x + shift, t) / scale == pytest.approx(usual.velocity(x, t), rel=2e-3, abs=2e-3)


def test_atoms_are_smoothed_and_what_has_a_density_is_not() -> None:
    few = Side(cloud=PointCloud(np.array([[0.0, 0], [3, 0], [0, 3]])))
    assert min(field_of(few, few).smoothing) > 0
    assert field_of(few, few, path_sigma=0.1).smoothing == (0, 0)
    assert field_of(Side(shape="gaussian"), few).smoothing == (0, 0)
    many = cloud("moons", 2_000, 0)
    assert field_of(Side(shape="gaussian"), many).smoothing[0] == 0
    assert field_of(Side(shape="gaussian"), many).smoothing[1] > 0
    assert field_of(many, cloud("rings", 900, 0, jitter=0.3)).smoothing[1] == 0


def test_it_is_known_among_the_points_and_finite_everywhere() -> None:
    field = field_of(cloud("moons", 300, 0), cloud("8gaussians", 300, 1))
    for t in (0.0, 0.5, 1.0):
        assert not field.is_known([[60.0, 0.0], [0.0, -60.0], [1e30, -1e300]], t).any()
        assert np.isfinite(field.velocity([[60.0, 0.0], [1e9, -1e9], [0, 0]], t)).all()


@ROWS
def test_the_ends_of_time_have_a_field(path: Path) -> None:
    """Towards points, and from one point, the field has no bounds there: it is that just before."""
    for source, target in (("gaussian", "point"), ("point", "8gaussians"), ("point", "moons")):
        field = field_of(Side(shape=source), Side(shape=target), path)
        for t in (0.0, 1.0):
            assert np.isfinite(field.velocity([[0.1, 0.2], [2.0, 1.0]], t)).all()


def test_one_place_to_another_has_no_field_and_says_so() -> None:
    with pytest.raises(UnknownFieldError, match="in one place"):
        field_of(Side(shape="point"), Side(cloud=PointCloud(np.ones((2, 2)))))


def test_an_outlier_changes_nothing_for_the_others() -> None:
    usual = cloud("moons", 300, 0)
    with_one = Side(cloud=PointCloud(np.vstack([usual.cloud.xy, [[1e4, 0]]])))
    x = np.random.default_rng(0).normal(size=(50, 2))
    target = cloud("rings", 200, 1)
    assert field_of(with_one, target).velocity(x, 0.5) == pytest.approx(field_of(usual, target).velocity(x, 0.5))


def test_merged_points_have_the_same_mass_mean_and_variance() -> None:
    places = np.random.default_rng(0).normal(size=(5_000, 2))
    points = Points(places, np.full(5_000, 1 / 5_000))
    few = merged(points, 0.5)
    assert len(few.masses) < 400
    assert few.masses.sum() == pytest.approx(1)
    assert few.masses @ few.places == pytest.approx(places.mean(axis=0))
    centre = few.places - places.mean(axis=0)
    assert few.masses @ (centre**2).sum(axis=1) / 2 + few.spread == pytest.approx(places.var(axis=0).mean())


def test_lengths_of_transforms_have_small_factors() -> None:
    assert [fast_length(least) for least in (2, 7, 31, 97, 243, 487)] == [2, 8, 32, 100, 250, 500]
