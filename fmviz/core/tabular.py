"""A table as text: Markdown, LaTeX or CSV, for a paper, a note or a spreadsheet.

Text for people has a fixed count of digits and a dash for what is not known; CSV has all digits and an empty cell.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass

Cell = str | float | None

_UNKNOWN = "–"
_LATEX = {"\\": r"\textbackslash{}", **{mark: f"\\{mark}" for mark in "&%$#_{}"}, "~": r"\textasciitilde{}",
          "^": r"\textasciicircum{}", "–": "--"}


@dataclass(frozen=True)
class Column:
    """Head of a column.

    Args:
        title: in words.
        digits: of its numbers behind the point, as people read them.
        latex: the head in TeX where it is not the title.
        is_text: whether it holds words, which are set to the left.
    """

    title: str
    digits: int = 0
    latex: str = ""
    is_text: bool = False

    def said(self, cell: Cell) -> str:
        """Return a cell as people read it."""
        return _UNKNOWN if cell is None else cell if isinstance(cell, str) else f"{cell:,.{self.digits}f}"


@dataclass(frozen=True, eq=False)
class Table:
    """Columns, and rows with a cell for each."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


def as_markdown(table: Table) -> str:
    """Return a table whose numbers are right-aligned."""
    lines = [[column.title for column in table.columns],
             ["---" if column.is_text else "---:" for column in table.columns]]
    lines += [[column.said(cell).replace("|", r"\|") for column, cell in zip(table.columns, row, strict=True)]
              for row in table.rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def as_latex(table: Table) -> str:
    """Return a tabular with the rules of the booktabs package."""
    head = [column.latex or column.title for column in table.columns]
    body = [[_escaped(column.said(cell)) for column, cell in zip(table.columns, row, strict=True)]
            for row in table.rows]
    sides = "".join("l" if column.is_text else "r" for column in table.columns)
    return "\n".join((f"\\begin{{tabular}}{{{sides}}}", r"\toprule", f"{' & '.join(head)} \\\\", r"\midrule",
                      *(f"{' & '.join(line)} \\\\" for line in body), r"\bottomrule", r"\end{tabular}", ""))


def as_csv(table: Table) -> str:
    """Return lines with commas, decimal points and all digits."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.title for column in table.columns])
    for row in table.rows:
        writer.writerow(["" if cell is None else cell if isinstance(cell, str) else f"{cell:.9g}" for cell in row])
    return text.getvalue()


TEXTS: dict[str, Callable[[Table], str]] = {"Markdown": as_markdown, "LaTeX": as_latex, "CSV": as_csv}


def _escaped(text: str) -> str:
    return "".join(_LATEX.get(mark, mark) for mark in text)
