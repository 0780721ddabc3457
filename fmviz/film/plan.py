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
from fmviz.film.pool import MOST_WORKERS, fits_ring, may_have_children, usable_cores

# What a drawing process costs before its first frame: the interpreter, Qt, numpy. Half a second to one, by the machine:
# a process that has just come up, as that of every export of the window, knows it from itself.
_LEAST_START_S, _MOST_START_S = 0.4, 0.9
START_S = min(_MOST_START_S, max(_LEAST_START_S, time.process_time()))
# Processes for less than this are not worth their memory.
_WORTH = 0.9
# Processor seconds per pixel to encode a frame, measured beside some 7e-9 for drawing it. Only for the choice of how
# many processes draw; `estimate` measures.
_ENCODE_S = {"gif": 18e-9, "mp4": 18e-9, "webm": 22e-9, "webp": 35e-9, "apng": 45e-9, "frames": 30e-9}
# What ffmpeg needs for a frame that repeats the one before, as a share of one that moves: .58 to .68 measured.
_HELD_COST = 0.6
_HERE, _APART, _THERE = "here", "apart", "there"
# Who encodes: this process, a program with threads of its own, or those who draw.
_ENCODER = {"gif": _HERE, "mp4": _APART, "webm": _APART, "webp": _HERE, "apng": _HERE, "frames": _THERE}
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
    return _ENCODE_S[film.spec.format] * film.spec.width * film.spec.height


def workers_for(film: Film, count: int, draw_s: float, encode_s: float) -> int:
    """Return how many processes should draw `count` frames; 0 where they would not pay or cannot be.

    Args:
        count: frames that differ from the one before.
        draw_s, encode_s: processor seconds per frame.
    """
    held = len(film.shots) - count
    cores = usable_cores()
    if cores < 2 or not may_have_children() or not (fits_ring(film) or _ENCODER[film.spec.format] == _THERE):
        return 0
    alone = seconds_for(film.spec.format, count, draw_s, encode_s, 0, held)
    choices = range(1, min(cores, MOST_WORKERS) + 1)
    best = min(choices, key=lambda workers: seconds_for(film.spec.format, count, draw_s, encode_s, workers, held))
    return best if seconds_for(film.spec.format, count, draw_s, encode_s, best, held) < _WORTH * alone else 0


def seconds_for(kind: str, count: int, draw_s: float, encode_s: float, workers: int, held: int = 0) -> float:
    """Return how long `count` frames take on a machine that does nothing else, and `held` that repeat one of them."""
    encoder = _ENCODER[kind]
    # Other writers only tell a repeated frame's duration, or copy its file.
    encoded = count + _HELD_COST * held if encoder == _APART else count
    cores, drawing, encoding = usable_cores(), count * draw_s, encoded * encode_s
    shared = (drawing + encoding + workers * START_S) / cores
    if encoder == _APART:
        return max(drawing / max(1, workers), shared)
    if workers == 0:
        return drawing + encoding
    if encoder == _HERE:
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
