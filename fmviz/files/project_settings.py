"""The settings part of a project file: plain JSON values from a project, and back with every value checked.

Owns which keys there are. Arrays are `snapshot_codec`'s, the file itself `project_file`'s.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from fmviz.core.annotations import MOST_ANNOTATIONS, MOST_PLACES, Annotation
from fmviz.core.camera import Camera
from fmviz.core.cloud import PointCloud, Side
from fmviz.core.config import config_from_mapping
from fmviz.core.errors import ProjectError
from fmviz.core.export_spec import UNCHOSEN_THEME, ExportSpec, renamed
from fmviz.core.project import Origin, Project, Scene
from fmviz.core.style import Style
from fmviz.files.atomic import open_ordinary

_LONGEST_NAME = 500
# Beyond it a float no longer holds every whole number; nothing in a project is nearly as large.
_LARGEST_WHOLE = 2**53
_LARGEST_FILE = 1_000_000
_Settings = TypeVar("_Settings", Style, ExportSpec)


def to_json(value: Mapping[str, Any]) -> bytes:
    """Return strict, indented JSON; the same value gives the same bytes."""
    return (json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8")


def json_file(path: str | Path) -> dict[str, Any]:
    """Return the object in a small file.

    Raises:
        OSError: it cannot be read.
        ProjectError: it is too large, or as of `from_json`.
    """
    with open_ordinary(path) as file:
        data = file.read(_LARGEST_FILE + 1)
    if len(data) > _LARGEST_FILE:
        raise ProjectError("it is far too large")
    return from_json(data)


def from_json(data: bytes) -> dict[str, Any]:
    """Return the object in `data`.

    Raises:
        ProjectError: not UTF-8, not JSON, NaN or an infinite number, a whole number beyond 2^53, a key twice, or
            something else than an object.
    """
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite,
                           parse_int=_sensible, object_pairs_hook=_without_twins)
    except (ValueError, RecursionError) as error:
        raise ProjectError(f"its settings are not valid ({error})") from error
    return mapping(value, "the settings")


def encode_project(project: Project) -> dict[str, Any]:
    """Return the project without the points of its clouds."""
    return {
        "source": _encode_side(project.source),
        "target": _encode_side(project.target),
        "lanes": [asdict(config) for config in project.lanes],
        "names": list(project.names),
        "hues": list(project.hues),
        "style": _encode_style(project.style),
        "export": asdict(project.export),
        "scenes": [_encode_scene(scene) for scene in project.scenes],
    }


def decode_project(value: Mapping[str, Any], clouds: Mapping[str, PointCloud]) -> Project:
    """Return the project.

    Args:
        value: what `encode_project` made; settings that are missing get their defaults.
        clouds: the finite clouds by side, "source" and "target".
    Raises:
        FmvizError: a key that there is not, a value of the wrong type or outside its range.
    """
    known_keys(value, ("source", "target", "lanes", "names", "hues", "style", "export", "scenes"), "project")
    lanes = listing(value.get("lanes"), "lanes")
    # Up to schema 3 lanes had neither names nor colours of their own: those of their couplings are the same.
    names, hues = (listing(value[key], key) if key in value else None for key in ("names", "hues"))
    for key, entries in (("names", names), ("hues", hues)):
        if entries is not None and len(entries) != len(lanes):
            raise ProjectError(f"it has {len(lanes)} panes and {len(entries)} {key} of panes")
    return Project(
        source=_decode_side(value, "source", clouds),
        target=_decode_side(value, "target", clouds),
        lanes=tuple(config_from_mapping(mapping(lane, "a pane")) for lane in lanes),
        style=_decode_style(value.get("style", {}), "style"),
        export=_decode_export(value.get("export", {})),
        scenes=tuple(_decode_scene(scene) for scene in listing(value.get("scenes", []), "scenes")),
        names=tuple(text(name, "the name of a pane") for name in names or ()),
        hues=tuple(whole(hue, "the colour of a pane") for hue in hues or ()),
    )


def encode_origin(origin: Origin, points: Mapping[str, str]) -> dict[str, Any]:
    """Return what something was learned from.

    Args:
        points: of each side that is a cloud, "source" or "target", the name of the part that holds it.
    """
    return {"lane": origin.lane, "source": _encode_side(origin.source), "target": _encode_side(origin.target),
            "config": asdict(origin.config), "points": dict(points)}


def decode_origin(value: Mapping[str, Any], clouds: Mapping[str, PointCloud]) -> Origin:
    """Return what something was learned from; as `decode_project`."""
    known_keys(value, ("lane", "source", "target", "config", "points"), "the origin of what was learned")
    return Origin(whole(value.get("lane"), "the number of a lane"), _decode_side(value, "source", clouds),
                  _decode_side(value, "target", clouds), config_from_mapping(mapping(value.get("config"), "a pane")))


def cloud_of(value: Mapping[str, Any], which: str) -> tuple[str, bool, tuple[str, ...] | None] | None:
    """Return the name of one side's cloud, whether it has weights, and the names of its labels or None if it has none.

    None if the side is a shape.
    """
    side = mapping(value.get(which), which)
    if side.get("cloud") is None:
        return None
    labels = side.get("labels")
    names = None if labels is None else tuple(text(name, "a label") for name in listing(labels, "the labels"))
    return text(side["cloud"], f"the name of the {which}"), flag(side.get("is_weighted", False), "is_weighted"), names


# What is in a file, as what it has to be; of another kind it raises a `ProjectError`.


def mapping(value: object, what: str) -> dict[str, Any]:
    """Return a JSON object."""
    if not isinstance(value, dict):
        raise _refused(value, what, "an object")
    return value


def listing(value: object, what: str) -> list[Any]:
    """Return a JSON array."""
    if not isinstance(value, list):
        raise _refused(value, what, "a list")
    return value


def text(value: object, what: str) -> str:
    """Return a string of a sensible length that can be written again."""
    # JSON can name half a character, which UTF-8 cannot hold.
    if not isinstance(value, str) or len(value) > _LONGEST_NAME or re.search("[\ud800-\udfff]", value):
        raise _refused(value, what, "a short text")
    return value


def number(value: object, what: str) -> float:
    """Return a finite number as a float."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _refused(value, what, "a number")
    return float(value)


def whole(value: object, what: str) -> int:
    """Return a whole number of at least 0."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise _refused(value, what, "a whole number")
    return value


def flag(value: object, what: str) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise _refused(value, what, "true or false")
    return value


def like(default: object, value: object, what: str) -> Any:
    """Return a value of the default's type."""
    for kind, read in ((bool, flag), (int, whole), (float, number), (str, text)):
        if isinstance(default, kind):
            return read(value, what)
    # The only lists are layer names and lane numbers.
    return tuple(entry if isinstance(entry, int) else text(entry, what) for entry in listing(value, what))


def _refused(value: object, what: str, kind: str) -> ProjectError:
    return ProjectError(f"{what} should be {kind} and is {_shown(value)}")


def known_keys(value: Mapping[str, Any], keys: tuple[str, ...], what: str) -> None:
    """Check that an object has no key but `keys`.

    Raises:
        ProjectError: it has.
    """
    for key in value:
        if key not in keys:
            raise ProjectError(f"{what} has an entry {_shown(key)} that this fmviz does not know")


def _encode_side(side: Side) -> dict[str, Any]:
    if side.cloud is None:
        return {"shape": side.shape, "jitter": side.jitter}
    plain = {"cloud": side.cloud.name, "is_weighted": side.cloud.weights is not None, "jitter": side.jitter}
    return plain if side.cloud.labels is None else {**plain, "labels": list(side.cloud.labels.names)}


def _decode_side(value: Mapping[str, Any], which: str, clouds: Mapping[str, PointCloud]) -> Side:
    side = mapping(value.get(which), which)
    known_keys(side, ("shape", "cloud", "is_weighted", "labels", "jitter"), which)
    shape = side.get("shape")
    return Side(shape=None if shape is None else text(shape, f"the shape of the {which}"), cloud=clouds.get(which),
                jitter=number(side.get("jitter", 0.0), f"the jitter of the {which}"))


def _encode_scene(scene: Scene) -> dict[str, Any]:
    plain = asdict(scene)
    return {**plain, "style": _encode_style(scene.style), "step": None if scene.step < 0 else scene.step}


def _encode_style(style: Style) -> dict[str, Any]:
    """Return the style; without a camera, annotations, chosen starts or a probe it has no entry for them, as in files
    from before there were any.
    """
    plain = {name: entry for name, entry in asdict(style).items() if entry is not None}
    plain["annotations"] = [_encode_annotation(annotation) for annotation in style.annotations]
    if not style.annotations:
        del plain["annotations"]
    return plain


def _encode_annotation(annotation: Annotation) -> dict[str, Any]:
    """Return an annotation: its places as numbers x, y, x, y ..., and what is not as usual."""
    rest = {entry.name: value for entry in fields(Annotation)
            if entry.name not in ("kind", "places") and (value := getattr(annotation, entry.name)) != entry.default}
    return {"kind": annotation.kind, "places": [part for place in annotation.places for part in place], **rest}


def _decode_annotation(value: object) -> Annotation:
    given = mapping(value, "an annotation")
    known_keys(given, tuple(entry.name for entry in fields(Annotation)), "an annotation")
    parts = listing(given.get("places"), "the places of an annotation")
    if len(parts) % 2 or len(parts) > 2 * MOST_PLACES:
        raise ProjectError(f"the places of an annotation are {len(parts):,} numbers; they are pairs of x and y, at "
                           f"most {MOST_PLACES}")
    xy = [number(part, "a place of an annotation") for part in parts]
    usual = {entry.name: entry.default for entry in fields(Annotation) if entry.name in given}
    rest = {name: like(usual[name], given[name], f"an annotation's {name}") for name in usual
            if name not in ("kind", "places")}
    return Annotation(text(given.get("kind"), "the kind of an annotation"), tuple(zip(xy[::2], xy[1::2], strict=True)),
                      **rest)


def _decode_scene(value: object) -> Scene:
    given = mapping(value, "a scene")
    known_keys(given, tuple(field.name for field in fields(Scene)), "a scene")
    step = given.get("step")
    return Scene(
        name=text(given.get("name"), "the name of a scene"),
        style=_decode_style(given.get("style", {}), "the style of a scene"),
        t=number(given.get("t", 0.0), "the time of a scene"),
        is_playing=flag(given.get("is_playing", True), "is_playing"),
        step=-1 if step is None else whole(step, "the step of a scene"),
        caption=text(given.get("caption", ""), "the caption of a scene"),
    )


def _decode_style(value: object, what: str) -> Style:
    given = mapping(value, what)
    usual = {name: entry for name, entry in given.items() if name not in _STYLE_PARTS}
    own = {name: decode(given[name]) for name, decode in _STYLE_PARTS.items() if given.get(name) is not None}
    return replace(_decode_settings(Style, usual, what), **own)


def _decode_annotations(value: object) -> tuple[Annotation, ...]:
    drawn = listing(value, "the annotations")
    if len(drawn) > MOST_ANNOTATIONS:
        raise ProjectError(f"a picture has {len(drawn):,} annotations, and at most {MOST_ANNOTATIONS} are kept")
    return tuple(map(_decode_annotation, drawn))


def _decode_camera(value: object) -> Camera:
    plain, names = mapping(value, "the camera"), tuple(field.name for field in fields(Camera))
    known_keys(plain, names, "the camera")
    return Camera(*(number(plain.get(name), f"the camera's {name}") for name in names))


def _decode_place(value: object, what: str) -> tuple[float, float]:
    numbers = [number(entry, what) for entry in listing(value, what)]
    if len(numbers) != 2:
        raise _refused(value, what, "two numbers")
    return numbers[0], numbers[1]


# The parts of a style that are no plain settings; without an entry there are none, as in files from before them.
_STYLE_PARTS: dict[str, Callable[[object], Any]] = {
    "camera": _decode_camera,
    "annotations": _decode_annotations,
    "starts": lambda starts: tuple(_decode_place(start, "a start") for start in listing(starts, "the starts")),
    "probe": lambda place: _decode_place(place, "the place of the probe"),
    "probe_t": lambda t: number(t, "the time of the probe"),
}


def _decode_export(value: object) -> ExportSpec:
    spec = _decode_settings(ExportSpec, renamed(mapping(value, "export")), "export")
    # Files from before a text could have a percentage say dark also where nobody has chosen.
    is_unchosen = spec.theme == UNCHOSEN_THEME and "text_percent" not in mapping(value, "export")
    return replace(spec, theme="") if is_unchosen else spec


def _decode_settings(kind: type[_Settings], value: object, what: str) -> _Settings:
    """Return `kind` made from an object whose values have the types of the defaults."""
    given = mapping(value, what)
    defaults = kind()
    known_keys(given, tuple(field.name for field in fields(kind)), what)
    return kind(**{name: like(getattr(defaults, name), entry, f"{what}.{name}") for name, entry in given.items()})


def _shown(value: object) -> str:
    shown = json.dumps(value, default=str)
    return shown if len(shown) <= 60 else shown[:57] + "..."


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"the number {digits[:40]} is too large")
    return value


def _sensible(digits: str) -> int:
    value = int(digits) if len(digits) < 20 else _LARGEST_WHOLE
    if abs(value) >= _LARGEST_WHOLE:
        raise ValueError(f"the number {digits[:40]} is too large")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("an entry is there twice")
    return value
