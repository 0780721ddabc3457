"""Ticks are few, round, evenly spaced, inside, and written shortly in any unit."""

import numpy as np
import pytest

from fmviz.canvas.axes import axis_ticks, power_of, tick_label


@pytest.mark.parametrize("scale", [1e-9, 1e-3, 1.0, 37.0, 1e6])
@pytest.mark.parametrize("middle", [0.0, 0.3, -12.0, 400.0])
@pytest.mark.parametrize("most", [1, 2, 5, 7])
def test_ticks_are_few_round_and_inside(scale: float, middle: float, most: int) -> None:
    low, high = (middle - 1) * scale, (middle + 1) * scale
    ticks = axis_ticks(low, high, most)
    assert len(ticks) <= most
    if most >= 5:
        assert len(ticks) >= 2
    assert all(low - 1e-6 * scale <= tick <= high + 1e-6 * scale for tick in ticks)
    steps = np.diff(ticks)
    if len(steps):
        assert steps == pytest.approx(np.full(len(steps), steps[0]))
        digits = f"{steps[0]:.3e}".split("e")[0].rstrip("0").rstrip(".")
        assert digits in ("1", "2", "2.5", "5")


@pytest.mark.parametrize("span", [(0.0, 0.0), (1.0, -1.0), (0.0, float("nan")), (0.0, float("inf"))])
def test_what_is_no_span_has_no_ticks(span: tuple[float, float]) -> None:
    assert axis_ticks(*span, 5) == ()


@pytest.mark.parametrize("half", [3e-8, 0.02, 6.6, 950.0, 7e4, 2e9])
def test_numbers_are_short_in_any_unit(half: float) -> None:
    ticks = axis_ticks(-half, half, 5)
    power = power_of(ticks)
    labels = [tick_label(tick, power) for tick in ticks]
    assert len(set(labels)) == len(ticks)
    assert "0" in labels
    assert max(map(len, labels)) <= 6
    for tick, label in zip(ticks, labels, strict=True):
        assert float(label.replace("\N{MINUS SIGN}", "-")) * 10.0**power == pytest.approx(tick)
