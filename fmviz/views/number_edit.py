"""A number that can be typed, stepped and, where its range is wide, slid over round values.

What the number means is the caller's; here is only the control.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QHBoxLayout, QSpinBox, QWidget

from fmviz.views import words
from fmviz.views.controls import FIELD_HEIGHT_PX, NUMBERS, CalmWheel, describe, tabular
from fmviz.views.jump_slider import JumpSlider

_MANTISSAS = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
_DECIMALS = 6
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
    """Return the index of the value nearest to `wanted`."""
    return min(range(len(values)), key=lambda index: abs(values[index] - wanted))


class ShortSpinBox(QDoubleSpinBox):
    """A spin box that says a number as short as it can be said: 0.002, not 0.002000."""

    def textFromValue(self, value: float) -> str:
        return words.plain(value)


class NumberEdit(QWidget):
    """A spin box, with a slider beside it if it is given stops.

    `edited(value)` comes once per finished edit: Enter, leaving the field, a step, or letting the slider go; never
    from `show_value`.

    Args:
        default: an int makes whole numbers.
        stops: where the slider can stand, ascending; empty leaves the slider out.
        is_live: whether `edited` also comes while the slider is dragged.
        decimals: how many can be typed and are shown.
    """

    edited = Signal(object)

    def __init__(
        self,
        name: str,
        tip: str,
        default: float,
        low: float,
        high: float,
        stops: Sequence[float] = (),
        is_live: bool = False,
        decimals: int = _DECIMALS,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._is_live = is_live
        self._shown: float | None = None
        self.stops = tuple(stops)
        self.spin: QSpinBox | QDoubleSpinBox
        if isinstance(default, int):
            self.spin = QSpinBox(self)
            self.spin.setRange(int(low), int(high))
            if stops:
                self.spin.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        else:
            self.spin = ShortSpinBox(self)
            self.spin.setDecimals(decimals)
            self.spin.setRange(low, high)
            self.spin.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        self.spin.setLocale(NUMBERS)
        self.spin.setGroupSeparatorShown(True)
        self.spin.setKeyboardTracking(False)
        self.spin.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.spin.lineEdit().setTextMargins(0, 0, _TEXT_MARGIN_PX, 0)
        self.spin.valueChanged.connect(self._tell)
        self.spin.setFixedHeight(FIELD_HEIGHT_PX)
        tabular(self.spin)
        describe(self.spin, name, tip)
        CalmWheel(self.spin)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.slider: JumpSlider | None = None
        if stops:
            self.slider = JumpSlider(self)
            self.slider.setRange(0, len(self.stops) - 1)
            self.slider.setPageStep(max(1, len(self.stops) // 10))
            self.slider.valueChanged.connect(self._slide)
            self.slider.sliderReleased.connect(self._let_go)
            describe(self.slider, f"{name} slider", tip)
            CalmWheel(self.slider)
            row.addWidget(self.slider, 1)
            self.spin.setFixedWidth(_SPIN_WIDTH_PX)
        row.addWidget(self.spin, 0 if stops else 1)
        self.setFocusProxy(self.spin)

    def value(self) -> float:
        """Return what the field shows."""
        return self.spin.value()

    def show_value(self, value: float) -> None:
        """Show a value without telling anyone."""
        self._shown = value
        self._put_spin(value)
        self._put_slider(value)

    def _tell(self, value: float) -> None:
        self._put_slider(value)
        if value != self._shown:
            self._shown = value
            self.edited.emit(value)

    def _slide(self, index: int) -> None:
        self._put_spin(self.stops[index])
        if self._is_live or (self.slider is not None and not self.slider.isSliderDown()):
            self._let_go()

    def _let_go(self) -> None:
        self._tell(self.spin.value())

    def _put_spin(self, value: float) -> None:
        with QSignalBlocker(self.spin):
            if isinstance(self.spin, QSpinBox):
                self.spin.setValue(int(value))
            else:
                self.spin.setValue(value)

    def _put_slider(self, value: float) -> None:
        if self.slider is None or self.slider.isSliderDown():
            return
        with QSignalBlocker(self.slider):
            self.slider.setValue(nearest(self.stops, value))
