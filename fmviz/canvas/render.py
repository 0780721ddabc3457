"""Animations and still pictures of learned flows as files: `frame_at`, the offscreen canvas, the encoder.

The window's export (in a child process) and the command line both run `render_gif`; there is no second way to
draw. What is exported depends on the snapshots, the style and the specification only, never on the window.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path

import numpy as np
from PySide6.QtGui import QImage

from fmviz.canvas.application import offscreen_app
from fmviz.canvas.canvas import FlowCanvas
from fmviz.core.encode import GifWriter, estimate_bytes, export_file
from fmviz.core.errors import ExportError
from fmviz.core.export_spec import ExportSpec
from fmviz.core.frames import FlowSnapshot, frame_at, limits_of
from fmviz.core.palette import Pixels, build_palette
from fmviz.core.style import Style
from fmviz.core.theme import load_theme

# The palette is chosen from this many frames at most, and from one in ten of a short animation.
_FEWEST_SAMPLES, _MOST_SAMPLES = 4, 15
_ESTIMATE_SAMPLES = 4


class FramePainter:
    """Draws any t of the chosen lanes at the size and in the theme of an export.

    Raises:
        ExportError: a lane that is asked for has learned nothing.
    """

    def __init__(self, snapshots: Sequence[FlowSnapshot | None], style: Style, spec: ExportSpec) -> None:
        offscreen_app()
        self._snapshots = chosen_snapshots(snapshots, spec.lanes)
        self._style = style
        self._size = spec.width, spec.height
        self._canvas = FlowCanvas(load_theme(spec.theme))
        self._canvas.set_panes(len(self._snapshots), tuple(snapshot.lane for snapshot in self._snapshots))
        self._canvas.set_style(style)
        self._canvas.set_limits(limits_of(self._snapshots, style))

    def image(self, t: float) -> QImage:
        """Return the picture at time t in [0, 1]."""
        self._canvas.show_frames([frame_at(snapshot, t, self._style) for snapshot in self._snapshots])
        return self._canvas.to_image(*self._size)

    def pixels(self, t: float) -> Pixels:
        """Return the same picture as (H, W) colours."""
        return pixels_of(self.image(t))


def chosen_snapshots(snapshots: Sequence[FlowSnapshot | None], lanes: tuple[int, ...]) -> tuple[FlowSnapshot, ...]:
    """Return the snapshots of those lanes in that order; of all that have one if `lanes` is empty.

    Raises:
        ExportError: nothing to show.
    """
    known = {snapshot.lane: snapshot for snapshot in snapshots if snapshot is not None}
    for lane in lanes:
        if lane not in known:
            raise ExportError(f"Lane {'AB'[lane] if lane in (0, 1) else lane} has learned nothing yet; train it first.")
    chosen = tuple(known[lane] for lane in (lanes or sorted(known)))
    if not 1 <= len(chosen) <= 2:
        raise ExportError(f"There are {len(chosen)} lanes to show; train one or two.")
    return chosen


def pixels_of(image: QImage) -> Pixels:
    """Return a copy of an RGB32 image as (H, W) colours."""
    return np.frombuffer(image.constBits(), dtype=np.uint32).reshape(image.height(), image.width()).copy()


def render_frame(snapshots: Sequence[FlowSnapshot | None], style: Style, spec: ExportSpec, t: float) -> QImage:
    """Return the export's picture at time t.

    Raises:
        ExportError: a lane that is asked for has learned nothing.
    """
    return FramePainter(snapshots, style, spec).image(t)


def render_gif(path: str | Path, snapshots: Sequence[FlowSnapshot | None], style: Style,
               spec: ExportSpec) -> Generator[tuple[int, int], None, None]:
    """Write an animation; yield (done, total) frames as it goes.

    Closing the generator gives up: nothing new is left and an old file is untouched.

    Raises:
        ExportError: nothing to show, or the file cannot be written.
    """
    painter = FramePainter(snapshots, style, spec)
    times = spec.times()
    total = len(times)
    with export_file(path) as file:
        samples = []
        for t in np.linspace(0.0, 1.0, int(np.clip(_FEWEST_SAMPLES + total // 10, 1, _MOST_SAMPLES))):
            samples.append(painter.pixels(float(t)))
            yield 0, total
        palette = build_palette(samples)
        del samples
        writer = GifWriter(file, spec.width, spec.height, palette, spec.delay_ms)
        for k, t in enumerate(times):
            if k and t == times[k - 1]:
                writer.hold()
            else:
                writer.add(painter.pixels(float(t)))
            yield k + 1, total
        writer.finish()


def render_estimate(snapshots: Sequence[FlowSnapshot | None], style: Style, spec: ExportSpec) -> int:
    """Return about how many bytes the animation will have, from a few of its frames.

    Raises:
        ExportError: nothing to show.
    """
    painter = FramePainter(snapshots, style, spec)
    times = spec.times()
    moving = np.flatnonzero(np.diff(times, prepend=-1.0) != 0)
    picked = np.unique(np.linspace(1, len(moving) - 1, _ESTIMATE_SAMPLES).round().astype(int))
    pairs = [
        (painter.pixels(float(times[moving[k - 1]])), painter.pixels(float(times[moving[k]]))) for k in picked
    ]
    palette = build_palette([pixels for pair in pairs for pixels in pair])
    return estimate_bytes(pairs, len(moving), palette)
