"""What a frame shows at a time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fmviz.core.carried import positions_at, spline_weights
from fmviz.core.cloud import PointCloud, Side
from fmviz.core.density import best_bandwidth, kde
from fmviz.core.extent import Box, Extent
from fmviz.core.frames import Grid, bandwidth_at, compared, frame_at, many_together, still_frame
from fmviz.core.lanes import usual_mark
from fmviz.core.layers import LAYERS
from fmviz.core.limits import limits_at, limits_of
from fmviz.core.many import DENSITY_CELLS, packed
from fmviz.core.paths import PATHS
from fmviz.core.style import VIEWS, Style

EVERYTHING = Style(layers=tuple(LAYERS), particles=400, paths=400)


def test_stored_times_show_what_is_stored(make_snapshot) -> None:
    snapshot = make_snapshot()
    for k, t in enumerate(snapshot.t.tolist()):
        frame = frame_at(snapshot, t, EVERYTHING)
        assert np.array_equal(frame.x, snapshot.x[k, :400])
        assert np.array_equal(frame.u, snapshot.velocity.values[k])
        assert frame.t == t


def test_between_stored_times_nothing_jumps(make_snapshot) -> None:
    snapshot = make_snapshot()
    x = positions_at(snapshot, np.linspace(0, 1, 1000))
    fastest = np.abs(np.diff(snapshot.x, axis=0)).max() * (len(snapshot.t) - 1)
    assert np.abs(np.diff(x, axis=0)).max() <= 1.5 * fastest / 999
    u = np.stack([snapshot.velocity.at(t) for t in np.linspace(0, 1, 200)])
    assert np.abs(np.diff(u, axis=0)).max() <= np.abs(np.diff(snapshot.velocity.values, axis=0)).max()


def test_parabolas_are_followed_exactly_and_smooth_paths_to_third_order() -> None:
    stored = np.sort(np.concatenate([[0, 1], np.random.default_rng(0).uniform(0, 1, 15)])).astype(np.float32)
    times = np.linspace(float(stored[2]), float(stored[-3]), 200)
    used, weights = spline_weights(stored, times)
    assert weights @ (3 * stored[used] ** 2 - stored[used]) == pytest.approx(3 * times**2 - times, abs=1e-4)

    def error(k: int) -> float:
        t = np.linspace(0, 1, k)
        at = np.linspace(t[1], t[-2], 777)
        part, by = spline_weights(t, at)
        return float(np.abs(by.astype(np.float64) @ np.sin(6 * t[part]) - np.sin(6 * at)).max())

    assert error(9) / error(17) > 6


def test_spline_weights_sum_to_one_and_hold_the_ends() -> None:
    for k in (1, 2, 3, 20):
        stored = np.linspace(0, 1, k) if k > 1 else np.zeros(1)
        times = np.array([-0.5, 0.0, 0.3, 1.0, 1.5])
        used, weights = spline_weights(stored, times)
        assert weights.sum(axis=1) == pytest.approx(np.ones(5), abs=1e-6)
        assert (weights @ stored[used])[[0, 1, 3, 4]] == pytest.approx(stored[[0, 0, -1, -1]], abs=1e-6)


def test_a_trail_ends_at_its_particle_and_begins_a_trail_ago(make_snapshot) -> None:
    snapshot = make_snapshot()
    rng = np.random.default_rng(0)
    for t in [0.0, 1.0, *rng.uniform(0, 1, 30)]:
        style = replace(EVERYTHING, trail=float(rng.uniform(0.01, 1)))
        frame = frame_at(snapshot, t, style)
        assert np.array_equal(frame.trail[-1], frame.x)
        start = positions_at(snapshot, np.array([max(0.0, t - style.trail)]), 400)[0]
        assert frame.trail[0] == pytest.approx(start, abs=1e-4)
        assert np.array_equal(frame.origin, snapshot.x[0, :400])


def test_a_frame_holds_only_what_its_layers_need(make_snapshot) -> None:
    snapshot = make_snapshot()
    for view in VIEWS:
        style = Style().with_view(view)
        frame = frame_at(snapshot, 0.4, style)
        assert (frame.trail is not None) == ("trails" in style.layers)
        assert (frame.density is not None) == ("density" in style.layers)
        assert len(frame.levels) == (3 if "density" in style.layers else 0)
        assert frame.marginals is None
        assert (frame.u is not None) == bool({"arrows", "magnitude", "streamlines"} & set(style.layers))
        assert (frame.pairs is not None) == ("pairs" in style.layers)
        assert (frame.paths is not None) == ("paths" in style.layers)
        # Beside whole paths the step stands only where training is what is shown.
        steps = [frame_at(replace(snapshot, is_final=is_final), 0.4, style).step for is_final in (False, True)]
        assert (frame.mark, steps) == (usual_mark(0, "random"), [1000, None if "paths" in style.layers else 1000])
        assert frame.x is not None
    assert frame_at(snapshot, 0.4, replace(EVERYTHING, trail=0.0)).trail is None


def test_the_same_time_gives_the_same_frame(make_snapshot) -> None:
    snapshot = make_snapshot()
    first, second = (frame_at(snapshot, 0.317, EVERYTHING) for _ in range(2))
    for name in ("x", "trail", "u", "density"):
        assert np.array_equal(getattr(first, name), getattr(second, name))


def test_the_density_counts_all_particles_whatever_is_drawn(make_snapshot) -> None:
    snapshot = make_snapshot()
    few, all_of_them = (frame_at(snapshot, 0.5, replace(EVERYTHING, particles=n, paths=n)) for n in (3, 600))
    assert few.x.shape == (3, 2)
    assert few.density == pytest.approx(all_of_them.density, abs=1e-6)
    cell = 2 * snapshot.extent.half / DENSITY_CELLS
    assert few.density.sum() * cell**2 == pytest.approx(1, abs=0.02)


def test_particles_beyond_the_stored_ones_are_not_asked_for(make_snapshot) -> None:
    assert frame_at(make_snapshot(n=50), 0.5, Style(particles=200_000)).x.shape == (50, 2)


def test_lanes_and_training_steps_share_the_bandwidth(make_snapshot) -> None:
    first, second = make_snapshot(), make_snapshot()
    later = replace(second, x=second.x * 2, lane=1, step=5000)
    for t in (0.0, 0.5, 1.0):
        assert bandwidth_at(first, t) == bandwidth_at(later, t)
        assert bandwidth_at(first, t, 2.0) == pytest.approx(2 * bandwidth_at(first, t))


def test_the_bandwidth_suits_both_clouds_and_slides_between_them(make_snapshot) -> None:
    snapshot = make_snapshot("square", "8gaussians", n=600)
    h = np.array([bandwidth_at(snapshot, t) for t in np.linspace(0, 1, 101)])
    for end, cloud in ((h[0], snapshot.source), (h[-1], snapshot.target)):
        assert end == pytest.approx(best_bandwidth(cloud, snapshot.extent))
    assert np.abs(np.diff(np.log(h))).max() < 0.1
    assert h.max() <= 2 * h[[0, -1]].max()


def test_half_way_the_bandwidth_suits_the_spread_that_the_path_has_there(make_snapshot) -> None:
    snapshot = make_snapshot("gaussian", "gaussian", n=600)
    for key, path in PATHS.items():
        spread = np.hypot(path.alpha(0.5), path.beta(0.5))
        start, middle = (bandwidth_at(replace(snapshot, path=key), t) for t in (0.0, 0.5))
        assert middle / start == pytest.approx(spread, rel=0.1)


def test_a_finer_field_is_drawn_where_nothing_else_is_seen(make_snapshot) -> None:
    snapshot = make_snapshot()
    cx, cy, half = snapshot.extent.cx, snapshot.extent.cy, snapshot.extent.half
    part = Grid(Extent(cx, cy, 0.3 * half), np.float32([0, 1]), np.full((2, 5, 5, 2), 7, dtype=np.float32))
    near = replace(snapshot, detail=part)
    inside, beyond = (frame_at(near, 0.4, EVERYTHING, seen=Box(cx, cy, share * half, 0.1 * half))
                      for share in (0.2, 0.5))
    assert (inside.u == 7).all()
    assert inside.u_extent == part.extent
    plain = frame_at(snapshot, 0.4, EVERYTHING)
    assert np.array_equal(beyond.u, plain.u)
    assert beyond.u_extent == plain.u_extent
    assert limits_of([near], EVERYTHING) == limits_of([snapshot], EVERYTHING)


def test_a_cloud_of_one_place_can_be_shown(make_snapshot) -> None:
    side = Side(cloud=PointCloud(np.full((5, 2), 3.0)))
    snapshot = make_snapshot(side, side)
    frame = frame_at(replace(snapshot, x=np.full_like(snapshot.x, 3.0)), 0.5, EVERYTHING)
    assert np.isfinite(frame.density).all()
    limits = limits_of([snapshot], EVERYTHING)
    assert limits.density > 0
    assert limits.speed > 0


def test_a_still_frame_shows_the_clouds(make_snapshot) -> None:
    snapshot = make_snapshot()
    extent = Extent(0, 0, 7)
    mark = usual_mark(1, "ot")
    frame = still_frame(extent, snapshot.source, snapshot.target, mark, snapshot.pairs, Style().with_view("pairs"))
    assert frame.t is None
    assert frame.x is None
    assert frame.pairs is snapshot.pairs
    assert frame.mark == mark
    assert still_frame(extent, snapshot.source, snapshot.target, mark, snapshot.pairs, Style()).pairs is None


def test_an_outlier_does_not_smear_the_density(make_snapshot) -> None:
    snapshot = make_snapshot()
    slipped = replace(snapshot, source=np.concatenate([snapshot.source, [(9e4, 9e4)]]))
    assert bandwidth_at(slipped, 0.0) == pytest.approx(bandwidth_at(snapshot, 0.0), rel=0.05)


def test_panes_that_are_compared_have_their_many_points_together(make_snapshot) -> None:
    few, other = make_snapshot(n=600), make_snapshot(n=600)
    known = replace(few, many=packed(other.t, other.x, few.extent, 600, False))
    compares = Style(layers=("density", "density_difference"))
    assert [flow.many for flow in many_together([known, other], compares)] == [None, None]
    assert many_together([known, None, known], compares) == [known, None, known]
    assert many_together([known, other], Style(layers=("density",))) == [known, other], "where nothing is compared"


def test_a_density_is_of_the_many_points_as_soon_as_they_are_there(make_snapshot) -> None:
    few, many = make_snapshot(n=600), make_snapshot(n=20_000)
    known = replace(few, many=packed(many.t, many.x, few.extent, 20_000, False))
    style = Style().with_view("density")
    assert bandwidth_at(known, 0.3) == pytest.approx(bandwidth_at(few, 0.3) * (600 / 20_000) ** (1 / 6))
    truth, coarse, fine = (frame_at(one, 0.3, style) for one in (many, few, known))
    assert fine.density.shape == truth.density.shape
    assert np.abs(fine.density - truth.density).max() < 0.02 * truth.density.max()
    assert fine.x.shape == coarse.x.shape == (600, 2)


def test_contours_hold_their_shares_of_the_mass_at_any_camera(make_snapshot) -> None:
    snapshot, style = make_snapshot(), Style().with_view("density")
    whole = frame_at(snapshot, 0.5, style)
    for share, level in zip((0.3, 0.6, 0.9), whole.levels, strict=True):
        held = whole.density[whole.density >= level].sum() / whole.density.sum()
        assert held == pytest.approx(share, abs=0.02)
    near = frame_at(snapshot, 0.5, style, seen=Box(snapshot.extent.cx, snapshot.extent.cy, 1.0, 1.0))
    assert near.density_box != whole.density_box
    assert near.levels == pytest.approx(whole.levels)
    assert frame_at(snapshot, 0.5, replace(style, contours="none")).levels == ()


def test_each_time_may_have_a_scale_of_its_own(make_snapshot) -> None:
    lanes = [make_snapshot(lane=lane, seed=lane) for lane in (0, 1)]
    film, moment = (replace(Style().with_view("density"), density_scale=key) for key in ("film", "moment"))
    limits = limits_of(lanes, film)
    assert limits == limits_of(lanes, moment)
    for t in (0.0, 0.5):
        frames = [frame_at(lane, t, film) for lane in lanes]
        assert limits_at(limits, frames, film) == limits
        own = limits_at(limits, frames, moment)
        assert own.density == max(frame.density.max() for frame in frames)
        assert own.speed == limits.speed
    assert limits_at(limits, [], moment) == limits


def test_panes_are_compared_with_the_first_if_a_layer_asks_for_it(make_snapshot) -> None:
    lanes = [make_snapshot(lane=lane, seed=lane) for lane in (0, 1, 2)]
    for layer, names in (("density_difference", ("density_difference",)), ("speed_difference", ("speed_difference",)),
                         ("density", ())):
        style = Style(layers=(layer,))
        frames = compared([frame_at(lane, 0.5, style) for lane in lanes], style)
        assert [frame.base is not None for frame in frames] == [False, bool(names), bool(names)]
        assert all(frame.base is frames[0] for frame in frames[1:] if names)
        limits = limits_of(lanes, style)
        assert tuple(name for name, _ in limits.own) == names
        if layer == "density_difference":
            largest = 0.0
            for t in np.linspace(0, 1, 13).tolist():
                first, *others = (kde(positions_at(lane, np.array([t]))[0], lane.extent, DENSITY_CELLS,
                                      bandwidth_at(lanes[0], t)) for lane in lanes)
                largest = max(largest, *(np.abs(other - first).max() for other in others))
            assert 0.8 * largest < limits.of(layer) <= 1.0001 * largest, "one peak alone does not count"
        assert limits_of(lanes[:1], style).own == ()
