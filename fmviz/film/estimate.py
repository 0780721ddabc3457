"""How a film is best drawn on this machine, how large its file will be and how long it will take.

Which frames differ and how many processes pay is counted in processor seconds, which hold also on a busy machine;
`slowness` says how busy it is. Size and time are measured: some frames are drawn and encoded here and now.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import cycle, groupby
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from fmviz.core.film import Film, Shot
from fmviz.core.formats import DRAWERS, FFMPEG, HERE
from fmviz.film.animation import animation_bytes
from fmviz.film.drawing import save_png
from fmviz.film.gif import Pixels, build_palette, estimate_bytes
from fmviz.film.painter import FilmPainter
from fmviz.film.pool import MOST_WORKERS, fits_ring, may_have_children, usable_cores
from fmviz.film.stills import write_still
from fmviz.film.video import clip_of, video_file

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
# Neighbouring frames that are looked at, in so many places of the film.
_PLACES, _RUN = 4, 8
_FRAMES_BETWEEN_KEYS = 250
# Frames far from a key frame are so much larger than those near it (five seconds of all views at two sizes).
_LATER = {"mp4": 1.05, "webm": 1.2}
# So much an encoder beside it slows the drawing on a quiet machine. More is other work: a moment of it is not the whole
# export's pace, so it is looked at for longer.
_SLOW, _LOOK_S = 1.5, 2.0
_LEAST_S = 0.05
# No encoder alone does that.
_LOADED = 3.0

Result = TypeVar("Result")
Measuring = Generator[None, None, "Estimate"]


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


@dataclass(frozen=True)
class Estimate:
    """About how many bytes a file will have, and how many seconds it will take."""

    bytes: int
    seconds: float


@dataclass
class _Clock:
    """Processor seconds and seconds of some work, added up."""

    used: float = 0.0
    wall: float = 0.0

    @property
    def slowness(self) -> float:
        """How much longer it took than the processor worked: 1 on a quiet machine."""
        return self.wall / max(self.used, 1e-6)

    def add(self, work: Callable[..., Result], *args: Any) -> Result:
        """Do some work, count it, and return its result."""
        result: Result
        result, used, wall = timed(partial(work, *args))
        self.used, self.wall = self.used + used, self.wall + wall
        return result


def estimate_still(film: Film) -> Measuring:
    """Write the still once."""
    with tempfile.TemporaryDirectory(prefix="fmviz-") as folder:
        path = Path(folder) / f"still{film.spec.kind.suffix}"
        _, _, seconds = timed(lambda: write_still(path, film))
        yield None
        return Estimate(path.stat().st_size, seconds + START_S)


def estimate_gif(film: Film) -> Measuring:
    """Draw some neighbouring frames, and encode the first of each pair and the change to the second."""
    painter, shots = _begun(film)
    pairs: list[tuple[Pixels, Pixels]] = []
    clock = _Clock()
    for run in segments_of(len(shots), _PLACES, 2):
        first = clock.add(painter.pixels, shots[run[0]])
        yield None
        pairs.append((first, clock.add(painter.pixels, shots[run[:2][-1]])))
        yield None
    palette = build_palette([pixels for pair in pairs for pixels in pair])
    yield None
    drawing, count = clock.used, 2 * len(pairs)
    size = clock.add(estimate_bytes, pairs, len(shots), palette)
    encoding = clock.used - drawing
    yield from _look_longer(painter, shots, clock)
    return _answer(film, len(shots), size, drawing / count, encoding / count, clock.slowness)


def estimate_frames(film: Film) -> Measuring:
    """Draw and pack some frames."""
    painter, shots = _begun(film)
    sizes, drawing, clock = [], 0.0, _Clock()
    with tempfile.TemporaryDirectory(prefix="fmviz-") as folder:
        path = Path(folder) / "frame.png"
        for run in segments_of(len(shots), _PLACES, 1):
            before = clock.used
            image = clock.add(painter.image, shots[run[0]])
            drawing += clock.used - before
            clock.add(save_png, image, path)
            sizes.append(path.stat().st_size)
            yield None
    count, encoding = len(sizes), clock.used - drawing
    yield from _look_longer(painter, shots, clock)
    return _answer(film, len(shots), round(float(np.mean(sizes)) * len(film.shots)), drawing / count, encoding / count,
                   clock.slowness)


def estimate_video(film: Film) -> Measuring:
    """Encode some runs as one clip, and their first frames alone: key frames are many times larger than the others."""
    painter, shots = _begun(film)
    runs = segments_of(len(shots), _PLACES, _RUN)
    alone, drawn = _Clock(), _Clock()
    yield from _look_longer(painter, shots, alone)  # before an encoder is there to compete with
    # Where one run ends and the next begins, a key frame: else what the jump costs would count as motion, or as none.
    interval = _RUN if len(runs) > 1 else _FRAMES_BETWEEN_KEYS
    before = _children_s()
    with tempfile.TemporaryDirectory(prefix="fmviz-") as folder:
        path = Path(folder)
        keys = yield from _encoded(film, painter, [shots[run[0]] for run in runs], path / "keys", 1, _Clock())
        whole = yield from _encoded(film, painter, [shots[k] for run in runs for k in run], path / "whole", interval,
                                    drawn)
    count = sum(map(len, runs))
    key = keys / len(runs)
    change = max(0.0, whole - keys) / max(1, count - len(runs))
    size = key * -(-len(film.shots) // _FRAMES_BETWEEN_KEYS) + _LATER[film.spec.format] * change * (len(shots) - 1)
    encode_s = (_children_s() - before) / (count + len(runs)) or encoding_guess(film)
    beside = drawn.slowness if drawn.slowness > _LOADED else min(drawn.slowness, _SLOW)
    return _answer(film, len(shots), round(size), drawn.used / count, encode_s, max(alone.slowness, beside))


def estimate_animation(film: Film) -> Measuring:
    """Pack some runs, and their first frames alone, which are whole pictures."""
    painter, shots = _begun(film)
    runs = segments_of(len(shots), _PLACES, _RUN)
    whole, key, packing, clock = 0, 0, _Clock(), _Clock()
    for run in runs:
        drawn = []
        for k in run:
            drawn.append(clock.add(painter.pixels, shots[k]))
            yield None
        key += animation_bytes(film.spec, drawn[:1])
        whole += packing.add(animation_bytes, film.spec, drawn)
        yield None
    count = sum(map(len, runs))
    change = max(0, whole - key) / max(1, count - len(runs))
    drawing = clock.used
    yield from _look_longer(painter, shots, clock)
    return _answer(film, len(shots), round(key / len(runs) + change * (len(shots) - 1)), drawing / count,
                   packing.used / count, clock.slowness)


def _encoded(film: Film, painter: FilmPainter, shots: Sequence[Shot], path: Path, keys: int,
             clock: _Clock) -> Generator[None, None, int]:
    """Return the bytes of a clip of those shots with a key frame at least every `keys` frames."""
    with video_file(path, replace(clip_of(film.spec, usable_cores()), key_interval=keys)) as ffmpeg:
        for shot in shots:
            for _ in ffmpeg.add(clock.add(painter.pixels, shot)):
                yield None
            yield None
        for _ in ffmpeg.finish():
            yield None
    return path.stat().st_size


def _begun(film: Film) -> tuple[FilmPainter, tuple[Shot, ...]]:
    """Return the film's painter with its caches filled, and the shots that differ from the one before."""
    painter = FilmPainter(film)
    painter.image(film.shots[0])
    return painter, tuple(film.shots[take.index] for take in takes_of(film))


def _look_longer(painter: FilmPainter, shots: Sequence[Shot], clock: _Clock) -> Generator[None, None, None]:
    """Draw a frame, and others as long as that is slow, so that the clock tells a load from a moment of it.

    This work has the export's own priority: what makes it wait makes the export wait.
    """
    turn = cycle(shots)
    while clock.wall < _LEAST_S or (clock.slowness > _SLOW and clock.wall < _LOOK_S):
        clock.add(painter.image, next(turn))
        yield None


def _answer(film: Film, count: int, size: int, draw_s: float, encode_s: float, slowness: float) -> Estimate:
    """Return what follows from `count` frames that differ, processor seconds for each, and how busy the machine is."""
    workers = workers_for(film, count, draw_s, encode_s)
    seconds = seconds_for(film.spec.kind.encoder, count, draw_s, encode_s, workers, len(film.shots) - count)
    return Estimate(size, START_S / 2 + seconds * max(1.0, slowness))


def _children_s() -> float:
    """Return the processor seconds of all processes that this one has ended; 0 where the system does not tell."""
    times = os.times()
    return times.children_user + times.children_system
