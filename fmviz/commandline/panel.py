"""`fmviz render OUT --panel KEY`: a panel of mathematics as a still, or its numbers as a table."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from fmviz.commandline.output import checked_output, output_name, write_whole
from fmviz.commandline.picture import spec_of
from fmviz.commandline.progress import Listener, ProgressLine
from fmviz.core.errors import ConfigError, ProjectError, quoted
from fmviz.core.export_spec import ExportSpec
from fmviz.core.formats import FORMATS, file_size
from fmviz.core.kept import kept_at
from fmviz.core.lanes import LETTERS, lanes_of
from fmviz.core.numbers import read_whole
from fmviz.core.panels import PanelLane, PanelRow, panel_of, panel_table, why_not
from fmviz.core.project import LearnedFlow, LearnedLane, Project
from fmviz.core.questions import FlowId
from fmviz.core.tabular import as_csv, as_markdown

_TABLES = {".csv": as_csv, ".md": as_markdown}
_STILLS = tuple(kind.suffix for kind in FORMATS.values() if not kind.is_animation)
_SIZE = "1280x800"
# What says what else a picture shows.
_OTHERS = {"view": "--view", "layers": "--layers", "scene": "--scene", "preset": "--preset"}


@dataclass(frozen=True)
class PanelOrder:
    """What is to be drawn: which panel, of which lanes, at which training step (None for the newest), as which still.
    """

    row: PanelRow
    lanes: tuple[int, ...]
    step: int | None
    spec: ExportSpec


def panel_output(arguments: argparse.Namespace) -> Path:
    """Return where a panel goes.

    Raises:
        FmvizError: no such panel, an ending or options that a panel cannot have.
    """
    panel_of(arguments.panel)
    for name, flag in _OTHERS.items():
        if (given := getattr(arguments, name)) is not None:
            raise ConfigError(f"--panel {arguments.panel} and {flag} {given} were both given; they are two things to "
                              "draw: leave one of them out.")
    return checked_output(arguments.out, (*_STILLS, *_TABLES))


def panel_order(arguments: argparse.Namespace, project: Project) -> PanelOrder:
    """Return what the arguments ask for.

    Raises:
        FmvizError: a lane that there is not, several for a panel of one, one without an answer, or a bad value.
    """
    row = panel_of(arguments.panel)
    usual = tuple(range(len(project.lanes) if row.shows_all else 1))
    lanes = usual if arguments.lanes is None else lanes_of(arguments.lanes, len(project.lanes))
    if len(lanes) > 1 and not row.shows_all:
        raise ConfigError(f"The panes are {quoted(arguments.lanes)}; the panel {row.key} shows one: give one letter.")
    for lane in lanes:
        if why := why_not(row, project, lane):
            raise ConfigError(f"The panel {row.key} has nothing to show of pane {LETTERS[lane]}. {why}")
    step = None if arguments.step is None else step_of(arguments.step)
    # A table has no size; whatever else is said of its picture is checked all the same.
    given = argparse.Namespace(**{**vars(arguments), "size": arguments.size or _SIZE})
    if Path(given.out).suffix.lower() in _TABLES:
        given.out = "table.png"
    return PanelOrder(row, lanes, step, spec_of(given, ExportSpec(), len(lanes)))


def render_panel(out: Path, order: PanelOrder, project: Project, learned: tuple[LearnedLane, ...]) -> None:
    """Work out what a panel shows and write it.

    Raises:
        FmvizError: a lane has no weights, or the file cannot be written.
    """
    shown = tuple(_answered(order, project, lane, learned[lane]) for lane in order.lanes)
    if (write := _TABLES.get(out.suffix.lower())) is not None:
        write_whole(out, write(panel_table(shown)).encode())
    else:
        _draw(out, order, shown)
    print(f"{output_name(out)}: {order.row.label}, {file_size(out.stat().st_size)}", file=sys.stderr)


def _answered(order: PanelOrder, project: Project, lane: int, learned: LearnedLane) -> PanelLane:
    with ProgressLine(order.row.label.lower()) as progress:
        return panel_lane(order.row, project, lane, learned, order.step, progress)


def panel_lane(row: PanelRow, project: Project, lane: int, learned: LearnedLane, asked: int | None,
               progress: Listener) -> PanelLane:
    """Work out what a panel shows of a lane; a signal is heard meanwhile.

    Args:
        asked: the training step, the kept one at or before it is shown; None for the newest.
    Raises:
        ProjectError: the lane has no weights.
    """
    from fmviz.commandline.learning import answers_about

    weights, config = learned.weights, project.lanes[lane]
    step = 0 if learned.snapshot is None else learned.snapshot.step
    if asked is not None and asked < step:
        if (kept := kept_at(learned.kept, asked)) is not None:
            weights, step = kept.weights, kept.step
        else:
            progress.note(f"fmviz: No earlier step is kept in the file; the newest, {step:,}, is shown.")
    if weights is None:
        raise ProjectError(f"Pane {LETTERS[lane]} has a picture and no weights; train it again.")
    question = row.question(key := FlowId(0, lane, step), config.sampling)
    answer, = answers_about(LearnedFlow.of(project, lane, weights), key, [question],
                            lambda news: progress.update(news.done, f"pane {LETTERS[lane]}"))
    return PanelLane(project.marks[lane], step, config, answer)


def _draw(out: Path, order: PanelOrder, shown: tuple[PanelLane, ...]) -> None:
    from fmviz.canvas.layer import look_of
    from fmviz.canvas.panel import PanelPicture, panel_drawing
    from fmviz.core.theme import load_theme
    from fmviz.film.stills import write_drawing

    spec = order.spec
    picture = PanelPicture(order.row, shown, spec.at, look_of(load_theme(spec.theme_key), spec.background))
    write_drawing(out, panel_drawing(spec.width, spec.height, picture), spec.scale, spec.title or order.row.label)


def step_of(text: str) -> int:
    """Return the training step that a text means.

    Raises:
        ConfigError: it is no whole number.
    """
    if (step := read_whole(text)) is None or step < 0:
        raise ConfigError(f"--step is {quoted(text)}; give a whole number of training steps, for example 0 or 2000.")
    return step
