"""Maps on both sides of 0, contours and marginals: signs, places, words; what compares panes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pictures import DARK, EXTENT, array, bare, only, snapshot, view
from sights import SIGHTS, ciede2000, lab, linear

from fmviz.canvas.canvas import FlowCanvas
from fmviz.canvas.colours import diverging_pixels, rgb
from fmviz.canvas.fields import interpolation_matrix, resampled
from fmviz.canvas.geometry import mapping_of
from fmviz.canvas.layer import look_of
from fmviz.canvas.layers import LAYER_TYPES
from fmviz.canvas.legend import ColourBar
from fmviz.core.export_spec import Decor
from fmviz.core.frames import UNLEARNED, Frame, Grid, compared, frame_at
from fmviz.core.known import known_near
from fmviz.core.lanes import LaneMark
from fmviz.core.limits import Limits
from fmviz.core.many import Marginals
from fmviz.core.style import Style
from fmviz.core.theme import Theme, load_theme

SIZE = 400


def panes(frames: list[Frame], style: Style, limits: Limits, theme: Theme = DARK) -> list[np.ndarray]:
    """Return the pixels of each pane (H, W, 3)."""
    shown = FlowCanvas(theme)
    shown.resize(SIZE * len(frames), SIZE)
    shown.set_panes(len(frames))
    shown.set_style(style)
    shown.set_limits(limits)
    shown.set_fit(EXTENT.box)
    shown.set_decor(Decor(has_text=False))
    shown.show_frames(frames)
    pixels = array(shown.to_image(SIZE * len(frames), SIZE)).astype(int)
    boxes = [shown.pane_rect(k).toRect() for k in range(len(frames))]
    return [pixels[box.top():box.bottom() + 1, box.left():box.right() + 1] for box in boxes]


def words(layer: str, frame: Frame, x: float, y: float, style: Style | None = None) -> str:
    picture = look_of(DARK, "theme").picture(frame, style or bare(layer), Limits(), mapping_of(EXTENT.box, SIZE, SIZE))
    return LAYER_TYPES[layer].value_at(picture, x, y)


def saddle() -> Frame:
    """A divergence that is negative on the left, positive on the right and 0 in between."""
    gx, _ = np.meshgrid(*EXTENT.axes(41))
    values = np.tile(((gx - EXTENT.cx) / EXTENT.half).astype(np.float32), (2, 1, 1))
    return only(t=0.5, grids={"divergence": Grid(EXTENT, np.float32([0, 1]), values)})


@pytest.mark.parametrize("name", ["dark", "light"])
def test_a_diverging_map_shows_the_pane_at_0_and_a_colour_for_each_sign(name: str) -> None:
    theme = load_theme(name)
    picture, = panes([saddle()], bare("divergence"), Limits(own=(("divergence", 1.0),)), theme)
    middle = len(picture) // 2
    assert np.abs(picture[middle, middle] - rgb(theme.pane)).max() <= 12
    less, more = picture[middle, 12], picture[middle, -13]
    assert less[0] > less[2], "what compresses is warm"
    assert more[2] > more[0], "what expands is cold"
    empty = only(t=0.5, grids={"divergence": Grid(EXTENT, np.float32([0, 1]), np.zeros((2, 9, 9), np.float32))})
    still, plain = (panes([frame], bare("divergence"), Limits(), theme)[0] for frame in (empty, only(t=0.5)))
    assert np.array_equal(still, plain)


def test_the_words_go_with_the_sign() -> None:
    assert words("divergence", saddle(), EXTENT.cx + 3, 0.0) == "divergence +0.5: expands"
    assert words("divergence", saddle(), EXTENT.cx - 3, 0.0) == "divergence \N{MINUS SIGN}0.5: compresses"
    assert words("divergence", only(t=0.5), 0.0, 0.0) == ""


@pytest.mark.parametrize("name", ["dark", "light"])
@pytest.mark.parametrize("sight", SIGHTS)
def test_less_and_more_are_told_apart_by_everyone(name: str, sight: str) -> None:
    theme = load_theme(name)
    less_end, less, more, more_end = (lab(SIGHTS[sight] @ linear(ink)) for ink in theme.diverging)
    for one, other in ((less_end, more_end), (less, more)):
        assert ciede2000(one, other) >= 15


@pytest.mark.parametrize("name", ["dark", "light"])
def test_further_from_0_is_further_from_the_pane(name: str) -> None:
    theme = load_theme(name)
    pixels, ground = diverging_pixels(theme, 201), rgb(theme.pane).astype(float)
    parts = np.stack([pixels >> shift & 255 for shift in (16, 8, 0, 24)], axis=1).astype(float)
    seen = parts[:, :3] + ground * (1 - parts[:, 3:] / 255)
    away = np.abs(np.array([lab(linear(colour)) for colour in seen])[:, 0] - lab(linear(ground))[0])
    assert (np.diff(away[100:]) >= -0.5).all()
    assert (np.diff(away[100::-1]) >= -0.5).all()
    assert pixels[100] == 0


def test_a_signed_scale_has_0_in_its_middle() -> None:
    bar = ColourBar("", "", 4.0, np.zeros(256, np.uint32), 0.5, is_signed=True)
    assert [bar.place(value) for value in (-4.0, -1.0, 0.0, 1.0, 4.0)] == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_where_no_particle_is_near_the_pane_is_seen() -> None:
    divergence = Grid(EXTENT, np.float32([0, 1]), np.ones((2, 9, 9), np.float32))
    x = np.array([[EXTENT.cx - 3.0, EXTENT.cy]])
    picture, = panes([only(t=0.5, x=x, grids={"divergence": divergence}, known=known_near(x, EXTENT))],
                     bare("divergence"), Limits())
    frame = only(t=0.5, x=x, grids={"divergence": divergence}, known=known_near(x, EXTENT))
    assert words("divergence", frame, EXTENT.cx - 3, EXTENT.cy) == "divergence +1: expands"
    assert words("divergence", frame, EXTENT.cx + 3, EXTENT.cy).endswith(", where nothing was learned")
    exact = replace(frame, step=UNLEARNED)
    assert words("divergence", exact, EXTENT.cx + 3, EXTENT.cy).endswith(", where no particle comes")
    assert frame_at(replace(snapshot(), step=UNLEARNED, is_final=True), 0.5, view("story")).step == UNLEARNED
    row, unit = len(picture) // 2, len(picture) / (2 * EXTENT.half)
    near, far = (picture[row, int(len(picture) / 2 + x * unit)] for x in (-3.0, 3.0))
    assert np.array_equal(far, rgb(DARK.pane))
    assert np.abs(near - rgb(DARK.pane)).max() > 100


def bump(x: float, height: float = 1.0, lane: int = 0, **values: object) -> Frame:
    gx, gy = np.meshgrid(np.linspace(EXTENT.left, EXTENT.right, 64), np.linspace(EXTENT.bottom, EXTENT.top, 64))
    density = height * np.exp(-0.5 * ((gx - EXTENT.cx - x) ** 2 + (gy - EXTENT.cy) ** 2))
    return only(t=0.5, density=density, mark=LaneMark(lane, "", lane), **values)


def test_a_pane_minus_the_first_one_is_drawn_beside_it() -> None:
    style = bare("density", "density_difference")
    first, second = panes(compared([bump(-2.0), bump(2.0, lane=1)], style), style,
                          Limits(own=(("density_difference", 1.0),)))
    alone, _ = panes([bump(-2.0), bump(-2.0, lane=1)], bare("density"), Limits())
    assert np.array_equal(first, alone), "the first pane shows its own density"
    row, unit = len(second) // 2, len(second) / (2 * EXTENT.half)
    less, more = (second[row, int(second.shape[1] / 2 + x * unit)] for x in (-2.0, 2.0))
    assert less[0] > less[2] + 60
    assert more[2] > more[0] + 30


def test_panes_that_are_the_same_differ_in_nothing() -> None:
    for layer, values in (("density_difference", {}), ("speed_difference", {"u": np.ones((9, 9, 2), np.float32)})):
        style = bare(layer)
        frames = compared([bump(1.0, lane=k, **values) for k in (0, 1)], style)
        for pane, empty in zip(panes(frames, style, Limits()), panes([only(t=0.5)] * 2, bare(), Limits()), strict=True):
            assert np.array_equal(pane, empty)


def test_differences_have_words_and_need_two_panes() -> None:
    style = bare("density_difference", "speed_difference")
    fast, slow = np.full((9, 9, 2), 3.0, np.float32), np.full((9, 9, 2), 0.0, np.float32)
    first, second = compared([bump(0.0, 0.25, u=slow), bump(0.0, 1.0, lane=1, u=fast)], style)
    assert words("density_difference", second, EXTENT.cx, EXTENT.cy, style).startswith("density minus A's +0.7")
    assert words("speed_difference", second, 0.0, 0.0, style) == "speed minus A's +4.24"
    assert {words(layer, first, 0.0, 0.0, style) for layer in style.layers} == {""}
    picture = look_of(DARK, "theme").picture(second, style, Limits(), mapping_of(EXTENT.box, SIZE, SIZE))
    bars = [bar for name in style.layers for bar in LAYER_TYPES[name].legend(picture).bars]
    assert all(bar.is_signed and "than A" in bar.label for bar in bars)
    assert len(bars) == 2


def test_contours_lie_where_their_level_is() -> None:
    frame = bump(0.0)
    plain, = panes([frame], bare("density"), Limits())
    lined, = panes([replace(frame, levels=(float(np.exp(-0.5)),))], bare("density"), Limits())
    change = np.abs(lined - plain).sum(axis=2)
    rows, columns = np.nonzero(change > 0.5 * change.max())
    unit = len(plain) / (2 * EXTENT.half)
    distance = np.hypot(columns + 0.5 - plain.shape[1] / 2, rows + 0.5 - len(plain) / 2) / unit
    assert distance == pytest.approx(np.ones(len(distance)), abs=0.15)
    assert len(distance) > 60


def test_what_lies_within_contours_has_words() -> None:
    frame = replace(bump(0.0), levels=(0.8, 0.5, 0.1))
    said = [words("density", frame, EXTENT.cx + x, EXTENT.cy) for x in (0.0, 1.0, 2.0, 4.0)]
    assert [line.partition(", ")[2] for line in said] == [
        "in the densest 30 %", "in the densest 60 %", "in the densest 90 %", ""]


def test_marginals_are_told_at_their_edges() -> None:
    low, high = (EXTENT.left, EXTENT.bottom), (EXTENT.right, EXTENT.top)
    marginals = Marginals(low, high, np.tile([[0.25], [0.5]], 10), np.tile([[0.1], [0.2]], 10), 1.0)
    frame = only(t=0.5, marginals=marginals)
    assert words("marginals", frame, EXTENT.cx, EXTENT.bottom + 0.1) == "density of x 0.25, the target's 0.1"
    assert words("marginals", frame, EXTENT.left + 0.1, EXTENT.cy) == "density of y 0.5, the target's 0.2"
    assert words("marginals", frame, EXTENT.cx, EXTENT.cy) == ""


def test_the_curve_of_x_stands_on_the_lower_edge_over_its_places() -> None:
    curve = np.zeros((2, 120))
    curve[0, 90:93] = 1.0  # three quarters of the way to the right
    low, high = (EXTENT.left, EXTENT.bottom), (EXTENT.right, EXTENT.top)
    frame = only(t=0.5, marginals=Marginals(low, high, curve, np.zeros((2, 120)), 1.0))
    picture, = panes([frame], bare("marginals"), Limits())
    empty, = panes([only(t=0.5)], bare(), Limits())
    lit = np.abs(picture - empty).sum(axis=2) > 60
    side = len(picture)
    top = int(np.flatnonzero(lit[:, 20:].any(axis=1)).min())
    assert top == pytest.approx(side - 2 - 0.13 * side, abs=2)
    assert 20 + np.flatnonzero(lit[top + 2, 20:]).mean() == pytest.approx(91.5 / 120 * side, abs=4)


def test_banded_products_are_the_products() -> None:
    values = np.random.default_rng(0).normal(size=(50, 70)).astype(np.float32)
    rows, columns = interpolation_matrix(50, 333, True, 0.1, 0.8), interpolation_matrix(70, 90, False, -0.2, 1.3)
    assert resampled(values, rows, columns) == pytest.approx(rows @ values @ columns.T, abs=1e-4)
