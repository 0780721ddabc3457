"""Numbers that a person types, in a field or as a flag, and numbers that are kept within bounds.

A comma is a decimal comma in a number that may have decimals. In a whole number it sets thousands apart, if the
groups fit: 12,000 but not 2,5. So no text is read as another number than the one that was meant. Time spans are said
here too, and measured numbers with their errors.
"""

from __future__ import annotations

import math
import re
from typing import TypeVar

from fmviz.core.errors import quoted

Number = TypeVar("Number", int, float)

# What people put between thousands beside a comma: spaces of all widths, Swiss apostrophes, Python's underscore.
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:([, '_])\d{3}(?:\1\d{3})*)?")
_WHOLE = re.compile(r"[+-]?\d+")
_DECIMAL = re.compile(r"[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d+)?")
_SPACES = dict.fromkeys(map(ord, "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}"), " ")
_AS_TYPED = str.maketrans({**_SPACES, ord("\N{MINUS SIGN}"): "-", ord("\N{EN DASH}"): "-",
                           ord("\N{RIGHT SINGLE QUOTATION MARK}"): "'"})
# Without an error and with one, numbers from here on are written without a power of ten.
_SMALLEST, _LARGEST = (0.001, 0.0001), 100_000
# A bound that nobody comes to is not said.
_FAR = 1e9
# Python refuses to read whole numbers of thousands of digits; none that has a meaning here is as long.
_LONGEST = 40


def read_number(text: str) -> float | None:
    """Return the finite number that a text means, with a decimal point or comma; None if it means none."""
    text = text.translate(_AS_TYPED).strip()
    if len(text) > _LONGEST or not text.isascii() or _DECIMAL.fullmatch(text) is None:
        return None
    number = float(text.replace(",", "."))
    return number if math.isfinite(number) else None


def read_whole(text: str) -> int | None:
    """Return the whole number that a text means, thousands set apart or not; None if it means none."""
    text = text.translate(_AS_TYPED).strip()
    if len(text) > _LONGEST or not text.isascii():
        return None
    if _WHOLE.fullmatch(text):
        return int(text)
    if (found := _GROUPED.fullmatch(text)) is None or text.lstrip("+-").startswith("0"):
        return None
    return int(text.replace(found.group(1), ""))


def refusal(name: str, seen: object, low: float, high: float, is_whole: bool) -> str:
    """Return the sentence that says why a value is not taken as a number: what it is, the value seen, the range."""
    kind, number = "whole number" if is_whole else "number", read_number(str(seen))
    is_far = high >= _FAR and (number is None or number <= high)
    bounds = f"of at least {plainly(low)}" if is_far else f"from {plainly(low)} to {plainly(high)}"
    return f"{name} is {quoted(seen)}; give a {kind} {bounds}."


def plainly(value: float) -> str:
    """Return a number without a power of ten, thousands set apart: 0.000001, 10,000,000,000,000."""
    return f"{value:,.12f}".rstrip("0").rstrip(".")


def within(value: Number, low: Number, high: Number) -> Number:
    """Return the value, or the bound beyond which it lies; what is not a number becomes `low`."""
    return min(max(low, value), high)  # in this order: max(nan, low) would be nan


def signed(value: float) -> str:
    """Return a number to three figures with its sign."""
    return f"{value:+.3g}".replace("-", "\N{MINUS SIGN}")


def measured(value: float, digits: int = 3, error: float | None = None) -> str:
    """Return a measured number of any size, and its standard error if that is seen: 0.241, 0.24 ± 0.02.

    Args:
        digits: decimals of a number of usual size, from .1 to 100; of others three figures are said.
        error: says which decimals have a meaning: those down to its first figure, or to its second after a 1. One that
            is beyond the figures of the number is not said.
    """
    size, error = abs(value), error if error is not None and math.isfinite(error) else 0.0
    has_error = error > 0
    is_plain = size == 0 or any(_SMALLEST[has_error] <= each < _LARGEST for each in (size, error))
    if not is_plain:
        return f"{_scientific(value)} ± {_scientific(error, 0)}" if has_error else _scientific(value)
    decimals = digits if size == 0 or 0.1 <= size < 100 else max(0, 2 - math.floor(math.log10(size)))
    if not has_error:
        return f"{value:.{decimals}f}"
    first = math.floor(math.log10(error))
    places = max(0, (error < 1.5 * 10.0**first) - first)
    if places > max(digits, decimals):
        return f"{value:.{decimals}f}"
    return f"{value:.{places}f} ± {error:.{places}f}"


def _scientific(value: float, digits: int = 2) -> str:
    mantissa, power = f"{value:.{digits}e}".split("e")
    return f"{mantissa}e{int(power)}"


def counted(count: int, thing: str) -> str:
    """Return how many of a thing there are: 1 point, 12,000 points."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def duration(seconds: float) -> str:
    """Return a time span: 8 s, 2 min 5 s, 1 h 4 min."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def time_left(seconds: float) -> str:
    """Return how long something still takes: 12 s left; it never says less, and names no second where none is left."""
    return "almost done" if seconds < 1.0 else f"{duration(math.ceil(seconds))} left"
