"""Which frames of a film are looked at before all are drawn."""

from __future__ import annotations

import numpy as np

# A palette is chosen from this many frames at most, and from one in ten of a short animation.
_FEWEST, _MOST = 4, 15


def sample_indices(total: int) -> tuple[int, ...]:
    """Return frames spread over the length, first and last among them."""
    count = int(np.clip(_FEWEST + total // 10, 1, _MOST))
    return tuple(np.linspace(0, total - 1, count).round().astype(int).tolist())


def segments_of(count: int, segments: int, length: int) -> tuple[range, ...]:
    """Return runs of neighbouring frames, of that length, spread over `count` frames; all of them if that is fewer."""
    if segments * length >= count:
        return (range(count),)
    starts = np.linspace(0, count - length, segments).round().astype(int).tolist()
    return tuple(range(start, start + length) for start in starts)
