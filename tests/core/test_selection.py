"""Selecting, moving and resizing: exact laws on few points."""

from __future__ import annotations

import numpy as np
import pytest

from fmviz.core import editing
from fmviz.core.editing import Selection

RECT = (0.0, 0.0, 2.0, 4.0)


@pytest.fixture
def points() -> np.ndarray:
    return np.array([[1, 1], [2, 4], [0, 0], [-1, 2], [1, 5]], dtype=np.float32)


@pytest.fixture
def selection(points: np.ndarray) -> Selection:
    selection = editing.select(points, RECT)
    assert selection is not None
    return selection


def test_edges_belong_to_the_rectangle(selection: Selection) -> None:
    assert selection.chosen.tolist() == [True, True, True, False, False]


def test_an_empty_rectangle_selects_nothing(points: np.ndarray) -> None:
    assert editing.select(points, (10, 10, 11, 11)) is None
    assert editing.select_all(points[:0]) is None


def test_all_lie_in_the_rectangle_of_all(points: np.ndarray) -> None:
    everything = editing.select_all(points)
    assert everything is not None
    assert everything.chosen.all()
    assert everything.rect == (-1, 0, 2, 5)


def test_corners_come_in_any_order() -> None:
    assert editing.rect_between((2, 0), (0, 4)) == RECT == editing.rect_between((0, 4), (2, 0))


def test_moving_there_and_back_changes_nothing(points: np.ndarray, selection: Selection) -> None:
    moved, moved_selection = editing.move(points, selection, (3, -1))
    assert np.array_equal(moved[~selection.chosen], points[~selection.chosen])
    assert np.array_equal(moved[selection.chosen], points[selection.chosen] + np.float32([3, -1]))
    back, back_selection = editing.move(moved, moved_selection, (-3, 1))
    assert np.array_equal(back, points)
    assert back_selection.rect == RECT
    assert back.dtype == np.float32


@pytest.mark.parametrize("handle", [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)])
def test_the_opposite_side_stays(points: np.ndarray, selection: Selection, handle: tuple[int, int]) -> None:
    _, resized = editing.resize(points, selection, handle, (0.5, 0.5))
    wanted = list(RECT)
    for axis, side in enumerate(handle):
        if side:
            wanted[axis + (2 if side > 0 else 0)] += 0.5
    assert resized.rect == pytest.approx(wanted)


def test_points_keep_their_place_in_the_rectangle(points: np.ndarray, selection: Selection) -> None:
    resized, changed = editing.resize(points, selection, (1, 1), (2, -2))
    x0, y0, x1, y1 = changed.rect
    share = (points[selection.chosen] - RECT[:2]) / np.array([2, 4])
    assert resized[selection.chosen] == pytest.approx(np.array([x0, y0]) + share * np.array([x1 - x0, y1 - y0]))
    assert np.array_equal(resized[~selection.chosen], points[~selection.chosen])
    assert resized.dtype == np.float32


def test_pulling_past_the_other_side_mirrors(points: np.ndarray, selection: Selection) -> None:
    mirrored, changed = editing.resize(points, selection, (1, 0), (-4, 0))
    assert changed.rect == pytest.approx((-2, 0, 0, 4))
    assert mirrored[0].tolist() == pytest.approx([-1, 1])


def test_nothing_is_ever_squeezed_to_a_line(points: np.ndarray, selection: Selection) -> None:
    flat, _ = editing.resize(points, selection, (1, 0), (-2, 0))
    assert len(np.unique(flat[selection.chosen][:, 0])) == 3


def test_a_corner_can_keep_the_aspect(points: np.ndarray, selection: Selection) -> None:
    _, changed = editing.resize(points, selection, (1, 1), (2, 0), keeps_aspect=True)
    assert changed.rect == pytest.approx((0, 0, 4, 8))


def test_a_rectangle_without_width_can_be_pulled() -> None:
    points = np.array([[1, 0], [1, 4]], dtype=np.float32)
    everything = editing.select_all(points)
    assert everything is not None
    resized, _ = editing.resize(points, everything, (1, 1), (1, 4))
    assert np.isfinite(resized).all()
    assert resized[1].tolist() == [1, 8]


@pytest.mark.parametrize(("place", "handle"), [
    ((1, 2), (0, 0)), ((0, 2), (-1, 0)), ((2, 2), (1, 0)), ((1, 0), (0, -1)), ((1, 4), (0, 1)),
    ((2.1, 4.1), (1, 1)), ((-0.1, -0.1), (-1, -1)), ((2.5, 2), None), ((1, -1), None),
])
def test_what_a_press_takes_hold_of(place: tuple[float, float], handle: tuple[int, int] | None) -> None:
    assert editing.handle_at(RECT, place, 0.2) == handle


def test_a_small_rectangle_can_still_be_moved() -> None:
    assert editing.handle_at((0, 0, 0.1, 0.1), (0.05, 0.05), 1.0) == (0, 0)
