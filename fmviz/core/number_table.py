"""The numbers of the panes as a table, which `core.tabular` writes as text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fmviz.core.frames import Metrics
from fmviz.core.tabular import Column, Table


@dataclass(frozen=True, eq=False)
class NumberRow:
    """One pane: its name, the training steps behind the numbers, the numbers."""

    name: str
    step: int | None
    metrics: Metrics


_COLUMNS: tuple[tuple[Column, Callable[[NumberRow], str | float | None]], ...] = (
    (Column("Pane", is_text=True), lambda row: row.name),
    (Column("Steps"), lambda row: row.step),
    (Column("Steps/s"), lambda row: row.metrics.steps_per_second),
    (Column("Loss", 3), lambda row: row.metrics.loss),
    (Column("Loss floor", 3), lambda row: row.metrics.loss_floor),
    (Column("Exact error", 4), lambda row: row.metrics.exact_error),
    (Column("W2", 3, "$W_2$"), lambda row: row.metrics.w2),
    (Column("W2 floor", 3, "$W_2$ floor"), lambda row: row.metrics.w2_floor),
    (Column("Path", 2), lambda row: row.metrics.path_length),
    (Column("Straight", 2), lambda row: row.metrics.straight_length),
    (Column("Path / straight", 2), lambda row: row.metrics.path_ratio),
    (Column("NPE", 3), lambda row: row.metrics.npe),
    (Column("NLL", 3), lambda row: row.metrics.nll),
    (Column("NLL error", 3), lambda row: row.metrics.nll_error),
    (Column("Entropy", 3), lambda row: row.metrics.nll_floor),
    (Column("Evaluations"), lambda row: row.metrics.nfe),
)


def number_table(rows: Sequence[NumberRow]) -> Table:
    """Return the table of some panes."""
    return Table(tuple(column for column, _ in _COLUMNS),
                 tuple(tuple(value(row) for _, value in _COLUMNS) for row in rows))
