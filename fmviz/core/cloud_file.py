"""Point clouds from files: `.csv` as people's programs write it, and `.npy`. What is wrong is said in one sentence.

Owns reading and its errors; what a cloud may be is `cloud`'s.
"""

from __future__ import annotations

import codecs
import difflib
import io
import math
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmviz.core.atomic import open_ordinary, refusal
from fmviz.core.cloud import MAX_POINTS, MIN_POINTS, PointCloud, Side
from fmviz.core.errors import CloudError
from fmviz.core.npy import read_header, read_numbers
from fmviz.core.shapes import SHAPES

CLOUD_SUFFIXES = (".csv", ".npy")

# 200,000 lines of two long numbers take 10 MB; this leaves room for comments, and no more is ever read.
_MOST_BYTES = 32 * 2**20
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_COMMENTS = ("#", "%", "//")


def read_cloud(path: str | Path) -> PointCloud:
    """Read a cloud; its name is the file's.

    A `.csv` has two columns, separated by commas, semicolons, tabs or spaces; with all but commas the decimal sign
    may be a comma. One line of headings, comment lines after #, empty lines, quotes and a byte-order mark are
    passed over. A `.npy` holds real numbers of shape (N, 2); nothing in it is ever run.

    Raises:
        CloudError: the file cannot be read, or is no cloud of 2 to 200,000 points.
    """
    place = Path(path)
    suffix = place.suffix.lower()
    try:
        with open_ordinary(place) as file:
            if suffix not in CLOUD_SUFFIXES:
                raise CloudError(f"The file {str(path)!r} is neither .csv nor .npy; save its points as one of these.")
            size = os.fstat(file.fileno()).st_size
            if size > _MOST_BYTES:
                raise CloudError(f"The file {str(path)!r} has {size / 1e6:,.0f} MB; {MAX_POINTS:,} points, the most "
                                 f"that can be used, need less than {_MOST_BYTES / 1e6:.0f} MB: thin it out.")
            data = file.read(_MOST_BYTES)
    except OSError as error:
        raise CloudError(f"The file {str(path)!r} could not be read: {refusal(error)}.") from error
    if not data.strip():
        raise CloudError(f"The file {str(path)!r} is empty; it should hold at least {MIN_POINTS} points.")
    points = _npy_points(data, path) if suffix == ".npy" else _csv_points(_text(data, path), path)
    # A name that is no proper text could not be shown or saved.
    return PointCloud(points, name=os.fsencode(place.name).decode("utf-8", errors="replace"))


def side_from_text(text: str) -> Side:
    """Return the side that a person names: a shape, or a path to a `.csv` or `.npy` file.

    Capitals, spaces and underscores in a shape's name do not matter. A shape wins over a file of the same name;
    write `./moons` for the file.

    Raises:
        CloudError: there is neither such a shape nor such a file, or the file cannot be used.
    """
    name = text.strip().lower().replace("_", "-").replace(" ", "-")
    if name in SHAPES:
        return Side(shape=name)
    # Those of `os.path` never raise: Path's do for ~somebody who does not exist and for a name that is too long.
    path = Path(os.path.expanduser(text))
    if name and (path.suffix.lower() in CLOUD_SUFFIXES or len(path.parts) > 1 or os.path.exists(path)):
        return Side(cloud=read_cloud(path))
    near = difflib.get_close_matches(name, SHAPES, n=1)
    meant = f"did you mean {near[0]!r}? Give" if near else "give"
    raise CloudError(f"There is no shape {text!r}; {meant} one of {', '.join(SHAPES)}, or a .csv or .npy file.")


def _npy_points(data: bytes, path: str | Path) -> NDArray[Any]:
    """Return the points of a `.npy` file, (N, 2)."""
    try:
        header = read_header(io.BytesIO(data))
        kind, shape = header.dtype.kind, header.shape
        if kind == "O":
            raise CloudError(f"The file {str(path)!r} holds Python objects, which are never loaded because they could "
                             "run code; save an array of numbers of shape (N, 2).")
        if kind not in "fiu":
            what = "named columns" if header.dtype.names else f"values of type {header.dtype}"
            raise CloudError(f"The file {str(path)!r} holds {what}; save real numbers of shape (N, 2).")
        if len(shape) != 2 or shape[1] != 2:
            remedy = "transpose it" if len(shape) == 2 and shape[0] == 2 else "keep two columns, x and y"
            raise CloudError(f"The file {str(path)!r} holds an array of shape {shape}; {remedy}, so that it is (N, 2).")
        return read_numbers(data).astype(np.float64)
    except CloudError:
        raise
    except ValueError as error:
        raise CloudError(f"The file {str(path)!r} is no .npy file or is damaged ({str(error).rstrip('.')}); write it "
                         "again with numpy.save.") from error


def _text(data: bytes, path: str | Path) -> str:
    """Return the text of a file; only its digits and signs must be understood, so any one-byte code will do."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data:
        raise CloudError(f"The file {str(path)!r} is not text; save its points as lines of two numbers, x and y.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _csv_points(text: str, path: str | Path) -> NDArray[Any]:
    """Return the points of a text of two columns, (N, 2)."""
    points: list[tuple[float, float]] = []
    separator: str | None = None
    is_first = True
    for number, line in _lines(text):
        if is_first and line.lower().startswith("sep="):  # Excel's own first line
            continue
        if not points:
            separator = _separator(line)
        cells = _cells(line, separator)
        if is_first:
            is_first = False
            if all(_value(cell) is None for cell in cells):  # headings
                continue
        x, y = (_value(cells[0]), _value(cells[1])) if len(cells) == 2 else (None, None)
        if x is None or y is None or not (math.isfinite(x) and math.isfinite(y)):
            raise CloudError(_complaint(number, line, cells, path))
        points.append((x, y))
        if len(points) > MAX_POINTS:
            raise CloudError(f"The file {str(path)!r} has more than {MAX_POINTS:,} points, the most that can be used; "
                             "thin it out.")
    if not points:
        raise CloudError(f"The file {str(path)!r} has no points; write at least {MIN_POINTS} lines of two numbers.")
    return np.array(points, dtype=np.float64)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that say something, with their numbers from 1."""
    # Not str.splitlines, which also splits at form feeds and exotic marks: numbers would differ from an editor's.
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1):
        line = line.strip(" \t\f\v\ufeff")
        if line and not line.startswith(_COMMENTS):
            yield number, line


def _separator(line: str) -> str | None:
    """Return what separates the columns in this line; None for spaces."""
    for mark in (";", "\t"):
        if mark in line:
            return mark
    words = line.split()
    if len(words) == 2 and all(_DECIMAL_COMMA.fullmatch(word) for word in words):
        return None
    return "," if "," in line else None


def _cells(line: str, separator: str | None) -> list[str]:
    """Return the cells of a line, without quotes; an empty one after the last separator is passed over."""
    if '"' in line:
        line = line.replace('"', "")
    cells = [cell.strip() for cell in line.split(separator)]
    if len(cells) == 3 and not cells[2]:
        cells.pop()
    return cells


def _value(cell: str) -> float | None:
    """Return the number in a cell; None if there is none. NaN and inf are numbers here, to be refused by name."""
    # float() also takes 1_000 and the digits of every script.
    if not cell.isascii() or "_" in cell:
        return None
    try:
        # Cells are not cut at commas where a comma is the decimal sign.
        return float(cell.replace(",", "."))
    except ValueError:
        return None


def _complaint(number: int, line: str, cells: list[str], path: str | Path) -> str:
    """Return the sentence about a line that is not two finite numbers."""
    where = f"Line {number} of the file {str(path)!r}"
    if len(cells) != 2:
        count = f"{len(cells)} column{'s' if len(cells) != 1 else ''}"
        return (f"{where} has {count}, {_short(line)}; two are needed, x and y, with a comma, a semicolon, a tab or "
                "spaces between them.")
    for name, cell in zip("xy", cells, strict=True):
        value = _value(cell)
        if value is None or not math.isfinite(value):
            wrong = "not a number" if value is None else "not finite"
            return f"{where} has {_short(cell)} as its {name}, which is {wrong}; correct or remove the line."
    raise ValueError(f"nothing is wrong with line {number}")


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
