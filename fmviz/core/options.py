"""Options of a picture and of its file, each declared once with its default: checks, forms and flags come from here.

An option is an attribute of a frozen dataclass whose default is made by `option`. Whether it changes anything about a
value of that class stands in its row too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar

from fmviz.core.errors import FmvizError, quoted
from fmviz.core.follow import Place, Starts

_Value = TypeVar("_Value", bool, int, float, str, Starts | None, Place | None)
_ROW = "option"
_ROWS: dict[type[Any], Mapping[str, Option]] = {}


def _always(_value: Any) -> bool:
    return True


@dataclass(frozen=True)
class Option:
    """One option.

    Args:
        name: the attribute.
        default: its type is the option's type; None is the default of places.
        noun: what a sentence calls it: The NOUN is 99.
        title: what its row in a form is called.
        help: one sentence, for a tooltip and a flag.
        choices: allowed keys with their labels, in order; None for numbers, texts and switches.
        low, high: inclusive range of a number.
        has_usual: whether 0 stands for the usual.
        matters: whether it changes anything about a value.
        use: what it is for, where it changes nothing about others: "a still"; "" where that is not said.
        flag: the command line's, without dashes; "" for none.
        metavar: what the flag's value is called; "" for its name.
        read: turns a text into a value, or into None if it means none; None where the type of the default does it.
            An option with numbers and one that is read so may share a flag: what is no number is for the other.
    """

    name: str
    default: bool | int | float | str | Starts | Place | None
    noun: str
    title: str
    help: str
    choices: Mapping[str, str] | None = None
    low: float = -math.inf
    high: float = math.inf
    has_usual: bool = False
    matters: Callable[[Any], bool] = _always
    use: str = ""
    flag: str = ""
    metavar: str = ""
    read: Callable[[str], Any] | None = None


def option(default: _Value, noun: str, title: str, help: str, choices: Mapping[str, str] | None = None, *,
           low: float = -math.inf, high: float = math.inf, has_usual: bool = False,
           matters: Callable[[Any], bool] = _always, use: str = "", flag: str = "", metavar: str = "",
           read: Callable[[str], Any] | None = None) -> _Value:
    """Declare an option as an attribute of a dataclass; see `Option`."""
    row = Option("", default, noun, title, help, choices, low, high, has_usual, matters, use, flag, metavar, read)
    declared: _Value = field(default=default, metadata={_ROW: row})
    return declared


def options_of(kind: type[Any]) -> Mapping[str, Option]:
    """Return the rows of a dataclass by name, in order."""
    if kind not in _ROWS:
        _ROWS[kind] = _rows(kind)
    return _ROWS[kind]


def _rows(kind: type[Any]) -> Mapping[str, Option]:
    return {entry.name: replace(entry.metadata[_ROW], name=entry.name)
            for entry in fields(kind) if _ROW in entry.metadata}


def check_options(value: Any, error: type[FmvizError]) -> None:
    """Check every option of a value.

    Raises:
        error: a choice that there is not, a number outside its range; one sentence.
    """
    for row in options_of(type(value)).values():
        seen = getattr(value, row.name)
        if row.choices is not None:
            if seen not in row.choices:
                allowed = ", ".join(key for key in row.choices if key)
                raise error(f"There is no {row.noun} {quoted(seen)}; choose one of {allowed}.")
        elif isinstance(row.default, int | float) and not isinstance(row.default, bool):
            is_fit = math.isfinite(seen) and row.low <= seen <= row.high and not (
                isinstance(row.default, int) and seen != int(seen))
            if not is_fit and not (row.has_usual and seen == 0):
                give = "" if row.has_usual else "a value from "
                usual = ", or 0 for the usual" if row.has_usual else ""
                raise error(f"The {row.noun} is {seen:g}; give {give}{row.low:g} to {row.high:g}{usual}.")
