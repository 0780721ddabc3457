"""The side of a problem that a person names: a shape, or a file of points."""

from __future__ import annotations

import difflib
import os
import sys
from dataclasses import dataclass

from fmviz.core.cloud import Side
from fmviz.core.errors import CloudError, quoted
from fmviz.core.shapes import SHAPES
from fmviz.core.table import ReadChoice
from fmviz.files.source import Source, typed_path
from fmviz.files.tables import read_cloud

STANDARD_INPUT = "-"


@dataclass(frozen=True, eq=False)
class SideRead:
    """A side and, for a file, what has to be said about how it was read."""

    side: Side
    notes: tuple[str, ...] = ()


def side_from_text(text: str, choice: ReadChoice | None = None) -> SideRead:
    """Return the side that a person names: a shape, a path to a file of points, or "-" for standard input.

    Capitals, spaces and underscores in a shape's name do not matter. A shape wins over a file of the same name;
    write `./moons` for the file.

    Raises:
        CloudError: there is neither such a shape nor such a file, or the file cannot be used.
    """
    name = text.strip().lower().replace("_", "-").replace(" ", "-")
    if name in SHAPES:
        return SideRead(Side(shape=name))
    if text.strip() == STANDARD_INPUT:
        return _from_file(sys.stdin.buffer, choice)
    path = typed_path(text)
    # Not Path.exists, which raises for a name that is too long.
    if name and (path.suffix or len(path.parts) > 1 or os.path.exists(path)):
        return _from_file(path, choice)
    near = difflib.get_close_matches(name, SHAPES, n=1)
    meant = f"did you mean {near[0]!r}? Give" if near else "give"
    raise CloudError(f"There is no shape {quoted(text)}; {meant} one of {', '.join(SHAPES)}, or a file of points.")


def _from_file(source: Source, choice: ReadChoice | None) -> SideRead:
    read = read_cloud(source, choice)
    return SideRead(Side(cloud=read.cloud), read.notes)
