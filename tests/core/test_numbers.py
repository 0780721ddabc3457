"""A typed text is the number that was meant, or none; a bound holds whatever comes."""

from __future__ import annotations

import math

import pytest

from fmviz.core.numbers import read_number, read_whole, refusal, within

NAN, INF = math.nan, math.inf

NUMBERS = {
    "2.5": 2.5, "2,5": 2.5, "0,001": 0.001, "1,000": 1.0, ".5": 0.5, ",5": 0.5, "5,": 5.0, " 7 ": 7.0, "-0,5": -0.5,
    "\N{MINUS SIGN}1.5": -1.5, "+3": 3.0, "1e-3": 0.001, "1,5E2": 150.0, "\N{NARROW NO-BREAK SPACE}4": 4.0,
    "1,234.5": None, "1.234,5": None, "1 000,5": None, "1.2.3": None, "1,2,3": None, "nan": None, "inf": None,
    "1e999": None, "": None, "-": None, "1_0": None, "0x10": None, "٣": None, "9" * 5000: None, "5 %": None,
}
WHOLES = {
    "25": 25, "12,000": 12_000, "1,234,567": 1_234_567, "12 000": 12_000, "12\N{NARROW NO-BREAK SPACE}000": 12_000,
    "12'000": 12_000, "12’000": 12_000, "12_000": 12_000, "-12,000": -12_000, " 7 ": 7, "0": 0, "007": 7,
    "2,5": None, "0,001": None, "1,00": None, "1,0000": None, "1234,567": None, "1,234 567": None, ",000": None,
    "12.000": None, "2.5": None, "1e4": None, "nan": None, "": None, "٣": None, "9" * 5000: None,
}


@pytest.mark.parametrize(("text", "number"), NUMBERS.items())
def test_a_comma_is_decimal_in_a_number(text: str, number: float | None) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize(("text", "number"), WHOLES.items())
def test_thousands_stand_in_whole_numbers_in_groups_that_fit(text: str, number: int | None) -> None:
    assert read_whole(text) == number


@pytest.mark.parametrize("value", [NAN, INF, -INF, -1.0, 0.0, 0.5, 1.0, 7.0])
def test_what_is_bounded_is_within_its_bounds(value: float) -> None:
    assert 0.0 <= within(value, 0.0, 1.0) <= 1.0
    if 0.0 <= value <= 1.0:
        assert within(value, 0.0, 1.0) == value


def test_a_refusal_says_its_bounds_in_plain_numbers() -> None:
    assert refusal("Noise", "x", 0, 1e13, is_whole=False) == "Noise is 'x'; give a number of at least 0."
    assert refusal("Noise", "1e14", 0, 1e13, is_whole=False).endswith("a number from 0 to 10,000,000,000,000.")
    assert refusal("Rate", -1, 1e-6, 0.1, is_whole=False).endswith("a number from 0.000001 to 0.1.")
    assert refusal("Steps", 0, 1, 1_000_000, is_whole=True).endswith("a whole number from 1 to 1,000,000.")
