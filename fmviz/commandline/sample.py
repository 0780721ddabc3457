"""`fmviz sample`: new points, or one's own, carried along a learned flow or back, as a table."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from fmviz.commandline.cloud_options import choice_of
from fmviz.commandline.output import checked_output, output_name, writing
from fmviz.core.cloud import FloatArray
from fmviz.core.config import SAMPLING, check_used, checked
from fmviz.core.errors import ConfigError, ProjectError, quoted
from fmviz.core.formats import file_size
from fmviz.core.lanes import lanes_of
from fmviz.core.noise import check_noise, noise_of
from fmviz.core.numbers import counted, read_whole
from fmviz.core.project import Project, Weights
from fmviz.core.streams import Stream, stream
from fmviz.files.atomic import whole_file
from fmviz.files.npy import Points, write_table, write_to
from fmviz.files.project_file import load_project
from fmviz.files.tables import side_from_text

MAX_SAMPLES = 1_000_000


def run(arguments: argparse.Namespace) -> int:
    """Check, carry the points, write."""
    out = checked_output(arguments.out, (".npy", ".csv"))
    n = count_of(arguments.count)
    project, weights = lane_of(arguments)
    seed = project.lanes[0].seed
    from fmviz.flow.sample import round_trip_error, states_of

    is_back, noise = arguments.reverse, noise_of(project.source, project.lanes[0])
    if is_back and noise > 0:
        raise ConfigError(f"The sampling noise is {noise:g}, and noise has no way back; add --noise 0, or leave out "
                          "--reverse.")
    side = project.target if is_back else project.source
    start = (side.sample(n, stream(seed, Stream.SAMPLES)) if arguments.start is None
             else own_points(arguments.start, arguments))
    motion = states_of(project, 0, weights, start, None, is_back, arguments.trajectory)
    points = motion.x if arguments.trajectory else motion.x[-1]
    t = (1.0 - motion.t if is_back else motion.t) if arguments.trajectory else None
    times = f" at {len(motion.t)} times" if arguments.trajectory else ""
    with writing(out), whole_file(out) as file:
        if out.suffix.lower() == ".npy":
            write_to(file, points)
        else:
            for _ in write_table(file, Points(points, t)):
                pass
    at = " at t = 0" if is_back else ""
    size = file_size(out.stat().st_size)
    print(f"{output_name(out)}: {motion.x.shape[1]:,} points{times or at}, {counted(motion.nfe, 'evaluation')} each, "
          f"{size}", file=sys.stderr)
    if (arguments.start is not None or is_back) and noise == 0:
        error = round_trip_error(project, 0, weights, start, motion.x[-1], is_back)
        print(f"there and back again they miss where they began by {error:.2g} (root mean square)", file=sys.stderr)
    return 0


def lane_of(arguments: argparse.Namespace) -> tuple[Project, Weights]:
    """Return the project of FILE with the chosen lane alone, sampled and seeded as the flags say, and its weights.

    Raises:
        ConfigError: another number of lanes, or a setting that it cannot have.
        ProjectError: the file cannot be used, or has learned nothing.
    """
    stored = load_project(arguments.file)
    lanes = lanes_of(arguments.lane, len(stored.project.lanes))
    if len(lanes) > 1:
        raise ConfigError(f"The panes are {quoted(arguments.lane)}; points are sampled of one: give one letter.")
    config, weights = stored.project.lanes[lanes[0]], stored.lanes[lanes[0]].weights
    if weights is None:
        raise ProjectError(f"{arguments.file!r} has learned nothing yet, so nothing can be sampled; train it first: "
                           f"fmviz train {arguments.file} --out {arguments.file}.")
    given = {name: checked(name, text) for name in ("seed", *(field.name for field in SAMPLING))
             if (text := getattr(arguments, name, None)) is not None}
    project = replace(stored.project, lanes=(replace(config, **given),))  # type: ignore[arg-type]
    check_noise(project, "noise" in given)
    for name in given:
        check_used(name, f"--{name}", project.lanes)
    return project, weights


def own_points(text: str, arguments: argparse.Namespace) -> FloatArray:
    """Return the points of a table, in their order; what was left out of it is said.

    Raises:
        ConfigError: it names a shape.
        CloudError: it is no table that can be read.
    """
    read = side_from_text(text, choice_of(arguments, "").read)
    if read.side.cloud is None:
        raise ConfigError(f"{quoted(text)} is a shape, without points of its own; give a file of points.")
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

