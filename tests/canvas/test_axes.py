"""Ticks are few, round, evenly spaced and inside; every one has its own short number, which is equal to its place."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from fmviz.canvas.axes import axis_numbers

_LOWERED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")


def read(label: str, note: str) -> float:
    """Return the number that a person reads: the label, times the power, and the offset."""
    power, _, offset = note.translate(_LOWERED).rpartition("+" if "+" in note else "− ".translate(_LOWERED))
    if "+" not in note and "− " not in note:
        power, offset = note.translate(_LOWERED), ""
    factor = float(power.strip().replace("×10", "1e") or 1)
    far = float(offset.strip().replace("×10", "e") or 0) * (-1 if "− " in note else 1)
    return float(label.translate(_LOWERED)) * factor + far


@pytest.mark.parametrize("scale", [1e-9, 1e-3, 1.0, 37.0, 1e6])
@pytest.mark.parametrize("middle", [0.0, 0.3, -12.0, 400.0])
@pytest.mark.parametrize("most", [1, 2, 5, 7])
def test_ticks_are_few_round_and_inside(scale: float, middle: float, most: int) -> None:
    low, high = (middle - 1) * scale, (middle + 1) * scale
    ticks = axis_numbers(low, high, most).ticks
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
    assert axis_numbers(*span, 5).ticks == ()


@pytest.mark.parametrize("middle", [0.0, 51.4421, -0.7, 388_096.0, 5_548_996.0, 1.7e9, -1e9, 1.7e12, 1.5e-7])
@pytest.mark.parametrize("half", [3e-8, 0.0015, 0.02, 0.9, 6.6, 9.99, 950.0, 7e4, 3e5, 2e9])
@pytest.mark.parametrize("most", [1, 4, 7])
def test_every_tick_has_its_own_number_equal_to_its_place(middle: float, half: float, most: int) -> None:
    if half < 1e-12 * abs(middle):
        return
    numbers = axis_numbers(middle - half, middle + half, most)
    assert len(numbers.labels) == len(numbers.ticks) == len(set(numbers.labels))
    assert max(map(len, numbers.labels), default=0) <= 5
    assert all(a < b for a, b in pairwise(numbers.ticks))
    for tick, label in zip(numbers.ticks, numbers.labels, strict=True):
        assert read(label, numbers.note) == pytest.approx(tick, rel=1e-15, abs=1e-9 * half)


@pytest.mark.parametrize(("low", "high", "labels", "note"), [
    (-6.6, 6.6, ("−5", "−2.5", "0", "2.5", "5"), ""),
    (-1100, 1100, ("−1", "−0.5", "0", "0.5", "1"), "×10³"),
    (1.7e9, 1.7006e9, ("0", "2", "4", "6"), "×10⁵ + 1.7×10⁹"),
    (5548990.3, 5549001.9, ("92", "94", "96", "98", "100"), "+ 5548900"),
    (-1700000006.0, -1699999993.0, ("−5", "−2.5", "0", "2.5", "5"), "− 1.7×10⁹"),
    (-0.002, 0.002, ("−2", "−1", "0", "1", "2"), "×10⁻³"),
])
def test_numbers_read_as_people_write_them(low: float, high: float, labels: tuple[str, ...], note: str) -> None:
    numbers = axis_numbers(low, high, 5)
    assert (numbers.labels, numbers.note) == (labels, note)
