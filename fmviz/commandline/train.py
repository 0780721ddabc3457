"""`fmviz train`: learn a flow, print its numbers, keep it if asked."""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import sys
from pathlib import Path
from typing import Any

from fmviz.commandline.output import calm, checked_output, writing
from fmviz.commandline.problem import problem_of
from fmviz.core.couplings import coupling_of
from fmviz.core.frames import UNLEARNED, FlowSnapshot
from fmviz.core.lanes import differing
from fmviz.core.numbers import counted
from fmviz.core.project import MOST_OTHERS, Project
from fmviz.files.atomic import DiskState, disk_state
from fmviz.files.project_file import PROJECT_SUFFIX, ProjectFile, save_project

# Name -> what the table calls it.
_ROWS = {
    "steps": "steps", "seconds": "seconds", "steps_per_second": "steps/s", "loss": "loss",
    "loss_floor": "loss floor", "exact_error": "exact error", "w2": "W2",
    "w2_floor": "W2 floor", "path_length": "path length", "straight_length": "straight length", "npe": "NPE",
    "nll": "NLL", "nll_error": "NLL error", "nll_floor": "entropy",
    "nfe": "evaluations",
}


def run(arguments: argparse.Namespace) -> int:
    """Train, print, save."""
    out = None if arguments.out is None else checked_output(arguments.out, (PROJECT_SUFFIX,))
    before = None if out is None else disk_state(out)
    problem = problem_of(arguments)
    project = problem.project
    # Imported after the checks: a typing mistake is told at once, not after torch has loaded.
    from fmviz.commandline.learning import learn, repeatable

    # What the same file has learned with other settings stays in it.
    others = problem.others if out is not None and _is_same(arguments.file, out) else ()
    if (too_many := len(project.lanes) + len(others) - MOST_OTHERS) > 0:
        others = others[:-too_many]
        print(f"fmviz: {str(out)!r} has no room for everything that was learned with other settings: the oldest "
              f"{counted(too_many, 'flow')} will not stay in it; another --out keeps both files.", file=sys.stderr)
    learned = learn(project)
    if out is not None:
        with writing(out), calm():
            out = _own_place(out, before)
            save_project(out, ProjectFile(project, (*(repeatable(lane) for lane in learned.lanes), *others)))
    results = [numbers_of(project, lane, snapshot, learned.device) for lane, snapshot in enumerate(learned.snapshots)]
    if arguments.json:
        print(json.dumps(results[0] if len(results) == 1 else {"lanes": results}, allow_nan=False))
    else:
        print(table_of(project, results))
        print(f"kept in {out}" if out is not None else "not kept; --out FILE.fmviz keeps it", file=sys.stderr)
    return 0


def _is_same(file: str | None, out: Path) -> bool:
    """Whether the result replaces the file that it was made from."""
    return file is not None and out.exists() and out.samefile(file)


def _own_place(out: Path, before: DiskState | None) -> Path:
    """Return where the result is written: not over what somebody else has put there during the training."""
    now = disk_state(out)
    if now is None or (before is not None and now.digest == before.digest):
        return out
    print(f"fmviz: {str(out)!r} was written by somebody else during the training, so it stays.", file=sys.stderr)
    names = (out.with_stem(f"{out.stem}-{number}") for number in itertools.count(2))
    return next(place for place in names if not os.path.lexists(place))


def numbers_of(project: Project, lane: int, snapshot: FlowSnapshot, device: str) -> dict[str, Any]:
    """Return the object that `train --json` prints for one lane; what is not known or not finite is None.

    Beside coupling and path stand the settings of their own. One of several has its letter, what it is called, and its
    settings as far as the lanes differ in them.
    """
    metrics, config, mark = snapshot.metrics, project.lanes[lane], project.marks[lane]
    settings = {name: getattr(config, name) for name in differing(project.lanes)}
    return {
        **({"lane": mark.letter, "title": mark.title, "settings": settings} if len(project.lanes) > 1 else {}),
        "model": config.model,
        "coupling": config.coupling,
        "path": config.path,
        **{name: getattr(config, name) for name in coupling_of(config.coupling).settings},
        **dict(config.path_settings),
        "device": device,
        "seed": config.seed,
        "steps": None if snapshot.step == UNLEARNED else snapshot.step,
        **{name: _finite(getattr(metrics, name)) for name in _ROWS if name != "steps"},
    }


def table_of(project: Project, results: list[dict[str, Any]]) -> str:
    """Return the numbers as aligned text, a column for each lane."""
    lines = [["", *(mark.name if len(results) > 1 else mark.title for mark in project.marks)]]
    lines += [[label, *(_shown(result[name]) for result in results)] for name, label in _ROWS.items()]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    head = f"{project.source.label} to {project.target.label}, {results[0]['device']}, seed {results[0]['seed']}"
    body = ["  ".join([line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:],
                                                                                           strict=True))])
            for line in lines]
    return "\n".join([head, *body])


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def _shown(value: float | int | None) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"
