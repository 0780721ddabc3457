"""Which training steps are kept, close together at first, then spaced by ratio, in bounded number and memory; and how
fast a course of training goes through them."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Collection, Sequence

import numpy as np

from fmviz.core.project import KeptStep

MOST_KEPT = 200
# In the window, for each lane; a usual network (156 kB) reaches the number first.
MOST_BYTES = 64 * 2**20
# In a file, where they are half as precise.
MOST_SAVED, MOST_SAVED_BYTES = 48, 16 * 2**20
# 20 steps one by one, then each a twentieth later: 200 of them reach step 185,628.
_RATIO = 1.05
# A course of training is at a ninth of the steps when half of its time has passed. Even in steps, what happens would be
# over at once; even in kept steps, half of the time would show the first forty, in which nothing happens.
_PACE = 60.0


def next_kept(step: int) -> int:
    """Return the step that is kept after `step`."""
    return max(step + 1, math.ceil(step * _RATIO))


def thinned_steps(kept: Sequence[KeptStep], most: int = MOST_KEPT, most_bytes: int = MOST_BYTES,
                  named: Collection[int] = ()) -> tuple[KeptStep, ...]:
    """Return at most so many of them, and so many bytes: first and last stay, those closest by ratio go first.

    Args:
        kept: ascending by step.
        named: steps that something refers to. What shows them, see `kept_at`, goes only where the bytes do not suffice
            for it, and so more than `most` may be left.
    """
    if not kept:
        return ()
    of_one = sum(np.asarray(array).nbytes for array in kept[-1].weights.values())
    room = max(2, most_bytes // max(1, of_one))
    ends = {kept[0].step, kept[-1].step}
    staying = {entry.step for step in named if (entry := kept_at(kept, step)) is not None} | ends
    left = _thinned(kept, min(room, max(most, len(staying))), staying)
    return tuple(_thinned(left, room, ends))


def _thinned(kept: Sequence[KeptStep], most: int, staying: Collection[int]) -> list[KeptStep]:
    """Return at most so many, or those that stay."""
    left = list(kept)
    while len(left) > most:
        # Of three neighbours the middle one goes where the outer two are closest.
        places = np.log1p([entry.step for entry in left])
        gaps = np.where([entry.step in staying for entry in left[1:-1]], np.inf, places[2:] - places[:-2])
        if not np.isfinite(gaps).any():
            break
        del left[1 + int(np.argmin(gaps))]
    return left


def kept_at(kept: Sequence[KeptStep], step: int) -> KeptStep | None:
    """Return the newest one at or before `step`, the first if all are later, None if there is none."""
    earlier = [entry for entry in kept if entry.step <= step]
    return earlier[-1] if earlier else kept[0] if kept else None


def paced_step(share: float, total: int) -> int:
    """Return the step that a course of training up to `total` has reached when `share` of its time has passed.

        step = total ((1 + P)^share - 1) / P        P = 60

    Args:
        share: 0 to 1.
    """
    return round(total * math.expm1(share * math.log1p(_PACE)) / _PACE)


def paced_steps(steps: Sequence[int], most: int) -> tuple[int, ...]:
    """Return at most `most` of some ascending steps, evenly by that pace, the first and the last among them."""
    if len(steps) < 2:
        return tuple(steps)
    shares = np.linspace(0.0, 1.0, max(2, most)).tolist()
    return tuple(sorted({steps[place_at(steps, paced_step(share, steps[-1]))] for share in shares}))


def place_at(steps: Sequence[int], step: int) -> int:
    """Return the index of the last of some ascending steps that is at or before `step`, 0 if all are later."""
    return max(0, bisect_right(steps, step) - 1)
