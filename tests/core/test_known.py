"""A field is known where p_t has mass: near particles, whatever their number, scale and place."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.spatial import cKDTree

from fmviz.core.extent import Extent
from fmviz.core.frames import frame_at
from fmviz.core.known import FADED, FULL, Known, known_near
from fmviz.core.style import Style

CLOUDS = Extent(0.0, 0.0, 6.7)
FIELD = Style().with_view("field")


def ring(n: int) -> np.ndarray:
    """Return n points of 8 Gaussians on a ring, (n, 2)."""
    rng = np.random.default_rng(n)
    angle = rng.integers(0, 8, n) * np.pi / 4
    return 4 * np.stack([np.cos(angle), np.sin(angle)], axis=1) + 0.4 * rng.normal(size=(n, 2))


def places(clouds: Extent = CLOUDS) -> np.ndarray:
    """Return 40,000 places all over a square and around it, (M, 2)."""
    return np.random.default_rng(1).uniform(-1.3, 1.3, (40_000, 2)) * clouds.half + (clouds.cx, clouds.cy)


@pytest.mark.parametrize("points", [
    ring(2000), 0.3 * ring(2000), np.random.default_rng(0).normal(0, 2, (2000, 2)),
    np.random.default_rng(0).uniform(-5, 5, (30, 2)), np.random.default_rng(0).uniform(-3, 3, (2000, 2)),
    np.zeros((1, 2)), np.zeros((2000, 2)),
], ids=["ring", "small ring", "Gaussian", "few", "square", "one", "one place"])
def test_near_particles_it_is_known_and_far_from_them_it_is_not(points: np.ndarray) -> None:
    distance = cKDTree(points).query(places())[0] / CLOUDS.half
    known = known_near(points, CLOUDS).at(places())
    assert known[distance < FULL].min() >= 0.9
    assert np.quantile(known[distance < FULL], 0.05) >= 0.97
    assert known[distance > FADED].max() <= 0.055
    assert known.min() >= 0
    assert known.max() <= 1


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_scale_and_place_make_no_difference(scale: float) -> None:
    there = Extent(3 * scale, -2 * scale, CLOUDS.half * scale)
    usual, other = known_near(ring(900), CLOUDS), known_near(ring(900) * scale + (there.cx, there.cy), there)
    assert other.at(places(there)) == pytest.approx(usual.at(places()), abs=1e-3)


def test_the_number_of_particles_makes_little_difference() -> None:
    few, many = (known_near(ring(n), CLOUDS).at(places()) for n in (1_000, 4_000))
    assert np.abs(few - many).mean() < 0.04


def test_nothing_jumps_while_a_particle_moves() -> None:
    seen = [known_near(np.array([[x, 0.1]]), CLOUDS).at(places()) for x in np.linspace(0, 0.5, 51)]
    assert max(np.abs(one - other).max() for one, other in pairwise(seen)) < 0.1


def test_beyond_what_is_looked_at_nothing_is_known() -> None:
    far = np.array([[1e6, 0.0], [0.0, -1e300], [13.5, 13.5]])
    assert not known_near(np.full((50, 2), 6.6), CLOUDS).at(far).any()
    assert not known_near(far, CLOUDS).values.any()


def test_a_frame_knows_it_where_layers_fade_and_the_whole_field_is_not_asked_for(make_snapshot) -> None:
    snapshot = make_snapshot()
    for view in ("field", "magnitude", "streamlines", "warp"):
        frame = frame_at(snapshot, 0.3, Style().with_view(view))
        assert isinstance(frame.known, Known)
        assert frame.known.at(frame.x).min() > 0.9
        assert frame_at(snapshot, 0.3, replace(Style().with_view(view), whole_field=True)).known is None
    assert frame_at(snapshot, 0.3, Style().with_view("density")).known is None


def test_how_many_particles_are_drawn_does_not_say_where_it_is_known(make_snapshot) -> None:
    snapshot = make_snapshot()
    one, all_of_them = (frame_at(snapshot, 0.3, replace(FIELD, particles=count)).known for count in (1, 2_000))
    assert one.values == pytest.approx(all_of_them.values, abs=1e-6)


def test_particles_may_leave_the_square_of_the_clouds_on_their_way() -> None:
    beyond = 1.4 * CLOUDS.half
    known = known_near(np.concatenate([ring(500), [(beyond, 0.0)]]), CLOUDS)
    assert known.at(np.array([[beyond, 0.0], [beyond, 3.0], [0.0, 0.0]])) == pytest.approx([1, 0, 0])
