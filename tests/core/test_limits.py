"""Colour limits hold for every t and lane, whatever the field is where nothing goes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from snapshots import with_field

from fmviz.core.carried import positions_at
from fmviz.core.cloud import Classes
from fmviz.core.export_spec import ExportSpec
from fmviz.core.extent import bilinear
from fmviz.core.film import film_of
from fmviz.core.frames import Grid, compared, frame_at
from fmviz.core.layers import LAYERS
from fmviz.core.limits import Limits, limits_of, particle_speeds
from fmviz.core.style import Style

EVERYTHING = Style(layers=tuple(LAYERS), particles=400, paths=400)
FIELD = Style(layers=("arrows",))


@pytest.mark.parametrize(("source", "target"), [("8gaussians", "moons"), ("gaussian", "checkerboard"),
                                                ("square", "heart"), ("gaussian", "gaussian")])
def test_limits_hold_for_every_time_and_lane(make_snapshot, source: str, target: str) -> None:
    lanes = [make_snapshot(source, target, lane=lane, seed=lane) for lane in (0, 1)]
    limits = limits_of([*lanes, None], EVERYTHING)
    speeds = []
    for t in np.random.default_rng(0).uniform(0, 1, 60):
        for lane in lanes:
            frame = frame_at(lane, t, EVERYTHING)
            assert frame.density.max() <= 1.1 * limits.density
            places = (positions_at(lane, np.array([t]))[0] - (lane.extent.left, lane.extent.bottom)) / (
                2 * lane.extent.half)
            speeds.append(np.hypot(*bilinear(frame.u, places).T))
    assert (np.stack(speeds) <= limits.speed).mean(axis=1).min() > 0.95
    assert np.max(speeds) < 2 * limits.speed


def test_a_moment_as_a_point_does_not_darken_the_rest(make_snapshot) -> None:
    snapshot = make_snapshot("point", "8gaussians")
    limits = limits_of([snapshot], EVERYTHING)
    later = max(frame_at(snapshot, t, EVERYTHING).density.max() for t in (0.5, 0.75, 1.0))
    assert 0.1 * limits.density < later


def test_what_is_fast_where_nothing_goes_does_not_count_but_is_told(make_snapshot) -> None:
    snapshot = make_snapshot(g=25)
    calm = with_field(snapshot, np.full_like(snapshot.velocity.values, 2.0))
    u = calm.velocity.values.copy()
    u[:, 0, 0] = u[:, -1] = 1e6  # a corner and an edge of the square, where no particle is
    fast = with_field(snapshot, u)
    assert np.abs(snapshot.x - (snapshot.extent.cx, snapshot.extent.cy)).max() < (1 - 2 / 24) * snapshot.extent.half
    assert limits_of([calm], FIELD) == Limits(speed=pytest.approx(8**0.5))
    assert limits_of([fast], FIELD) == Limits(speed=pytest.approx(8**0.5), clips_speed=True)
    assert limits_of([fast, with_field(calm, 3 * calm.velocity.values)], FIELD).clips_speed


def test_few_fast_particles_do_not_wash_out_the_others(make_snapshot) -> None:
    snapshot = make_snapshot()
    calm = with_field(snapshot, np.full_like(snapshot.velocity.values, 2.0))
    lone = calm.x.copy()
    lone[:, :5] = snapshot.extent.left, snapshot.extent.bottom
    u = calm.velocity.values.copy()
    u[:, :1, :1] = 1e6
    assert limits_of([replace(with_field(calm, u), x=lone)], FIELD).speed == pytest.approx(8**0.5)


def test_what_is_beyond_the_square_of_the_clouds_does_not_count(make_snapshot) -> None:
    snapshot = make_snapshot()
    n = snapshot.velocity.values.shape[1]
    wide = np.full((len(snapshot.velocity.values), 2 * n - 1, 2 * n - 1, 2), 1e3, dtype=np.float32)
    first = (n - 1) // 2
    wide[:, first:first + n, first:first + n] = snapshot.velocity.values
    wider = replace(snapshot, velocity=Grid(snapshot.extent.wide(), snapshot.t, wide))
    assert np.array_equal(wider.velocity.inside(wider.extent), snapshot.velocity.values)
    assert limits_of([wider], FIELD).speed == pytest.approx(limits_of([snapshot], FIELD).speed)


def test_particles_have_the_speeds_of_the_field_at_their_places(make_snapshot) -> None:
    snapshot = make_snapshot(k=9)
    x, y = np.meshgrid(*snapshot.extent.axes(15))
    turning = with_field(snapshot, np.stack([np.stack([-y, x], axis=-1)] * 9).astype(np.float32))
    t, speeds = particle_speeds(turning)
    assert t == pytest.approx(snapshot.t)
    assert speeds == pytest.approx(np.hypot(*np.moveaxis(snapshot.x, -1, 0)), abs=1e-4)


def test_limits_without_anything_learned_or_needed_are_one(make_snapshot) -> None:
    assert limits_of([None, None], EVERYTHING) == Limits()
    assert limits_of([], EVERYTHING) == Limits()
    assert limits_of([make_snapshot()], Style().with_view("pairs")) == Limits()


def test_the_limit_of_an_error_is_that_of_its_length(make_snapshot) -> None:
    snapshot = make_snapshot()
    values = np.broadcast_to(np.float32([3.0, -4.0]), (2, 9, 9, 2))
    grids = {"field_error": Grid(snapshot.extent, np.float32([0, 1]), values)}
    assert limits_of([replace(snapshot, grids=grids)], Style(layers=("field_error",))).of("field_error") == (
        pytest.approx(5.0))


@pytest.mark.parametrize("layer", ["density_difference", "speed_difference"])
def test_differences_are_those_of_the_panes_beside_each_other(make_snapshot, layer: str) -> None:
    a, b, c = (make_snapshot(lane=lane, seed=lane) for lane in range(3))
    # The first lane is far from the others.
    a, style = replace(with_field(a, 3 * a.velocity.values), x=a.x + np.float32(1.0)), Style(layers=(layer,))
    flows = (a, b, c)
    for lanes in ((1, 2), (2, 1)):
        expected = limits_of([flows[lane] for lane in lanes], style).of(layer)
        assert limits_of(flows, style, lanes).of(layer) == expected < limits_of(flows, style).of(layer)
        assert film_of(flows, style, ExportSpec(lanes=lanes)).limits.of(layer) == expected
    assert limits_of((None, b, c), style, (0, 1, 2)).own == ()


def test_compared_densities_are_smoothed_alike(make_snapshot) -> None:
    few, many = make_snapshot(lane=0), make_snapshot(lane=1)
    # As when the many points of the one lane are there before the other's.
    few = replace(few, x=few.x[:, :60], classes=Classes())
    many = replace(many, x=np.tile(few.x, (1, 50, 1)))
    style = Style(layers=("density_difference",))
    first, other = compared([frame_at(one, 0.5, style, first=few) for one in (few, many)], style)
    assert other.density == pytest.approx(first.density, abs=1e-6 * first.density.max())
    assert limits_of([few, many], style).of("density_difference") < 1e-6 * first.density.max()
    assert frame_at(many, 0.5, Style(layers=("density",)), first=few).density.max() > 1.1 * first.density.max()
