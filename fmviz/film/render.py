"""A film as a file of any format: drawn by as many processes as pay, encoded as the frames come.

The window's export (in a child process) and the command line both run `render_film`; there is no second way to
draw. What is exported depends on the film only, never on the window or on how many processes drew it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from fmviz.core.film import Film
from fmviz.film.animation import animation_writer
from fmviz.film.estimate import (
    Measuring,
    encoding_guess,
    estimate_animation,
    estimate_frames,
    estimate_gif,
    estimate_still,
    estimate_video,
    sample_indices,
    takes_of,
    timed,
    workers_for,
)
from fmviz.film.gif import GifWriter, Pixels, build_palette
from fmviz.film.painter import FilmPainter
from fmviz.film.places import copy_frame, export_file, frame_name, sequence_folder
from fmviz.film.pool import FramePool, usable_cores
from fmviz.film.stills import still_bytes, write_still
from fmviz.film.video import clip_of, even_spec, video_file

Writing = Generator[tuple[int, int], None, None]


class Encoder(NamedTuple):
    """How a format's files are made; `core.formats` has its row."""

    write: Callable[[str | Path, Film], Writing]
    estimate: Callable[[Film], Measuring]


def render_film(path: str | Path, film: Film) -> Writing:
    """Write a file, or a folder of frames; yield (done, total) frames as it goes, the same again while waiting.

    Closing the generator gives up: nothing new is left and an old file is untouched.

    Raises:
        ExportError: the file cannot be written, ffmpeg is missing or has failed, a drawing process was ended.
    """
    film = replace(film, spec=even_spec(film.spec))
    if film.spec.makes_poster:
        with export_file(poster_path(path)) as file:
            file.write(still_bytes(poster_of(film)))
            # The film is moved to its place first: it is what was asked for.
            yield from ENCODERS[film.spec.format].write(path, film)
    else:
        yield from ENCODERS[film.spec.format].write(path, film)


def render_estimate(film: Film) -> Measuring:
    """Measure how large the file gets and how long it takes; yields None as it goes.

    Raises:
        ExportError: ffmpeg is missing or has failed, there is no room for temporary files.
    """
    film = replace(film, spec=even_spec(film.spec))
    yield None
    return (yield from ENCODERS[film.spec.format].estimate(film))


def poster_path(path: str | Path) -> Path:
    """Return where the still lies that belongs to an animation."""
    return Path(path).with_name(f"{Path(path).stem}-poster.png")


def poster_of(film: Film) -> Film:
    """Return the film of the still that belongs to an animation: its newest moment at the time of a still."""
    return replace(film, moments=film.moments[-1:], spec=replace(film.spec, format="png", scale=1, is_strip=False))


def _still(path: str | Path, film: Film) -> Writing:
    yield 0, 1
    write_still(path, film)
    yield 1, 1


def _gif(path: str | Path, film: Film) -> Writing:
    painter, spec, total = FilmPainter(film), film.spec, len(film.shots)
    with export_file(path) as file:
        samples: list[Pixels] = []
        used = []
        for index in sample_indices(total):
            pixels, seconds, _ = timed(partial(painter.pixels, film.shots[index]))
            samples.append(pixels)
            used.append(seconds)
            yield 0, total
        with _pool(film, painter, float(np.median(used))) as pool:
            writer = GifWriter(file, spec.width, spec.height, build_palette(samples), spec.delay_ms, spec.loop)
            samples.clear()
            yield from _packed(film, pool, writer)


def _video(path: str | Path, film: Film) -> Writing:
    with video_file(path, clip_of(film.spec, usable_cores())) as ffmpeg:
        painter = FilmPainter(film)
        yield 0, len(film.shots)
        with _pool(film, painter, _second_time(painter, film)) as pool:
            yield from _packed(film, pool, ffmpeg)


def _animation(path: str | Path, film: Film) -> Writing:
    counts = [take.count for take in takes_of(film)]
    with export_file(path) as file, animation_writer(file, film.spec, counts) as writer:
        painter = FilmPainter(film)
        yield 0, len(film.shots)
        with _pool(film, painter, _second_time(painter, film)) as pool:
            yield from _packed(film, pool, writer)


class _Writer(Protocol):
    """Takes pictures (H, W), each for `count` frames; it must not change until the next has been taken. Iterating what
    it returns does the work, a breath at a time.
    """

    def add(self, pixels: Pixels, count: int = 1) -> Iterable[None]: ...

    def finish(self) -> Iterable[None]: ...


def _packed(film: Film, pool: FramePool, writer: _Writer) -> Writing:
    """Give a writer all pictures of a film as they come."""
    takes, total, done = takes_of(film), len(film.shots), 0
    coming = iter(takes)
    for picture in pool.frames([take.index for take in takes]):
        if picture is not None:
            count = next(coming).count
            for _ in writer.add(picture, count):
                yield done, total
            done += count
        yield done, total
    for _ in writer.finish():
        yield done, total


def _frames(path: str | Path, film: Film) -> Writing:
    takes, total = takes_of(film), len(film.shots)
    with sequence_folder(path) as folder:
        painter = FilmPainter(film)
        yield 0, total
        with _pool(film, painter, _second_time(painter, film)) as pool:
            done = 0
            for place in pool.files([take.index for take in takes], folder):
                if place is not None:
                    take = takes[place]
                    for again in range(take.index + 1, take.index + take.count):
                        copy_frame(folder / frame_name(take.index), folder / frame_name(again))
                    done += take.count
                yield done, total


_STILL = Encoder(_still, estimate_still)
_VIDEO = Encoder(_video, estimate_video)
_ANIMATION = Encoder(_animation, estimate_animation)
ENCODERS = {
    "gif": Encoder(_gif, estimate_gif), "mp4": _VIDEO, "webm": _VIDEO, "webp": _ANIMATION, "apng": _ANIMATION,
    "frames": Encoder(_frames, estimate_frames), "png": _STILL, "svg": _STILL, "pdf": _STILL,
}


def _second_time(painter: FilmPainter, film: Film) -> float:
    """Return how many processor seconds a frame takes; the first one also fills caches."""
    shots = film.shots
    painter.image(shots[0])
    _, used, _ = timed(lambda: painter.pixels(shots[len(shots) // 2]))
    return used


def _pool(film: Film, painter: FilmPainter, draw_s: float) -> FramePool:
    return FramePool(film, painter, workers_for(film, len(takes_of(film)), draw_s, encoding_guess(film)))
