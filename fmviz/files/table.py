"""A table of columns as a cloud: which columns are taken, how their numbers are written, which rows have them.

The rows and columns come from `tables`; where they came from does not matter here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from fmviz.core.cloud import LONGEST_LABEL, MIN_POINTS, NO_LABEL, Labels, PointCloud
from fmviz.core.errors import CloudError, quoted
from fmviz.core.extent import outliers_in_words
from fmviz.core.numbers import counted
from fmviz.core.table import ALL_ROWS, CloudRead, Column, Question, ReadChoice, TableView, UnclearTable
from fmviz.files.heading import counts_rows, roles_of
from fmviz.files.text_table import (
    SPACES,
    Cell,
    are_numbers,
    cell_text,
    decimal_of,
    is_missing,
    is_number,
    numbers,
    plain_numbers,
)

_SHOWN_ROWS = 50
_LONGEST_CELL = 200
# More different values than these are no classes and no groups.
_MOST_VALUES = 1_000
# Rows that are looked at to learn what a column holds.
_SAMPLE = 1_000
_SIGN_WORDS = {".": "decimal point", ",": "decimal comma"}
# Between these a point is the decimal sign without a doubt.
_POINTED = (",", "|", SPACES, "")

Cells = Sequence[Cell] | NDArray[np.float64]


@dataclass(frozen=True)
class Parts:
    """The sheets or arrays of a file that may be tables, and which of them this is."""

    names: tuple[str, ...] = ()
    this: str | None = None
    is_chosen: bool = True
    kind: str = "sheet"

    @property
    def question(self) -> Question | None:
        """Which part is meant, if that is open."""
        if self.is_chosen or len(self.names) < 2:
            return None
        shown = ", ".join(map(quoted, self.names[:6])) + (" ..." if len(self.names) > 6 else "")
        return Question("part", f"There are {len(self.names)} {self.kind}s with points: {shown}.",
                        tuple((name, name) for name in self.names), f"Choose one: --part {self.names[0]}.")


class _Read:
    """A column as it was read; what it holds is worked out when asked for.

    Args:
        key: what `ReadChoice` calls it.
        name: its heading, "" if it has none.
        read: gives the cells of these rows, or of all if None.
        sample: the rows that are looked at to learn what it holds.
        separator: what separated the columns; "" if nothing did.
    """

    def __init__(self, key: str, name: str, read: Callable[[Sequence[int] | None], Cells], sample: Sequence[int],
                 separator: str) -> None:
        self.key, self.name, self._read, self._sample, self._separator = key, name, read, sample, separator

    @cached_property
    def cells(self) -> Cells:
        return self._read(None)

    @cached_property
    def some(self) -> Cells:
        """The cells of the sampled rows."""
        return self._read(self._sample)

    @cached_property
    def are_numbers(self) -> bool:
        return isinstance(self.some, np.ndarray) or are_numbers(self.some)

    @cached_property
    def plain(self) -> NDArray[np.float64] | None:
        """The numbers if all cells are plain numbers with a point, or missing; else None."""
        return plain_numbers(self.cells, ".")

    @cached_property
    def sign(self) -> tuple[str | None, str, str]:
        """The decimal sign as `decimal_of` has it, with what the separator says of it."""
        sign, point, comma = decimal_of(self.cells, self.plain is not None)
        if sign is None and point == comma and "." in point:
            # With three decimals throughout 1.234 is no thousand: so write programs, not spreadsheets.
            is_pointed = self._separator in _POINTED or (self._separator == "\t" and all(
                isinstance(cell, str) and "." in cell for cell in self.cells if not is_missing(cell)))
            sign = "." if is_pointed else None
        return sign, point, comma


class Table:
    """A table and what was chosen of it; answers are worked out when asked for.

    Args:
        names: of the columns, "" where there is none.
        count: how many rows.
        column: gives the cells of a column by its place: of these rows, or of all if None.
        notes: what was found on the way here.
        question: what is open about the heading.
        lines: the line of each row, from 0; None if rows have no lines.
        extra: rows with more cells than columns.
        separator: as in `_Read`.
        parts: the sheets or arrays.
        is_whole: whether these are all rows.
    """

    def __init__(self, name: str, choice: ReadChoice, names: Sequence[str], count: int,
                 column: Callable[[int, Sequence[int] | None], Cells], *, notes: Sequence[str] = (),
                 question: Question | None = None, lines: Sequence[int] | None = None, extra: Sequence[int] = (),
                 separator: str = "", parts: Parts | None = None, is_whole: bool = True) -> None:
        self.name, self.choice, self._count = name, choice, count
        self._notes, self._question, self._lines, self._extra = list(notes), question, lines, extra
        self._parts, self._is_whole = parts or Parts(), is_whole
        names = [name.strip() for name in names]
        often = Counter(names)
        sample = sorted({*range(min(count, _SAMPLE)), *range(0, count, max(count // _SAMPLE, 1))})
        self._read = [_Read(name if name and often[name] == 1 else f"column {i + 1}", name, partial(column, i), sample,
                            separator) for i, name in enumerate(names)]

    def choosing(self, choice: ReadChoice) -> Table | None:
        """Return the same table with other columns, rows or signs; None if it must be read again for it."""
        if (choice.has_heading, choice.part) != (self.choice.has_heading, self.choice.part):
            return None
        table = copy(self)
        table.choice = choice
        return table

    def with_note(self, note: str) -> Table:
        """Return this table, with something more said of how it was read; its rows are no lines."""
        self._notes.append(note)
        self._lines = None
        return self

    def view(self) -> TableView:
        """Say what is there, what would be taken, and what is open."""
        columns = self._columns(is_exact=True)
        guess, questions = self._guess(columns)
        there = {column.key for column in columns}
        shown = [read.cells for read in self._read if read.key in there]
        rows = tuple(tuple(cell_text(cells[row])[:_LONGEST_CELL] for cells in shown)
                     for row in range(min(self._count, _SHOWN_ROWS)))
        return TableView(self.name, columns, rows, self._count, self._is_whole, guess, tuple(questions),
                         tuple(self._notes), self._parts.names)

    def cloud(self) -> CloudRead:
        """Return the points.

        Raises:
            UnclearTable: something is open.
            CloudError: there are no points, or too many.
        """
        columns = self._columns(is_exact=False)
        guess, questions = self._guess(columns)
        if questions:
            raise UnclearTable(questions[0])
        assert guess.columns is not None
        rows, wanted = self._rows(), self._wanted(guess.columns)
        values, is_complete = self._values(wanted, rows)
        kept = rows[is_complete]
        if len(kept) < MIN_POINTS:
            why = f": {self._complaint(int(rows[~is_complete][0]), wanted)}" if len(kept) < len(rows) else ""
            raise CloudError(f"The file {quoted(self.name)} has {counted(len(kept), 'point')} with numbers for "
                             f"{quoted(guess.columns[0])} and {quoted(guess.columns[1])}; at least {MIN_POINTS} are "
                             f"needed{why}.")
        values = values[is_complete]
        labels = self._labels(self._find(self.choice.labels), kept) if self.choice.labels else None
        cloud = PointCloud(values[:, :2], values[:, 2] if len(wanted) > 2 else None, self.name, labels)
        skipped = int(len(rows) - len(kept))
        notes = [*self._notes]
        if len(columns) > 2:
            notes.append(f"x is {quoted(guess.columns[0])}, y is {quoted(guess.columns[1])}.")
        for read in wanted:
            sign, point, comma = self._sign(read)
            if point and point == comma:
                value = numbers([point], sign or self._common_sign() or ".")[0]
                notes.append(f"Numbers such as {quoted(point)} were read as {value:g}.")
                break
        for role, chosen in (("weight", self.choice.weights), ("label", self.choice.labels)):
            offered = next((column.key for column in columns if column.role == role), None)
            if chosen is None and offered is not None:
                notes.append(f"The column {quoted(offered)} may be a {role}; it was not used.")
        if skipped:
            notes.append(f"Left out: {skipped:,} of {len(rows):,} rows, for want of a number.")
        if far := outliers_in_words(cloud.xy):
            notes.append(far)
        return CloudRead(cloud, tuple(notes), skipped)

    def _find(self, key: str) -> _Read:
        """Return a column: by its name, else "column 3" or "3" from 1.

        Raises:
            CloudError: there is none.
        """
        wanted = key.strip()
        for spelling in (str, str.lower):
            for read in self._read:
                if spelling(read.name) == spelling(wanted):
                    return read
        place = wanted.removeprefix("column ")
        if place.isascii() and place.isdigit() and len(place) < 9 and 1 <= int(place) <= len(self._read):
            return self._read[int(place) - 1]
        shown = ", ".join(quoted(read.key) for read in self._read[:12]) + (" ..." if len(self._read) > 12 else "")
        raise CloudError(f"The file {quoted(self.name)} has no column {quoted(key)}; it has {shown}.")

    def _columns(self, is_exact: bool) -> tuple[Column, ...]:
        """Return the columns that are not empty; values are counted in all rows if `is_exact`, else in some."""
        found, counting = [], []
        for read in self._read:
            column, counts = Column(read.key, read.name, "number"), False
            if read.are_numbers:
                values = numbers(read.some, decimal_of(read.some)[0] or ".")
                finite = values[np.isfinite(values)]
                classes = _classes(finite)
                if classes and is_exact:
                    every = self._numbers(read)
                    classes = _classes(every[np.isfinite(every)])
                column = replace(column, low=float(finite.min()) if len(finite) else None, values=classes)
                counts = counts_rows(values[:min(self._count, _SAMPLE)])
            elif all(map(is_missing, read.some)) and all(map(is_missing, read.cells)):
                if not read.name:
                    continue
                column = replace(column, kind="empty")
            else:
                often = Counter[str]()
                for cell, times in Counter(read.cells if is_exact else read.some).items():  # mostly few different ones
                    if not is_missing(cell):
                        often[cell_text(cell)] += times
                column = replace(column, kind="text", values=tuple(often.items()) if len(often) <= _MOST_VALUES else ())
            found.append(column)
            counting.append(counts)
        roles = roles_of(found, counting)
        return tuple(replace(column, role=roles.get(column.key, "")) for column in found)

    def _guess(self, columns: Sequence[Column]) -> tuple[ReadChoice, list[Question]]:
        """Return the choice with every name filled in, and what it leaves open.

        Raises:
            CloudError: there are not two columns of numbers, or the choice names something that is not there.
        """
        by_role = {column.role: column for column in columns}
        choice = self.choice
        if choice.columns is not None:
            taken = self._find(choice.columns[0]).key, self._find(choice.columns[1]).key
        elif "x" in by_role:
            taken = by_role["x"].key, by_role["y"].key
        else:
            raise self._too_few(columns)
        questions = [question for question in (self._parts.question, self._question) if question is not None]
        group = by_role.get("group")
        rows = choice.rows
        if group is not None and rows is None and choice.labels is None:
            questions.append(_which_rows(group))
        wanted = self._wanted(taken)
        question = self._which_sign(wanted) if choice.decimal is None else None
        if question is None and not questions and not choice.skips_missing:
            question = self._what_is_missing(wanted)
        if question is not None:
            questions.append(question)
        label, weight = by_role.get("label"), by_role.get("weight")
        guess = replace(choice, columns=taken, rows=rows, part=self._parts.this,
                        weights=choice.weights or (weight.key if weight else None),
                        labels=choice.labels or (label.key if label else None),
                        decimal=next((sign for sign, _, _ in map(self._sign, wanted) if sign), None))
        return guess, questions

    def _wanted(self, columns: Sequence[str]) -> list[_Read]:
        """Return the columns of x, y and, if somebody has chosen one, of the weights."""
        return [self._find(key) for key in (*columns, *([self.choice.weights] if self.choice.weights else []))]

    def _too_few(self, columns: Sequence[Column]) -> CloudError:
        there = [column for column in columns if column.kind == "number"]
        first = quoted(", ".join(cell_text(read.cells[0]) for read in self._read[:12]))
        return CloudError(f"The file {quoted(self.name)} has {counted(len(there), 'column')} of "
                          f"numbers, its first row is {first}; two are needed, x and y, with a comma, a semicolon, a "
                          "tab or spaces between them.")

    def _sign(self, read: _Read) -> tuple[str | None, str, str]:
        return read.sign if self.choice.decimal is None else (self.choice.decimal, "", "")

    def _numbers(self, read: _Read) -> NDArray[np.float64]:
        """Return the numbers of a column, NaN where there is none; a column in doubt follows the others."""
        if isinstance(read.cells, np.ndarray):
            return read.cells
        sign = self._sign(read)[0] or self._common_sign() or "."
        return read.plain if sign == "." and read.plain is not None else numbers(read.cells, sign)

    def _values(self, wanted: Sequence[_Read], rows: NDArray[np.int64]) -> tuple[NDArray[np.float64],
                                                                                 NDArray[np.bool_]]:
        """Return the numbers of some columns in some rows, and which rows have all of them and no cell too many."""
        values = np.column_stack([self._numbers(read)[rows] for read in wanted])
        return values, np.isfinite(values).all(axis=1) & ~np.isin(rows, np.asarray(self._extra, dtype=np.int64))

    def _common_sign(self) -> str | None:
        """Return the decimal sign of all columns of numbers that have one; None if there is none or they differ."""
        signs = {self._sign(read)[0] for read in self._read if read.are_numbers} - {None}
        return signs.pop() if len(signs) == 1 else None

    def _which_sign(self, wanted: Sequence[_Read]) -> Question | None:
        for read in wanted:
            sign, point, comma = self._sign(read)
            if sign is not None or not point:
                continue
            if point != comma:
                raise CloudError(f"The column {quoted(read.key)} has both {quoted(point)} and {quoted(comma)}; say "
                                 "which is the decimal sign: --decimal . or --decimal ,")
            if self._common_sign() is None:
                whole, parted = point.replace(".", "").replace(",", ""), point.replace(",", ".")
                mark = "," if "," in point else "."
                answers = ((mark, f"{parted} ({_SIGN_WORDS[mark]})"),
                           ("." if mark == "," else ",", f"{int(whole):,} (thousands)"))
                return Question("decimal", f"The numbers of column {quoted(read.key)} can be read in two ways: "
                                           f"{quoted(point)} as {parted} or as {int(whole):,}.",
                                answers, f"Say --decimal {mark} for {parted} or --decimal {answers[1][0]} for "
                                         f"{int(whole):,}.")
        return None

    def _what_is_missing(self, wanted: Sequence[_Read]) -> Question | None:
        rows = self._rows()
        bad = rows[~self._values(wanted, rows)[1]]
        if not len(bad) or len(bad) > len(rows) - MIN_POINTS:
            return None
        what = f"{len(bad):,} of {len(rows):,} rows have" if len(bad) > 1 else f"1 of {len(rows):,} rows has"
        return Question("skips_missing", f"{what} no point: {self._complaint(int(bad[0]), wanted)}.",
                        ((True, f"Leave {len(bad):,} rows out"),),
                        "Correct them, or leave them out with --missing skip.")

    def _complaint(self, row: int, wanted: Sequence[_Read]) -> str:
        """Return what is wrong with a row that has no point: "line 4 has 'four' for 'y', which is no finite number"."""
        where = f"line {self._lines[row] + 1}" if self._lines is not None else f"row {row + 1}"
        if row in self._extra:
            return f"{where} has more cells than the table has columns, {len(self._read)}"
        for read in wanted:
            if not np.isfinite(self._numbers(read)[row]):
                cell = cell_text(read.cells[row])
                called = quoted(read.key) if read.key == read.name else read.key
                return f"{where} has {quoted(cell) if cell else 'nothing'} for {called}" + (
                    ", which is no finite number" if cell else "")
        raise ValueError(f"nothing is wrong with row {row}")

    def _rows(self) -> NDArray[np.int64]:
        """Return the places of the chosen rows.

        Raises:
            CloudError: no row has the chosen value.
        """
        if self.choice.rows in (None, ALL_ROWS):
            return np.arange(self._count)
        assert self.choice.rows is not None
        key, value = self.choice.rows
        cells = self._find(key).cells
        there = Counter(cells)
        meant = {cell for cell in there if cell_text(cell) == value.strip()}
        rows = np.flatnonzero([cell in meant for cell in cells])
        if not len(rows):
            often = ", ".join(quoted(cell_text(cell)) for cell, _ in there.most_common(8))
            raise CloudError(f"No row of {quoted(self.name)} has {quoted(value)} as its {quoted(key)}; it has {often}.")
        return rows

    def _labels(self, read: _Read, rows: NDArray[np.int64]) -> Labels:
        chosen = [read.cells[row] for row in rows]
        texts = {cell: None if is_missing(cell) else _label(cell) for cell in set(chosen)}
        names = sorted({text for text in texts.values() if text is not None}, key=_in_order)
        codes: dict[str | None, int] = {None: NO_LABEL, **{name: code for code, name in enumerate(names)}}
        of = {cell: codes[text] for cell, text in texts.items()}
        return Labels(np.array([of[cell] for cell in chosen], dtype=np.int64), tuple(names))


def _which_rows(group: Column) -> Question:
    values = [value for value, _ in group.values]
    shown = ", ".join(quoted(value) for value in values[:6]) + (" ..." if len(values) > 6 else "")
    answers = tuple(((group.key, value), f"{value} ({rows:,} rows)") for value, rows in group.values)
    return Question("rows", f"The column {quoted(group.key)} tells {len(values)} groups apart: {shown}.",
                    (*answers, (ALL_ROWS, "All together")),
                    f'Choose one with --rows "{group.key}={values[0]}", or --rows all.')


def _classes(values: NDArray[np.float64]) -> tuple[tuple[str, int], ...]:
    """Return the different numbers with their counts if they can be classes: few whole ones."""
    if not len(values) or not np.array_equal(values[:_SAMPLE], np.round(values[:_SAMPLE])):
        return ()
    different, counts = np.unique(values, return_counts=True)
    if len(different) > _MOST_VALUES or not np.array_equal(different, np.round(different)):
        return ()
    return tuple((cell_text(float(value)), int(count)) for value, count in zip(different, counts, strict=True))


def _label(cell: Cell) -> str:
    text = cell_text(cell)
    return text if len(text) <= LONGEST_LABEL else text[:LONGEST_LABEL - 3] + "..."


def _in_order(name: str) -> tuple[float, str]:
    """Numbers by size, then words by their letters."""
    return (numbers([name], ".")[0], name) if is_number(name) else (np.inf, name)
