"""The text above a pane: which lane it is, a muted line of detail, and t; and in which form it is written.

All headings of a picture are written alike, the name before t, t before the lane's letter. A picture whose panes were
named each on its own would call one coupling by its full name and the other by half of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from fmviz.canvas.colours import colour
from fmviz.canvas.fonts import ELLIPSIS, Lettering
from fmviz.canvas.geometry import LEAST_TEXT_PX, PaneBox, StageLayout
from fmviz.canvas.primitives import paint_ground
from fmviz.core.couplings import CONVERGED
from fmviz.core.frames import UNLEARNED, Frame, Pairs
from fmviz.core.lanes import LaneMark
from fmviz.core.numbers import counted
from fmviz.core.style import Style
from fmviz.core.theme import Theme

# Where even the shortest words have no room they become smaller, as shares of the usual size.
_SIZES = (1.0, 0.85, 0.7)
# Headings that stand in their panes: from the edge, in text sizes, and their ground.
_INSET, _GROUND_OPACITY = 0.5, 0.8
_GAP, _CHIP, _CHIP_GAP = 0.8, 1.18, 0.5


@dataclass(frozen=True)
class Heading:
    """What stands above a pane.

    Args:
        title: what the pane shows.
        details: short muted facts, the most important first.
        t: time in [0, 1], or None.
        chip: whose letter and colour stand before it, None for no chip.
        briefs: shorter lines that say the same as `details` or less, for narrow panes, the longest first.
    """

    title: str
    details: tuple[str, ...] = ()
    t: float | None = None
    chip: LaneMark | None = None
    briefs: tuple[str, ...] = ()


@dataclass(frozen=True)
class HeadingForm:
    """How the first line of a heading is written: its words, "" for none, whether with a chip, and its size, px."""

    title: str
    t: str
    has_chip: bool
    size_px: int

    def title_left(self) -> int:
        """Return where the title begins, px from the left edge."""
        return chip_px(self.size_px) + round(_CHIP_GAP * self.size_px) if self.has_chip else 0

    def title_end(self, lettering: Lettering) -> float:
        """Return where the title ends, px from the left edge."""
        return self.title_left() + lettering.width(self.title, self.size_px, True)

    def width(self, lettering: Lettering) -> float:
        """Return how wide the line is at least, px."""
        name = self.title_end(lettering)
        time = lettering.width(self.t, self.size_px)
        return name + time + (round(_GAP * self.size_px) if name and time else 0)


def chip_px(text_px: int) -> int:
    """Return the edge of the lane's letter beside text of that size, px."""
    return round(_CHIP * text_px)


def forms_of(headings: Sequence[Heading], rooms: Sequence[float], text_px: int,
             lettering: Lettering) -> tuple[HeadingForm, ...]:
    """Return the form of each heading, the fullest that fits all of them.

    Titles are full or short in all, the chips there or not in all, the size one. A t that all share may stand above one
    pane only. Where nothing fits t is given up, then the end of the title.

    Args:
        rooms: the width that each has, px.
        text_px: the usual size.
    """
    if not headings:
        return ()
    sizes = sorted({max(min(text_px, LEAST_TEXT_PX), round(share * text_px)) for share in _SIZES}, reverse=True)
    for size, has_t in [*((size, True) for size in sizes), *((size, False) for size in sizes)]:
        for forms in _choices(headings, size, has_t):
            if all(form.width(lettering) <= room for form, room in zip(forms, rooms, strict=True)):
                return forms
    return tuple(_cut(_short(heading.title), room, sizes[-1], lettering)
                 for heading, room in zip(headings, rooms, strict=True))


def lines_of(headings: Sequence[Heading], rooms: Sequence[float], small_px: int,
             lettering: Lettering) -> tuple[str, ...]:
    """Return the second line of each heading: equally short in all where that can be, else as each has room."""
    choices = [_lines(heading) for heading in headings]
    for k in range(max(map(len, choices), default=0)):
        lines = tuple(some[min(k, len(some) - 1)] for some in choices)
        if all(lettering.width(line, small_px) <= room for line, room in zip(lines, rooms, strict=True)):
            return lines
    return tuple(lettering.fitting(some, room, small_px) for some, room in zip(choices, rooms, strict=True))


def _lines(heading: Heading) -> list[str]:
    if not heading.details:
        return [""]
    count = len(heading.details)
    shorter = heading.briefs or [" · ".join(heading.details[:n]) for n in range(count - 1, 0, -1)]
    return [" · ".join(heading.details), *shorter]


def _choices(headings: Sequence[Heading], size: int, has_t: bool) -> Iterator[tuple[HeadingForm, ...]]:
    """Yield the forms of one size, the most wanted first."""
    for is_short, has_chips in ((False, True), (True, True), (True, False)):
        for ts in _times(headings) if has_t else [("",) * len(headings)]:
            yield tuple(
                HeadingForm(_short(heading.title) if is_short else heading.title, t,
                            has_chips and heading.chip is not None, size)
                for heading, t in zip(headings, ts, strict=True)
            )


def _times(headings: Sequence[Heading]) -> list[tuple[str, ...]]:
    """Return what the headings may say of t: all of them, or only one where they say the same; there the last first."""
    in_all = tuple("" if heading.t is None else f"t = {heading.t:.2f}" for heading in headings)
    timed = [k for k, heading in enumerate(headings) if heading.t is not None]
    if len(timed) < 2 or len({headings[k].t for k in timed}) > 1:
        return [in_all]
    alone = [tuple(t if k == only else "" for k, t in enumerate(in_all)) for only in reversed(timed)]
    return [in_all, *alone]


def _short(title: str) -> str:
    return title.replace(" coupling", "")


def _cut(title: str, room: float, size: int, lettering: Lettering) -> HeadingForm:
    """Return the title alone, as much of it as there is room for."""
    starts = [title, *(title[:end].rstrip() + ELLIPSIS for end in range(len(title) - 1, 0, -1))]
    return HeadingForm(lettering.fitting(starts, room, size, True), "", False, size)


def heading_of(frame: Frame, style: Style, has_chip: bool) -> Heading:
    """Return the heading of a frame: what its lane is called, with its letter or without."""
    details: list[str] = []
    briefs: tuple[str, ...] = ()
    if style.needs("paths") and frame.metrics is not None and (ratio := frame.metrics.path_ratio) is not None:
        # A path of few steps is straighter than the flow is.
        steps = "" if frame.solver_steps is None else f" in {counted(frame.solver_steps, 'solver step')}"
        details.append(f"paths {ratio:.2f} × straight{steps}")
    if frame.adaptive_nfe is not None and not style.is_still:
        details.append(counted(frame.adaptive_nfe, "evaluation"))
    if "pairs" in style.layers and frame.pairs is not None:
        details.extend(_pair_facts(frame.pairs))
        briefs = _brief_pair_facts(frame.pairs)
    if "cells" in style.layers and frame.pairs is not None and frame.pairs.cells is None:
        details.insert(0, "no cells with this coupling")
        briefs = tuple(f"no cells · {line}" for line in briefs)
    if frame.note and not style.is_still:
        details.insert(0, frame.note)  # of narrow panes the last details are left out
    if frame.step is not None and frame.step != UNLEARNED and not style.is_still:
        details.append(f"step {frame.step:,}")
    t = None if style.is_still else frame.t
    title = frame.mark.title if has_chip else frame.mark.title_alone
    return Heading(title, tuple(details), t, frame.mark if has_chip else None, briefs)


def edit_heading(role: str, count: int) -> Heading:
    """Return the heading while a side is drawn."""
    return Heading(f"Draw the {role}", (counted(count, "point"),))


def paint_headings(painter: QPainter, headings: Sequence[Heading], boxes: Sequence[PaneBox], layout: StageLayout,
                   theme: Theme, lettering: Lettering, has_ground: bool = True) -> None:
    """Draw the headings of a picture's panes, all in one form; what does not fit beside the more important is left out.

    Args:
        boxes: the pane under each heading.
        has_ground: whether headings that stand in the panes have a ground.
    """
    text, small = layout.text_px, layout.small_px
    pad = round(_INSET * text) if layout.inside else 0
    shown = [(heading, replace(box, x=box.x + pad, y=box.y + layout.inside, width=box.width - 2 * pad))
             for heading, box in zip(headings, boxes, strict=True) if box.header]
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
        if layout.inside and has_ground:
            ends = form.title_end(lettering), start + lettering.width(line, small)
            bottom = below if line else 0
            for left, width in ((box.x, max(ends)), (box.right - (time := lettering.width(form.t, text)), time)):
                if width > 0:
                    ground = QRectF(left - 0.5 * pad, baseline - text, width + pad, 1.4 * text + bottom)
                    paint_ground(painter, ground, theme.pane, _GROUND_OPACITY, 0.5 * pad)
                bottom = 0
        paint_form(painter, form, heading, QPointF(box.x, baseline), float(box.width), theme, lettering)
        if line:
            lower = round(1.35 * small) if below else 0
            lettering.write(painter, line, box.x + start, baseline + lower, small, colour(theme.muted))


def paint_form(painter: QPainter, form: HeadingForm, heading: Heading, start: QPointF, room: float, theme: Theme,
               lettering: Lettering, is_upwards: bool = False) -> None:
    """Draw the first line of a heading from `start` on its baseline, t at the end of the room.

    is_upwards: whether the painter is turned so that words go upwards.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ink, size = colour(theme.text), form.size_px
    if form.t:
        lettering.write(painter, form.t, start.x() + room - lettering.width(form.t, size), start.y(), size, ink)
    if form.has_chip and heading.chip is not None:
        _paint_chip(painter, heading.chip, start, size, theme, lettering, is_upwards)
    if form.title:
        lettering.write(painter, form.title, start.x() + form.title_left(), start.y(), size, ink, True)


def _pair_facts(pairs: Pairs) -> tuple[str, ...]:
    mean = "" if pairs.usual is None else f" ({three_digits(pairs.usual)} on average)"
    best = () if pairs.optimum is None else (f"optimum {three_digits(pairs.optimum)}",)
    alone = (f"{len(pairs.alone0):,} without a partner",) if len(pairs.alone0) or len(pairs.alone1) else ()
    return (f"batch of {pairs.size:,}", *alone, f"mean squared cost {three_digits(pairs.cost)}{mean}", *best,
            *_column_facts(pairs))


def _brief_pair_facts(pairs: Pairs) -> tuple[str, ...]:
    is_part = len(pairs.alone0) or len(pairs.alone1)
    count = f"{len(pairs.x0):,} of {pairs.size:,} paired" if is_part else f"{pairs.size:,} pairs"
    cost = f"cost {three_digits(pairs.cost)}"
    mean = "" if pairs.usual is None else f" ({three_digits(pairs.usual)} on average)"
    best = "" if pairs.optimum is None else f" · optimum {three_digits(pairs.optimum)}"
    best += "".join(f" · {fact}" for fact in _column_facts(pairs))
    return f"{count} · {cost}{mean}{best}", f"{count} · {cost}{best}", f"{cost}{best}", cost


def _column_facts(pairs: Pairs) -> tuple[str, ...]:
    """Return how well an iteration has met the masses of the target points."""
    if pairs.column_error is None:
        return ()
    said = "column error" if pairs.column_error <= CONVERGED else "not converged: column error"
    return (f"{said} {pairs.column_error:.1g}",)


def three_digits(value: float) -> str:
    """Return a number with three digits, those of costs beside each other alike."""
    if not 0.01 <= value < 1000:
        return f"{value:.3g}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(value)))}f}"


def _paint_chip(painter: QPainter, mark: LaneMark, start: QPointF, text: int, theme: Theme,
                lettering: Lettering, is_upwards: bool) -> None:
    """Draw the letter of a lane on its colour, upright where words go upwards too."""
    size = chip_px(text)
    cap = 0.727 * text  # Inter's capitals
    rect = QRectF(round(start.x()), round(start.y() - cap / 2 - size / 2), size, size)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour(theme.lanes[mark.hue]))
    painter.drawRoundedRect(rect, 0.26 * size, 0.26 * size)
    letter, letter_px = mark.letter, max(min(9, text), round(0.78 * text))
    painter.save()
    painter.translate(rect.center())
    painter.rotate(90 if is_upwards else 0)
    lettering.write(painter, letter, -lettering.width(letter, letter_px, True) / 2, 0.727 * letter_px / 2, letter_px,
                    colour(theme.stage), True)
    painter.restore()
