"""The side of a problem that a person names: a shape, or a file of points."""

from __future__ import annotations

import difflib
import os
import sys
from pathlib import Path

from fmviz.core.cloud import Side
from fmviz.core.errors import CloudError, quoted
from fmviz.core.shapes import SHAPES
from fmviz.core.table import ReadChoice
from fmviz.files.tables import read_cloud

STANDARD_INPUT = "-"


def side_from_text(text: str, choice: ReadChoice | None = None) -> Side:
    """Return the side that a person names: a shape, a path to a file of points, or "-" for standard input.

    Capitals, spaces and underscores in a shape's name do not matter. A shape wins over a file of the same name;
    write `./moons` for the file.

    Raises:
        CloudError: there is neither such a shape nor such a file, or the file cannot be used.
    """
    name = text.strip().lower().replace("_", "-").replace(" ", "-")
    if name in SHAPES:
        return Side(shape=name)
    if text.strip() == STANDARD_INPUT:
        return Side(cloud=read_cloud(sys.stdin.buffer, choice).cloud)
    # Those of `os.path` never raise: Path's do for ~somebody who does not exist and for a name that is too long.
    path = Path(os.path.expanduser(text))
    if name and (path.suffix or len(path.parts) > 1 or os.path.exists(path)):
        return Side(cloud=read_cloud(path, choice).cloud)
    near = difflib.get_close_matches(name, SHAPES, n=1)
    meant = f"did you mean {near[0]!r}? Give" if near else "give"
    raise CloudError(f"There is no shape {quoted(text)}; {meant} one of {', '.join(SHAPES)}, or a file of points.")
