"""How a film is best drawn on this machine: which frames differ, how many processes pay, how long it takes.

The model is counted in processor seconds, which hold also on a busy machine; `slowness` says how busy it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from fmviz.core.film import Film
from fmviz.core.formats import DRAWERS, FFMPEG, HERE
from fmviz.film.pool import MOST_WORKERS, fits_ring, may_have_children, usable_cores

# What a drawing process costs before its first frame: the interpreter, Qt, numpy. Half a second to one, by the machine:
# a process that has just come up, as that of every export of the window, knows it from itself.
_LEAST_START_S, _MOST_START_S = 0.4, 0.9
START_S = min(_MOST_START_S, max(_LEAST_START_S, time.process_time()))
# Processes for less than this are not worth their memory.
_WORTH = 0.9
# What ffmpeg needs for a frame that repeats the one before, as a share of one that moves: .58 to .68 measured.
_HELD_COST = 0.6
# A palette is chosen from this many frames at most, and from one in ten of a short animation.
_FEWEST, _MOST = 4, 15


@dataclass(frozen=True)
class Take:
    """A frame, and for how many frames it stands."""

    index: int
    count: int


def takes_of(film: Film) -> tuple[Take, ...]:
    """Return the frames that differ from the one before."""
    takes, index = [], 0
    for _, same in groupby(film.shots):
        count = len(list(same))
        takes.append(Take(index, count))
        index += count
    return tuple(takes)


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """Return what `work()` returns, the processor seconds and the seconds that it took."""
    wall, used = time.perf_counter(), time.process_time()
    result = work()
    return result, time.process_time() - used, time.perf_counter() - wall


def encoding_guess(film: Film) -> float:
    """Return about how many processor seconds the encoder takes for a frame."""
    return film.spec.kind.encode_s * film.spec.width * film.spec.height


def workers_for(film: Film, count: int, draw_s: float, encode_s: float) -> int:
    """Return how many processes should draw `count` frames; 0 where they would not pay or cannot be.

    Args:
        count: frames that differ from the one before.
        draw_s, encode_s: processor seconds per frame.
    """
    held = len(film.shots) - count
    cores = usable_cores()
    if cores < 2 or not may_have_children() or not (fits_ring(film) or film.spec.kind.encoder == DRAWERS):
        return 0
    alone = seconds_for(film.spec.kind.encoder, count, draw_s, encode_s, 0, held)
    choices = range(1, min(cores, MOST_WORKERS) + 1)
    best = min(choices, key=lambda workers: seconds_for(film.spec.kind.encoder, count, draw_s, encode_s, workers, held))
    return best if seconds_for(film.spec.kind.encoder, count, draw_s, encode_s, best, held) < _WORTH * alone else 0


def seconds_for(encoder: str, count: int, draw_s: float, encode_s: float, workers: int, held: int = 0) -> float:
    """Return how long `count` frames take on a machine that does nothing else, and `held` that repeat one of them.

    Args:
        encoder: of the format.
        count: frames that differ from the one before.
        draw_s, encode_s: processor seconds per frame.
        workers: processes that draw.
    """
    # Other writers only tell a repeated frame's duration, or copy its file.
    encoded = count + _HELD_COST * held if encoder == FFMPEG else count
    cores, drawing, encoding = usable_cores(), count * draw_s, encoded * encode_s
    shared = (drawing + encoding + workers * START_S) / cores
    if encoder == FFMPEG:
        return max(drawing / max(1, workers), shared)
    if workers == 0:
        return drawing + encoding
    if encoder == HERE:
        return max(encoding, shared)
    return max((drawing + encoding) / workers, shared)


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
