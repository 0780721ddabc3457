"""How large a file will be and how long it will take, from some of its frames drawn and encoded on this machine now."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import cycle
from pathlib import Path

import numpy as np

from fmviz.core.film import Film
from fmviz.film.animation import animation_bytes
from fmviz.film.drawing import for_encoder, save_png
from fmviz.film.encode import estimate_bytes
from fmviz.film.painter import FilmPainter, pixels_of
from fmviz.film.palette import Pixels, build_palette
from fmviz.film.plan import START_S, Take, encoding_guess, seconds_for, segments_of, takes_of, timed, workers_for
from fmviz.film.pool import usable_cores
from fmviz.film.stills import write_still
from fmviz.film.video import clip_of, video_file

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

Measuring = Generator[tuple[int, int], None, "Estimate"]
Looking = Generator[tuple[int, int], None, None]


@dataclass(frozen=True)
class Estimate:
    """About how many bytes a file will have, and how many seconds it will take."""

    bytes: int
    seconds: float


@dataclass(frozen=True)
class _Measured:
    """Of one frame: processor seconds to draw and to encode it; how much longer than that the clock ran."""

    draw_s: float
    encode_s: float
    slowness: float


@dataclass
class _Clock:
    """Processor seconds and seconds of drawing, added up."""

    used: float = 0.0
    wall: float = 0.0

    @property
    def slowness(self) -> float:
        """How much longer it took than the processor worked: 1 on a quiet machine."""
        return self.wall / max(self.used, 1e-6)

    def add(self, used: float, wall: float) -> None:
        """Count some work."""
        self.used, self.wall = self.used + used, self.wall + wall


def estimate_still(film: Film) -> Measuring:
    """Write the still once."""
    with tempfile.TemporaryDirectory(prefix="fmviz-") as folder:
        path = Path(folder) / f"still{film.spec.kind.suffix}"
        _, _, seconds = timed(lambda: write_still(path, film))
        yield 1, 1
        return Estimate(path.stat().st_size, seconds + START_S)


def estimate_gif(film: Film) -> Measuring:
    """Draw some neighbouring frames, and encode the first of each pair and the change to the second."""
    painter, takes = _begun(film)
    pairs: list[tuple[Pixels, Pixels]] = []
    clock = _Clock()
    for run in segments_of(len(takes), _PLACES, 2):
        places = list(run)[:2] if len(run) > 1 else [run[0], run[0]]
        drawn = []
        for place in places:
            pixels, processor, wall = timed(lambda place=place: painter.pixels(film.shots[takes[place].index]))  # type: ignore[misc]
            drawn.append(pixels)
            clock.add(processor, wall)
            yield 0, 1
        pairs.append((drawn[0], drawn[1]))
    palette = build_palette([pixels for pair in pairs for pixels in pair])
    yield 0, 1
    size, processor, wall = timed(lambda: estimate_bytes(pairs, len(takes), palette))
    count, used = 2 * len(pairs), clock.used
    clock.add(processor, wall)
    yield from _look_longer(film, painter, takes, clock)
    return _answer(film, takes, size, _Measured(used / count, processor / count, clock.slowness))


def estimate_frames(film: Film) -> Measuring:
    """Draw and pack some frames."""
    painter, takes = _begun(film)
    sizes, drawing, encoding, clock = [], 0.0, 0.0, _Clock()
    with tempfile.TemporaryDirectory(prefix="fmviz-") as folder:
        for run in segments_of(len(takes), _PLACES, 1):
            index = takes[run[0]].index
            image, used, wall = timed(lambda index=index: painter.image(film.shots[index]))  # type: ignore[misc]
            path = Path(folder) / "frame.png"
            _, used_too, wall_too = timed(lambda image=image, path=path: save_png(image, path))  # type: ignore[misc]
            sizes.append(path.stat().st_size)
            drawing, encoding = drawing + used, encoding + used_too
            clock.add(used + used_too, wall + wall_too)
            yield 0, 1
    count = len(sizes)
    yield from _look_longer(film, painter, takes, clock)
    measured = _Measured(drawing / count, encoding / count, clock.slowness)
    return _answer(film, takes, round(float(np.mean(sizes)) * len(film.shots)), measured)


def estimate_video(film: Film) -> Measuring:
    """Encode some runs as one clip, and their first frames alone: key frames are many times larger than the others."""
    painter, takes = _begun(film)
    runs = segments_of(len(takes), _PLACES, _RUN)
    indices = [takes[place].index for run in runs for place in run]
    alone, drawn = _Clock(), _Clock()
    yield from _look_longer(film, painter, takes, alone)  # before an encoder is there to compete with
    # Where one run ends and the next begins, a key frame: else what the jump costs would count as motion, or as none.
    interval = _RUN if len(runs) > 1 else _FRAMES_BETWEEN_KEYS
    before = _children_s()
    with tempfile.TemporaryDirectory(prefix="fmviz-") as folder:
        keys = yield from _encoded(film, painter, [takes[run[0]].index for run in runs], Path(folder) / "keys", 1)
        whole = yield from _encoded(film, painter, indices, Path(folder) / "whole", interval, drawn)
    key = keys / len(runs)
    change = max(0.0, whole - keys) / max(1, len(indices) - len(runs))
    count = len(takes)
    size = key * -(-len(film.shots) // _FRAMES_BETWEEN_KEYS) + _LATER[film.spec.format] * change * (count - 1)
    encode_s = (_children_s() - before) / (len(indices) + len(runs)) or encoding_guess(film)
    beside = drawn.slowness if drawn.slowness > _LOADED else min(drawn.slowness, _SLOW)
    measured = _Measured(drawn.used / len(indices), encode_s, max(alone.slowness, beside))
    return _answer(film, takes, round(size), measured)


def estimate_animation(film: Film) -> Measuring:
    """Pack some runs, and their first frames alone, which are whole pictures."""
    painter, takes = _begun(film)
    runs = segments_of(len(takes), _PLACES, _RUN)
    whole, key, packing, clock = 0, 0, 0.0, _Clock()
    for run in runs:
        drawn = []
        for place in run:
            pixels, used, wall = timed(
                lambda place=place: pixels_of(for_encoder(painter.image(film.shots[takes[place].index]), film)))  # type: ignore[misc]
            drawn.append(pixels)
            clock.add(used, wall)
            yield 0, 1
        key += animation_bytes(film.spec, drawn[:1])
        size, used, _ = timed(lambda drawn=drawn: animation_bytes(film.spec, drawn))  # type: ignore[misc]
        whole, packing = whole + size, packing + used
        yield 0, 1
    count = sum(map(len, runs))
    change = max(0, whole - key) / max(1, count - len(runs))
    drawing = clock.used
    yield from _look_longer(film, painter, takes, clock)
    return _answer(film, takes, round(key / len(runs) + change * (len(takes) - 1)),
                   _Measured(drawing / count, packing / count, clock.slowness))


def _encoded(film: Film, painter: FilmPainter, indices: Sequence[int], path: Path, keys: int,
             clock: _Clock | None = None) -> Generator[tuple[int, int], None, int]:
    """Return the bytes of a clip of those frames with a key frame at least every `keys` frames."""
    clock = clock or _Clock()
    with video_file(path, replace(clip_of(film.spec, usable_cores()), key_interval=keys)) as ffmpeg:
        for index in indices:
            pixels, used, wall = timed(
                lambda index=index: pixels_of(for_encoder(painter.image(film.shots[index]), film)))  # type: ignore[misc]
            clock.add(used, wall)
            for _ in ffmpeg.add(pixels):
                yield 0, 1
            yield 0, 1
        for _ in ffmpeg.finish():
            yield 0, 1
    return path.stat().st_size


def _begun(film: Film) -> tuple[FilmPainter, tuple[Take, ...]]:
    """Return the film's painter with its caches filled, and the frames that differ."""
    painter = FilmPainter(film)
    painter.image(film.shots[0])
    return painter, takes_of(film)


def _look_longer(film: Film, painter: FilmPainter, takes: Sequence[Take], clock: _Clock) -> Looking:
    """Draw a frame, and others as long as that is slow, so that the clock tells a load from a moment of it.

    This work has the export's own priority: what makes it wait makes the export wait.
    """
    turn = cycle(takes)
    while clock.wall < _LEAST_S or (clock.slowness > _SLOW and clock.wall < _LOOK_S):
        shot = film.shots[next(turn).index]
        _, used, wall = timed(partial(painter.image, shot))
        clock.add(used, wall)
        yield 0, 1


def _answer(film: Film, takes: Sequence[Take], size: int, measured: _Measured) -> Estimate:
    count = len(takes)
    workers = workers_for(film, count, measured.draw_s, measured.encode_s)
    held = len(film.shots) - count
    seconds = seconds_for(film.spec.kind.encoder, count, measured.draw_s, measured.encode_s, workers, held)
    return Estimate(size, START_S / 2 + seconds * max(1.0, measured.slowness))


def _children_s() -> float:
    """Return the processor seconds of all processes that this one has ended; 0 where the system does not tell."""
    times = os.times()
    return times.children_user + times.children_system
