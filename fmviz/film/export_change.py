"""Changing one choice of an export so that it stays one that can be made: the others move as little as they must."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fmviz.core.export_spec import GIF_DELAYS_MS, MAX_FPS, MIN_FPS, MIN_SIZE_PX, MOST_PIXELS, ExportSpec
from fmviz.core.formats import FORMATS, THEME
from fmviz.core.numbers import within


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
