"""Strokes follow the field and stay where their seeds are; arrows point along them and repeat after a whole turn."""

import numpy as np
import pytest

from fmviz.core.streamlines import POINTS, arrows, seeds, strokes


def turning(n: int = 33) -> np.ndarray:
    """Return a field that turns around the middle of a square of half edge 5, (n, n, 2)."""
    axis = np.linspace(-5, 5, n)
    x, y = np.meshgrid(axis, axis)
    return np.stack([-y, x], axis=-1).astype(np.float32)


def test_seeds_are_even_and_nested() -> None:
    places = seeds(400)
    assert np.array_equal(places[:100], seeds(100))
    assert places.min() >= 0
    assert places.max() <= 1
    counts, _, _ = np.histogram2d(*places.T, bins=5, range=[[0, 1], [0, 1]])
    assert counts.min() >= 12
    assert counts.max() <= 20


def test_strokes_follow_the_field() -> None:
    curve, speed = strokes(turning(), seeds(300), 5.0, 300**-0.5)
    assert curve.shape == (300, POINTS, 2)
    place = (curve - 0.5) * 10
    middle = (place[:, 1:] + place[:, :-1]) / 2
    inside = (np.abs(place).max(axis=(1, 2)) < 4.9) & (speed > 0.5)
    assert inside.sum() > 100
    step = np.diff(place, axis=1)[inside]
    along = np.stack([-middle[..., 1], middle[..., 0]], axis=-1)[inside]
    cosine = (step * along).sum(-1) / (np.hypot(*step.T).T * np.hypot(*along.T).T)
    assert cosine.min() > 0.999
    radius = np.hypot(*place[inside].T)
    assert np.abs(radius - radius[POINTS // 2]).max() < 0.05
    assert np.allclose(curve[:, POINTS // 2], seeds(300))
    assert speed == pytest.approx(np.hypot(*((seeds(300) - 0.5) * 10).T), rel=1e-3)


def test_faster_is_longer_within_limits_and_nothing_is_infinite() -> None:
    for field in (turning(), 0 * turning(), 1e30 * turning()):
        curve, speed = strokes(field, seeds(100), float(np.hypot(*field.reshape(-1, 2).T).max()), 0.1)
        assert np.isfinite(curve).all()
        length = np.hypot(*np.diff(curve, axis=1).T).sum(axis=0)
        assert length.max() <= 0.31
        if speed.max() > 0:
            assert length[speed.argmax()] > 2 * length[speed.argmin()]


def test_an_arrow_is_widest_near_its_tip_at_any_moment() -> None:
    curve, _ = strokes(turning(), seeds(300), 5.0, 300**-0.5)
    for phase in np.linspace(0, 1, 11):
        places, width = arrows(curve, np.arange(300), phase)
        step = np.hypot(*np.moveaxis(np.diff(places, axis=1), 2, 0))
        along = np.cumsum(step, axis=1) / np.maximum(step.sum(axis=1, keepdims=True), 1e-9)
        drawn = width.max(axis=1) > 0.05
        widest = width[drawn].argmax(axis=1)
        at = along[drawn, widest - 1]
        assert at.min() > 0.6
        assert at.max() < 0.75
        assert np.array_equal(width[:, -1], np.zeros(300))  # it ends in a point: no line goes on ahead of the head
        assert (np.diff(width[drawn], axis=1)[np.arange(width.shape[1] - 1) < widest[:, None]] > 0).all()
        assert (width[drawn, widest - 1] < 0.4 * width[drawn, widest]).all()
        # Few begin again, and nowhere many at once.
        fades = width.max(axis=1) < 0.5
        assert fades.mean() < 0.12
        for across in (seeds(300) @ np.array([[1, 0, 1, 1], [0, 1, 1, -1]])).T:
            bands = [fades[part].mean() for part in np.array_split(np.argsort(across), 6)]
            assert max(bands) < 0.3


def test_arrows_lie_on_their_strokes_and_move_with_the_flow() -> None:
    curve, _ = strokes(turning(), seeds(60), 5.0, 60**-0.5)
    places, _ = arrows(curve, np.arange(60), 0.0)
    moved, width = arrows(curve, np.arange(60), 0.001)
    radius = np.hypot(*((curve[:, POINTS // 2] - 0.5) * 10).T)
    is_inside = np.abs((curve - 0.5) * 10).max(axis=(1, 2)) < 4.9
    assert np.hypot(*np.moveaxis((places - 0.5) * 10, 2, 0))[is_inside] == pytest.approx(
        np.repeat(radius[is_inside, None], places.shape[1], axis=1), abs=0.05)
    along = ((moved - places) * np.gradient(places, axis=1)).sum(axis=(1, 2))
    assert (along[is_inside & (width.max(axis=1) > 0.3)] > 0).all()


def test_a_whole_turn_comes_back() -> None:
    curve, _ = strokes(turning(), seeds(50), 5.0, 50**-0.5)
    numbers = np.arange(50)
    one, again, other = (arrows(curve, numbers, phase) for phase in (0.0, 1.0, 0.1))
    assert all(np.allclose(a, b, atol=1e-5) for a, b in zip(one, again, strict=True))
    assert not np.allclose(one[0], other[0], atol=1e-3)
    assert all(np.array_equal(a[10:], b) for a, b in zip(one, arrows(curve[10:], numbers[10:], 0.0), strict=True))
