"""Curves: bounded, and still means of what was added."""

import numpy as np
import pytest

from fmviz.flow.train import MOST_POINTS, LossHistory, NumberHistory


def test_a_long_history_stays_small_and_keeps_its_mean():
    history, losses = LossHistory(), np.arange(40_000) % 7
    for start in range(0, len(losses), 32):
        chunk = losses[start:start + 32]
        history.add(start + len(chunk), list(map(float, chunk)))
    step, mean = history.arrays()
    assert MOST_POINTS / 4 <= len(step) <= MOST_POINTS
    assert (np.diff(step) > 0).all()
    assert step[-1] <= 40_000
    assert mean.mean() == pytest.approx(losses.mean(), abs=0.05)
    assert history.latest == pytest.approx(losses[-100:].mean())


def test_a_short_history_has_every_step():
    history = LossHistory()
    history.add(3, [5.0, 4.0, 3.0])
    step, loss = history.arrays()
    assert step.tolist() == [1, 2, 3]
    assert loss.tolist() == [5, 4, 3]


def test_numbers_beyond_float32_stay_numbers():
    history = LossHistory()
    history.add(3, [1e60, float("nan"), float("inf")])
    assert np.isfinite(history.arrays()[1]).all()
    assert history.latest == 1e60


def test_nothing_yet():
    assert LossHistory().latest is None
    assert NumberHistory().latest == {}
    assert len(LossHistory().arrays()[0]) == 0


def test_values_are_thinned_and_the_newest_stays():
    history = NumberHistory()
    for step in range(5 * MOST_POINTS):
        history.add(step, {"w2": float(step), "npe": None if step < MOST_POINTS else 1.0})
    step, values = history.arrays()
    assert len(step) <= MOST_POINTS
    assert history.latest["w2"] == 5 * MOST_POINTS - 1
    np.testing.assert_array_equal(step, values["w2"])
    np.testing.assert_array_equal(np.isnan(values["npe"]), step < MOST_POINTS)  # a gap is a gap
    assert set(values) == {"w2", "npe"}
