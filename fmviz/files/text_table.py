"""Text into rows of cells: the code of the characters, comments, quotes, and what separates the columns.

Python's csv module cuts the cells; which separator it is told is decided here, by how many rows then have the same
number of columns and how many cells are numbers. Measured on 31 dialects: clevercsv found 30 separators (not that of
Fortran's numbers), duckdb 25, pandas 27, polars 21; none of them knows a decimal comma.
"""

from __future__ import annotations

import codecs
import csv
import io
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmviz.core.errors import CloudError, quoted
from fmviz.files.source import Content

Cell = str | float | bool | None

# What programs write where a number is missing, in small letters.
MISSING = frozenset(("", "na", "n/a", "nan", "null", "none", "nil", "-", "--", "—", ".", "?", "missing", "inf", "+inf",
                     "-inf", "infinity", "#n/a", "#div/0!", "#value!", "#ref!", "#name?", "#num!", "#null!"))
_PLAIN_SIGNS = {"−": "-", "–": "-", "﹣": "-", "－": "-", "’": "'", "\u00a0": " ", "\u2007": " ", "\u2009": " ",
                "\u202f": " "}
_LOOKALIKES = str.maketrans(_PLAIN_SIGNS)
_FORTRAN = re.compile(r"(?<=[\d.,])[dD](?=[+-]?\d)")
MOST_ROWS = 1_000_000
# A cell takes some 70 bytes of memory.
MOST_CELLS = 4_000_000
# Each column is looked at for itself: these take two seconds.
MOST_COLUMNS = 10_000

SPACES = " "
_SEPARATORS = ("\t", ";", ",", "|", SPACES)
_SAMPLE_CHARACTERS = 40_000
_SAMPLE_COLUMNS = 40
# Excel's #N/A and the like are cells, not comments.
_COMMENT_MARKS = ("#", "%", "//")
# So many are kept, for one of them may name the columns.
_MOST_COMMENTS = 200
_COMMENT = re.compile(r"^[ \t\ufeff]*(?:#(?!(?:N/A|DIV/0!|VALUE!|REF!|NAME\?|NUM!|NULL!))|%|//)[^\r\n]*", re.MULTILINE)
_SEPARATOR_LINE = re.compile(r"\s*sep=(.)[ \t]*(?:\r\n|\r|\n)", re.IGNORECASE)
_BRACKETED = re.compile(r"^[ \t]*[\[(]{1,2}([^\[\](){}\"]*)[\])]{1,2}[ \t]*[,;]?[ \t]*$", re.MULTILINE)
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32",
          codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}

Row = list[str]


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


@dataclass(frozen=True)
class TextRows:
    """A text cut into cells.

    Args:
        rows: one for each line or quoted group of lines; empty ones stay, so that places are lines where no cell
            holds a line break.
        separator: what separates the columns; SPACES for any white space.
        comments: the comment lines, without their sign.
    """

    rows: list[Row]
    separator: str
    comments: tuple[str, ...]


def text_of(content: Content) -> str:
    """Return the text of a file; only digits and signs must be understood, so any one-byte code will do.

    Raises:
        CloudError: it is not text.
    """
    data = content.data
    for mark, code in _MARKS.items():
        if data.startswith(mark):
            return data.decode(code, errors="replace")
    if b"\0" in data:
        head = data[:2000]
        for code, zeros, others in (("utf-16-le", head[1::2], head[::2]), ("utf-16-be", head[::2], head[1::2])):
            if zeros.count(0) > 0.9 * len(zeros) and not others.count(0):
                return data.decode(code, errors="replace")
        raise CloudError(f"The file {quoted(content.name)} is neither text nor another table that can be read; save "
                         "its points as .csv, .xlsx, .ods or .npy.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def text_rows(text: str, name: str) -> TextRows:
    """Cut a text into rows of cells.

    Raises:
        CloudError: more rows or cells than are ever read.
    """
    separator = None
    if told := _SEPARATOR_LINE.match(text):  # Excel's own first line
        separator = told.group(1)
        text = "\n" + text[told.end():]
    # The expression alone takes a quarter of a second for 30 MB.
    found_here = _COMMENT.finditer(text) if any(mark in text for mark in _COMMENT_MARKS) else ()
    comments = tuple(found.group().strip(" \t\ufeff").lstrip("#%/").strip()
                     for found in islice(found_here, _MOST_COMMENTS))
    if comments:
        text = _COMMENT.sub("", text)
    if _BRACKETED.search(text, 0, _SAMPLE_CHARACTERS):
        # A list of pairs as programs print it: (1.5, 2.5) or [1.5 2.5].
        text = _BRACKETED.sub(_without_brackets, text)
    if separator is None:
        separator = separator_of(text)
    lines = text.count("\n") + text.count("\r")
    cells = lines + (len(text.split(None, MOST_CELLS)) if separator == SPACES else text.count(separator))
    if lines > 2 * MOST_ROWS or cells > MOST_CELLS:
        raise CloudError(f"The file {quoted(name)} has {cells:,} cells in {lines:,} lines; at most "
                         f"{MOST_CELLS:,} cells in {MOST_ROWS:,} lines are read: keep only the columns of the points.")
    return TextRows(_cut(text, separator), separator, comments)


def separator_of(text: str) -> str:
    """Return what separates the columns: that which leaves most cells numbers in rows of one length."""
    sample = text[:_SAMPLE_CHARACTERS]
    if len(sample) < len(text):
        sample = sample[:max(sample.rfind("\n"), sample.rfind("\r")) + 1] or sample
    return max(_SEPARATORS, key=lambda mark: _fitness(_cut(sample, mark)))


def _fitness(rows: Sequence[Row]) -> tuple[bool, float]:
    """Return whether there can be an x and a y, and how well the rows fit a table of numbers, 0 to 1."""
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if not rows:
        return False, 0.0
    width = Counter(len(row) for row in rows).most_common(1)[0][0]
    regular = [row[:_SAMPLE_COLUMNS] for row in rows if len(row) == width]
    found = [sum(map(is_number, column)) for column in zip(*regular, strict=True)]
    filled = [sum(not is_missing(cell) for cell in column) for column in zip(*regular, strict=True)]
    columns = sum(n > 0.5 * of for n, of in zip(found, filled, strict=True) if of)
    return columns >= 2, len(regular) / len(rows) * sum(found) / max(sum(filled), 1)


def _cut(text: str, separator: str) -> list[Row]:
    if separator == SPACES and '"' not in text:
        return [line.split() for line in _lines(text)]
    options = {"delimiter": separator, "skipinitialspace": True}
    source: Iterator[str] | io.StringIO = io.StringIO(text, newline="")
    if separator == SPACES:
        source = (line.replace("\t", " ").strip() + "\n" for line in _lines(text))
    try:
        # Not list(), which keeps Python's lock from the first row to the last: the window stood still for 1.9 s.
        return [row for row in csv.reader(source, strict=True, **options)]  # type: ignore[arg-type]  # noqa: C416
    except csv.Error:
        # Quotes that do not pair, as in 5" tubes, are characters like others.
        if separator == SPACES:
            return [line.split() for line in _lines(text)]
        return [line.split(separator) for line in _lines(text)]


def _lines(text: str) -> list[str]:
    # Not str.splitlines, which also splits at form feeds and exotic marks: numbers would differ from an editor's.
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _without_brackets(found: re.Match[str]) -> str:
    inner = found.group(1).strip()
    # (1.5) alone is a negative number.
    return found.group() if is_number(inner) else inner
