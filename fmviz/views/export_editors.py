"""Editors that only the export studio needs: a video's frame rate, a size in pixels, a line of text."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from fmviz.core.export_spec import LONGEST_TEXT, MAX_FPS, MAX_SIZE_PX, MIN_FPS, MIN_SIZE_PX
from fmviz.core.numbers import read_number, refusal
from fmviz.views import words
from fmviz.views.controls import FIELD_HEIGHT_PX, CalmWheel, describe, label, tabular
from fmviz.views.number_edit import NumberEdit
from fmviz.views.refusal import Refusal

VIDEO_FPS = (24.0, 25.0, 30.0, 50.0, 60.0)
OWN_SIZE = "Own size"
SIZES: dict[str, tuple[int, int]] = {
    "Small square, 480 × 480": (480, 480),
    "Square, 800 × 800": (800, 800),
    "Large square, 1080 × 1080": (1080, 1080),
    "Two panes, 1200 × 640": (1200, 640),
    "Web page, 720 × 405": (720, 405),
    "Small slide, 960 × 540": (960, 540),
    "Slide, 1280 × 720": (1280, 720),
    "Full HD, 1920 × 1080": (1920, 1080),
    "4K, 3840 × 2160": (3840, 2160),
}


class RateEdit(QComboBox):
    """Frames per second of a video: a usual rate, or one that is typed; `edited(rate)` comes from the user only."""

    edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        for rate in VIDEO_FPS:
            self.addItem(words.plain(rate), rate)
        self._shown = 0.0
        self.setFixedHeight(FIELD_HEIGHT_PX)
        tabular(self)
        describe(self, "Frames per second", f"A usual rate, or type one from {MIN_FPS:g} to {MAX_FPS:g}.")
        CalmWheel(self)
        self._field = QLineEdit(self)
        self._field.setAccessibleName("Frames per second")
        self._field.setToolTip(self.toolTip())
        self.setLineEdit(self._field)
        self._field.editingFinished.connect(self._take)
        self.activated.connect(lambda _: self._take())

    def show_value(self, rate: float) -> None:
        """Show a rate without telling anyone."""
        self._shown = rate
        if not (self._field.hasFocus() and self._field.isModified()):  # something is being typed
            self.setEditText(words.plain(round(rate, 3)))

    def _take(self) -> None:
        rate = read_number(self.currentText())
        if rate is None or not MIN_FPS <= rate <= MAX_FPS:
            Refusal.say(self, refusal(self.accessibleName(), self.currentText(), MIN_FPS, MAX_FPS, is_whole=False))
            self.setEditText(words.plain(round(self._shown, 3)))
        elif rate != round(self._shown, 3):
            self._shown = rate
            self.edited.emit(rate)


class SizeEdit(QWidget):
    """Width and height: a usual size, or one's own; `edited(width, height)` comes from the user only."""

    edited = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._size: tuple[int, int] = (800, 800)
        self.usual = QComboBox(self)
        for text in (*SIZES, OWN_SIZE):
            self.usual.addItem(text)
        self.usual.setFixedHeight(FIELD_HEIGHT_PX)
        describe(self.usual, "Size", "A usual size, or your own.")
        CalmWheel(self.usual)
        self.width_px = NumberEdit("Width", "Width of the picture, pixels.", 800, MIN_SIZE_PX, MAX_SIZE_PX)
        self.height_px = NumberEdit("Height", "Height of the picture, pixels.", 800, MIN_SIZE_PX, MAX_SIZE_PX)
        self._unit = label("px", "muted")
        self.own = QWidget(self)
        # Also at a usual size, so that the fields do not vanish while one types.
        self._stays_own = self._is_taking = False
        row = QHBoxLayout(self.own)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.width_px, 1)
        row.addWidget(label("×", "muted"))
        row.addWidget(self.height_px, 1)
        row.addWidget(self._unit)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.usual)
        column.addWidget(self.own)
        self.usual.activated.connect(self._take_usual)
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

    def _take_usual(self, index: int) -> None:
        size = SIZES.get(self.usual.itemText(index))
        self._stays_own = size is None
        self.own.setVisible(self._stays_own)
        if size is not None:
            self.edited.emit(*size)

    def _take_own(self, width: int, height: int) -> None:
        self._stays_own = self._is_taking = True
        self.edited.emit(width, height)
        self._is_taking = False


class TextEdit(QLineEdit):
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
        """Show a text without telling anyone."""
        self._shown = value
        if value != self.text() and not self.hasFocus():
            self.setText(value)
