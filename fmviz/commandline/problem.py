"""From parsed arguments to what is to be learned: clouds and settings, checked before any work begins."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from typing import Any

from fmviz.commandline.picture_side import picture_side
from fmviz.core.cloud import Side
from fmviz.core.config import FIELD, FIELDS, checked
from fmviz.core.errors import ConfigError
from fmviz.core.project import MAX_LANES, LearnedLane, Project, compared
from fmviz.core.project_file import load_project
from fmviz.files.side import side_from_text


@dataclass(frozen=True, eq=False)
class Problem:
    """What is asked for: the project, and for each of its lanes what is known already."""

    project: Project
    learned: tuple[LearnedLane, ...]


def problem_of(arguments: argparse.Namespace) -> Problem:
    """Return the project that FILE, --source, --target and the flow options describe.

    A lane of FILE whose settings the options leave alone keeps what it has learned.

    Raises:
        FmvizError: a file, a shape or a setting that cannot be used, or options that exclude each other.
    """
    if arguments.file is not None and (arguments.source is not None or arguments.target is not None):
        raise ConfigError(f"Both the file {arguments.file!r} and --source or --target were given; they are two ways "
                          "to say what to carry into what: give one.")
    if arguments.file is not None:
        stored = load_project(arguments.file)
        project, learned = stored.project, stored.learned
    else:
        project, learned = Project(), (LearnedLane(),)
        if arguments.source is not None:
            project = replace(project, source=_side(arguments.source, arguments))
        if arguments.target is not None:
            project = replace(project, target=_side(arguments.target, arguments))
    wanted = _with_settings(project, arguments)
    known = dict(zip(project.lanes, learned, strict=True))
    return Problem(wanted, tuple(known.get(config, LearnedLane()) for config in wanted.lanes))


def _side(text: str, arguments: argparse.Namespace) -> Side:
    return picture_side(text, arguments) or side_from_text(text)


def _with_settings(project: Project, arguments: argparse.Namespace) -> Project:
    given: dict[str, Any] = {field.name: checked(field.name, getattr(arguments, field.name))
                             for field in FIELDS if getattr(arguments, field.name) is not None}
    if arguments.compare is not None:
        if "coupling" in given:
            raise ConfigError(f"Both --coupling {given['coupling']} and --compare {arguments.compare} were given; "
                              "--compare names the couplings itself: leave --coupling out.")
        project = compared(project, couplings_of(arguments.compare))
    elif "coupling" in given:
        project = compared(project, (given.pop("coupling"),))
    return replace(project, lanes=tuple(replace(config, **given) for config in project.lanes))


def couplings_of(text: str) -> tuple[str, ...]:
    """Return the couplings in "random,ot".

    Raises:
        ConfigError: an unknown one, not two of them, or the same twice.
    """
    names = tuple(name.strip() for name in text.split(","))
    for name in names:
        checked("coupling", name)
    if len(names) != MAX_LANES or len(set(names)) != MAX_LANES:
        choices = FIELD["coupling"].choices or {}
        raise ConfigError(f"--compare is {text!r}; give two different couplings, for example "
                          f"{','.join(list(choices)[:MAX_LANES])}.")
    return names
