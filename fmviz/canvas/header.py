"""The text above a pane: which lane it is, a muted line of detail, and t."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from fmviz.canvas.colours import colour
from fmviz.canvas.fonts import Lettering
from fmviz.canvas.geometry import PaneBox, StageLayout
from fmviz.canvas.heading_form import Heading, HeadingForm, chip_px, forms_of, lines_of
from fmviz.core.frames import UNLEARNED, Frame, Pairs
from fmviz.core.lanes import LaneMark
from fmviz.core.numbers import counted
from fmviz.core.style import Style
from fmviz.core.theme import Theme

__all__ = ["Heading", "edit_heading", "heading_of", "paint_form", "paint_headings", "three_digits"]


def heading_of(frame: Frame, style: Style, has_chip: bool) -> Heading:
    """Return the heading of a frame: what its lane is called, with its letter or without."""
    details: list[str] = []
    briefs: tuple[str, ...] = ()
    if "pairs" in style.layers and frame.pairs is not None:
        details.extend(_pair_facts(frame.pairs))
        briefs = _brief_pair_facts(frame.pairs)
    if "cells" in style.layers and frame.pairs is not None and frame.pairs.cells is None:
        details.append("no cells with this coupling")
    if frame.step is not None and frame.step != UNLEARNED and not style.is_still:
        details.append(f"step {frame.step:,}")
    t = None if style.is_still else frame.t
    return Heading(frame.mark.title, tuple(details), t, frame.mark if has_chip else None, briefs)


def edit_heading(role: str, count: int) -> Heading:
    """Return the heading while a side is drawn."""
    return Heading(f"Draw the {role}", (counted(count, "point"),))


def paint_headings(painter: QPainter, headings: Sequence[Heading], boxes: Sequence[PaneBox], layout: StageLayout,
                   theme: Theme, lettering: Lettering) -> None:
    """Draw the headings of a picture's panes, all in one form; what does not fit beside the more important is left out.

    Args:
        boxes: the pane under each heading.
    """
    shown = [(heading, box) for heading, box in zip(headings, boxes, strict=True) if box.header]
    text, small = layout.text_px, layout.small_px
    heads, rooms = [heading for heading, _ in shown], [float(box.width) for _, box in shown]
    forms = forms_of(heads, rooms, text, lettering)
    starts, below = [0.0] * len(shown), round(1.3 * small) if layout.has_subtitle else 0
    if layout.is_wide:  # the details stand between title and t
        starts = [form.title_end(lettering) + text for form in forms]
        rooms = [box.width - start - lettering.width(form.t, form.size_px) - text
                 for start, form, (_, box) in zip(starts, forms, shown, strict=True)]
    has_details = layout.has_subtitle or layout.is_wide
    lines = lines_of(heads, rooms, small, lettering) if has_details else [""] * len(shown)
    for (heading, box), form, line, start in zip(shown, forms, lines, starts, strict=True):
        baseline = box.y - round(0.62 * text) - below
        paint_form(painter, form, heading, QPointF(box.x, baseline), float(box.width), theme, lettering)
        if line:
            lower = round(1.35 * small) if below else 0
            lettering.write(painter, line, box.x + start, baseline + lower, small, colour(theme.muted))


def paint_form(painter: QPainter, form: HeadingForm, heading: Heading, start: QPointF, room: float, theme: Theme,
               lettering: Lettering) -> None:
    """Draw the first line of a heading from `start` on its baseline, t at the end of the room."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ink, size = colour(theme.text), form.size_px
    if form.t:
        lettering.write(painter, form.t, start.x() + room - lettering.width(form.t, size), start.y(), size, ink)
    if form.has_chip and heading.chip is not None:
        _paint_chip(painter, heading.chip, start, size, theme, lettering)
    if form.title:
        lettering.write(painter, form.title, start.x() + form.title_left(), start.y(), size, ink, True)


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


def _paint_chip(painter: QPainter, mark: LaneMark, start: QPointF, text: int, theme: Theme,
                lettering: Lettering) -> None:
    """Draw the letter of a lane on its colour."""
    size = chip_px(text)
    cap = 0.727 * text  # Inter's capitals
    rect = QRectF(round(start.x()), round(start.y() - cap / 2 - size / 2), size, size)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour(theme.lanes[mark.hue]))
    painter.drawRoundedRect(rect, 0.26 * size, 0.26 * size)
    letter, letter_px = mark.letter, max(min(9, text), round(0.78 * text))
    x = rect.center().x() - lettering.width(letter, letter_px, True) / 2
    lettering.write(painter, letter, x, rect.center().y() + 0.727 * letter_px / 2, letter_px, colour(theme.stage), True)
