"""What each layer promises: right places, right directions, scales that do not move with t."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from pictures import DARK, EXTENT, array, bare, frames, lanes, only
from PySide6.QtCore import QEvent, QPointF
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip
from sights import SIGHTS, ciede2000, contrast, lab, linear

from fmviz.canvas.canvas import FlowCanvas
from fmviz.canvas.colours import HUE_BINS, origin_bins, origin_table, speed_table
from fmviz.canvas.fields import interpolation_matrix
from fmviz.canvas.footer import _ALONE_TEXTS, round_ticks
from fmviz.canvas.layers import LAYER_TYPES
from fmviz.canvas.layers.arrows import arrow_outlines
from fmviz.canvas.layers.pairs import strong_pairs
from fmviz.core.conditional import Conditional
from fmviz.core.export_spec import Decor
from fmviz.core.frames import Frame, Pairs
from fmviz.core.known import known_near
from fmviz.core.layers import LAYERS
from fmviz.core.limits import Limits, limits_of
from fmviz.core.style import STRONG, Style
from fmviz.core.theme import Theme, load_theme
from fmviz.flow.semidiscrete import with_borders

SIZE = 600
UNIT = Limits()


def drawn(frame: Frame, style: Style, limits: Limits = UNIT, theme: Theme = DARK) -> np.ndarray:
    """Return the pane's pixels (S, S, 3) as int."""
    shown = FlowCanvas(theme)
    shown.resize(SIZE, SIZE)
    shown.set_style(style)
    shown.set_limits(limits)
    shown.show_frames([frame])
    shown.set_fit(EXTENT.box)
    shown.set_decor(Decor(has_text=False))  # so that the pane is a square
    box = shown.pane_rect().toRect()
    return array(shown.to_image(SIZE, SIZE))[box.top():box.bottom() + 1, box.left():box.right() + 1].astype(int)


def test_every_row_has_a_class_and_every_class_a_row() -> None:
    assert set(LAYER_TYPES) == set(LAYERS)


@pytest.mark.parametrize("layer", ["particles", "source", "target"])
def test_a_dot_is_where_its_point_is(layer: str) -> None:
    rng = np.random.default_rng(3)
    for _ in range(5):
        point = rng.uniform(-4, 4, 2) + np.array([EXTENT.cx, EXTENT.cy])
        xy = point[None].astype(np.float32)
        values = {"x": xy, "origin": xy} if layer == "particles" else {layer: xy}
        picture = drawn(replace(only(), **values), bare(layer))
        weight = np.abs(picture - drawn(only(), bare(layer))).sum(axis=2)
        rows, columns = np.indices(weight.shape)
        scale = len(weight) / (2 * EXTENT.half)
        x = EXTENT.left + ((columns + 0.5) * weight).sum() / weight.sum() / scale
        y = EXTENT.top - ((rows + 0.5) * weight).sum() / weight.sum() / scale
        # A quarter of a pixel is what the atlas of discs resolves.
        assert (x, y) == pytest.approx(tuple(point), abs=0.3 / scale)


def test_dots_move_by_parts_of_a_pixel() -> None:
    pictures = []
    for shift in (0.0, 0.3, 0.6):
        xy = np.array([[EXTENT.cx + shift * 2 * EXTENT.half / 500, EXTENT.cy]], dtype=np.float32)
        pictures.append(drawn(only(x=xy, origin=xy), bare("particles")))
    assert not np.array_equal(pictures[0], pictures[1])
    assert not np.array_equal(pictures[1], pictures[2])


def test_density_stands_upright() -> None:
    density = np.zeros((32, 32), dtype=np.float32)
    density[28, 24] = 1.0
    change = np.abs(drawn(only(density=density), bare("density")) - drawn(only(), bare("density"))).sum(axis=2)
    row, column = np.unravel_index(change.argmax(), change.shape)
    side = len(change)
    assert row / side == pytest.approx(1 - 28.5 / 32, abs=0.03)
    assert column / side == pytest.approx(24.5 / 32, abs=0.03)


def test_colours_of_density_and_speed_do_not_depend_on_the_rest_of_the_picture() -> None:
    side = 32
    for layer in ("density", "magnitude"):
        colours = []
        for peak in (0.5, 4.0):
            field = np.full((side, side), 0.5, dtype=np.float32)
            field[3, 3] = peak
            values = {"density": field} if layer == "density" else {"u": np.stack([field, 0 * field], axis=2)}
            picture = drawn(only(**values), bare(layer), Limits(density=1.0, speed=1.0))
            colours.append(picture[len(picture) // 2, len(picture) // 2])
        assert np.array_equal(colours[0], colours[1])


def test_no_density_lets_the_pane_through() -> None:
    empty = drawn(only(density=np.zeros((16, 16), dtype=np.float32)), bare("density"))
    assert np.array_equal(empty, drawn(only(), bare()))


@pytest.mark.parametrize("name", ["dark", "light"])
def test_fast_is_warm_and_stands_out_more_in_every_sight(name: str) -> None:
    theme = load_theme(name)
    table = speed_table(theme, 9)
    assert table[0, 2] > table[0, 0], "slow is bluer than red"
    assert table[-1, 0] > 2 * table[-1, 2], "fast is redder than blue"
    for sight, matrix in SIGHTS.items():
        lightness = np.array([lab(matrix @ linear(ink))[0] for ink in table])
        steps = np.diff(lightness) * (1 if name == "dark" else -1)
        assert steps.min() > 0.4 * steps.max() > 0, sight
    assert (np.diff(contrast(table, theme.pane)) > 0).all()


def test_a_still_place_is_dark_in_the_speed_map() -> None:
    gx, gy = np.meshgrid(*EXTENT.axes(9))
    u = np.stack([gx - EXTENT.cx, gy - EXTENT.cy], axis=2).astype(np.float32)
    picture = drawn(only(u=u), bare("magnitude"), Limits(speed=6.0))
    middle = picture[len(picture) // 2, len(picture) // 2].sum()
    edge = picture[len(picture) // 2, 20].sum()
    assert middle < edge


def test_what_is_under_the_mouse_is_what_is_known_of_the_place() -> None:
    gx, gy = np.meshgrid(*EXTENT.axes(9))
    cells = with_borders(np.array([[1.0, 2.0], [-3.0, 4.0]]), np.array([[-9.0, 0.0], [9.0, 0.0]]), np.zeros(2))
    pairs = Pairs(np.zeros((1, 2)), np.ones((1, 2)), 1.0, cells=cells)
    frame = only(u=np.stack([2 * gx, gy - gx], axis=2).astype(np.float32), pairs=pairs,
                 density=np.full((16, 16), 0.25, dtype=np.float32))
    shown, (x, y) = FlowCanvas(DARK), (1.5, 2.0)
    shown.resize(SIZE, SIZE)
    shown.show()
    shown.set_style(bare(*LAYERS))
    shown.show_frames([frame])
    shown.set_fit(EXTENT.box)
    shown.to_image(SIZE, SIZE)
    box = shown.pane_rect()
    pixel = box.topLeft() + QPointF(*map(float, shown._mapping.to_pixels(np.array([x, y]))))
    words = ["at (1.5, 2)", "speed 3.04, velocity (3, 0.5)", "density 0.25", "goes to (-3, 4)"]
    assert shown.words_at(pixel).split("\n") == words
    for place, told in (((1.6, 2.0), words[1]), ((-4.0, 2.0), f"{words[1]}, where nothing was learned")):
        shown.show_frames([replace(frame, known=known_near(np.array([place]), EXTENT))])
        shown.to_image(SIZE, SIZE)
        assert shown.words_at(pixel).split("\n")[1] == told
    shown.show_frames([frame])
    shown.to_image(SIZE, SIZE)
    assert shown.words_at(box.topLeft() - QPointF(1, 1)) == ""
    place = pixel.toPoint()
    for shown.tells_values in (False, True):
        QApplication.sendEvent(shown, QHelpEvent(QEvent.Type.ToolTip, place, shown.mapToGlobal(place)))
        assert QToolTip.text() == (shown.words_at(QPointF(place)) if shown.tells_values else "")


def test_interpolation_repeats_its_values_and_keeps_lines_straight() -> None:
    nodes = np.linspace(-1, 1, 9)
    for has_edges, n_out in ((True, 40), (False, 45)):
        matrix = interpolation_matrix(9, n_out, has_edges)
        assert matrix.sum(axis=1) == pytest.approx(np.ones(n_out), abs=1e-6)
        place = ((np.arange(n_out) + 0.5) / n_out * 2 - 1)
        values = nodes if has_edges else (np.arange(9) + 0.5) / 9 * 2 - 1
        inner = slice(n_out // 4, -n_out // 4)
        assert (matrix @ values)[inner] == pytest.approx(place[inner], abs=1e-6)


def test_arrows_point_along_the_field_and_keep_to_their_length() -> None:
    rng = np.random.default_rng(0)
    n, step = 200, 30.0
    x, y = rng.uniform(0, 500, (2, n))
    angle, speed = rng.uniform(0, 2 * np.pi, n), rng.uniform(0, 1, n)
    speed[:5] = 0.0
    dx, dy = speed * np.cos(angle), speed * np.sin(angle)
    outlines = arrow_outlines(np.stack([x, y], axis=1), np.stack([dx, dy], axis=1), 1.2 * step * speed, step)
    tips, tails = outlines[:, 3], (outlines[:, 0] + outlines[:, -1]) / 2
    along = tips - tails
    length = np.hypot(*along.T)
    assert length.max() <= 1.2 * step + 1e-6
    assert length.min() > 1.0
    moving = speed > 0.05
    assert np.arctan2(along[moving, 1], along[moving, 0]) % (2 * np.pi) == pytest.approx(angle[moving], abs=1e-3)
    assert (tips + tails) / 2 == pytest.approx(np.stack([x, y], axis=1), abs=1e-6)


def test_an_arrow_on_a_particle_is_exactly_v_dt_long() -> None:
    gx, gy = np.meshgrid(*EXTENT.axes(9))
    u = np.stack([3 + 0 * gx, gx - gy], axis=2).astype(np.float32)
    place = np.array([[EXTENT.cx - 1, EXTENT.cy + 2]])
    frame, style = only(u=u, x=place.astype(np.float32)), replace(bare("velocities"), arrow_dt=0.5)
    ink = np.abs(drawn(frame, style) - drawn(only(), bare())).sum(axis=2)
    rows, columns = np.nonzero(ink > 60)
    scale = SIZE / (2 * EXTENT.half)
    xy = np.stack([EXTENT.left + (columns + 0.5) / scale, EXTENT.top - (rows + 0.5) / scale], axis=1)
    v = np.array([3.0, place[0, 0] - place[0, 1]])
    along = (xy - place) @ v / np.hypot(*v)
    assert along.min() == pytest.approx(0, abs=2 / scale)
    assert along.max() == pytest.approx(0.5 * np.hypot(*v), abs=2 / scale)
    assert np.abs((xy - place) @ np.array([v[1], -v[0]]) / np.hypot(*v)).max() < 10 / scale


@pytest.mark.parametrize("across", [5, 12, 30])
def test_so_many_arrows_stand_across_a_pane(across: int) -> None:
    style = replace(bare("arrows"), arrows="equal", across=across)
    gx, gy = np.meshgrid(*EXTENT.axes(9))
    column = np.abs(drawn(only(u=np.stack([1 + 0 * gx, 0 * gy], axis=2)), style) - drawn(only(), bare()))
    ink = column.sum(axis=(1, 2)) > 0
    assert np.count_nonzero(np.diff(ink.astype(int), prepend=0) == 1) == across


def test_equal_arrows_ignore_the_speed() -> None:
    gx, gy = np.meshgrid(*EXTENT.axes(9))
    slow = np.stack([0 * gx + 0.05, 0 * gy], axis=2).astype(np.float32)
    equal = replace(bare("arrows"), arrows="equal")
    ground = drawn(only(), equal)
    ink = [np.count_nonzero((drawn(only(u=slow), style, Limits(speed=1.0)) != ground).any(axis=2))
           for style in (bare("arrows"), equal)]
    assert ink[1] > 5 * ink[0]


def test_arrows_are_seen_above_the_speed_map() -> None:
    gx, gy = np.meshgrid(*EXTENT.axes(9))
    u = np.stack([0 * gx + 0.7, 0 * gy], axis=2).astype(np.float32)
    for name in ("dark", "light"):
        theme = load_theme(name)
        above = drawn(only(u=u), bare("magnitude", "arrows"), Limits(speed=1.0), theme)
        below = drawn(only(u=u), bare("magnitude"), Limits(speed=1.0), theme)
        assert np.abs(above - below).max() > 90


def test_trails_fade_with_age() -> None:
    trail = np.stack([np.array([[x, 0.0]], dtype=np.float32) for x in np.linspace(-4, 4, 9)])
    frame = only(x=trail[-1], origin=trail[0], trail=trail)
    ink = np.abs(drawn(frame, bare("trails")) - drawn(only(), bare("trails"))).sum(axis=(0, 2))
    lit = np.flatnonzero(ink)
    assert lit.min() < 0.25 * len(ink)
    thirds = [part.mean() for part in np.array_split(ink[lit.min():lit.max()], 3)]
    assert thirds[0] < thirds[1] < thirds[2]


def test_the_direction_of_the_start_gives_the_colour() -> None:
    angle = np.arange(HUE_BINS) / HUE_BINS * 2 * np.pi
    for offset in (-0.45, 0.0, 0.45):
        turned = angle + offset * 2 * np.pi / HUE_BINS
        start = np.stack([3 + 2 * np.cos(turned), -1 + 2 * np.sin(turned)], axis=1)
        assert np.array_equal(origin_bins(start), np.arange(HUE_BINS))
    assert len(origin_bins(start[:0])) == 0


def test_a_gaussian_of_eight_on_a_ring_has_one_colour() -> None:
    angle = np.arange(8) * np.pi / 4
    middle = 4 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    points = middle[:, None] + 0.15 * np.random.default_rng(1).standard_normal((8, 200, 2))
    bins = origin_bins(points.reshape(-1, 2)).reshape(8, 200)
    commonest = [np.bincount(row, minlength=HUE_BINS) for row in bins]
    assert [int(counts.argmax()) for counts in commonest] == list(range(0, HUE_BINS, HUE_BINS // 8))
    assert min(counts.max() for counts in commonest) > 190


@pytest.mark.parametrize("name", ["dark", "light"])
def test_the_ring_has_the_colours_that_particles_have(name: str) -> None:
    theme, style = load_theme(name), bare("particles")
    shown = FlowCanvas(theme)
    shown.set_style(style)
    shown.show_frames(frames(style))
    picture = array(shown.to_image(900, 900)).astype(int)
    layout = shown.sheet.layout(900, 900)
    assert layout.footer is not None
    # The ring is the first of the row: its middle, and half way between its edges.
    radius = 0.42 * layout.small_px
    x, y = layout.footer[0] + radius, layout.footer[1] + round(0.5 * layout.text_px) / 2
    y += round(_ALONE_TEXTS * layout.small_px)
    angle = np.arange(8) * np.pi / 4
    start = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    wanted = origin_table(theme)[origin_bins(start)].astype(int)
    columns, rows = np.floor(x + 0.725 * radius * start[:, 0]), np.floor(y - 0.725 * radius * start[:, 1])
    there = picture[rows.astype(int), columns.astype(int)]
    assert np.abs(there - wanted).max() < 25


@pytest.mark.parametrize("name", ["dark", "light"])
@pytest.mark.parametrize(("sight", "apart"), [("usual", 12.0), ("deutan", 8.0), ("protan", 8.0)])
def test_origin_colours_are_seen_on_the_pane_and_differ(name: str, sight: str, apart: float) -> None:
    theme = load_theme(name)
    assert contrast(origin_table(theme), theme.pane).min() >= 3.0
    seen = [lab(SIGHTS[sight] @ linear(ink)) for ink in origin_table(theme, 8)]
    assert min(ciede2000(one, other) for one, other in combinations(seen, 2)) >= apart


def colourful(style: Style) -> int:
    """Return how many pixels of the particles have a strong colour."""
    picture = drawn(frames(style)[0], style)
    return int((picture.max(axis=2) - picture.min(axis=2) > 90).sum())


def test_plain_particles_have_no_colour() -> None:
    style = bare("particles", "trails")
    assert colourful(style) > 500
    assert colourful(replace(style, colour_by="plain")) == 0


def test_above_the_speed_map_particles_leave_colour_to_it() -> None:
    both = bare("magnitude", "particles")
    limits = Limits(speed=9.0)
    plain = replace(both, colour_by="plain")
    assert np.array_equal(drawn(frames(both)[0], both, limits), drawn(frames(plain)[0], plain, limits))


def test_pair_lines_join_their_points() -> None:
    pairs = Pairs(np.array([[-3.0, -3.0]], dtype=np.float32), np.array([[4.0, 2.0]], dtype=np.float32), 74.0)
    picture = drawn(only(pairs=pairs), bare("pairs"))
    change = np.abs(picture - drawn(only(), bare("pairs"))).sum(axis=2)
    scale = len(change) / (2 * EXTENT.half)
    for share in np.linspace(0, 1, 15):
        point = pairs.x0[0] * (1 - share) + pairs.x1[0] * share
        column, row = int((point[0] - EXTENT.left) * scale), int((EXTENT.top - point[1]) * scale)
        assert change[row - 1:row + 2, column - 1:column + 2].max() > 30


def test_the_path_to_one_point_is_circles_of_one_and_two_deviations_around_its_middle() -> None:
    start, end, middle = (np.array(place) for place in ((-3.0, -2.0), (3.0, 2.0), (-1.0, 1.0)))
    frame = replace(only(), conditional=Conditional(start, end, middle, 0.8))
    change = np.abs(drawn(frame, bare("conditional")) - drawn(only(), bare("conditional"))).sum(axis=2)
    scale = len(change) / (2 * EXTENT.half)

    def strongest(place: np.ndarray) -> int:
        column, row = int((place[0] - EXTENT.left) * scale), int((EXTENT.top - place[1]) * scale)
        return int(change[row - 1:row + 2, column - 1:column + 2].max())

    for angle in np.linspace(0.2, 6.2, 12):
        direction = np.array([np.cos(angle), np.sin(angle)])
        for radius, is_line in ((0.8, True), (1.6, True), (0.4, False), (1.2, False), (2.0, False)):
            place = middle + radius * direction
            way = np.abs(np.cross(np.append(end - start, 0), np.append(place - start, 0))[2]) / np.hypot(*(end - start))
            if is_line or way > 0.2:
                assert (strongest(place) > 100) == is_line
    assert min(strongest(middle), strongest((start + end) / 2)) > 100


@pytest.mark.parametrize("theme", [DARK, load_theme("light")], ids=lambda theme: theme.name)
def test_points_without_a_partner_are_crosses_in_the_colour_of_their_side(theme: Theme) -> None:
    one, other = (np.array([[x, 1.0]], dtype=np.float32) for x in (-3.0, 3.0))
    pairs = Pairs(one[:0], one[:0], 0.0, alone0=one, alone1=other)
    picture = drawn(only(pairs=pairs), bare("pairs"), theme=theme)
    change = np.abs(picture - drawn(only(), bare("pairs"), theme=theme)).sum(axis=2)
    scale = len(change) / (2 * EXTENT.half)
    for point, role in ((one[0], theme.source), (other[0], theme.target)):
        column, row = int((point[0] - EXTENT.left) * scale), int((EXTENT.top - point[1]) * scale)
        around = picture[row - 12:row + 13, column - 12:column + 13].reshape(-1, 3)
        assert change[row, column] > 100
        assert change[row - 9:row + 10, column].min() < 30  # it has arms, and nothing between them
        colour = np.array([int(role[place:place + 2], 16) for place in (1, 3, 5)])
        assert min(np.abs(around - colour).sum(axis=1).min(), np.abs(around - colour[::-1]).sum(axis=1).min()) < 60


@pytest.mark.parametrize("limit", [1e-4, 0.12, 0.9999, 1.0, 2.0, 3.7, 8.3, 9.99, 12.0, 47.0, 1e5])
def test_ticks_are_few_round_and_inside(limit: float) -> None:
    for most in (1, 2, 3, 4):
        ticks = round_ticks(limit, most)
        assert ticks[0] == 0.0
        assert 1 <= len(ticks) <= most + 1
        assert ticks[-1] <= limit * (1 + 1e-9)
        if most == 4:
            assert len(ticks) >= 3
            assert ticks[-1] >= 0.5 * limit
    assert round_ticks(0.0) == (0.0,)
    assert round_ticks(float("nan")) == (0.0,)


@pytest.mark.parametrize("layer", ["density", "magnitude"])
@pytest.mark.parametrize("power", [1e-18, 1e18])
def test_a_picture_is_the_same_in_any_unit(layer: str, power: float) -> None:
    style = bare(layer)
    frame, limits = frames(style)[0], limits_of(lanes()[:1], style)
    scaled = replace(frame, **{
        name: None if (values := getattr(frame, name)) is None else values * np.float32(power)
        for name in ("density", "u")
    }, levels=tuple(level * power for level in frame.levels))
    other = replace(limits, density=limits.density * power, speed=limits.speed * power)
    assert np.abs(drawn(scaled, style, other) - drawn(frame, style, limits)).max() <= 4


def test_one_dot_is_larger_than_one_of_many() -> None:
    style = Style(layers=("target",))

    def covered(count: int) -> int:
        dots = np.full((count, 2), 1e5, dtype=np.float32)
        empty = drawn(replace(frames(style)[0], target=dots), style)
        dots = dots.copy()
        dots[0] = EXTENT.cx, EXTENT.cy
        change = np.abs(drawn(replace(frames(style)[0], target=dots), style) - empty).sum(axis=2)
        return int((change > change.max() / 2).sum())

    assert covered(1) > 4 * covered(500) > 0


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_source_dots_are_rings_and_target_dots_discs(theme: str) -> None:
    known, place = load_theme(theme), np.array([[EXTENT.cx, EXTENT.cy]])
    for layer, is_filled in (("source", False), ("target", True)):
        picture = drawn(replace(only(t=0.5), **{layer: place}), bare(layer), theme=known)
        ink = (picture != picture[5, 5]).any(axis=2)
        middle = len(ink) // 2
        assert ink.sum() > 20
        assert ink[middle - 1:middle + 1, middle - 1:middle + 1].all() == is_filled


@pytest.mark.parametrize("count", [3, 40, 300])
def test_strong_pairs_are_the_longest_or_spread(count: int) -> None:
    rng = np.random.default_rng(0)
    pairs = Pairs(rng.normal(size=(count, 2)), rng.normal(size=(count, 2)), 1.0)
    length = np.linalg.norm(pairs.x1 - pairs.x0, axis=1)
    chosen = {key: strong_pairs(pairs, replace(bare("pairs"), strong=key, follow=5)) for key in STRONG}
    assert not chosen["none"].any()
    assert chosen["longest"].sum() == chosen["followed"].sum() == min(count, 5)
    assert length[chosen["longest"]].min() >= length[~chosen["longest"]].max(initial=0.0)
    pictures = [drawn(only(t=0.5, pairs=pairs), replace(bare("pairs"), strong=key, follow=5)) for key in STRONG]
    assert not any(np.array_equal(one, other) for one, other in combinations(pictures[:2 if count == 3 else 3], 2))
