"""What the row under the panes explains, of one layer and of all together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from fmviz.canvas.colours import ClassKey


@dataclass(frozen=True, eq=False)
class ColourBar:
    """One scale from 0 to `limit`: its label and (256,) premultiplied pixels; a value's place is share^power.

    `is_open` says whether its end stands for larger values too.
    """

    label: str
    short_label: str
    limit: float
    pixels: np.ndarray
    power: float = 1.0
    is_open: bool = False

    def place(self, value: float) -> float:
        """Return where a value lies along the bar, 0 to 1."""
        return (value / self.limit) ** self.power if self.limit > 0 else 0.0


@dataclass(frozen=True)
class Legend:
    """What is explained.

    Args:
        dots: roles, of "source" and "target", whose dots have the colour of their role.
        ring: what the colours of directions say, longest words first; empty for nothing.
        classes: the classes that have colours.
        bars: the scales, the most important first.
        t: the time, which is drawn as a bar; None for no bar.
    """

    dots: tuple[str, ...] = ()
    ring: tuple[str, ...] = ()
    classes: ClassKey = field(default_factory=ClassKey)
    bars: tuple[ColourBar, ...] = ()
    t: float | None = None


def joined(parts: Sequence[Legend], roles: Sequence[str]) -> Legend:
    """Return what explains all of them, the dots in the order of `roles`; without scales of which there are several."""
    bars: dict[str, list[ColourBar]] = {}
    for bar in (bar for part in parts for bar in part.bars):
        bars.setdefault(bar.label, []).append(bar)
    return Legend(
        tuple(role for role in roles if any(role in part.dots for part in parts)),
        next((part.ring for part in parts if part.ring), ()),
        next((part.classes for part in parts if part.classes != ClassKey()), ClassKey()),
        tuple(same[0] for _, same in sorted(bars.items()) if len({bar.limit for bar in same}) == 1),
        next((part.t for part in parts if part.t is not None), None),
    )
