"""`fmviz train`: learn a flow, with several seeds if asked, print its numbers, keep the first one's."""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fmviz.commandline.output import calm, checked_output, writing
from fmviz.commandline.problem import problem_of
from fmviz.core.config import checked
from fmviz.core.couplings import coupling_of
from fmviz.core.errors import ConfigError
from fmviz.core.frames import UNLEARNED, FlowSnapshot
from fmviz.core.lanes import differing
from fmviz.core.numbers import counted, read_whole, refusal
from fmviz.core.project import MOST_OTHERS, Project
from fmviz.core.quantities import QUANTITIES, UNKNOWN, Metrics, numbers_of, spreads
from fmviz.files.atomic import DiskState, disk_state
from fmviz.files.project_file import PROJECT_SUFFIX, ProjectFile, save_project

if TYPE_CHECKING:
    from fmviz.commandline.learning import Learned

_INTERRUPTED = 130
_UNKNOWN = (None, None)
# Each is a whole training.
MOST_SEEDS = 100


def run(arguments: argparse.Namespace) -> int:
    """Train, print, save."""
    out = None if arguments.out is None else checked_output(arguments.out, (PROJECT_SUFFIX,))
    before = None if out is None else disk_state(out)
    problem = problem_of(arguments)
    project = problem.project
    seeds = _seeds(arguments.seeds, project.lanes[0].seed)
    # Imported after the checks: a typing mistake is told at once, not after torch has loaded.
    from fmviz.commandline.learning import learn, repeatable

    # What the same file has learned with other settings stays in it.
    others = problem.others if out is not None and _is_same(arguments.file, out) else ()
    if (too_many := len(project.lanes) + len(others) - MOST_OTHERS) > 0:
        others = others[:-too_many]
        print(f"fmviz: {str(out)!r} has no room for everything that was learned with other settings: the oldest "
              f"{counted(too_many, 'flow')} will not stay in it; another --out keeps both files.", file=sys.stderr)
    learned = learn(project, _of_seeds(0, seeds))
    runs = [[snapshot.metrics for snapshot in learned.snapshots]]
    interruption: KeyboardInterrupt | None = None
    for number, seed in enumerate(seeds[1:], start=1):
        try:
            again = learn(project.with_lane_setting("seed", seed), _of_seeds(number, seeds))
        except KeyboardInterrupt as error:
            interruption = error
            break
        runs.append([snapshot.metrics for snapshot in again.snapshots])
    if interruption is not None and len(runs) < 2:
        raise interruption
    if out is not None and interruption is None:
        with writing(out), calm():
            out = _own_place(out, before)
            save_project(out, ProjectFile(project, (*(repeatable(lane) for lane in learned.lanes), *others)))
    lanes = list(zip(*runs, strict=True))
    results = [numbers_of_lane(project, lane, snapshot, learned.device, seeds, lanes[lane])
               for lane, snapshot in enumerate(learned.snapshots)]
    if arguments.json:
        print(json.dumps(results[0] if len(results) == 1 else {"lanes": results}, allow_nan=False))
    else:
        print(table_of(project, learned, seeds[:len(runs)], lanes))
    if interruption is not None:
        sys.stdout.flush()
        print(f"fmviz: interrupted; the numbers are those of {len(runs)} of {len(seeds)} seeds, and no file was "
              "written.", file=sys.stderr)
        return int(getattr(interruption, "code", _INTERRUPTED))
    if not arguments.json:
        print(f"kept in {out}" if out is not None else "not kept; --out FILE.fmviz keeps it", file=sys.stderr)
    return 0


def _seeds(given: str | None, first: int) -> tuple[int, ...]:
    """Return the seeds to train with, from the settings' own on."""
    count = 1 if given is None else read_whole(given)
    if count is None or not 1 <= count <= MOST_SEEDS:
        raise ConfigError(refusal("--seeds", given, 1, MOST_SEEDS, is_whole=True))
    seeds = tuple(range(first, first + count))
    checked("seed", seeds[-1])
    return seeds


def _of_seeds(number: int, seeds: Sequence[int]) -> str:
    """Return which of several trainings one is, for its progress."""
    return f", seed {number + 1} of {len(seeds)}" if len(seeds) > 1 else ""


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


def numbers_of_lane(project: Project, lane: int, snapshot: FlowSnapshot, device: str, seeds: Sequence[int],
                    runs: Sequence[Metrics]) -> dict[str, Any]:
    """Return the object that `train --json` prints for one lane; what is not known or not finite is None.

    Beside coupling and path stand the settings of their own. One of several has its letter, what it is called, and its
    settings as far as the lanes differ in them. Of several seeds the numbers are means, with their deviations beside
    them.
    """
    config, mark = project.lanes[lane], project.marks[lane]
    settings = {name: getattr(config, name) for name in differing(project.lanes)}
    numbers: dict[str, Any] = dict(numbers_of(runs[0]))
    if len(runs) > 1:
        spread = spreads(runs)
        numbers = {quantity.key: spread[quantity.key].mean if quantity.key in spread else None
                   for quantity in QUANTITIES}
        numbers["seeds"] = list(seeds[:len(runs)])
        numbers["deviations"] = {key: each.deviation for key, each in spread.items()}
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
        "seconds": sum(metrics.seconds for metrics in runs),
        **numbers,
    }


def table_of(project: Project, learned: Learned, seeds: Sequence[int], lanes: Sequence[Sequence[Metrics]]) -> str:
    """Return the numbers as aligned text, a column for each lane: with their errors, or their deviation over seeds."""
    marks, snapshots = project.marks, learned.snapshots
    lines = [["", *(mark.name if len(marks) > 1 else mark.title for mark in marks)],
             ["Steps", *("-" if snapshot.step == UNLEARNED else f"{snapshot.step:,}" for snapshot in snapshots)],
             ["Seconds", *(f"{sum(metrics.seconds for metrics in runs):.1f}" for runs in lanes)]]
    for quantity in QUANTITIES:
        cells = [quantity.text(runs[0]) if len(runs) == 1 else quantity.said(*spreads(runs).get(quantity.key, _UNKNOWN))
                 for runs in lanes]
        if any(cell != UNKNOWN for cell in cells):
            lines.append([quantity.title, *cells])
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    which = f"seed {seeds[0]}" if len(seeds) == 1 else (
        f"seeds {seeds[0]} to {seeds[-1]}: mean ± deviation between them")
    head = f"{project.source.label} to {project.target.label}, {learned.device}, {which}"
    body = ["  ".join([line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:],
                                                                                           strict=True))])
            for line in lines]
    return "\n".join([head, *body])
