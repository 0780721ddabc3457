"""Which training steps are kept: close together at first, then spaced by ratio, in bounded number and memory."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from fmviz.core.project import KeptStep

MOST_KEPT = 200
# In the window, for each lane; a usual network (156 kB) reaches the number first.
MOST_BYTES = 64 * 2**20
# In a file, where they are half as precise.
MOST_SAVED, MOST_SAVED_BYTES = 48, 16 * 2**20
# 20 steps one by one, then each a twentieth later: 200 of them reach step 135,000.
_RATIO = 1.05


def next_kept(step: int) -> int:
    """Return the step that is kept after `step`."""
    return max(step + 1, math.ceil(step * _RATIO))


def bytes_of(kept: KeptStep) -> int:
    """Return how much memory one takes."""
    return sum(np.asarray(array).nbytes for array in kept.weights.values())


def thinned_steps(kept: Sequence[KeptStep], most: int = MOST_KEPT,
                  most_bytes: int = MOST_BYTES) -> tuple[KeptStep, ...]:
    """Return at most so many of them, and so many bytes: first and last stay, those closest by ratio go first.

    Args:
        kept: ascending by step.
    """
    if not kept:
        return ()
    room = max(2, min(most, most_bytes // max(1, bytes_of(kept[-1]))))
    left = list(kept)
    while len(left) > room:
        # Of three neighbours the middle one goes where the outer two are closest.
        places = np.log1p([entry.step for entry in left])
        del left[1 + int(np.argmin(places[2:] - places[:-2]))]
    return tuple(left)


def kept_at(kept: Sequence[KeptStep], step: int) -> KeptStep | None:
    """Return the newest one at or before `step`, the first if all are later, None if there is none."""
    earlier = [entry for entry in kept if entry.step <= step]
    return earlier[-1] if earlier else kept[0] if kept else None
