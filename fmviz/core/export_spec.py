"""What an export should be: format, size, rate, length, ground, words and formulas. Checked here, used by window and
command line.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from fmviz.core.couplings import coupling_of
from fmviz.core.errors import ExportError, row_of
from fmviz.core.formats import BACKGROUNDS, FOLDER, FORMATS, THEME, WHITE, Format
from fmviz.core.lanes import LETTERS, check_lanes
from fmviz.core.numbers import within
from fmviz.core.options import Option, check_options, option, options_of
from fmviz.core.paths import Path

# A GIF stores each delay in whole hundredths of a second, and 10 ms plays as 100 ms in most viewers.
GIF_DELAYS_MS: tuple[int, ...] = (20, 30, 40, 50, 80, 100)
GIF_FPS: dict[str, int] = {f"{1000 / delay:.4g}": delay for delay in GIF_DELAYS_MS}

MIN_SIZE_PX, MAX_SIZE_PX = 64, 8192
# A still at 4 times its size must still be a picture that other programs open.
MOST_PIXELS = 16384
MAX_SECONDS = 120.0
MIN_FPS, MAX_FPS = 1.0, 60.0
LONGEST_TEXT = 300
# A loop that begins again sooner seems to jump: the end has to be read first.
HOLD_S = 1.2
MIN_WIDTH_CM = 1.0
# The smallest text as a share of the headings, and its least size on paper, points, unless they are smaller.
SMALL_SHARE, _LEAST_PT = 0.8, 7.0
# Of a picture's shorter edge; larger text leaves no room for a heading beside two panes.
MOST_TEXT_SHARE = 0.12
THEMES = {"dark": "Dark", "light": "Light"}
UNCHOSEN_THEME = "dark"
AUTO, FULL, COLUMN = "auto", "full", "column"
LAYOUTS = {AUTO: "By itself", FULL: "Wide", COLUMN: "Column"}
CLOSINGS = {"jump": "Restart", "bounce": "Run back", "fade": "Fade"}
OVER = {"t": "Over t", "training": "Over training", "both": "Both"}

_CM_PER_INCH, _POINTS_PER_INCH, _PER_INCH = 2.54, 72.0, 96.0
# Whole pixels change a small picture's shape by so much.
_SLACK = 1.01
_TABS = re.compile(r"\t+")
_BREAKS = re.compile(r" *[\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+ *")
# Controls, halves of pairs (bytes that were no text) and what XML leaves out: an SVG with one cannot be opened.
_NO_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_OBJECTIVE = r"\min_\theta\ \mathbb{E}\,\Vert v_\theta(x_t, t) - \dot{x}_t \Vert^2"


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
        formula: a line of formulas under the title, "" for none.
        layout: key of `LAYOUTS`: whether one pane fills the picture or has a column of words beside it.
        small_share: size of the smallest text as a share of the headings'.
        has_heads_inside: whether the headings of two panes beside each other stand in the panes, which are larger then.
    """

    title: str = ""
    caption: str = ""
    has_text: bool = True
    has_axes: bool = False
    background: str = THEME
    text_share: float = 0.0
    formula: str = ""
    layout: str = FULL
    small_share: float = SMALL_SHARE
    has_heads_inside: bool = False


def gif_delay_ms(fps: float) -> int:
    """Return the delay of one frame, ms.

    Raises:
        ExportError: a rate that a GIF cannot keep.
    """
    for delay in GIF_DELAYS_MS:
        if math.isclose(fps, 1000 / delay, rel_tol=0.005):
            return delay
    raise ExportError(f"A GIF cannot keep {fps:g} frames per second; choose one of {', '.join(GIF_FPS)}.")


def _moves(spec: ExportSpec) -> bool:
    return spec.kind.is_animation


def _is_for_paper(spec: ExportSpec) -> bool:
    return spec.kind.is_for_paper


def _has_moment(spec: ExportSpec) -> bool:
    return spec.over == "training" or spec.makes_poster if spec.kind.is_animation else not spec.is_strip


def _can_have_column(spec: ExportSpec) -> bool:
    return spec.has_text and spec.width > spec.height and (spec.kind.is_animation or not spec.is_strip)


_ENDINGS = ", ".join(kind.suffix for kind in FORMATS.values() if kind.is_animation and kind.suffix != FOLDER)
_ANIMATION = f"an animation ({_ENDINGS} or a name that ends in /)"
_PAPER = "a still (.png, .svg or .pdf)"


@dataclass(frozen=True)
class ExportSpec:
    """One file. Most of what it is are options, each a row with its sentence; the others:

    Args:
        width, height: pixels, 64 to 8192; for SVG and PDF the units of the drawing.
        lanes: lanes to show, in order; empty means all that the project has.
    Raises:
        ExportError: a value that cannot be made.
    """

    width: int = 800
    height: int = 800
    fps: float = option(
        25.0, "rate", "Rate, fps", "Frames per second; a GIF keeps 50, 33.33, 25, 20, 12.5 or 10.", low=MIN_FPS,
        high=MAX_FPS, matters=_moves, use=_ANIMATION, flag="fps")
    seconds: float = option(
        4.0, "length", "Length, s", "Seconds of movement.", low=0.0, high=MAX_SECONDS, matters=_moves, use=_ANIMATION,
        flag="seconds")
    hold: float = option(
        HOLD_S, "hold", "Hold, s", "Seconds of standstill at each end.", low=0.0, high=10.0, matters=_moves,
        use=_ANIMATION, flag="hold")
    theme: str = option(
        "", "theme", "Theme", "The colours; until a theme is chosen here, files have the window's.",
        {"": "", **THEMES}, matters=lambda spec: spec.background != WHITE, flag="theme")
    ease: bool = option(
        True, "easing", "Gentle start and end", "Easing: what moves gathers speed at its start and loses it at its "
        "end.", matters=_moves, use=_ANIMATION, flag="no-ease")
    closing: str = option(
        "jump", "way to begin again", "At the end", "How it begins again: at once, running back, or fading over from "
        "the end to the start.", CLOSINGS, matters=_moves, use=_ANIMATION, flag="closing")
    lanes: tuple[int, ...] = ()
    format: str = option(
        "gif", "format", "Format", "What kind of file it becomes.",
        {key: kind.label for key, kind in FORMATS.items()})
    over: str = option(
        "t", "course", "Over", "What moves: the flow, its training, or both.", OVER, matters=_moves, use=_ANIMATION,
        flag="over")
    at: float = option(
        0.5, "time t", "At t", "The moment that is shown: 0 is the source, 1 the target; of a still, of a poster, and "
        "of an animation over training.", low=0.0, high=1.0, matters=_has_moment,
        use="a still, --poster, or --over training", flag="at", metavar="T")
    sweeps: int = option(
        4, "number of sweeps", "Sweeps of t", "How often t runs from 0 to 1 while learning goes on, over both.", low=1,
        high=50, matters=lambda spec: spec.kind.is_animation and spec.over == "both", use="--over both", flag="sweeps")
    loop: int = option(
        0, "number of plays", "Plays", "How often a GIF, WebP or APNG plays; 0 is for ever.", low=0, high=1000,
        matters=lambda spec: spec.kind.can_loop,
        use=", ".join(kind.suffix for kind in FORMATS.values() if kind.can_loop), flag="loop")
    scale: int = option(
        1, "scale", "Sharpness", "Pixels of a PNG per pixel of its size.", low=1, high=4,
        matters=lambda spec: spec.format == "png", use="a .png", flag="scale")
    is_strip: bool = option(
        False, "film strip", "Film strip", "A still shows t = 0, 0.25, 0.5, 0.75 and 1 beside each other.",
        matters=lambda spec: not spec.kind.is_animation, flag="strip")
    title: str = option("", "title", "Title", "A line above the picture; formulas stand in $...$.",
                       flag="title")
    formula: str = option(
        "", "formula", "Formula", "A line of formulas under the title: path, coupling, objective, with commas between "
        "them, or your own in TeX.", flag="formula", metavar="TEX")
    caption: str = option("", "caption", "Caption", "A line or two below the picture; formulas stand in $...$.",
                          flag="caption")
    layout: str = option(
        AUTO, "layout", "Layout", "Whether one pane fills a wide picture, or has a column of words and numbers beside "
        "it; by itself where what is seen becomes no smaller by that.", LAYOUTS, matters=_can_have_column,
        use="one pane in a wide picture with words", flag="layout")
    has_text: bool = option(
        True, "text", "Headings and legend", "Words for the coupling, t and the colours.", flag="no-text")
    has_axes: bool = option(False, "axes", "Axes", "Ticks and numbers around each pane.", flag="axes")
    background: str = option(
        "theme", "background", "Ground", "What is behind the picture.", BACKGROUNDS,
        flag="background")
    width_cm: float = option(
        0.0, "width on paper, cm", "Width, cm", "Width of a still on paper, centimetres; 0 takes 96 pixels per inch.",
        low=MIN_WIDTH_CM, high=200.0, has_usual=True, matters=_is_for_paper, use=_PAPER, flag="width-cm")
    font_pt: float = option(
        0.0, "size of the text, points", "Text, pt", "Size of a still's text on paper, points; 0 takes the usual size.",
        low=3.0, high=200.0, has_usual=True, matters=_is_for_paper, use=_PAPER, flag="font-pt")
    text_percent: float = option(
        0.0, "size of the text, percent of the height", "Text, %", "Size of the text, percent of the picture's height; "
        "0 takes the usual size. A talk is read from the last row at 4.4.", low=1.0, high=12.0, has_usual=True,
        matters=lambda spec: not (spec.kind.is_for_paper and spec.font_pt > 0), flag="text-percent", metavar="P")
    has_poster: bool = option(
        False, "poster", "Poster beside it", "Also a still, NAME-poster.png, at the time t above: what a slide or a "
        "page shows before the film runs.", matters=lambda spec: spec.makes_poster or spec.kind.suffix != FOLDER,
        use="an animation that is one file", flag="poster")

    def __post_init__(self) -> None:
        for name, gap in (("title", " "), ("formula", " "), ("caption", "\n")):
            object.__setattr__(self, name, _BREAKS.sub(gap, _TABS.sub(" ", getattr(self, name))))
        _check_format(self)
        _check_words(self)
        _check_size(self)
        if not self.seconds > 0 or self.seconds > MAX_SECONDS:
            raise ExportError(f"The length is {self.seconds:g} s; give more than 0 and at most {MAX_SECONDS:g}.")
        if self.format == "gif":
            gif_delay_ms(self.fps)
        check_options(self, ExportError)
        _check_paper(self)

    @property
    def only_time(self) -> float | None:
        """The one time that a still shows; None where there are more."""
        return None if self.kind.is_animation or self.is_strip else self.at

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

    def start_s(self, frame: int) -> float:
        """Return when a frame is shown, counted from 0, as the file's own clock tells it, seconds."""
        tick, at = self.kind.tick_s, frame * self.frame_s
        return round(at / tick) * tick if tick else at

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
    def texts(self) -> tuple[str, ...]:
        """What a person has written into the picture, in which formulas may stand."""
        return self.title, formula_line(self.formula), self.caption

    @property
    def decor(self) -> Decor:
        """What surrounds the panes."""
        has_size = self.font_pt > 0 and self.kind.is_for_paper
        share = self.font_pt / (self.points_per_px * self.height) if has_size else self.text_percent / 100
        small = max(SMALL_SHARE, min(1.0, _LEAST_PT / self.font_pt)) if has_size else SMALL_SHARE
        return Decor(self.title, self.caption, self.has_text, self.has_axes, self.background, share, self.formula,
                     self.layout, small, share > 0 and not has_size)


OPTIONS: Mapping[str, Option] = options_of(ExportSpec)


def _check_format(spec: ExportSpec) -> None:
    row_of(FORMATS, spec.format, "format", ExportError)
    check_lanes(spec.lanes, ExportError)
    if spec.background in BACKGROUNDS and spec.background not in spec.kind.backgrounds:
        able = ", ".join(entry.label for entry in FORMATS.values() if entry.can_be_transparent)
        raise ExportError(f"The background is {spec.background}, which {spec.kind.one} cannot have; "
                          f"choose theme or white, or one of {able}.")


def _check_words(spec: ExportSpec) -> None:
    for label, text in (("title", spec.title), ("formula", spec.formula), ("caption", spec.caption)):
        if len(text) > LONGEST_TEXT:
            raise ExportError(f"The {label} has {len(text)} characters; give at most {LONGEST_TEXT}.")
        odd = _NO_TEXT.search(text.replace("\n", " "))
        if odd:
            raise ExportError(f"The {label} holds U+{ord(odd.group()):04X}, which is no letter; take it out.")


def _check_size(spec: ExportSpec) -> None:
    kind = FORMATS[spec.format]
    if not all(MIN_SIZE_PX <= edge <= kind.most_px for edge in (spec.width, spec.height)):
        raise ExportError(f"The size is {spec.width}x{spec.height}; give a width and a height from {MIN_SIZE_PX} "
                          f"to {kind.most_px} pixels for {kind.one}, for example 800x800.")
    if kind.key == "png" and max(spec.width, spec.height) * spec.scale > MOST_PIXELS:
        raise ExportError(f"{spec.width}x{spec.height} at {spec.scale} times has an edge of "
                          f"{max(spec.width, spec.height) * spec.scale} pixels; stay within {MOST_PIXELS}.")


def _check_paper(spec: ExportSpec) -> None:
    most = MOST_TEXT_SHARE * min(spec.width, spec.height) * spec.points_per_px
    if not spec.kind.is_animation and spec.font_pt > _SLACK * most:
        width, height = (f"{edge * spec.points_per_px / _POINTS_PER_INCH * _CM_PER_INCH:.3g}"
                         for edge in (spec.width, spec.height))
        raise ExportError(f"Text of {spec.font_pt:g} points has no room in a picture of {width} x {height} cm; give at "
                          f"most {math.floor(10 * most) / 10:g} points, or a larger picture.")


def renamed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values that were stored under the names of an earlier version by today's names."""
    today = dict(values)
    if isinstance(today.get("bounce"), bool):
        today["closing"] = "bounce" if today.pop("bounce") else "jump"
    return today


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


class Learned(Protocol):
    """What the words of `FORMULAS` ask of a flow."""

    @property
    def lane(self) -> int: ...
    @property
    def full_path(self) -> Path: ...
    @property
    def coupling(self) -> str: ...


# Word -> TeX of a flow.
FORMULAS: dict[str, Callable[[Learned], str]] = {
    "path": lambda flow: flow.full_path.formula,
    "coupling": lambda flow: coupling_of(flow.coupling).formula,
    "objective": lambda flow: _OBJECTIVE,
}


def formula_line(text: str, flows: Sequence[Learned] = ()) -> str:
    """Return text and formulas, for `core.tex`: of several words a line each, which may stand beside each other.

    Args:
        text: words of `FORMULAS` with commas between them; or TeX, in dollar signs where words stand beside it.
        flows: those that are shown; where they differ each has its letter.
    """
    words = [word.strip().lower() for word in text.split(",")]
    if all(word in FORMULAS for word in words):
        return "\n".join(line for word in words if flows for line in _of_all(FORMULAS[word], flows))
    return text if "$" in text or not text.strip() else f"${text.strip()}$"


def _of_all(formula: Callable[[Learned], str], flows: Sequence[Learned]) -> list[str]:
    texts = [formula(flow) for flow in flows]
    if len(set(texts)) == 1:
        return [f"${texts[0]}$"]
    return [f"{LETTERS[flow.lane]}: ${tex}$" for flow, tex in zip(flows, texts, strict=True)]
