"""A scene: one view as it was kept for a talk. A list of them, walked through, is the talk. Values only."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from fmviz.core.errors import ConfigError, quoted
from fmviz.core.style import Style

MOST_SCENES = 100
LONGEST_NAME = 80
LONGEST_CAPTION = 300
_LONGEST_PART = 40


@dataclass(frozen=True)
class Scene:
    """What the stage showed when the scene was kept.

    Args:
        name: what the list calls it.
        style: layers, look, lanes.
        t: where time begins.
        is_playing: whether time runs from there.
        step: the training step that is shown, or -1 for the newest.
        caption: what stands under it, "" for nothing.
    Raises:
        ConfigError: a value that cannot be.
    """

    name: str = "Scene"
    style: Style = field(default_factory=Style)
    t: float = 0.0
    is_playing: bool = True
    step: int = -1
    caption: str = ""

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > LONGEST_NAME:
            raise ConfigError(f"The name of the scene is {quoted(self.name)}; give 1 to {LONGEST_NAME} characters.")
        if len(self.caption) > LONGEST_CAPTION:
            raise ConfigError(f"The caption has {len(self.caption)} characters; give at most {LONGEST_CAPTION}.")
        if not (math.isfinite(self.t) and 0.0 <= self.t <= 1.0):
            raise ConfigError(f"The time t of a scene is {self.t}; give a value from 0 to 1.")
        if self.step < -1:
            raise ConfigError(f"The training step of a scene is {self.step}; give -1 for the newest, or 0 and more.")


def plain_part(part: str) -> str:
    """Return a part of a file's name without what file systems or people stumble over."""
    return re.sub(r"[^\w.]+", "-", part.lower())[:_LONGEST_PART].strip("-.")


def scene_part(index: int, name: str) -> str:
    """Return what a scene's file has in its name, from 0: "03-the-field"; in order, and each its own."""
    return f"{index + 1:02d}-{plain_part(name)}".rstrip("-")
