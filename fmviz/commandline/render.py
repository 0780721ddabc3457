"""`fmviz render`: a picture or an animation as a file, drawn by the same canvas as the window, without a screen."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from fmviz.commandline.output import calm, checked_output, driven, output_name, patiently, writing
from fmviz.commandline.panel import panel_order, panel_output, render_panel
from fmviz.commandline.picture import PictureOrder, order_of
from fmviz.commandline.problem import Problem, drawn_of, problem_of
from fmviz.commandline.progress import ProgressLine
from fmviz.core.errors import ExportError, quoted
from fmviz.core.film import MOST_MOMENTS, Film, beats_of, film_of, with_pairs
from fmviz.core.formats import FORMATS, file_size, format_of, scene_part
from fmviz.core.frames import UNLEARNED, FlowSnapshot
from fmviz.core.project import LearnedLane, Project
from fmviz.core.style import Style
from fmviz.core.wanted import Wanted
from fmviz.film.places import check_folder, size_of
from fmviz.film.video import even_spec


def run(arguments: argparse.Namespace) -> int:
    """Check everything, train what is not known yet, write one file for each view."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before Qt is loaded: no screen is needed or used
    _refuse_swapped(arguments.out, arguments.file)
    if arguments.panel is not None:
        return _run_panel(arguments)
    if arguments.step is not None:
        raise ExportError(f"--step is {quoted(arguments.step)}, the training step that a panel is about; add --panel "
                          "KEY, or leave out --step.")
    if arguments.out.lower().endswith(".csv"):
        raise ExportError("A table holds the numbers of a panel; add --panel KEY, or end the output as a picture.")
    format_of(arguments.out)
    out = _checked(arguments.out)
    problem = problem_of(arguments)
    orders = _orders(arguments, problem.project, out)
    for sentence in dict.fromkeys(sentence for order in orders.values() for sentence in order.notes):
        print(f"fmviz: {sentence}", file=sys.stderr)
    outputs = {place: output_paths(place, order) for place, order in orders.items()}
    if any(_has_course(order) for order in orders.values()):
        problem = _with_course(problem)
    learned = learned_of(problem)
    for place, order in orders.items():
        _render(outputs[place], order, problem.project, learned)
    return 0


def _run_panel(arguments: argparse.Namespace) -> int:
    out = panel_output(arguments)
    problem = problem_of(arguments)
    order = panel_order(arguments, problem.project)
    learned = learned_of(problem if order.step is None else _with_course(problem))
    render_panel(out, order, problem.project, learned)
    return 0


def _refuse_swapped(out: str, file: str | None) -> None:
    """Raise ExportError where the project stands in the place of the output."""
    endings = tuple(kind.suffix for kind in FORMATS.values())
    if file is not None and file.lower().endswith(endings) and not out.lower().endswith(endings):
        raise ExportError(f"The output {quoted(out)} has no ending of a picture and the file {quoted(file)} has one; "
                          "OUT comes first: fmviz render OUT FILE.")


def _orders(arguments: argparse.Namespace, project: Project, out: Path) -> dict[Path, PictureOrder]:
    """Return what is to be drawn, by where it goes: one order, or one for each scene with its name in the file's."""
    if not arguments.all_scenes:
        return {out: order_of(arguments, project)}
    if arguments.scene is not None:
        raise ExportError("--scene and --all-scenes were both given; choose one.")
    if not project.scenes:
        raise ExportError("--all-scenes was given and the file has no scenes; keep some in the window first.")
    return {out.with_name(f"{out.stem}-{scene_part(k, scene.name)}{out.suffix}"):
            order_of(argparse.Namespace(**{**vars(arguments), "scene": str(k + 1)}), project)
            for k, scene in enumerate(project.scenes)}


def _has_course(order: PictureOrder) -> bool:
    return order.spec.kind.is_animation and order.spec.over != "t"


def _render(outputs: dict[str, Path], order: PictureOrder, project: Project, learned: tuple[LearnedLane, ...]) -> None:
    """Draw the views of one order and write their files."""
    # Qt is loaded only now, after a training has gone well.
    with calm():
        from fmviz.canvas.fonts import offscreen_app
        from fmviz.film.painter import wanted_by

        _app = offscreen_app()
    known: dict[Wanted, tuple[tuple[FlowSnapshot | None, ...], ...]] = {}
    for view, path in outputs.items():
        wanted = wanted_by([lane.snapshot for lane in learned], order.styles[view], order.spec, project.marks)
        if wanted not in known:
            known[wanted] = _moments(order, project, learned, wanted)
        moments = _with_pairs(known[wanted], project, order.styles[view])
        film = film_of(moments[-1], order.styles[view], order.spec, moments[:-1], project.marks)
        _tell_outside(film)
        _write_film(path, film)


def _tell_outside(film: Film) -> None:
    """Say it if a chosen start or the probe lies outside of every pane."""
    style = film.style
    named = [("start", start, ", where only a part of its path may be seen") for start in style.own_starts]
    if style.has_probe and style.probe is not None:
        named.append(("probe", style.probe, ""))
    if named:
        from fmviz.film.painter import FilmPainter

        seen = FilmPainter(film).seen
        for what, (x, y), so in named:
            if abs(x - seen.cx) > seen.half_x or abs(y - seen.cy) > seen.half_y:
                print(f"fmviz: The {what} ({x:g}, {y:g}) lies outside of the picture{so}; a wider --camera shows more.",
                      file=sys.stderr)


def _moments(order: PictureOrder, project: Project, learned: tuple[LearnedLane, ...],
             wanted: Wanted) -> tuple[tuple[FlowSnapshot | None, ...], ...]:
    """Return what a file shows: earlier training steps if it is about them, and the step that it ends with."""
    if not _has_course(order) and order.step < 0 and not wanted:
        return (tuple(lane.snapshot for lane in learned),)
    from fmviz.commandline.learning import earlier_moments, newest_moment

    newest = newest_moment(project, learned, wanted)
    if _has_course(order):
        return *earlier_moments(project, learned, min(MOST_MOMENTS, len(beats_of(order.spec))), wanted), newest
    return (newest if order.step < 0 else _at_step(project, learned, order.step, wanted),)


def output_paths(out: Path, order: PictureOrder) -> dict[str, Path]:
    """Return the file of each view: OUT itself, or OUT with the view's name in its own.

    Raises:
        ExportError: one of them cannot be written.
    """
    if not order.has_all:
        return {view: _checked(f"{out}/" if order.spec.format == "frames" else str(out)) for view in order.styles}
    if order.spec.format == "frames":
        return {view: _checked(f"{out.with_name(f'{out.name}-{view}')}/") for view in order.styles}
    return {view: _checked(str(out.with_name(f"{out.stem}-{view}{out.suffix}"))) for view in order.styles}


def _at_step(project: Project, learned: tuple[LearnedLane, ...], step: int,
             wanted: Wanted) -> tuple[FlowSnapshot | None, ...]:
    """Return the pictures of the kept step at or before `step`; the newest, with a word, if none is kept."""
    from fmviz.commandline.learning import moment_at, newest_moment

    moment = moment_at(project, learned, step, wanted)
    if moment is None:
        print(f"fmviz: Step {step:,} of the scene is not kept in the file; the newest is drawn.", file=sys.stderr)
        return newest_moment(project, learned, wanted)
    return moment


def learned_of(problem: Problem) -> tuple[LearnedLane, ...]:
    """Return what each lane has learned, sampled as is asked for: what is known if all is, else all are trained."""
    if (known := drawn_of(problem)) is not None:
        return known
    from fmviz.commandline.learning import learn

    return learn(problem.project).lanes


def _write_film(path: Path, film: Film) -> None:
    """Draw and write one file; an old one stays until the new one is complete."""
    with calm():
        from fmviz.film.render import poster_path, render_film

    with writing(path), ProgressLine(f"drawing {Path(output_name(path)).name}") as progress:
        driven(render_film(path, film), progress.count_frames)
    size = size_of(path) if path.is_dir() else path.stat().st_size
    spec = even_spec(film.spec)
    scale = spec.scale if spec.format == "png" else 1
    pixels = f"{spec.width * scale}x{spec.height * scale}" + (" (videos have even sizes)" if spec != film.spec else "")
    print(f"{output_name(path)}: {pixels}, {file_size(size)}"
          + (f", and {poster_path(path).name}" if spec.makes_poster else ""), file=sys.stderr)


def _with_pairs(moments: Sequence[Sequence[FlowSnapshot | None]], project: Project,
                style: Style) -> tuple[tuple[FlowSnapshot | None, ...], ...]:
    """Return the moments with the batch of pairs that the style asks for, if it shows pairs."""
    if not style.needs("pairs"):
        return tuple(map(tuple, moments))
    from fmviz.flow.batch_pairs import batch_pairs

    with ProgressLine("pairing") as progress:
        progress.update(0.0, f"a batch of {style.batch:,}, and the best that there is")
        pairs = patiently(lambda: batch_pairs(project, style.batch))
        progress.update(1.0, f"a batch of {style.batch:,}, and the best that there is")
    return tuple(with_pairs(moment, pairs) for moment in moments)


def _checked(text: str) -> Path:
    if text.endswith("/"):
        path = Path(text)
        if not path.parent.is_dir():
            raise ExportError(f"The folder of the output {text!r} does not exist; make it or choose another.")
        check_folder(path)
        return path
    return checked_output(text, [kind.suffix for kind in FORMATS.values()])


def _with_course(problem: Problem) -> Problem:
    """Forget lanes that have kept no training steps, so that they are trained again."""
    if all(lane.kept or (lane.snapshot is not None and lane.snapshot.step == UNLEARNED) for lane in problem.learned):
        return problem
    return Problem(problem.project, tuple(LearnedLane() for _ in problem.learned))
