"""What a person's table looks like and what of it is taken: values only; `files` makes them and reads by them."""

from __future__ import annotations

from dataclasses import dataclass

from fmviz.core.cloud import PointCloud
from fmviz.core.errors import CloudError

# As `ReadChoice.rows`: rows of every group together.
ALL_ROWS = ("", "")


@dataclass(frozen=True)
class ReadChoice:
    """What of a table becomes a cloud; None leaves it to what the table itself says.

    Columns are called by their names, or "column 3" by their place from 1.

    Args:
        columns: x and y.
        rows: (column, value): only the rows that have this value there; ALL_ROWS takes all.
        weights: the column of the points' masses; None takes equal ones.
        labels: the column of the points' classes; None takes none.
        skips_missing: leave out rows without a number for x, y or weight; otherwise they are refused.
        decimal: the decimal sign, "." or ","; the other one, if it stands anywhere, groups thousands.
        has_heading: whether the first row names the columns.
        part: a sheet of a workbook, an array of an archive.
    """

    columns: tuple[str, str] | None = None
    rows: tuple[str, str] | None = None
    weights: str | None = None
    labels: str | None = None
    skips_missing: bool = False
    decimal: str | None = None
    has_heading: bool | None = None
    part: str | None = None


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Args:
        key: what `ReadChoice` calls it.
        name: its heading, "" if it has none.
        kind: "number", "text" or "empty".
        low: the smallest number of a sample; None without one.
        role: what it seems to be: "x", "y", "weight", "label", "group", "index", or "" for anything else.
        values: for text and whole numbers of few values: (value, rows) in the order of first appearance.
    """

    key: str
    name: str
    kind: str
    low: float | None = None
    role: str = ""
    values: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Question:
    """What the table leaves open.

    Args:
        field: the field of `ReadChoice` that an answer sets.
        sentence: what is open.
        answers: (value of the field, its words), the likelier first.
        remedy: how the command line answers it.
    """

    field: str
    sentence: str
    answers: tuple[tuple[object, str], ...]
    remedy: str


class UnclearTable(CloudError):
    """A table that can be read in two ways; `question` says which."""

    def __init__(self, question: Question) -> None:
        super().__init__(f"{question.sentence} {question.remedy}")
        self.question = question


@dataclass(frozen=True)
class TableView:
    """What a person needs to see of a table before it is read.

    Args:
        name: the file's.
        columns: all that are not empty.
        rows: the first rows as text, a cell for each column.
        count: how many rows there are.
        is_whole: False if only the beginning of a large file was looked at.
        guess: what would be taken, with every name filled in; labels and weights are offers.
        questions: what is open; empty if the guess can be read as it is.
        notes: what was taken as heading, as title, or passed over; sentences.
        parts: names of all sheets or arrays, if there are several.
    """

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    count: int
    is_whole: bool
    guess: ReadChoice
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class CloudRead:
    """A cloud and what has to be said about how it was read.

    Args:
        skipped: how many rows were left out because a number was missing.
    """

    cloud: PointCloud
    notes: tuple[str, ...] = ()
    skipped: int = 0
