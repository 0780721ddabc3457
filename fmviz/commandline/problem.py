"""From parsed arguments to values: clouds, settings, picture. Everything is checked here, before any work begins."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from fmviz.commandline.interrupts import calm
from fmviz.core.cloud_file import side_from_text
from fmviz.core.config import FIELD, FIELDS, checked
from fmviz.core.errors import ConfigError, ExportError
from fmviz.core.export_change import changed
from fmviz.core.export_spec import ExportSpec
from fmviz.core.formats import Format, format_of
from fmviz.core.presets import PRESETS, Preset, load_presets, preset_named
from fmviz.core.project import MAX_LANES, LearnedLane, Project, compared
from fmviz.core.project_file import load_project
from fmviz.core.scene import Scene
from fmviz.core.style import VIEWS, Style

ALL_VIEWS = "all"
_SIZE_OF_TWO = 1280, 720
_SIZE_OF_STRIP = 1920, 480
_VIDEOS, _VIDEO_FPS = ("mp4", "webm"), 30.0


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
            project = replace(project, source=side_from_text(arguments.source))
        if arguments.target is not None:
            project = replace(project, target=side_from_text(arguments.target))
    wanted = _with_settings(project, arguments)
    known = dict(zip(project.lanes, learned, strict=True))
    return Problem(wanted, tuple(known.get(config, LearnedLane()) for config in wanted.lanes))


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


def views_of(text: str | None, style: Style) -> dict[str, Style]:
    """Return the styles to draw, by view: the named one, all, or the project's own.

    Raises:
        ConfigError: there is no such view.
    """
    if text is None:
        return {style.view: style}
    if text == ALL_VIEWS:
        return {name: style.with_view(name) for name in VIEWS}
    if text not in VIEWS:
        raise ConfigError(f"There is no view {text!r}; choose one of {', '.join(VIEWS)} or {ALL_VIEWS}.")
    return {text: style.with_view(text)}


def with_batch(styles: dict[str, Style], text: str | None) -> dict[str, Style]:
    """Return the styles with another size of the batch of pairs; None leaves it.

    Raises:
        FmvizError: no whole number, or one that is too small or too large.
    """
    if text is None:
        return styles
    size = _whole("pairs", text)
    return {view: replace(style, batch=size) for view, style in styles.items()}


def spec_of(arguments: argparse.Namespace, spec: ExportSpec, lanes: int) -> ExportSpec:
    """Return the project's export specification with what the arguments change; the ending of OUT is its format.

    Without a size two lanes get a wide picture: a pane is square. A preset comes first, the other options change it.

    Raises:
        ExportError: a value that the file cannot have.
    """
    kind = format_of(arguments.out)
    if arguments.is_strip and kind.is_animation:
        raise ExportError(f"A film strip is a still and {arguments.out!r} moves; end it in .png, .svg or .pdf.")
    spec = replace(spec, lanes=())
    if arguments.lanes is not None:
        lanes = len(lanes_of(arguments.lanes))
    if arguments.preset is not None:
        panes = lanes if arguments.lanes is None else len(lanes_of(arguments.lanes))
        spec = _preset(arguments.preset).applied(spec, panes)
    # The ending decides: what it cannot have is brought near, what the user asks for below is refused.
    spec = changed(spec, format=kind.key)
    changes: dict[str, Any] = {}
    if arguments.size is not None:
        changes["width"], changes["height"] = size_of(arguments.size)
    elif arguments.preset is None and (spec.width, spec.height) == _usual_size():
        # Nobody chose it: neither the options nor the file.
        if arguments.is_strip:
            changes["width"], changes["height"] = _SIZE_OF_STRIP
        elif lanes > 1:
            changes["width"], changes["height"] = _SIZE_OF_TWO
    if kind.key in _VIDEOS and arguments.fps is None and arguments.preset is None:
        changes["fps"] = _VIDEO_FPS
    for name in ("fps", "seconds", "hold", "at", "width_cm", "font_pt"):
        if (text := getattr(arguments, name)) is not None:
            changes[name] = _number(name, text)
    for name in ("sweeps", "loop", "scale"):
        if (text := getattr(arguments, name)) is not None:
            changes[name] = _whole(name, text)
    for name in ("theme", "bounce", "over", "is_strip", "title", "caption", "has_axes", "has_text", "background"):
        if getattr(arguments, name) is not None:
            changes[name] = getattr(arguments, name)
    if arguments.lanes is not None:
        changes["lanes"] = lanes_of(arguments.lanes)
    return replace(spec, **changes)


# Option -> which formats it changes, and how to say so.
_EFFECTS: dict[str, tuple[Callable[[Format], bool], str]] = {
    **dict.fromkeys(("fps", "seconds", "hold", "bounce", "over", "sweeps"),
                    (lambda kind: kind.is_animation, "an animation (.gif, .mp4, .webm or a name that ends in /)")),
    "loop": (lambda kind: kind.key == "gif", "a .gif"),
    "scale": (lambda kind: kind.key == "png", "a .png"),
}


def without_effect(arguments: argparse.Namespace) -> list[str]:
    """Return a sentence for each option that changes nothing about a file of that format."""
    kind = format_of(arguments.out)
    return [f"--{name} has no effect on {arguments.out!r}; it is for {formats}."
            for name, (changes, formats) in _EFFECTS.items()
            if getattr(arguments, name) is not None and not changes(kind)]


def _usual_size() -> tuple[int, int]:
    return ExportSpec().width, ExportSpec().height


def _preset(name: str) -> Preset:
    """Return a built-in preset or one of the user's own, which only Qt knows where to find."""
    if any(name.strip().casefold() in (preset.key.casefold(), preset.label.casefold()) for preset in PRESETS.values()):
        return preset_named(name)
    with calm():
        from fmviz.app.settings import Settings

        path = Settings().presets_path
    return preset_named(name, load_presets(path))


def lanes_of(text: str) -> tuple[int, ...]:
    """Return the lanes in "A", "B" or "A,B".

    Raises:
        ExportError: something else.
    """
    names = [name.strip().upper() for name in text.split(",")]
    if not names or any(name not in ("A", "B") for name in names) or len(set(names)) < len(names):
        raise ExportError(f"The lanes are {text!r}; give A, B or A,B.")
    return tuple("AB".index(name) for name in names)


def scene_of(text: str, project: Project) -> Scene:
    """Return a scene of the project by its name or its number from 1.

    Raises:
        ConfigError: there is none.
    """
    for number, scene in enumerate(project.scenes, start=1):
        if text.strip().casefold() in (str(number), scene.name.casefold()):
            return scene
    names = ", ".join(scene.name for scene in project.scenes)
    raise ConfigError(f"There is no scene {text!r}; " + (f"choose one of {names}." if names else "the file has none."))


def size_of(text: str) -> tuple[int, int]:
    """Return (width, height) of "1280x720".

    Raises:
        ExportError: not two whole numbers joined by an x.
    """
    parts = text.lower().split("x")
    # int() refuses thousands of digits with an error of its own.
    if len(parts) != 2 or not all(part.strip().isdecimal() and len(part) < 10 for part in parts):
        raise ExportError(f"The size is {text!r}; give width x height in pixels, for example 1280x720.")
    return int(parts[0]), int(parts[1])


def _whole(name: str, text: str) -> int:
    if not (text.strip().isdecimal() and len(text) < 10):
        raise ExportError(f"--{name} is {text!r}; give a whole number.")
    return int(text)


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ExportError(f"--{name.replace('_', '-')} is {text!r}; give a number.") from None
