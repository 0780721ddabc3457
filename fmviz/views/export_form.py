"""The choices of an export, in groups: what, picture, motion, text. Only those that matter for the format are shown.

One table of rows says which row belongs to which group and when it matters; the choice itself is `ExportChoice`'s.
Editors that only the studio needs are here: a size in pixels, a line of text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from fmviz.core.export_spec import (
    GIF_FPS,
    LONGEST_TEXT,
    MAX_SIZE_PX,
    MIN_SIZE_PX,
    OPTIONS,
    OVER,
    ExportSpec,
)
from fmviz.core.formats import BACKGROUNDS, FORMATS
from fmviz.views.controls import (
    FIELD_HEIGHT_PX,
    Fold,
    Segmented,
    describe,
    label,
)
from fmviz.views.editors import ChoiceEdit, SwitchEdit
from fmviz.views.export_choice import ExportChoice
from fmviz.views.lane_bar import LaneChoice
from fmviz.views.layouts import column, grid, row
from fmviz.views.number_edit import NumberEdit, number_edit

VIDEO_FPS = (24.0, 25.0, 30.0, 50.0, 60.0)
OWN_SIZE = "Own size"
SIZES: dict[str, tuple[int, int]] = {
    "Small square, 480 × 480": (480, 480),
    "Square, 800 × 800": (800, 800),
    "Large square, 1080 × 1080": (1080, 1080),
    "Two panes, 1200 × 640": (1200, 640),
    "Several panes, 1280 × 800": (1280, 800),
    "Web page, 720 × 405": (720, 405),
    "Small slide, 960 × 540": (960, 540),
    "Slide, 1280 × 720": (1280, 720),
    "Full HD, 1920 × 1080": (1920, 1080),
    "4K, 3840 × 2160": (3840, 2160),
}
_LABEL_WIDTH_PX = 70
# Kept free, so that nothing moves when a scroll bar comes.
_SCROLL_BAR_PX = 10
_DIGITS = 3
_SHORTEST_S = 0.1
_STILL = "Pairs do not move with t; one picture shows all there is."
_NO_COURSE = "No earlier training steps are kept yet: train, and the course of training can be shown."
_OVER_TIPS = {"t": "The flow from source to target, as it was learned.",
              "training": "How learning went, at one time t.",
              "both": "t runs again and again while learning goes on."}
_BACKGROUND_TIPS = {"theme": "The ground of the theme.", "white": "White, for paper, with colours that suit it.",
                    "transparent": "Nothing: what is behind shows through."}
# What 0 is called where it stands for the usual.
_USUAL = {"width_cm": "Screen size", "font_pt": "Usual", "text_percent": "Usual", "loop": "For ever"}
# Of what does not move with t they would say nothing; a standstill can have any length.
_OF_T = ("over", "is_strip", "at", "seconds", "sweeps", "ease", "closing")


class SizeEdit(QWidget):
    """Width and height: a usual size, or one's own; `edited(width, height)` comes from the user only."""

    edited = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._size: tuple[int, int] = (800, 800)
        self.usual = ChoiceEdit("Size", {text: text for text in (*SIZES, OWN_SIZE)}, "A usual size, or your own.", self)
        self.width_px = NumberEdit("Width", "Width of the picture, pixels.", 800, MIN_SIZE_PX, MAX_SIZE_PX)
        self.height_px = NumberEdit("Height", "Height of the picture, pixels.", 800, MIN_SIZE_PX, MAX_SIZE_PX)
        self._unit = label("px", "muted")
        self.own = QWidget(self)
        # Also at a usual size, so that the fields do not vanish while one types.
        self._stays_own = self._is_taking = False
        row((self.width_px, 1), label("×", "muted"), (self.height_px, 1), self._unit, spacing=6, margins=0, on=self.own)
        column(self.usual, self.own, spacing=6, margins=0, on=self)
        self.usual.edited.connect(self._take_usual)
        self.width_px.edited.connect(lambda value: self._take_own(value, self._size[1]))
        self.height_px.edited.connect(lambda value: self._take_own(self._size[0], value))

    def show_size(self, width: int, height: int, is_vector: bool) -> None:
        """Show a size without telling anyone; a drawing has units, not pixels."""
        if (width, height) != self._size and not self._is_taking:
            self._stays_own = False  # it comes from elsewhere, as from a preset
        self._size = (width, height)
        usual = next((text for text, size in SIZES.items() if size == self._size), OWN_SIZE)
        self.usual.setCurrentText(OWN_SIZE if self._stays_own else usual)
        self.own.setVisible(self.usual.currentText() == OWN_SIZE)
        self.width_px.show_value(width)
        self.height_px.show_value(height)
        self._unit.setText("units" if is_vector else "px")

    def _take_usual(self, text: str) -> None:
        size = SIZES.get(text)
        self._stays_own = size is None
        self.own.setVisible(self._stays_own)
        if size is not None:
            self.edited.emit(*size)

    def _take_own(self, width: int, height: int) -> None:
        self._stays_own = self._is_taking = True
        self.edited.emit(width, height)
        self._is_taking = False


class LiveEdit(QLineEdit):
    """A line of text; `edited(text)` with each letter that is typed: what stands in it counts at once.

    A text that comes from elsewhere waits while the field has the focus.
    """

    edited = Signal(object)

    def __init__(self, name: str, tip: str, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMaxLength(LONGEST_TEXT)
        self.setPlaceholderText(hint)
        self.setFixedHeight(FIELD_HEIGHT_PX)
        describe(self, name, tip)
        self._shown = ""
        self.textEdited.connect(self.edited.emit)
        self.editingFinished.connect(lambda: self.setText(self._shown))

    def show_value(self, value: str) -> None:
        self._shown = value
        if value != self.text() and not self.hasFocus():
            self.setText(value)


_Editor = Segmented | LiveEdit | SwitchEdit | NumberEdit


@dataclass(frozen=True)
class _Row:
    """A title, its editor, and when it matters: given the specification and the count of lanes."""

    title: QLabel
    editor: QWidget
    matters: Callable[[ExportSpec, int], bool]


class ExportForm(QWidget):
    """Controls of one `ExportChoice`; they follow it, and every edit of the user goes there.

    Attributes:
        editors: of the options that are a row of their own, by name.
    """

    def __init__(self, choice: ExportChoice, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choice = choice
        self._rows: list[_Row] = []
        self.editors: dict[str, _Editor] = {}
        what = self._section("", self._what_rows())
        picture = self._section("PICTURE", self._picture_rows())
        self._motion = self._section("MOTION", self._motion_rows())
        self.fold = Fold("Title, caption, axes", "Lines above and below, headings and ticks.", self._section(
            "", [self._option(name) for name in ("title", "formula", "caption", "has_text", "has_axes", "layout")]))
        column(what, picture, self._motion, self.fold, None, spacing=14, margins=(0, 0, _SCROLL_BAR_PX, 0), on=self)
        choice.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        choice, spec = self._choice, self._choice.spec()
        self._show_what(spec)
        self.size_edit.show_size(spec.width, spec.height, spec.kind.is_vector)
        for name, editor in self.editors.items():
            editor.show_value(getattr(spec, name))
        self.fps.show_value(spec.fps)
        for key in BACKGROUNDS:
            self.background.button(key).setVisible(key in spec.kind.backgrounds)
        if spec.format == "gif":
            self.gif_fps.show_value(next(text for text, delay in GIF_FPS.items() if delay == spec.delay_ms))
        self._motion.setVisible(spec.kind.is_animation)
        stand_still = [self.editors[name] for name in _OF_T] if choice.style().is_still else []
        for entry in self._rows:
            for widget in (entry.title, entry.editor):
                widget.setVisible(entry.matters(spec, choice.lane_count))
                widget.setEnabled(entry.editor not in stand_still)

    def _show_what(self, spec: ExportSpec) -> None:
        self.format.show_value(spec.format)
        self.help.setText(spec.kind.help)
        whats = self._choice.whats
        if whats != {self.what.itemData(k): self.what.itemText(k) for k in range(self.what.count())}:
            self.what.set_choices(whats)
        self.what.show_value(self._choice.what)
        self.lanes.show_lanes(self._choice.marks, self._choice.lanes())
        for key in ("training", "both"):
            button = self.over.button(key)
            button.setEnabled(self._choice.can_show_training)
            button.setToolTip(_OVER_TIPS[key] if self._choice.can_show_training else _NO_COURSE)

    def _what_rows(self) -> list[_Row]:
        change = self._choice.change
        self.format = ChoiceEdit("Format", {key: entry.label for key, entry in FORMATS.items()},
                                 "What kind of file it becomes.", self,
                                 {key: entry.help for key, entry in FORMATS.items()})
        self.format.edited.connect(lambda key: change(format=key))
        self.help = label("", "muted", wraps=True)
        self.what = ChoiceEdit("View", self._choice.whats, "Which picture the file shows: a view, or a scene.", self)
        self.what.edited.connect(self._choice.choose)
        self.still = label(_STILL, "muted", wraps=True)
        self.lanes = LaneChoice(self)
        self.lanes.lanes_chosen.connect(lambda lanes: change(lanes=lanes))
        assert set(_OVER_TIPS) == set(OVER)
        self.over = self._segments("over", {"t": "t", "training": "Training", "both": "Both"}, _OVER_TIPS)
        return [self._row("Format", self.format), self._row("", self.help), self._row("Show", self.what),
                self._row("", self.still, lambda *_: self._choice.style().is_still),
                self._row("Panes", self.lanes, lambda _, count: count > 1), self._option("over", self.over)]

    def _picture_rows(self) -> list[_Row]:
        self.size_edit = SizeEdit(self)
        self.size_edit.edited.connect(lambda width, height: self._choice.change(width=width, height=height))
        self.background = self._segments("background", BACKGROUNDS, _BACKGROUND_TIPS)
        steps = range(1, int(OPTIONS["scale"].high) + 1)
        scale = self._segments("scale", {n: f"{n}×" for n in steps},
                               {n: f"{n} × {n} pixels for each of the size." for n in steps})
        at = self._number("at", tuple(k / 100 for k in range(101)), decimals=_DIGITS)
        return [self._row("Size", self.size_edit), self._option("is_strip"), self._option("at", at),
                self._option("scale", scale), *map(self._option, ("width_cm", "font_pt", "text_percent")),
                self._option("background", self.background), self._option("theme")]

    def _motion_rows(self) -> list[_Row]:
        change, rate = self._choice.change, OPTIONS["fps"].title
        seconds = self._number("seconds")
        with QSignalBlocker(seconds.spin):  # a choice of the field's, not of a person
            seconds.spin.setMinimum(_SHORTEST_S)
        self.gif_fps = ChoiceEdit("Frames per second, GIF", {text: f"{text} fps" for text in GIF_FPS},
                                  "Only rates that a GIF can keep.", self)
        self.gif_fps.edited.connect(lambda key: change(fps=1000 / GIF_FPS[key]))
        self.fps = self._number("fps", VIDEO_FPS, decimals=_DIGITS)
        self.fps.edited.connect(lambda value: change(fps=value))
        return [self._option("seconds", seconds), self._row(rate, self.gif_fps, lambda spec, _: spec.format == "gif"),
                self._row(rate, self.fps, lambda spec, _: spec.format != "gif"),
                *map(self._option, ("hold", "closing", "sweeps", "loop", "ease", "has_poster"))]

    def _row(self, title: str, editor: QWidget,
             matters: Callable[[ExportSpec, int], bool] = lambda _spec, _count: True) -> _Row:
        entry = _Row(label(title, "muted"), editor, matters)
        self._rows.append(entry)
        return entry

    def _option(self, name: str, editor: _Editor | None = None) -> _Row:
        option, change = OPTIONS[name], self._choice.change
        self.editors[name] = editor = self._editor(name) if editor is None else editor
        # Between 0, which is the usual, and the least there is nothing.
        editor.edited.connect(lambda value: change(**{
            name: max(value, option.low) if option.has_usual and value > 0 else value}))
        return self._row("" if isinstance(editor, SwitchEdit) else option.title, editor,
                         lambda spec, _: option.matters(spec))

    def _editor(self, name: str) -> _Editor:
        """Return the editor that suits an option."""
        option = OPTIONS[name]
        if option.choices is not None:
            return self._segments(name, {key: text for key, text in option.choices.items() if key},
                                  dict.fromkeys(option.choices, option.help))
        if isinstance(option.default, str):
            return LiveEdit(option.title, option.help, "None", self)
        if isinstance(option.default, bool):
            return SwitchEdit(option.title, option.help, self)
        return self._number(name)

    def _number(self, name: str, stops: Sequence[float] = (), **more: Any) -> NumberEdit:
        editor = number_edit(OPTIONS[name], stops, **more)
        editor.spin.setSpecialValueText(_USUAL.get(name, ""))
        return editor

    def _segments(self, name: str, choices: Mapping[Any, str], tips: Mapping[Any, str]) -> Segmented:
        return Segmented(OPTIONS[name].title, choices, tips, parent=self)

    def _section(self, heading: str, rows: Sequence[_Row]) -> QWidget:
        box = QWidget(self)
        cells = grid(8, 6, _LABEL_WIDTH_PX, margins=0, on=box)
        if heading:
            cells.addWidget(label(heading, "heading"), 0, 0, 1, 2)
        for index, entry in enumerate(rows, start=1):
            place = Qt.AlignmentFlag.AlignVCenter
            if isinstance(entry.editor, SizeEdit):  # whose own size stands below it
                entry.title.setFixedHeight(FIELD_HEIGHT_PX)
                place = Qt.AlignmentFlag.AlignTop
            cells.addWidget(entry.title, index, 0, place)
            cells.addWidget(entry.editor, index, 1)
        return box
