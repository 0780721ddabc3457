"""Laws of contours: they lie on their level, close or end at the border, and keep what is higher to their left."""

from __future__ import annotations

import numpy as np
import pytest

from fmviz.core.contours import contour_lines, contour_pieces


def at(values: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return values between the nodes at points (P, 2) of column and row that lie on edges."""
    low = np.floor(points).astype(int)
    high = np.minimum(low + 1, np.array(values.shape)[::-1] - 1)
    share = points - low
    (x0, y0), (x1, y1), (fx, fy) = low.T, high.T, share.T
    return ((1 - fx) * (1 - fy) * values[y0, x0] + fx * (1 - fy) * values[y0, x1]
            + (1 - fx) * fy * values[y1, x0] + fx * fy * values[y1, x1])


def test_the_contour_of_a_cone_is_a_circle_against_the_clock() -> None:
    y, x = np.indices((81, 101)).astype(float)
    cone = 30 - np.hypot(x - 50, y - 40)
    line, = contour_lines(cone, 10.0)
    assert np.array_equal(line[0], line[-1])
    assert np.hypot(*(line - (50, 40)).T) == pytest.approx(np.full(len(line), 20.0), abs=0.02)
    turned = line[:-1, 0] * line[1:, 1] - line[1:, 0] * line[:-1, 1]
    assert turned.sum() / 2 == pytest.approx(np.pi * 400, rel=1e-2)


def test_a_slope_has_one_line_from_border_to_border() -> None:
    _, x = np.indices((9, 12)).astype(float)
    line, = contour_lines(x, 3.25)
    assert line[:, 0] == pytest.approx(np.full(9, 3.25))
    assert sorted(line[[0, -1], 1].tolist()) == [0, 8]


@pytest.mark.parametrize("seed", range(4))
def test_every_line_is_on_its_level_and_has_no_loose_end(seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=(23, 31))
    lines = contour_lines(values, 0.2)
    assert len(lines) > 5
    for line in lines:
        assert at(values, line) == pytest.approx(np.full(len(line), 0.2), abs=1e-9)
        edge = np.array(values.shape)[::-1] - 1
        is_closed = np.array_equal(line[0], line[-1])
        assert is_closed or all(((end == 0) | (end == edge)).any() for end in line[[0, -1]])
        assert np.abs(np.diff(line, axis=0)).max() <= 1 + 1e-9
    crossings = ((values[:, 1:] >= 0.2) != (values[:, :-1] >= 0.2)).sum() + (
        (values[1:] >= 0.2) != (values[:-1] >= 0.2)).sum()
    assert sum(len(np.unique(line, axis=0)) for line in lines) == crossings


def test_pieces_are_those_of_the_lines() -> None:
    values = np.random.default_rng(9).normal(size=(14, 11))
    pieces = contour_pieces(values, -0.1)
    lines = [np.hstack([line[:-1], line[1:]]) for line in contour_lines(values, -0.1)]
    assert sorted(map(tuple, np.concatenate(lines))) == sorted(map(tuple, pieces))


def test_what_is_all_above_or_all_below_has_no_line() -> None:
    assert contour_lines(np.ones((5, 5)), 0.5) == []
    assert contour_lines(np.zeros((5, 5)), 0.5) == []
    assert contour_pieces(np.zeros((5, 5)), 0.5).shape == (0, 4)
