"""`fmviz render`: an animation as a GIF, drawn by the same canvas as the window, without a screen."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import closing
from pathlib import Path

from fmviz.commandline.output import checked_output, writing
from fmviz.commandline.problem import ALL_VIEWS, Problem, problem_of, spec_of, views_of
from fmviz.commandline.progress import Progress
from fmviz.core.export_spec import ExportSpec
from fmviz.core.film import film_of
from fmviz.core.frames import FlowSnapshot
from fmviz.core.style import Style

SUFFIX = ".gif"


def run(arguments: argparse.Namespace) -> int:
    """Check everything, train what is not known yet, write one file for each view."""
    out = checked_output(arguments.out, (SUFFIX,))
    problem = problem_of(arguments)
    styles = views_of(arguments.view, problem.project.style)
    spec = spec_of(arguments, problem.project.export, len(problem.project.lanes))
    outputs = output_paths(out, styles, arguments.view == ALL_VIEWS)
    snapshots = snapshots_of(problem)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before Qt is loaded: no screen is needed or used
    for view, path in outputs.items():
        write_gif(path, snapshots, styles[view], spec)
    return 0


def output_paths(out: Path, styles: dict[str, Style], has_all: bool) -> dict[str, Path]:
    """Return the file of each view: OUT itself, or OUT with the view's name in its own.

    Raises:
        ExportError: one of them cannot be written.
    """
    if not has_all:
        return dict.fromkeys(styles, out)
    return {view: checked_output(str(out.with_name(f"{out.stem}-{view}{out.suffix}")), (SUFFIX,)) for view in styles}


def snapshots_of(problem: Problem) -> tuple[FlowSnapshot, ...]:
    """Return a snapshot for each lane: the stored ones if all are there, else all trained."""
    stored = tuple(lane.snapshot for lane in problem.learned if lane.snapshot is not None)
    if len(stored) == len(problem.project.lanes):
        return stored
    from fmviz.commandline.learning import learn

    return learn(problem.project).snapshots


def write_gif(path: Path, snapshots: tuple[FlowSnapshot, ...], style: Style, spec: ExportSpec) -> None:
    """Draw and write one animation; an old file stays until the new one is complete.

    Raises:
        ExportError: the file cannot be written.
    """
    # Qt is loaded only now, after its platform has been named and a training has gone well.
    from fmviz.canvas.application import offscreen_app
    from fmviz.canvas.render import render_film

    _app = offscreen_app()
    work = render_film(path, film_of(snapshots, style, spec))
    with writing(path), closing(work), Progress(f"drawing {path.name}") as progress:
        for done, total in work:
            progress.update(done / total, f"frame {done} of {total}")
    print(f"{path}: {spec.width}x{spec.height}, {path.stat().st_size / 1e6:.1f} MB", file=sys.stderr)
