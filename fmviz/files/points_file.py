"""Points on their way out: clouds, samples and trajectories as `.csv` and `.npy`, every number as exact as it is."""

from __future__ import annotations

import csv
import io
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from fmviz.core.cloud import NO_LABEL, FloatArray, Labels
from fmviz.core.errors import ExportError, why_refused
from fmviz.files.atomic import whole_file
from fmviz.files.npy import write_to

_ROWS_AT_ONCE = 10_000


@dataclass(frozen=True, eq=False)
class Points:
    """What is written.

    Args:
        xy: (N, 2) positions, or (K, N, 2) of trajectories.
        t: (K,) their times; None for positions.
        weights, labels: (N,) of the points, or None; only a table can hold them.
    """

    xy: FloatArray
    t: FloatArray | None = None
    weights: FloatArray | None = None
    labels: Labels | None = None


def write_points(path: Path, points: Points) -> Generator[float, None, None]:
    """Write a `.csv` or `.npy` file whole or not at all; yields how far it is, 0 to 1.

    Raises:
        ExportError: the place cannot be written.
    """
    try:
        with whole_file(path) as file:
            if path.suffix.lower() == ".npy":
                write_to(file, points.xy)
            else:
                yield from write_table(file, points)
    except OSError as error:
        raise ExportError(f"{str(path)!r} could not be written: {why_refused(error)}.") from error


def write_table(file: BinaryIO, points: Points) -> Generator[float, None, None]:
    """Write a heading and a row for each point, for trajectories one for each point at each time."""
    extra = [*(["weight"] if points.weights is not None else []), *(["label"] if points.labels is not None else [])]
    file.write(_lines([["x", "y", *extra] if points.t is None else ["t", "point", "x", "y", *extra]]))
    states = points.xy[None] if points.t is None else points.xy
    n = max(1, states.shape[1])
    for k, state in enumerate(states):
        for start in range(0, len(state), _ROWS_AT_ONCE):
            rows = slice(start, min(start + _ROWS_AT_ONCE, len(state)))
            # Python writes the fewest digits that give the very number back.
            block: Iterator[list[object]] = (list(row) for row in state[rows].tolist())
            if points.t is not None:
                block = ([float(points.t[k]), start + i, *row] for i, row in enumerate(block))
            file.write(_lines([[*row, *more] for row, more in zip(block, _extra(points, rows), strict=True)]))
            yield (k + rows.stop / n) / len(states)


def _extra(points: Points, rows: slice) -> list[list[object]]:
    """Return what stands behind x and y in some rows."""
    columns: list[list[object]] = []
    if points.weights is not None:
        columns.append(np.asarray(points.weights[rows], dtype=np.float64).tolist())
    if points.labels is not None:
        names = points.labels.names
        columns.append(["" if code == NO_LABEL else names[code] for code in points.labels.codes[rows].tolist()])
    return [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in range(rows.stop - rows.start)]


def _lines(rows: list[list[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
