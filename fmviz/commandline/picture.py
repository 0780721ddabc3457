"""From parsed arguments to what is to be drawn: views or a scene, lanes, the file. Checked before any work begins.

Annotations as words of a command line: `arrow 0,2 1.5,0.5 "they cross"` is a kind, its places, and what it says.

    kind  x,y ...  [t=0.2..0.8] [ink=source] [factor=4]  [words]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from fmviz.commandline.arguments import NONE
from fmviz.commandline.output import calm
from fmviz.core.annotations import FACTOR, INKS, KINDS, Annotation
from fmviz.core.camera import Camera
from fmviz.core.couplings import COUPLINGS, coupling_of
from fmviz.core.errors import ConfigError, ExportError, quoted
from fmviz.core.export_spec import OPTIONS, ExportSpec, changed
from fmviz.core.follow import Place
from fmviz.core.formats import format_of
from fmviz.core.lanes import lanes_of
from fmviz.core.layers import LAYERS
from fmviz.core.numbers import read_number, read_whole
from fmviz.core.options import Option, options_of
from fmviz.core.possible import why_not_drawn
from fmviz.core.project import Project, Scene
from fmviz.core.style import VIEWS, Style
from fmviz.film.presets import PRESETS, Preset, load_presets, preset_named

ALL_VIEWS = "all"
_SIZE_OF_SEVERAL = 1280, 720
_SIZE_OF_STRIP = 1920, 480
_VIDEOS, _VIDEO_FPS = ("mp4", "webm"), 30.0
_SPAN = ".."
_OPTIONS = {"t": "two times, for example t=0.2..0.8", "ink": f"an ink of {', '.join(INKS)}",
            "factor": "a number, for example factor=4"}


@dataclass(frozen=True)
class PictureOrder:
    """What is to be drawn.

    Args:
        styles: by view; each becomes a file.
        has_all: whether the files are named after their views.
        spec: the file, with the lanes that are shown.
        step: the training step that is shown, or -1 for the newest.
        notes: sentences that the user should read: what stands still, what has no effect.
    """

    styles: dict[str, Style]
    has_all: bool
    spec: ExportSpec
    step: int = -1
    notes: tuple[str, ...] = ()


def order_of(arguments: argparse.Namespace, project: Project) -> PictureOrder:
    """Return what the arguments of `render` ask for; they go before the scene, the scene before the project.

    Raises:
        FmvizError: a view, a scene, a lane or a value that cannot be.
    """
    scene = None if arguments.scene is None else _scene_of(arguments.scene, project)
    looks = looks_of(arguments)
    probe = looks.pop("probe", None)
    if arguments.layers is not None:
        looks["layers"] = layers_of(arguments.layers)
    if arguments.camera is not None:
        looks["camera"] = _camera_of(arguments.camera)
    styles = {view: replace(style, **looks) for view, style in
              _views_of(arguments.view, project.style if scene is None else scene.style).items()}
    if probe is not None:
        styles = {view: style.with_probe(probe) for view, style in styles.items()}
    styles = {view: replace(style, annotations=annotations_of(arguments.annotate or (), style.annotations))
              for view, style in styles.items()}
    lanes = () if scene is None else scene.style.lanes
    if arguments.lanes is not None:
        lanes = lanes_of(arguments.lanes, len(project.lanes))
    lanes = tuple(lane for lane in lanes if lane < len(project.lanes))
    export = replace(project.export, lanes=lanes)
    if scene is not None:
        export = replace(export, caption=scene.caption or export.caption, at=scene.t)
    spec = spec_of(arguments, export, len(lanes or project.lanes))
    styles, still = _moving(styles, spec, arguments.view == ALL_VIEWS)
    step = -1 if scene is None else scene.step
    return PictureOrder(styles, arguments.view == ALL_VIEWS, spec, step,
                        (*still, *_without_cells(styles, lanes, project), *_not_drawn(styles, lanes, project),
                         *_without_others(styles, len(lanes or project.lanes)), *_without_effect(arguments, spec),
                         *_without_looks(looks, styles),
                         *said_of_words((*spec.texts, *project.names, looks.get("names", ""),
                                         looks.get("probe_name", ""),
                                         *(one.text for style in styles.values() for one in style.annotations)))))


def said_of_words(texts: Iterable[str]) -> tuple[str, ...]:
    """Return what is to be said of the words of a picture: formulas that cannot be set, letters that no font has."""
    given = [text for text in texts if "$" in text or not text.isascii()]
    if not given:
        return ()
    # Here: Qt takes half a second to load.
    from fmviz.canvas.fonts import complaints_of_words, offscreen_app

    offscreen_app()
    return complaints_of_words(given)


def _moving(styles: dict[str, Style], spec: ExportSpec, has_all: bool) -> tuple[dict[str, Style], list[str]]:
    """Return the styles without those of which a film strip would show five equal pictures, and what to say of them."""
    still = [view for view, style in styles.items() if style.is_still]
    is_strip = spec.is_strip and not spec.kind.is_animation
    if not still or not (is_strip or spec.kind.is_animation):
        return styles, []
    if not is_strip:
        return styles, [f"The view {still[0]} does not change with t: every frame is the same."]
    if not has_all:
        raise ExportError(f"The view {still[0]} does not change with t, so a film strip would show one picture five "
                          "times; choose another view, or a picture that is no strip.")
    return ({view: style for view, style in styles.items() if view not in still},
            [f"The view {still[0]} does not change with t, so there is no film strip of it."])


def _views_of(text: str | None, style: Style) -> dict[str, Style]:
    """Return the styles to draw, by view: the named one, all, or the project's own."""
    if text is None:
        return {style.view: style}
    names = VIEWS if text == ALL_VIEWS else (view_named(text, f" or {ALL_VIEWS}"),)
    return {name: style.with_view(name) for name in names}


def view_named(text: str, more: str = "") -> str:
    """Return the key of a view that a person calls by it or by its word; `more` is what else there is to choose.

    Raises:
        ConfigError: there is no such view.
    """
    for name, view in VIEWS.items():
        if text in (name, view.word):
            return name
    choices = ", ".join(view.word for view in VIEWS.values())
    raise ConfigError(f"There is no view {quoted(text)}; choose one of {choices}{more}.")


def looks_of(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what the arguments change about every style's options.

    Raises:
        FmvizError: no number where there has to be one.
    """
    looks: dict[str, Any] = {}
    for row in options_of(Style).values():
        given = getattr(arguments, row.flag) if row.flag else None
        if isinstance(given, list):  # options that share a flag, see `arguments`
            looks |= _read_either(row, given)
        elif given is not None and row.read is not None:
            looks |= _read_place(row, given)
        elif given is not None:
            looks[row.name] = _read(row, given)
    return looks


def layers_of(text: str) -> tuple[str, ...]:
    """Return the names of layers that a text on the command line means; whether there are such a style checks.

    Raises:
        ConfigError: two of them fill the pane, so that nobody would see the lower one.
    """
    names = tuple(name.strip() for name in text.split(","))
    rows = [LAYERS[name] for name in names if name in LAYERS]
    for first, second in combinations(rows, 2):
        if first.hides(second):
            raise ConfigError(f"--layers is {quoted(text)}; {first.name} and {second.name} both fill the pane, so "
                              "leave out one of them.")
    return names


def _camera_of(text: str) -> Camera:
    parts = [read_number(part) for part in text.split(",")]
    numbers = [part for part in parts if part is not None]
    if len(numbers) != 3 or len(parts) != 3:
        raise ConfigError(f"--camera is {quoted(text)}; give x, y and width, for example 0,0,4.")
    return Camera(*numbers)


def _without_cells(styles: dict[str, Style], lanes: tuple[int, ...], project: Project) -> list[str]:
    """Return that cells were asked for of lanes that have none, or nothing."""
    if all("cells" not in style.layers for style in styles.values()):
        return []
    shown = [coupling_of(config.coupling) for k, config in enumerate(project.lanes) if not lanes or k in lanes]
    named = " and ".join(row.phrase for row in shown if not row.has_cells)
    cellular = " or ".join(row.key for row in COUPLINGS.values() if row.has_cells)
    if not named:
        return []
    return [f"Cells have no meaning with {named}, so there none are drawn; take --coupling {cellular}."]


def _without_others(styles: dict[str, Style], panes: int) -> list[str]:
    """Return that a difference was asked for of one pane, or nothing."""
    if panes > 1 or not any(style.compares for style in styles.values()):
        return []
    return ["A difference is that of a pane and the first one beside it, and one is drawn, so there none is; give "
            "--compare random,ot, or more --panes."]


def _not_drawn(styles: dict[str, Style], lanes: tuple[int, ...], project: Project) -> list[str]:
    """Return why layers that were asked for draw nothing, each reason once."""
    asked = dict.fromkeys(name for style in styles.values() for name in style.layers)
    whys = dict.fromkeys(why_not_drawn(LAYERS[name], project, lanes or range(len(project.lanes))) for name in asked)
    return [why for why in whys if why]


def spec_of(arguments: argparse.Namespace, spec: ExportSpec, panes: int) -> ExportSpec:
    """Return the project's export specification with what the arguments change; the ending of OUT is its format.

    Without a size several lanes get a wide picture. A preset comes first, the other options change it.

    Raises:
        ExportError: a value that the file cannot have.
    """
    kind = format_of(arguments.out)
    if arguments.is_strip and kind.is_animation:
        raise ExportError(f"A film strip is a still and {arguments.out!r} moves; end it in .png, .svg or .pdf.")
    if arguments.preset is not None:
        spec = _preset(arguments.preset).applied(spec, panes)
    # The ending decides: what it cannot have is brought near, what the user asks for below is refused.
    spec = changed(spec, format=kind.key)
    changes: dict[str, Any] = {}
    if arguments.size is not None:
        changes["width"], changes["height"] = size_of(arguments.size)
    elif arguments.preset is None and (spec.width, spec.height) == (ExportSpec().width, ExportSpec().height):
        # Nobody chose it: neither the options nor the file.
        if arguments.is_strip:
            changes["width"], changes["height"] = _SIZE_OF_STRIP
        elif panes > 1:
            changes["width"], changes["height"] = _SIZE_OF_SEVERAL
    if kind.key in _VIDEOS and arguments.fps is None and arguments.preset is None:
        changes["fps"] = _VIDEO_FPS
    for name, row in OPTIONS.items():
        if (given := getattr(arguments, name, None)) is not None:
            changes[name] = _read(row, given)
    return replace(spec, **changes)


def _without_effect(arguments: argparse.Namespace, spec: ExportSpec) -> list[str]:
    """Return a sentence for each option that changes nothing about such a file."""
    return [f"--{row.flag} has no effect on {arguments.out!r}; it is for {row.use}." for name, row in OPTIONS.items()
            if row.use and getattr(arguments, name, None) is not None and not row.matters(spec)]


def _without_looks(looks: dict[str, Any], styles: dict[str, Style]) -> list[str]:
    """Return a sentence for each option of a style that changes nothing that is drawn."""
    rows = [options_of(Style)[name] for name in looks if name in options_of(Style)]
    return [f"--{row.flag} has no effect on what is drawn here: {', '.join(dict.fromkeys(_drawn(styles)))}."
            for row in rows if not any(row.matters(style) for style in styles.values())]


def _drawn(styles: dict[str, Style]) -> list[str]:
    return [LAYERS[name].label.lower() for style in styles.values() for name in style.layers]


def _read(row: Option, given: Any) -> Any:
    """Return an option's value, which a text on the command line means."""
    if isinstance(row.default, bool | str):
        return given
    return _whole(row.flag, given) if isinstance(row.default, int) else _number(row.flag, given)


def _read_either(row: Option, given: Sequence[str]) -> dict[str, Any]:
    """Return the value of an option that shares its flag, if it is what the texts mean, by its name."""
    are_numbers = [read_whole(text) is not None and "," not in text for text in given]
    if any(are_numbers) and not all(are_numbers):
        raise ExportError(f"--{row.flag} was given both a number and starts; leave one of them out.")
    if are_numbers[0] != (row.read is None):
        return {}
    if row.read is None:
        return {row.name: _read(row, given[-1])}
    parts = [row.read(text) for text in given]
    for text, part in zip(given, parts, strict=True):
        if not part:
            raise ExportError(f"--{row.flag} is {quoted(text)}; give a whole number, or starts as x,y, for example "
                              "0.5,-1 or 0.5,-1;2,0.")
    return {row.name: tuple(start for part in parts for start in part)}


def _read_place(row: Option, text: str) -> dict[str, Any]:
    """Return the place that a text on the command line means, and the time after an @, by what they are called."""
    assert row.read is not None
    where, has_time, when = text.partition("@")
    place, t = row.read(where), read_number(when)
    if place is None or (has_time and (t is None or not 0 <= t <= 1)):
        raise ExportError(f"--{row.flag} is {quoted(text)}; give x and y, for example 0.5,-1, or with a time from 0 to "
                          "1 after an @.")
    return {row.name: place, f"{row.name}_t": t if has_time else None}


def _preset(name: str) -> Preset:
    """Return a built-in preset or one of the user's own, which only Qt knows where to find."""
    if any(preset.is_called(name) for preset in PRESETS.values()):
        return preset_named(name)
    with calm():
        from fmviz.app.settings import Settings

        path = Settings().presets_path
    return preset_named(name, load_presets(path))


def _scene_of(text: str, project: Project) -> Scene:
    """Return a scene of the project by its name or its number from 1."""
    for number, scene in enumerate(project.scenes, start=1):
        if text.strip().casefold() in (str(number), scene.name.casefold()):
            return scene
    names = ", ".join(scene.name for scene in project.scenes)
    rest = f"choose one of {names}." if names else "the file has none."
    raise ConfigError(f"There is no scene {quoted(text)}; {rest}")


def size_of(text: str) -> tuple[int, int]:
    """Return (width, height) of "1280x720".

    Raises:
        ExportError: not two whole numbers joined by an x.
    """
    sides = [read_whole(part) for part in text.lower().split("x")]
    if len(sides) != 2 or sides[0] is None or sides[1] is None:
        raise ExportError(f"The size is {quoted(text)}; give width x height in pixels, for example 1280x720.")
    return sides[0], sides[1]


def _whole(name: str, text: str) -> int:
    if (number := read_whole(text)) is None:
        raise ExportError(f"--{name} is {quoted(text)}; give a whole number.")
    return number


def _number(name: str, text: str) -> float:
    if (number := read_number(text)) is None:
        raise ExportError(f"--{name} is {quoted(text)}; give a number.")
    return number


def annotations_of(texts: Sequence[str], known: tuple[Annotation, ...]) -> tuple[Annotation, ...]:
    """Return the annotations of a picture with those that the flags add; `none` takes away all before it.

    Raises:
        ConfigError: one that cannot be read or drawn.
    """
    for text in texts:
        known = () if text.strip() == NONE else (*known, annotation_of(text))
    return known


def annotation_of(text: str) -> Annotation:
    """Return the annotation that a text means; see the module.

    Raises:
        ConfigError: it cannot be read or drawn.
    """
    kind, *words = text.split() or [""]
    if kind not in KINDS:
        raise ConfigError(f"--annotate is {quoted(text)}; begin with one of {', '.join(KINDS)}, or give {NONE}.")
    places: list[Place] = []
    while words and (place := _place_of(words[0])) is not None:
        places.append(place)
        words.pop(0)
    given: dict[str, Any] = {"factor": FACTOR} if KINDS[kind].has_factor else {}
    while words and (found := _option_of(words[0])):
        given |= found
        words.pop(0)
    if not places:
        row = KINDS[kind]
        raise ConfigError(f"--annotate is {quoted(text)}; give {' and '.join(row.places)} as x,y, for example 0,1.5.")
    return Annotation(kind, tuple(places), " ".join(words), **given)


def _place_of(word: str) -> Place | None:
    parts = [read_number(part) for part in word.split(",")]
    x, y = parts if len(parts) == 2 else (None, None)
    return None if x is None or y is None else (x, y)


def _option_of(word: str) -> dict[str, Any]:
    """Return what an option says, {} for an ordinary word."""
    name, equals, value = word.partition("=")
    number = read_number(value)
    if not equals or name not in _OPTIONS or (name == "t" and number is not None):  # "t=1" is said of a moment
        return {}
    start, _, end = value.partition(_SPAN)
    t0, t1 = read_number(start), read_number(end)
    if name == "ink" and value in INKS:
        return {"ink": value}
    if name == "factor" and number is not None:
        return {"factor": number}
    if name == "t" and t0 is not None and t1 is not None:
        return {"t0": t0, "t1": t1}
    raise ConfigError(f"--annotate has {quoted(word)}; give {_OPTIONS[name]}, or put spaces around = in words.")
