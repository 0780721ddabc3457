"""What the columns of a table are for: x and y by name, else the first numbers; index, weight, label, groups."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from fmviz.core.table import Column

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
