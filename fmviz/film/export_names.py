"""How exported files are called after what they show."""

from __future__ import annotations

import re

_LONGEST_PART = 40


def plain_part(part: str) -> str:
    """Return a part of a file's name without what file systems or people stumble over."""
    return re.sub(r"[^\w.]+", "-", part.lower())[:_LONGEST_PART].strip("-.")


def scene_part(index: int, name: str) -> str:
    """Return what a scene's file has in its name, from 0: "03-the-field"; in order, and each its own."""
    return f"{index + 1:02d}-{plain_part(name)}".rstrip("-")
