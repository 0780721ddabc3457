"""What an export should be: format, size, rate, length, ground. Checked here, used by window and command line."""

from __future__ import annotations

import math
import re
from dataclasses import asdict, dataclass
from typing import Any

from fmviz.core.errors import ExportError, quoted
from fmviz.core.formats import BACKGROUNDS, FOLDER, FORMATS, THEME, Format
from fmviz.core.numbers import within

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
MIN_WIDTH_CM, MAX_WIDTH_CM = 1.0, 200.0
MIN_FONT_PT, MAX_FONT_PT = 3.0, 200.0
MIN_TEXT_PERCENT, MAX_TEXT_PERCENT = 1.0, 12.0
# Of a picture's shorter edge; larger text leaves no room for a heading beside two panes.
MOST_TEXT_SHARE = 0.12
THEMES = {"dark": "Dark", "light": "Light"}
UNCHOSEN_THEME = "dark"
OVER = {"t": "Over t", "training": "Over training", "both": "Both"}

_CM_PER_INCH, _POINTS_PER_INCH, _PER_INCH = 2.54, 72.0, 96.0
# Whole pixels change a small picture's shape by so much.
_SLACK = 1.01
_BREAKS = re.compile(r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")
# Controls, halves of pairs (bytes that were no text) and what XML leaves out: an SVG with one cannot be opened.
_NO_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Decor:
    """How a picture is dressed.

    Args:
        title: a line above everything, "" for none.
        caption: a line or some below everything, "" for none.
        has_text: whether the panes have headings and the picture a legend.
        has_axes: whether the panes have ticks and numbers in world units.
        background: key of `formats.BACKGROUNDS`.
        text_share: size of the text as a share of the picture's height; 0 is the usual size.
    """

    title: str = ""
    caption: str = ""
    has_text: bool = True
    has_axes: bool = False
    background: str = THEME
    text_share: float = 0.0


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
        theme: key of `THEMES`, or "" while none was chosen: a window proposes its own, without one it is dark.
        bounce: whether the animation runs back to its start.
        lanes: lanes to show, in order; empty means all that the project has.
        format: key of `formats.FORMATS`.
        over: key of `OVER`: what moves, flow time, training, or both.
        at: t of a still, and of an animation over training.
        sweeps: how often t runs from 0 to 1 while training runs once (over both).
        loop: how often an animation plays whose file says so; 0 is for ever.
        scale: pixels of a still per pixel of its size, 1 to 4.
        is_strip: a still shows t = 0, .25, .5, .75 and 1 beside each other.
        title, caption: lines above and below the picture, "" for none; breaks and tabs become spaces.
        has_text: whether headings and legend are drawn.
        has_axes: whether the panes have ticks and numbers.
        background: key of `formats.BACKGROUNDS`.
        width_cm: width of a still on paper, 1 to 200; 0 takes 96 units per inch. Animations have none.
        font_pt: size of a still's text on paper at that width, points, from 3; 0 is the usual size.
        text_percent: size of the text, percent of the picture's height, 1 to 12, where it has no points; 0 is the
            usual size.
        has_poster: whether a still at time `at` is written beside an animation that is a file.
    Raises:
        ExportError: a value that cannot be made.
    """

    width: int = 800
    height: int = 800
    fps: float = 25.0
    seconds: float = 4.0
    hold: float = 0.6
    theme: str = ""
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
    text_percent: float = 0.0
    has_poster: bool = False

    def __post_init__(self) -> None:
        for name in ("title", "caption"):
            object.__setattr__(self, name, _BREAKS.sub(" ", getattr(self, name)))
        _check_choices(self)
        _check_words(self)
        _check_size(self)
        _check_numbers(self)
        _check_paper(self)

    @property
    def kind(self) -> Format:
        """The row of `FORMATS`."""
        return FORMATS[self.format]

    @property
    def theme_key(self) -> str:
        """The key of `THEMES` in which it is drawn."""
        return self.theme or UNCHOSEN_THEME

    @property
    def delay_ms(self) -> int:
        """Duration of one frame of a GIF."""
        return gif_delay_ms(self.fps)

    @property
    def frame_s(self) -> float:
        """Duration of one frame, as the file really keeps it."""
        return self.delay_ms / 1000 if self.format == "gif" else 1 / self.fps

    @property
    def points_per_px(self) -> float:
        """How many points of paper one unit of the drawing takes."""
        inches = self.width_cm / _CM_PER_INCH if self.width_cm > 0 else self.width / _PER_INCH
        return inches * _POINTS_PER_INCH / self.width

    @property
    def makes_poster(self) -> bool:
        """Whether a still is written beside it: a folder of frames holds all that there are."""
        return self.has_poster and self.kind.is_animation and self.kind.suffix != FOLDER

    @property
    def decor(self) -> Decor:
        """What surrounds the panes."""
        has_size = self.font_pt > 0 and self.kind.is_for_paper
        share = self.font_pt / (self.points_per_px * self.height) if has_size else self.text_percent / 100
        return Decor(self.title, self.caption, self.has_text, self.has_axes, self.background, share)


def _check_choices(spec: ExportSpec) -> None:
    for label, choice, allowed in (("format", spec.format, FORMATS), ("theme", spec.theme or UNCHOSEN_THEME, THEMES),
                                   ("background", spec.background, BACKGROUNDS), ("course", spec.over, OVER)):
        if choice not in allowed:
            raise ExportError(f"There is no {label} {quoted(choice)}; choose one of {', '.join(allowed)}.")
    if len(set(spec.lanes)) < len(spec.lanes) or any(lane not in (0, 1) for lane in spec.lanes):
        raise ExportError(f"The panes are {list(spec.lanes)}; give 0, 1 or both, each once.")
    if spec.background not in FORMATS[spec.format].backgrounds:
        able = ", ".join(entry.label for entry in FORMATS.values() if entry.can_be_transparent)
        raise ExportError(f"The background is {spec.background}, which {FORMATS[spec.format].one} cannot have; "
                          f"choose theme or white, or one of {able}.")


def _check_words(spec: ExportSpec) -> None:
    for label, text in (("title", spec.title), ("caption", spec.caption)):
        if len(text) > LONGEST_TEXT:
            raise ExportError(f"The {label} has {len(text)} characters; give at most {LONGEST_TEXT}.")
        odd = _NO_TEXT.search(text)
        if odd:
            raise ExportError(f"The {label} holds U+{ord(odd.group()):04X}, which is no letter; take it out.")


def _check_size(spec: ExportSpec) -> None:
    kind = FORMATS[spec.format]
    for value in (spec.width, spec.height):
        if not MIN_SIZE_PX <= value <= kind.most_px:
            raise ExportError(
                f"The size is {spec.width}x{spec.height}; give a width and a height from {MIN_SIZE_PX} "
                f"to {kind.most_px} pixels for {kind.one}, for example 800x800."
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
    ):
        if not (math.isfinite(number) and low <= number <= high):
            raise ExportError(f"The {label} is {number:g}; give a value from {low:g} to {high:g}.")


def _check_paper(spec: ExportSpec) -> None:
    for label, number, low, high in (("width on paper, cm", spec.width_cm, MIN_WIDTH_CM, MAX_WIDTH_CM),
                                     ("size of the text, points", spec.font_pt, MIN_FONT_PT, MAX_FONT_PT),
                                     ("size of the text, percent of the height", spec.text_percent,
                                      MIN_TEXT_PERCENT, MAX_TEXT_PERCENT)):
        if number != 0 and not (math.isfinite(number) and low <= number <= high):
            raise ExportError(f"The {label} is {number:g}; give {low:g} to {high:g}, or 0 for the usual.")
    most = MOST_TEXT_SHARE * min(spec.width, spec.height) * spec.points_per_px
    if not spec.kind.is_animation and spec.font_pt > _SLACK * most:
        width, height = (f"{edge * spec.points_per_px / _POINTS_PER_INCH * _CM_PER_INCH:.3g}"
                         for edge in (spec.width, spec.height))
        raise ExportError(f"Text of {spec.font_pt:g} points has no room in a picture of {width} x {height} cm; give at "
                          f"most {math.floor(10 * most) / 10:g} points, or a larger picture.")


def changed(spec: ExportSpec, **values: Any) -> ExportSpec:
    """Return the specification with some values replaced, and the others moved to what goes with them.

    A GIF takes the nearest rate that it keeps, a format that cannot be transparent takes the theme's ground, sizes
    come into the format's bounds, a PNG's scale shrinks to what can be opened.

    Raises:
        ExportError: one of `values` that no other choice could mend.
    """
    wanted = asdict(spec) | values
    kind = FORMATS.get(wanted["format"])
    if kind is None:
        return ExportSpec(**wanted)  # which says so
    if kind.key == "gif":
        wanted["fps"] = nearest_gif_fps(wanted["fps"])
    if wanted["background"] not in kind.backgrounds:
        wanted["background"] = THEME
    for name in ("width", "height"):
        wanted[name] = within(wanted[name], MIN_SIZE_PX, kind.most_px)
    if kind.key == "png":
        room = MOST_PIXELS // max(wanted["width"], wanted["height"])
        wanted["scale"] = within(wanted["scale"], 1, room)
    return ExportSpec(**wanted)


def nearest_gif_fps(fps: float) -> float:
    """Return the rate nearest to `fps` by ratio that a GIF can keep."""
    fps = within(fps, MIN_FPS, MAX_FPS)
    delay = min(GIF_DELAYS_MS, key=lambda delay_ms: max(fps * delay_ms / 1000, 1000 / (fps * delay_ms)))
    return 1000 / delay
