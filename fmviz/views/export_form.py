"""What the animation file should be: view, panes, size, rate, length, theme. Keeps the choice in the document."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QHBoxLayout, QLabel, QWidget

from fmviz.core.export_spec import GIF_FPS, MAX_SECONDS, MAX_SIZE_PX, MIN_SIZE_PX, THEMES, ExportSpec
from fmviz.core.project import Project
from fmviz.core.style import VIEWS, Style
from fmviz.engine.document import Document
from fmviz.views.controls import CalmWheel, Segmented, describe, label
from fmviz.views.forms import ChoiceEdit
from fmviz.views.number_edit import NumberEdit

AS_ON_STAGE = "stage"
CUSTOM = "Custom"
SIZES: dict[str, tuple[int, int]] = {
    "Small square, 480 × 480": (480, 480),
    "Square, 800 × 800": (800, 800),
    "Large square, 1080 × 1080": (1080, 1080),
    "Two panes, 1200 × 640": (1200, 640),
    "Slide, 1280 × 720": (1280, 720),
    "Full HD, 1920 × 1080": (1920, 1080),
}
_PANES: dict[str, tuple[int, ...]] = {"both": (), "a": (0,), "b": (1,)}
_USUAL_SIZES = {1: (800, 800), 2: (1200, 640)}
_SHORTEST_S, _LONGEST_HOLD_S = 0.1, 10.0


class ExportForm(QWidget):
    """Controls of one `ExportSpec`; `edited` comes after each choice of the user, and after changes from elsewhere."""

    edited = Signal()

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._has_chosen_size = False
        views = {AS_ON_STAGE: "As on the stage"} | {view.name: view.label for view in VIEWS.values()}
        self.view = ChoiceEdit("View", views, "Which picture the file shows.", self)
        self.panes = Segmented(
            "Panes", {"both": "A | B", "a": "A", "b": "B"},
            {"both": "Both lanes beside each other.", "a": "Lane A alone.", "b": "Lane B alone."}, parent=self,
        )
        self.size_preset = QComboBox(self)
        for text in (*SIZES, CUSTOM):
            self.size_preset.addItem(text)
        describe(self.size_preset, "Size", "A usual size, or your own below.")
        CalmWheel(self.size_preset)
        self.width_px = NumberEdit("Width", "Width of the picture, pixels.", 800, MIN_SIZE_PX, MAX_SIZE_PX)
        self.height_px = NumberEdit("Height", "Height of the picture, pixels.", 800, MIN_SIZE_PX, MAX_SIZE_PX)
        self.fps = ChoiceEdit("Frames per second", {text: f"{text} fps" for text in GIF_FPS},
                              "Only rates that a GIF can keep.", self)
        self.seconds = NumberEdit("Length", "Seconds from the source to the target.", 4.0, _SHORTEST_S, MAX_SECONDS)
        self.hold = NumberEdit("Hold", "Seconds of standstill at each end.", 0.6, 0.0, _LONGEST_HOLD_S)
        self.bounce = QCheckBox("Run back to the source", self)
        describe(self.bounce, "Bounce", "After the target, play backwards, so that the loop has no jump.")
        self.theme = Segmented("Theme", THEMES, {
            "dark": "Dark ground, whatever the window's theme is.",
            "light": "Light ground, whatever the window's theme is.",
        }, parent=self)
        self._lay_out()
        self._connect()
        self._show(document.project)

    def spec(self) -> ExportSpec:
        """Return what is asked for; lanes that the project lacks are left out."""
        project = self._document.project
        return project.export if len(project.lanes) > 1 else replace(project.export, lanes=())

    def picture_style(self) -> Style:
        """Return how the pictures are drawn: as on the stage, or as a preset with the stage's other choices."""
        style = self._document.project.style
        key = self.view.currentData()
        return style if key == AS_ON_STAGE else style.with_view(key)

    def lanes(self) -> tuple[int, ...]:
        """Return the lanes that the file will show."""
        return self.spec().lanes or tuple(range(len(self._document.project.lanes)))

    def fit_size(self) -> None:
        """Take the usual size for one pane or for two, unless the user has chosen a size."""
        spec = self._document.project.export
        if not self._has_chosen_size and (spec.width, spec.height) in _USUAL_SIZES.values():
            width, height = _USUAL_SIZES[len(self.lanes())]
            self._change(width=width, height=height)

    def _connect(self) -> None:
        self.view.edited.connect(lambda _: self.edited.emit())
        self.panes.chosen.connect(lambda key: self._change(lanes=_PANES[key]))
        self.size_preset.activated.connect(self._take_size)
        self.width_px.edited.connect(lambda value: self._take_pixels(width=value))
        self.height_px.edited.connect(lambda value: self._take_pixels(height=value))
        self.fps.edited.connect(lambda key: self._change(fps=1000 / GIF_FPS[key]))
        self.seconds.edited.connect(lambda value: self._change(seconds=value))
        self.hold.edited.connect(lambda value: self._change(hold=value))
        self.bounce.clicked.connect(lambda is_on: self._change(bounce=is_on))
        self.theme.chosen.connect(lambda key: self._change(theme=key))
        self._document.changed.connect(self._follow)

    def _take_size(self, index: int) -> None:
        if (size := SIZES.get(self.size_preset.itemText(index))) is not None:
            self._has_chosen_size = True
            self._change(width=size[0], height=size[1])

    def _take_pixels(self, **values: object) -> None:
        self._has_chosen_size = True
        self._change(**values)

    def _change(self, **values: object) -> None:
        self._document.set_export(replace(self._document.project.export, **values))  # type: ignore[arg-type]

    def _follow(self, new: Project, old: Project) -> None:
        if new.export != old.export or len(new.lanes) != len(old.lanes):
            self._show(new)
            self.edited.emit()
        elif new.style != old.style:
            self.edited.emit()

    def _show(self, project: Project) -> None:
        spec = project.export
        for widget in (self.panes, self._panes_title):
            widget.setVisible(len(project.lanes) > 1)
        self.panes.show_choice(next((key for key, lanes in _PANES.items() if lanes == spec.lanes), "both"))
        size = next((text for text, size in SIZES.items() if size == (spec.width, spec.height)), CUSTOM)
        self.size_preset.setCurrentText(size)
        self.width_px.show_value(spec.width)
        self.height_px.show_value(spec.height)
        self.fps.show_value(next(text for text, delay in GIF_FPS.items() if delay == spec.delay_ms))
        self.seconds.show_value(spec.seconds)
        self.hold.show_value(spec.hold)
        self.bounce.setChecked(spec.bounce)
        self.theme.show_choice(spec.theme)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        pixels = QWidget(self)
        row = QHBoxLayout(pixels)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.width_px, 1)
        row.addWidget(label("×", "muted"))
        row.addWidget(self.height_px, 1)
        row.addWidget(label("px", "muted"))
        self._panes_title = label("Panes", "muted")
        rows: tuple[tuple[QLabel, QWidget], ...] = (
            (label("View", "muted"), self.view),
            (self._panes_title, self.panes),
            (label("Size", "muted"), self.size_preset),
            (label("", "muted"), pixels),
            (label("Rate", "muted"), self.fps),
            (label("Length, s", "muted"), self.seconds),
            (label("Hold, s", "muted"), self.hold),
            (label("", "muted"), self.bounce),
            (label("Theme", "muted"), self.theme),
        )
        for index, (title, editor) in enumerate(rows):
            grid.addWidget(title, index, 0)
            grid.addWidget(editor, index, 1)
        grid.setRowStretch(grid.rowCount(), 1)
