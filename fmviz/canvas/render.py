"""A film as a file: its shots drawn one by one, its format's encoder.

The window's export (in a child process) and the command line both run `render_film`; there is no second way to
draw. What is exported depends on the film only, never on the window.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import numpy as np

from fmviz.canvas.painter import FilmPainter
from fmviz.core.encode import GifWriter, estimate_bytes, export_file
from fmviz.core.film import Film
from fmviz.core.palette import build_palette

# The palette is chosen from this many frames at most, and from one in ten of a short animation.
_FEWEST_SAMPLES, _MOST_SAMPLES = 4, 15
_ESTIMATE_SAMPLES = 4


def render_film(path: str | Path, film: Film) -> Generator[tuple[int, int], None, None]:
    """Write a file; yield (done, total) frames as it goes.

    Closing the generator gives up: nothing new is left and an old file is untouched.

    Raises:
        ExportError: the file cannot be written.
    """
    painter, shots, spec = FilmPainter(film), film.shots, film.spec
    total = len(shots)
    with export_file(path) as file:
        samples = []
        count = int(np.clip(_FEWEST_SAMPLES + total // 10, 1, _MOST_SAMPLES))
        for k in np.linspace(0, total - 1, count).round().astype(int):
            samples.append(painter.pixels(shots[k]))
            yield 0, total
        palette = build_palette(samples)
        del samples
        writer = GifWriter(file, spec.width, spec.height, palette, spec.delay_ms, spec.loop)
        for k, shot in enumerate(shots):
            if k and shot == shots[k - 1]:
                writer.hold()
            else:
                writer.add(painter.pixels(shot))
            yield k + 1, total
        writer.finish()


def render_estimate(film: Film) -> int:
    """Return about how many bytes the file will have, from a few of its frames."""
    painter, shots = FilmPainter(film), film.shots
    moving = [k for k, shot in enumerate(shots) if k == 0 or shot != shots[k - 1]]
    picked = np.unique(np.linspace(1, len(moving) - 1, _ESTIMATE_SAMPLES).round().astype(int))
    pairs = [(painter.pixels(shots[moving[k - 1]]), painter.pixels(shots[moving[k]])) for k in picked]
    palette = build_palette([pixels for pair in pairs for pixels in pair])
    return estimate_bytes(pairs, len(moving), palette)
