"""The text above a pane: which coupling it is, a muted line of detail, and t."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from fmviz.canvas.colours import colour
from fmviz.canvas.fonts import Lettering
from fmviz.canvas.geometry import PaneBox, StageLayout
from fmviz.canvas.still_layers import lane_colour
from fmviz.core.frames import UNLEARNED, Frame, Pairs
from fmviz.core.style import Style
from fmviz.core.theme import Theme

TITLES = {"random": "Random coupling", "ot": "OT coupling", "point": "One data point"}
_SHORT_TITLES = {"Random coupling": "Random", "OT coupling": "OT"}


@dataclass(frozen=True)
class Heading:
    """What stands above a pane.

    Args:
        title: what the pane shows.
        details: short muted facts, the most important first.
        t: time in [0, 1], or None.
        chip: 0 for A, 1 for B, None for no chip.
        briefs: shorter lines that say the same as `details` or less, for narrow panes, the longest first.
    """

    title: str
    details: tuple[str, ...] = ()
    t: float | None = None
    chip: int | None = None
    briefs: tuple[str, ...] = ()


def heading_of(frame: Frame, style: Style, title: str, chip: int | None) -> Heading:
    """Return the heading of a frame; `title` "" names the coupling."""
    details: list[str] = []
    briefs: tuple[str, ...] = ()
    if "pairs" in style.layers and frame.pairs is not None:
        details.extend(_pair_facts(frame.pairs))
        briefs = _brief_pair_facts(frame.pairs)
    if frame.step is not None and frame.step != UNLEARNED and not style.is_still:
        details.append(f"step {frame.step:,}")
    t = None if style.is_still else frame.t
    return Heading(title or TITLES.get(frame.coupling, frame.coupling), tuple(details), t, chip, briefs)


def edit_heading(role: str, count: int) -> Heading:
    """Return the heading while a side is drawn."""
    return Heading(f"Draw the {role}", (f"{count:,} point{'' if count == 1 else 's'}",))


def paint_heading(painter: QPainter, heading: Heading, box: PaneBox, layout: StageLayout, theme: Theme,
                  lettering: Lettering) -> None:
    """Draw a heading; what does not fit beside the more important text is left out."""
    if not box.header:
        return
    text, small = layout.text_px, layout.small_px
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    gap = round(0.8 * text)
    left, right = float(box.x), float(box.x + box.side)
    baseline = box.y - round(0.62 * text) - (round(1.3 * small) if layout.has_subtitle else 0)
    ink, muted = colour(theme.text), colour(theme.muted)
    if heading.t is not None:
        label = f"t = {heading.t:.2f}"
        right -= lettering.width(label, text)
        lettering.write(painter, label, right, baseline, text, ink)
        right -= gap
    if heading.chip is not None:
        left = _paint_chip(painter, heading.chip, left, baseline, text, theme, lettering)
    titles = heading.title, _SHORT_TITLES.get(heading.title, heading.title)
    title = lettering.fitting(titles, right - left, text, True)
    if title:
        lettering.write(painter, title, left, baseline, text, ink, True)
    if layout.has_subtitle:
        count = len(heading.details)
        shortened = heading.briefs or [" · ".join(heading.details[:n]) for n in range(count - 1, 0, -1)]
        candidates = [" · ".join(heading.details), *shortened] if count else []
        line = lettering.fitting(candidates, box.side, small)
        if line:
            lettering.write(painter, line, box.x, baseline + round(1.35 * small), small, muted)


def heading_width(heading: Heading, layout: StageLayout, lettering: Lettering) -> float:
    """Return how wide the first line of a heading without t is, px."""
    chip = _chip_px(layout.text_px) + round(0.5 * layout.text_px) if heading.chip is not None else 0
    return chip + lettering.width(heading.title, layout.text_px, True)


def _pair_facts(pairs: Pairs) -> tuple[str, ...]:
    mean = "" if pairs.usual is None else f" ({three_digits(pairs.usual)} on average)"
    best = () if pairs.optimum is None else (f"optimum {three_digits(pairs.optimum)}",)
    return f"batch of {len(pairs.x0):,}", f"mean squared cost {three_digits(pairs.cost)}{mean}", *best


def _brief_pair_facts(pairs: Pairs) -> tuple[str, ...]:
    count, cost = f"{len(pairs.x0):,} pairs", f"cost {three_digits(pairs.cost)}"
    mean = "" if pairs.usual is None else f" ({three_digits(pairs.usual)} on average)"
    best = "" if pairs.optimum is None else f" · optimum {three_digits(pairs.optimum)}"
    return f"{count} · {cost}{mean}{best}", f"{count} · {cost}{best}", f"{cost}{best}", cost


def three_digits(value: float) -> str:
    """Return a number with three digits, those of costs beside each other alike."""
    if not 0.01 <= value < 1000:
        return f"{value:.3g}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(value)))}f}"


def _chip_px(text: int) -> int:
    return round(1.18 * text)


def _paint_chip(painter: QPainter, lane: int, left: float, baseline: float, text: int, theme: Theme,
                lettering: Lettering) -> float:
    """Draw the letter of a lane on its colour; return where the title begins."""
    size = _chip_px(text)
    cap = 0.727 * text  # Inter's capitals
    rect = QRectF(round(left), round(baseline - cap / 2 - size / 2), size, size)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour(lane_colour(theme, lane)))
    painter.drawRoundedRect(rect, 0.26 * size, 0.26 * size)
    letter, letter_px = "AB"[lane], max(9, round(0.78 * text))
    x = rect.center().x() - lettering.width(letter, letter_px, True) / 2
    lettering.write(painter, letter, x, rect.center().y() + 0.727 * letter_px / 2, letter_px, colour(theme.stage), True)
    return left + size + round(0.5 * text)
