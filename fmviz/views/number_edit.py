"""A number that can be typed, stepped and, where its range is wide, slid over round values.

What the number means is the caller's; here is only the control. Which texts are numbers says `core.numbers`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QWidget

from fmviz.core.numbers import read_number, read_whole, refusal
from fmviz.core.options import Option
from fmviz.views import words
from fmviz.views.controls import FIELD_HEIGHT_PX, NUMBERS, JumpSlider, WheelNeedsFocus, describe, tabular
from fmviz.views.editors import Refusal, Typing
from fmviz.views.layouts import row

_MANTISSAS = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
# Noise on clouds that are measured in metres may be one of nanometres.
_DECIMALS = 12
_SPIN_WIDTH_PX = 84
_TEXT_MARGIN_PX = 4


def round_values(low: float, high: float, default: float) -> tuple[float, ...]:
    """Return the values that a logarithmic slider stops at, ascending, ends included.

    Powers of two where the default is one (sizes of nets and batches), else ten round values per decade. Values
    are whole where the default is.
    """
    is_whole = isinstance(default, int)
    if isinstance(default, int) and default.bit_count() == 1:
        values = {2.0**exponent for exponent in range(math.ceil(math.log2(low)), math.floor(math.log2(high)) + 1)}
    else:
        decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        values = {mantissa * 10.0**decade for decade in decades for mantissa in _MANTISSAS}
    if is_whole:
        values = {float(round(value)) for value in values}
    inside = {float(f"{value:.6g}") for value in values if low <= value <= high}
    return tuple(sorted(inside | {float(low), float(high)}))


def nearest(values: Sequence[float], wanted: float) -> int:
    return min(range(len(values)), key=lambda index: abs(values[index] - wanted))


class NumberBox(QDoubleSpinBox):
    """A field for one number: what is typed stays as it is typed until it is done, then it is taken or refused.

    It is done by Enter, by leaving the field, and before anything else that the user does: a click elsewhere, a
    shortcut, closing the window. What is no number here stays, marked, and when it is done a bubble says why; the
    field's value is the last one. Escape, a step, or another value from elsewhere takes its place. A value that comes
    while something is typed waits.

    Signals:
        finished(bool): what was typed is done with: taken, or refused.
    """

    finished = Signal(bool)

    def __init__(self, low: float, high: float, decimals: int, is_whole: bool = False,
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_whole = is_whole
        self._typing = Typing(self, self._finish, self._take_back)
        self.setLocale(NUMBERS)
        self.setDecimals(0 if is_whole else decimals)
        self.setRange(low, high)
        self.setKeyboardTracking(False)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.lineEdit().setTextMargins(0, 0, _TEXT_MARGIN_PX, 0)
        self.setFixedHeight(FIELD_HEIGHT_PX)
        tabular(self)
        self.lineEdit().textEdited.connect(self._begin_typing)
        self.editingFinished.connect(self._end_typing)
        WheelNeedsFocus(self)

    def show_value(self, value: float) -> None:
        """Show a value without telling anyone; what is being typed stays, what was refused until it is another one."""
        if not self._typing.is_on:
            if value != self.value():
                self._stand(None)
            with QSignalBlocker(self):
                self.setValue(value)

    def stepBy(self, steps: int) -> None:
        self._take_back()
        super().stepBy(steps)

    def textFromValue(self, value: float) -> str:
        return self.text_of(value) if self._typing.refused is None else self._typing.refused

    def text_of(self, value: float) -> str:
        return words.count(round(value)) if self._is_whole else words.plain(value)

    def valueFromText(self, text: str) -> float:
        value = self._read(text)
        return self.value() if value is None else value

    def validate(self, text: str, place: int) -> tuple[QValidator.State, str, int]:
        is_number = self._read(text) is not None
        return QValidator.State.Acceptable if is_number else QValidator.State.Intermediate, text, place

    def fixup(self, text: str) -> str:
        """Refuse a text: say why; what is done with it when the typing has ended."""
        if self._typing.is_on:
            self._typing.refused = self._bare(text)
            Refusal.say(self, refusal(self.accessibleName(), self._typing.refused, self.minimum(), self.maximum(),
                                      self._is_whole))
        return text

    def _finish(self) -> None:
        self.interpretText()
        self._end_typing()

    def _begin_typing(self, text: str) -> None:
        self._typing.begin()
        Refusal.mark(self, self._read(text) is None)

    def _end_typing(self) -> None:
        if self._typing.is_on:
            self._typing.stop()
            refused = self._typing.refused
            self._stand(None)
            self.finished.emit(refused is None)
            self._stand(refused)

    def _take_back(self) -> None:
        """Show the value again instead of what is typed or was refused."""
        if self._typing.is_on or self._typing.refused is not None:
            self._typing.stop()
            self._stand(None)

    def _stand(self, refused: str | None) -> None:
        """Let a refused text stand in the field, or the value's own."""
        self._typing.refused = refused
        with QSignalBlocker(self):
            self.setValue(self.value())
        Refusal.mark(self, refused is not None)

    def _read(self, text: str) -> float | None:
        """Return the number that the field's text means, if it is one that the field can have."""
        if self.specialValueText() and text == self.specialValueText():
            return self.minimum()
        value = read_whole(self._bare(text)) if self._is_whole else read_number(self._bare(text))
        return value if value is not None and self.minimum() <= value <= self.maximum() else None

    def _bare(self, text: str) -> str:
        return text.removeprefix(self.prefix()).removesuffix(self.suffix()).strip()


class NumberEdit(QWidget):
    """A spin box, with a slider beside it if it is given stops.

    `edited(value)` comes once per finished edit: Enter, leaving the field, a step, or letting the slider go; never
    from `show_value`.

    Args:
        default: an int makes whole numbers.
        stops: where the slider can stand, ascending; empty leaves the slider out.
        is_live: whether `edited` also comes while the slider is dragged.
        decimals: how many can be typed and are shown.

    Attributes:
        is_mixed: whether it stands for several values that differ: typed again, the one that is shown is told too.
    """

    edited = Signal(object)

    def __init__(self, name: str, tip: str, default: float, low: float, high: float, stops: Sequence[float] = (),
                 is_live: bool = False, decimals: int = _DECIMALS) -> None:
        super().__init__()
        self._is_live = is_live
        self._is_whole = isinstance(default, int)
        self._shown: float | None = None
        self.is_mixed = False
        self.stops = tuple(stops)
        self.spin = NumberBox(low, high, decimals, self._is_whole, self)
        if stops or not self._is_whole:
            self.spin.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        self.spin.valueChanged.connect(self._tell)
        self.spin.finished.connect(self._finish)
        describe(self.spin, name, tip)
        self.slider: JumpSlider | None = None
        if stops:
            self.slider = JumpSlider(self)
            self.slider.setRange(0, len(self.stops) - 1)
            self.slider.setPageStep(max(1, len(self.stops) // 10))
            self.slider.valueChanged.connect(self._slide)
            self.slider.sliderReleased.connect(self._tell)
            describe(self.slider, f"{name} slider", tip)
            WheelNeedsFocus(self.slider)
            self.spin.setFixedWidth(_SPIN_WIDTH_PX)
        parts = [(self.spin, 1)] if self.slider is None else [(self.slider, 1), self.spin]
        row(*parts, spacing=8, margins=0, on=self)
        self.setFocusProxy(self.spin)

    def value(self) -> float:
        return int(self.spin.value()) if self._is_whole else self.spin.value()

    def show_value(self, value: float) -> None:
        """Show a value without telling anyone; what is being typed stays, and is told when it is done."""
        self._shown = value
        self.spin.show_value(value)
        self._put_slider(value)

    def _tell(self, *_: float) -> None:
        value = self.value()
        self._put_slider(value)
        if value != self._shown or self.is_mixed:
            self._shown = value
            self.edited.emit(value)

    def _finish(self, is_taken: bool) -> None:
        """Tell a typed value that is the field's old one though another one waited, or show the one that waited."""
        if is_taken:
            self._tell()
        elif self._shown is not None:
            self.spin.show_value(self._shown)

    def _slide(self, index: int) -> None:
        self.spin.show_value(self.stops[index])
        if self._is_live or (self.slider is not None and not self.slider.isSliderDown()):
            self._tell()

    def _put_slider(self, value: float) -> None:
        if self.slider is None or self.slider.isSliderDown():
            return
        with QSignalBlocker(self.slider):
            self.slider.setValue(nearest(self.stops, value))


def spoken(option: Option) -> str:
    """Return what an option's editor is called where its row is not seen."""
    return option.noun[0].upper() + option.noun[1:]


def number_edit(option: Option, stops: Sequence[float] = (), is_live: bool = False,
                decimals: int = _DECIMALS) -> NumberEdit:
    """Return the editor of an option that is a number; 0 can be typed where it stands for the usual."""
    assert isinstance(option.default, int | float)
    low = min(0.0, option.low) if option.has_usual else option.low
    return NumberEdit(spoken(option), option.help, option.default, low, option.high, stops, is_live, decimals)
