"""The cells of a table: numbers as people's programs write them, and which decimal sign a column has.

All cells of a column decide that together. Numbers that a person types are `core.numbers`'.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Cell = str | float | bool | None

# What programs write where a number is missing, in small letters.
MISSING = frozenset(("", "na", "n/a", "nan", "null", "none", "nil", "-", "--", "—", ".", "?", "missing", "inf", "+inf",
                     "-inf", "infinity", "#n/a", "#div/0!", "#value!", "#ref!", "#name?", "#num!", "#null!"))
_PLAIN_SIGNS = {"−": "-", "–": "-", "﹣": "-", "－": "-", "’": "'", "\u00a0": " ", "\u2007": " ", "\u2009": " ",
                "\u202f": " "}
_LOOKALIKES = str.maketrans(_PLAIN_SIGNS)
_FORTRAN = re.compile(r"(?<=[\d.,])[dD](?=[+-]?\d)")


def _pattern(decimal: str, thousands: str) -> re.Pattern[str]:
    whole = rf"(?:\d+|[1-9]\d{{0,2}}([{thousands}' ])\d{{3}}(?:\1\d{{3}})*)"
    return re.compile(rf"[+-]?(?:{whole}(?:[{decimal}]\d*)?|[{decimal}]\d+)(?:[eE][+-]?\d+)?")


_PATTERNS = {".": _pattern(".", ","), ",": _pattern(",", ".")}
_REMOVED = {sign: str.maketrans({other: None, "'": None, " ": None, ",": "."} if sign == "," else
                                {other: None, "'": None, " ": None}) for sign, other in ((".", ","), (",", "."))}
# What most programs write; told at once.
_COMMON = re.compile(r"-?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?")
_TWO_SIGNS = re.compile(r"[.,][^.,\n]*[.,]")
# A number that both readings allow: 3,209 is three thousand or three and a fifth.
_BOTH = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
_PLAIN_BELOW_1000 = re.compile(r"[+-]?\d{1,3}")


def cleaned(cell: Cell) -> str:
    """Return a cell with plain signs: typographic minus, D exponents and negative numbers in parentheses."""
    if not isinstance(cell, str):
        return "" if cell is None else repr(cell)
    text = (cell if cell.isascii() else cell.translate(_LOOKALIKES)).strip(" \t\f\v\ufeff\"")
    if text[:1] == "(" and text[-1:] == ")" and text[1:2] not in ("", "-", "+"):
        text = "-" + text[1:-1].strip()
    return _FORTRAN.sub("e", text)


def is_missing(cell: Cell) -> bool:
    """Return whether a cell says that it has no value."""
    if isinstance(cell, float):
        return not math.isfinite(cell)
    return cell is None or (isinstance(cell, str) and cell.strip().lower() in MISSING)


def is_number(cell: Cell) -> bool:
    """Return whether a cell is a number under either decimal sign."""
    if not isinstance(cell, str):
        return isinstance(cell, (int, float)) and not isinstance(cell, bool) and math.isfinite(cell)
    if _COMMON.fullmatch(cell):
        return True
    text = cleaned(cell)
    return any(pattern.fullmatch(text) for pattern in _PATTERNS.values())


def are_numbers(cells: Sequence[Cell]) -> bool:
    """Return whether at least half of the cells that are filled are numbers; False if none is."""
    filled = [cell for cell in cells if not is_missing(cell)]
    return bool(filled) and sum(map(is_number, filled)) >= len(filled) / 2


def cell_text(cell: Cell) -> str:
    """Return a cell as it was written; a whole number without its .0."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return "" if cell is None else str(cell).strip(' \t"\ufeff')


def number(cell: Cell, decimal: str) -> float:
    """Return the number in a cell; NaN if there is none, or none that is finite."""
    if not isinstance(cell, str):
        return float(cell) if is_number(cell) else math.nan  # type: ignore[arg-type]
    text = cleaned(cell)
    if not _PATTERNS[decimal].fullmatch(text):
        return math.nan
    value = float(text.translate(_REMOVED[decimal]))
    return value if math.isfinite(value) else math.nan


def numbers(cells: Sequence[Cell] | NDArray[np.float64], decimal: str) -> NDArray[np.float64]:
    """Return the numbers in cells, (N,); NaN where there is none, or none that is finite."""
    if isinstance(cells, np.ndarray):
        return cells
    values = plain_numbers(cells, decimal)
    if values is None:
        values = np.fromiter((number(cell, decimal) for cell in cells), np.float64, len(cells))
        _finite(values)
    return values


def plain_numbers(cells: Sequence[Any] | NDArray[np.float64], decimal: str) -> NDArray[np.float64] | None:
    """Return the same as `numbers`, at once, where Python itself reads each cell; None elsewhere."""
    try:
        text = "\n".join(["nan" if cell is None or cell == "" else cell for cell in cells])
    except TypeError:
        return _finite(np.array(cells)) if all(type(cell) is float for cell in cells) else None
    if not text.isascii():
        for sign, plain in _PLAIN_SIGNS.items():  # a hundred times as fast as translate
            text = text.replace(sign, plain)
    # float() also takes 1_000 and the digits of every script.
    if not text.isascii() or "_" in text:
        return None
    if decimal == "," and ("," in text or "." in text):
        if "." in text:
            return None
        text = text.replace(",", ".")
    try:
        return _finite(np.fromiter(map(float, text.split("\n")), np.float64, len(cells)))
    except ValueError:
        return None


def _finite(values: NDArray[np.float64]) -> NDArray[np.float64]:
    values[~np.isfinite(values)] = np.nan
    return values


def decimal_of(cells: Sequence[Cell] | NDArray[np.float64], is_plain: bool = False) -> tuple[str | None, str, str]:
    """Return the decimal sign that a whole column speaks for, with an example for the point and one for the comma.

    None and both examples: the column contradicts itself. None and one example given twice: every number in it can be
    read both ways. None without examples: no number has either sign.

    Args:
        is_plain: whether `plain_numbers` reads the column with a point, so that no cell has a comma or two points.
    """
    if isinstance(cells, np.ndarray):
        return ".", "", ""
    texts = [cell for cell in cells if isinstance(cell, str)]
    has_point = any("." in cell for cell in texts)
    has_comma = not is_plain and any("," in cell for cell in texts)
    if not has_point and not has_comma:
        return None, "", ""
    # One sign alone, never twice in a cell, does not contradict itself: the first number that is clear decides.
    is_simple = has_point != has_comma and (is_plain or not _TWO_SIGNS.search("\n".join(texts)))
    point = comma = both = ""
    plain, is_fixed, has_long = 0, 0, False
    for cell in texts:
        text = cell if _BOTH.fullmatch(cell) else cleaned(cell)
        if "." not in text and "," not in text:
            if text.lstrip("+-").isdigit():
                plain += 1
                has_long = has_long or not _PLAIN_BELOW_1000.fullmatch(text)
            continue
        if _BOTH.fullmatch(text):
            both = both or text
            is_fixed += text.endswith("0")
            continue
        is_point, is_comma = (bool(_PATTERNS[sign].fullmatch(text)) for sign in ".,")
        if is_point and not is_comma:
            point = point or text
        elif is_comma and not is_point:
            comma = comma or text
        if point and comma:
            return None, point, comma
        if is_simple and (point or comma):
            break
    if point or comma:
        return ("." if point else ","), point, comma
    if not both:
        return None, "", ""
    # Who writes 1,380 with its last zero writes 944,000 too, and who groups thousands groups all of them: beside a
    # bare 944 the sign groups, beside a bare 1380 it does not.
    group = "," if "," in both else "."
    if has_long:
        return group, both, both
    if plain >= 2 and is_fixed >= 2:
        return ("." if group == "," else ","), both, both
    return None, both, both
