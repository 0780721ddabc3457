"""The numbers of the panes as a table in text: Markdown, LaTeX or CSV, for a paper, a note or a spreadsheet.

Text for people has a fixed count of digits and a dash for what is not known; CSV has all digits and an empty cell.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fmviz.core.frames import Metrics

_UNKNOWN = "–"
_LATEX = {"\\": r"\textbackslash{}", **{mark: f"\\{mark}" for mark in "&%$#_{}"}, "~": r"\textasciitilde{}",
          "^": r"\textasciicircum{}", "–": "--"}


@dataclass(frozen=True, eq=False)
class NumberRow:
    """One pane: its name, the training steps behind the numbers, the numbers."""

    name: str
    step: int | None
    metrics: Metrics


@dataclass(frozen=True)
class _Column:
    title: str
    latex: str
    digits: int
    value: Callable[[NumberRow], float | None]


_COLUMNS = (
    _Column("Steps", "Steps", 0, lambda row: row.step),
    _Column("Steps/s", "Steps/s", 0, lambda row: row.metrics.steps_per_second),
    _Column("Loss", "Loss", 3, lambda row: row.metrics.loss),
    _Column("Loss floor", "Loss floor", 3, lambda row: row.metrics.loss_floor),
    _Column("Exact error", "Exact error", 4, lambda row: row.metrics.exact_error),
    _Column("W2", "$W_2$", 3, lambda row: row.metrics.w2),
    _Column("W2 floor", "$W_2$ floor", 3, lambda row: row.metrics.w2_floor),
    _Column("Path", "Path", 2, lambda row: row.metrics.path_length),
    _Column("Straight", "Straight", 2, lambda row: row.metrics.straight_length),
    _Column("Path / straight", "Path / straight", 2, lambda row: row.metrics.path_ratio),
    _Column("NPE", "NPE", 3, lambda row: row.metrics.npe),
)


def as_markdown(rows: Sequence[NumberRow]) -> str:
    """Return a table whose numbers are right-aligned."""
    lines = [["Pane", *(column.title for column in _COLUMNS)], ["---", *("---:" for _ in _COLUMNS)]]
    lines += [[row.name.replace("|", r"\|"), *_said(row)] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def as_latex(rows: Sequence[NumberRow]) -> str:
    """Return a tabular with the rules of the booktabs package."""
    head = ["Pane", *(column.latex for column in _COLUMNS)]
    body = [[_escaped(row.name), *map(_escaped, _said(row))] for row in rows]
    return "\n".join((f"\\begin{{tabular}}{{l{'r' * len(_COLUMNS)}}}", r"\toprule", f"{' & '.join(head)} \\\\",
                      r"\midrule", *(f"{' & '.join(line)} \\\\" for line in body), r"\bottomrule",
                      r"\end{tabular}", ""))


def as_csv(rows: Sequence[NumberRow]) -> str:
    """Return lines with commas, decimal points and all digits."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["Pane", *(column.title for column in _COLUMNS)])
    for row in rows:
        values = (column.value(row) for column in _COLUMNS)
        writer.writerow([row.name, *("" if value is None else f"{value:.9g}" for value in values)])
    return text.getvalue()


FORMATS: dict[str, Callable[[Sequence[NumberRow]], str]] = {"Markdown": as_markdown, "LaTeX": as_latex, "CSV": as_csv}


def _said(row: NumberRow) -> list[str]:
    return [_UNKNOWN if (value := column.value(row)) is None else f"{value:,.{column.digits}f}" for column in _COLUMNS]


def _escaped(text: str) -> str:
    return "".join(_LATEX.get(mark, mark) for mark in text)
