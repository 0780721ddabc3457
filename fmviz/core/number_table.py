"""The numbers of the panes as a table, which `core.tabular` writes as text.

Text for people has no more digits than a number's error allows, and the clearly better number of a column in bold.
Errors have columns of their own in CSV; a column of which nobody knows anything is left to it too.
"""

from __future__ import annotations

from collections.abc import Sequence

from fmviz.core.quantities import QUANTITIES, NumberRow, Quantity, best
from fmviz.core.tabular import Cell, Column, Said, Table


def number_table(rows: Sequence[NumberRow]) -> Table:
    """Return the table of some panes."""
    columns = [Column("Pane", is_text=True), Column("Steps")]
    parts: list[list[Cell]] = [[row.name, row.step] for row in rows]
    for quantity in QUANTITIES:
        columns += _columns(quantity, rows)
        better = best(quantity, rows)
        for place, row in enumerate(rows):
            value = quantity.value(row.metrics)
            parts[place].append(None if value is None else Said(value, quantity.text(row.metrics), place == better))
            if quantity.error:
                parts[place].append(quantity.error_of(row.metrics))
    return Table(tuple(columns), tuple(map(tuple, parts)))


def _columns(quantity: Quantity, rows: Sequence[NumberRow]) -> list[Column]:
    """Return the column of a number, and that of its error."""
    is_known = not rows or any(quantity.value(row.metrics) is not None for row in rows)
    head = Column(quantity.title, latex=quantity.latex, is_for_csv=not is_known)
    return [head, Column(f"{quantity.title}, error", is_for_csv=True)] if quantity.error else [head]
