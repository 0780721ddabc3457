"""Which points of the window can be written, and the work that writes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fmviz.core.cloud import Side
from fmviz.core.frames import FlowSnapshot
from fmviz.engine.background import Work
from fmviz.files.points_file import Points, write_points

__all__ = ["SAMPLES", "Points", "samples_of", "side_points", "trajectories_of", "writing"]

# Of an endless side so many points are written, unless somebody asks for another number.
SAMPLES = 2_000


def side_points(side: Side, n: int = SAMPLES) -> Points:
    """Return the points of a cloud as they are, or n samples of a shape."""
    if side.cloud is None:
        return Points(side.sample(n, np.random.default_rng()))
    return Points(side.cloud.xy, weights=side.cloud.weights, labels=side.cloud.labels)


def samples_of(snapshot: FlowSnapshot) -> Points:
    """Return where the particles of a learned flow end."""
    return Points(snapshot.x[-1], labels=snapshot.end_labels)


def trajectories_of(snapshot: FlowSnapshot) -> Points:
    """Return where the particles are at every time that is known."""
    return Points(snapshot.x, snapshot.t, labels=snapshot.start_labels)


def writing(path: Path, points: Points) -> Work[Path]:
    """Return the work that writes a file."""
    yield from write_points(path, points)
    return path
