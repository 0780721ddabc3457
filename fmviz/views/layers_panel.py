"""The panel of layers: which ones the stage shows, and what can be tuned about them.

Each edit is one `Document.set_style`, at once and without an undo step: it changes a picture, not the work. Chosen
starts are the exception, which can be undone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QFrame, QLabel

from fmviz.core.errors import ConfigError, quoted
from fmviz.core.extent import extent_of_sides
from fmviz.core.follow import Place, Starts, checked_place, checked_starts, read_place, read_starts, rounded
from fmviz.core.layers import GROUPS, LAYERS
from fmviz.core.numbers import read_number
from fmviz.core.options import Option, options_of
from fmviz.core.possible import why_not_drawn
from fmviz.core.project import Project
from fmviz.core.style import Style
from fmviz.engine.document import Document
from fmviz.views import words
from fmviz.views.controls import Segmented, describe, label
from fmviz.views.editors import ChoiceEdit, SwitchEdit, TextEdit
from fmviz.views.layouts import column, grid, row
from fmviz.views.number_edit import NumberEdit, number_edit, round_values, spoken

# Of the choices of an option.
_TIPS = {
    "colour_by": {
        "origin": "Colour each particle by where it starts, so that an eye can follow it; one whose start is dragged "
                  "by where that is now.",
        "class": "Colour dots and particles by their label; import a table with a label column to have one.",
        "end": "Colour each particle by where it ends: by the label of the nearest target point, else by the "
               "direction.",
        "plain": "All particles in one colour.",
    },
    "arrows": {
        "speed": "The faster the field, the longer the arrow.",
        "equal": "All arrows equally long: only the direction counts.",
    },
}
_ONE_PANE = "One pane differs from nothing: show two beside each other (Compare, or C)."
_OPTIONS = options_of(Style)
_PARTICLE_STOPS = (50, 100, 200, 300, 500, 800, 1000, 1500, 2000, 3000, 5000, 10_000, 20_000)
_SHARES = tuple(percent / 100 for percent in range(0, 101, 5))
# The options that are shown, in their order, and where the sliders of numbers stop.
_SHOWN: dict[str, tuple[float, ...]] = {
    "colour_by": (), "whole_field": (), "arrows": (), "across": (5, 7, 9, 11, 13, 15, 18, 21, 25, 30, 40, 60),
    "arrow_dt": _SHARES[1:], "particles": _PARTICLE_STOPS, "trail": _SHARES, "bandwidth": round_values(0.2, 5.0, 1.0),
    "paths": _PARTICLE_STOPS, "follow": tuple(range(1, 25)), "starts": (), "probe": (), "probe_name": (), "density": (),
    "contours": (), "density_scale": (), "strong": (), "names": (),
}
_HINTS = {"probe": "middle of the picture", "names": "source p\u2080, target p\u2081"}
_NO_PROBE = ("The place of the probe is {text}; give x,y, for example 0.5,-1, or with a time from 0 to 1 after an @, "
             "or nothing.")
_NO_STARTS = "Starts is {text}; give x,y, for example 0.5,-1, or nothing; several have ; between them."
_WIDTH_PX = 344
# The middle is said as finely as such a part of the picture.
_MIDDLE_PARTS = 1000


_Editor = NumberEdit | ChoiceEdit | Segmented | SwitchEdit | TextEdit


class LayersPanel(QFrame):
    """A check box per layer, and the controls of the layers; those without effect at present are disabled."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self.setFixedWidth(_WIDTH_PX)
        self._document = document
        self.boxes: dict[str, QCheckBox] = {}
        for names in _grouped().values():
            for layer in map(LAYERS.__getitem__, names):
                box = QCheckBox(layer.label, self)
                describe(box, layer.label, layer.help)
                box.clicked.connect(lambda is_on, name=layer.name: document.set_style(
                    document.project.style.with_layer(name, is_on)))
                self.boxes[layer.name] = box
        self.editors = {name: self._editor(_OPTIONS[name], stops) for name, stops in _SHOWN.items()}
        self._colour: Any = self.editors["colour_by"]
        self._starts: Any = self.editors["starts"]
        for name, editor in self.editors.items():
            editor.edited.connect(lambda value, name=name: self._change(name, value))
        self._titles: dict[str, QLabel] = {}
        self._lay_out()
        document.changed.connect(self._follow)
        self._show(document.project)

    def _editor(self, option: Option, stops: tuple[float, ...]) -> _Editor:
        """Return the editor that suits an option."""
        name = option.name
        if name == "arrows":  # side by side there is room for shorter words
            return Segmented(spoken(option), {"speed": "By speed", "equal": "Equal"}, _TIPS[name], parent=self)
        if stops:
            return number_edit(option, stops, is_live=True)
        if option.choices is not None:
            return ChoiceEdit(option.title, option.choices, option.help, self, _TIPS.get(name))
        if isinstance(option.default, bool):
            return SwitchEdit(option.title, option.help, self)
        checks: dict[str, Callable[[str], object]] = {"starts": _read_starts, "probe": _read_probe}
        text = TextEdit(option.title, option.help, checks.get(name, lambda text: self._with(name, text)), self)
        text.setPlaceholderText(_HINTS.get(name, ""))
        return text

    def _change(self, name: str, value: Any) -> None:
        document = self._document
        if name == "starts":
            document.set_starts(_read_starts(value) or None, "Choose what is followed")
        elif name == "probe":
            self._change_probe(value)
        elif name == "probe_name":
            document.set_probe_part(name, value, "Name the probe")
        else:
            document.set_style(self._with(name, value))

    def _with(self, name: str, value: Any) -> Style:
        return replace(self._document.project.style, **{name: value})

    def _change_probe(self, text: str) -> None:
        place, t = _read_probe(text)
        project, steps = self._document.project, self._document.undo_stack
        style = project.style
        if place is None:
            extent = extent_of_sides(project.source, project.target)
            place = rounded((extent.cx, extent.cy), extent.half / _MIDDLE_PARTS)
        if t == style.probe_t:
            self._document.set_probe(place, "Move the probe")
        else:  # one step for both
            steps.beginMacro("Change the probe's time" if place == style.probe else "Move the probe")
            self._document.set_probe_part("probe_t", t, "Change the probe's time")
            self._document.set_probe(place, "Move the probe")
            steps.endMacro()

    def _follow(self, new: Project, old: Project) -> None:
        if (new.style, new.source, new.target, new.lanes) != (old.style, old.source, old.target, old.lanes):
            self._show(new)

    def _show(self, project: Project) -> None:
        style = project.style
        has_labels = any(side.cloud is not None and side.cloud.labels is not None
                         for side in (project.source, project.target))
        self._colour.refuse({} if has_labels or style.colour_by == "class" else {
            "class": _TIPS["colour_by"]["class"]})
        can_compare = style.can_compare(len(project.lanes))
        for name, box in self.boxes.items():
            box.setChecked(name in style.layers)
            if LAYERS[name].compares:
                # One that is on can be taken away.
                box.setEnabled(can_compare or name in style.layers)
                describe(box, LAYERS[name].label, LAYERS[name].help if can_compare else _ONE_PANE)
            elif LAYERS[name].is_of_velocity or LAYERS[name].is_of_pairs:
                why = why_not_drawn(LAYERS[name], project)
                box.setEnabled(not why or name in style.layers)
                describe(box, LAYERS[name].label, why or LAYERS[name].help)
        texts = {"starts": words.places(style.starts or ()), "probe": words.probe(style.probe, style.probe_t)}
        self._starts.setPlaceholderText("spread over the source" if style.starts is None else "none")
        for name, editor in self.editors.items():
            editor.show_value(texts.get(name, getattr(style, name)))
            matters = _OPTIONS[name].matters(style)
            editor.setEnabled(matters)
            self._titles[name].setToolTip(editor.toolTip() if matters else f"{editor.toolTip()} {_why(name, style)}")

    def _lay_out(self) -> None:
        boxes, rows = row(spacing=12, margins=0), grid(8, 2)
        for side in _in_two(_grouped()):
            groups = [column(label(GROUPS[group], "muted"), *(self.boxes[name] for name in names), spacing=2, margins=0)
                      for group, names in side.items()]
            boxes.addLayout(column(*groups, None, spacing=6, margins=0))
        for index, (name, editor) in enumerate(self.editors.items()):
            title = label("" if isinstance(editor, SwitchEdit) else _OPTIONS[name].title, "muted")
            self._titles[name] = title
            rows.addWidget(title, index, 0, Qt.AlignmentFlag.AlignVCenter)
            rows.addWidget(editor, index, 1)
        column(label("LAYERS", "heading"), boxes, label("LOOK", "heading"), rows, spacing=8, margins=12, on=self)


def _grouped() -> dict[str, list[str]]:
    """Return the names of the layers by their group; of each, what is drawn on top stands on top."""
    return {group: [layer.name for layer in reversed(LAYERS.values()) if layer.group == group] for group in GROUPS}


def _in_two(groups: dict[str, list[str]]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return the groups as two columns, the first ones in the first, so that the longer one is as short as can be."""
    def rows(side: dict[str, list[str]]) -> int:
        return sum(1 + len(names) for names in side.values())

    items = list(groups.items())
    cuts = [(dict(items[:cut]), dict(items[cut:])) for cut in range(len(items) + 1)]
    return min(cuts, key=lambda sides: max(map(rows, sides)))


def _why(name: str, style: Style) -> str:
    """Return why an option changes nothing in this style, as one sentence."""
    if name == "follow" and "followed" in style.layers:
        return "Starts says which are followed."
    if name == "particles" and style.needs("paths"):
        return "Paths says how many are drawn."
    if name == "colour_by" and any(LAYERS[layer].has_colours for layer in style.layers):
        return "A layer that is on has colours of its own."
    return "No layer that is on has it."


def _read_starts(text: str) -> Starts:
    """Return the places that a text means.

    Raises:
        ConfigError: it means none, or these cannot be followed.
    """
    starts = read_starts(text)
    if starts is None:
        raise ConfigError(_NO_STARTS.format(text=quoted(text)))
    return checked_starts(starts)


def _read_probe(text: str) -> tuple[Place | None, float | None]:
    """Return the place and the time that a text means: x,y@t, or x,y; None for the middle, and for the picture's time.

    Raises:
        ConfigError: it means none.
    """
    where, has_time, when = text.partition("@")
    place, t = read_place(where), read_number(when)
    if (place is None and where.strip()) or (has_time and (t is None or not 0 <= t <= 1)):
        raise ConfigError(_NO_PROBE.format(text=quoted(text)))
    if place is not None:
        checked_place(place, "place of the probe")
    return place, t if has_time else None
