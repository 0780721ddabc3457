"""Clouds from files and to files, beside the window: the work that reads what people give, and that writes points."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from fmviz.core.cloud import Side
from fmviz.core.frames import FlowSnapshot
from fmviz.core.picture_points import GreyPicture, SvgDrawing
from fmviz.core.table import CloudRead, ReadChoice, TableView, UnclearTable
from fmviz.engine.background import Work
from fmviz.files.npy import Points, write_points
from fmviz.files.picture_file import is_picture, is_svg, read_picture, read_svg
from fmviz.files.source import head_of
from fmviz.files.table import Table
from fmviz.files.tables import open_table

# Of an endless side so many points are written, unless somebody asks for another number.
SAMPLES = 2_000


class Text(io.BytesIO):
    """A table that came as text, not as a file."""

    name = "Clipboard"


@dataclass(frozen=True, eq=False)
class TableSource:
    """A table that can be read again in another way.

    Args:
        place: its file, or its text.
        view: what it holds; of a large one what its beginning holds, so that it can be shown at once.
        read: its points, if there is one way to read them and nothing else in it that could be meant.
        table: its cells, if all of it was looked at: 200,000 rows of twelve columns take 0.2 GB.
    """

    place: Path | str
    view: TableView
    read: CloudRead | None = None
    table: Table | None = None

    def work(self, choice: ReadChoice) -> Work[CloudRead]:
        """Return the work that reads it so."""
        yield None
        return self._opened(choice).cloud()

    def look(self, choice: ReadChoice) -> Work[TableSource]:
        """Return the work that says what it holds, all of it, if it is read so."""
        yield None
        table = self._opened(choice)
        return TableSource(self.place, table.view(), table=table)

    def without_cells(self) -> TableSource:
        """Return the same, to be kept: its file is read again when it is needed."""
        return replace(self, table=None)

    def _opened(self, choice: ReadChoice) -> Table:
        kept = self.table.choosing(choice) if self.table is not None else None
        return kept or open_table(_opened(self.place), choice)


Found = TableSource | GreyPicture | SvgDrawing


def found_in(path: Path) -> Work[Found]:
    """Return the work that finds out what a file holds.

    Raises:
        CloudError: it cannot be read, or is nothing that points can be made of.
    """
    yield None
    head = head_of(path)
    if is_picture(head):
        return read_picture(path)
    if is_svg(head):
        return read_svg(path)
    return _table(path)


def found_in_text(text: str) -> Work[Found]:
    """Return the work that finds out what the clipboard's text holds."""
    yield None
    return _table(text)


def _table(place: Path | str) -> TableSource:
    table = open_table(_opened(place), is_quick=True)
    view = table.view()
    if view.questions or _has_more(view):
        return TableSource(place, view, table=table if view.is_whole else None)
    try:
        return TableSource(place, view, (table if view.is_whole else open_table(_opened(place))).cloud())
    except UnclearTable:
        return TableSource(place, view)


def _has_more(view: TableView) -> bool:
    """Whether a table holds more than two columns of points."""
    return len(view.columns) > 2 or len(view.parts) > 1


def _opened(place: Path | str) -> Path | Text:
    return place if isinstance(place, Path) else Text(place.encode())


def side_points(side: Side, n: int = SAMPLES) -> Points:
    """Return the points of a cloud as they are, or n samples of a shape."""
    if side.cloud is None:
        return Points(side.sample(n, np.random.default_rng()))
    return Points(side.cloud.xy, weights=side.cloud.weights, labels=side.cloud.labels)


def samples_of(snapshot: FlowSnapshot) -> Points:
    """Return where the particles of a learned flow end."""
    return Points(snapshot.x[-1], labels=snapshot.classes.end)


def trajectories_of(snapshot: FlowSnapshot) -> Points:
    """Return where the particles are at every time that is known."""
    return Points(snapshot.x, snapshot.t, labels=snapshot.classes.start)


def writing(path: Path, points: Points) -> Work[Path]:
    """Return the work that writes a file."""
    yield from write_points(path, points)
    return path
