"""What an export should be: size, frame rate, length, theme. Checked here, used by window and command line."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fmviz.core.errors import ExportError

# A GIF stores each delay in whole hundredths of a second, and 10 ms plays as 100 ms in most viewers.
GIF_DELAYS_MS: tuple[int, ...] = (20, 30, 40, 50, 80, 100)
GIF_FPS: dict[str, int] = {f"{1000 / delay:.4g}": delay for delay in GIF_DELAYS_MS}

MIN_SIZE_PX, MAX_SIZE_PX = 64, 4096
MAX_SECONDS = 120.0
THEMES = {"dark": "Dark", "light": "Light"}


def gif_delay_ms(fps: float) -> int:
    """Return the delay of one frame, ms.

    Raises:
        ExportError: a rate that a GIF cannot keep.
    """
    for delay in GIF_DELAYS_MS:
        if math.isclose(fps, 1000 / delay, rel_tol=0.005):
            return delay
    raise ExportError(f"A GIF cannot keep {fps:g} frames per second; choose one of {', '.join(GIF_FPS)}.")


@dataclass(frozen=True)
class ExportSpec:
    """One animation file.

    Args:
        width, height: pixels, 64 to 4096.
        fps: frames per second that GIF can keep.
        seconds: length of the moving part, t from 0 to 1.
        hold: seconds of standstill at each end.
        theme: key of `THEMES`; does not depend on the window's.
        bounce: whether the animation runs back to t = 0.
        lanes: lanes to show, in order; empty means all that the project has.
    Raises:
        ExportError: a value that cannot be made.
    """

    width: int = 800
    height: int = 800
    fps: float = 25.0
    seconds: float = 4.0
    hold: float = 0.6
    theme: str = "dark"
    bounce: bool = False
    lanes: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for value in (self.width, self.height):
            if not MIN_SIZE_PX <= value <= MAX_SIZE_PX:
                raise ExportError(
                    f"The size is {self.width}x{self.height}; give a width and a height from {MIN_SIZE_PX} "
                    f"to {MAX_SIZE_PX} pixels, for example 800x800."
                )
        gif_delay_ms(self.fps)
        if not (math.isfinite(self.seconds) and 0 < self.seconds <= MAX_SECONDS):
            raise ExportError(f"The length is {self.seconds:g} s; give more than 0 and at most {MAX_SECONDS:g}.")
        if not (math.isfinite(self.hold) and 0 <= self.hold <= 10):
            raise ExportError(f"The hold is {self.hold:g} s; give a value from 0 to 10.")
        if len(set(self.lanes)) < len(self.lanes) or any(lane not in (0, 1) for lane in self.lanes):
            raise ExportError(f"The lanes are {list(self.lanes)}; give 0, 1 or both, each once.")
        if self.theme not in THEMES:
            raise ExportError(f"There is no theme {self.theme!r}; choose one of {', '.join(THEMES)}.")

    @property
    def delay_ms(self) -> int:
        """Duration of one frame."""
        return gif_delay_ms(self.fps)

    def times(self) -> np.ndarray:
        """Return t of each frame, sampled at the delay that the file really keeps; starts and ends exact."""
        moving = max(2, round(self.seconds * 1000 / self.delay_ms) + 1)
        held = round(self.hold * 1000 / self.delay_ms)
        t = np.concatenate([np.zeros(held), np.linspace(0.0, 1.0, moving), np.ones(held)])
        return np.concatenate([t, np.linspace(1.0, 0.0, moving)[1:-1]]) if self.bounce else t
