"""The two themes as values: colours by role, read from `resources/theme.json`. Qt and drawing code take them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from fmviz.core.resources import resource_path


@dataclass(frozen=True)
class Theme:
    """Colours as #rrggbb, by role; the map of density by pyqtgraph name with the part of it that is used.

    diverging holds the colours of a scale around 0, where the pane shows: the end of less, its middle, the middle of
    more, its end.

    speed_map holds evenly spaced stops, slow to fast: from blue to a warm colour, and ever farther from the pane, in
    both themes. origin_map holds the stops of a cyclic map, evenly spaced, the first one follows the last; both themes
    have the same hues, within 4 degrees (Oklab). They were searched so that eight directions differ by 12 (CIEDE2000),
    by 8 in simulated protanopia, deuteranopia and tritanopia, and all of them so from source, target and lattice; so
    were classes, the colours of labels, the commonest first, from each other and from `particle`, which all further
    labels share, and lanes, the colours of lanes by `LaneMark.hue`, with any opacity that a line has.
    """

    name: str
    window: str
    panel: str
    raised: str
    hover: str
    border: str
    text: str
    muted: str
    accent: str
    on_accent: str
    warning: str
    danger: str
    stage: str
    pane: str
    pane_border: str
    source: str
    target: str
    particle: str
    lattice: str
    pointer: str
    density_map: str
    density_range: tuple[float, float]
    speed_map: tuple[str, ...]
    diverging: tuple[str, str, str, str]
    origin_map: tuple[str, ...]
    classes: tuple[str, ...]
    lanes: tuple[str, ...]


@lru_cache(maxsize=4)
def load_theme(name: str) -> Theme:
    """Return the theme `dark` or `light`."""
    table = json.loads(resource_path("theme.json").read_text(encoding="utf-8"))
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in table[name].items()
    }
    return Theme(name=name, **values)
