"""The time that is left: steady work is told exactly, what came before the first step says nothing."""

from __future__ import annotations

import pytest

from fmviz.engine.export import Pace


def told(times: list[float], total: int) -> list[float]:
    """Return what is said when one step ends at each of these times."""
    pace = Pace()
    return [pace.seconds_left(now, done, total) for done, now in enumerate(times, start=1)]


def test_steady_work_is_told_exactly() -> None:
    left = told([0.1 * k for k in range(100)], 100)
    assert left[:4] == [0.0] * 4
    assert left[10:] == pytest.approx([0.1 * (99 - k) for k in range(10, 100)])
    assert left[-1] == 0.0


def test_a_long_preparation_says_nothing_about_the_rest() -> None:
    pace = Pace()
    for now in range(30):
        assert pace.seconds_left(float(now), 0, 100) == 0.0
    for done in range(1, 11):
        left = pace.seconds_left(30 + 0.1 * done, done, 100)
    assert left == pytest.approx(9.0)


def test_slow_first_steps_are_forgotten() -> None:
    slow = [2.0 * k for k in range(5)]
    left = told(slow + [8.0 + 0.1 * k for k in range(1, 90)], 200)
    assert left[-1] == pytest.approx((200 - 94) * 0.1, rel=0.01)


def test_work_that_stands_still_takes_longer() -> None:
    pace = Pace()
    for done in range(1, 11):
        before = pace.seconds_left(0.1 * done, done, 100)
    assert pace.seconds_left(3.0, 10, 100) > before > 0


def test_bursts_of_a_pool_are_told_as_their_mean() -> None:
    pace = Pace()
    left = [pace.seconds_left(0.5 * (done // 8), done, 400) for done in range(1, 201)]
    assert left[-1] == pytest.approx(200 * 0.5 / 8, rel=0.1)
