"""From parsed arguments to what is to be learned: clouds and settings, checked before any work begins.

A side can be a shape, a file of points, a picture, a drawing, or words: `--source logo.png`, `--target text:flow`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from fmviz.commandline.cloud_options import SIDES, CloudChoice, choice_of
from fmviz.core.cloud import PointCloud, Side
from fmviz.core.config import FIELD, FIELDS, FlowConfig, check_used, checked, with_own_path
from fmviz.core.couplings import COMPARED
from fmviz.core.errors import CloudError, ConfigError, ProjectError, quoted
from fmviz.core.lanes import MAX_LANES
from fmviz.core.noise import check_noise
from fmviz.core.numbers import read_whole
from fmviz.core.picture_points import GreyPicture, PictureChoice, cloud_of
from fmviz.core.placing import FIT, KEEP, MATCH, MATCH_AXES, is_of_another_scale, placed
from fmviz.core.possible import check_models
from fmviz.core.project import LearnedLane, Origin, Project, compared
from fmviz.core.shapes import SHAPES
from fmviz.files.picture_file import is_picture, is_svg, read_picture, read_svg
from fmviz.files.project_file import PROJECT_SUFFIX, ProjectFile, load_project
from fmviz.files.source import head_of, typed_path
from fmviz.files.tables import STANDARD_INPUT, SideRead, open_table, side_from_text

WORD = "text:"
# What a lane is called, beside its settings.
_NAME = "name"


def picture_side(text: str, arguments: argparse.Namespace) -> Side | None:
    """Return the side that a person names if it is a picture or a word; None if it is anything else.

    Raises:
        CloudError: the picture cannot be read, or there is nothing in it.
    """
    if text.startswith(WORD):
        return Side(cloud=_word(text.removeprefix(WORD), arguments))
    head = b"" if text in SHAPES else _head(text)
    if is_picture(head):
        return Side(cloud=cloud_of(read_picture(typed_path(text)), _choice(arguments)))
    if is_svg(head):
        # Here: Qt takes half a second to load.
        from fmviz.canvas.fonts import offscreen_app
        from fmviz.canvas.painted import picture_of_drawing

        drawing = read_svg(typed_path(text))
        offscreen_app()
        return Side(cloud=cloud_of(picture_of_drawing(drawing), _choice(arguments)))
    return None


def _word(text: str, arguments: argparse.Namespace) -> PointCloud:
    from fmviz.canvas.fonts import FAMILY, offscreen_app
    from fmviz.canvas.painted import picture_of_words

    offscreen_app()
    picture: GreyPicture = picture_of_words(text.replace("\\n", "\n"), arguments.font or FAMILY)
    return cloud_of(picture, PictureChoice("alpha", _choice(arguments).points))


def _choice(arguments: argparse.Namespace) -> PictureChoice:
    usual = PictureChoice()
    return PictureChoice(arguments.picture, usual.points if arguments.points is None else _whole(arguments.points))


def _whole(text: str) -> int:
    if (number := read_whole(text)) is None:
        raise CloudError(f"The number of points is {quoted(text)}; give a whole number, as in --points 2000.")
    return number


def _head(text: str) -> bytes:
    """Return how a file begins, or nothing if it cannot be read: who reads it as a table says why."""
    try:
        return head_of(typed_path(text))
    except (CloudError, ValueError):  # a ValueError is a name that no file can have
        return b""


@dataclass(frozen=True, eq=False)
class Problem:
    """What is asked for: the project, for each of its lanes what is known already, and what the file holds besides."""

    project: Project
    learned: tuple[LearnedLane, ...]
    others: tuple[LearnedLane, ...] = ()


def problem_of(arguments: argparse.Namespace) -> Problem:
    """Return the project that FILE, --source, --target and the flow options describe.

    A lane that FILE has learned with just these settings keeps that, also one that FILE does not show.

    Raises:
        FmvizError: a file, a shape, a setting or a model that cannot be used, or options that exclude each other.
    """
    if arguments.file is not None and (arguments.source is not None or arguments.target is not None):
        raise ConfigError(f"Both the file {arguments.file!r} and --source or --target were given; they are two ways "
                          "to say what to carry into what: give one.")
    if arguments.file is not None:
        for side in SIDES:
            _refuse_unused(choice_of(arguments, side).given, f"and {quoted(arguments.file)} is a project")
        stored = _stored(arguments.file)
        project, everything = stored.project, [*_with_origins(stored), *stored.others]
    else:
        project, everything = _project_of_sides(arguments), []
    wanted = _with_settings(project, arguments)
    check_models(wanted)
    found = [_known(project, index, config, everything) for index, config in enumerate(wanted.lanes)]
    learned = tuple(LearnedLane() if lane is None else _as_lane(index, lane) for index, lane in enumerate(found))
    others = [lane for lane in everything if not any(lane is used for used in found)]
    return Problem(wanted, learned, tuple(others))


def _known(project: Project, index: int, config: FlowConfig, known: Sequence[LearnedLane]) -> LearnedLane | None:
    """Return what was learned of a project's clouds with just these settings, also if another lane has it too.

    Of several rather what is sampled as asked, and then what a lane of that number has learned.
    """
    sides = (project.source, project.target)
    fitting = [(lane, origin) for lane in known if (origin := lane.origin) is not None
               and origin.config.learning == config.learning and (origin.source, origin.target) == sides]
    best = max(fitting, default=None, key=lambda each: (
        each[0].snapshot is not None and each[0].snapshot.sampling == config.sampling, each[1].lane == index))
    return None if best is None else best[0]


def drawn_of(problem: Problem) -> tuple[LearnedLane, ...] | None:
    """Return what the lanes have learned with pictures and numbers in the sampling that they ask for.

    None if something has to be learned first.
    """
    pairs = list(zip(problem.learned, problem.project.lanes, strict=True))
    if all(lane.snapshot is not None and lane.snapshot.sampling == config.sampling for lane, config in pairs):
        return problem.learned
    if any(lane.snapshot is None or lane.weights is None for lane, _ in pairs):
        return None
    from fmviz.commandline.learning import sampled

    return tuple(sampled(problem.project, index, lane) for index, lane in enumerate(problem.learned))


def _as_lane(index: int, known: LearnedLane) -> LearnedLane:
    """Return what another lane, or one of that number, has learned as that of a project's lane."""
    snapshot = None if known.snapshot is None else replace(known.snapshot, lane=index)
    return replace(known, snapshot=snapshot, origin=None)


def _stored(file: str) -> ProjectFile:
    """Return what a project file holds."""
    try:
        return load_project(file)
    except ProjectError as error:
        if not file.lower().endswith(PROJECT_SUFFIX) and (kind := _kind_of_points(file)):
            raise ConfigError(f"The file {quoted(file)} is a {kind} and no project; give it as --source or "
                              "--target.") from error
        raise


def _kind_of_points(file: str) -> str | None:
    """Return what a file of points is called, or None if it is none."""
    try:
        head = head_of(typed_path(file))
        if is_picture(head) or is_svg(head):
            return "picture"
        open_table(typed_path(file), is_quick=True).view()
    except (CloudError, ValueError):  # a ValueError is a name that no file can have
        return None
    return "table of points"


def _with_origins(stored: ProjectFile) -> list[LearnedLane]:
    """Return what the lanes of a file have learned, each with what it was learned from."""
    project = stored.project
    return [replace(lane, origin=Origin(index, project.source, project.target, project.lanes[index]))
            for index, lane in enumerate(stored.lanes) if not lane.is_empty]


def _project_of_sides(arguments: argparse.Namespace) -> Project:
    """Return the project of --source and --target, read and placed as their flags say."""
    if arguments.source == arguments.target == STANDARD_INPUT:
        raise ConfigError("Both --source and --target are standard input, which can be read once; give one a file.")
    choices = {side: choice_of(arguments, side) for side in SIDES}
    project = Project()
    for side, choice in choices.items():
        text = getattr(arguments, side)
        if text is None:
            continue
        found = picture_side(text, arguments)
        read = SideRead(found) if found is not None else side_from_text(text, choice.read)
        project = project.with_side(side, read.side)
        for note in read.notes:
            print(f"{side}: {note}", file=sys.stderr)
    clouds = [side for side in SIDES
              if getattr(arguments, side) is not None and project.side(side).cloud is not None]
    for side, choice in choices.items():
        unused = [flag for flag in choice.given if not clouds or (side not in clouds and flag.startswith(f"--{side}-"))]
        _refuse_unused(tuple(unused), f"and the {side} is none")
    for side in reversed(clouds):
        project = _placed(project, side, choices[side], clouds)
    _hint_at_scale(project, clouds, choices)
    if any(side.cloud is not None and side.cloud.labels is not None for side in (project.source, project.target)):
        # Who names labels wants to see them.
        project = replace(project, style=replace(project.style, colour_by="class"))
    return project


def _placed(project: Project, side: str, choice: CloudChoice, clouds: list[str]) -> Project:
    """Return the project with one side put where its flags say; of two files the source is what is moved to match."""
    here, other = project.side(side), project.side_beside(side)
    how = choice.place
    if how in (MATCH, MATCH_AXES) and side == "target" and len(clouds) == len(SIDES) and "--place" in choice.given:
        how = KEEP
    assert here.cloud is not None
    return project.with_side(side, replace(here, cloud=placed(here.cloud, how, other, choice.flips_y)))


def _hint_at_scale(project: Project, clouds: list[str], choices: dict[str, CloudChoice]) -> None:
    """Say it if the one file is in other units than the shape that it is learned with, and nobody asked for that."""
    for side in clouds if len(clouds) == 1 else ():
        cloud, other = project.side(side).cloud, project.side_beside(side)
        is_placed = any(flag.endswith("-place") for flag in choices[side].given)
        if cloud is not None and not is_placed and is_of_another_scale(cloud, other):
            print(f"{side}: Its size or place is far from that of the other cloud, {other.label}; "
                  f"--place {FIT} brings it to the shapes' scale.", file=sys.stderr)


def _refuse_unused(flags: tuple[str, ...], why: str) -> None:
    if flags:
        raise ConfigError(f"{flags[0]} says how a file of points is read or placed, {why}; leave it out, or give a "
                          "file as --source or --target.")


def _with_settings(project: Project, arguments: argparse.Namespace) -> Project:
    """Return the project with the lanes that --coupling, --compare or --lane ask for, and the other settings in all."""
    flags = {field.name: f"--{field.name.replace('_', '-')}" for field in FIELDS
             if getattr(arguments, field.name) is not None}
    given = with_own_path({name: checked(name, getattr(arguments, name)) for name in flags})
    if arguments.compare is not None and ("coupling" in given or arguments.lane):
        other = f"--coupling {given['coupling']}" if "coupling" in given else f"--lane {arguments.lane[0]}"
        raise ConfigError(f"Both {other} and --compare {arguments.compare} were given; --compare says itself which "
                          "lanes there are: leave one of them out.")
    if arguments.compare is not None:
        project = compared(project, couplings_of(arguments.compare))
        flags["coupling"] = "--compare"
    elif "coupling" in given and not arguments.lane:
        project = compared(project, (given.pop("coupling"),))
    project = replace(project, lanes=tuple(replace(config, **given) for config in project.lanes))
    project = _with_lanes(project, arguments.lane) if arguments.lane else project
    check_noise(project, "noise" in given or bool(arguments.lane))
    for name, flag in flags.items():
        check_used(name, flag, project.lanes)
    return project


def couplings_of(text: str) -> tuple[str, ...]:
    """Return the couplings in "random,ot".

    Raises:
        ConfigError: an unknown one, fewer than two or more than four of them, or the same twice.
    """
    names = tuple(name.strip() for name in text.split(","))
    for name in names:
        checked("coupling", name)
    if not 2 <= len(names) <= MAX_LANES or len(set(names)) < len(names):
        raise ConfigError(f"--compare is {text!r}; give two to {MAX_LANES} different couplings, for example "
                          f"{','.join(COMPARED)}.")
    return names


def _with_lanes(project: Project, texts: Sequence[str]) -> Project:
    """Return the project with one lane for each --lane, as its first one but for what the text says."""
    given = [_settings_in(text) for text in texts]
    names = tuple(each.pop(_NAME, "") for each in given)
    lanes = tuple(replace(project.lanes[0], **each) for each in given)
    for each, config, text in zip(given, lanes, texts, strict=True):
        for name in each:
            check_used(name, f"{name} in --lane {quoted(text)}", (config,))
    return replace(project, lanes=lanes, names=names, hues=())


def _settings_in(text: str) -> dict[str, Any]:
    """Return the settings in "coupling=ot, steps=4000"; "name" is what the lane is called."""
    found: dict[str, Any] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, is_there, value = (piece.strip() for piece in part.partition("="))
        name = name.replace("-", "_")
        if not is_there or name in found:
            raise ConfigError(f"--lane is {quoted(text)}; give settings of one lane, each once, for example "
                              "coupling=ot,width=32 (--lanes A,B chooses which lanes a picture shows).")
        found[name] = value if name == _NAME else checked(name, value)
        if name != _NAME and FIELD[name].shared:
            raise ConfigError(f"--lane {quoted(text)} sets the {FIELD[name].label.lower()}, which all lanes share; "
                              f"give --{name} instead.")
    return with_own_path(found)
