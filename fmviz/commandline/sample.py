"""`fmviz sample`: new points, or one's own, carried along a learned flow or back, as a table."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

import numpy as np

from fmviz.commandline.cloud_options import choice_of
from fmviz.commandline.output import checked_output, output_name, writing
from fmviz.core.cloud import FloatArray
from fmviz.core.config import SAMPLING, checked
from fmviz.core.errors import ConfigError, ProjectError, quoted
from fmviz.core.formats import file_size
from fmviz.core.lanes import lanes_of
from fmviz.core.numbers import read_whole
from fmviz.files.atomic import whole_file
from fmviz.files.npy import Points, write_table, write_to
from fmviz.files.project_file import load_project
from fmviz.files.tables import side_from_text

MAX_SAMPLES = 1_000_000


def run(arguments: argparse.Namespace) -> int:
    """Check, carry the points, write."""
    out = checked_output(arguments.out, (".npy", ".csv"))
    n = count_of(arguments.count)
    stored = load_project(arguments.file)
    lanes = lanes_of(arguments.lane, len(stored.project.lanes))
    if len(lanes) > 1:
        raise ConfigError(f"The panes are {quoted(arguments.lane)}; points are sampled of one: give one letter.")
    lane = lanes[0]
    weights = stored.lanes[lane].weights
    if weights is None:
        raise ProjectError(f"{arguments.file!r} has learned nothing yet, so nothing can be sampled; train it first: "
                           f"fmviz train {arguments.file} --out {arguments.file}.")
    seed = int(checked("seed", arguments.seed) if arguments.seed is not None else stored.project.lanes[lane].seed)
    given = {field.name: checked(field.name, text) for field in SAMPLING
             if (text := getattr(arguments, field.name)) is not None}
    project = replace(stored.project, lanes=(replace(stored.project.lanes[lane], **given),))  # type: ignore[arg-type]
    from fmviz.flow.sample import round_trip_error, sample, states_of

    is_back = arguments.reverse
    if arguments.start is None:
        states = sample(project, 0, weights, n, arguments.trajectory, seed, is_backward=is_back)
    else:
        start = _own_points(arguments)
        states = states_of(project, 0, weights, start, None, is_back, arguments.trajectory)
    points = states if arguments.trajectory else states[-1]
    t = np.linspace(float(is_back), float(not is_back), len(points)) if arguments.trajectory else None
    times = f" at {len(states)} times" if arguments.trajectory else ""
    with writing(out), whole_file(out) as file:
        if out.suffix.lower() == ".npy":
            write_to(file, points)
        else:
            for _ in write_table(file, Points(points, t)):
                pass
    at = " at t = 0" if is_back else ""
    size = file_size(out.stat().st_size)
    print(f"{output_name(out)}: {states.shape[1]:,} points{times or at}, {size}", file=sys.stderr)
    if arguments.start is not None or is_back:
        error = round_trip_error(project, 0, weights, states[0] if arguments.start is None else start, is_back)
        print(f"there and back again they miss where they began by {error:.2g} (root mean square)", file=sys.stderr)
    return 0


def _own_points(arguments: argparse.Namespace) -> FloatArray:
    """Return the points of `--from`, in their order; what was left out of the table is said.

    Raises:
        ConfigError: it names a shape.
        CloudError: it is no table that can be read.
    """
    read = side_from_text(arguments.start, choice_of(arguments, "").read)
    if read.side.cloud is None:
        raise ConfigError(f"--from is {quoted(arguments.start)}, a shape without points of its own; give a file of "
                          "points, or leave it out and say --count.")
    for note in read.notes:
        print(note, file=sys.stderr)
    return read.side.cloud.xy


def count_of(text: str) -> int:
    """Return the number of points asked for.

    Raises:
        ConfigError: not a whole number from 1 to MAX_SAMPLES.
    """
    n = read_whole(text)
    if n is None or not 1 <= n <= MAX_SAMPLES:
        raise ConfigError(f"The number of points is {quoted(text)}; give a whole number from 1 to {MAX_SAMPLES:,}.")
    return n

