"""Strokes follow the field, stay where their seeds are, and repeat after a whole turn."""

import numpy as np
import pytest

from fmviz.core.streamlines import POINTS, seeds, strokes, widths


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
        assert length.max() <= 0.25
        if speed.max() > 0:
            assert length[speed.argmax()] > 2 * length[speed.argmin()]


def test_a_whole_turn_comes_back() -> None:
    one = widths(0.0, 50)
    assert np.allclose(one, widths(1.0, 50), atol=1e-5)
    assert not np.allclose(one, widths(0.1, 50), atol=0.1)
    assert one.min() >= 0
    assert one.max() <= 1
