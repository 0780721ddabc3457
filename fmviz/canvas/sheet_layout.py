"""Where everything on a sheet lies: a grid of squares, a name beside each row, headings, title, caption, legend."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from fmviz.canvas.geometry import (
    MAX_TEXT_PX,
    MIN_TEXT_PX,
    Plan,
    StageLayout,
    cell_of,
    fixed_text,
    placed,
    text_choices,
)
from fmviz.core.decor import Decor

# Of a pane's edge. Sheets have small panes; on a wide strip a share of the height would be too little.
_TEXT_SHARE = 0.05
_LEAST_PANE_SHARE = 0.6


@lru_cache(maxsize=32)
def sheet_layout(width: int, height: int, rows: int, columns: int, titled: tuple[int, ...], has_details: bool,
                 has_names: bool, has_legend: bool, decor: Decor) -> StageLayout:
    """Place rows x columns squares and their text.

    Args:
        titled: the rows whose panes have a title.
        has_details: whether some have a second line.
        has_names: whether each row has a name beside it.
        has_legend: whether there is something to explain.
    """
    plan = Plan(columns, rows, titled=titled, is_sheet=True)
    if decor.text_share > 0:
        text = fixed_text(decor, width, height)
    else:
        text = int(np.clip(round(_TEXT_SHARE * min(width / columns, height / rows)), MIN_TEXT_PX, MAX_TEXT_PX))
    absent = {name for name, there in (("subtitle", has_details), ("footer", has_legend)) if not there}
    for choice in text_choices(decor):
        texts = tuple(name for name in choice if name not in absent)
        named = replace(plan, texts=texts, has_names=has_names and "title" in texts)
        layout = placed(width, height, named, text, decor)
        if layout.panes[0].side >= _LEAST_PANE_SHARE * cell_of(layout, columns, rows):
            return layout
    return layout
