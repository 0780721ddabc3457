"""Text into rows of cells: the code of the characters, comments, quotes, and what separates the columns.

Python's csv module cuts the cells; which separator it is told is decided here, by how many rows then have the same
number of columns and how many cells are numbers. Measured on 31 dialects: clevercsv found 30 separators (not that of
Fortran's numbers), duckdb 25, pandas 27, polars 21; none of them knows a decimal comma.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fmviz.core.errors import CloudError, quoted
from fmviz.files.cells import is_missing, is_number
from fmviz.files.source import Content

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
_COMMENT = re.compile(r"^[ \t\ufeff]*(?:#(?!(?:N/A|DIV/0!|VALUE!|REF!|NAME\?|NUM!|NULL!))|%|//)[^\r\n]*", re.MULTILINE)
_SEPARATOR_LINE = re.compile(r"\s*sep=(.)[ \t]*(?:\r\n|\r|\n)", re.IGNORECASE)
_BRACKETED = re.compile(r"^[ \t]*[\[(]{1,2}([^\[\](){}\"]*)[\])]{1,2}[ \t]*[,;]?[ \t]*$", re.MULTILINE)
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32",
          codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}

Row = list[str]


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
    may_have = any(mark in text for mark in _COMMENT_MARKS)
    comments = tuple(found.group().strip(" \t\ufeff").lstrip("#%/").strip()
                     for found in (_first_comments(text) if may_have else ()))
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


def _first_comments(text: str, most: int = 200) -> Iterator[re.Match[str]]:
    for count, found in enumerate(_COMMENT.finditer(text)):
        if count == most:
            return
        yield found


def _without_brackets(found: re.Match[str]) -> str:
    inner = found.group(1).strip()
    # (1.5) alone is a negative number.
    return found.group() if is_number(inner) else inner
