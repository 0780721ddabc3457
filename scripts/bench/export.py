"""How fast, how small and how faithful exported animations are, against matplotlib's usual way.

Both sides draw the shipped example (8 gaussians to moons) at 800 x 800 from the same snapshot and write one GIF of the
same frames: fmviz with its offscreen canvas and encoder, matplotlib with FuncAnimation and PillowWriter. Both get the
same artists: particles with fading trails, or arrows with particles; title, t, target dots. PSNR is that of what a
viewer shows against the frames that were drawn. Frame times are those of the canvas alone, `frame_at` excluded.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from _table import Row, at_least, at_most, median, parse, report
from PIL import Image

from fmviz.canvas.canvas import FlowCanvas
from fmviz.canvas.colours import origin_bins, origin_table
from fmviz.canvas.fonts import offscreen_app
from fmviz.core.export_spec import ExportSpec
from fmviz.core.film import film_of, shares_of
from fmviz.core.frames import FlowSnapshot, Frame, frame_at
from fmviz.core.limits import limits_of
from fmviz.core.resources import resource_path
from fmviz.core.style import VIEWS, Style
from fmviz.core.theme import load_theme
from fmviz.files.project_file import load_project
from fmviz.film.painter import FilmPainter
from fmviz.film.render import render_film

SIZE, DPI = 800, 100
FRAMES, QUICK_FRAMES = 120, 32
OUR_REPEATS = 3
FASTER, SMALLER, PSNR_DB, FRAME_MS = 10.0, 1.0, 44.0, 10.0
PANE_CANVAS = (1100, 1084)  # a canvas whose pane is 900 x 900


@dataclass(frozen=True)
class Written:
    """One file: how long it took, how large it is."""

    seconds: float
    size: int


def main() -> int:
    args = parse(__doc__.split("\n", 1)[0])
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        print("This benchmark compares with matplotlib; install it with: python -m pip install matplotlib",
              file=sys.stderr)
        return 2
    _app = offscreen_app()
    snapshot = example()
    frames = QUICK_FRAMES if args.quick else FRAMES
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for view in ("trajectories", "field"):
            style, spec = Style().with_view(view), specification(frames)
            ours = written(our_gif, Path(folder) / "ours.gif", snapshot, style, spec, OUR_REPEATS)
            theirs = written(matplotlib_gif, Path(folder) / "theirs.gif", snapshot, style, spec)
            rows.append(at_least(f"{view}: {frames} frames, times faster", theirs.seconds / ours.seconds, FASTER, "x",
                                 f"{ours.seconds:.2f} s against {theirs.seconds:.1f} s"))
            rows.append(at_most(f"{view}: size of the file", ours.size / theirs.size, SMALLER, "x",
                                f"{ours.size / 1e6:.2f} MB against {theirs.size / 1e6:.2f} MB"))
        for view in VIEWS:
            style, spec = Style().with_view(view), specification(QUICK_FRAMES)
            path = Path(folder) / "view.gif"
            our_gif(path, snapshot, style, spec)
            rows.append(at_least(f"{view}: PSNR, worst frame", psnr(path, snapshot, style, spec), PSNR_DB, "dB"))
        rows.extend(at_most(f"{view}: drawing a frame, pane of 900 px", frame_ms(snapshot, view, args.quick), FRAME_MS,
                            "ms") for view in VIEWS)
    return report("Export and drawing", rows, args)


def example() -> FlowSnapshot:
    """Return the learned flow that the program starts with."""
    for lane in load_project(resource_path("examples/first.fmviz")).learned:
        if lane.snapshot is not None:
            return lane.snapshot
    raise RuntimeError("the shipped example has no snapshot")


def specification(frames: int) -> ExportSpec:
    """Return an animation of so many frames without a hold."""
    return ExportSpec(SIZE, SIZE, 25, (frames - 1) * 0.04, 0.0)


def written(write: Callable[[Path, FlowSnapshot, Style, ExportSpec], None], path: Path, snapshot: FlowSnapshot,
            style: Style, spec: ExportSpec, repeats: int = 1) -> Written:
    """Export `repeats` times and keep the median time."""
    durations = []
    for _ in range(repeats):
        start = time.perf_counter()
        write(path, snapshot, style, spec)
        durations.append(time.perf_counter() - start)
    return Written(median(durations), path.stat().st_size)


def our_gif(path: Path, snapshot: FlowSnapshot, style: Style, spec: ExportSpec) -> None:
    """Write the animation as the window and the command line do."""
    for _progress in render_film(path, film_of((snapshot,), style, spec)):
        pass


def matplotlib_gif(path: Path, snapshot: FlowSnapshot, style: Style, spec: ExportSpec) -> None:
    """Write the same animation as a notebook does."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot
    from matplotlib.animation import FuncAnimation, PillowWriter
    from matplotlib.collections import LineCollection

    theme, limits = load_theme(spec.theme_key), limits_of((snapshot,), style)
    figure, axes = pyplot.subplots(figsize=(SIZE / DPI, SIZE / DPI), dpi=DPI, facecolor=theme.stage)
    axes.set(xlim=(snapshot.extent.left, snapshot.extent.right), ylim=(snapshot.extent.bottom, snapshot.extent.top),
             aspect="equal", facecolor=theme.pane, xticks=[], yticks=[])
    first = frame_at(snapshot, 0.0, style)
    colours = origin_table(theme)[origin_bins(first.origin)] / 255.0
    axes.scatter(*first.target.T, s=6, color=theme.target, alpha=0.4, linewidths=0)
    dots = axes.scatter(*first.x.T, s=14, c=colours, linewidths=0.5, edgecolors=theme.pane, zorder=3)
    title = axes.set_title("", color=theme.text)
    trails = arrows = None
    if "trails" in style.layers:
        fade = 0.6 * (np.arange(1, len(first.trail)) / (len(first.trail) - 1)) ** 1.4
        rgba = np.concatenate([np.tile(colours, (len(fade), 1)), np.repeat(fade, len(colours))[:, None]], axis=1)
        trails = axes.add_collection(LineCollection(segments(first), colors=rgba, linewidths=0.8))
    if "arrows" in style.layers:
        gx, gy = np.meshgrid(*snapshot.extent.axes(first.u.shape[0]))
        arrows = axes.quiver(gx, gy, *np.moveaxis(first.u, 2, 0), np.hypot(*np.moveaxis(first.u, 2, 0)),
                             cmap="viridis", pivot="mid")
        arrows.set_clim(0, limits.speed)
        figure.colorbar(arrows, ax=axes, shrink=0.6)

    def draw(t: float) -> None:
        frame = frame_at(snapshot, float(t), style)
        dots.set_offsets(frame.x)
        title.set_text(f"{snapshot.coupling} coupling, t = {t:.2f}")
        if trails is not None:
            trails.set_segments(segments(frame))
        if arrows is not None:
            u, v = np.moveaxis(frame.u, 2, 0)
            arrows.set_UVC(u, v, np.hypot(u, v))

    animation = FuncAnimation(figure, draw, frames=shares_of(spec), cache_frame_data=False)
    animation.save(path, writer=PillowWriter(fps=round(spec.fps)), dpi=DPI)
    pyplot.close(figure)


def segments(frame: Frame) -> np.ndarray:
    """Return the trails as line segments (S, 2, 2)."""
    return np.stack([frame.trail[:-1], frame.trail[1:]], axis=2).reshape(-1, 2, 2)


def psnr(path: Path, snapshot: FlowSnapshot, style: Style, spec: ExportSpec) -> float:
    """Return the lowest PSNR of some frames of a file against what was drawn, dB."""
    film = film_of((snapshot,), style, spec)
    painter, worst = FilmPainter(film), 0.0
    with Image.open(path) as file:
        starts, place = [], 0
        for k in range(file.n_frames):
            file.seek(k)
            starts.append(place)
            place += int(file.info["duration"]) // spec.delay_ms
        for index in range(0, len(film.shots), 4):
            file.seek(int(np.searchsorted(starts, index, side="right")) - 1)
            packed = painter.pixels(film.shots[index])
            true = np.stack([(packed >> shift) & 255 for shift in (16, 8, 0)], axis=2).astype(float)
            worst = max(worst, float(((np.array(file.convert("RGB")) - true) ** 2).mean()))
    return float(10 * np.log10(255**2 / max(worst, 1e-6)))


def frame_ms(snapshot: FlowSnapshot, view: str, is_quick: bool) -> float:
    """Return the median time to draw one frame of a view, ms."""
    style = Style().with_view(view)
    canvas = FlowCanvas(load_theme("dark"))
    canvas.set_style(style)
    canvas.set_limits(limits_of((snapshot,), style))
    frames = [frame_at(snapshot, float(t), style) for t in np.linspace(0.1, 1.0, 10)]
    durations = []
    for k in range(21 if is_quick else 61):
        start = time.perf_counter()
        canvas.show_frames([frames[k % len(frames)]])
        canvas.to_image(*PANE_CANVAS)
        durations.append(1000 * (time.perf_counter() - start))
    return median(durations[1:])


if __name__ == "__main__":
    sys.exit(main())
