"""What surrounds the panes of a picture: title, caption, headings, axes, ground, size of the text. Values only."""

from __future__ import annotations

from dataclasses import dataclass

from fmviz.core.formats import THEME


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
