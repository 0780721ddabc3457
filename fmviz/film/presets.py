"""Presets of an export: the built-in ones in one table, the user's own in a file. Window and command line use both.

A preset says what the file is like; what it shows (lanes, course, t and all words) stays as it was chosen. The built-in
ones leave the theme alone too: dark or light belongs to the talk, not to the kind of file, so who goes from slides to a
paper and back has the slides' theme again. A paper's white ground has its own colours in either.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from fmviz.core.errors import ExportError, FmvizError, quoted, why_refused
from fmviz.core.export_spec import HOLD_S, ExportSpec, changed, renamed
from fmviz.files.atomic import alone_in, whole_file
from fmviz.files.project_settings import json_file, known_keys, like, listing, mapping, text, to_json

SHOWN = ("lanes", "over", "at", "sweeps", "title", "formula", "caption")
MOST_OWN = 100
LONGEST_NAME = 60


@dataclass(frozen=True)
class Preset:
    """One preset.

    Args:
        key: its name on the command line.
        label: its name in the window.
        values: fields of `ExportSpec`; the others stay as they were.
        help: one sentence.
        is_own: whether the user made it.
        of_two: those of its values that are others where two panes are shown.
    """

    key: str
    label: str
    values: Mapping[str, Any]
    help: str = ""
    is_own: bool = False
    of_two: Mapping[str, Any] = field(default_factory=dict)

    def values_for(self, panes: int) -> dict[str, Any]:
        """Return its values where so many panes are shown."""
        return {**self.values, **(self.of_two if panes > 1 else {})}

    def is_called(self, name: str) -> bool:
        """Whether a user means this one: by key or label, in any case."""
        return name.strip().casefold() in (self.key.casefold(), self.label.casefold())

    def applied(self, spec: ExportSpec, panes: int = 1) -> ExportSpec:
        """Return `spec` as this preset makes it."""
        return changed(spec, **self.values_for(panes))

    def fits(self, spec: ExportSpec, panes: int = 1) -> bool:
        """Whether `spec` is already as this preset makes it."""
        return self.applied(spec, panes) == spec


_PLAIN = {"scale": 1, "is_strip": False, "has_text": True, "has_axes": False, "background": "theme",
          "layout": "auto",
          "width_cm": 0.0, "font_pt": 0.0, "text_percent": 0.0, "closing": "jump"}
# Percent of the height: 24 points on a slide 540 points high. The smallest words have four fifths of it.
_SLIDE_TEXT = 4.4
_PAPER = {**_PLAIN, "format": "pdf", "background": "white", "font_pt": 8.0}

PRESETS: dict[str, Preset] = {
    preset.key: preset
    for preset in (
        Preset("slide", "Slide 16:9", {**_PLAIN, "format": "mp4", "width": 1920, "height": 1080, "fps": 30.0,
                                       "seconds": 6.0, "hold": HOLD_S, "text_percent": _SLIDE_TEXT},
               "Full HD video for a talk, with text for the last row."),
        Preset("slide-gif", "Slide GIF", {**_PLAIN, "format": "gif", "width": 960, "height": 540, "fps": 25.0,
                                          "seconds": 4.0, "hold": HOLD_S, "loop": 0, "text_percent": _SLIDE_TEXT},
               "For slides that show no video."),
        Preset("web-slide", "Web slide", {**_PLAIN, "format": "webp", "width": 1280, "height": 720, "fps": 25.0,
                                          "seconds": 4.0, "hold": HOLD_S, "loop": 0, "text_percent": _SLIDE_TEXT,
                                          "background": "transparent"},
               "A WebP on nothing, for slides that are web pages."),
        Preset("square", "Square post", {**_PLAIN, "format": "mp4", "width": 1080, "height": 1080, "fps": 30.0,
                                         "seconds": 6.0, "hold": HOLD_S, "text_percent": _SLIDE_TEXT}, "For a feed."),
        Preset("readme", "README", {**_PLAIN, "format": "gif", "width": 720, "height": 405, "fps": 12.5,
                                    "seconds": 3.2, "hold": HOLD_S, "loop": 0}, "A small GIF that runs on a web page."),
        # Heights that leave no empty bands beside or above the panes.
        Preset("paper", "Paper figure", {**_PAPER, "width": 800, "height": 940, "width_cm": 8.5},
               "One column wide, 8.5 cm, with text of 8 points.", of_two={"height": 540}),
        Preset("paper-strip", "Film strip for a paper", {**_PAPER, "width": 1700, "height": 440, "width_cm": 17.0,
                                                         "is_strip": True}, "Five moments across two columns, 17 cm.",
               of_two={"height": 780}),
    )
}


def preset_named(name: str, own: Sequence[Preset] = ()) -> Preset:
    """Return a preset by its key or label, in any case; the user's own come first.

    Raises:
        ExportError: there is none.
    """
    for preset in (*own, *PRESETS.values()):
        if preset.is_called(name):
            return preset
    names = ", ".join((*PRESETS, *(preset.key for preset in own)))
    raise ExportError(f"There is no preset {quoted(name)}; choose one of {names}.")


def resized(spec: ExportSpec, panes: int, before: int) -> ExportSpec:
    """Return `spec` with the size for `panes` panes, if it is a preset's for as many as there were before."""
    preset = next((preset for preset in PRESETS.values() if preset.fits(spec, before)), None)
    return spec if preset is None else preset.applied(spec, panes)


def own_preset(name: str, spec: ExportSpec, own: Sequence[Preset] = ()) -> tuple[Preset, ...]:
    """Return `own` with `spec` kept under that name; an older one of that name is replaced.

    Raises:
        ExportError: no name, one that is too long or built in, or too many presets.
    """
    label = " ".join(name.split())
    if not label or len(label) > LONGEST_NAME:
        raise ExportError(f"The name of the preset has {len(label)} characters; give 1 to {LONGEST_NAME}.")
    if any(preset.is_called(label) for preset in PRESETS.values()):
        raise ExportError(f"{label} is built in; choose another name.")
    values = {name: value for name, value in asdict(spec).items() if name not in SHOWN}
    made = Preset(label, label, values, "Your own.", is_own=True)
    others = tuple(preset for preset in own if preset.key.casefold() != label.casefold())
    if len(others) >= MOST_OWN:
        raise ExportError(f"There are {len(others)} presets already; delete one first.")
    return (*others, made)


def load_presets(path: str | Path) -> tuple[Preset, ...]:
    """Return the user's own presets; none if there is no file yet.

    Raises:
        ExportError: the file cannot be read, or is damaged.
    """
    if not os.path.lexists(path):
        return ()
    try:
        return _decode(json_file(path))
    except OSError as error:
        raise ExportError(f"Your presets in {path} cannot be read: {why_refused(error)}.") from error
    except FmvizError as error:
        reason = str(error).rstrip(".")
        raise ExportError(f"Your presets in {path} are damaged ({reason}); mend or remove the file.") from error


def change_presets(path: str | Path, change: Callable[[tuple[Preset, ...]], Sequence[Preset]]) -> tuple[Preset, ...]:
    """Change the user's own presets as they are in the file now, and return them.

    Another window may have written them since they were read, and waits while this one does. They are written whole or
    not at all; the folder is made if it is missing.

    Raises:
        ExportError: the file is damaged, or cannot be read or written; or what `change` raises.
    """
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with alone_in(Path(path).parent):
            own = tuple(change(load_presets(path)))
            with whole_file(path) as file:
                file.write(to_json({"presets": [{"name": preset.label, **preset.values} for preset in own]}))
    except OSError as error:
        raise ExportError(f"Your presets cannot be written to {path}: {why_refused(error)}.") from error
    return own


def _decode(value: Mapping[str, Any]) -> tuple[Preset, ...]:
    known_keys(value, ("presets",), "the file")
    own: tuple[Preset, ...] = ()
    for entry in listing(value.get("presets", []), "presets"):
        given = renamed(mapping(entry, "a preset"))
        defaults = asdict(ExportSpec())
        known_keys(given, ("name", *(name for name in defaults if name not in SHOWN)), "a preset")
        values = {name: like(defaults[name], item, name) for name, item in given.items() if name != "name"}
        own = own_preset(text(given.get("name"), "the name of a preset"), ExportSpec(**values), own)
    return own
