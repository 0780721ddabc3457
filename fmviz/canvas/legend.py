"""What the rows under the panes explain, of one layer and of all together; and how source and target are told apart.

A swatch has the shape, the colour and the opacity of the marks that it explains. The source is rings, the target discs
or a dashed line, so that they are told apart without colour too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from fmviz.canvas.colours import ClassKey
from fmviz.core.theme import Theme


@dataclass(frozen=True, eq=False)
class ColourBar:
    """One scale from 0, or from -limit, to `limit`: its label and (256,) premultiplied pixels.

    A value's place is share^power, from the middle of a signed scale. `is_open` says whether its end stands for larger
    values too.
    """

    label: str
    short_label: str
    limit: float
    pixels: np.ndarray
    power: float = 1.0
    is_open: bool = False
    is_signed: bool = False

    def place(self, value: float) -> float:
        """Return where a value lies along the bar, 0 to 1."""
        place = math.copysign((abs(value) / self.limit) ** self.power, value) if self.limit > 0 else 0.0
        return (1 + place) / 2 if self.is_signed else place


DISC, RING, DASHES, BAR, CROSS, ARROW, LINE = "disc", "ring", "dashes", "bar", "cross", "arrow", "line"
# The width of a ring's line as a share of the radius of a disc that stands for as much, and its least, px.
_RING_SHARE, _RING_PX = 0.5, 1.1
DASH_PATTERN = (4.0, 2.5)


@dataclass(frozen=True)
class Swatch:
    """A mark as the pane has it.

    Args:
        word: what it stands for.
        ink: #rrggbb.
        shape: DISC, RING, DASHES, BAR, CROSS, ARROW or LINE.
        opacity: over the pane, 0 to 1.
    """

    word: str
    ink: str
    shape: str
    opacity: float = 1.0


def is_ring(role: str) -> bool:
    """Return whether the dots of "source" or "target" are rings."""
    return role == "source"


def ring_px(radius: float) -> tuple[float, float]:
    """Return the inner radius and the line's width of a ring that stands for a disc, px."""
    width = max(_RING_PX, _RING_SHARE * radius)
    return max(0.9, 1.15 * radius - width / 2), width


def role_swatch(role: str, theme: Theme, opacity: float = 1.0) -> Swatch:
    """Return what explains the dots of "source" or "target"."""
    return Swatch(role, getattr(theme, role), RING if is_ring(role) else DISC, opacity)


@dataclass(frozen=True)
class Legend:
    """What is explained.

    Args:
        marks: what has the colour of its role.
        ring: what the colours of directions say, longest words first; empty for nothing.
        classes: the classes that have colours.
        bars: the scales, the most important first.
        t: the time, which is drawn as a bar; None for no bar.
    """

    marks: tuple[Swatch, ...] = ()
    ring: tuple[str, ...] = ()
    classes: ClassKey = field(default_factory=ClassKey)
    bars: tuple[ColourBar, ...] = ()
    t: float | None = None


def joined(parts: Sequence[Legend], roles: Sequence[str]) -> Legend:
    """Return what explains all of them, the strongest mark of each word, `roles` first; without scales of which there
    are several.
    """
    words = dict.fromkeys((*roles, *(mark.word for part in parts for mark in part.marks)))
    bars: dict[str, list[ColourBar]] = {}
    for bar in (bar for part in parts for bar in part.bars):
        bars.setdefault(bar.label, []).append(bar)
    return Legend(
        tuple(max(same, key=lambda mark: mark.opacity) for word in words
              if (same := [mark for part in parts for mark in part.marks if mark.word == word])),
        next((part.ring for part in parts if part.ring), ()),
        next((part.classes for part in parts if part.classes != ClassKey()), ClassKey()),
        tuple(same[0] for _, same in sorted(bars.items()) if len({bar.limit for bar in same}) == 1),
        next((part.t for part in parts if part.t is not None), None),
    )
