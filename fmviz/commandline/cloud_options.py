"""How files of points are read and placed, from the command line: one table, from which flags and choices are made.

Each flag holds for source and target, or as --source-FLAG and --target-FLAG for one of them.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fmviz.core.errors import ConfigError, quoted

if TYPE_CHECKING:
    from fmviz.core.table import ReadChoice

SIDES = ("source", "target")


@dataclass(frozen=True)
class CloudOption:
    """One flag.

    Args:
        read: its text as the value of `field`; raises ConfigError.
        field: of `ReadChoice`; "" for those that place the points.
    """

    metavar: str
    help: str
    read: Callable[[str], Any] = str.strip
    field: str = ""


@dataclass(frozen=True)
class CloudChoice:
    """How one side's file is read, and where its points are put.

    Args:
        given: the flags that were given for it.
    """

    read: ReadChoice
    place: str
    flips_y: bool
    given: tuple[str, ...]


def declare_cloud_options(group: Any, sides: Sequence[str] = SIDES) -> None:
    """Add the flags to an argument group, those of one side without a line of their own in the help.

    Args:
        sides: which can be files; without any a file is only read, not placed.
    """
    for side in ("", *sides):
        for name, option in CLOUD_OPTIONS.items():
            if not sides and not option.field:
                continue
            flag = f"--{side}-{name}" if side else f"--{name}"
            shown = argparse.SUPPRESS if side else option.help
            if option.metavar:
                group.add_argument(flag, dest=_key(side, name), metavar=option.metavar, help=shown)
            else:
                group.add_argument(flag, dest=_key(side, name), action="store_const", const="yes", help=shown)


def choice_of(arguments: argparse.Namespace, side: str) -> CloudChoice:
    """Return what the flags say of one side; its own flags win.

    Raises:
        ConfigError: a value that makes no sense.
    """
    # Here: the help needs neither.
    from fmviz.core.placing import KEEP
    from fmviz.core.table import ReadChoice

    read: dict[str, Any] = {}
    other: dict[str, Any] = {}
    given = []
    for name, option in CLOUD_OPTIONS.items():
        own, common = (getattr(arguments, _key(which, name), None) for which in (side, ""))
        text = own if own is not None else common
        if text is None:
            continue
        given.append(f"--{side}-{name}" if own is not None else f"--{name}")
        (read if option.field else other)[option.field or name] = option.read(text)
    return CloudChoice(ReadChoice(**read), other.get("place", KEEP), other.get("flip-y", False), tuple(given))


def _key(side: str, name: str) -> str:
    return f"cloud_{side}_{name}".replace("-", "_")


def _columns(text: str) -> tuple[str, str]:
    names = next(csv.reader([text], skipinitialspace=True), [])
    if len(names) != 2 or not all(name.strip() for name in names):
        raise ConfigError(f"The columns are {quoted(text)}; give two, x and y, with a comma between them: "
                          "--columns lon,lat.")
    return names[0].strip(), names[1].strip()


def _rows(text: str) -> tuple[str, str]:
    if text.strip().lower() == "all":
        from fmviz.core.table import ALL_ROWS

        return ALL_ROWS
    column, sign, value = text.partition("=")
    if not sign or not column.strip():
        raise ConfigError(f'The rows are {quoted(text)}; give a column and a value, --rows "dataset=dino", or all.')
    return column.strip(), value.strip()


def _one_of(what: str, words: dict[str, Any]) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        if text.strip().lower() not in words:
            raise ConfigError(f"{what} is {quoted(text)}; give {' or '.join(map(repr, words))}.")
        return words[text.strip().lower()]
    return read


def _place(text: str) -> str:
    from fmviz.core.placing import PLACES

    how: str = _one_of("The place", {name: name for name in PLACES})(text)
    return how


CLOUD_OPTIONS: dict[str, CloudOption] = {
    "columns": CloudOption("X,Y", "the columns of x and y, by name or by place from 1", _columns, "columns"),
    "rows": CloudOption("COLUMN=VALUE", "only the rows of one group of a long table, or all", _rows, "rows"),
    "weights": CloudOption("COLUMN", "the column of the points' masses (equal)", field="weights"),
    "labels": CloudOption("COLUMN", "the column of the points' classes (none)", field="labels"),
    "missing": CloudOption("skip", "leave out rows without a number for x or y; they are refused otherwise",
                           _one_of("What happens to missing numbers", {"skip": True, "refuse": False}),
                           "skips_missing"),
    "decimal": CloudOption(". or ,", "the decimal sign; the other one groups thousands (the whole column decides)",
                           _one_of("The decimal sign", {".": ".", ",": ",", "point": ".", "comma": ","}), "decimal"),
    "heading": CloudOption("yes or no", "whether the first row names the columns (the other rows decide)",
                           _one_of("Whether there is a heading", {"yes": True, "no": False}), "has_heading"),
    "part": CloudOption("NAME", "the sheet of a workbook, the array of an .npz", field="part"),
    "place": CloudOption("PLACE", "keep the units, fit to the shapes' scale, match the other cloud's centre and "
                                  "spread, or match-axes; if both are files, the source is moved (keep)", _place),
    "flip-y": CloudOption("", "turn up and down round, as pixels count downwards", lambda _: True),
}
