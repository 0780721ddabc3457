"""A table as text: Markdown, LaTeX or CSV, for a paper, a note or a spreadsheet.

Text for people has few digits and a dash for what is not known; CSV has all digits and an empty cell.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass

_UNKNOWN = "–"
_LATEX = {"\\": r"\textbackslash{}", **{mark: f"\\{mark}" for mark in "&%$#_{}"}, "~": r"\textasciitilde{}",
          "^": r"\textasciicircum{}", "–": "--", "±": r"$\pm$"}


@dataclass(frozen=True)
class Said:
    """A number, and how people read it; the best of several is bold."""

    value: float
    text: str
    is_best: bool = False


Cell = str | float | Said | None


@dataclass(frozen=True)
class Column:
    """Head of a column.

    Args:
        title: in words.
        digits: of its numbers behind the point, as people read them.
        latex: the head in TeX where it is not the title.
        is_text: whether it holds words, which are set to the left.
        is_for_csv: whether people do not read it.
    """

    title: str
    digits: int = 0
    latex: str = ""
    is_text: bool = False
    is_for_csv: bool = False

    def said(self, cell: Cell) -> str:
        """Return a cell as people read it."""
        if isinstance(cell, Said):
            return cell.text
        return _UNKNOWN if cell is None else cell if isinstance(cell, str) else f"{cell:,.{self.digits}f}"


@dataclass(frozen=True, eq=False)
class Table:
    """Columns, and rows with a cell for each."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def for_people(self) -> Table:
        """The table without the columns that only CSV has."""
        kept = [place for place, column in enumerate(self.columns) if not column.is_for_csv]
        return Table(tuple(self.columns[place] for place in kept),
                     tuple(tuple(row[place] for place in kept) for row in self.rows))


def as_markdown(table: Table) -> str:
    """Return a table whose numbers are right-aligned."""
    table = table.for_people
    lines = [[column.title for column in table.columns],
             ["---" if column.is_text else "---:" for column in table.columns]]
    lines += [[_bold(cell, column.said(cell).replace("|", r"\|"), "**{}**")
               for column, cell in zip(table.columns, row, strict=True)] for row in table.rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def as_latex(table: Table) -> str:
    """Return a tabular with the rules of the booktabs package."""
    table = table.for_people
    head = [column.latex or column.title for column in table.columns]
    body = [[_bold(cell, _escaped(column.said(cell)), r"\textbf{{{}}}")
             for column, cell in zip(table.columns, row, strict=True)] for row in table.rows]
    sides = "".join("l" if column.is_text else "r" for column in table.columns)
    return "\n".join((f"\\begin{{tabular}}{{{sides}}}", r"\toprule", f"{' & '.join(head)} \\\\", r"\midrule",
                      *(f"{' & '.join(line)} \\\\" for line in body), r"\bottomrule", r"\end{tabular}", ""))


def as_csv(table: Table) -> str:
    """Return lines with commas, decimal points and all digits."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.title for column in table.columns])
    for row in table.rows:
        writer.writerow([_exact(cell.value if isinstance(cell, Said) else cell) for cell in row])
    return text.getvalue()


TEXTS: dict[str, Callable[[Table], str]] = {"Markdown": as_markdown, "LaTeX": as_latex, "CSV": as_csv}


def _escaped(text: str) -> str:
    return "".join(_LATEX.get(mark, mark) for mark in text)


def _bold(cell: Cell, text: str, pattern: str) -> str:
    return pattern.format(text) if isinstance(cell, Said) and cell.is_best else text


def _exact(cell: str | float | None) -> str:
    return "" if cell is None else cell if isinstance(cell, str) else f"{cell:.9g}"
