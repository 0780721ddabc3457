"""Which of the first rows of a table name its columns, which are titles or units, where its points begin; and which
columns are x, y, weight and class."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fmviz.core.errors import quoted
from fmviz.core.numbers import counted
from fmviz.core.table import Column, Question
from fmviz.files.text_table import Cell, are_numbers, cell_text, is_missing, is_number, number

_UNITS = re.compile(
    r"mm|cm|m|km|[uµμ]m|nm|pm|å|in|ft|px|pixels?|deg|°|degrees?|rad|s|ms|[uµμ]s|min|h|[kmg]?hz|m?v|m?a|k|°?c|°f|k?pa|bar|k?g|mg"
    r"|%|-|a\.u\.|au|arb\. units|units?|k?n|j|k?ev|mol|m?l|db")
# Rows that are looked at to learn what the columns hold.
_SAMPLE = 1_000
# What a column holds is learned from the rows below these.
_MOST_HEADING_ROWS = 10
# Fewer rows below it say nothing about a first row of numbers.
_ENOUGH_ROWS = 4

AnyRow = Sequence[Cell]
# Pairs of names, spelled without capitals, units and marks; the first pair that is there wins.
_PAIRS = [("x", "y"), ("x1", "x2"), ("x0", "x1"), ("lon", "lat"), ("long", "lat"), ("lng", "lat"),
          ("longitude", "latitude"), ("easting", "northing"), ("east", "north"), ("e", "n"), ("ost", "nord"),
          ("xcoordinate", "ycoordinate"), ("xcoord", "ycoord"), ("coordx", "coordy"), ("posx", "posy"),
          ("xpos", "ypos"), ("positionx", "positiony"), ("xposition", "yposition"), ("centroidx", "centroidy"),
          ("xcentroid", "ycentroid"), ("u", "v"), ("re", "im"), ("real", "imag"), ("col", "row"), ("column", "row")]
# UMAP_1 and UMAP_2, tSNE1 and tSNE2, PC1 and PC2, Dim.1 and Dim.2, component_0 and component_1 ...
_NUMBERED = re.compile(r"(umap|tsne|pc|pca|dim|dimension|component|comp|mds|coord|ica|lle|isomap|diffmap|dc|phate|"
                       r"latent|z|embedding|emb|d|v|var|feature|f|axis)(\d+)")
_WEIGHTS = ("weight", "weights", "mass", "w", "gewicht", "poids", "probability", "prob", "p")
_LABELS = ("label", "labels", "class", "cluster", "clusters", "species", "category", "type", "celltype", "leiden",
           "louvain", "kmeans", "target", "group", "kind", "klasse", "seuratclusters")
_GROUPS = ("dataset", "datasets", "series", "panel", "facet", "datensatz")
_INDEX = ("index", "id", "idx", "no", "nr", "num", "row", "rowid", "point", "unnamed0", "rownames", "nummer")
# More values than these tell nobody apart.
_MOST_CLASSES = 60
_UNIT = re.compile(r"[\[(].*?[\])]")


@dataclass(frozen=True)
class TableHeading:
    """Where a table's points begin and what its columns are called.

    Args:
        start: the first row of points.
        names: a name for each column, "" for none.
        notes: what was taken as heading, as units, as title.
        question: set if the first row may be either.
    """

    start: int
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()
    question: Question | None = None


def is_blank(row: AnyRow) -> bool:
    """Return whether nothing is in a row."""
    if not row or (isinstance(row[0], str) and row[0].strip()):
        return not row
    return all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in row)


def width_of(rows: Sequence[AnyRow]) -> int:
    """Return the commonest number of cells of a row."""
    return Counter(len(row) for row in _spread(rows) if not is_blank(row)).most_common(1)[0][0]


def heading_of(rows: Sequence[AnyRow], width: int, has_heading: bool | None, comments: Sequence[str]) -> TableHeading:
    """Find the heading of a table whose rows have at least one that is not blank.

    Args:
        has_heading: what the person says; None leaves it to the rows.
        comments: comment lines; one of them may name the columns.
    """
    columns = _number_columns(rows, width)
    places = [i for i, row in enumerate(rows[:_SAMPLE]) if not is_blank(row)]
    first_point = next((i for i in places if _is_point(rows[i], columns)), places[0])
    lead = [i for i in places if i < first_point]
    # A broken first point above the heading would be a title; below the heading it is a point that lacks a number.
    worded = [i for i in lead if not any(c < len(rows[i]) and is_number(rows[i][c]) for c in columns)]
    if has_heading is False:
        worded = []
    if worded:
        return _worded_heading(rows, width, worded, lead)
    verdict = _first_row_of_numbers(rows, places, columns, width) if has_heading is None else has_heading
    start = places[0]
    if verdict is True:
        names = tuple(cell_text(cell) for cell in _padded(rows[start], width))
        note = f"Line {start + 1}, {quoted(', '.join(names))}, was taken as heading."
        return TableHeading(start + 1, names, (note,))
    names = _commented_names(comments, width)
    question = None
    if verdict is None:
        shown = quoted(", ".join(cell_text(cell) for cell in rows[start]))
        question = Question("has_heading", f"The first row, {shown}, is either a heading or a point.",
                            ((True, "Heading"), (False, "Point")), "Say --heading yes or --heading no.")
    return TableHeading(start, names, (), question)


def _worded_heading(rows: Sequence[AnyRow], width: int, worded: list[int], lead: list[int]) -> TableHeading:
    last = worded[-1]
    block = [last]
    while block[0] - 1 in worded and _fits(rows[block[0] - 1], width):
        block.insert(0, block[0] - 1)
    above = block[-2] if len(block) > 1 and _are_units(rows[last], rows[block[-2]]) else None
    named = last if above is None else above
    names = [cell_text(cell) for cell in rows[named]]
    if len(names) == width - 1:  # R names its rows, but not that column
        names.insert(0, "")
    names = [cell_text(cell) for cell in _padded(names, width)]
    notes = [f"Line {named + 1}, {quoted(', '.join(names))}, was taken as heading."]
    if above is not None:
        notes.append(f"Line {last + 1}, {quoted(', '.join(map(cell_text, rows[last])))}, was taken as units.")
    titles = [i for i in lead if i < named]
    if titles:
        shown = quoted(", ".join(filter(None, map(cell_text, rows[titles[0]]))))
        notes.append(f"Passed over as title: {counted(len(titles), 'line')}, first {shown}.")
    return TableHeading(last + 1, tuple(names), tuple(notes))


def _first_row_of_numbers(rows: Sequence[AnyRow], places: list[int], columns: list[int], width: int) -> bool | None:
    """Return whether a first row of numbers names the columns, judged by the rest of each column; None if open.

    pandas calls columns 0, 1; tables of years are headed by years. Such a heading has whole, different numbers; where
    the rest of each column has decimals, or lies elsewhere, they are no points.
    """
    first, rest = rows[places[0]], places[1:]
    cells = _padded(first, width)
    if len(rest) < _ENOUGH_ROWS or len(columns) < 2:
        return False
    words = [cell_text(cell) for cell in cells]
    plain = words if words[0] else words[1:]
    if not all(word.isdecimal() for word in plain) or len(set(plain)) < len(plain):
        return False
    is_counted = [int(word) for word in plain] == list(range(len(plain)))
    if not words[0]:
        return True if is_counted else None
    below = [[rows[i][c] for i in rest if c < len(rows[i]) and is_number(rows[i][c])] for c in columns]
    has_decimals = all(np.mean([not cell_text(cell).lstrip("+-").isdecimal() for cell in column]) >= 0.9
                       for column in below)
    away, near = [], []
    for c, column in zip(columns, below, strict=True):
        sign = "," if any("," in cell_text(cell) for cell in column) else "."
        values = np.array([number(cell, sign) for cell in column])
        values = values[np.isfinite(values)]
        value, span = float(words[c]), float(np.ptp(values)) if len(values) else 0.0
        if not len(values):
            return False
        away.append(not values.min() - span / 2 <= value <= values.max() + span / 2)
        steps = np.abs(np.diff(values))
        near.append(float(np.median(steps)) < span / 10 and abs(value - values[0]) <= 3 * float(steps.max()))
    if is_counted and has_decimals:
        return not all(near) or all(away)
    if all(away):
        return True if has_decimals or is_counted else None
    return False


def _number_columns(rows: Sequence[AnyRow], width: int) -> list[int]:
    """Return the columns most of whose filled cells are numbers."""
    sample = [row for row in _spread(rows) if not is_blank(row)]
    sample = sample[min(len(sample) // 2, _MOST_HEADING_ROWS):]
    return [c for c in range(width) if are_numbers([row[c] for row in sample if c < len(row)])]


def _spread(rows: Sequence[AnyRow]) -> list[AnyRow]:
    """Return the first rows and others evenly from all the rest."""
    step = max(len(rows) // _SAMPLE, 1)
    return [*rows[:_SAMPLE], *rows[_SAMPLE::step]]


def _is_point(row: AnyRow, columns: list[int]) -> bool:
    """Return whether a row has numbers, and no words, where numbers belong."""
    cells = [row[c] if c < len(row) else None for c in columns]
    return any(map(is_number, cells)) and all(is_number(cell) or is_missing(cell) for cell in cells)


def _are_units(row: AnyRow, above: AnyRow) -> bool:
    """Return whether a row below names holds their units."""
    cells = [cell_text(cell).strip("[]() ").lower() for cell in row]
    cells = [cell for cell in cells if cell]
    return _fits(above, _length(row)) and bool(cells) and all(
        _UNITS.fullmatch(re.split(r"[/^²³*·]", cell)[0]) for cell in cells)


def _commented_names(comments: Sequence[str], width: int) -> tuple[str, ...]:
    """Return the names in a comment line such as gnuplot's "# x y"."""
    for comment in comments:
        for mark in ("\t", ";", ",", None):
            names = [name.strip(' "') for name in comment.split(mark)]
            if len(names) == width and not any(map(is_number, names)):
                return tuple(names)
    return ("",) * width


def _fits(row: AnyRow, width: int) -> bool:
    return _length(row) in (width, width - 1)


def _length(row: AnyRow) -> int:
    n = len(row)
    while n and (row[n - 1] is None or (isinstance(row[n - 1], str) and not str(row[n - 1]).strip())):
        n -= 1
    return n


def _padded(row: AnyRow, width: int) -> list[Cell]:
    return [row[i] if i < len(row) else None for i in range(width)]


def spelled(name: str) -> str:
    """Return a name without capitals, units in brackets and marks: "X Coordinate [um]" is "xcoordinate"."""
    return re.sub(r"[\W_]+", "", _UNIT.sub("", name).lower())


def roles_of(columns: Sequence[Column], is_counting: Sequence[bool]) -> dict[str, str]:
    """Return column key -> role for all columns that seem to have one.

    Args:
        is_counting: for each column whether its numbers count the rows: 0, 1, 2 ...
    """
    roles: dict[str, str] = {}
    pair = pair_of(columns, is_counting)
    if pair is not None:
        roles.update(zip(pair, "xy", strict=True))
    offers: dict[str, list[str]] = {"weight": [], "label": [], "group": []}
    texts: list[str] = []
    for column, counts in zip(columns, is_counting, strict=True):
        name = spelled(column.name)
        if column.key in roles or column.kind == "empty":
            continue
        # As many values as rows are names of points, not classes.
        few = 1 < len(column.values) <= min(_MOST_CLASSES, sum(rows for _, rows in column.values) / 2)
        if name in _WEIGHTS and column.kind == "number" and (column.low or 0.0) >= 0:
            offers["weight"].append(column.key)
        elif counts:
            roles[column.key] = "index"
        elif few and name in _GROUPS:
            offers["group"].append(column.key)
        elif few and name in _LABELS:
            offers["label"].append(column.key)
        elif few and column.kind == "text":
            texts.append(column.key)
    offers["label"] += texts
    roles.update((keys[0], role) for role, keys in offers.items() if keys)
    return roles


def pair_of(columns: Sequence[Column], is_counting: Sequence[bool]) -> tuple[str, str] | None:
    """Return the keys of x and y; None if there are not two columns of numbers."""
    usable = [column for column in columns if column.kind == "number"]
    names = {spelled(column.name): column for column in reversed(usable)}
    for x, y in _PAIRS:
        if x in names and y in names:
            return names[x].key, names[y].key
    numbered: dict[str, dict[int, str]] = {}
    for column in usable:
        if found := _NUMBERED.fullmatch(spelled(column.name)):
            numbered.setdefault(found.group(1), {})[int(found.group(2))] = column.key
    for by_number in numbered.values():
        for first in (1, 0):
            if first in by_number and first + 1 in by_number:
                return by_number[first], by_number[first + 1]
    counting = {column.key for column, counts in zip(columns, is_counting, strict=True) if counts}
    # The fewer columns there are, the less a name means: beside an index, height and weight are coordinates.
    other = [column for column in usable if column.key not in counting and spelled(column.name) not in _INDEX]
    plain = [column.key for column in other if spelled(column.name) not in (*_WEIGHTS, *_LABELS)]
    for keys in (plain, [column.key for column in other], [column.key for column in usable]):
        if len(keys) >= 2:
            return keys[0], keys[1]
    return None


def counts_rows(values: np.ndarray) -> bool:
    """Return whether numbers count their rows: whole, each one more than the one before."""
    return len(values) > 2 and np.array_equal(values[1:], values[:-1] + 1)
