"""What an export should be: format, size, rate, length, ground. Checked here, used by window and command line."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fmviz.core.decor import Decor
from fmviz.core.errors import ExportError
from fmviz.core.formats import BACKGROUNDS, FORMATS, Format

# A GIF stores each delay in whole hundredths of a second, and 10 ms plays as 100 ms in most viewers.
GIF_DELAYS_MS: tuple[int, ...] = (20, 30, 40, 50, 80, 100)
GIF_FPS: dict[str, int] = {f"{1000 / delay:.4g}": delay for delay in GIF_DELAYS_MS}

MIN_SIZE_PX, MAX_SIZE_PX = 64, 8192
# A still at 4 times its size must still be a picture that other programs open.
MOST_PIXELS = 16384
MAX_SECONDS = 120.0
MAX_HOLD_S = 10.0
MIN_FPS, MAX_FPS = 1.0, 60.0
MAX_SCALE = 4
MAX_SWEEPS = 50
MAX_LOOPS = 1000
LONGEST_TEXT = 300
THEMES = {"dark": "Dark", "light": "Light"}
OVER = {"t": "Over t", "training": "Over training", "both": "Both"}

_CM_PER_INCH, _POINTS_PER_INCH = 2.54, 72.0


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
    """One file.

    Args:
        width, height: pixels, 64 to 8192; for SVG and PDF the units of the drawing.
        fps: frames per second, 1 to 60; for GIF a rate that it can keep.
        seconds: length of the moving part.
        hold: seconds of standstill at each end.
        theme: key of `THEMES`; does not depend on the window's.
        bounce: whether the animation runs back to its start.
        lanes: lanes to show, in order; empty means all that the project has.
        format: key of `formats.FORMATS`.
        over: key of `OVER`: what moves, flow time, training, or both.
        at: t of a still, and of an animation over training.
        sweeps: how often t runs from 0 to 1 while training runs once (over both).
        loop: how often a GIF plays; 0 is for ever.
        scale: pixels of a still per pixel of its size, 1 to 4.
        is_strip: a still shows t = 0, .25, .5, .75 and 1 beside each other.
        title, caption: lines above and below the picture, "" for none.
        has_text: whether headings and legend are drawn.
        has_axes: whether the panes have ticks and numbers.
        background: key of `formats.BACKGROUNDS`.
        width_cm: width of an SVG or a PDF on paper; 0 takes 96 units per inch.
        font_pt: size of the text on paper at that width, points; 0 is the usual size.
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
    format: str = "gif"
    over: str = "t"
    at: float = 0.5
    sweeps: int = 4
    loop: int = 0
    scale: int = 1
    is_strip: bool = False
    title: str = ""
    caption: str = ""
    has_text: bool = True
    has_axes: bool = False
    background: str = "theme"
    width_cm: float = 0.0
    font_pt: float = 0.0

    def __post_init__(self) -> None:
        _check_choices(self)
        _check_size(self)
        _check_numbers(self)

    @property
    def kind(self) -> Format:
        """The row of `FORMATS`."""
        return FORMATS[self.format]

    @property
    def delay_ms(self) -> int:
        """Duration of one frame of a GIF."""
        return gif_delay_ms(self.fps)

    @property
    def frame_s(self) -> float:
        """Duration of one frame, as the file really keeps it."""
        return self.delay_ms / 1000 if self.format == "gif" else 1 / self.fps

    @property
    def decor(self) -> Decor:
        """What surrounds the panes."""
        share = 0.0
        if self.font_pt > 0:
            per_inch = self.width / (self.width_cm / _CM_PER_INCH) if self.width_cm > 0 else 96.0
            share = self.font_pt / _POINTS_PER_INCH * per_inch / self.height
        return Decor(self.title, self.caption, self.has_text, self.has_axes, self.background, share)


def _check_choices(spec: ExportSpec) -> None:
    for label, choice, allowed in (("format", spec.format, FORMATS), ("theme", spec.theme, THEMES),
                                   ("background", spec.background, BACKGROUNDS), ("course", spec.over, OVER)):
        if choice not in allowed:
            raise ExportError(f"There is no {label} {choice!r}; choose one of {', '.join(allowed)}.")
    if len(set(spec.lanes)) < len(spec.lanes) or any(lane not in (0, 1) for lane in spec.lanes):
        raise ExportError(f"The lanes are {list(spec.lanes)}; give 0, 1 or both, each once.")
    for label, text in (("title", spec.title), ("caption", spec.caption)):
        if len(text) > LONGEST_TEXT:
            raise ExportError(f"The {label} has {len(text)} characters; give at most {LONGEST_TEXT}.")
    if spec.background not in FORMATS[spec.format].backgrounds:
        able = ", ".join(entry.label for entry in FORMATS.values() if entry.can_be_transparent)
        raise ExportError(f"The background is {spec.background}, which a {FORMATS[spec.format].label} cannot have; "
                          f"choose theme or white, or one of {able}.")


def _check_size(spec: ExportSpec) -> None:
    kind = FORMATS[spec.format]
    for value in (spec.width, spec.height):
        if not MIN_SIZE_PX <= value <= kind.most_px:
            raise ExportError(
                f"The size is {spec.width}x{spec.height}; give a width and a height from {MIN_SIZE_PX} "
                f"to {kind.most_px} pixels for a {kind.label}, for example 800x800."
            )
    if spec.scale not in range(1, MAX_SCALE + 1):
        raise ExportError(f"The scale is {spec.scale}; give 1, 2, 3 or 4.")
    if kind.key == "png" and max(spec.width, spec.height) * spec.scale > MOST_PIXELS:
        raise ExportError(f"{spec.width}x{spec.height} at {spec.scale} times has an edge of "
                          f"{max(spec.width, spec.height) * spec.scale} pixels; stay within {MOST_PIXELS}.")


def _check_numbers(spec: ExportSpec) -> None:
    if spec.format == "gif":
        gif_delay_ms(spec.fps)
    if not (math.isfinite(spec.seconds) and 0 < spec.seconds <= MAX_SECONDS):
        raise ExportError(f"The length is {spec.seconds:g} s; give more than 0 and at most {MAX_SECONDS:g}.")
    for label, number, low, high in (
        ("rate", spec.fps, MIN_FPS, MAX_FPS), ("hold", spec.hold, 0.0, MAX_HOLD_S), ("time t", spec.at, 0.0, 1.0),
        ("number of sweeps", spec.sweeps, 1, MAX_SWEEPS), ("number of plays", spec.loop, 0, MAX_LOOPS),
        ("width on paper, cm", spec.width_cm, 0.0, 200.0), ("size of the text, points", spec.font_pt, 0.0, 200.0),
    ):
        if not (math.isfinite(number) and low <= number <= high):
            raise ExportError(f"The {label} is {number:g}; give a value from {low:g} to {high:g}.")
