"""The play head: the one owner of the animation's time t, and the one clock that moves it.

It advances by the time that really passed, so a dropped frame never slows the animation, and moves as films do: it
gathers speed, loses it, and stands still at the ends. What is drawn at t is
nobody's business here.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from fmviz.core.export_spec import HOLD_S
from fmviz.core.film import eased, ramp_of, uneased
from fmviz.core.numbers import within

DURATION_S = 4.0
STEP = 0.02
INTERVAL_MS = 16
MIN_SPEED, MAX_SPEED = 0.1, 4.0
MODES = {"loop": "Loop", "bounce": "Bounce", "once": "Once"}

# A gap this long is a laptop that slept or a debugger, not a slow frame: it counts as one ordinary tick.
_LONGEST_GAP_S = 1.0
# Keeps t on the grid of steps: 50 steps of 0.02 end at 1.0, not at 1.0000000000000002.
_STEP_DIGITS = 9


class Playhead(QObject):
    """Time t in [0, 1] and how it plays.

    In mode `loop` the animation runs to 1, holds, jumps to 0, holds and runs again; `bounce` holds at each end and
    turns round; `once` stops at 1. Signals are emitted only on change.

    Args:
        parent: owner.
        clock: seconds that never go back; a test drives its own.

    Attributes:
        speed: passes per `DURATION_S` seconds.
        mode: a key of `MODES`.
    """

    t_changed = Signal(float)
    playing_changed = Signal(bool)
    speed_changed = Signal(float)
    mode_changed = Signal(str)

    def __init__(self, parent: QObject | None = None, clock: Callable[[], float] = time.perf_counter) -> None:
        super().__init__(parent)
        self._clock = clock
        self._t = 0.0
        self.speed = 1.0
        self.mode = "loop"
        self._direction = 1
        self._hold_left_s = 0.0
        self._last_s = 0.0
        # Where it has come to: t, direction, ramp, and the share of the way's time.
        self._way = 0.0, 1, 0.0, 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self.tick)

    @property
    def t(self) -> float:
        """Where the animation stands, 0 to 1."""
        return self._t

    @property
    def is_playing(self) -> bool:
        """Whether time is moving (or holding at an end before it moves on)."""
        return self._timer.isActive()

    @Slot()
    def play(self) -> None:
        """Run from here; from the end, start over (or turn round in `bounce`)."""
        if self.is_playing:
            return
        self._hold_left_s = 0.0
        if self.mode != "bounce":
            self._direction = 1
            if self._t >= 1.0:
                self._move_to(0.0)
        self._last_s = self._clock()
        self._timer.start()
        self.playing_changed.emit(True)

    @Slot()
    def pause(self) -> None:
        """Stand still here; no timer runs."""
        if not self.is_playing:
            return
        self._timer.stop()
        self.playing_changed.emit(False)

    @Slot()
    def toggle(self) -> None:
        if self.is_playing:
            self.pause()
        else:
            self.play()

    @Slot(float)
    def set_t(self, t: float) -> None:
        """Go to t, clamped to [0, 1]; a playing animation goes on from there at once."""
        self._hold_left_s = 0.0
        self._move_to(t)

    @Slot(float)
    def step(self, dt: float = STEP) -> None:
        self.pause()
        self.set_t(round(self._t + dt, _STEP_DIGITS))

    @Slot(float)
    def set_speed(self, speed: float) -> None:
        """Set the speed, clamped to [0.1, 4]."""
        speed = within(speed, MIN_SPEED, MAX_SPEED)
        if speed != self.speed:
            self.speed = speed
            self.speed_changed.emit(speed)

    @Slot(str)
    def set_mode(self, mode: str) -> None:
        """Set what happens at the ends, a key of `MODES`."""
        if mode != self.mode:
            self.mode = mode
            if mode != "bounce":
                self._direction = 1
            self.mode_changed.emit(mode)

    @Slot()
    def tick(self) -> None:
        """Advance by the time since the last tick; the timer calls this."""
        now_s = self._clock()
        gap_s = now_s - self._last_s
        self._last_s = now_s
        if not self.is_playing:
            return
        self._advance(INTERVAL_MS / 1000 if gap_s > _LONGEST_GAP_S else max(0.0, gap_s))

    def _advance(self, left_s: float) -> None:
        """Spend `left_s` seconds on holding, moving and turning."""
        t = self._t
        while left_s > 0.0:
            if self._hold_left_s > 0.0:
                held_s = min(left_s, self._hold_left_s)
                self._hold_left_s -= held_s
                left_s -= held_s
                continue
            end = 1.0 if self._direction > 0 else 0.0
            if t == end:
                if self.mode == "once":
                    break
                t = self._turn(t)
                continue
            whole_s = DURATION_S / self.speed
            ramp = ramp_of(whole_s)
            before = self._share(t, ramp)
            share = before + left_s / whole_s
            way = float(eased(np.array(min(share, 1.0)), ramp))
            if way < 1.0:
                t = way if self._direction > 0 else 1.0 - way
                self._way = t, self._direction, ramp, share
                left_s = 0.0
            else:
                t = end
                left_s -= (1.0 - before) * whole_s
                self._hold_left_s = 0.0 if self.mode == "once" else HOLD_S
        self._move_to(t)
        if self.mode == "once" and t == 1.0:
            self.pause()

    def _share(self, t: float, ramp: float) -> float:
        """Return which share of a way's time is behind it at t."""
        *where, share = self._way
        if where == [t, self._direction, ramp]:
            return share  # what is worked out of t is not exact near the ends, where t hardly moves
        return float(uneased(np.array(t if self._direction > 0 else 1.0 - t), ramp))

    def _turn(self, t: float) -> float:
        """Leave an end whose hold is over; return the new t."""
        if self.mode == "bounce":
            self._direction = -self._direction
            return t
        self._hold_left_s = HOLD_S
        return 0.0

    def _move_to(self, t: float) -> None:
        """Set t; the only clamp and the only place that emits `t_changed`."""
        t = within(t, 0.0, 1.0)
        if t != self._t:
            self._t = t
            self.t_changed.emit(t)
