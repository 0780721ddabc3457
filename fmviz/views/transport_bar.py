"""The bar under the stage: play, step, where t is, what happens at the ends, how fast. The play head owns it all.

In a narrow window what keys and menu do as well is left out, so that the time can still be dragged.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, QSize, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QToolButton, QWidget

from fmviz.engine.playhead import MODES, STEP, Playhead
from fmviz.views import words
from fmviz.views.actions import ROW
from fmviz.views.controls import (
    ICON_PX,
    JumpSlider,
    Segmented,
    WheelNeedsFocus,
    describe,
    describe_action,
    keys_of,
    tool_button,
)
from fmviz.views.layouts import row
from fmviz.views.number_edit import NumberBox
from fmviz.views.style_sheet import icon

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0)
_MODE_TIPS = {
    "loop": "At t = 1 start again at t = 0.",
    "bounce": "At t = 1 run back to t = 0.",
    "once": "Stop at t = 1.",
}
_SLIDER_STEPS = 1000
_WHEEL_NOTCH = 120
_PLAY_ICON_PX = 22
_TIME_WIDTH_PX = 78
_SHORTEST_SLIDER_PX = 120
_SPACING_PX, _GAP_PX = 6, 4


class TimeBox(NumberBox):
    """A time that stands still while it runs: 0.50, not 0.5. What is typed then takes the place of all of it."""

    def __init__(self, playhead: Playhead, parent: QWidget) -> None:
        super().__init__(0.0, 1.0, 2, parent=parent)
        self._playhead = playhead

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._playhead.is_playing and event.text().isprintable() and event.text():
            self.selectAll()
        super().keyPressEvent(event)

    def text_of(self, value: float) -> str:
        return f"{value:.2f}"


class TransportBar(QFrame):
    """Controls of one `Playhead`; holds no time of its own."""

    def __init__(self, playhead: Playhead) -> None:
        super().__init__()
        self._playhead = playhead
        self._resumes = False
        self.back = self._tool("back", lambda: playhead.step(-STEP))
        self.play = self._tool("play", playhead.toggle, _PLAY_ICON_PX)
        self.forward = self._tool("forward", lambda: playhead.step(STEP))
        self.slider = JumpSlider(self)
        self.slider.setMinimumWidth(_SHORTEST_SLIDER_PX)
        self.slider.setRange(0, _SLIDER_STEPS)
        self.slider.setSingleStep(round(_SLIDER_STEPS * STEP))
        self.slider.setPageStep(_SLIDER_STEPS // 10)
        self.slider.installEventFilter(self)
        describe(self.slider, "Time", "Flow time t: 0 is the source, 1 is the target. Drag, or turn the wheel.",
                 f"{keys_of('to_start')} and {keys_of('to_end')} for the ends")
        self.time = self._time_field()
        self.mode = Segmented("At the end", MODES, _MODE_TIPS, dict.fromkeys(MODES, keys_of("mode")),
                              icons={mode: mode for mode in MODES}, shows_text=False, fills_width=False, parent=self)
        self.speed = QComboBox(self)
        for speed in SPEEDS:
            self.speed.addItem(words.speed_factor(speed), speed)
        describe(self.speed, "Speed", "How fast the animation plays.", f"{keys_of('faster')}, {keys_of('slower')}")
        WheelNeedsFocus(self.speed)
        # The first are the first to go.
        self._spare: tuple[tuple[QWidget, ...], ...] = ((self.mode,), (self.back, self.forward))
        self._lay_out()

        self.slider.valueChanged.connect(lambda value: playhead.set_t(value / _SLIDER_STEPS))
        self.slider.sliderPressed.connect(self._hold)
        self.slider.sliderReleased.connect(self._let_go)
        self.time.valueChanged.connect(playhead.set_t)
        self.time.finished.connect(lambda _: self._show_t(playhead.t))
        self.mode.edited.connect(playhead.set_mode)
        self.speed.activated.connect(lambda index: playhead.set_speed(self.speed.itemData(index)))
        playhead.t_changed.connect(self._show_t)
        playhead.playing_changed.connect(lambda _: self._show_playing())
        playhead.speed_changed.connect(self._show_speed)
        playhead.mode_changed.connect(self.mode.show_value)
        self._show_playing()
        self._show_t(playhead.t)
        self._show_speed(playhead.speed)
        self.mode.show_value(playhead.mode)

    def next_mode(self) -> None:
        modes = list(MODES)
        self._playhead.set_mode(modes[(modes.index(self._playhead.mode) + 1) % len(modes)])

    def faster(self) -> None:
        self._playhead.set_speed(min((speed for speed in SPEEDS if speed > self._playhead.speed), default=SPEEDS[-1]))

    def slower(self) -> None:
        self._playhead.set_speed(max((speed for speed in SPEEDS if speed < self._playhead.speed), default=SPEEDS[0]))

    def minimumSizeHint(self) -> QSize:
        """Return the room for what is never left out."""
        return QSize(self._width_without(*self._spare), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        left_out = next((n for n in range(len(self._spare)) if self._width_without(*self._spare[:n]) <= self.width()),
                        len(self._spare))
        for index, parts in enumerate(self._spare):
            for part in parts:
                part.setVisible(index >= left_out)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the wheel step the time, a fiftieth per notch."""
        if watched is self.slider and isinstance(event, QWheelEvent):
            self._playhead.step(STEP * event.angleDelta().y() / _WHEEL_NOTCH)
            return True
        return super().eventFilter(watched, event)

    def _hold(self) -> None:
        self._resumes = self._playhead.is_playing
        self._playhead.pause()

    def _let_go(self) -> None:
        if self._resumes:
            self._playhead.play()
        self._resumes = False

    def _show_t(self, t: float) -> None:
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(t * _SLIDER_STEPS))
        self.time.show_value(t)

    def _show_playing(self) -> None:
        is_playing = self._playhead.is_playing
        self.play.setIcon(icon("pause" if is_playing else "play", "accent"))
        describe(self.play, "Pause" if is_playing else "Play",
                 "Hold the time." if is_playing else "Run the time from source to target.", keys_of("play"))

    def _show_speed(self, speed: float) -> None:
        index = self.speed.findData(speed)
        if index < 0:
            self.speed.addItem(words.speed_factor(speed), speed)
            index = self.speed.count() - 1
        self.speed.setCurrentIndex(index)

    def _width_without(self, *left_out: tuple[QWidget, ...]) -> int:
        """Return how wide the other parts are at least."""
        hidden = {part for parts in left_out for part in parts}
        parts = [part for part in (self.back, self.play, self.forward, self.mode, self.speed) if part not in hidden]
        widths = [part.sizeHint().width() for part in parts] + [_SHORTEST_SLIDER_PX, _TIME_WIDTH_PX]
        return sum(widths) + _SPACING_PX * (len(widths) - 1) + 2 * _GAP_PX

    def _lay_out(self) -> None:
        parts = row(self.back, self.play, self.forward, _GAP_PX, (self.slider, 1), self.time, _GAP_PX, self.mode,
                    self.speed, spacing=_SPACING_PX, margins=0, on=self)
        parts.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)

    def _time_field(self) -> TimeBox:
        field = TimeBox(self._playhead, self)
        field.setSingleStep(STEP)
        field.setPrefix("t = ")
        field.setFixedWidth(_TIME_WIDTH_PX)
        field.lineEdit().textEdited.connect(self._playhead.pause)
        describe(field, "Time t", "Type a time from 0, the source, to 1, the target.")
        return field

    def _tool(self, action: str, act: Callable[[], object], size_px: int = ICON_PX) -> QToolButton:
        button = tool_button(self, ROW[action].icon, act, size_px=size_px)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        describe_action(button, action)
        return button
