"""Time spans in words, for the window and the command line alike."""

from __future__ import annotations

import math


def duration(seconds: float) -> str:
    """Return a time span: 8 s, 2 min 5 s, 1 h 4 min."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def time_left(seconds: float) -> str:
    """Return how long something still takes: 12 s left; it never says less, and names no second where none is left."""
    return "almost done" if seconds < 1.0 else f"{duration(math.ceil(seconds))} left"
