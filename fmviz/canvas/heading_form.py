"""In which form the headings of a picture are written: all alike, the name before t, t before the lane's letter.

A picture whose panes were named each on its own would call one coupling by its full name and the other by half of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from fmviz.canvas.fonts import ELLIPSIS, Lettering
from fmviz.canvas.geometry import LEAST_TEXT_PX
from fmviz.core.lanes import LaneMark

# Where even the shortest words have no room they become smaller, as shares of the usual size.
_SIZES = (1.0, 0.85, 0.7)
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
    patterns = ("t = {:.2f}", "t={:.2f}")
    in_all = [tuple("" if heading.t is None else pattern.format(heading.t) for heading in headings)
              for pattern in patterns]
    timed = [k for k, heading in enumerate(headings) if heading.t is not None]
    if len(timed) < 2 or len({headings[k].t for k in timed}) > 1:
        return in_all
    alone = [tuple(t if k == only else "" for k, t in enumerate(ts))
             for ts, only in product(in_all, reversed(timed))]
    return in_all + alone


def _short(title: str) -> str:
    return title.replace("t = ", "t=", 1) if title.startswith("t = ") else title.replace(" coupling", "")


def _cut(title: str, room: float, size: int, lettering: Lettering) -> HeadingForm:
    """Return the title alone, as much of it as there is room for."""
    starts = [title, *(title[:end].rstrip() + ELLIPSIS for end in range(len(title) - 1, 0, -1))]
    return HeadingForm(lettering.fitting(starts, room, size, True), "", False, size)
