"""The table of numbers: each has its words, no digits beyond its error, and only what is clearly less is better."""

from __future__ import annotations

import numpy as np
import pytest

from fmviz.core.numbers import measured
from fmviz.core.quantities import QUANTITIES, QUANTITY, Metrics, clearly_least, numbers_of, spreads


@pytest.mark.parametrize("quantity", QUANTITIES, ids=lambda quantity: quantity.key)
def test_each_number_has_its_words_and_its_place_in_the_metrics(quantity) -> None:
    assert quantity.title
    assert quantity.tip.endswith(".")
    assert quantity.value(Metrics()) is None
    assert quantity.error_of(Metrics()) is None
    assert quantity.floor in {"", *QUANTITY}


@pytest.mark.parametrize(("value", "text"), [
    (0.0, "0.000"), (0.241, "0.241"), (12.3, "12.300"), (241.66, "242"), (35629.4, "35629"), (3.8156e10, "3.82e10"),
    (0.0372, "0.0372"), (0.00372, "0.00372"), (3.7181e-7, "3.72e-7"), (1e-12, "1.00e-12"),
])
def test_numbers_in_any_unit_keep_three_digits(value: float, text: str) -> None:
    assert measured(value) == text


@pytest.mark.parametrize(("value", "error", "text"), [
    (0.2414, 0.0186, "0.24 ± 0.02"), (0.2414, 0.0141, "0.241 ± 0.014"), (27.3, 0.31, "27.3 ± 0.3"),
    (0.00042, 0.0001, "0.00042 ± 0.00010"), (0.00002, 0.0013, "0.0000 ± 0.0013"), (2e-7, 1e-8, "2.00e-7 ± 1e-8"),
    (1.0, 3e-6, "1.000"), (0.5, 0.0, "0.500"), (0.5, float("nan"), "0.500"), (512.0, 40.0, "512 ± 40"),
])
def test_an_error_says_which_digits_have_a_meaning(value: float, error: float, text: str) -> None:
    assert measured(value, 3, error) == text


@pytest.mark.parametrize(("values", "place"), [
    ((0.24, 0.30), 0), ((0.30, 0.24), 1), ((0.240, 0.241), None), ((None, 0.241), None), ((0.0, 0.0), None),
    ((0.24,), None), ((), None), ((0.30, 0.40, 0.24), 2), ((0.30, 0.241, 0.24), None), ((0.9, 0.24, 0.9, 0.8), 1),
    ((0.9, None, 0.24), None),
])
def test_the_best_is_clearly_less_than_each_other_one(values: tuple[float | None, ...], place: int | None) -> None:
    assert clearly_least(values, [None] * len(values)) == place


def test_what_repeated_samples_differ_by_is_no_difference() -> None:
    assert clearly_least((0.24, 0.30), (0.001, None)) == 0
    assert clearly_least((0.24, 0.30), (0.03, 0.03)) is None
    assert clearly_least((0.24, 0.40), (0.03, 0.03)) == 0
    assert clearly_least((0.24, 0.90, 0.30), (0.03, 0.9, 0.03)) is None


def test_what_is_not_finite_is_not_known() -> None:
    numbers = numbers_of(Metrics(w2=float("inf"), npe=0.02, npe_error=0.003))
    assert (numbers["w2"], numbers["npe"], numbers["npe_error"]) == (None, 0.02, 0.003)


def test_a_spread_is_that_of_the_runs_which_all_know_the_number() -> None:
    values = (0.3, 0.4, 0.2)
    found = spreads([Metrics(w2=value, npe=None if value > 0.35 else 1.0) for value in values])
    assert found["w2"] == pytest.approx((np.mean(values), np.std(values, ddof=1)))
    assert "npe" not in found
