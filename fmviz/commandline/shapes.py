"""`fmviz shapes`: the names that --source and --target take."""

from __future__ import annotations

import argparse

from fmviz.core.shapes import SHAPES


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each shape: its name and what it is."""
    width = max(map(len, SHAPES))
    for name, shape in SHAPES.items():
        print(f"{name:<{width}}  {shape.help}")
    return 0
